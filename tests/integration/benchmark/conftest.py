"""Benchmark on a database of its own, driven as the runtime drives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import asyncpg
import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from services.benchmark.adapters.shipped import load_policy, qpa_increases, shipped_reference
from services.benchmark.adapters.sql.claim_files import Reader, SqlClaimFilesOpener
from services.benchmark.adapters.sql.files import SqlClaimStream
from services.benchmark.adapters.sql.references import Releases
from services.benchmark.adapters.sql.release_store import SqlReferenceReleases
from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.benchmark.application.analysis import Analysis
from services.benchmark.application.decider import BenchmarkDecider
from services.benchmark.main import BenchmarkSettings, build
from shared.db.pool import open_pool
from shared.events.base import Event
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.service import Runtime
from tests.integration.conftest import Servers
from tests.integration.services import heard, own_database

OPERATOR = "operator-token-of-the-tests"
TOKEN, DESK = "token-of-the-benchmark-staff", "secret-of-the-gateways-desk"
STAFF = MappingProxyType({"Authorization": f"Bearer {TOKEN}", "X-Tenant": "t"})  # the tenant of the tests' claims
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Service:
    """The service without broker and sockets: events by hand, requests over HTTP."""

    def __init__(self, runtime: Runtime, settings: BenchmarkSettings, dsn: str) -> None:
        self.runtime = runtime
        self.dsn = dsn
        self.decider = BenchmarkDecider(shipped_reference(), load_policy())
        self.processor = BatchProcessor("benchmark", self.decider, CLAIM_FILES)
        self.releases = Releases()
        self.app = build(settings)
        self.app.state.runtime = runtime
        self.app.state.decider = self.decider
        self.app.state.files = SqlClaimFilesOpener(runtime.units, self.processor)
        self.app.state.reader = Reader(runtime.pool)
        self.app.state.releases = SqlReferenceReleases(runtime.pool, runtime.clock)
        self.app.state.analysis = Analysis(SqlClaimStream(runtime.pool), self.decider, qpa_increases())

    @property
    def pool(self) -> asyncpg.Pool:
        return self.runtime.pool

    def client(self, headers: Mapping[str, str] = STAFF) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://benchmark", headers=headers)

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[str]:
        """The service on a port of this host, for commands; yields its address."""
        server = uvicorn.Server(uvicorn.Config(self.app, port=0, lifespan="off", log_level="error"))
        serving = asyncio.create_task(server.serve())
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving

    async def receive(self, events: Sequence[Event]) -> list[str]:
        """One batch in one transaction; the statements it took."""
        statements: list[str] = []

        def note(record: Any) -> None:
            statements.append(record.query)

        async with self.runtime.units.begin() as uow:
            with uow.conn.query_logger(note):
                await self.processor.handle(uow, heard(events, NOW))
        return statements

    async def follow(self) -> None:
        """What the service does every half minute."""
        async with self.pool.acquire() as conn:
            found = await self.releases.refresh(conn)
        if found is not None:
            self.decider.learn(found)


@pytest.fixture
async def service(servers: Servers) -> AsyncGenerator[Service]:
    async with own_database(servers, "benchmark") as dsn:
        settings = BenchmarkSettings(
            ADMIN_TOKEN=SecretStr(OPERATOR),  # pyright: ignore[reportCallIssue]
            benchmark_staff=SecretStr(f"ana:{TOKEN},gateway:desk:{DESK}"),
            DATABASE_URL=SecretStr(dsn),  # pyright: ignore[reportCallIssue]
            KAFKA_BOOTSTRAP_SERVERS=servers.bootstrap,  # pyright: ignore[reportCallIssue]
        )
        pool = await open_pool(dsn, service="benchmark", size=4)
        try:
            yield Service(Runtime("benchmark", settings, pool), settings, dsn)
        finally:
            await pool.close()
