"""The service's batch processor: timers decide with what other claims' determinations forbid."""

from __future__ import annotations

from collections.abc import Sequence

from services.appeals.adapters.sql.transactions import SqlTransaction
from services.appeals.application.batch_filing import cooling_today, initiate_gathered
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import AppealCase
from services.appeals.domain.task_events import tasks_changed
from shared.runtime.batch_processor import BatchProcessor, Projection
from shared.runtime.state_table import StateTable
from shared.runtime.unit_of_work import UnitOfWork


class AppealsBatchProcessor(BatchProcessor[AppealCase]):
    """Binds the cooling-off periods that run to the rules, for each batch of timers, read in their transaction.

    IDR is initiated by a timer and nowhere else without a person, so events need no such look. The rules stay a pure
    function of their inputs: the periods are one of them, the claims that may share a filing another.
    """

    def __init__(
        self,
        service: str,
        decider: AppealsDecider,
        table: StateTable[AppealCase],
        projections: Sequence[Projection] = (),
    ) -> None:
        super().__init__(service, decider, table, projections, announces=tasks_changed)
        self._rules = decider

    async def fire(self, uow: UnitOfWork, claim_ids: Sequence[str]) -> int:
        """Apply what is due, each timer once; returns how many fired."""
        transaction = SqlTransaction(uow, self)
        cooling = await cooling_today(transaction, self._rules, claim_ids)
        initiated = await initiate_gathered(transaction, self._rules, claim_ids, cooling)
        if not cooling:
            return initiated + await super().fire(uow, claim_ids)
        informed = BatchProcessor(
            self.service, self._rules.with_cooling(cooling), self.table, self._projections, announces=tasks_changed
        )
        informed.ahead = self.ahead
        return initiated + await informed.fire(uow, claim_ids)
