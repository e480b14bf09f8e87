"""Money acts in a real browser, against settlement itself: said twice, undone in time, whatever the offer came from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from services.gateway.adapters.upstream import Upstream
from services.settlement.main import SettlementSettings
from services.settlement.main import build as build_settlement
from shared.db.pool import Pool
from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC
from tests.integration.gateway.conftest import Harness, at_the_end, serving
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_browser import CHROMIUM, browser, signed_in, violations
from tests.integration.services import own_database
from tests.stored import rewrite
from tests.unit.gateway.lives import new_claim
from tests.unit.settlement.world import Script

__all__ = ["browser"]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")
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


async def test_what_is_above_a_negotiator_a_manager_approves(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    """Against settlement itself: the payer's offer comes by Kafka, the answer goes back by Kafka."""
    claim = new_claim()
    big = Script(scale=200, claim=claim)
    big.underpaid()
    big.negotiation()
    big.offer("600.00", "O1")  # 120,000 dollars: a negotiator decides up to 100,000
    async with real_settlement(harness, tmp_path) as settlement:
        await settlement.tell(big)
        nina, max_ = [await make_key(harness, role, TENANT) for role in ("negotiator", "manager")]
        for key, answer in ((nina, "authority of a manager"), (max_, "Approved.")):
            async with signed_in(browser, address, key) as page:
                await page.evaluate("(hash) => { location.hash = hash; }", f"#/claim/{claim}")
                await expect(page.get_by_text("A manager decides by")).to_be_visible()
                await page.get_by_role("region", name="Your move").get_by_label("Reason").first.fill("a fair price")
                await page.get_by_role("button", name="Approve").click()
                await page.get_by_role("button", name="Yes, counter at $160,000.00").click()
                await expect(page.get_by_role("status").filter(has_text=answer)).to_be_visible()
                if key == max_:  # what settlement said of it came back by Kafka, to the page that is open
                    countered = page.locator("ol.timeline li").filter(has_text="We countered with $160,000.00")
                    await expect(countered).to_contain_text(f"a fair price [key:{max_.split('_')[1]}]", timeout=10_000)
        offers = (await settlement.account(claim))["offers"]
        assert (offers[-1]["side"], offers[-1]["amount"]) == ("provider", "160000.00")


@asynccontextmanager
async def at_the_offer(browser: Browser, address: str, key: str, claim: str, **how: Any) -> AsyncGenerator[Page]:
    async with signed_in(browser, address, key, **how) as page:
        await page.evaluate("(hash) => { location.hash = hash; }", f"#/claim/{claim}")
        await expect(page.get_by_text("The payer offers")).to_be_visible()
        yield page


def in_talks(amount: str = "600.00", offer_id: str = "O1") -> Script:
    """An offer of 30,000 dollars that waits for a negotiator: above the engine's 25,000."""
    script = Script(scale=50, claim=new_claim())
    script.underpaid()
    script.negotiation()
    script.offer(amount, offer_id, final=True)
    return script


async def test_enter_counters_and_nothing_is_accepted_by_accident(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    """Reason, amount, Enter: that is a counter, asked about once more; Enter anywhere else takes no money act."""
    script = in_talks()
    async with real_settlement(harness, tmp_path) as settlement:
        await settlement.tell(script)
        key = await make_key(harness, "negotiator", TENANT)
        async with at_the_offer(browser, address, key, script.claim) as page:
            move = page.get_by_role("region", name="Your move")
            for field in await move.get_by_label("Reason").all():
                await field.fill("see the QPA")
                await field.press("Enter")
            await expect(page.get_by_role("dialog")).to_have_count(0)
            amount = move.get_by_label("Counter with, in dollars")
            await amount.fill("$31,000.50")
            await amount.press("Enter")
            dialog = page.get_by_role("dialog")
            await expect(dialog).to_contain_text(
                "You counter with $31,000.50 for all lines in dispute. The payer's offer of $30,000.00 ends"
            )
            await expect(dialog.get_by_role("button", name="Not yet")).to_be_focused()
            assert await violations(page) == []
            await page.keyboard.press("Enter")  # Enter twice in a row: nothing happens
            await expect(dialog).to_have_count(0)
            assert (await settlement.account(script.claim))["act"] is None
            await amount.press("Enter")
            await page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
            await amount.press("Enter")
            await dialog.get_by_role("button", name="Yes, counter with $31,000.50").click()
            await expect(page.locator("ol.timeline li").filter(has_text="We countered with $31,000.50")).to_be_visible()
        offers = (await settlement.account(script.claim))["offers"]
        assert [(o["side"], o["amount"], o.get("status", "open")) for o in offers] == [
            ("payer", "30000.00", "declined"),
            ("provider", "31000.50", "open"),
        ]


async def test_an_acceptance_is_undone_and_another_one_is_carried_out(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    script = in_talks()
    async with real_settlement(harness, tmp_path, undo_seconds=60) as settlement:
        await settlement.tell(script)
        key = await make_key(harness, "negotiator", TENANT)
        async with at_the_offer(browser, address, key, script.claim) as page:
            offer = page.locator("form").filter(has_text="The payer offers")

            async def accept() -> None:
                await offer.get_by_label("Reason").fill("a fair price")
                await offer.get_by_role("button", name="Accept").click()
                await page.get_by_role("button", name="Yes, accept $30,000.00").click()
                await expect(page.get_by_text("decided to accept the payer's offer of $30,000.00")).to_be_visible()

            await accept()
            assert await violations(page) == []
            await expect(offer).to_have_count(0)  # one act at a time
            assert (await settlement.account(script.claim))["act"]["status"] == "waiting"
            await page.get_by_role("button", name="Undo").click()
            await expect(page.get_by_text("Undone. Nothing was sent.")).to_be_visible()
            await expect(offer).to_be_visible()
            harness.app.state.gateway.undo_seconds = 2  # a slow machine had a whole minute to undo; now it is to pass
            await accept()
            await page.reload()  # it is kept where it is carried out, not in this page
            await expect(page.get_by_text("decided to accept the payer's offer of $30,000.00")).to_be_visible()
            settled = page.locator("ol.timeline li").filter(has_text="$30,000.00").filter(has_text="ettled")
            await expect(settled).to_have_count(1, timeout=20_000)
            await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
        account = await settlement.account(script.claim)
        assert (account["settlement"]["basis"], account["act"]["number"]) == ("offer_accepted", 2)


async def test_an_act_that_came_too_late_is_told(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    script = in_talks()
    async with real_settlement(harness, tmp_path, undo_seconds=4) as settlement:
        await settlement.tell(script)
        key = await make_key(harness, "negotiator", TENANT)
        async with at_the_offer(browser, address, key, script.claim) as page:
            offer = page.locator("form").filter(has_text="The payer offers")
            await offer.get_by_label("Reason").fill("a fair price")
            await offer.get_by_role("button", name="Accept").click()
            await page.get_by_role("button", name="Yes, accept").click()
            await expect(page.get_by_role("button", name="Undo")).to_be_visible()
            withdrawn = await settlement.client.post(
                f"/v1/claims/{script.claim}/offers/O1/withdraw", json={"side": "payer"}
            )
            assert withdrawn.is_success, withdrawn.text
            await expect(page.get_by_text("It was too late to accept the payer's offer of $30,000.00")).to_be_visible(
                timeout=20_000
            )


async def by_payer(settlement: Settlement) -> Script:
    script = in_talks()
    await settlement.tell(script)
    return script


async def by_payer_with_an_odd_name(settlement: Settlement) -> Script:
    script = in_talks(offer_id="2026/17 b#%2F?")
    await settlement.tell(script)
    return script


async def by_telephone(settlement: Settlement) -> Script:
    script = in_talks()
    script.heard.pop()
    await settlement.tell(script, until="talks")
    body = {"offer_id": "call of 3 Nov.", "amount": "30000.00", "offered_on": "2026-11-03", "final": True}
    entered = await settlement.client.post(f"/v1/claims/{script.claim}/offers", json=body)
    assert entered.json()["waiting_decision"], entered.text
    return script


async def by_appeal_decision(settlement: Settlement) -> Script:
    script = Script(scale=50, claim=new_claim())
    script.underpaid()
    script.appeal()
    script.appeal_decided("partially_overturned", "600.00")
    account = await settlement.tell(script)
    assert "/" not in account["offers"][-1]["offer_id"]
    return script


async def by_appeal_decision_of_old(settlement: Settlement) -> Script:
    """As it was stored when ids held a separator."""
    script = await by_appeal_decision(settlement)
    await rewrite(settlement.pool, "accounts", lambda text: text.replace('"C1-1"', '"C1/1"'))
    assert (await settlement.account(script.claim))["offers"][-1]["offer_id"] == "C1/1"
    return script


SOURCES = (by_payer, by_payer_with_an_odd_name, by_telephone, by_appeal_decision, by_appeal_decision_of_old)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
async def test_an_offer_from_any_source_is_accepted_and_countered(
    harness: Harness, address: str, browser: Browser, tmp_path: Path, source: Any
) -> None:
    async with real_settlement(harness, tmp_path) as settlement:
        key = await make_key(harness, "negotiator", TENANT)
        for act in ("Accept", "Counter"):
            script = await source(settlement)
            await harness.caught_up()
            async with at_the_offer(browser, address, key, script.claim) as page:
                offer = page.locator("form").filter(has_text="The payer offers $30,000.00")
                await offer.get_by_label("Reason").fill("within reach")
                if act == "Counter":
                    await offer.get_by_label("Counter with, in dollars").fill("31000")
                await offer.get_by_role("button", name=f"{act}…", exact=True).click()
                await page.get_by_role("dialog").get_by_role("button", name=f"Yes, {act.lower()}").click()
                await expect(page.get_by_text(f"{act}ed.")).to_be_visible()
                said = "ettled" if act == "Accept" else "We countered with $31,000.00"
                await expect(page.locator("ol.timeline li").filter(has_text=said).first).to_be_visible(timeout=15_000)
