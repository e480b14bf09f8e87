"""People's commands as the runtime carries them out: states under their locks, in one transaction with their events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from shared.decider import Decision
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkFactory

S = TypeVar("S")


class DecisionTransaction(Generic[S]):
    """A `shared.transactions.StateTransaction` within a unit of work."""

    def __init__(self, uow: UnitOfWork, processor: BatchProcessor[S]) -> None:
        self._uow = uow
        self._processor = processor
        self.now = uow.now

    async def tenant_of(self, claim_id: str) -> str:
        """Whose claim it is; empty for a claim that is not there."""
        return await self._processor.table.tenant_of(self._uow.conn, claim_id) or ""

    async def command(self, claim_id: str, rule: Callable[[S], Decision[S]]) -> S | None:
        """The state after a rule was applied to it, with its events in the outbox."""
        return await self._processor.command(self._uow, claim_id, rule)

    async def command_all(
        self, claim_ids: Sequence[str], rule: Callable[[str, S], Decision[S]], *, even_parked: bool = False
    ) -> int:
        """Apply a rule to many claims in as many statements as to one; returns how many took it."""
        return await self._processor.command_all(self._uow, claim_ids, rule, even_parked=even_parked)


class DecisionTransactions(Generic[S]):
    """Opens transactions of the runtime."""

    def __init__(self, units: UnitOfWorkFactory, processor: BatchProcessor[S]) -> None:
        self._units = units
        self._processor = processor

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[DecisionTransaction[S]]:
        """A transaction that commits, outbox included, when the block ends without an exception."""
        async with self._units.begin() as uow:
            yield DecisionTransaction(uow, self._processor)
