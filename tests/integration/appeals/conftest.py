"""The appeals service on a real Postgres, driven through its processor and its HTTP routes; no broker is needed."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.appeals.adapters.batch_processor import AppealsBatchProcessor
from services.appeals.adapters.filing.dispatch import Dispatch
from services.appeals.adapters.sql.tables import CASES
from services.appeals.application.ports import Channel
from services.appeals.domain.case import AppealCase
from services.appeals.main import NAME, build, prepare
from services.appeals.settings import AppealsSettings
from shared.events.base import CLAIMS_TOPIC, Envelope, Event, contract_of
from shared.events.codec import new_event_id
from shared.events.tasks import CaseTasksChanged
from shared.runtime.batch_processor import ReceivedEvent
from shared.runtime.parking import Origin
from shared.runtime.service import Runtime
from tests.integration.conftest import Servers
from tests.integration.services import FixedClock, emptied, of_tenant, own_database
from tests.unit.appeals.cases import at

PHI_KEYS = base64.urlsafe_b64encode(b"test" + bytes(range(32))).decode()
TOKEN = "token-of-the-appeals-desk"
TENANT = "clinic"
STAFF = {"Authorization": f"Bearer {TOKEN}", "X-Tenant": TENANT}

TASKS_CHANGED = contract_of(CaseTasksChanged).type


class Service:
    """One replica without its loops: tests feed events, fire timers and call routes."""

    def __init__(
        self, runtime: Runtime, client: httpx.AsyncClient, clock: FixedClock, work: object,
        transport: httpx.ASGITransport,
    ) -> None:  # fmt: skip
        self.transport = transport
        self.runtime = runtime
        self.client = client
        self.clock = clock
        self.processor: AppealsBatchProcessor = work.processor  # type: ignore[attr-defined]
        self.dispatch: Dispatch = work.dispatch  # type: ignore[attr-defined]
        self.channels: dict[str, Channel] = work.channels  # type: ignore[attr-defined]

    async def receive(self, *events: Event, tenant: str = TENANT) -> None:
        for event in events:
            envelope = Envelope(
                id=new_event_id(),
                type=contract_of(event).type,
                source="test",
                time=self.clock.now(),
                data=of_tenant(event, tenant),
                tenant=tenant,
            )
            async with self.runtime.units.begin() as uow:
                await self.processor.handle(uow, [ReceivedEvent(envelope, Origin(CLAIMS_TOPIC, 0, 0, b"", (), b""))])

    async def pass_time(self, day: date) -> int:
        self.clock.instant = at(day)
        fired = 0
        while True:
            async with self.runtime.units.begin() as uow:
                rows = await uow.conn.fetch("SELECT DISTINCT claim_id FROM timers WHERE due <= $1", uow.now)
                n = await self.processor.fire(uow, [str(r["claim_id"]) for r in rows]) if rows else 0
            if not n:
                return fired
            fired += n

    async def case(self, claim_id: str) -> AppealCase:
        async with self.runtime.pool.acquire() as conn:
            found = await CASES.read(conn, claim_id)
        assert found is not None
        return found

    async def emitted(self) -> list[str]:
        """Types of what was emitted, beside the lists of tasks, which are told anew with each change of them."""
        async with self.runtime.pool.acquire() as conn:
            return [
                row["type"]
                for row in await conn.fetch("SELECT type FROM outbox WHERE type <> $1 ORDER BY id", TASKS_CHANGED)
            ]

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers=STAFF)

    async def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        return await self.client.post(path, json=body, headers=STAFF)


@pytest.fixture(scope="session")
async def database(servers: Servers) -> AsyncGenerator[str]:
    """A database of its own on the server, with the service's role and schema."""
    async with own_database(servers, NAME) as own:
        yield own


@asynccontextmanager
async def replica(database: str, outbox: Path, **overrides: Any) -> AsyncGenerator[Service]:
    """A fresh service over emptied tables, with settings to change."""
    defaults: dict[str, Any] = {"appeals_attest": frozenset(), "appeals_outbox": outbox, "appeals_idr_gather_days": 0}
    settings = AppealsSettings(
        DATABASE_URL=SecretStr(database),  # pyright: ignore[reportCallIssue]
        phi_keys=SecretStr(PHI_KEYS),
        **({"appeals_staff": SecretStr(f"ada:{TOKEN}")} | defaults | overrides),
    )
    pool = await emptied(database, NAME, size=4)
    app = build(settings)
    runtime = Runtime(NAME, settings, pool)
    clock = FixedClock(at(date(2026, 10, 5)))
    runtime.clock = runtime.units.clock = clock
    app.state.runtime = runtime
    work = prepare(app, runtime, settings)
    transport = httpx.ASGITransport(app=app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://appeals") as client:
            yield Service(runtime, client, clock, work, transport)
    finally:
        await pool.close()


@pytest.fixture
async def service(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncGenerator[Service]:
    """A fresh service over emptied tables; parametrise indirectly with settings to change."""
    overrides: dict[str, Any] = getattr(request, "param", {})
    async with replica(database, tmp_path, **overrides) as running:
        yield running
