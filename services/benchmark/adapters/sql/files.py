"""Claim files read in bulk, for snapshots and for repricing: streamed, never all in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date

import asyncpg
import msgspec

from services.benchmark.domain.claim_file import ClaimFile

_QUERY = """
SELECT claim_id, state FROM claim_files
WHERE state -> 'remittance' ->> 'received_on' >= $1 AND ($2::text[] IS NULL OR tenant = ANY ($2))
ORDER BY claim_id
"""


async def claim_files_since(
    conn: asyncpg.Connection, since: date, tenants: Sequence[str] = ()
) -> AsyncIterator[tuple[str, ClaimFile]]:
    """(claim id, file) of every claim whose last remittance was received from `since`; of `tenants`, where named."""
    decoder = msgspec.json.Decoder(ClaimFile)
    async with conn.transaction(readonly=True):
        async for row in conn.cursor(_QUERY, since.isoformat(), list(tenants) or None, prefetch=500):
            yield str(row["claim_id"]), decoder.decode(row["state"])


async def tenants_of(conn: asyncpg.Connection) -> list[str]:
    """The provider organisations that have claims here."""
    return [row["tenant"] for row in await conn.fetch("SELECT DISTINCT tenant FROM claim_files ORDER BY tenant")]
