"""The topics of the system, and their creation where they are missing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from math import inf
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.events.base import (
    CLAIMS_TOPIC,
    DEAD_LETTER_TOPIC,
    EDI_INBOUND_TOPIC,
    EDI_OUTBOUND_TOPIC,
    PAYER_INBOUND_TOPIC,
)
from shared.kafka import client_options
from shared.settings import MAX_MESSAGE_BYTES
from shared.telemetry.logging import Log


class Topic(msgspec.Struct, frozen=True):
    """A topic with the settings that differ from the broker's defaults."""

    name: str
    config: dict[str, str] = {}


_log = Log("topics")
_QUIET_MS = 200
_LIMIT = "max.message.bytes"
_OWN_SETTING = 1
"""What DescribeConfigs calls DYNAMIC_TOPIC_CONFIG: a setting of the topic itself, no default."""
_FOR_EVER = {"retention.ms": "-1"}
_A_MONTH = {"retention.ms": str(30 * 24 * 3600 * 1000)}
TOPICS = (
    # The claims' log is the system's memory: read models are rebuilt from it, so it is never cut by time.
    Topic(CLAIMS_TOPIC, _FOR_EVER),
    Topic(PAYER_INBOUND_TOPIC, _FOR_EVER),
    # An input has to outlast an outage of intake, an answer one of its subscriber; intake keeps both sealed.
    Topic(EDI_INBOUND_TOPIC, _A_MONTH),
    Topic(EDI_OUTBOUND_TOPIC, _A_MONTH),
    Topic(DEAD_LETTER_TOPIC, _FOR_EVER),
)


async def ensure_topics(
    bootstrap_servers: str,
    *,
    partitions: int,
    replication_factor: int,
    max_message_bytes: int = MAX_MESSAGE_BYTES,
    topics: Iterable[Topic] = TOPICS,
) -> None:
    """Create the topics that do not exist; those that do are left as they are, but for a limit that is too small.

    The number of partitions of `recoup.claims.v1` is fixed at creation: the order of a claim rests on it.
    """
    admin = AIOKafkaAdminClient(**client_options(bootstrap_servers))
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        await _raise_limits(admin, [t.name for t in topics if t.name in existing], max_message_bytes)
        for topic in topics:
            if topic.name in existing:
                continue
            config = {_LIMIT: str(max_message_bytes), **topic.config}
            new = NewTopic(topic.name, partitions, replication_factor, topic_configs=config)
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


@asynccontextmanager
async def administering(bootstrap_servers: str) -> AsyncGenerator[AIOKafkaAdminClient]:
    """A client that asks the brokers about topics and groups."""
    admin = AIOKafkaAdminClient(**client_options(bootstrap_servers))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def partitions_of(admin: AIOKafkaAdminClient, topic: str) -> list[int]:
    """The numbers of a topic's partitions, as the broker says now; empty where there is no such topic."""
    described: Any = await admin.describe_topics([topic])
    return sorted(part["partition"] for one in described for part in one["partitions"])


async def log_of(admin: AIOKafkaAdminClient) -> str:
    """What tells one log from another: the cluster's id, empty where the broker has none."""
    return str((await admin.describe_cluster()).get("cluster_id") or "")


async def records_between(
    consumer: AIOKafkaConsumer, place: TopicPartition, begin: int, end: int, *, most: int | None = None
) -> AsyncGenerator[list[ConsumerRecord[Any, Any]]]:
    """The records of a partition from one offset up to another, `most` at a time; the consumer reads nothing else."""
    if begin >= end:
        return
    consumer.assign([place])
    consumer.seek(place, begin)
    while begin < end:
        for records in (await consumer.getmany(timeout_ms=_QUIET_MS, max_records=most)).values():
            yield [one for one in records if one.offset < end]
        begin = await consumer.position(place)


async def _raise_limits(admin: AIOKafkaAdminClient, names: Sequence[str], max_message_bytes: int) -> None:
    """Raise `max.message.bytes` of topics that have less; a cluster that does not let us is told of and left alone."""
    try:
        for name in names:
            own, limit = await _config_of(admin, name)
            if limit < max_message_bytes:
                # The request replaces all settings of the topic, so those that it has are sent with it.
                wanted = own | {_LIMIT: str(max_message_bytes)}
                answers: list[Any] = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, wanted)])
                for code, *_ in answers[0].resources:
                    if code:
                        raise for_code(code)(name)
    except KafkaError as error:
        _log.warning("a topic's limit of bytes could not be raised", error_type=type(error).__name__)


async def _config_of(admin: AIOKafkaAdminClient, name: str) -> tuple[dict[str, str], int]:
    """A topic's own settings, and the limit of bytes that holds for it."""
    answers: list[Any] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name, None)])
    own: dict[str, str] = {}
    limit = MAX_MESSAGE_BYTES
    for code, _, _, _, entries in answers[0].resources:
        if code:
            raise for_code(code)(name)
        for key, value, _, source, *_ in entries:
            if source is False or (
                source is not True and source == _OWN_SETTING
            ):  # version 0 says whether it is a default
                own[key] = value
            if key == _LIMIT:
                limit = int(value)
    return own, limit


async def ensure_topics_soon(
    bootstrap_servers: str,
    *,
    partitions: int,
    replication_factor: int,
    within: float = inf,
    topics: Iterable[Topic] = TOPICS,
) -> None:
    """`ensure_topics`, tried until the broker answers; what it fails with after `within` seconds is raised."""
    pause, last = 0.2, time.monotonic() + within
    while True:
        try:
            await ensure_topics(
                bootstrap_servers, partitions=partitions, replication_factor=replication_factor, topics=topics
            )
        except (KafkaError, OSError):
            if time.monotonic() >= last:
                raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return
