"""Where people's commands meet the runtime: one claim, under its lock, in one transaction with its events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.settlement.adapters.http.staff import Staff
from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.application.fold import SettlementFold
from services.settlement.domain.account import Account
from services.settlement.domain.commands import Actor, NotAllowed, Rule, run
from services.settlement.domain.offers import OfferRefused
from shared.db.pool import Connection
from shared.fold import IllegalTransition
from shared.problem import Problem
from shared.runtime.folding import Folding
from shared.runtime.service import Runtime


class Desk:
    """Carries commands out and turns refusals into problem details."""

    def __init__(self, runtime: Runtime, folding: Folding[Account], fold: SettlementFold, staff: Staff) -> None:
        self._runtime = runtime
        self._folding = folding
        self.fold = fold
        self.staff = staff

    def now(self) -> datetime:
        """The instant by which windows are told."""
        return self._runtime.units.clock.now()

    async def show(self, actor: Actor, claim_id: UUID) -> Account:
        """The account as it stands; 404 for a claim that is unknown or another tenant's."""
        async with self._runtime.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            return await seen(conn, actor, claim_id)

    async def carry_out(self, actor: Actor, claim_id: UUID, rule: Rule) -> Account:
        """The account after the command. 404 unknown claim (or another tenant's), 403 authority, 409 somebody or
        something was first."""
        try:
            async with self._runtime.units.begin() as uow:
                tenant = await _tenant_of(uow.conn, claim_id)
                if actor.tenant not in ("", tenant):
                    raise unknown()
                book = self.fold.for_tenant(tenant).book
                after = await self._folding.command(
                    uow, str(claim_id), lambda account: run(account, uow.now, book, rule)
                )
        except NotAllowed as error:
            raise Problem(
                403, "authority", str(error), mend=f"Ask a {error.needed} to decide.", needed=error.needed
            ) from None
        except (OfferRefused, IllegalTransition) as error:
            raise Problem(
                409, "refused", str(error), mend="Read the claim's account again and act on its present state."
            ) from None
        if after is None:
            raise unknown()
        return after


async def seen(conn: Connection, actor: Actor, claim_id: UUID) -> Account:
    """The account as this person may see it; 404 for a claim that is unknown or another tenant's."""
    found = await ACCOUNTS.read(conn, str(claim_id)) if await _within(conn, actor, claim_id) else None
    if found is None:
        raise unknown()
    return found


async def _within(conn: Connection, actor: Actor, claim_id: UUID) -> bool:
    """Whether the claim is one the person may see."""
    return not actor.tenant or await _tenant_of(conn, claim_id) == actor.tenant


async def _tenant_of(conn: Connection, claim_id: UUID) -> str:
    """Whose claim it is, which never changes; empty for a claim that is not there."""
    return await conn.fetchval("SELECT tenant FROM accounts WHERE claim_id = $1", claim_id) or ""


def unknown() -> Problem:
    """The answer for a claim that is not there; the same for one that is another tenant's."""
    return Problem(404, "unknown-claim", "Settlement knows no claim with this id.")
