"""Events as they were recorded on the log of a real run, to be replayed into one service alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.events import CLAIMS_TOPIC
from shared.events.codec import Header, type_of
from shared.kafka import client_options
from shared.runtime.topics import TOPICS, ensure_topics
from shared.settings import MAX_MESSAGE_BYTES


class Recorded(msgspec.Struct, frozen=True):
    """One record as it was."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: tuple[Header, ...]
    timestamp: int

    @property
    def type(self) -> str:
        """The CloudEvents type in the record's headers."""
        return type_of(self.headers)


async def record(bootstrap: str, topics: Sequence[str]) -> list[Recorded]:
    """Everything on these topics, each partition in its order."""
    admin = AIOKafkaAdminClient(**client_options(bootstrap))
    await admin.start()
    found = await admin.describe_topics(list(topics))
    await admin.close()
    partitions = [TopicPartition(topic["topic"], p["partition"]) for topic in found for p in topic["partitions"]]
    consumer = AIOKafkaConsumer(**client_options(bootstrap), enable_auto_commit=False)
    await consumer.start()
    kept: list[Recorded] = []
    try:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        left = sum(ends.values())
        while left > 0:
            for partition, records in (await consumer.getmany(timeout_ms=500, max_records=5000)).items():
                left -= len(records)
                kept += [
                    Recorded(
                        partition.topic,
                        partition.partition,
                        r.key or b"",
                        r.value or b"",
                        tuple(r.headers),
                        r.timestamp,
                    )
                    for r in records
                ]
    finally:
        await consumer.stop()
    return kept


def one_log(records: Iterable[Recorded]) -> list[Recorded]:
    """The records of several topics on the claims' topic, none before what it answers.

    A service alone finds everything there at once; on their own topics the payers' answers would overtake the events
    they answer, as they never do in life. Whoever produced them, a claim's records are on one partition. A record is
    as late as the latest before it on its partition: all of those were seen by whoever answered it.
    """
    latest: dict[tuple[str, int], int] = {}
    home: dict[bytes, int] = {}
    keyed: list[tuple[int, bool, Recorded]] = []
    for r in records:
        if r.topic == CLAIMS_TOPIC:
            home[r.key] = r.partition
        at = latest[r.topic, r.partition] = max(r.timestamp, latest.get((r.topic, r.partition), 0))
        keyed.append((at, r.topic != CLAIMS_TOPIC, r))
    keyed.sort(key=lambda entry: entry[:2])
    return [msgspec.structs.replace(r, topic=CLAIMS_TOPIC, partition=home.get(r.key, r.partition)) for _, _, r in keyed]


async def fresh_topics(bootstrap: str, partitions: int) -> None:
    """Empty topics: deleted and made again."""
    admin = AIOKafkaAdminClient(**client_options(bootstrap))
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        doomed = [topic.name for topic in TOPICS if topic.name in existing]
        if doomed:
            await admin.delete_topics(doomed)
            while set(await admin.list_topics()) & set(doomed):
                await asyncio.sleep(0.1)
    finally:
        await admin.close()
    for _ in range(50):
        try:
            await ensure_topics(bootstrap, partitions=partitions, replication_factor=1)
        except KafkaError:
            await asyncio.sleep(0.2)
        else:
            return


async def preload(bootstrap: str, records: Iterable[Recorded]) -> None:
    """Put records where they were: same topic, partition and order."""
    producer = AIOKafkaProducer(
        **client_options(bootstrap),
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_request_size=MAX_MESSAGE_BYTES,
    )
    await producer.start()
    try:
        sends: list[Awaitable[object]] = []
        for r in records:
            sends.append(
                await producer.send(r.topic, r.value, key=r.key, partition=r.partition, headers=list(r.headers))
            )
            if len(sends) >= 5000:
                await asyncio.gather(*sends)
                sends.clear()
        await asyncio.gather(*sends)
    finally:
        await producer.stop()
