"""The states of claims as they are stored, for tests that look at them, or make of them what an older release wrote."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg

from shared.db.packed import unpack
from shared.db.pool import Connection, Pool
from shared.runtime.state_table import STORED


async def texts(conn: Connection | Pool, table: str) -> list[str]:
    """The JSON of every state of a table."""
    return [text for _, text in await _stored(conn, table)]


async def rewrite(conn: Connection | Pool, table: str, change: Callable[[str], str]) -> None:
    """Change the JSON of every state, and leave it as JSON, as releases did that knew no other form."""
    for claim_id, text in await _stored(conn, table):
        await conn.execute(
            f"UPDATE {table} SET state = $2::text::jsonb, packed = NULL WHERE claim_id = $1",
            claim_id,
            change(text),
        )


async def _stored(conn: Connection | Pool, table: str) -> list[tuple[object, str]]:
    rows: list[asyncpg.Record] = await conn.fetch(f"SELECT claim_id, {STORED} FROM {table}")
    return [
        (row["claim_id"], unpack(row["packed"]).decode() if row["packed"] is not None else row["state"]) for row in rows
    ]
