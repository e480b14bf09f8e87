"""Claim files read in bulk, for snapshots and analysis: in pages, never all in memory nor in one long transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date
from uuid import UUID

from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.benchmark.domain.claim_file import ClaimFile
from shared.db.pool import Pool
from shared.db.rows import Row
from shared.runtime.state_table import STORED


class _FileRow(Row):
    claim_id: UUID
    state: str | None
    packed: bytes | None


class _TenantRow(Row):
    tenant: str


_PAGE = 500
_QUERY = f"""
SELECT claim_id, {STORED} FROM claim_files
WHERE state -> 'remittance' ->> 'received_on' >= $1 AND ($2::text[] IS NULL OR tenant = ANY ($2))
    AND ($3::uuid IS NULL OR claim_id > $3)
ORDER BY claim_id LIMIT $4
"""  # noqa: S608 - columns of ours


class SqlClaimStream:
    """The claims of the service's table. Documented at its port, `application/ports.py`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def since(self, day: date, tenants: Sequence[str] = ()) -> AsyncIterator[Sequence[tuple[str, ClaimFile]]]:
        """Yield (claim id, file) in pages of 500, by claim id."""
        after: UUID | None = None
        asked = (day.isoformat(), list(tenants) or None)
        while rows := await self._pool.fetch(_QUERY, *asked, after, _PAGE, record_class=_FileRow):
            yield await asyncio.to_thread(_decoded, rows)
            after = rows[-1].claim_id

    async def tenants(self) -> list[str]:
        """The provider organisations that have claims here."""
        query = "SELECT DISTINCT tenant FROM claim_files ORDER BY tenant"
        rows = await self._pool.fetch(query, record_class=_TenantRow)
        return [row.tenant for row in rows]


def _decoded(rows: Sequence[_FileRow]) -> list[tuple[str, ClaimFile]]:
    return [(str(row.claim_id), CLAIM_FILES.read_stored(row.state, row.packed)) for row in rows]
