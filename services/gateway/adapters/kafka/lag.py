"""How far the read model is behind the claims' log: what it has taken in against where each partition ends."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TypeVar

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.db.pool import Pool
from shared.db.rows import Row
from shared.events.base import CLAIMS_TOPIC
from shared.kafka import client_options
from shared.runtime.topics import partitions_of


class _ProgressRow(Row):
    kafka_partition: int
    kafka_offset: int
    event_at: datetime


K = TypeVar("K", AIOKafkaConsumer, AIOKafkaAdminClient)


class PartitionLag(msgspec.Struct, frozen=True):
    """`behind` records of one partition are not taken in yet; `newest_event_at` is the last that was."""

    topic: str
    partition: int
    end: int
    taken: int
    behind: int
    newest_event_at: datetime | None


class Lag(msgspec.Struct, frozen=True):
    """`behind` is in records; null where the broker does not answer, with `broker` false."""

    broker: bool
    behind: int | None
    newest_event_at: datetime | None
    partitions: list[PartitionLag]


class LagMeter:
    """Asks the broker for the ends of the partitions; its connections are opened at the first question and kept."""

    def __init__(self, pool: Pool, bootstrap_servers: str, group: str) -> None:
        self._pool = pool
        self._bootstrap = bootstrap_servers
        self._group = group
        self._consumer: AIOKafkaConsumer | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self._partitions: list[TopicPartition] = []
        self._lock = asyncio.Lock()

    async def measure(self) -> Lag:
        """The lag now. The ends are asked for last, so that 0 means that nothing was missing."""
        progress = {
            row.kafka_partition: row
            for row in await self._pool.fetch(
                "SELECT kafka_partition, kafka_offset, event_at FROM progress WHERE topic = $1",
                CLAIMS_TOPIC,
                record_class=_ProgressRow,
            )
        }
        newest = max((row.event_at for row in progress.values()), default=None)
        try:
            async with self._lock, asyncio.timeout(5):
                committed, ends = await self._offsets()
        except (KafkaError, OSError, TimeoutError):
            return Lag(False, None, newest, [])
        partitions: list[PartitionLag] = []
        for partition, end in sorted(ends.items()):
            row = progress.get(partition)
            # Progress is exact but knows only events; the committed offset also passes records that are none.
            committed_offset = max(row.kafka_offset + 1 if row else 0, committed.get(partition, 0))
            at = row.event_at if row else None
            partitions.append(
                PartitionLag(CLAIMS_TOPIC, partition, end, committed_offset, max(0, end - committed_offset), at)
            )
        return Lag(True, sum(p.behind for p in partitions), newest, partitions)

    async def _offsets(self) -> tuple[dict[int, int], dict[int, int]]:
        consumer = self._consumer = self._consumer or await started(AIOKafkaConsumer(**client_options(self._bootstrap)))
        admin = self._admin = self._admin or await started(AIOKafkaAdminClient(**client_options(self._bootstrap)))
        if not self._partitions:
            numbers = await partitions_of(admin, CLAIMS_TOPIC)
            self._partitions = [TopicPartition(CLAIMS_TOPIC, n) for n in numbers]
        groups = await admin.list_consumer_group_offsets(self._group, partitions=self._partitions)
        ends = await consumer.end_offsets(self._partitions)
        return {tp.partition: at.offset for tp, at in groups.items()}, {tp.partition: e for tp, e in ends.items()}

    async def close(self) -> None:
        """Give the connections back."""
        if self._consumer is not None:
            await self._consumer.stop()
        if self._admin is not None:
            await self._admin.close()


async def started(client: K) -> K:
    """A Kafka client that has started; one that could not is closed, so that it leaves no connection behind."""
    try:
        await client.start()
    except BaseException:
        await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())
        raise
    return client
