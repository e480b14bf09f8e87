"""Filing from the desk, against appeals itself: what is due or blocked, whose it is, what is missing, what was sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from playwright.async_api import Browser, expect

from recoup_client import AsyncClient
from services.appeals.settings import ALL_FORUMS
from shared.events.base import Event, contract_of
from shared.events.codec import decode_data
from shared.events.tasks import CaseTasksChanged
from tests.integration.appeals.conftest import TASKS_CHANGED, Service
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.desk_pages import CHROMIUM, signed_in, violations
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_casework import appeals_behind
from tests.unit.appeals import cases as underpaid
from tests.unit.gateway.lives import new_claim

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")


async def test_a_case_is_given_to_somebody_noted_and_filed(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    """Against appeals itself: what is typed is in its journal under the name of who typed it; filed once."""
    claim = new_claim()
    own: list[Event] = [underpaid.claim(place="11", codes=("99214",)), underpaid.remittance(), underpaid.flagged()]
    events = [msgspec.structs.replace(event, claim_id=claim) for event in own]
    await harness.tell(events, tenant="desk-file")
    key = await make_key(harness, "negotiator", "desk-file")
    await make_key(harness, "negotiator", "desk-file", name="Ada Anders")
    who = "key:" + key.split("_")[1]
    async with appeals_behind(harness, tmp_path) as appeals:
        await appeals.receive(*events, tenant="desk-file")
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/desk/claim/{claim}")
            await expect(page.get_by_text("Nobody has it")).to_be_visible()
            await page.keyboard.press("i")
            await expect(page.get_by_text("It is yours.")).to_be_visible()
            await expect(page.get_by_text("Nobody has it")).to_have_count(0)
            await page.get_by_role("button", name="Assign…").click()
            to = page.get_by_role("dialog", name="Assign")
            await to.get_by_role("button", name="To").click()
            await page.get_by_role("option", name="Ada Anders").click()
            await to.get_by_role("button", name="Assign", exact=True).click()
            await expect(page.get_by_text("Ada Anders has it")).to_be_visible()
            await page.keyboard.press("n")
            note = page.get_by_label("Note, without patient data")
            await expect(note).to_be_focused()
            await note.fill("Patient John Smith DOB 1/2/1980")
            await expect(page.get_by_text("This looks as if it named a patient.")).to_be_visible()
            await note.fill("asked for the plan document")
            await page.get_by_role("button", name="Add a note").click()
            await page.get_by_role("tab", name="Law & deadlines").click()
            await expect(page.get_by_text("29 CFR 2560.503-1(h)").first).to_be_visible()
            await page.get_by_role("tab", name="Activity").click()
            await expect(page.get_by_text("Note: asked for the plan document")).to_be_visible()
            assert await violations(page) == []
            await page.keyboard.press("f")
            form = page.get_by_role("dialog", name="It was sent")
            await form.get_by_role("button", name="Review").click()
            await expect(form.get_by_text("This is needed.")).to_be_visible()  # the reference
            await form.get_by_label("Sent on").fill("2026-10-05")
            await form.get_by_label("Reference of portal").fill("certified mail 7000")
            await form.get_by_role("button", name="Review").click()
            await expect(form).to_contain_text("From that day the other side’s time runs.")
            await form.get_by_role("button", name="Not yet").click()
            assert await appeals.runtime.pool.fetchval("SELECT count(*) FROM journal WHERE action LIKE 'attest%'") == 0
            await form.get_by_role("button", name="Review").click()
            await form.get_by_role("button", name="Yes, it was sent").click()
            await expect(form.get_by_role("alert")).to_contain_text("The package misses facts.")
            await form.get_by_label("why it was sent all the same").fill("the addresses are on the envelope")
            await form.get_by_role("button", name="Review").click()
            await form.get_by_role("button", name="Yes, it was sent").click()
            await expect(form).to_have_count(0)
        rows = await appeals.runtime.pool.fetch("SELECT who, action, reason FROM journal ORDER BY id")
        assert [(row["who"], row["action"]) for row in rows] == [
            (who, "assign"), (who, "assign"), (who, "note"), (who, "attest_filing"),
        ]  # fmt: skip
        filing = (await appeals.case(claim)).filings[0]
        assert (filing.filed_on, filing.reference) == (date(2026, 10, 5), "certified mail 7000")


async def told(harness: Harness, appeals: Service, tenant: str) -> None:
    """What appeals says waits for people, as its relay brings it to the gateway."""
    async with appeals.runtime.pool.acquire() as conn:
        rows = await conn.fetch("SELECT payload FROM outbox WHERE type = $1 ORDER BY id", TASKS_CHANGED)
    await harness.tell([decode_data(contract_of(CaseTasksChanged), row["payload"]) for row in rows], tenant=tenant)


async def test_what_must_be_filed_and_what_is_blocked_is_on_the_list_with_its_day_and_why(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    tenant, federal = "desk-due", ("N864", "N877", "N859")
    office: dict[str, Any] = {"place": "11", "codes": ("99214",), "tenant": tenant}
    notice, blocked = new_claim(), new_claim()
    stories: dict[str, list[Event]] = {
        notice: [underpaid.claim(tenant=tenant), underpaid.remittance(federal), underpaid.flagged(federal)],
        blocked: [
            underpaid.claim(**office, assignment_of_benefits=False, patient_control_number="PCN2"),
            underpaid.remittance(), underpaid.flagged(),
        ],
    }  # fmt: skip
    async with appeals_behind(harness, tmp_path, ALL_FORUMS) as appeals:
        for claim, own in stories.items():
            events = [msgspec.structs.replace(event, claim_id=claim) for event in own]
            await harness.tell(events, tenant=tenant)
            await appeals.receive(*events, tenant=tenant)
        await told(harness, appeals, tenant)
        key = await make_key(harness, "negotiator", tenant)
        async with signed_in(browser, address, key, "/work?queue=all&sort=due") as page:
            rows = page.get_by_role("region", name="Cases").locator("tbody tr[data-key]")
            await expect(rows).to_have_count(2)
            # Of the line 700.00 is fair and 180.00 allowed; 30 business days from 5 October, the day at
            # appeals; 180 days, kept on the Friday before.
            for row, words in ((0, ("Nov 17", "Send the open-negotiation notice", "$520.00")),
                               (1, ("Apr 2", "Get the assignment of benefits"))):  # fmt: skip
                for said in words:
                    await expect(rows.nth(row)).to_contain_text(said)
            await page.keyboard.press("j")
            await page.keyboard.press("j")
            case = page.get_by_role("complementary", name="Case")
            await expect(case.get_by_role("button", name="Copy Account PCN2")).to_be_visible()
            await expect(case.get_by_role("region", name="What it waits for")).to_contain_text("assignment of benefits")
            await page.keyboard.press("k")
            await expect(case.get_by_role("button", name=f"Copy Claim {notice}")).to_be_visible()
        async with AsyncClient("http://gateway", key, transport=httpx.ASGITransport(harness.app)) as api:
            tasks = await api.tasks(limit=1)
            assert (tasks.total, tasks.items[0].claim_id, tasks.unavailable) == (2, notice, ["settlement"])
            (second,) = (await api.tasks(cursor=tasks.next or "")).items
            assert (second.claim_id, second.task) == (blocked, "get the assignment of benefits")
        async with harness.client(await make_key(harness, "negotiator", "desk-elsewhere")) as client:
            assert (await client.get("/v1/tasks")).json()["items"] == []
        async with harness.client(OPERATOR) as client:  # of every tenant that has claims
            assert {notice, blocked} <= {item["claim_id"] for item in (await client.get("/v1/tasks")).json()["items"]}


async def test_the_day_of_receipt_is_stated_where_it_is_asked_for(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    """The first task of whoever loads older payments."""
    claim, tenant = new_claim(), "desk-receipt"
    old = underpaid.flagged(notice_on=date(2024, 7, 10), arrived_on=date(2026, 10, 5))
    own: list[Event] = [underpaid.claim(place="11", codes=("99214",), tenant=tenant), underpaid.remittance(), old]
    events = [msgspec.structs.replace(event, claim_id=claim) for event in own]
    await harness.tell(events, tenant=tenant)
    key = await make_key(harness, "negotiator", tenant)
    async with appeals_behind(harness, tmp_path, ALL_FORUMS) as appeals:
        await appeals.receive(*events, tenant=tenant)
        await told(harness, appeals, tenant)
        async with signed_in(browser, address, key, "/work?queue=all") as page:
            row = page.get_by_role("region", name="Cases").locator("tbody tr[data-key]")
            await expect(row).to_contain_text("State the day on which payment or denial was received")
            await page.keyboard.press("j")
            case = page.get_by_role("complementary", name="Case")
            await expect(case.get_by_text("Blocked by day of receipt.")).to_be_visible()
            await case.get_by_role("button", name="Give what is missing…").click()
            form = page.get_by_role("dialog", name="Say when payment or denial was received")
            await form.get_by_label("Received on").fill("2026-09-21")
            await form.get_by_role("button", name="Review…").click()
            await expect(form.get_by_text("In a few words.").or_(form.get_by_text("This is needed."))).to_be_visible()
            await form.get_by_label("Reason").fill("stamped by the mail room")
            await form.get_by_role("button", name="Review…").click()
            await expect(form).to_contain_text("Every last day is counted from there.")
            assert await violations(page) == []
            await form.get_by_role("button", name="Not yet").click()
            assert await appeals.runtime.pool.fetchval("SELECT count(*) FROM journal") == 0
            await form.get_by_role("button", name="Review…").click()
            await form.get_by_role("button", name="Yes, say when").click()
            await expect(form).to_have_count(0)
        (kept,) = await appeals.runtime.pool.fetch("SELECT who, reason FROM journal")
        assert tuple(kept) == ("key:" + key.split("_")[1], "stamped by the mail room")
        dispute = (await appeals.case(claim)).dispute
        assert dispute is not None and dispute.notice_on == date(2026, 9, 21)
        assert (await appeals.case(claim)).blocked == ()
