"""Intake on a real Postgres, driven through its routes and its inbox; no broker is needed for that."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.intake.adapters.kafka.inbound import EdiInbox, EdiRecord
from services.intake.main import IntakeSettings, build, prepare
from shared.events.base import EDI_INBOUND_TOPIC, Event, contract_for_type
from shared.events.codec import decode_data
from shared.runtime.consumer import Consumer
from shared.runtime.parking import Origin
from shared.runtime.service import Runtime
from tests.integration.conftest import Servers
from tests.integration.services import FixedClock, emptied, own_database

NAME = "intake"
TOKEN = "token-of-the-operators"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
PHI_KEYS = base64.urlsafe_b64encode(b"test" + bytes(range(32))).decode()
TENANT = "clinic"
NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)


class Service:
    """One replica without its loops: tests call its routes and hand it records."""

    def __init__(
        self, app: Any, runtime: Runtime, client: httpx.AsyncClient, clock: FixedClock, inbox: EdiInbox
    ) -> None:
        self.app = app
        self.runtime = runtime
        self.client = client
        self.clock = clock
        self.inbox = inbox
        self._consumer = Consumer(runtime.settings, runtime.units, inbox, group="test")
        self._offset = 0

    async def send(
        self, text: str | bytes, *, to: str = "/v1/edi", key: str = "", tenant: str = TENANT, type_: str = ""
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key, "X-Tenant": tenant, "Content-Type": type_, **OPERATOR}
        return await self.client.post(to, content=text, headers={n: v for n, v in headers.items() if v})

    async def receive(self, *texts: bytes, tenant: str = TENANT) -> list[str]:
        """Records of one poll of `edi.inbound`, without ids of their own; returns the ids they get."""
        return await self.receive_records(*(((("ce_tenant", tenant.encode()),), text) for text in texts))

    async def receive_records(self, *records: tuple[Sequence[tuple[str, Any]], bytes]) -> list[str]:
        """Records with these headers and contents, of one poll; returns the ids they get."""
        items: dict[str, EdiRecord] = {}
        for headers, text in records:
            self._offset += 1
            item = self.inbox.read(Origin(EDI_INBOUND_TOPIC, 0, self._offset, b"sender", tuple(headers), text))
            items.setdefault(item.id, item)
        await self._consumer._apply(items)  # pyright: ignore[reportPrivateUsage]
        return list(items)

    async def inbox_replayed(self) -> tuple[int, int]:
        """What a replay of all that is parked comes to: handled, still parked."""
        async with self.runtime.units.begin() as uow:
            return await self.inbox.replay(uow, None)

    async def events(self, *, topic: str = "recoup.claims.v1") -> list[Event]:
        """What stands in the outbox, in order: nothing publishes it here."""
        rows = await self.runtime.pool.fetch("SELECT type, payload FROM outbox WHERE topic = $1 ORDER BY id", topic)
        return [decode_data(contract_for_type(row["type"]), row["payload"]) for row in rows]  # type: ignore[arg-type]

    async def emitted(self) -> list[str]:
        """The types of the claims' events, shortened."""
        return [type(event).__name__ for event in await self.events()]

    async def count(self, table: str) -> int:
        return await self.runtime.pool.fetchval(f"SELECT count(*) FROM {table}")

    async def operator(
        self, method: str, path: str, *, headers: Mapping[str, str] = MappingProxyType({}), **options: Any
    ) -> httpx.Response:
        return await self.client.request(method, path, headers={"X-Tenant": TENANT, **headers, **OPERATOR}, **options)

    async def answers(self, interchange_id: str, kind: str = "") -> str:
        answer = await self.operator("GET", f"/v1/interchanges/{interchange_id}/answers?kind={kind}")
        return answer.text if answer.is_success else ""


@pytest.fixture(scope="session")
async def database(servers: Servers) -> AsyncGenerator[str]:
    """A database of its own on the server, with the service's role and schema."""
    async with own_database(servers, NAME) as own:
        yield own


@asynccontextmanager
async def serving(database: str, overrides: Mapping[str, Any] = MappingProxyType({})) -> AsyncGenerator[Service]:
    """A fresh service over emptied tables."""
    settings = IntakeSettings(
        DATABASE_URL=SecretStr(database),  # pyright: ignore[reportCallIssue]
        phi_keys=SecretStr(PHI_KEYS),
        admin_token=SecretStr(TOKEN),
        **overrides,
    )
    pool = await emptied(database, NAME, size=6)
    app = build(settings)
    runtime = Runtime(NAME, settings, pool)
    clock = FixedClock(NOW)
    runtime.clock = runtime.units.clock = clock
    app.state.runtime = runtime
    inbox = prepare(app, runtime, settings)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake", timeout=60) as client:
        yield Service(app, runtime, client, clock, inbox)
    for close in runtime.at_stop:
        await close()
    await pool.close()


@pytest.fixture
async def service(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncGenerator[Service]:
    """A fresh service; parametrise indirectly with settings to change."""
    async with serving(database, getattr(request, "param", {})) as running:
        yield running
