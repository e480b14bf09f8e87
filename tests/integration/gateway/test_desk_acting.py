"""Money acts at the desk, against settlement itself: said again, undone in time, whatever the offer came from."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Generator
from datetime import date
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.desk_pages import CHROMIUM, signed_in, violations
from tests.integration.gateway.desks import desks
from tests.integration.gateway.settlements import TENANT, Settlement, in_talks, real_settlement
from tests.integration.gateway.test_access import make_key
from tests.stored import rewrite
from tests.unit.gateway.lives import new_claim, won
from tests.unit.settlement.world import Script

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")


PROPOSED = "Proposal: accept at $30,000.00"
"""What the engine proposes about the offer of `in_talks`, above what it decides by itself."""


class Undo:
    def __init__(self, harness: Harness) -> None:
        self._gateway = harness.app.state.gateway

    def within(self, seconds: int) -> None:
        self._gateway.undo_seconds = seconds


@pytest.fixture(scope="module")
async def settlement(harness: Harness, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Settlement]:
    async with real_settlement(harness, tmp_path_factory.mktemp("settlement")) as there:
        yield there


@pytest.fixture(scope="module")
async def negotiator(harness: Harness) -> str:
    return await make_key(harness, "negotiator", TENANT)


@pytest.fixture
def undo(harness: Harness) -> Generator[Undo]:
    """How many seconds an act can be undone; one, where a test says nothing else."""
    yield (undo := Undo(harness))
    undo.within(1)


async def confirm(page: Page, key: str, words: str) -> None:
    """An act by its key, then the confirming step by its button."""
    await page.keyboard.press(key)
    await page.get_by_role("alertdialog").get_by_role("button", name=words).click()
    await expect(page.get_by_role("alertdialog")).to_have_count(0)


async def happened(page: Page, words: str) -> None:
    """What services say of it came back by Kafka, to the page that is open."""
    await page.get_by_role("tab", name="Activity").click()
    entries = page.get_by_role("list", name="What happened, newest first").get_by_role("listitem")
    await expect(entries.filter(has_text=words).first).to_be_attached(timeout=15_000)


async def test_what_is_above_a_negotiator_a_manager_approves(
    harness: Harness, address: str, browser: Browser, settlement: Settlement, negotiator: str
) -> None:
    """The payer's offer comes by Kafka, is on the manager's list, and the answer goes back by Kafka."""
    big = Script(scale=200, claim=new_claim())
    big.underpaid()
    big.negotiation()
    big.offer("600.00", "O1")  # 120,000 dollars: a negotiator decides up to 100,000
    until = (await settlement.tell(big))["waiting_decision"]["until"]
    async with signed_in(browser, address, negotiator, f"/claim/{big.claim}") as page:
        await expect(page.get_by_text("A manager decides this: yours is not enough authority.")).to_be_visible()
        await page.keyboard.press("a")
        dialog = page.get_by_role("alertdialog")
        await dialog.get_by_role("button", name="Yes, counter at $160,000.00").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("authority of a manager")
    assert [offer["side"] for offer in (await settlement.account(big.claim))["offers"]] == ["payer"]
    manager = await make_key(harness, "manager", TENANT)
    async with signed_in(browser, address, manager, "/approvals") as page:
        row = page.get_by_role("table", name="Decisions for a manager").locator("tbody tr")
        await expect(row).to_have_count(1)
        await expect(row).to_contain_text(f"{date.fromisoformat(until):%b} {int(until[-2:])}")
        await expect(row).to_contain_text("$120,000.00")
        assert await violations(page) == []
        await row.get_by_role("button").first.click()
        await expect(page.get_by_text("Manager decides: you may.")).to_be_visible()
        await page.keyboard.press("a")
        await page.get_by_role("alertdialog").get_by_label("Reason").fill("a fair price")
        await page.get_by_role("button", name="Yes, counter at $160,000.00").click()
        await expect(page.get_by_text("Approved $160,000.00")).to_be_visible()
        await happened(page, "We countered with $160,000.00")
        said = page.get_by_role("listitem").filter(has_text="We countered with $160,000.00")
        await expect(said).to_contain_text(f"a fair price [key:{manager.split('_')[1]}]")
    offers = (await settlement.account(big.claim))["offers"]
    assert (offers[-1]["side"], offers[-1]["amount"]) == ("provider", "160000.00")


async def test_enter_counters_and_nothing_is_accepted_by_accident(
    address: str, browser: Browser, settlement: Settlement, negotiator: str
) -> None:
    """Amount, Enter: that is a counter, asked about once more; Enter in a reason takes no act, Escape leaves all."""
    script = in_talks()
    await settlement.tell(script)
    async with signed_in(browser, address, negotiator, f"/claim/{script.claim}") as page:
        await expect(page.get_by_role("heading", name=PROPOSED)).to_be_visible()
        dialog, amount = page.get_by_role("alertdialog"), page.get_by_label("Counter with, in dollars")
        await page.keyboard.press("a")
        await dialog.get_by_label("Reason").press("Enter")
        await expect(dialog).to_contain_text("You approve: accept at $30,000.00 for all lines in dispute.")
        await dialog.get_by_role("button", name="Not yet").click()
        await page.keyboard.press("c")
        await amount.fill("$31,000.50")
        await amount.press("Enter")
        await expect(dialog).to_contain_text("You counter with $31,000.50 for all lines in dispute. The payer’s offer")
        await expect(dialog).to_contain_text("of $30,000.00 for all lines in dispute ends with it.")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        assert (await settlement.account(script.claim))["act"] is None
        await page.keyboard.press("c")
        await amount.fill("31000.50")
        await amount.press("Enter")
        await dialog.get_by_role("button", name="Yes, counter with $31,000.50").click()
        await happened(page, "We countered with $31,000.50")
    offers = (await settlement.account(script.claim))["offers"]
    assert [(o["side"], o["amount"], o.get("status", "open")) for o in offers] == [
        ("payer", "30000.00", "declined"),
        ("provider", "31000.50", "open"),
    ]


async def test_an_acceptance_is_undone_and_another_one_is_carried_out(
    address: str, browser: Browser, settlement: Settlement, negotiator: str, undo: Undo
) -> None:
    script = in_talks()
    await settlement.tell(script)
    undo.within(60)
    async with signed_in(browser, address, negotiator, f"/claim/{script.claim}") as page:
        decided = page.get_by_text("decided to approve the proposal at $30,000.00")
        accept = page.get_by_role("button", name="Approve $30,000.00")
        await expect(accept).to_be_visible()
        await confirm(page, "a", "Yes, accept at $30,000.00")
        await expect(decided).to_be_visible()
        assert await violations(page) == []
        await expect(accept).to_have_count(0)  # one act at a time
        assert (await settlement.account(script.claim))["act"]["status"] == "waiting"
        await page.keyboard.press("u")
        await expect(page.get_by_text("Undone. Nothing was sent.")).to_be_visible()
        await expect(accept).to_be_visible()
        undo.within(2)  # a slow machine had a whole minute to undo; now it is to pass
        await confirm(page, "a", "Yes, accept at $30,000.00")
        await expect(decided).to_be_visible()
        await page.reload()  # it is kept where it is carried out, not in this page
        await expect(decided).to_be_visible()
        await happened(page, "ettled")
        await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    account = await settlement.account(script.claim)
    assert (account["settlement"]["basis"], account["act"]["number"]) == ("offer_accepted", 2)


async def test_an_act_that_came_too_late_is_told(
    address: str, browser: Browser, settlement: Settlement, negotiator: str, undo: Undo
) -> None:
    script = in_talks()
    await settlement.tell(script)
    undo.within(4)
    async with signed_in(browser, address, negotiator, f"/claim/{script.claim}") as page:
        await expect(page.get_by_role("button", name="Approve $30,000.00")).to_be_visible()
        await confirm(page, "a", "Yes, accept at $30,000.00")
        withdrawn = await settlement.client.post(
            f"/v1/claims/{script.claim}/offers/O1/withdraw", json={"side": "payer"}
        )
        assert withdrawn.is_success, withdrawn.text
        too_late = page.get_by_text("It was too late to approve the proposal at $30,000.00")
        await expect(too_late).to_be_visible(timeout=20_000)


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


async def test_an_offer_from_any_source_is_accepted_and_countered(
    harness: Harness, address: str, browser: Browser, settlement: Settlement, negotiator: str
) -> None:
    async with signed_in(browser, address, negotiator) as page:
        for source in SOURCES:
            for key, yes, said in (
                ("a", "Yes, accept at $30,000.00", "ettled"),
                ("c", "Yes, counter with $31,000.00", "We countered with $31,000.00"),
            ):
                script = await source(settlement)
                await harness.caught_up()
                await page.goto(f"{address}/desk/claim/{script.claim}")
                await expect(page.get_by_role("heading", name=PROPOSED)).to_be_visible()
                if key == "c":
                    await page.keyboard.press("c")
                    await page.get_by_label("Counter with, in dollars").fill("31000")
                    await page.keyboard.press("Enter")
                    await page.get_by_role("alertdialog").get_by_role("button", name=yes).click()
                else:
                    await confirm(page, key, yes)
                await happened(page, said)


async def choose(page: Page, label: str, choice: str) -> None:
    """Take one of the choices that the form offers."""
    await page.get_by_role("dialog").get_by_role("button", name=re.compile(re.escape(label))).click()
    await page.get_by_role("option", name=choice, exact=True).click()


async def act(page: Page, name: str, fields: dict[str, str], choices: dict[str, str], sure: str = "") -> None:
    """Fill in the form of an act, and send it; a choice without a value is a box to tick, `sure` is a second step."""
    await page.get_by_role("tab", name="All acts").click()
    await page.get_by_role("button", name=f"{name}…", exact=True).click()
    form = page.get_by_role("dialog", name=name)
    for label, value in fields.items():
        await form.get_by_label(label).fill(value)
    for label, choice in choices.items():
        await (choose(page, label, choice) if choice else form.get_by_text(label).click())
    if sure:
        await form.get_by_role("button", name="Review…").click()
        await expect(form).to_contain_text(sure)
        await form.get_by_role("button", name=re.compile("^Yes, ")).click()
    else:
        await form.get_by_role("button", name=name, exact=True).click()
    await expect(form).to_have_count(0)


TELEPHONE = "An offer by telephone, mail or portal"


async def test_offers_by_telephone_are_entered_withdrawn_and_refused(
    address: str, browser: Browser, settlement: Settlement, negotiator: str
) -> None:
    """As a negotiator on the telephone does it, against settlement itself: it knows what became of each."""
    script = in_talks()
    script.heard.pop()
    await settlement.tell(script, until="talks")
    said = {"Amount, allowed": "30,000", "Offered on": "2026-11-03"}
    async with signed_in(browser, address, negotiator, f"/claim/{script.claim}") as page:
        offered = page.get_by_role("heading", name=PROPOSED)
        for number in ("call 17", "call 18"):
            named = {**said, "The payer’s number of it": number}
            await act(page, TELEPHONE, named, {"How it came": "telephone", "Said to be final": ""})
            await expect(offered).to_be_visible()
            if number == "call 17":
                await act(page, "An offer was withdrawn", {"Offer": number}, {"By": "payer"})
                await expect(offered).to_have_count(0)
        await page.get_by_role("button", name="Refuse the offer…").click()
        dialog = page.get_by_role("alertdialog")
        await expect(dialog).to_contain_text("You refuse the payer’s offer of $30,000.00 for all lines in dispute.")
        await dialog.get_by_role("button", name="Yes, refuse $30,000.00").click()
        await expect(page.get_by_text("Refused $30,000.00")).to_be_visible()
        async with asyncio.timeout(15):
            while (await settlement.account(script.claim))["offers"][-1].get("status", "open") == "open":
                await asyncio.sleep(0.1)
    offers = (await settlement.account(script.claim))["offers"]
    ended = {offer["offer_id"]: offer["status"] for offer in offers if offer["side"] == "payer"}
    assert ended == {"call 17": "withdrawn", "call 18": "declined"}


WHY = {"Reason": "said on the telephone"}
TALKS: tuple[tuple[str, dict[str, str], dict[str, str], str, str, dict[str, Any]], ...] = (
    (TELEPHONE, {"Amount, allowed": "$1,234.50", "Offered on": "2026-04-08", "Lines": "1, 2", "The payer’s": "q17"},
     {"How it came": "mail"}, "", "offers",
     {"amount": "1234.50", "offered_on": "2026-04-08", "expires_on": None, "final": False, "lines": [1, 2],
      "offer_id": "q17", "case_id": "c1"}),
    ("An offer was withdrawn", {"Offer": "a/b"}, {"By": "provider"}, "", "offers/a/b/withdraw",
     {"side": "provider", "case_id": "c1"}),
    ("Agree on one line", {"Line": "2", "Amount, allowed": "800"}, {}, "That line is settled.", "lines/2/agree",
     {"amount": "800", "case_id": "c1"}),
    ("Leave the talks", WHY, {}, "The talks in this forum end", "leave", {"reason": "said on the telephone [{who}]",
                                                                       "case_id": "c1"}),
    ("Take an agreement back", WHY, {}, "the dispute is open again", "rescission",
     {"reason": "said on the telephone [{who}]", "case_id": "c1"}),
    ("Write it off", {}, {}, "nothing more is pursued", "write-off", {"case_id": "c1"}),
    ("A refund was paid", {"Amount": "12.30", "Paid on": "2026-05-04", "Payment’s reference": "CHK 9"}, {}, "",
     "refund", {"amount": "12.30", "paid_on": "2026-05-04", "reference": "CHK 9", "case_id": "c1"}),
    ("Say to which dispute money belongs", {"Dispute": "C-2", "Payment’s reference": "R9", "Paid": "45",
                                            "Left to the patient": "5", **WHY}, {}, "", "placements",
     {"case_id": "C-2", "reference": "R9", "paid": "45", "patient_share": "5",
      "reason": "said on the telephone [{who}]"}),
)  # fmt: skip
"""Each act of talks and money: its form, what is typed and chosen, what is said again, and what settlement is sent."""


async def test_every_act_of_talks_and_money_is_sent_as_it_was_typed(
    harness: Harness, address: str, browser: Browser
) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:8], tenant="desk-talks")
    key = await make_key(harness, "manager", "desk-talks")
    who = "key:" + key.split("_")[1]
    with desks(harness) as there:
        there.waiting = None
        async with signed_in(browser, address, key, f"/claim/{claim}") as page:
            for name, fields, choices, sure, path, body in TALKS:
                await act(page, name, fields, choices, sure)
                expected = {k: v.format(who=who) if isinstance(v, str) else v for k, v in body.items()}
                assert there.acts == [(f"settlement/v1/claims/{claim}/{path}", expected)], name
                there.asked.clear()
