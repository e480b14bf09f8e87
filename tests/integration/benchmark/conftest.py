"""Benchmark on a database of its own, driven as the runtime drives it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from services.benchmark.adapters.shipped import load_policy, shipped_reference
from services.benchmark.adapters.sql.references import Releases
from services.benchmark.adapters.sql.tables import CLAIM_FILES
from services.benchmark.application.fold import BenchmarkFold
from services.benchmark.main import BenchmarkSettings, build
from shared.db.migrate import upgrade
from shared.db.pool import open_pool
from shared.db.provision import dsn_of, provision
from shared.events.base import Envelope, Event, contract_of
from shared.runtime.folding import Folding, Heard
from shared.runtime.parking import Origin
from shared.runtime.service import Runtime
from tests.integration.conftest import Servers

PASSWORD = "benchmark-test"
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
_ORIGIN = Origin("recoup.claims.v1", 0, 0, None, (), b"")


class Service:
    """The service without broker and sockets: events by hand, requests over HTTP."""

    def __init__(self, runtime: Runtime, settings: BenchmarkSettings, dsn: str) -> None:
        self.runtime = runtime
        self.dsn = dsn
        self.fold = BenchmarkFold(shipped_reference(), load_policy())
        self.folding = Folding("benchmark", self.fold, CLAIM_FILES)
        self.releases = Releases()
        self.app = build(settings)
        self.app.state.runtime = runtime
        self.app.state.fold = self.fold

    @property
    def pool(self) -> asyncpg.Pool:
        return self.runtime.pool

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://benchmark")

    async def hear(self, events: Sequence[Event]) -> list[str]:
        """One batch in one transaction; the statements it took."""
        heard = [
            Heard(Envelope(id=str(uuid.uuid4()), type=contract_of(e).type, source="test", time=NOW, data=e), _ORIGIN)
            for e in events
        ]
        statements: list[str] = []

        def note(record: Any) -> None:
            statements.append(record.query)

        async with self.runtime.units.begin() as uow:
            with uow.conn.query_logger(note):
                await self.folding.handle(uow, heard)
        return statements

    async def follow(self) -> None:
        """What the service does every half minute."""
        async with self.pool.acquire() as conn:
            found = await self.releases.refresh(conn)
        if found is not None:
            self.fold.learn(found)


@pytest.fixture
async def service(servers: Servers) -> AsyncGenerator[Service]:
    database = f"benchmark_{uuid.uuid4().hex[:10]}"
    admin: Any = await asyncpg.connect(servers.admin_dsn)
    await admin.execute(f"CREATE DATABASE {database}")
    base, _, _ = servers.admin_dsn.partition("?")
    own_admin = f"{base.rpartition('/')[0]}/{database}"
    await provision(own_admin, {"benchmark": PASSWORD})
    dsn = dsn_of(own_admin, "benchmark", PASSWORD)
    await upgrade(dsn, "benchmark")
    settings = BenchmarkSettings(
        ADMIN_TOKEN=SecretStr("operator-token-of-the-tests"),  # pyright: ignore[reportCallIssue]
        DATABASE_URL=SecretStr(dsn),  # pyright: ignore[reportCallIssue]
        KAFKA_BOOTSTRAP_SERVERS=servers.bootstrap,  # pyright: ignore[reportCallIssue]
    )
    pool = await open_pool(dsn, service="benchmark", size=4)
    try:
        yield Service(Runtime("benchmark", settings, pool), settings, dsn)
    finally:
        await pool.close()
        await admin.execute(f"DROP DATABASE {database} WITH (FORCE)")
        await admin.close()
