"""What stands on the claims' log of a service that does not hear that log, and its database may not know.

The relay notes how far its own records reach. What lies behind that was put on the log after the state of the database:
nothing, but for the moment between an acknowledgement and its note, unless the database was put back to an earlier
state. So a service that comes up looks at what lies there before it decides anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.db.pool import Connection, Pool
from shared.events.base import CLAIMS_TOPIC
from shared.events.codec import source_of
from shared.runtime.positions import Stored
from shared.runtime.topics import partitions_of

_BATCH = 2000
_READ = "SELECT kafka_partition, next, log FROM positions WHERE reader = $1 AND topic = $2"
_PUT = """
INSERT INTO positions AS p (reader, topic, kafka_partition, next, log)
SELECT $1, $2, at.*, $5 FROM unnest($3::integer[], $4::bigint[]) AS at(kafka_partition, next)
ON CONFLICT (reader, topic, kafka_partition) DO UPDATE SET next = excluded.next, log = excluded.log
"""
_REACHED = """
UPDATE positions AS p SET next = at.next FROM unnest($3::integer[], $4::bigint[]) AS at(kafka_partition, next)
WHERE (p.reader, p.topic, p.kafka_partition) = ($1, $2, at.kafka_partition) AND p.next < at.next
"""


class OwnEvent(NamedTuple):
    """One event of ours as it stands on the log."""

    claim_id: str
    sequence: int
    type: str
    payload: bytes


Note = Callable[[Connection, Sequence[OwnEvent]], Awaitable[None]]
"""Told events of ours that the database may not know, in the order of each claim, in a transaction."""


def reader_of(service: str) -> str:
    """Under which name it is kept how far a service's own records reach."""
    return f"recoup-{service} published"


def begin_at(stored: Stored | None, log: str, first: int, end: int, *, empty: bool) -> int:
    """Where to begin looking in a partition that holds the offsets from `first` up to `end`.

    `empty`: the database knows no claim at all; then nothing on the log is known. One that knows claims and no
    position was filled by a release that kept none: it is believed to know all that is on the log.
    """
    if stored is None:
        return first if empty else end
    if (stored.log and log and stored.log != log) or not first <= stored.next <= end:
        return first
    return stored.next


async def note_reached(conn: Connection, service: str, reached: Mapping[int, int]) -> None:
    """Write that our own records reach up to these offsets, by partition; nothing goes back."""
    if reached:
        places = sorted(reached)
        await conn.execute(_REACHED, reader_of(service), CLAIMS_TOPIC, places, [reached[one] for one in places])


async def look(pool: Pool, bootstrap_servers: str, service: str, note: Note, *, empty: bool) -> int:
    """Tell `note` what of ours lies behind what was noted, and note its end; returns how many records that was.

    Looking twice, or in two processes, does no harm: what the database knows by then is no news to `note`.
    """
    log = await _log_of(bootstrap_servers)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(CLAIMS_TOPIC, n) for n in await partitions_of(bootstrap_servers, CLAIMS_TOPIC)]
        firsts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        async with pool.acquire() as conn:
            rows = await conn.fetch(_READ, reader_of(service), CLAIMS_TOPIC)
        stored = {row["kafka_partition"]: Stored(row["next"], row["log"]) for row in rows}
        count = 0
        for place in places:
            begin = begin_at(stored.get(place.partition), log, firsts[place], ends[place], empty=empty)
            count += await _tell(consumer, pool, place, (begin, ends[place]), source_of(service), note)
        async with pool.acquire() as conn:
            numbers = [place.partition for place in places]
            await conn.execute(_PUT, reader_of(service), CLAIMS_TOPIC, numbers, [ends[one] for one in places], log)
        return count
    finally:
        await consumer.stop()


async def _tell(
    consumer: AIOKafkaConsumer,
    pool: Pool,
    place: TopicPartition,
    bounds: tuple[int, int],
    source: bytes,
    note: Note,
) -> int:
    at, end = bounds
    if at >= end:
        return 0
    consumer.assign([place])
    consumer.seek(place, at)
    count = 0
    while at < end:
        found: list[OwnEvent] = []
        for records in (await consumer.getmany(timeout_ms=200, max_records=_BATCH)).values():
            for one in records:
                own = _own(dict(one.headers), one.key, one.value, source) if one.offset < end else None
                if own is not None:
                    found.append(own)
        if found:
            async with pool.acquire() as conn, conn.transaction():
                await note(conn, found)
            count += len(found)
        at = await consumer.position(place)
    return count


def _own(headers: Mapping[str, bytes | None], key: bytes | None, value: bytes | None, source: bytes) -> OwnEvent | None:
    """The event in a record, if it is numbered and ours."""
    if headers.get("ce_source") != source:
        return None
    try:
        sequence = int(headers.get("ce_sequence") or b"0")
        return OwnEvent((key or b"").decode(), sequence, (headers.get("ce_type") or b"").decode(), value or b"")
    except ValueError:
        return None


async def _log_of(bootstrap_servers: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        return str((await admin.describe_cluster()).get("cluster_id") or "")
    finally:
        await admin.close()
