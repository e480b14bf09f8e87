"""Without a JDK the stack runs on Tansu, says so, and the runtime works on it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from recoup_tools.stack import Stack
from recoup_tools.stack.kafka import java_problem
from shared.events.base import CLAIMS_TOPIC
from shared.events.codec import encode_data, headers_for
from shared.runtime.topics import TOPICS, ensure_topics
from tests.integration.runtime.probe import PARTITIONS, Probe, new_id, received, until


def on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    """Let nothing but `programs`, each a shell script, be found."""
    folder.mkdir(exist_ok=True)
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("RECOUP_CACHE_DIR", str(folder / "cache"))


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        ({}, "no Java is installed"),
        ({"java": """echo 'openjdk version "11.0.2" 2019' >&2"""}, "Java 11 is installed, Kafka needs 17 or later"),
        ({"java": """echo 'java version "1.8.0_292"' >&2"""}, "Java 8 is installed, Kafka needs 17 or later"),
        ({"java": "exit 1"}, "Java ? is installed, Kafka needs 17 or later"),
        ({"java": """echo 'openjdk version "21" 2023' >&2"""}, "no Maven is installed to bring the broker"),
        ({"java": """echo 'openjdk version "17.0.1" 2021' >&2""", "mvn": ""}, None),
    ],
)
def test_why_kafka_cannot_run_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str], expected: str | None
) -> None:
    on_path(tmp_path / "bin", monkeypatch, **programs)
    assert java_problem() == expected


@pytest.fixture(scope="module")
async def fallen_back(folder: Path) -> AsyncGenerator[tuple[Stack, list[str]]]:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        on_path(folder.parent / "bin", patch)
        stack = Stack(folder, say=said.append)
        await stack.up_servers()
        await ensure_topics(stack.bootstrap, partitions=PARTITIONS, replication_factor=1)
        yield stack, said


async def test_it_says_what_is_missing_and_what_that_costs(fallen_back: tuple[Stack, list[str]]) -> None:
    stack, said = fallen_back
    assert stack.broker == "tansu"
    said = [line for line in said if "No Java" in line]  # beside it only the progress of the start
    assert len(said) == 1
    assert said[0].startswith("No Java is installed, so the stack runs on the Tansu broker")
    assert "in memory" in said[0]
    assert "Install a JDK (17 or later)" in said[0]


async def test_topics_are_made_once_and_found_again(fallen_back: tuple[Stack, list[str]]) -> None:
    stack, _ = fallen_back
    await ensure_topics(stack.bootstrap, partitions=9, replication_factor=1)
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap)
    await consumer.start()
    topics = await consumer.topics()
    partitions = consumer.partitions_for_topic(CLAIMS_TOPIC)
    await consumer.stop()
    assert {topic.name for topic in TOPICS} <= topics
    assert partitions == set(range(PARTITIONS))


async def test_what_is_produced_is_consumed_and_a_group_goes_on_where_it_committed(
    fallen_back: tuple[Stack, list[str]],
) -> None:
    stack, _ = fallen_back
    place = TopicPartition(CLAIMS_TOPIC, 3)
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, acks="all", enable_idempotence=False)
    await producer.start()
    first = await producer.send_and_wait(CLAIMS_TOPIC, b"one", key=b"k", partition=3, headers=[("ce_id", b"1")])
    await producer.send_and_wait(CLAIMS_TOPIC, b"two", key=b"k", partition=3)
    await producer.stop()
    values: list[bytes | None] = []
    for expected in (b"one", b"two"):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=stack.bootstrap,
            group_id="reader",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        consumer.assign([place])
        if await consumer.committed(place) is None:
            consumer.seek(place, first.offset)
        record = await consumer.getone()
        assert (record.value, record.key) == (expected, b"k")
        values.append(record.value)
        await consumer.commit({place: record.offset + 1})
        await consumer.stop()
    assert values == [b"one", b"two"]


async def test_the_runtime_works_on_it(fallen_back: tuple[Stack, list[str]]) -> None:
    stack, _ = fallen_back
    probe = Probe(stack.admin_dsn, stack.bootstrap)
    await probe.prepare()
    claims = [new_id() for _ in range(20)]
    events = [(new_id(), received(claim)) for _ in range(5) for claim in claims]
    async with probe.running(kafka_idempotence=False) as runtime:
        producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, acks="all", enable_idempotence=False)
        await producer.start()
        for event_id, event in [*events, *events[:10]]:  # the last ones come twice
            headers = headers_for(event, event_id=event_id, time=datetime(2026, 1, 5, tzinfo=UTC))
            await producer.send(CLAIMS_TOPIC, key=event.claim_id.encode(), value=encode_data(event), headers=headers)
        await producer.stop()

        async def all_heard_and_answered() -> bool:
            heard = await probe.heard()
            waiting = await runtime.pool.fetchval("SELECT count(*) FROM outbox")
            return sum(map(len, heard.values())) >= len(events) and waiting == 0

        await until(all_heard_and_answered)
    heard = await probe.heard()
    assert heard == {claim: tuple(i for i, e in events if e.claim_id == claim) for claim in claims}
