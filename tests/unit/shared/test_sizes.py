"""What is too large is refused before anything of its decision is queued, and holds up only its own claim's rows."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from recoup_tools.stack import kafka
from shared.events.settlement import ClaimReopened
from shared.runtime.relay import _Sending
from shared.runtime.unit_of_work import EventTooLarge, UnitOfWork
from shared.settings import MAX_MESSAGE_BYTES
from tests.unit.deploy.environment import ROOT, documents

CLAIM = "7b0fd7f5-41d6-5d3c-9d7c-3f7f6d1f0a11"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def said(size: int) -> ClaimReopened:
    return ClaimReopened(claim_id=CLAIM, reason="x" * size)


def test_a_decision_is_queued_whole_or_not_at_all() -> None:
    uow = UnitOfWork(None, NOW, 70_000)  # type: ignore[arg-type]
    uow.emit_all([said(10), said(60_000)], after=4, tenant="t")
    assert [row[4] for row in uow._outgoing] == [5, 6]
    with pytest.raises(EventTooLarge, match=r"recoup\.claim\.reopened\.v1 of 100,0.. bytes, and the log takes 65,904"):
        uow.emit_all([said(10), said(100_000)], after=6, tenant="t")
    with pytest.raises(EventTooLarge):
        uow.emit(said(70_000), sequence=7)
    assert [row[4] for row in uow._outgoing] == [5, 6]
    assert uow.emitted_types == ["recoup.claim.reopened.v1"] * 2


def test_the_brokers_of_every_deployment_take_what_the_services_send() -> None:
    compose = documents(ROOT / "docker-compose.yml")[0]
    assert int(compose["services"]["kafka"]["environment"]["KAFKA_MESSAGE_MAX_BYTES"]) == MAX_MESSAGE_BYTES
    (cluster,) = [
        one for one in documents(ROOT / "deploy/k8s/overlays/production/kafka.yaml") if one["kind"] == "Kafka"
    ]
    assert cluster["spec"]["kafka"]["config"]["message.max.bytes"] == MAX_MESSAGE_BYTES
    local = kafka._CONFIG.format(port=1, controller=2, data="d", largest=MAX_MESSAGE_BYTES)
    assert f"message.max.bytes={MAX_MESSAGE_BYTES}" in local.splitlines()


class Batch:
    """Holds three records."""

    def __init__(self) -> None:
        self.rows: list[tuple[bytes, bytes]] = []

    def append(self, *, key: bytes, value: bytes, **_: Any) -> object | None:
        if len(self.rows) == 3:
            return None
        self.rows.append((key, value))
        return object()


class Producer:
    """One partition of a broker that takes no value longer than ten bytes; away after `lasts` batches."""

    def __init__(self, lasts: int = 1000) -> None:
        self.log: list[tuple[str, int]] = []
        self.lasts = lasts

    async def partitions_for(self, topic: str) -> set[int]:
        return {0}

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lasts -= 1
        if self.lasts < 0:
            done.set_exception(KafkaConnectionError())
        elif any(len(value) > 10 for _, value in batch.rows):
            done.set_exception(MessageSizeTooLargeError())
        else:
            self.log += [(key.decode(), len(value)) for key, value in batch.rows]
            done.set_result(None)
        return done


def rows(*keyed: tuple[str, int]) -> list[Any]:
    return [
        {
            "id": n, "shard": 3, "event_id": str(n), "aggregateid": key, "sequence": n, "type": "x", "topic": "t",
            "payload": b"v" * size, "tenant": "t", "causation_id": "", "traceparent": "", "occurred_at": NOW,
        }
        for n, (key, size) in enumerate(keyed)
    ]  # fmt: skip


class Held:
    """One shard, by a lease with token 7, until it is lost."""

    def __init__(self) -> None:
        self.held = {3: 7}


def _sending(producer: Producer, shards: Held | None = None) -> _Sending:
    return _Sending(producer, "s", 1000, shards or Held(), lambda: None)  # type: ignore[arg-type]


async def test_a_refused_row_is_overtaken_by_nothing_of_its_claim_and_by_everything_else() -> None:
    producer = Producer()
    sending = _sending(producer)
    await sending.send(
        rows(("a", 1), ("b", 11), ("c", 1), ("b", 2), ("a", 2), ("d", 2000), ("b", 3), ("d", 1), ("c", 2), ("e", 1))
    )
    assert producer.log == [("a", 1), ("c", 1), ("a", 2), ("c", 2), ("e", 1)]
    assert sending.arrived == [0, 2, 4, 8, 9]
    assert sorted(sending.held) == [
        (1, "MessageSizeTooLargeError: 11 bytes", "outbox/3", 7),
        (5, "larger than RECOUP_MAX_MESSAGE_BYTES: 2000 bytes", "outbox/3", 7),
    ]


async def test_what_arrived_before_a_fault_is_known() -> None:
    producer = Producer(lasts=2)
    sending = _sending(producer)
    with pytest.raises(KafkaConnectionError):
        await sending.send(rows(*((f"k{n}", 1) for n in range(8))))
    assert sending.arrived == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("then", [{}, {3: 8}])  # lost, or lost and held again: what was read of it may be old
async def test_once_a_shard_is_lost_nothing_more_of_it_is_sent(then: dict[int, int]) -> None:
    shards = Held()

    class Stopped(Producer):
        async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[None]:
            done = await super().send_batch(batch, topic, partition=partition)
            shards.held = then  # the process was stopped while this batch was on its way
            return done

    producer = Stopped()
    sending = _sending(producer, shards)
    await sending.send(rows(*((f"k{n}", 1) for n in range(8))))
    assert sending.arrived == [0, 1, 2]
    assert len(producer.log) == 3
    assert sending.held == []
