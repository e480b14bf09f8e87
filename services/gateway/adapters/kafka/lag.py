"""How far the read model is behind the claims' log: what it has taken in against where each partition ends."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.db.pool import Pool
from shared.events.base import CLAIMS_TOPIC


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
    """Asks the broker for the ends of the partitions; one connection, kept."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap = bootstrap_servers
        self._consumer: AIOKafkaConsumer | None = None
        self._lock = asyncio.Lock()
        self._partitions: list[int] = []
        self._ends: dict[int, int] = {}
        self._asked = 0.0

    async def measure(self, pool: Pool) -> Lag:
        """The lag now; the ends are at most a quarter of a second old."""
        taken = {
            row["kafka_partition"]: row
            for row in await pool.fetch(
                "SELECT kafka_partition, kafka_offset, event_at FROM progress WHERE topic = $1", CLAIMS_TOPIC
            )
        }
        newest = max((row["event_at"] for row in taken.values()), default=None)
        try:
            ends = await self._end_offsets()
        except (KafkaError, OSError, TimeoutError):
            return Lag(False, None, newest, [])
        partitions: list[PartitionLag] = []
        for partition, end in sorted(ends.items()):
            row = taken.get(partition)
            at = row["kafka_offset"] + 1 if row else 0
            partitions.append(
                PartitionLag(CLAIMS_TOPIC, partition, end, at, max(0, end - at), row["event_at"] if row else None)
            )
        return Lag(True, sum(p.behind for p in partitions), newest, partitions)

    async def _end_offsets(self) -> dict[int, int]:
        async with self._lock, asyncio.timeout(5):
            if time.monotonic() - self._asked < 0.25:
                return self._ends
            if self._consumer is None:
                consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
                try:
                    await consumer.start()
                except BaseException:
                    await consumer.stop()
                    raise
                self._consumer = consumer
            if not self._partitions:
                self._partitions = await partitions_of(self._bootstrap, CLAIMS_TOPIC)
            ends = await self._consumer.end_offsets([TopicPartition(CLAIMS_TOPIC, n) for n in self._partitions])
            self._ends = {tp.partition: end for tp, end in ends.items()}
            self._asked = time.monotonic()
            return self._ends

    async def close(self) -> None:
        """Give the connection back."""
        if self._consumer is not None:
            await self._consumer.stop()


async def partitions_of(bootstrap_servers: str, topic: str) -> list[int]:
    """The partitions of a topic; their number is fixed at its creation."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        described: list[dict[str, Any]] = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return sorted(p["partition"] for entry in described for p in entry["partitions"])
