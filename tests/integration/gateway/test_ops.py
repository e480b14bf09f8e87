"""What operators see and do: a service that stops answering, a partition that stands, dead letters one by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.gateway.adapters.kafka.groups import GroupOffsets
from services.gateway.adapters.service_watch import SystemWatch
from services.gateway.adapters.upstream import Upstream
from services.gateway.application.service_watch_ports import ServiceRow
from shared.runtime.runtime import Runtime
from shared.runtime.status import Counts, Member, ServiceStatus
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import new_claim

TOPIC = "ops-view-test"
GROUP = "recoup-ops-view-test"
STATUS = ServiceStatus(
    "benchmark", "there:8082", "9.9.9", datetime(2026, 11, 30, tzinfo=UTC), True, True, True,
    [Member(GROUP, [TOPIC], True, 0.5)], Counts(10, 0, 0, 0, 0), 0, 0,
)  # fmt: skip


class Service:
    """A process that answers its status until it is frozen: then its socket takes connections and says nothing."""

    def __init__(self) -> None:
        self.frozen = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(reader, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not self.frozen and await reader.readuntil(b"\r\n\r\n"):
            body = msgspec.json.encode(STATUS)
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
            )
            await writer.drain()
        await asyncio.sleep(3600)


@asynccontextmanager
async def watched(runtime: Runtime) -> AsyncGenerator[tuple[Service, SystemWatch]]:
    """A service called benchmark behind a watch of its own."""
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    upstream = Upstream({"benchmark": f"http://127.0.0.1:{port}"}, "desk", "operator")
    offsets = GroupOffsets(runtime.settings.kafka_bootstrap_servers)
    watch = SystemWatch(runtime, upstream, offsets)
    task = asyncio.create_task(watch.run())
    yield service, watch
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await offsets.close()
    await upstream.close()
    server.close()


def row(watch: SystemWatch) -> ServiceRow:
    return next(one for one in watch.rows().items if one.service == "benchmark")


async def until(watch: SystemWatch, level: str, within: float) -> tuple[ServiceRow, float]:
    """Wait for a level; the row and the seconds that it took."""
    began = time.monotonic()
    async with asyncio.timeout(within):
        while row(watch).level != level:
            await asyncio.sleep(0.2)
    return row(watch), time.monotonic() - began


async def test_a_frozen_service_and_a_standing_partition_are_red_within_15_seconds(harness: Harness) -> None:
    runtime: Runtime = harness.app.state.runtime
    bootstrap = runtime.settings.kafka_bootstrap_servers
    place = TopicPartition(TOPIC, 0)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    await producer.send_and_wait(TOPIC, b"one", partition=0)
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=GROUP, enable_auto_commit=False)
    await reader.start()
    reader.assign([place])
    await reader.commit({place: 1})
    async with watched(runtime) as (service, watch):
        good, _ = await until(watch, "good", 10)
        assert (good.version, good.behind, good.replicas) == ("9.9.9", 0, ["there:8082"])
        await producer.send_and_wait(TOPIC, b"two", partition=0)  # it answers, and does not get on
        bad, _ = await until(watch, "bad", 15)
        assert [(one.topic, one.partition, one.offset, one.behind) for one in bad.standing] == [(TOPIC, 0, 1, 1)]
        await reader.commit({place: 2})
        await until(watch, "good", 10)
        service.frozen = True
        bad, _ = await until(watch, "bad", 15)
        assert bad.findings[0].text.startswith("has not answered for")
        await producer.send_and_wait(TOPIC, b"three", partition=0)
        await asyncio.sleep(4)
        assert row(watch).behind == 1, "the broker says how far a frozen service is behind"
    await reader.stop()
    await producer.stop()


async def test_the_gateway_is_a_row_of_its_own_and_the_view_spans_all_tenants(harness: Harness, ours: str) -> None:
    async with harness.client() as client:
        async with asyncio.timeout(15):
            while not (found := (await client.get("/v1/ops/services")).json()["items"][0])["answered_at"]:
                await asyncio.sleep(0.2)
        assert (found["service"], found["version"]) == ("gateway", "0.1.0")
        assert found["history"] and found["history"][-1]["answered"] is True
    async with harness.client(await make_key(harness, "ops", "ours")) as client:
        assert (await client.get("/v1/ops/services")).status_code == 403


async def park_letter(
    harness: Harness, claim: str | None, offset: int, value: bytes, reason: str = "undecodable"
) -> int:
    """A dead letter of the gateway itself; its number."""
    admin = await asyncpg.connect(harness.admin_dsn)
    number = await admin.fetchval(
        "INSERT INTO gateway.parked (claim_id, event_id, type, topic, kafka_partition, kafka_offset, headers, payload, "
        "reason, detail, blocks, parked_at) VALUES ($1, 'e', 'odd', 'recoup.claims.v1', 0, $2, "
        """'[["ce_type", "odd"], ["ce_tenant", "ours"]]', $3, $4, 'header ce_id is missing', $5, now()) RETURNING id""",
        claim, offset, value, reason, claim is not None,
    )  # fmt: skip
    await admin.close()
    return number


async def test_a_dead_letter_is_diagnosed_tried_again_and_discarded_with_a_reason(harness: Harness, ours: str) -> None:
    claim = new_claim()
    first = await park_letter(harness, None, 10_000_001, b'{"patient": "Jane"}')
    second = await park_letter(harness, claim, 10_000_002, b"\xff\x00", "rule")
    async with harness.client() as client:
        page = (await client.get("/v1/ops/dead-letters", params={"service": "gateway"})).json()
        grouped = {i["reason"]: (i["letters"], i["waiting"]) for i in page["issues"]}  # other tests' letters, too
        assert min(grouped["undecodable"][0], *grouped["rule"]) >= 1 and page["silent"] == []
        one = next(i["letter"] for i in page["items"] if i["letter"]["id"] == first)
        assert (one["topic"], one["partition"], one["offset"]) == ("recoup.claims.v1", 0, 10_000_001)
        assert "Jane" not in str(page), "what a record holds is not in a list"
        narrowed = (await client.get("/v1/ops/dead-letters", params={"claim_id": claim})).json()
        assert [i["letter"]["id"] for i in narrowed["items"]] == [second]

        held = (await client.get(f"/v1/ops/dead-letters/gateway/{first}")).json()
        assert (held["text"], held["encoding"], held["tenant"]) == ('{"patient": "Jane"}', "utf-8", "ours")
        assert (await client.get(f"/v1/ops/dead-letters/gateway/{second}")).json()["encoding"] == "base64"
        seen = (await client.get("/v1/access-log", params={"action": "dead letter gateway"})).json()["items"]
        opened = [(e["access"]["action"], e["access"]["tenants"]) for e in seen]
        assert (f"dead letter gateway {first}", ["ours"]) in opened

        tried = await client.post("/v1/ops/replay", params={"service": "gateway", "letter_id": first})
        assert tried.json() == {"handled": 0, "parked": 1}
        nothing = await client.post("/v1/ops/dead-letters/discard", json={"service": "gateway", "why": "all of it"})
        assert nothing.status_code == 422, "everything at once is not what a person means"
        body: dict[str, Any] = {"service": "gateway", "ids": [first], "why": "a probe of the payer's, never an event"}
        gone = (await client.post("/v1/ops/dead-letters/discard", json=body)).json()
        assert gone == {"discarded": 1, "places": ["recoup.claims.v1/0/10000001"]}
        by_filter = {"service": "gateway", "reason": "rule", "claim_id": claim, "why": "its claim was a test"}
        assert (await client.post("/v1/ops/dead-letters/discard", json=by_filter)).json()["discarded"] == 1
        assert (await client.get(f"/v1/ops/dead-letters/gateway/{first}")).status_code == 404
        left = (await client.get("/v1/ops/dead-letters", params={"service": "gateway"})).json()["items"]
        assert not {first, second} & {i["letter"]["id"] for i in left}
    admin = await asyncpg.connect(harness.admin_dsn)
    kept = await admin.fetchrow("SELECT * FROM gateway.discarded WHERE id = $1", first)
    await admin.close()
    assert kept is not None and (kept["discarded_by"], kept["why"]) == ("operator", body["why"])
    assert "payload" not in kept, "what it held is not kept"


async def test_who_lacks_patient_data_cannot_look_into_a_letter(harness: Harness) -> None:
    letter = await park_letter(harness, None, 10_000_003, b"secret")
    key = await make_key(harness, "ops", "*")
    async with harness.client(key) as client:
        answer = await client.get(f"/v1/ops/dead-letters/gateway/{letter}")
        assert answer.status_code == 403 and "secret" not in answer.text
    async with harness.client(OPERATOR) as client:
        body = {"service": "gateway", "ids": [letter], "why": "end of the test"}
        assert (await client.post("/v1/ops/dead-letters/discard", json=body)).json()["discarded"] == 1
