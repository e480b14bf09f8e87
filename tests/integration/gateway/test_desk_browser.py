"""The desk's cases in a real browser, as people work on them: by keys, with a confirming step, and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.desk_pages import CHROMIUM, signed_in, violations
from tests.integration.gateway.desks import LETTER, OFFER, desks
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_cases import talking
from tests.unit.gateway.lives import new_claim, won

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")


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


async def test_a_claim_is_found_by_its_number_and_what_is_typed_stays(
    harness: Harness, address: str, browser: Browser
) -> None:
    """Searched for by account, opened, read; no act without a reason; an event takes nothing away that is typed."""
    claim, other, ended = new_claim(), new_claim(), new_claim()
    await harness.publish(won(ended, control="FIND-OLD"), tenant="desk-find")
    for one, control in ((claim, "FIND-1"), (other, "FIND-2")):
        await harness.tell(talking(one, control=control), tenant="desk-find")
    key = await make_key(harness, "negotiator", "desk-find")
    with desks(harness) as there:
        there.waiting = None
        async with signed_in(browser, address, key, "/work?queue=all") as page:
            rows = page.get_by_role("region", name="Cases").locator("tbody tr[data-key]")
            await expect(rows).to_have_count(2)
            async with page.expect_request("**/v1/cases/search") as asked:
                await page.keyboard.press("/")
                await page.keyboard.type("FIND-1")
                await page.keyboard.press("Enter")
            assert "FIND-1" not in (await asked.value).url
            await expect(rows).to_have_count(1)
            await rows.first.click()
            case = page.get_by_role("complementary", name="Case")
            await expect(case.get_by_role("button", name="Copy Account FIND-1")).to_be_visible()
            await expect(case.get_by_role("img", name="Where the offer stands")).to_be_visible()
            await case.get_by_role("tab", name="Activity").click()
            entries = case.get_by_role("list", name="What happened, newest first").get_by_role("listitem")
            await expect(entries).to_have_count(7)
            await page.keyboard.press("a")
            dialog = page.get_by_role("alertdialog")
            reason, yes = dialog.get_by_label("Reason"), dialog.get_by_role("button", name="Yes, accept $650.00")
            await reason.fill(" ")
            await yes.click()
            await expect(dialog.get_by_role("alert")).to_contain_text("Say the reason in a few words")
            assert there.acts == []
            await reason.fill("within the range")
            async with page.expect_response(lambda response: response.url.endswith(f"/v1/claims/{claim}/desk")):
                await harness.publish(won(claim)[6:7], tenant="desk-find")
            await expect(reason).to_have_value("within the range")
            await yes.click()
            await expect(page.get_by_text("Accepted $650.00: FIND-1.")).to_be_visible()
            ((path, body),) = there.acts
            assert path.endswith("/accept") and body["reason"].startswith("within the range [key:")
            # What has ended is on no list, and is found all the same.
            await page.keyboard.press("Control+k")
            await page.keyboard.type("find-old")
            await expect(page.get_by_role("option", name="FIND-OLD")).to_contain_text("(ended)")
            await expect(page.get_by_role("option", name="FIND-OLD")).to_contain_text("found by account number")
            await page.keyboard.press("ArrowDown")
            await page.keyboard.press("Enter")
            await expect(page).to_have_url(re.compile(f"/desk/claim/{ended}"))
            await expect(page.get_by_role("button", name="Copy Account FIND-OLD")).to_be_visible()


async def test_several_offers_name_their_lines_and_each_is_answered_for_itself(
    harness: Harness, address: str, browser: Browser
) -> None:
    claim = new_claim()
    await harness.tell(won(claim, control="LINES-1")[:8], tenant="desk-lines")
    key = await make_key(harness, "negotiator", "desk-lines")
    why = "$90,000.00 is more than the $1,110.00 billed for what it is about"
    offer = {**OFFER, "amount": "300.00", "version": 1}
    with desks(harness) as there:
        there.waiting = None
        there.offers = [
            {**offer, "offer_id": "o8", "lines": [1]}, {**offer, "offer_id": "o9", "lines": [1, 2]},
            {**offer, "offer_id": "o10", "amount": "90000.00", "doubt": why},
        ]  # fmt: skip
        async with signed_in(browser, address, key, f"/claim/{claim}") as page:
            decision, dialog = page.get_by_role("region", name="Decision"), page.get_by_role("alertdialog")
            await expect(decision).to_contain_text("For line 1, made Apr 8, 2026")
            await decision.get_by_role("button", name="Which offer").click()
            await page.get_by_role("option", name="$300.00 for lines 1 and 2, made Apr 8, 2026").click()
            await expect(decision).to_contain_text("For lines 1 and 2, made Apr 8, 2026")
            await page.keyboard.press("c")
            amount = page.get_by_label("Counter with, in dollars")
            await amount.fill("300")
            await amount.press("Enter")
            await expect(amount).to_be_visible()  # what they offer is no counter
            await amount.fill("300.01")
            await amount.press("Enter")
            await expect(dialog).to_contain_text("You counter with $300.01 for lines 1 and 2.")
            await page.keyboard.press("Escape")
            await page.keyboard.press("a")
            await expect(dialog).to_contain_text("You accept the payer’s offer of $300.00 for lines 1 and 2.")
            await expect(dialog).to_contain_text("That ends the dispute about lines 1 and 2.")
            await page.keyboard.press("Escape")
            await decision.get_by_role("button", name="Which offer").click()
            await page.get_by_role("option", name="$90,000.00 for all lines in dispute").click()
            await expect(decision).to_contain_text(f"This cannot be as it is said: {why}.")
            await page.keyboard.press("r")
            await expect(dialog).to_contain_text("You refuse the payer’s offer of $90,000.00 for all lines in dispute.")
            await expect(dialog).to_contain_text("The talks go on.")
            assert there.acts == []
            await dialog.get_by_role("button", name="Yes, refuse $90,000.00").click()
            await expect(page.get_by_text("Refused $90,000.00: LINES-1.")).to_be_visible()
            ((path, _),) = there.acts
            assert path == f"settlement/v1/claims/{claim}/offers/o10/decline"


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


async def test_a_wrong_key_is_told(address: str, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(f"{address}/desk/")
    await page.get_by_label("API key").fill("rcp_wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("This key opens nothing here.")
    assert await page.evaluate("sessionStorage.length") == 0
    await page.close()
