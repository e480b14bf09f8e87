"""Claims as the routes show them, and the transactions in which they are judged again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import msgspec

from services.benchmark.adapters.sql.references import listed
from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.benchmark.application.ports import ListedRelease, UnjudgedClaim
from services.benchmark.domain.claim_file import ClaimFile
from shared.db.pool import Pool
from shared.db.rows import ClaimId, Row
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.transactions import DecisionTransaction
from shared.runtime.unit_of_work import UnitOfWorkFactory


class _UnjudgedRow(Row):
    claim_id: UUID
    updated_at: datetime
    reasons: str | None


_FIRST = UUID(int=0)


class SqlClaimFiles(DecisionTransaction[ClaimFile]):
    """A `ClaimFiles` within a unit of work of the runtime."""

    async def unjudged(self, after: str, limit: int) -> list[str]:
        """Claims that could not be judged, in order of id."""
        rows = await self._uow.conn.fetch(
            "SELECT claim_id::text FROM claim_files WHERE verdict = 'unjudged' AND claim_id > $1 "
            "ORDER BY claim_files.claim_id LIMIT $2",
            UUID(after) if after else _FIRST,
            limit,
            record_class=ClaimId,
        )
        return [row.claim_id for row in rows]


class SqlClaimFilesOpener:
    """Opens transactions of the runtime."""

    def __init__(self, units: UnitOfWorkFactory, processor: BatchProcessor[ClaimFile]) -> None:
        self._units = units
        self._processor = processor

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[SqlClaimFiles]:
        """A transaction that commits, outbox included, when the block ends without an exception."""
        async with self._units.begin() as uow:
            yield SqlClaimFiles(uow, self._processor)


class Reader:
    """Each method reads by itself, of one moment."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def file(self, claim_id: UUID, tenant: str) -> ClaimFile | None:
        """What is kept of a claim; None too where it is another tenant's."""
        async with self._pool.acquire() as conn:
            return await CLAIM_FILES.read(conn, str(claim_id), tenant)

    async def unjudged(self, tenant: str) -> list[UnjudgedClaim]:
        """Claims without a benchmark, the longest waiting first, with what is missing."""
        rows = await self._pool.fetch(
            "SELECT claim_id, updated_at, state -> 'assessment' -> 'reasons' AS reasons FROM claim_files "
            "WHERE verdict = 'unjudged' AND tenant = $1 ORDER BY updated_at LIMIT 500",
            tenant,
            record_class=_UnjudgedRow,
        )
        return [
            UnjudgedClaim(
                str(row.claim_id),
                row.updated_at,
                msgspec.json.decode(row.reasons, type=tuple[str, ...]) if row.reasons else (),
            )
            for row in rows
        ]

    async def releases(self) -> list[ListedRelease]:
        """Every release that was ever loaded."""
        async with self._pool.acquire() as conn:
            return await listed(conn)
