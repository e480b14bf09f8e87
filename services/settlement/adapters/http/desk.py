"""Where people's commands meet the runtime: one claim, under its lock, in one transaction with its events."""

from __future__ import annotations

from uuid import UUID

from services.settlement.adapters.http.staff import Staff
from services.settlement.application.fold import SettlementFold
from services.settlement.domain.account import Account
from services.settlement.domain.commands import NotAllowed, Rule, run
from services.settlement.domain.offers import OfferRefused
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

    async def carry_out(self, claim_id: UUID, rule: Rule) -> Account:
        """The account after the command. 404 unknown claim, 403 authority, 409 somebody or something was first."""
        try:
            async with self._runtime.units.begin() as uow:
                after = await self._folding.command(
                    uow, str(claim_id), lambda account: run(account, uow.now, self.fold.book, rule)
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
            raise Problem(404, "unknown-claim", "Settlement knows no claim with this id.")
        return after
