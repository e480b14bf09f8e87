"""What waits for us, of all services in one list: merged by pages, walled off, and on the first page one sees."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, expect

from recoup.client import AsyncClient
from services.appeals.settings import ALL_FORUMS
from services.gateway.adapters.upstream import Upstream
from shared.staff import delegate_in
from shared.worklist import Place, place_of
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_acting import TENANT, in_talks, real_settlement
from tests.integration.gateway.test_browser import CHROMIUM, browser, signed_in, violations
from tests.integration.gateway.test_casework import appeals_behind
from tests.unit.appeals import cases as underpaid
from tests.unit.gateway.lives import new_claim, received

__all__ = ["browser"]
chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")
FEDERAL = ("N864", "N877", "N859")
OFFICE: dict[str, Any] = {"place": "11", "codes": ("99214",)}


def row(key: str, **fields: Any) -> dict[str, Any]:
    day, claim_id, source = key.split("/")
    return {
        "key": key, "claim_id": claim_id, "source": source, "kind": "file", "task": "file it", "why": "a rule",
        "day": None if day == "9999-12-31" else day, "opens": None, "last": None, "days_left": 3, "also": [],
        "forum": "commercial_appeal", "level": 1, "assignee": "", "payer_id": "P1", "at_stake": "10.00", "role": "",
        **fields,
    }  # fmt: skip


class Services:
    """Appeals, settlement and intake as far as they tell what waits, each with rows by tenant."""

    def __init__(self, rows: dict[tuple[str, str], list[str]]) -> None:
        self.rows = rows
        self.away: set[str] = set()

    def answer(self, request: httpx.Request) -> httpx.Response:
        service, tenant = str(request.url.host), request.headers["x-tenant"]
        if service in self.away:
            return httpx.Response(503)
        if service == "intake":
            return httpx.Response(
                200, json={"held": 2, "remittances": 1, "recoupments": 0, "requests": 0, "deposits": 3}
            )
        person = delegate_in(["desk"], request.headers["authorization"], service=service)
        assert person is not None and person.tenant == tenant and person.role in ("negotiator", "manager")
        keys = sorted(self.rows.get((service, tenant), []))
        after, limit = request.url.params.get("after", ""), int(request.url.params["limit"])
        assert place_of(after) is None or place_of(after)
        return httpx.Response(
            200, json={"tasks": [row(key) for key in keys if key > after][:limit], "total": len(keys), "next": None}
        )


@contextmanager
def telling(harness: Harness, rows: dict[tuple[str, str], list[str]]) -> Generator[Services]:
    gateway, there = harness.app.state.gateway, Services(rows)
    before = gateway.upstream
    names = {name: f"http://{name}" for name in ("appeals", "settlement", "intake")}
    gateway.upstream = Upstream(names, "desk", "", transport=httpx.MockTransport(there.answer))
    try:
        yield there
    finally:
        gateway.upstream = before


async def test_pages_hold_every_task_once_in_the_order_of_their_days(harness: Harness) -> None:
    mine, theirs = new_claim(), new_claim()
    await harness.tell([received(mine, control="TASK-1")], tenant="tasks-a")
    await harness.tell([received(theirs, control="TASK-2")], tenant="tasks-b")
    one, two = new_claim(), new_claim()
    rows = {
        ("appeals", "tasks-a"): [f"2026-11-17/{mine}/case", f"2026-11-17/{mine}/letter", f"9999-12-31/{one}/case"],
        ("settlement", "tasks-a"): [f"2026-11-12/{one}/account", f"2026-11-17/{mine}/account"],
        ("appeals", "tasks-c"): [f"2026-11-13/{two}/case"],
        ("appeals", "tasks-b"): [f"2026-01-01/{theirs}/case"],
    }
    expected = sorted(key for (_, tenant), keys in rows.items() if tenant != "tasks-b" for key in keys)
    key = await make_key(harness, "negotiator", "tasks-a", "tasks-c")
    with telling(harness, rows) as there:
        async with harness.client(key) as client:
            for limit in (1, 2, 3, 50):
                found: list[dict[str, Any]] = []
                cursor = ""
                while True:
                    page = (await client.get("/v1/tasks", params={"limit": limit, "cursor": cursor})).json()
                    assert (page["total"], page["unavailable"]) == (len(expected), [])
                    assert page["unmatched"] == {
                        "held": 4, "remittances": 2, "recoupments": 0, "requests": 0, "statuses": 0, "deposits": 6,
                        "undeposited": 0,
                    }  # fmt: skip
                    found += page["items"]
                    if not (cursor := page["next"] or ""):
                        break
                assert [item["key"] for item in found] == expected, limit
            named = {item["claim_id"]: item["patient_control_number"] for item in found}
            assert named == {mine: "TASK-1", one: None, two: None}
            assert (await client.get("/v1/tasks", params={"cursor": "yesterday"})).status_code == 422
            assert (await client.get("/v1/tasks", headers={"X-Tenant": "tasks-b"})).status_code == 403
            narrowed = (await client.get("/v1/tasks", headers={"X-Tenant": "tasks-c"})).json()
            assert [item["claim_id"] for item in narrowed["items"]] == [two]
            there.away = {"settlement", "intake"}
            page = (await client.get("/v1/tasks")).json()
            assert (page["unavailable"], page["total"], page["unmatched"]) == (["settlement"], 4, None)
        async with harness.client(await make_key(harness, "auditor", "tasks-a")) as client:
            assert (await client.get("/v1/tasks")).status_code == 403


async def test_a_name_that_is_not_ascii_keeps_nobody_from_the_list(harness: Harness) -> None:
    """One record of a stranger made such a tenant, and the operator's list of all tenants failed."""
    name, claim = "Clínica São João", new_claim()
    await harness.tell([received(claim, control="TASK-3")], tenant=name)
    key = f"2026-01-01/{claim}/case"
    with telling(harness, {("appeals", name): [key]}):
        for who in (OPERATOR, await make_key(harness, "negotiator", name, "tasks-a")):
            async with harness.client(who) as client:
                every = await client.get("/v1/tasks")
                named = await client.get("/v1/tasks", headers={"X-Tenant": name.encode()})  # type: ignore[dict-item]
            assert (every.status_code, named.status_code) == (200, 200), every.text + named.text
            assert [item["key"] for item in named.json()["items"]] == [key]
            assert key in [item["key"] for item in every.json()["items"]]


def test_a_place_is_text_that_sorts_like_it() -> None:
    place = place_of("2026-11-17/6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11/case")
    assert place is not None and place.key == "2026-11-17/6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11/case"
    assert place < Place(place.day, place.claim_id, "letter") and place_of("") is None


@chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_negotiator_finds_what_must_be_filed_and_what_is_blocked(
    harness: Harness, address: str, browser: Browser, tmp_path: Path, scheme: str
) -> None:
    tenant = f"tasks-{scheme}"
    stories = {
        new_claim(): [underpaid.claim(tenant=tenant), underpaid.remittance(FEDERAL), underpaid.flagged(FEDERAL)],
        new_claim(): [
            underpaid.claim(**OFFICE, tenant=tenant, assignment_of_benefits=False, patient_control_number="PCN2"),
            underpaid.remittance(),
            underpaid.flagged(),
        ],
    }
    notice, blocked = stories
    async with appeals_behind(harness, tmp_path, ALL_FORUMS) as appeals:
        for claim_id, events in stories.items():
            told = [replace(event, claim_id=claim_id) for event in events]
            await harness.tell(told, tenant=tenant)
            await appeals.receive(*told, tenant=tenant)
        key = await make_key(harness, "negotiator", tenant)
        async with signed_in(browser, address, key, color_scheme=scheme) as page:
            rows = page.get_by_role("region", name="What waits for us").locator("tbody tr")
            await expect(page.locator("#how-many")).to_have_text("2 tasks wait for us.")
            await expect(rows).to_have_count(2)
            # 30 business days from 5 October, the day at appeals; 180 days, kept on the Friday before
            await expect(rows.nth(0)).to_contain_text("2026-11-17")
            await expect(rows.nth(0)).to_contain_text("in 43 days")
            await expect(rows.nth(0)).to_contain_text("send the open-negotiation notice")
            await expect(rows.nth(0)).to_contain_text("$1,020.00")
            await expect(rows.nth(1)).to_contain_text("2027-04-02")
            await expect(rows.nth(1)).to_contain_text("get the assignment of benefits")
            await expect(rows.nth(1)).to_contain_text("nothing can be filed without it")
            # what settlement would tell is not known here, and the page says so
            await expect(page.get_by_role("alert")).to_contain_text("not whole: settlement cannot be asked now")
            assert await violations(page) == []
            await page.screenshot(path=tmp_path / f"tasks-{scheme}.png", full_page=True)
            await page.set_viewport_size({"width": 390, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390
            assert await violations(page) == []
            await page.screenshot(path=tmp_path / f"tasks-{scheme}-390.png", full_page=True)
            await page.set_viewport_size({"width": 1280, "height": 900})
            await rows.nth(1).get_by_role("link", name="PCN2").click()
            await expect(page.get_by_role("heading", name="Claim PCN2")).to_be_visible()
            await page.get_by_role("link", name="← Worklist").click()
            await rows.nth(0).get_by_role("link", name="PCN1").click()
            await expect(page.locator("code").filter(has_text=notice)).to_be_visible()
            # who looks for a claim looks among all of them
            await page.evaluate("location.hash = '#/work'")
            await page.get_by_label("Patient control number").fill("PCN2")
            await page.keyboard.press("Enter")
            await expect(page.locator("#how-many")).to_have_count(0)
            await expect(page.get_by_role("link", name="PCN2")).to_be_visible()
            await expect(page.get_by_role("link", name="PCN1")).to_have_count(0)
        async with AsyncClient("http://gateway", key, transport=httpx.ASGITransport(harness.app)) as api:
            tasks = await api.tasks(limit=1)
            assert (tasks.total, tasks.items[0].claim_id, tasks.unavailable) == (2, notice, ["settlement"])
            (second,) = (await api.tasks(cursor=tasks.next or "")).items
            assert (second.claim_id, second.task) == (blocked, "get the assignment of benefits")
        async with harness.client(await make_key(harness, "negotiator", "tasks-elsewhere")) as client:
            assert (await client.get("/v1/tasks")).json()["items"] == []
        async with harness.client(OPERATOR) as client:  # of every tenant that has claims
            assert {notice, blocked} <= {item["claim_id"] for item in (await client.get("/v1/tasks")).json()["items"]}


@chromium
async def test_a_manager_sees_what_waits_for_approval_with_its_day(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    script = in_talks()
    async with real_settlement(harness, tmp_path) as settlement:
        account = await settlement.tell(script)
        until = account["waiting_decision"]["until"]
        async with signed_in(browser, address, await make_key(harness, "manager", TENANT)) as page:
            rows = page.get_by_role("region", name="What waits for us").locator("tbody tr")
            await expect(page.locator("#how-many")).to_have_text("1 task waits for us.")
            await expect(rows).to_have_count(1)
            await expect(rows.nth(0)).to_contain_text(until)
            await expect(rows.nth(0)).to_contain_text("the engine proposes to")
            await rows.nth(0).get_by_role("link").click()
            await expect(page.get_by_text("The payer offers")).to_be_visible()


async def test_the_day_of_receipt_that_a_task_asks_for_is_stated_on_the_claim_s_page(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    """The first task of whoever loads older payments: it must be possible where it is asked for."""
    claim, tenant = new_claim(), "tasks-receipt"
    old = underpaid.flagged(notice_on=date(2024, 7, 10), arrived_on=date(2026, 10, 5))
    events = [underpaid.claim(**OFFICE, tenant=tenant), underpaid.remittance(), old]
    told = [replace(event, claim_id=claim) for event in events]
    await harness.tell(told, tenant=tenant)
    key = await make_key(harness, "negotiator", tenant)
    async with appeals_behind(harness, tmp_path, ALL_FORUMS) as appeals:
        await appeals.receive(*told, tenant=tenant)
        async with signed_in(browser, address, key) as page:
            await expect(page.get_by_text("state the day on which payment or denial was received")).to_be_visible()
            await page.get_by_role("link", name="PCN1").click()
            case, dialog = page.get_by_role("region", name="The case"), page.get_by_role("dialog")
            await expect(case.get_by_text("Blocked by day of receipt.")).to_be_visible()
            state = case.get_by_role("button", name="That was the day")
            await case.get_by_label("Received on").fill("2026-09-21")
            await state.click()
            await expect(dialog).to_have_count(0)  # how it is known is not said yet
            await case.get_by_label("How that is known").fill("stamped by the mail room")
            await state.click()
            await expect(dialog).to_contain_text("was received on 2026-09-21")
            assert await violations(page) == []
            await page.keyboard.press("Enter")  # that is "Not yet"
            await state.click()
            await page.get_by_role("button", name="Yes, received on 2026-09-21").click()
            await expect(page.get_by_text("The day is kept, and the last days follow it.")).to_be_visible()
            await expect(state).to_have_count(0)
            await expect(case.get_by_text("Blocked by")).to_have_count(0)
        (row,) = await appeals.runtime.pool.fetch("SELECT who, reason FROM journal")
        assert tuple(row) == ("key:" + key.split("_")[1], "stamped by the mail room")
        case_now = await appeals.case(claim)
        assert case_now.dispute is not None
        assert (case_now.dispute.notice_on, case_now.blocked) == (date(2026, 9, 21), ())
