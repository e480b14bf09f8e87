"""The queue of filings on PostgreSQL. Several replicas share it by row locks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from services.appeals.adapters.sql.enclosures import Enclosures
from services.appeals.adapters.sql.tables import CASES
from services.appeals.application.ports import Enclosure, QueuedFiling, SendOutcome
from services.appeals.domain.case import Filing
from shared.clock import Clock
from shared.db.pool import Connection, Pool
from shared.db.rows import Row


class _QueuedRow(Row):
    case_id: UUID
    number: int
    claim_id: UUID
    tenant: str
    attempts: int


class SqlFilingBatch:
    """A `FilingBatch`: its rows stay locked until the transaction ends."""

    def __init__(self, conn: Connection, clock: Clock, enclosures: Enclosures, filings: Sequence[QueuedFiling]) -> None:
        self._conn = conn
        self._clock = clock
        self._enclosures = enclosures
        self.filings = filings

    async def enclosed(self, claim_id: str, filing: Filing) -> tuple[Enclosure, ...]:
        """The documents that a filing names."""
        return await self._enclosures.of(self._conn, claim_id, filing)

    async def enclosures(self, claim_id: str, filing: Filing) -> tuple[Enclosure, ...]:
        """The documents of the claim that go with a filing."""
        return await self._enclosures.with_filing(self._conn, claim_id, filing)

    async def settle(self, filing: QueuedFiling, outcome: SendOutcome) -> None:
        """Keep what became of a filing, and when it is looked at again."""
        await self._conn.execute(
            "UPDATE filings SET status = $3, attempts = $4, channel = $5, proof = $6, problem = $7, next_attempt = $8 "
            "WHERE case_id = $1 AND number = $2",
            filing.case_id,
            filing.number,
            outcome.status,
            filing.attempts + 1,
            outcome.channel,
            outcome.proof,
            outcome.problem,
            self._clock.now() + outcome.pause,
        )


class SqlFilingQueue:
    """A `FilingQueue` over the table `filings`."""

    def __init__(self, pool: Pool, clock: Clock, enclosures: Enclosures) -> None:
        self._pool = pool
        self._clock = clock
        self._enclosures = enclosures

    @asynccontextmanager
    async def take(self, limit: int) -> AsyncGenerator[SqlFilingBatch]:
        """The filings that are due, the longest due first; nobody else takes them while the block runs."""
        async with self._pool.acquire() as conn, conn.transaction():
            rows = await conn.fetch(
                "SELECT case_id, number, claim_id, tenant, attempts FROM filings "
                "WHERE status IN ('queued', 'waiting') AND next_attempt <= $1 ORDER BY next_attempt "
                "LIMIT $2 FOR UPDATE SKIP LOCKED",
                self._clock.now(),
                limit,
                record_class=_QueuedRow,
            )
            cases = await CASES.read_many(conn, [str(row.claim_id) for row in rows]) if rows else {}
            filings = [
                QueuedFiling(
                    str(row.case_id),
                    row.number,
                    str(row.claim_id),
                    row.tenant,
                    row.attempts,
                    cases.get(str(row.claim_id)),
                )
                for row in rows
            ]
            yield SqlFilingBatch(conn, self._clock, self._enclosures, filings)
