"""Settlement on a database of its own, driven as the runtime drives it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from services.settlement.adapters.http.staff import Staff
from services.settlement.adapters.sql.journal import write_journal
from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.application.decider import SettlementDecider
from services.settlement.domain.account import Account
from services.settlement.main import SettlementSettings, build, open_desk
from shared.calendar import EASTERN, day_begins
from shared.db.pool import Pool, open_pool
from shared.events.base import Event
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.service import Runtime
from tests.integration.conftest import Servers
from tests.integration.services import heard, own_database
from tests.unit.settlement.world import without_the_record

NEGOTIATOR = "negotiator-token-for-tests"
MANAGER = "manager-token-for-tests"
ELSEWHERE = "manager-of-another-tenant"


class Clock:
    """Stands where a test puts it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class Service:
    """The service without broker and sockets: events by hand, commands over HTTP."""

    def __init__(self, runtime: Runtime, settings: SettlementSettings, clock: Clock) -> None:
        self.runtime = runtime
        self.clock = clock
        runtime.units.clock = clock  # pyright: ignore[reportAttributeAccessIssue]
        self.decider = SettlementDecider(without_the_record())
        self.processor: BatchProcessor[Account] = BatchProcessor(
            "settlement", self.decider, ACCOUNTS, projections=(write_journal,)
        )
        self.app = build(settings)
        self.app.state.runtime = runtime
        staff = Staff(settings.settlement_staff.get_secret_value(), "")
        self.app.state.desk = open_desk(runtime, self.processor, self.decider, staff)

    @property
    def pool(self) -> Pool:
        return self.runtime.pool

    def client(self, token: str = NEGOTIATOR) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://settlement", headers=headers)

    async def receive(self, events: Sequence[Event]) -> None:
        """One batch in one transaction."""
        async with self.runtime.units.begin() as uow:
            await self.processor.handle(uow, heard(events, self.clock.at))

    async def wait_until(self, day: date) -> None:
        """Fire what falls due until the start of `day`."""
        self.clock.at = day_begins(day, EASTERN)
        for _ in range(10):
            async with self.runtime.units.begin() as uow:
                rows = await uow.conn.fetch("SELECT DISTINCT claim_id FROM timers WHERE due <= $1", uow.now)
                if not rows:
                    return
                await self.processor.fire(uow, [str(row["claim_id"]) for row in rows])

    async def emitted(self, claim_id: str) -> list[str]:
        """Types of what was emitted about a claim, in order."""
        rows = await self.pool.fetch("SELECT type FROM outbox WHERE aggregateid = $1 ORDER BY sequence", claim_id)
        return [row["type"].removeprefix("recoup.").removesuffix(".v1") for row in rows]

    async def account(self, claim_id: str) -> Account:
        async with self.pool.acquire() as conn:
            found = await ACCOUNTS.read(conn, claim_id)
        assert found is not None
        return found


@pytest.fixture
async def service(servers: Servers) -> AsyncGenerator[Service]:
    async with own_database(servers, "settlement") as dsn:
        settings = SettlementSettings(
            DATABASE_URL=SecretStr(dsn),  # pyright: ignore[reportCallIssue]
            KAFKA_BOOTSTRAP_SERVERS=servers.bootstrap,  # pyright: ignore[reportCallIssue]
            settlement_staff=SecretStr(
                f"nina:negotiator:{NEGOTIATOR},max:manager:{MANAGER},olga@other:manager:{ELSEWHERE}"
            ),
        )
        pool = await open_pool(dsn, service="settlement", size=6)
        try:
            yield Service(Runtime("settlement", settings, pool), settings, Clock())
        finally:
            await pool.close()
