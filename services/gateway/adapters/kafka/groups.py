"""What the broker knows of other services' consumers: where each partition ends, and what each group committed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.gateway.adapters.kafka.lag import started
from services.gateway.domain.service_health import Place, Reading
from shared.kafka import client_options
from shared.runtime.topics import partitions_of


class GroupOffsets:
    """Asks the broker; its connections are opened at the first question and kept until one fails."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap = bootstrap_servers
        self._consumer: AIOKafkaConsumer | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self._partitions: dict[str, list[TopicPartition]] = {}

    async def read(self, groups: Mapping[str, Sequence[str]]) -> dict[Place, Reading] | None:
        """Where each group stands on its topics; None where the broker does not answer.

        Args:
            groups: The topics that each group reads.

        Returns:
            A reading for each partition the group has committed a position of.
        """
        try:
            async with asyncio.timeout(4):
                return await self._read(groups)
        except (KafkaError, OSError, TimeoutError):
            await self.close()
            return None

    async def _read(self, groups: Mapping[str, Sequence[str]]) -> dict[Place, Reading]:
        consumer = self._consumer = self._consumer or await started(AIOKafkaConsumer(**client_options(self._bootstrap)))
        admin = self._admin = self._admin or await started(AIOKafkaAdminClient(**client_options(self._bootstrap)))
        for topic in {topic for topics in groups.values() for topic in topics} - set(self._partitions):
            self._partitions[topic] = [TopicPartition(topic, n) for n in await partitions_of(admin, topic)]
        committed = {
            group: await admin.list_consumer_group_offsets(
                group, partitions=[place for topic in topics for place in self._partitions[topic]]
            )
            for group, topics in groups.items()
        }
        wanted = sorted({place for topic in self._partitions.values() for place in topic})
        ends = await consumer.end_offsets(wanted) if wanted else {}
        return {
            Place(group, place.topic, place.partition): Reading(ends[place], at.offset)
            for group, found in committed.items()
            for place, at in found.items()
            if at.offset >= 0 and place in ends
        }

    async def close(self) -> None:
        """Give the connections back."""
        consumer, admin = self._consumer, self._admin
        self._consumer = self._admin = None
        self._partitions.clear()
        if consumer is not None:
            await consumer.stop()
        if admin is not None:
            await admin.close()
