"""Appeals, settlement and the gateway as they run, over one Kafka and a database each: two disputes of one claim."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from pydantic import SecretStr

from services.appeals.main import build as build_appeals
from services.appeals.settings import AppealsSettings
from services.settlement.main import SettlementSettings
from services.settlement.main import build as build_settlement
from shared.calendar import EASTERN, legal_day
from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC, Event
from shared.events.claims import RemittanceFacts, RemittanceLine, RemittanceReceived
from shared.events.payer import PayerAppealDecision
from tests.integration.conftest import Servers
from tests.integration.gateway.conftest import Harness, at_the_end, own_gateway, serving, start_at_the_end
from tests.integration.services import own_database
from tests.unit.appeals.cases import claim
from tests.unit.appeals.test_dispute_selection import FEDERAL, both
from tests.unit.gateway.lives import new_claim

D = Decimal
TODAY = legal_day(datetime.now(UTC), EASTERN)
PHI_KEYS = base64.urlsafe_b64encode(b"test" + bytes(range(32))).decode()


@asynccontextmanager
async def house(servers: Servers, outbox: Path) -> AsyncGenerator[Harness]:
    """The three services, hearing what is published from now on; nothing waits for a person's attestation."""
    async with AsyncExitStack() as stack:
        for service in ("appeals", "settlement"):
            for topic in (CLAIMS_TOPIC, PAYER_INBOUND_TOPIC):
                await at_the_end(servers.bootstrap, f"recoup-{service}", topic)
        gateway = await stack.enter_async_context(own_gateway(servers))
        await start_at_the_end(gateway.settings)
        appeals = AppealsSettings(
            DATABASE_URL=SecretStr(await stack.enter_async_context(own_database(servers, "appeals"))),
            KAFKA_BOOTSTRAP_SERVERS=servers.bootstrap,
            phi_keys=SecretStr(PHI_KEYS),
            appeals_attest=frozenset(),
            appeals_outbox=outbox,
        )  # pyright: ignore[reportCallIssue]
        settlement = SettlementSettings(
            DATABASE_URL=SecretStr(await stack.enter_async_context(own_database(servers, "settlement"))),
            KAFKA_BOOTSTRAP_SERVERS=servers.bootstrap,
        )  # pyright: ignore[reportCallIssue]
        for app in (build_appeals(appeals), build_settlement(settlement), gateway.app):
            await stack.enter_async_context(serving(app))
        yield gateway


async def seen(gateway: Harness, claim_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The claim once the gateway shows what is waited for."""
    body: dict[str, Any] = {}
    try:
        async with asyncio.timeout(60), gateway.client() as client:
            while True:
                answer = await client.get(f"/v1/claims/{claim_id}")
                body = answer.json()
                if answer.status_code == 200 and holds(body):
                    return body
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"never seen; the claim is {body}") from None


def paid(claim_id: str, number: str, *lines: tuple[int, str, str, str]) -> RemittanceReceived:
    """A claim payment of (line, code, charge, paid)."""
    found = tuple(
        RemittanceLine(line=n, code=code, charge=D(charge), paid=D(amount)) for n, code, charge, amount in lines
    )
    facts = RemittanceFacts(
        remittance_id=number, status="1", charge=sum((one.charge for one in found), D(0)),
        paid=sum((one.paid for one in found), D(0)), patient_responsibility=D(0), paid_on=TODAY, received_on=TODAY,
        remark_codes=FEDERAL, lines=found,
    )  # fmt: skip
    return RemittanceReceived(claim_id=claim_id, remittance=facts)


async def test_idr_and_the_plans_appeal_run_at_once_through_the_services(servers: Servers, tmp_path: Path) -> None:
    claim_id, first_answer = new_claim(), "22222222-2222-5222-8222-222222222222"
    begun: list[Event] = [
        replace(claim(codes=("99284", "99291")), claim_id=claim_id),
        paid(claim_id, first_answer, (1, "99284", "900.00", "180.00"), (2, "99291", "900.00", "0.00")),
        replace(both(notice_on=TODAY), claim_id=claim_id),
    ]
    async with house(servers, tmp_path) as gateway:
        await gateway.publish(begun)
        body = await seen(
            gateway, claim_id, lambda b: [d["state"] for d in b["disputes"]] == ["negotiating", "in_appeal"]
        )
        first, second = body["disputes"]
        assert (body["state"], body["illegal_transitions"]) == ("negotiating", 0)
        assert (first["lines"], first["target"], first["forum"]) == ([1], "1200.00", "open_negotiation")
        assert (second["lines"], second["target"], second["forum"]) == ([2], "800.00", "commercial_appeal")
        overturned = PayerAppealDecision(
            claim_id=claim_id, case_id=second["case_id"], level=1, outcome="overturned", decided_on=TODAY
        )
        await gateway.publish([overturned])
        body = await seen(gateway, claim_id, lambda b: b["disputes"][1]["state"] == "settled")
        assert (body["state"], body["disputes"][0]["state"]) == ("negotiating", "negotiating")
        assert body["disputes"][1]["settlement"]["additional_due"] == "800.00"
        await gateway.publish([paid(claim_id, "R2", (2, "99291", "900.00", "800.00"))])
        body = await seen(gateway, claim_id, lambda b: b["disputes"][1]["closed"] != "")
        assert (body["disputes"][1]["closed"], body["disputes"][1]["recovered"]) == ("settled_and_paid", "800.00")
        assert (body["state"], body["disputes"][0]["state"]) == ("negotiating", "negotiating")
        assert (body["amounts"]["recovered"], body["illegal_transitions"]) == ("800.00", 0)
