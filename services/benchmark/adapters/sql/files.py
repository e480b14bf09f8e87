"""Claim files read in bulk, for snapshots and for repricing: streamed, never all in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from uuid import UUID

import msgspec

from services.benchmark.domain.claim_file import ClaimFile
from shared.db.pool import Connection
from shared.db.rows import Row


class _FileRow(Row):
    claim_id: UUID
    state: str


class _TenantRow(Row):
    tenant: str


_QUERY = """
SELECT claim_id, state FROM claim_files
WHERE state -> 'remittance' ->> 'received_on' >= $1 AND ($2::text[] IS NULL OR tenant = ANY ($2))
ORDER BY claim_id
"""


async def claim_files_since(
    conn: Connection, since: date, tenants: Sequence[str] = ()
) -> AsyncIterator[tuple[str, ClaimFile]]:
    """(claim id, file) of every claim whose last remittance was received from `since`; of `tenants`, where named."""
    decoder = msgspec.json.Decoder(ClaimFile)
    async with conn.transaction(readonly=True):
        async for row in conn.cursor(
            _QUERY, since.isoformat(), list(tenants) or None, prefetch=500, record_class=_FileRow
        ):
            yield str(row.claim_id), decoder.decode(row.state)


async def tenants_of(conn: Connection) -> list[str]:
    """The provider organisations that have claims here."""
    rows = await conn.fetch("SELECT DISTINCT tenant FROM claim_files ORDER BY tenant", record_class=_TenantRow)
    return [row.tenant for row in rows]
