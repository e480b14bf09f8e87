"""Dead letters as operators look at them: by filter, one with what it holds, and discarded with a reason.

`parking` is what consumers do with them; nothing here is on the way of an event.
"""

from __future__ import annotations

import base64
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.parking import headers_of

MOST = 1000
"""Letters listed or discarded at once."""


class ParkedLetter(msgspec.Struct, frozen=True):
    """A record that could not be handled, without what it holds."""

    id: Annotated[int, Meta(description="its number in the service that parked it")]
    claim_id: Annotated[str | None, Meta(description="the claim it is about; null: nobody can tell")]
    event_id: Annotated[str, Meta(description="id of the event, or its place where it has none")]
    type: Annotated[str, Meta(description="event type, as its header names it")]
    reason: Annotated[str, Meta(description="short code of why, e.g. undecodable, behind_parked")]
    detail: Annotated[str, Meta(description="the same as a sentence, without patient data")]
    blocks: Annotated[bool, Meta(description="later events of its claim wait behind it")]
    topic: Annotated[str, Meta(description="where it stands on the log")]
    partition: Annotated[int, Meta(description="of the topic")]
    offset: Annotated[int, Meta(description="of the record in its partition")]
    parked_at: Annotated[datetime, Meta(description="when the service set it aside")]


class HeldRecord(msgspec.Struct, frozen=True):
    """What a record holds, as it came: patient data."""

    headers: Annotated[list[tuple[str, str]], Meta(description="names and values, as they came")]
    text: Annotated[str, Meta(description="the record's value; base64 where it is not UTF-8")]
    encoding: Annotated[str, Meta(description="utf-8 or base64")]
    sha256: Annotated[str, Meta(description="of the value as it is stored")]
    tenant: Annotated[str, Meta(description="the tenant that its headers name; empty: none")]


class LetterFilter(msgspec.Struct, frozen=True):
    """Which letters; what is left empty does not matter. `until` is the last id, so that later ones are not met."""

    ids: tuple[int, ...] = ()
    reason: str = ""
    type: str = ""
    topic: str = ""
    claim_id: str | None = None
    until: int = 2**62


class _LetterRow(Row):
    id: int
    claim_id: UUID | None
    event_id: str
    type: str
    reason: str
    detail: str
    blocks: bool
    topic: str
    kafka_partition: int
    kafka_offset: int
    parked_at: datetime


_COLUMNS = "id, claim_id, event_id, type, reason, detail, blocks, topic, kafka_partition, kafka_offset, parked_at"
_WHERE = """
(cardinality($1::bigint[]) = 0 OR id = ANY($1)) AND ($2 = '' OR reason = $2) AND ($3 = '' OR type = $3)
AND ($4 = '' OR topic = $4) AND ($5::uuid IS NULL OR claim_id = $5) AND id <= $6
"""
_LIST = f"SELECT {_COLUMNS} FROM parked WHERE {_WHERE} ORDER BY id LIMIT $7"  # noqa: S608 - names are ours
_DISCARD = f"""
WITH gone AS (
    DELETE FROM parked WHERE id IN (SELECT id FROM parked WHERE {_WHERE} ORDER BY id LIMIT $7 FOR UPDATE)
    RETURNING *
), kept AS (
    INSERT INTO discarded (id, claim_id, event_id, type, reason, detail, topic, kafka_partition, kafka_offset,
        payload_sha256, parked_at, discarded_at, discarded_by, why)
    SELECT id, claim_id, event_id, type, reason, detail, topic, kafka_partition, kafka_offset, sha256(payload),
        parked_at, $8::timestamptz, $9::text, $10::text
    FROM gone
)
SELECT {_COLUMNS} FROM gone ORDER BY id
"""  # noqa: S608


async def listed(conn: Connection, which: LetterFilter, limit: int = MOST) -> list[ParkedLetter]:
    """The oldest letters that fit, without a lock."""
    return [_letter(row) for row in await conn.fetch(_LIST, *_values(which), limit, record_class=_LetterRow)]


async def held(conn: Connection, letter_id: int) -> HeldRecord | None:
    """What one letter holds; None where there is none of this id."""
    row = await conn.fetchrow("SELECT header_bytes, headers, payload FROM parked WHERE id = $1", letter_id)
    if row is None:
        return None
    payload: bytes = row["payload"]
    headers = [
        (name, (value or b"").decode("latin-1")) for name, value in headers_of(row["header_bytes"], row["headers"])
    ]
    digest = sha256(payload).hexdigest()
    tenant = next((value for name, value in headers if name == "ce_tenant"), "")
    try:
        return HeldRecord(headers, payload.decode(), "utf-8", digest, tenant)
    except UnicodeDecodeError:
        return HeldRecord(headers, base64.b64encode(payload).decode(), "base64", digest, tenant)


async def discard(conn: Connection, which: LetterFilter, *, now: datetime, by: str, why: str) -> list[ParkedLetter]:
    """Give letters up, the oldest that fit: place, digest, who and why are kept, what they hold is not."""
    rows = await conn.fetch(_DISCARD, *_values(which), MOST, now, by, why, record_class=_LetterRow)
    return [_letter(row) for row in rows]


def _values(which: LetterFilter) -> tuple[Any, ...]:
    return list(which.ids), which.reason, which.type, which.topic, which.claim_id, which.until


def _letter(row: _LetterRow) -> ParkedLetter:
    return ParkedLetter(
        row.id,
        str(row.claim_id) if row.claim_id else None,
        row.event_id,
        row.type,
        row.reason,
        row.detail,
        row.blocks,
        row.topic,
        row.kafka_partition,
        row.kafka_offset,
        row.parked_at,
    )
