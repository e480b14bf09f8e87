"""The service's folding: timers decide with what other claims' determinations forbid, read in their transaction."""

from __future__ import annotations

from collections.abc import Sequence

from services.appeals.adapters.sql.disputes import cooling_off_of
from services.appeals.application.fold import AppealsFold
from services.appeals.domain.calendar import day_of
from services.appeals.domain.case import AppealCase
from shared.runtime.folding import Folding, Projection
from shared.runtime.state_table import StateTable
from shared.runtime.unit_of_work import UnitOfWork


class AppealsFolding(Folding[AppealCase]):
    """Binds the cooling-off periods that run to the rules, for each batch of timers.

    IDR is initiated by a timer and nowhere else without a person, so events need no such look. The rules stay a pure
    function of their inputs: the periods are one of them.
    """

    def __init__(
        self, service: str, fold: AppealsFold, table: StateTable[AppealCase], projections: Sequence[Projection] = ()
    ) -> None:
        super().__init__(service, fold, table, projections)
        self._rules = fold

    async def fire(self, uow: UnitOfWork, claim_ids: Sequence[str]) -> int:
        """Apply what is due, each timer once; returns how many fired."""
        cooling = await cooling_off_of(uow.conn, claim_ids, day_of(uow.now))
        if not cooling:
            return await super().fire(uow, claim_ids)
        told = Folding(self.service, self._rules.knowing(cooling), self.table, self._projections)
        return await told.fire(uow, claim_ids)
