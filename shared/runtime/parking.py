"""Dead letters: events that cannot be handled, parked with their claim's later events behind them.

Only what would fail again is parked; transient errors are tried again in place. While a claim has a parked event of its
log, its later events wait behind it, so that a replay restores the claim's order; its deadlines do not wait. Each
parked event is also announced on the dead-letter topic, without its payload's values in headers or reason.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from shared.db.pool import Connection
from shared.events.base import CLAIMS_TOPIC
from shared.events.codec import SOURCES, Header
from shared.runtime.bulk import insert_rows

BEHIND = "behind_parked"
NEWER = "newer_release"
"""Why an event waits that holds a value of the next release: a replica of that one takes it in, without a person."""
NO_PERSON = (
    f"claim_id IS NOT NULL AND (blocks OR reason = '{NEWER}') GROUP BY claim_id "
    f"HAVING bool_and(reason IN ('{NEWER}', '{BEHIND}'))"
)
"""SQL for claims that wait, and for no person."""
_HEADERS = msgspec.msgpack.Decoder(tuple[tuple[str, bytes | None], ...])

_PARKED = {
    "claim_id": "uuid",
    "event_id": "text",
    "type": "text",
    "topic": "text",
    "kafka_partition": "integer",
    "kafka_offset": "bigint",
    "header_bytes": "bytea",
    "payload": "bytea",
    "reason": "text",
    "detail": "text",
    "blocks": "boolean",
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

    @property
    def place(self) -> str:
        """Where in the log it stands: topic/partition/offset."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def place_id(self) -> str:
        """A UUID for a record that brings none of its own."""
        return str(uuid5(NAMESPACE_URL, self.place))

    @property
    def bare(self) -> Origin:
        """The place alone: the last resort where what the record holds cannot be stored."""
        return Origin(self.topic, self.partition, self.offset, None, (), b"")


class ParkedRecord(msgspec.Struct, frozen=True):
    """A record and why it cannot be handled: `reason` is a short code, `detail` a sentence without PHI.

    The later events of its claim wait behind it where it `blocks`.
    """

    origin: Origin
    reason: str
    detail: str
    claim_id: str | None = None
    event_id: str = ""
    type: str = ""
    blocks: bool = True


def blocks(origin: Origin) -> bool:
    """Return True if a claim must wait for a record that cannot be handled: only its own log is its history.

    What comes from outside (a payer's answer, a record on the claims' log that no service of ours signs as its source)
    may be nonsense or malice. It is kept for a person and may be replayed, and the claim goes on as if it had not come
    yet.
    """
    return origin.topic == CLAIMS_TOPIC and any(
        name == "ce_source" and (value or b"").startswith(SOURCES) for name, value in origin.headers
    )


def claim_of_key(key: bytes | None) -> str | None:
    """The claim id in a record's key, if it is one."""
    try:
        return str(UUID((key or b"").decode()))
    except ValueError:
        return None


async def parked_claims(conn: Connection, claim_ids: Sequence[str]) -> set[str]:
    """Those of `claim_ids` that wait for an event that is parked."""
    query = "SELECT DISTINCT claim_id FROM parked WHERE claim_id = ANY($1::uuid[]) AND blocks"
    rows = await conn.fetch(query, claim_ids)
    return {str(row["claim_id"]) for row in rows}


async def waiting_for_newer(conn: Connection, most: int = 200) -> list[str]:
    """Claims that wait for a replica of the next release, those first that have waited longest.

    And, after them, claims of which nothing but events behind another is parked: that one was taken in just when a
    consumer had seen it parked, so that nothing else would take them in.
    """
    rows = await conn.fetch(
        f"SELECT claim_id FROM parked WHERE {NO_PERSON} ORDER BY bool_or(reason = '{NEWER}') DESC, min(id) LIMIT $1",  # noqa: S608
        most,
    )
    return [str(row["claim_id"]) for row in rows]


async def park(conn: Connection, dead_letters: Sequence[ParkedRecord], now: datetime) -> None:
    """Keep these dead letters; the same record twice is kept once."""
    rows: list[tuple[Any, ...]] = [
        (
            dead_letter.claim_id,
            _storable(dead_letter.event_id),
            _storable(dead_letter.type),
            dead_letter.origin.topic,
            dead_letter.origin.partition,
            dead_letter.origin.offset,
            msgspec.msgpack.encode(dead_letter.origin.headers),
            dead_letter.origin.value,
            dead_letter.reason,
            _storable(dead_letter.detail),
            dead_letter.blocks,
            now,
        )
        for dead_letter in dead_letters
    ]
    conflict = "ON CONFLICT (topic, kafka_partition, kafka_offset) DO NOTHING"
    await insert_rows(conn, "parked", _PARKED, rows, suffix=conflict)


def _storable(text: str) -> str:
    """Text as PostgreSQL takes it, at most 500 characters: it has no room for a NUL."""
    return text[:500].replace("\0", "\ufffd")


PAGE = 500
"""Letters read at once: their payloads may be large."""


_PAGE_OF = """
SELECT * FROM parked WHERE ($1::uuid IS NULL OR claim_id = $1) AND id > $2 AND id <= $3
AND ($5::bigint IS NULL OR id = $5) ORDER BY id LIMIT $4 FOR UPDATE
"""


async def pages(
    conn: Connection, claim_id: str | None, *, until: int = 2**63 - 1, only: int | None = None
) -> AsyncGenerator[list[tuple[int, ParkedRecord]]]:
    """All dead letters in the order they came, of one claim or of all, with their ids; locked for replay.

    `until` is the last id: what is parked meanwhile is not met again. `only` is the id of the one that is wanted.
    """
    after = 0
    while page := await _page(conn, claim_id, after, until, only):
        yield page
        after = page[-1][0]


async def newest(conn: Connection) -> int:
    """The id of the dead letter parked last; 0 where none is."""
    return int(await conn.fetchval("SELECT max(id) FROM parked") or 0)


async def _page(
    conn: Connection, claim_id: str | None, after: int, until: int, only: int | None
) -> list[tuple[int, ParkedRecord]]:
    rows = await conn.fetch(_PAGE_OF, claim_id, after, until, PAGE, only)
    return [
        (
            row["id"],
            ParkedRecord(
                Origin(
                    row["topic"],
                    row["kafka_partition"],
                    row["kafka_offset"],
                    str(row["claim_id"]).encode() if row["claim_id"] else None,
                    headers_of(row["header_bytes"], row["headers"]),
                    row["payload"],
                ),
                row["reason"],
                row["detail"],
                str(row["claim_id"]) if row["claim_id"] else None,
                row["event_id"],
                row["type"],
                row["blocks"],
            ),
        )
        for row in rows
    ]


def headers_of(packed: bytes | None, text: str) -> tuple[Header, ...]:
    """Headers as `park` keeps them, or, where an earlier release parked the record, from their JSON."""
    if packed is not None:
        return _HEADERS.decode(packed)
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(text))


async def remove(conn: Connection, ids: Sequence[int]) -> None:
    """Forget dead letters that have been replayed or discarded."""
    await conn.execute("DELETE FROM parked WHERE id = ANY($1::bigint[])", ids)


async def count(conn: Connection) -> int:
    """How many dead letters wait."""
    return int(await conn.fetchval("SELECT count(*) FROM parked") or 0)
