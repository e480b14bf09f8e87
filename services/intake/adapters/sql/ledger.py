"""The record of every input: begun, finished, and under which idempotency key it was sent.

An input is entered before its first claim and finished in the transaction of its last. One that is left unfinished,
because the process died, is taken up again under its own id when the same bytes come: what it had done then counts as
done by the repetition, so the answers are those the first try would have given.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from services.intake.application.claims import Receipt
from services.intake.application.input_ports import KnownKey
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.bulk import insert_rows


class _KeyRow(Row):
    sha256: str
    interchange_id: str
    status: int | None
    media_type: str
    answer: str


_encoder = msgspec.json.Encoder(decimal_format="string")
_INTERCHANGES = {
    "interchange_id": "uuid",
    "tenant": "text",
    "sha256": "text",
    "source": "text",
    "received_at": "timestamptz",
    "finished_at": "timestamptz",
    "summary": "jsonb",
}
_RECEIPTS = {"interchange_id": "uuid", "serial": "integer", "receipt": "jsonb"}


async def unfinished(conn: Connection, tenant: str, sha256: str, source: str) -> str | None:
    """The input with these bytes that was begun in the same way and not finished, if any."""
    return await conn.fetchval(
        "SELECT interchange_id::text FROM interchanges WHERE tenant = $1 AND sha256 = $2 AND source = $3 "
        "AND finished_at IS NULL ORDER BY received_at LIMIT 1",
        tenant,
        sha256,
        source,
    )


async def find(conn: Connection, tenant: str, sha256: str) -> str | None:
    """The first finished input with the same bytes, if any."""
    return await conn.fetchval(
        "SELECT interchange_id::text FROM interchanges WHERE tenant = $1 AND sha256 = $2 AND finished_at IS NOT NULL "
        "ORDER BY received_at LIMIT 1",
        tenant,
        sha256,
    )


async def is_finished(conn: Connection, interchange_id: str) -> bool | None:
    """Return True if an input was finished; None where it was never begun."""
    return await conn.fetchval(
        "SELECT finished_at IS NOT NULL FROM interchanges WHERE interchange_id = $1", interchange_id
    )


async def begin(conn: Connection, interchange_id: str, tenant: str, sha256: str, source: str, at: datetime) -> None:
    """Enter an input, once."""
    await conn.execute(
        "INSERT INTO interchanges (interchange_id, tenant, sha256, source, received_at, summary) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        interchange_id,
        tenant,
        sha256,
        source,
        at,
        _encoder.encode({"interchange_id": interchange_id, "status": "receiving"}).decode(),
    )


async def finish(conn: Connection, interchange_id: str, at: datetime, summary: Any) -> None:
    """Remember the answer that an input got."""
    await conn.execute(
        "UPDATE interchanges SET finished_at = $2, summary = $3 WHERE interchange_id = $1",
        interchange_id,
        at,
        _encoder.encode(summary).decode(),
    )


async def keep_receipts(conn: Connection, interchange_id: str, receipts: Sequence[Receipt]) -> None:
    """Keep receipts of an input, once each by their place in it."""
    rows = [(interchange_id, one.serial, _encoder.encode(one).decode()) for one in receipts]
    await insert_rows(conn, "receipts", _RECEIPTS, rows, suffix="ON CONFLICT DO NOTHING")


async def keep_whole(conn: Connection, source: str, at: datetime, inputs: list[tuple[str, str, str, Any]]) -> None:
    """Enter inputs that were handled in one transaction: (id, tenant, sha256, summary)."""
    rows = [
        (interchange_id, tenant, sha256, source, at, at, _encoder.encode(summary).decode())
        for interchange_id, tenant, sha256, summary in inputs
    ]
    suffix = "ON CONFLICT (interchange_id) DO UPDATE SET finished_at = excluded.finished_at, summary = excluded.summary"
    await insert_rows(conn, "interchanges", _INTERCHANGES, rows, suffix=suffix)


async def look_up(conn: Connection, tenant: str, key: str) -> KnownKey | None:
    """What is known of a key."""
    row = await conn.fetchrow(
        "SELECT sha256, interchange_id::text, status, media_type, answer FROM idempotency_keys "
        "WHERE tenant = $1 AND key = $2",
        tenant,
        key,
        record_class=_KeyRow,
    )
    if row is None:
        return None
    return KnownKey(row.sha256, row.interchange_id, row.status, row.media_type, row.answer)


async def enter_key(conn: Connection, tenant: str, key: str, sha256: str, interchange_id: str, at: datetime) -> None:
    """Bind a key to the content that was sent under it."""
    await conn.execute(
        "INSERT INTO idempotency_keys (tenant, key, sha256, interchange_id, created_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT DO NOTHING",
        tenant,
        key,
        sha256,
        interchange_id,
        at,
    )


async def answer_key(conn: Connection, tenant: str, key: str, status: int, media_type: str, answer: str) -> None:
    """Keep the answer that the same request under the same key gets again."""
    await conn.execute(
        "UPDATE idempotency_keys SET status = $3, media_type = $4, answer = $5 WHERE tenant = $1 AND key = $2",
        tenant,
        key,
        status,
        media_type,
        answer,
    )


async def forget_keys(conn: Connection, before: datetime) -> None:
    """Drop keys that are past their time."""
    await conn.execute("DELETE FROM idempotency_keys WHERE created_at < $1", before)
