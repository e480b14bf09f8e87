"""Watches how far this service's consumers have come, from outside of them: what they cannot say when they fail.

A partition stands where its group's committed position has not moved for a while though the log has more. The broker
is asked, so that the figures stay true while nothing is handled at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.kafka import client_options
from shared.runtime.consumer import Consumer
from shared.runtime.stopping import end_if_cancelled
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("watch")


class Watch:
    """Measures lag and standing partitions of `consumers`, which may still be added to."""

    def __init__(
        self, bootstrap_servers: str, consumers: Sequence[Consumer[Any]], *, every: float = 5.0, limit: float = 60.0
    ) -> None:
        """Look `every` so many seconds; a partition that stands longer than `limit` seconds makes `standing`."""
        self._bootstrap = bootstrap_servers
        self._consumers = consumers
        self._every = every
        self._limit = limit
        self._since: dict[tuple[str, TopicPartition], tuple[int, float]] = {}

    def standing(self) -> list[str]:
        """The partitions, as topic/partition, that stand and are this replica's to read."""
        now = time.monotonic()
        return sorted(
            {
                f"{partition.topic}/{partition.partition}"
                for (group, partition), (_, since) in self._since.items()
                if now - since > self._limit and self._is_ours(group, partition)
            }
        )

    def _is_ours(self, group: str, partition: TopicPartition) -> bool:
        """Return True if this replica reads it, or never came so far as to be given any."""
        readers = [consumer for consumer in self._consumers if consumer.group == group]
        return any(partition in reader.assigned or not reader.assigned for reader in readers)

    async def run(self) -> None:
        """Look for ever; without the broker there is nothing to see."""
        while True:
            end_if_cancelled()
            admin = AIOKafkaAdminClient(**client_options(self._bootstrap))
            reader = AIOKafkaConsumer(**client_options(self._bootstrap))
            try:
                await admin.start()
                await reader.start()
                while True:
                    end_if_cancelled()
                    async with asyncio.timeout(30):
                        await self.look(admin, reader)
                    await asyncio.sleep(self._every)
            except (KafkaError, OSError, TimeoutError) as error:
                _log.debug("the broker does not say how far it is", error_type=type(error).__name__)
            finally:
                await admin.close()
                await reader.stop()
            await asyncio.sleep(self._every)

    async def look(self, admin: AIOKafkaAdminClient, reader: AIOKafkaConsumer) -> None:
        """Measure once; where two groups read a topic, the figures are of the one that is further behind."""
        found: dict[TopicPartition, tuple[int, float]] = {}
        for consumer in self._consumers:
            described: list[dict[str, Any]] = await admin.describe_topics(list(consumer.topics))
            partitions = [
                TopicPartition(topic["topic"], part["partition"]) for topic in described for part in topic["partitions"]
            ]
            groups = await admin.list_consumer_group_offsets(consumer.group, partitions=partitions)
            begins = await reader.beginning_offsets(partitions)
            ends = await reader.end_offsets(partitions)
            for partition in partitions:
                committed = groups[partition].offset if partition in groups else -1
                behind, stood = self._note(
                    consumer.group, partition, max(committed, begins[partition]), ends[partition]
                )
                before = found.get(partition, (0, 0.0))
                found[partition] = max(before[0], behind), max(before[1], stood)
        for partition, (behind, stood) in found.items():
            labels = (partition.topic, str(partition.partition))
            metrics.consumer_lag.labels(*labels).set(behind)
            metrics.consumer_stalled.labels(*labels).set(stood)

    def _note(self, group: str, partition: TopicPartition, position: int, end: int) -> tuple[int, float]:
        """How many records are left, and for how many seconds the position has stood while there are."""
        now, place = time.monotonic(), (group, partition)
        if end <= position:
            self._since.pop(place, None)
        elif self._since.get(place, (-1, 0.0))[0] != position:
            self._since[place] = (position, now)
        since = self._since.get(place, (position, now))[1]
        return max(0, end - position), now - since
