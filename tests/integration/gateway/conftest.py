"""A gateway on a database of its own, served in this process, hearing only what a test publishes from now on."""

from __future__ import annotations

import asyncio
import base64
import socket
import uuid
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from fastapi import FastAPI
from playwright.async_api import Browser, async_playwright
from pydantic import SecretStr

from services.gateway.main import build
from services.gateway.settings import GatewaySettings
from shared.db.provision import dsn_of, provision
from shared.events import CLAIMS_TOPIC, Event
from shared.events.base import contract_of
from shared.events.codec import encode_data, headers_for, new_event_id
from shared.runtime.relay import partition_of
from shared.runtime.topics import partitions_of
from tests.integration.conftest import Servers
from tests.integration.gateway.desk_pages import CHROMIUM
from tests.integration.services import of_tenant
from tests.unit.gateway.lives import START, fair, new_claim

OPERATOR = "operator-key-for-tests"
PHI_KEYS = base64.urlsafe_b64encode(b"test" + bytes(range(32))).decode()
PASSWORD = "gateway-test"


class Harness:
    """One gateway: its settings, its application and a client without credentials."""

    def __init__(self, servers: Servers, admin_dsn: str, settings: GatewaySettings) -> None:
        self.servers = servers
        self.admin_dsn = admin_dsn
        self.settings = settings
        self.app: FastAPI = build(settings)

    def again(self) -> Harness:
        """The same gateway, as a new process would be."""
        return Harness(self.servers, self.admin_dsn, self.settings)

    def client(self, credential: str = OPERATOR, **how: object) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)

    async def publish(self, events: Iterable[Event], *, tenant: str = "default", times: int = 1) -> list[str]:
        """Put events on the log, one business day apart, each `times` times; returns their ids.

        Repeats come as a broker repeats: a record right after itself, and all of them from the start once more.
        """
        producer = AIOKafkaProducer(bootstrap_servers=self.servers.bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        ids: list[str] = []
        try:
            records: list[dict[str, Any]] = []
            for day, event in enumerate(events):
                ids.append(new_event_id())
                event = of_tenant(event, tenant)
                headers = headers_for(event, event_id=ids[-1], time=START + timedelta(days=day), tenant=tenant)
                topic = contract_of(event).topic
                place = {"topic": topic, "partition": await place_of(producer, topic, event.claim_id)}
                records.append(
                    {**place, "key": event.claim_id.encode(), "value": encode_data(event), "headers": headers}
                )
            twice = [record for record in records for _ in range(2)] if times > 1 else records
            for record in [*twice, *records * (times - 2)]:
                await producer.send(**record)
            await producer.flush()
        finally:
            await producer.stop()
        return ids

    async def caught_up(self) -> None:
        """Wait until everything on the log is in the read model."""
        async with asyncio.timeout(30), self.client() as client:
            while (await client.get("/v1/lag")).json()["behind"] != 0:
                await asyncio.sleep(0.1)

    async def tell(self, events: Iterable[Event], *, tenant: str = "default") -> list[str]:
        """Publish, and wait until the gateway knows."""
        ids = await self.publish(events, tenant=tenant)
        await self.caught_up()
        return ids


async def place_of(producer: AIOKafkaProducer, topic: str, claim_id: str) -> int:
    """The partition where relays put this claim's events, so that services under test keep their order."""
    return partition_of(claim_id, len(await producer.partitions_for(topic)))


async def start_at_the_end(settings: GatewaySettings) -> dict[int, int]:
    """The log is shared by all tests: commit its present ends for this gateway's group."""
    return await at_the_end(settings.kafka_bootstrap_servers, settings.gateway_group, CLAIMS_TOPIC)


async def at_the_end(bootstrap: str, group: str, topic: str) -> dict[int, int]:
    """Commit the present ends of a topic for a group that does not run; returns them."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group)
    await consumer.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    partitions = [TopicPartition(topic, p) for p in await partitions_of(admin, topic)]
    await admin.close()
    consumer.assign(partitions)
    ends = await consumer.end_offsets(partitions)
    await consumer.commit(ends)
    await consumer.stop()
    return {tp.partition: end for tp, end in ends.items()}


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncGenerator[None]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        await app.state.up
        yield


@asynccontextmanager
async def own_gateway(servers: Servers) -> AsyncGenerator[Harness]:
    """A gateway on a new database, not started yet."""
    name = f"recoup_gateway_{uuid.uuid4().hex[:8]}"
    root = await asyncpg.connect(servers.admin_dsn)
    await root.execute(f"CREATE DATABASE {name}")
    admin_dsn = servers.admin_dsn.rpartition("/")[0] + f"/{name}"
    await provision(admin_dsn, {"gateway": PASSWORD})
    settings = GatewaySettings(
        DATABASE_URL=SecretStr(dsn_of(admin_dsn, "gateway", PASSWORD)),
        KAFKA_BOOTSTRAP_SERVERS=servers.bootstrap,
        phi_keys=SecretStr(PHI_KEYS),
        gateway_operator_key=SecretStr(OPERATOR),
        gateway_group=f"recoup-{name}",
        gateway_webhook_private=True,
    )  # pyright: ignore[reportCallIssue]
    yield Harness(servers, admin_dsn, settings)
    await root.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await root.close()


@pytest.fixture(scope="session")
async def harness(servers: Servers) -> AsyncGenerator[Harness]:
    async with own_gateway(servers) as harness:
        await start_at_the_end(harness.settings)
        async with serving(harness.app):
            yield harness


@pytest.fixture(scope="module")
async def ours(harness: Harness) -> str:
    """A claim of tenant `ours`."""
    claim = new_claim()
    await harness.tell(fair(claim, tenant="ours", control="OURS-1"), tenant="ours")
    return claim


@asynccontextmanager
async def on_a_socket(app: FastAPI) -> AsyncGenerator[str]:
    """A running application on a real socket; its lifespan must not run twice."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    server.install_signal_handlers = lambda: None  # pyright: ignore[reportAttributeAccessIssue]
    task = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await task
    listening.close()


@pytest.fixture(scope="session")
async def address(harness: Harness) -> AsyncGenerator[str]:
    """The shared gateway on a real socket, for streams and browsers."""
    async with on_a_socket(harness.app) as url:
        yield url


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """One Chromium for all tests; each opens a context of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()
