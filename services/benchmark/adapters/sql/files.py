"""Claim files read in bulk, for snapshots and for repricing: streamed, never all in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import msgspec

from services.benchmark.domain.claim_file import ClaimFile

_QUERY = """
SELECT claim_id, state FROM claim_files
WHERE state -> 'remittance' ->> 'received_on' >= $1
ORDER BY claim_id
"""


async def claim_files_since(conn: asyncpg.Connection, since: date) -> AsyncIterator[tuple[str, ClaimFile]]:
    """(claim id, file) of every claim whose last remittance was received from `since`."""
    decoder = msgspec.json.Decoder(ClaimFile)
    async with conn.transaction(readonly=True):
        async for row in conn.cursor(_QUERY, since.isoformat(), prefetch=500):
            yield str(row["claim_id"]), decoder.decode(row["state"])
