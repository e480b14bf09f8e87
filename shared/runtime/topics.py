"""The topics of the system, and their creation where they are missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.events.base import (
    CLAIMS_TOPIC,
    DEAD_LETTER_TOPIC,
    EDI_INBOUND_TOPIC,
    EDI_OUTBOUND_TOPIC,
    PAYER_INBOUND_TOPIC,
)


class Topic(msgspec.Struct, frozen=True):
    """A topic with the settings that differ from the broker's defaults."""

    name: str
    config: dict[str, str] = {}


_FOR_EVER = {"retention.ms": "-1"}
TOPICS = (
    # The claims' log is the system's memory: read models are rebuilt from it, so it is never cut by time.
    Topic(CLAIMS_TOPIC, _FOR_EVER),
    Topic(PAYER_INBOUND_TOPIC, _FOR_EVER),
    Topic(EDI_INBOUND_TOPIC, {"max.message.bytes": str(16 * 1024 * 1024)}),
    # An answer is kept sealed by intake; its event only has to outlast a subscriber's outage.
    Topic(EDI_OUTBOUND_TOPIC, {"retention.ms": str(30 * 24 * 3600 * 1000)}),
    Topic(DEAD_LETTER_TOPIC, _FOR_EVER),
)


async def ensure_topics(
    bootstrap_servers: str, *, partitions: int, replication_factor: int, topics: Iterable[Topic] = TOPICS
) -> None:
    """Create the topics that do not exist; those that do are left as they are.

    The number of partitions of `recoup.claims.v1` is fixed at creation: the order of a claim rests on it.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        for topic in topics:
            if topic.name in existing:
                continue
            new = NewTopic(topic.name, partitions, replication_factor, topic_configs=topic.config)
            try:
                answer: Any = await admin.create_topics([new])
            except TopicAlreadyExistsError:
                continue
            for _, code, *_ in answer.topic_errors:
                error: type[KafkaError] = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(f"topic {topic.name}")
    finally:
        await admin.close()


async def ensure_topics_soon(bootstrap_servers: str, *, partitions: int, replication_factor: int) -> None:
    """`ensure_topics`, tried until the broker answers."""
    pause = 0.2
    while True:
        try:
            await ensure_topics(bootstrap_servers, partitions=partitions, replication_factor=replication_factor)
        except (KafkaError, OSError):
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return
