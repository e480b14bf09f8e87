"""An event that the log does not take: noticed before it is committed, and where the broker takes less, held alone."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.events import CLAIMS_TOPIC
from shared.events.codec import decode, type_of
from shared.events.settlement import ClaimReopened
from shared.runtime import relay
from shared.runtime.service import Runtime
from shared.runtime.topics import ensure_topics
from shared.settings import MAX_MESSAGE_BYTES
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, new_id, publish, received, until

MORE = 4 * MAX_MESSAGE_BYTES


@pytest.fixture
async def probe(servers: Servers) -> Probe:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    return probe


async def emit(runtime: Runtime, said: list[tuple[str, str]]) -> None:
    """Events of (claim, reason), in the order given."""
    counts: dict[str, int] = {}
    async with runtime.units.begin() as uow:
        for claim, reason in said:
            counts[claim] = counts.get(claim, 0) + 1
            uow.emit(ClaimReopened(claim_id=claim, reason=reason), sequence=counts[claim])


async def setting(servers: Servers, topic: str, name: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: None})])
        ((_, _, _, _, entries),) = answer.resources
        return entries[0][1]
    finally:
        await admin.close()


async def limit_topic(servers: Servers, size: int) -> None:
    """Set the limit of the claims' log, up or down."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.bootstrap)
    await admin.start()
    own = {"retention.ms": "-1", "max.message.bytes": str(size)}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, CLAIMS_TOPIC, own)])
    await admin.close()


async def on_the_log(servers: Servers, claims: set[str]) -> dict[str, list[str]]:
    """The first letters of what was said of each claim, in the order of the log."""
    consumer = AIOKafkaConsumer(
        CLAIMS_TOPIC, bootstrap_servers=servers.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    found: dict[str, list[str]] = {claim: [] for claim in claims}
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        for partition, end in ends.items():
            while await consumer.position(partition) < end:
                for record in (await consumer.getmany(partition, timeout_ms=500)).get(partition, []):
                    if type_of(record.headers) == "recoup.claim.reopened.v1" and (record.key or b"").decode() in claims:
                        event = decode(record.headers, record.value).data
                        assert isinstance(event, ClaimReopened)
                        found[event.claim_id].append(event.reason[:2])
    finally:
        await consumer.stop()
    return found


async def test_an_event_that_is_too_large_is_never_committed(servers: Servers, probe: Probe) -> None:
    large, fine = new_id(), new_id()
    async with probe.running(max_message_bytes=70_000) as runtime:
        await publish(servers.bootstrap, [(new_id(), received(large, "LARGE")), (new_id(), received(fine))])

        async def done() -> bool:
            return fine in await probe.heard() and bool(await runtime.pool.fetchval("SELECT count(*) FROM parked"))

        await until(done)
        (row,) = await runtime.pool.fetch("SELECT claim_id, reason, detail FROM parked")
        assert (str(row["claim_id"]), row["reason"]) == (large, "too_large")
        # the payload of 100,079 bytes and, in headers, 1 of the tenant, 36 of the cause and 55 of the trace
        assert row["detail"] == "recoup.claim.reopened.v1 of 100,171 bytes, and the log takes 65,904"
        assert large not in await probe.heard()

        async def sent() -> bool:
            return not await runtime.pool.fetchval("SELECT count(*) FROM outbox")

        await until(sent)
        assert (await on_the_log(servers, {large, fine})) == {large: [], fine: ["0"]}


async def test_topics_take_what_the_setting_says(servers: Servers) -> None:
    assert int(await setting(servers, CLAIMS_TOPIC, "max.message.bytes")) == MAX_MESSAGE_BYTES
    await limit_topic(servers, 1_048_588)  # as a broker's default once made it
    await ensure_topics(servers.bootstrap, partitions=4, replication_factor=1)
    assert int(await setting(servers, CLAIMS_TOPIC, "max.message.bytes")) == MAX_MESSAGE_BYTES
    assert await setting(servers, CLAIMS_TOPIC, "retention.ms") == "-1"


async def test_what_the_broker_refuses_holds_up_its_claim_and_nobody_else(
    servers: Servers, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_TRY_HELD_EVERY", 1.0)
    large, beyond = new_id(), new_id()
    others = [new_id() for _ in range(2500)]  # more than the relay takes at once
    body = "x" * (MAX_MESSAGE_BYTES + 1000)
    async with probe.running(relay=False, max_message_bytes=MORE) as runtime:
        await emit(runtime, [(large, "a1"), (large, "a2" + body), (large, "a3"), (beyond, "b1" + body)])
        await emit(runtime, [(other, "o1") for other in others])
        await emit(runtime, [(large, "a4")])

        async def waiting() -> list[int]:
            rows = await runtime.pool.fetch("SELECT sequence FROM outbox ORDER BY id")
            return [row["sequence"] for row in rows]

        async def only_those_claims_wait() -> bool:
            return await waiting() == [2, 3, 1, 1]

        publishing = asyncio.create_task(runtime.relay.run())
        try:
            await until(only_those_claims_wait, 60)
            await asyncio.sleep(2.5)  # it is tried again, and nothing else with it
            found = await on_the_log(servers, {large, beyond, *others})
            assert found.pop(large) == ["a1"]
            assert found.pop(beyond) == []
            assert set(map(tuple, found.values())) == {("o1",)}
            assert await runtime.database_ready()
            assert runtime.upkeep.held == 2
            assert runtime.upkeep.publishing
            await limit_topic(servers, MORE)  # what the alert asks for

            async def gone() -> bool:
                return not await waiting()

            await until(gone, 60)
            assert await on_the_log(servers, {large, beyond}) == {large: ["a1", "a2", "a3", "a4"], beyond: ["b1"]}
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)
            await limit_topic(servers, MAX_MESSAGE_BYTES)
