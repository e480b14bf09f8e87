"""The desk's cases in a real browser, as people work on them: by keys, with a confirming step, and on a phone."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, async_playwright, expect

from services.gateway.application.access import ROLES
from shared.events.base import Event
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.desk_pages import CHROMIUM, signed_in, violations, width
from tests.integration.gateway.desks import LETTER, OFFER, desks
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_cases import talking
from tests.integration.gateway.test_casework import appeals_behind
from tests.unit.appeals import cases as underpaid
from tests.unit.gateway.lives import new_claim, won

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")


@pytest.fixture(scope="module")
async def browser() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def test_enter_counters_where_a_counter_is_typed_and_never_accepts(
    harness: Harness, address: str, browser: Browser
) -> None:
    """C, the amount, Enter, and the confirming step; what cannot be a counter is said and asked nobody to confirm."""
    claim = new_claim()
    await harness.tell(won(claim, control="DESK-1")[:8], tenant="desk-a")
    key = await make_key(harness, "negotiator", "desk-a")
    with desks(harness) as there:
        there.waiting = None
        there.offers = [{**OFFER, "offer_id": "c/1"}]  # an appeal's decision: its id has a separator
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/desk/claim/{claim}")
            await expect(page.get_by_role("heading", name="The payer offers $650.00")).to_be_visible()
            assert await violations(page) == []
            await page.keyboard.press("c")
            amount, dialog = page.get_by_label("Counter with, in dollars"), page.get_by_role("alertdialog")
            await expect(amount).to_be_focused()
            for low in ("650", "$649.99", "0", "", "12,34"):
                await amount.fill(low)
                await amount.press("Enter")
                await expect(amount).to_be_visible()
                await expect(dialog).to_have_count(0)
            await amount.fill("$1,315.80")
            await amount.press("Enter")
            await expect(dialog).to_contain_text("You counter with $1,315.80 for all lines in dispute.")
            await expect(dialog.get_by_role("button", name="Yes, counter with $1,315.80")).to_be_focused()
            assert there.acts == []
            assert await violations(page) == []
            await page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
            assert there.acts == []
            await page.keyboard.press("c")
            await amount.fill("1315.80")
            await page.keyboard.press("Enter")
            await expect(dialog.get_by_role("button", name="Yes, counter with $1,315.80")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("Countered with $1,315.80: DESK-1.")).to_be_visible()
            ((path, body),) = there.acts
            assert path.endswith("/offers/c/1/counter") and body["amount"] == "1315.80" and body["undo_seconds"] > 0


async def test_an_offer_is_accepted_in_two_keys_with_its_act_and_amount_said_again(
    harness: Harness, address: str, browser: Browser
) -> None:
    claim = new_claim()
    await harness.tell(won(claim, control="DESK-2")[:8], tenant="desk-b")
    key = await make_key(harness, "negotiator", "desk-b")
    why = "$90,000.00 is more than the $1,110.00 billed for what it is about"
    with desks(harness) as there:
        there.waiting = None
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/desk/claim/{claim}")
            await expect(page.get_by_role("heading", name="The payer offers $650.00")).to_be_visible()
            await page.keyboard.press("a")
            dialog = page.get_by_role("alertdialog")
            await expect(dialog).to_contain_text("You accept the payer’s offer of $650.00 for all lines in dispute.")
            await expect(dialog.get_by_role("button", name="Yes, accept $650.00")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("Accepted $650.00: DESK-2.")).to_be_visible()
            assert [path.rpartition("/")[2] for path, _ in there.acts] == ["accept"]
            # What happens to the claim is shown without the page being drawn anew.
            await page.get_by_role("tab", name="Activity").click()
            entries = page.get_by_role("list", name="What happened, newest first").get_by_role("listitem")
            await expect(entries).to_have_count(8)
            await page.evaluate("document.querySelector('ol.activity li:last-child').dataset.seen = 'yes'")
            await harness.publish(won(claim)[8:9], tenant="desk-b")
            await expect(entries).to_have_count(9)
            await expect(entries.last).to_have_attribute("data-seen", "yes")
            # An offer that cannot be as it is said is doubted, and cannot be countered.
            there.offers = [{**OFFER, "amount": "90000.00", "doubt": why}]
            await page.reload()
            await expect(page.get_by_text(f"This cannot be as it is said: {why}.")).to_be_visible()
            await expect(page.get_by_role("button", name="Counter")).to_have_count(0)
            await page.keyboard.press("a")
            await expect(dialog).to_contain_text(f"But {why}.")


async def test_a_draft_is_never_shown_as_filed(harness: Harness, address: str, browser: Browser) -> None:
    """Draft, queued, sent and proven are told apart, what is missing is said in words, weak evidence stands above."""
    claim = new_claim()
    await harness.tell(won(claim, control="DESK-3")[:8], tenant="desk-letters")
    key = await make_key(harness, "negotiator", "desk-letters")
    missing, weak = ["in the payer's profile: appeals address"], "no independent reference rate lies above"
    nothing = {"proof": "", "missing": missing}
    with desks(harness) as there:
        there.letters = [
            {**LETTER, "filing": 1, "state": "proven", "proof": "interchange 000000017"},
            {**LETTER, "filing": 2, "state": "sent", "proof": "certified mail 7000"},
            {**LETTER, "filing": 3, "state": "queued", **nothing},
            {**LETTER, "filing": 4, "state": "draft", "day": None, "weak_evidence": weak, **nothing},
        ]
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/desk/claim/{claim}")
            await expect(page.get_by_text("No independent reference rate lies above.")).to_be_visible()
            await page.get_by_role("tab", name="Letters").click()
            rows = page.get_by_role("region", name="Letters and exhibits").get_by_role("row")
            await expect(rows).to_have_count(5)
            for row, words in enumerate(
                ("Sent, with proof interchange 000000017", "Sent, as attested certified mail 7000",
                 "Queued, not sent yet", "Draft, not sent"), 1,
            ):  # fmt: skip
                await expect(rows.nth(row)).to_contain_text(words)
            for row in (3, 4):
                await expect(rows.nth(row)).to_contain_text("Missing in the payer's profile: appeals address.")
            assert "as filed" not in (await page.locator("main").inner_text()).lower()
            assert await violations(page) == []
            await page.get_by_role("button", name="Open negotiation notice").first.click()
            paper = page.get_by_role("dialog")
            await expect(paper.get_by_role("link", name="Download")).to_have_attribute(
                "download", "DESK-3 Open negotiation notice.pdf"
            )
            await page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_view_of_a_case_on_a_phone(harness: Harness, address: str, browser: Browser, scheme: str) -> None:
    claim, tenant = new_claim(), f"desk-{scheme}"
    await harness.tell(won(claim, control="DESK-4")[:8], tenant=tenant)
    key = await make_key(harness, "manager", tenant)
    how = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme}
    with desks(harness, intake=True):
        async with signed_in(browser, address, key, **how) as page:
            for view in ("work", "approvals", "filings", "payments", f"claim/{claim}"):
                await page.goto(f"{address}/desk/{view}")
                await expect(page.get_by_role("heading", level=1)).to_be_attached()
                await expect(page.get_by_role("status", name="Reading")).to_have_count(0)
                assert await width(page) <= 390, view
                assert await violations(page) == [], (view, scheme)
            for tab in ("Law & deadlines", "Letters", "Money", "Activity", "All acts"):
                await page.get_by_role("tab", name=tab).click()
                assert await width(page) <= 390, tab
                assert await violations(page) == [], (tab, scheme)


async def test_every_page_as_every_role(harness: Harness, address: str, browser: Browser) -> None:
    """The navigation offers what the role opens; what it does not is refused in words, not with a blank page."""
    claim = new_claim()
    await harness.tell(won(claim, control="DESK-5")[:8], tenant="desk-roles")
    needs = {"Work": "claims:read", "Approvals": "claims:approve", "Filings": "claims:act", "Payments": "claims:act"}
    with desks(harness):
        for role, scopes in ROLES.items():
            async with signed_in(browser, address, await make_key(harness, role, "desk-roles")) as page:
                for name, scope in needs.items():
                    await expect(page.get_by_role("link", name=name, exact=True)).to_have_count(int(scope in scopes))
                if "claims:approve" not in scopes:
                    await page.goto(f"{address}/desk/approvals")
                    await expect(page.get_by_role("alert")).to_contain_text("claims:approve")
                await page.goto(f"{address}/desk/claim/{claim}")
                await expect(
                    page.get_by_text("Account DESK-5" if "claims:phi" in scopes else "hidden")
                ).not_to_have_count(0)
                accept = page.get_by_role("button", name="Approve $650.00")
                await expect(accept).to_have_count(int("claims:act" in scopes))


async def test_from_row_to_act_to_the_next_row_in_two_keys(harness: Harness, address: str, browser: Browser) -> None:
    """The list by keys: J opens a case, A and Enter decide it and open the next; the view is its address."""
    claims = [new_claim() for _ in range(3)]
    for claim in claims:
        await harness.tell(talking(claim), tenant="desk-list")
    key = await make_key(harness, "negotiator", "desk-list")
    with desks(harness) as there:
        there.waiting = None
        there.offers = [{**OFFER, "amount": "400.00"}]
        async with signed_in(browser, address, key) as page:
            await page.get_by_role("link", name=re.compile("^Decide")).click()
            rows = page.get_by_role("region", name="Cases").locator("tbody tr[data-key]")
            await expect(rows).to_have_count(3)
            await expect(rows.first).to_contain_text("Answer the payer's offer")
            assert await violations(page) == []
            case = page.get_by_role("complementary", name="Case")
            await page.keyboard.press("j")
            await expect(case.get_by_text("1 of 3")).to_be_visible()
            await expect(case.get_by_role("heading", name="The payer offers $400.00")).to_be_visible()
            assert await violations(page) == []
            await page.keyboard.press("a")
            await page.keyboard.press("Enter")
            await expect(case.get_by_text("2 of 3")).to_be_visible()
            assert [path.rpartition("/")[2] for path, _ in there.acts] == ["accept"]
            # The address is the view: it opens the same case again, and Back leads to the list.
            await page.reload()
            await expect(case.get_by_text("2 of 3")).to_be_visible()
            await page.keyboard.press("x")
            await expect(page.get_by_role("region", name="Selected cases")).to_contain_text("1 case selected")
            await page.get_by_role("button", name="+ Save this view").click()
            await page.get_by_label("Name").fill("My decisions")
            await page.keyboard.press("Enter")
            saved = page.get_by_role("link", name="My decisions")
            await expect(saved).to_be_visible()
            await page.get_by_role("link", name="All live cases").click()
            await saved.click()
            await expect(rows).to_have_count(3)
            # What happens to a claim changes its row where it stands; focus and selection stay.
            await page.evaluate("document.querySelector('tbody tr[data-key]').dataset.seen = 'yes'")
            await page.keyboard.press("?")
            await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Next case")
            await page.keyboard.press("Escape")
            await expect(page.locator("tr[data-seen]")).to_have_count(1)


async def test_a_case_is_given_to_somebody_noted_and_filed(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    """Against appeals itself: what is typed is in its journal under the name of who typed it; filed once."""
    claim = new_claim()
    own: list[Event] = [underpaid.claim(place="11", codes=("99214",)), underpaid.remittance(), underpaid.flagged()]
    events = [msgspec.structs.replace(event, claim_id=claim) for event in own]
    await harness.tell(events, tenant="desk-file")
    key = await make_key(harness, "negotiator", "desk-file")
    who = "key:" + key.split("_")[1]
    async with appeals_behind(harness, tmp_path) as appeals:
        await appeals.receive(*events, tenant="desk-file")
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/desk/claim/{claim}")
            await expect(page.get_by_text("Nobody has it")).to_be_visible()
            await page.keyboard.press("i")
            await expect(page.get_by_text("It is yours.")).to_be_visible()
            await expect(page.get_by_text("Nobody has it")).to_have_count(0)
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
            await form.get_by_role("button", name="Yes, it was sent").click()
            await expect(form.get_by_role("alert")).to_contain_text("The package misses facts.")
            await form.get_by_label("why it was sent all the same").fill("the addresses are on the envelope")
            await form.get_by_role("button", name="Review").click()
            await form.get_by_role("button", name="Yes, it was sent").click()
            await expect(form).to_have_count(0)
        rows = await appeals.runtime.pool.fetch("SELECT who, action, reason FROM journal ORDER BY id")
        assert [(row["who"], row["action"]) for row in rows] == [(who, "assign"), (who, "note"), (who, "attest_filing")]
        filing = (await appeals.case(claim)).filings[0]
        assert (filing.filed_on, filing.reference) == (date(2026, 10, 5), "certified mail 7000")


async def test_a_wrong_key_is_told(address: str, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(f"{address}/desk/")
    await page.get_by_label("API key").fill("rcp_wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("This key opens nothing here.")
    assert await page.evaluate("sessionStorage.length") == 0
    await page.close()
