"""Dead letters: events that cannot be handled, parked with their claim's later events behind them.

Only what would fail again is parked; passing faults are tried again in place. While a claim has a parked event, its
later events wait behind it, so that a replay restores the claim's order. Each parked event is also announced on the
dead-letter topic, without its payload's values in headers or reason.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shared.db.pool import Connection
from shared.events.codec import Header
from shared.runtime.bulk import insert_rows

BEHIND = "behind_parked"

_PARKED = {
    "claim_id": "uuid",
    "event_id": "text",
    "type": "text",
    "topic": "text",
    "kafka_partition": "integer",
    "kafka_offset": "bigint",
    "headers": "jsonb",
    "payload": "bytea",
    "reason": "text",
    "detail": "text",
    "parked_at": "timestamptz",
}


class Origin(msgspec.Struct, frozen=True):
    """A record as it came from the broker."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[Header, ...]
    value: bytes


class Parked(msgspec.Struct, frozen=True):
    """A record and why it cannot be handled: `reason` is a short code, `detail` a sentence without PHI."""

    origin: Origin
    reason: str
    detail: str
    claim_id: str | None = None
    event_id: str = ""
    type: str = ""


def claim_of_key(key: bytes | None) -> str | None:
    """The claim id in a record's key, if it is one."""
    try:
        return str(UUID((key or b"").decode()))
    except ValueError:
        return None


async def parked_claims(conn: Connection, claim_ids: Sequence[str]) -> set[str]:
    """Those of `claim_ids` that have an event parked."""
    rows = await conn.fetch("SELECT DISTINCT claim_id FROM parked WHERE claim_id = ANY($1::uuid[])", claim_ids)
    return {str(row["claim_id"]) for row in rows}


async def park(conn: Connection, letters: Sequence[Parked], now: datetime) -> None:
    """Keep these letters; the same record twice is kept once."""
    rows: list[tuple[Any, ...]] = [
        (
            letter.claim_id,
            letter.event_id,
            letter.type,
            letter.origin.topic,
            letter.origin.partition,
            letter.origin.offset,
            json.dumps([[name, value.decode("latin-1")] for name, value in letter.origin.headers]),
            letter.origin.value,
            letter.reason,
            letter.detail[:500],
            now,
        )
        for letter in letters
    ]
    conflict = "ON CONFLICT (topic, kafka_partition, kafka_offset) DO NOTHING"
    await insert_rows(conn, "parked", _PARKED, rows, suffix=conflict)


async def waiting(conn: Connection, claim_id: str | None, limit: int = 10_000) -> list[tuple[int, Parked]]:
    """Parked letters in the order they came, of one claim or of all, with their ids; locked for replay."""
    rows = await conn.fetch(
        "SELECT * FROM parked WHERE $1::uuid IS NULL OR claim_id = $1 ORDER BY id LIMIT $2 FOR UPDATE", claim_id, limit
    )
    return [
        (
            row["id"],
            Parked(
                Origin(
                    row["topic"],
                    row["kafka_partition"],
                    row["kafka_offset"],
                    str(row["claim_id"]).encode() if row["claim_id"] else None,
                    tuple((name, value.encode("latin-1")) for name, value in json.loads(row["headers"])),
                    row["payload"],
                ),
                row["reason"],
                row["detail"],
                str(row["claim_id"]) if row["claim_id"] else None,
                row["event_id"],
                row["type"],
            ),
        )
        for row in rows
    ]


async def remove(conn: Connection, ids: Sequence[int]) -> None:
    """Forget letters that have been replayed or discarded."""
    await conn.execute("DELETE FROM parked WHERE id = ANY($1::bigint[])", ids)


async def count(conn: Connection) -> int:
    """How many letters wait."""
    return int(await conn.fetchval("SELECT count(*) FROM parked") or 0)
