"""Records as nobody should send them, through a real broker: each is set aside with its place, the next is handled."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from shared.events import CLAIMS_TOPIC
from shared.events.codec import encode_data, headers_for
from shared.runtime import consumer as consuming
from shared.runtime import parking, watch
from shared.runtime.parking import ParkedRecord
from shared.runtime.service import Runtime
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, new_id, received, until
from tests.unit.gateway.lives import START

PARTITION = 1
RECEIVED = ("ce_type", b"recoup.claim.received.v1")
INTAKE = ("ce_source", b"/recoup/intake")


@pytest.fixture
async def probe(servers: Servers) -> Probe:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    return probe


async def put(servers: Servers, records: list[tuple[bytes | None, Any, bytes | None]], **how: Any) -> list[int]:
    """Put (key, headers, value) on one partition of the claims' log; returns their offsets."""
    producer = AIOKafkaProducer(bootstrap_servers=servers.bootstrap, **how)
    await producer.start()
    try:
        return [
            (await producer.send_and_wait(CLAIMS_TOPIC, value, key=key, headers=headers, partition=PARTITION)).offset
            for key, headers, value in records
        ]
    finally:
        await producer.stop()


def good(claim_id: str, event_id: str | None = None) -> tuple[bytes, Any, bytes]:
    event = received(claim_id)
    return claim_id.encode(), headers_for(event, event_id=event_id or new_id(), time=START), encode_data(event)


async def dead_letters_of(runtime: Runtime) -> dict[int, ParkedRecord]:
    found: dict[int, ParkedRecord] = {}
    async with runtime.pool.acquire() as conn, conn.transaction():
        async for page in parking.pages(conn, None):
            found |= {dead_letter.origin.offset: dead_letter for _, dead_letter in page}
    return found


async def test_whatever_comes_is_parked_as_it_came_and_the_next_is_handled(servers: Servers, probe: Probe) -> None:
    claims = [new_id() for _ in range(20)]
    sound, deep = encode_data(received(claims[0])), b"[" * 5000 + b"]" * 5000
    poison: list[tuple[bytes | None, Any, bytes | None]] = [
        (b"\xff\0", [RECEIVED, ("ce_id", None)], sound),
        (None, [("ce_type", None)], sound),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"\0")], sound),
        (b"k", [RECEIVED, INTAKE, ("ce_id", new_id().encode()), ("ce_tenant", b"acme\0")], sound),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"1"), ("ce_tenant", b"\xff")], sound),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"1"), ("\0", b"\0")], b"\xff"),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"1")], sound.replace(b"Payer", b"\xff")),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"1")], b'{"claim_id":' + b"[" * 200_000),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"1")], sound.replace(b'"claim"', b'"u":' + deep + b',"claim"')),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"1")], None),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"1"), ("ce_time", b"9999-12-31T23:00:00-10:00")], sound),
        (b"k", [RECEIVED, INTAKE, ("ce_id", b"1"), ("ce_sequence", b"9" * 5000)], sound),
        (b"k", [RECEIVED, ("ce_id", b"1"), ("ce_source", b"/recoup/benchmark")], sound),
    ]
    records = [one for pair in zip(poison, map(good, claims), strict=False) for one in pair]
    async with probe.running() as runtime:
        offsets = await put(servers, records)

        async def through() -> bool:
            return set(claims[: len(poison)]) <= (await probe.heard()).keys()

        await until(through)
        dead_letters = await dead_letters_of(runtime)
        assert sorted(dead_letters) == offsets[::2]
        for offset, (_, headers, value) in zip(offsets[::2], poison, strict=True):
            origin = dead_letters[offset].origin
            assert (origin.headers, origin.value) == (tuple(headers), value or b"")
        reasons = [dead_letters[offset].reason for offset in offsets[::2]]
        assert reasons == ["undecodable"] * (len(poison) - 1) + ["foreign_source"]
        known = await runtime.pool.fetchval("SELECT count(*) FROM inbox")
        assert known == len(records)
        assert runtime.replay is not None
        async with runtime.units.begin() as uow:
            assert await runtime.replay(uow, None) == (0, len(poison))


async def test_what_cannot_even_be_parked_leaves_its_place(
    servers: Servers, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, fine = new_id(), new_id()
    async with probe.running() as runtime:
        await runtime.pool.execute("ALTER TABLE parked ADD CHECK (octet_length(payload) < 5)")
        (place, _) = await put(servers, [(b"k", [RECEIVED, INTAKE, ("ce_id", b"1")], bad.encode()), good(fine)])

        async def through() -> bool:
            return fine in await probe.heard() and bool(await dead_letters_of(runtime))  # side by side, in any order

        await until(through)
        (dead_letter,) = (await dead_letters_of(runtime)).values()
        assert (dead_letter.origin.topic, dead_letter.origin.partition, dead_letter.origin.offset) == (
            CLAIMS_TOPIC,
            PARTITION,
            place,
        )
        assert (dead_letter.origin.value, dead_letter.reason) == (b"", "refused_by_database")
        async with runtime.units.begin() as uow:
            assert runtime.replay is not None
            assert await runtime.replay(uow, None) == (0, 1)


@pytest.mark.parametrize("codec", ["gzip", "lz4", "snappy", "zstd"])
async def test_producers_may_compress(servers: Servers, probe: Probe, codec: str) -> None:
    claim = new_id()
    async with probe.running() as runtime:
        await put(servers, [good(claim)], compression_type=codec)

        async def through() -> bool:
            return claim in await probe.heard()

        await until(through)
        assert not await dead_letters_of(runtime)


async def test_a_codec_that_the_client_lacks_stops_no_partition(
    servers: Servers, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, packed, after = new_id(), new_id(), new_id()
    await put(servers, [good(before)])
    (place,) = await put(servers, [good(packed)], compression_type="zstd")
    await put(servers, [good(after)])
    monkeypatch.setattr("aiokafka.codec.cramjam", None)
    async with probe.running() as runtime:

        async def through() -> bool:
            return {before, after} <= (await probe.heard()).keys()

        await until(through, 60)
        assert packed not in await probe.heard()
        (dead_letter,) = (await dead_letters_of(runtime)).values()
        assert (dead_letter.origin.offset, dead_letter.reason) == (place, "unreadable")


async def test_a_consumer_that_stands_is_seen_from_outside(
    servers: Servers, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consuming, "_IDLE_COMMIT_SECONDS", 0.2)
    claim = new_id()
    async with probe.running(relay=False) as runtime:  # its answers would stand on other partitions
        runtime.watch._every, runtime.watch._limit = 0.1, 1.5
        await put(servers, [good(claim)])
        await until(lambda: _heard(probe, claim))
        partition = TopicPartition(CLAIMS_TOPIC, PARTITION)
        await until(lambda: _lag_is(partition, 0))
        assert not runtime.watch.standing()

        async def fail(*_: Any) -> None:
            raise AssertionError("nobody foresaw this")

        monkeypatch.setattr(runtime.consumers[0], "_handle", fail)
        (place, *_) = await put(servers, [good(new_id()), good(new_id())])
        await until(lambda: _standing(runtime))
        assert runtime.watch.standing() == [f"{CLAIMS_TOPIC}/{PARTITION}"]
        assert await _lag_is(partition, 2)
        assert _value(watch.metrics.consumer_stalled, partition) > 1
        await until(lambda: _crashing(runtime))
        restarts = watch.metrics.consumer_restarts.labels(f"recoup-{probe.name}")
        assert restarts._value.get() >= 3
        monkeypatch.undo()

        async def repaired() -> bool:
            return not runtime.watch.standing() and await _lag_is(partition, 0)

        await until(repaired)
        assert _value(watch.metrics.consumer_stalled, partition) == 0
        assert place


async def _heard(probe: Probe, claim: str) -> bool:
    return claim in await probe.heard()


async def _standing(runtime: Runtime) -> bool:
    return bool(runtime.watch.standing())


async def _crashing(runtime: Runtime) -> bool:
    return runtime.consumers[0].crash_looping


async def _lag_is(partition: TopicPartition, records: int) -> bool:
    return _value(watch.metrics.consumer_lag, partition) == records


def _value(gauge: Any, partition: TopicPartition) -> float:
    return gauge.labels(partition.topic, str(partition.partition))._value.get()


async def test_events_before_a_broken_one_are_handled_and_those_after_it_wait(servers: Servers, probe: Probe) -> None:
    claim, first, third = new_id(), new_id(), new_id()
    broken = (claim.encode(), [RECEIVED, INTAKE, ("ce_id", b"2")], b"{")
    await put(servers, [good(claim, first), broken, good(claim, third)])
    async with probe.running() as runtime:

        async def through() -> bool:
            return len(await dead_letters_of(runtime)) == 2

        await until(through)
        await asyncio.sleep(0.1)
        assert (await probe.heard()) == {claim: (first,)}
        assert [dead_letter.reason for _, dead_letter in sorted((await dead_letters_of(runtime)).items())] == [
            "undecodable",
            "behind_parked",
        ]
