"""How far readers of the claims' log are behind, asked of a real broker."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.intake.adapters.kafka import readers as module
from services.intake.adapters.kafka.readers import Readers
from shared.runtime.topics import Topic, ensure_topics
from tests.integration.conftest import Servers


async def test_the_slowest_of_our_readers_counts_and_no_others(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a log of its own, of 30 records."""
    name = uuid4().hex[:8]
    topic = f"log-{name}"
    monkeypatch.setattr(module, "CLAIMS_TOPIC", topic)
    await ensure_topics(servers.bootstrap, partitions=1, replication_factor=1, topics=[Topic(topic)])
    place = TopicPartition(topic, 0)
    end = await _written(servers.bootstrap, topic, 30)
    await _committed(servers.bootstrap, f"recoup-a-{name}", place, end - 10)
    await _committed(servers.bootstrap, f"recoup-b-{name}", place, end - 25)
    await _committed(servers.bootstrap, f"platform-{name}", place, end - 30)
    readers = Readers(servers.bootstrap)
    try:
        assert await readers.behind() == 25
        await _committed(servers.bootstrap, f"recoup-b-{name}", place, end)
        await asyncio.sleep(0.3)
        assert await readers.behind() == 10, "the platform's reader is at the beginning, and is not waited for"
    finally:
        await readers.close()


async def test_without_a_broker_nobody_is_behind() -> None:
    readers = Readers("127.0.0.1:1")
    assert await readers.behind() == 0
    await readers.close()


async def _written(bootstrap: str, topic: str, count: int) -> int:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        told: Any = None
        for _ in range(count):
            told = await producer.send_and_wait(topic, b"{}", key=b"x", partition=0)
        return told.offset + 1
    finally:
        await producer.stop()


async def _committed(bootstrap: str, group: str, place: TopicPartition, offset: int) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.commit({place: offset})
    finally:
        await consumer.stop()
