"""Copies topics into files, and back into topics that are empty: Kafka's part of a backup.

One file a partition: a stream of records, compressed, in the order of the log. What is copied begins with the oldest
record that the broker holds and ends where the partition ended when its copying began.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import struct
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.kafka import client_options
from shared.runtime.relay import partition_of
from shared.runtime.topics import administering, partitions_of, records_between
from shared.settings import MAX_MESSAGE_BYTES

_LENGTH = struct.Struct(">I")
_TRIES = 10


class Record(msgspec.Struct, frozen=True, array_like=True):
    """One record as it stood on the log; `timestamp` in milliseconds since 1970, as Kafka keeps it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Copied(msgspec.Struct, frozen=True):
    """What one partition's copy holds: its first offset, the offset after its last, and how many records."""

    topic: str
    partition: int
    first: int
    next: int
    records: int

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.topic}.{self.partition}.gz"


class Unfit(Exception):
    """A copy cannot be put back into this broker; the message says which topic, and why."""


class _Bounds(NamedTuple):
    first: int
    next: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


async def copy_out(bootstrap_servers: str, topics: Sequence[str], folder: Path) -> list[Copied]:
    """Copy all partitions of these topics into `folder`, which exists; a topic that does not is left out.

    Returns what was copied. The files are readable by their owner alone: inputs carry patients' names.
    """
    consumer = AIOKafkaConsumer(**client_options(bootstrap_servers), enable_auto_commit=False)
    await consumer.start()
    try:
        async with administering(bootstrap_servers) as admin:
            places = [TopicPartition(topic, n) for topic in topics for n in await partitions_of(admin, topic)]
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        return [await _copy(consumer, place, _Bounds(begins[place], ends[place]), folder) for place in places]
    finally:
        await consumer.stop()


async def copy_in(bootstrap_servers: str, copies: Sequence[Copied], folder: Path) -> None:
    """Append what was copied to the same partitions of topics that exist and hold nothing.

    Raises `Unfit` before anything is written where a topic is missing, has another number of partitions, or holds
    records.
    """
    await _must_be_empty(bootstrap_servers, copies)
    producer = AIOKafkaProducer(
        **client_options(bootstrap_servers),
        acks="all",
        max_batch_size=256 * 1024,
        max_request_size=MAX_MESSAGE_BYTES,
    )
    await producer.start()
    try:
        for one in copies:
            await _append(producer, one, folder / one.file)
    finally:
        await producer.stop()


async def spread(bootstrap_servers: str, copies: Sequence[Copied], folder: Path, topic: str, partitions: int) -> None:
    """Append what was copied of one topic to an empty one of the same name with another number of partitions.

    Each claim's records go, in their order, to the partition that its id gives them now. A record without a key goes
    to the partition it was on, or the one that stands for that.
    """
    producer = AIOKafkaProducer(
        **client_options(bootstrap_servers), acks="all", max_batch_size=256 * 1024, max_request_size=MAX_MESSAGE_BYTES
    )
    await producer.start()
    filling: dict[int, BatchBuilder] = {}
    try:
        await _partitions_soon(bootstrap_servers, topic, partitions)
        for copied in copies:
            for one in records_in(folder / copied.file):
                to = copied.partition % partitions
                if one.key is not None:
                    to = partition_of(one.key.decode(errors="replace"), partitions)
                batch = filling.get(to)
                if batch is None or not _fits(batch, one):
                    if batch is not None:
                        await (await producer.send_batch(batch, topic, partition=to))
                    filling[to] = batch = producer.create_batch()
                    _fits(batch, one)
        for to, batch in filling.items():
            await (await producer.send_batch(batch, topic, partition=to))
    finally:
        await producer.stop()


def _fits(batch: BatchBuilder, one: Record) -> bool:
    headers: Any = list(one.headers)
    return batch.append(key=one.key, value=one.value, timestamp=one.timestamp, headers=headers) is not None


def records_in(file: Path) -> Generator[Record]:
    """The records of one file, in their order."""
    with gzip.open(file, "rb") as stream:
        while head := stream.read(_LENGTH.size):
            yield _decode(stream.read(_LENGTH.unpack(head)[0]))


async def _copy(consumer: AIOKafkaConsumer, place: TopicPartition, bounds: _Bounds, folder: Path) -> Copied:
    copied = Copied(place.topic, place.partition, bounds.first, bounds.next, 0)
    count = 0
    with os.fdopen(_private(folder / copied.file), "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as stream:
        async for records in records_between(consumer, place, *bounds):
            for one in records:
                body = _encode(Record(one.offset, one.timestamp, one.key, one.value, tuple(one.headers)))
                stream.write(_LENGTH.pack(len(body)) + body)
            count += len(records)
    return Copied(place.topic, place.partition, bounds.first, bounds.next, count)


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


async def _append(producer: AIOKafkaProducer, copied: Copied, file: Path) -> None:
    """Append one partition's records, batch after batch, each acknowledged before the next is sent."""
    batch = producer.create_batch()
    for one in records_in(file):
        for _ in range(2):
            if _fits(batch, one):
                break
            await (await producer.send_batch(batch, copied.topic, partition=copied.partition))
            batch = producer.create_batch()
    if batch.record_count():
        await (await producer.send_batch(batch, copied.topic, partition=copied.partition))


async def _must_be_empty(bootstrap_servers: str, copies: Sequence[Copied]) -> None:
    counts: dict[str, int] = {}
    for one in copies:
        counts[one.topic] = max(counts.get(one.topic, 0), one.partition + 1)
    consumer = AIOKafkaConsumer(**client_options(bootstrap_servers))
    await consumer.start()
    try:
        for topic, count in sorted(counts.items()):
            found = await _partitions_soon(bootstrap_servers, topic, count)
            if len(found) != count:
                raise Unfit(f"topic {topic} has {len(found)} partitions here and had {count}")
            places = [TopicPartition(topic, number) for number in found]
            if any((await consumer.end_offsets(places)).values()):
                raise Unfit(f"topic {topic} holds records already")
    finally:
        await consumer.stop()


async def _partitions_soon(bootstrap_servers: str, topic: str, count: int) -> list[int]:
    """The topic's partitions, once they are as many: a broker tells of a topic a moment after it was made."""
    found: list[int] = []
    async with administering(bootstrap_servers) as admin:
        for _ in range(_TRIES):
            found = await partitions_of(admin, topic)
            if len(found) == count:
                break
            await asyncio.sleep(0.5)
    return found
