"""Settlement as it runs behind the gateway, and claims in talks with the payer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from services.gateway.adapters.upstream import Upstream
from services.settlement.main import SettlementSettings
from services.settlement.main import build as build_settlement
from shared.db.pool import Pool
from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC
from tests.integration.gateway.conftest import Harness, at_the_end, serving
from tests.integration.services import own_database
from tests.unit.gateway.lives import new_claim
from tests.unit.settlement.world import Script

TENANT = "acts"


class Settlement:
    """Settlement behind the gateway: its account of a claim, and what it is told by Kafka."""

    def __init__(self, harness: Harness, client: httpx.AsyncClient, pool: Pool) -> None:
        self._harness = harness
        self.client = client
        self.pool = pool

    async def account(self, claim: str) -> dict[str, Any]:
        """What it knows of the claim; nothing while it knows none."""
        answer = await self.client.get(f"/v1/claims/{claim}")
        return answer.json() if answer.is_success else {}

    async def tell(self, script: Script, until: str = "waiting_decision") -> dict[str, Any]:
        """Publish the script, and wait until the account has `until`: a decision that waits for a person."""
        await self._harness.publish(script.take(), tenant=TENANT)
        async with asyncio.timeout(20):
            while not (account := await self.account(script.claim)).get(until):
                await asyncio.sleep(0.1)
        await self._harness.caught_up()
        return account


@asynccontextmanager
async def real_settlement(harness: Harness, folder: Path, undo_seconds: int = 1) -> AsyncGenerator[Settlement]:
    """Settlement as it runs, on Kafka and a database of its own, behind the gateway, in its script's days."""
    secret, servers = "what-settlement-knows-the-gateway-by", harness.servers
    calendar = folder / "clock"
    calendar.write_text(str((datetime(2026, 11, 3, 12, tzinfo=UTC) - datetime.now(UTC)).total_seconds()))
    for topic in (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC):
        await at_the_end(servers.bootstrap, "recoup-settlement", topic)
    async with own_database(servers, "settlement") as dsn:
        settings = SettlementSettings(
            DATABASE_URL=SecretStr(dsn),
            KAFKA_BOOTSTRAP_SERVERS=servers.bootstrap,
            settlement_staff=SecretStr(f"gateway:desk:{secret}"),
            admin_token=SecretStr("operator-of-settlement"),
            clock_file=calendar,
        )  # pyright: ignore[reportCallIssue]
        app = build_settlement(settings)
        async with serving(app):
            gateway, transport = harness.app.state.gateway, httpx.ASGITransport(app)
            before, seconds = gateway.upstream, gateway.undo_seconds
            gateway.undo_seconds = undo_seconds
            gateway.upstream = Upstream({"settlement": "http://settlement"}, secret, "", transport=transport)
            operator = {"Authorization": "Bearer operator-of-settlement"}
            async with httpx.AsyncClient(transport=transport, base_url="http://settlement", headers=operator) as client:
                try:
                    yield Settlement(harness, client, app.state.runtime.pool)
                finally:
                    gateway.upstream, gateway.undo_seconds = before, seconds


def in_talks(amount: str = "600.00", offer_id: str = "O1") -> Script:
    """An offer of 30,000 dollars that waits for a negotiator: above the engine's 25,000."""
    script = Script(scale=50, claim=new_claim())
    script.underpaid()
    script.negotiation()
    script.offer(amount, offer_id, final=True)
    return script
