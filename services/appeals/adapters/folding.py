"""The service's folding: timers decide with what other claims' determinations forbid, read in their transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from services.appeals.adapters.sql.disputes import cooling_off_of, gathering
from services.appeals.application.fold import AppealsFold
from services.appeals.domain.case import AppealCase, BatchPart
from services.appeals.domain.commands import Commands
from services.appeals.domain.cooling import Cooling
from services.appeals.domain.together import gathers, parts_for
from shared.fold import Decision
from shared.runtime.folding import Folding, Projection
from shared.runtime.state_table import StateTable
from shared.runtime.unit_of_work import UnitOfWork


class AppealsFolding(Folding[AppealCase]):
    """Binds the cooling-off periods that run to the rules, for each batch of timers.

    IDR is initiated by a timer and nowhere else without a person, so events need no such look. The rules stay a pure
    function of their inputs: the periods are one of them, the claims that may share a filing another.
    """

    def __init__(
        self, service: str, fold: AppealsFold, table: StateTable[AppealCase], projections: Sequence[Projection] = ()
    ) -> None:
        super().__init__(service, fold, table, projections)
        self._rules = fold

    async def fire(self, uow: UnitOfWork, claim_ids: Sequence[str]) -> int:
        """Apply what is due, each timer once; returns how many fired."""
        # a day early: the claims may be of several time zones, and each is asked again for its own day
        cooling = await cooling_off_of(uow.conn, claim_ids, self._rules.house.today(uow.now) - timedelta(days=1))
        together = await self._initiate_together(uow, claim_ids, cooling)
        if not cooling:
            return together + await super().fire(uow, claim_ids)
        told = Folding(self.service, self._rules.knowing(cooling), self.table, self._projections)
        return together + await told.fire(uow, claim_ids)

    async def _initiate_together(self, uow: UnitOfWork, claim_ids: Sequence[str], cooling: Cooling) -> int:
        """File the batches that the claims due for initiation belong to, with those that wait to be filed with them.

        Before the timers, which then find these claims initiated; what is cheapest alone is left to them. All are
        locked in one statement and in order, so another replica waits and then finds nothing left to file.
        """
        ids = await gathering(uow.conn, claim_ids, uow.now)
        if not ids:
            return 0
        rows = await self.table.load(uow.conn, sorted({*ids, *claim_ids}))
        ready = {i: row for i, row in rows.items() if gathers(row.state)}
        done = 0
        for tenant in sorted({row.tenant for row in ready.values()}):
            cases = {i: row.state for i, row in ready.items() if row.tenant == tenant}
            house = self._rules.for_tenant(tenant).house
            today = house.today(uow.now)
            parts = parts_for(house, cases, uow.now, today, cooling)
            due = {part.batch_id for claim_id, part in parts.items() if claim_id in set(claim_ids)}
            filed = {claim_id: part for claim_id, part in parts.items() if part.batch_id in due}
            file = _filed_on(Commands(house, uow.now), today, filed)
            done += await self.command_all(uow, list(filed), file, even_parked=True)
        return done


def _filed_on(
    commands: Commands, day: date, parts: Mapping[str, BatchPart]
) -> Callable[[str, AppealCase], Decision[AppealCase]]:
    """The command that files each claim's part."""
    return lambda claim_id, case: commands.file_in_batch(case, day, "", parts[claim_id])
