"""What stands on the claims' log of a service that does not hear that log, and its database may not know.

The relay notes how far its own records reach. What lies behind that was put on the log after the state of the database:
nothing, but for the moment between an acknowledgement and its note, unless the database was put back to an earlier
state. So a service that comes up looks at what lies there before it decides anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.db.pool import Connection, Pool
from shared.events.base import CLAIMS_TOPIC
from shared.events.codec import source_of
from shared.kafka import client_options
from shared.runtime.positions import Stored, advance_positions, put_positions, stored_positions
from shared.runtime.topics import administering, log_of, partitions_of, records_between
from shared.signing import Trust, UnsignedEvent

_BATCH = 2000


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
        places = {TopicPartition(CLAIMS_TOPIC, number): at for number, at in reached.items()}
        await advance_positions(conn, reader_of(service), places)


async def look(pool: Pool, bootstrap_servers: str, service: str, note: Note, trust: Trust, *, empty: bool) -> int:
    """Tell `note` what of ours lies behind what was noted, and note its end; returns how many records that was.

    Looking twice, or in two processes, does no harm: what the database knows by then is no news to `note`.
    """
    async with administering(bootstrap_servers) as admin:
        log = await log_of(admin)
        places = [TopicPartition(CLAIMS_TOPIC, n) for n in await partitions_of(admin, CLAIMS_TOPIC)]
    consumer = AIOKafkaConsumer(**client_options(bootstrap_servers), enable_auto_commit=False)
    await consumer.start()
    try:
        firsts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        async with pool.acquire() as conn:
            stored = await stored_positions(conn, reader_of(service), places)
        count = 0
        for place in places:
            begin = begin_at(stored.get(place), log, firsts[place], ends[place], empty=empty)
            count += await _read_partition(
                consumer, pool, place, (begin, ends[place]), (source_of(service), trust), note
            )
        async with pool.acquire() as conn:
            await put_positions(conn, reader_of(service), ends, log)
        return count
    finally:
        await consumer.stop()


async def _read_partition(
    consumer: AIOKafkaConsumer,
    pool: Pool,
    place: TopicPartition,
    bounds: tuple[int, int],
    ours: tuple[bytes, Trust],
    note: Note,
) -> int:
    count = 0
    async for records in records_between(consumer, place, *bounds, most=_BATCH):
        owned = (_own(one, *ours) for one in records)
        found = [own for own in owned if own is not None]
        if found:
            async with pool.acquire() as conn, conn.transaction():
                await note(conn, found)
            count += len(found)
    return count


def _own(record: ConsumerRecord[bytes, bytes], source: bytes, trust: Trust) -> OwnEvent | None:
    """The event in a record, if it is numbered and ours."""
    headers, key, value = dict(record.headers), record.key, record.value or b""
    if headers.get("ce_source") != source:
        return None
    try:
        trust.check(record.headers, key, value, (record.topic, record.partition, record.offset))
        sequence = int(headers.get("ce_sequence") or b"0")
        return OwnEvent((key or b"").decode(), sequence, (headers.get("ce_type") or b"").decode(), value)
    except (ValueError, UnsignedEvent):
        return None
