"""Where people's commands meet the runtime: one claim, under its lock, in one transaction with its events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.settlement.adapters.http.staff import Staff
from services.settlement.adapters.http.views import which_dispute
from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.application.fold import SettlementFold
from services.settlement.domain.account import Account
from services.settlement.domain.commands import Actor, Find, NotAllowed, Rule, WhichDispute, run, which
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.rulebook import Rulebook
from shared.db.pool import Connection
from shared.fold import Decision, IllegalTransition
from shared.problem import Problem
from shared.runtime.folding import Folding
from shared.runtime.service import Runtime

Command = Callable[[Account, datetime, Rulebook], Decision[Account]]


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

    def which(self, account: Account, case_id: str, about: Find) -> int:
        """The place of the dispute that is asked for; 409 where it is not said which."""
        try:
            return which(account, case_id, about)
        except WhichDispute as error:
            raise _several(error) from None

    async def carry_out(
        self, actor: Actor, claim_id: UUID, rule: Rule, case_id: str = "", *, about: Find | None = None
    ) -> Account:
        """The account after a command about one dispute: `case_id`, or the one that `about` finds, or the only one.

        404 unknown claim (or another tenant's), 403 authority, 409 somebody or something was first, or several disputes
        are open and none was named.
        """
        return await self.decide(
            actor, claim_id, lambda account, now, book: run(account, now, book, rule, case_id, about=about)
        )

    async def decide(self, actor: Actor, claim_id: UUID, command: Command) -> Account:
        """The account after a command about the whole claim; refusals as those of `carry_out`."""
        try:
            async with self._runtime.units.begin() as uow:
                tenant = await _tenant_of(uow.conn, claim_id)
                if actor.tenant not in ("", tenant):
                    raise unknown()
                book = self.fold.for_tenant(tenant).book
                after = await self._folding.command(uow, str(claim_id), lambda account: command(account, uow.now, book))
        except NotAllowed as error:
            raise Problem(
                403, "authority", str(error), how_to_fix=f"Ask a {error.needed} to decide.", needed=error.needed
            ) from None
        except WhichDispute as error:
            raise _several(error) from None
        except (OfferRefused, IllegalTransition) as error:
            raise Problem(
                409, "refused", str(error), how_to_fix="Read the claim's account again and act on its present state."
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


def _several(error: WhichDispute) -> Problem:
    return Problem(
        409,
        "which-dispute",
        "The claim has several disputes, or not the one that was named.",
        how_to_fix="Send the `case_id` of one of `disputes`.",
        disputes=[which_dispute(one) for one in error.disputes],
    )
