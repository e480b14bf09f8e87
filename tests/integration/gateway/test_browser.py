"""The dashboard in a real headless Chromium: signing in, three views, acting, keyboard, phone, and axe (WCAG AA)."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from services.gateway.application.access import ROLES
from shared.events.base import Event
from shared.events.settlement import OfferReceived
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.desks import LETTER, OFFER, desks
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_casework import appeals_behind
from tests.unit.appeals import cases as underpaid
from tests.unit.gateway.ends import house
from tests.unit.gateway.lives import fair, flagged, new_claim, received, won

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
WCAG_AA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.fixture(scope="module")
async def browser() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def signed_in(browser: Browser, address: str, key: str, **how: Any) -> AsyncGenerator[Page]:
    """A page signed in by keyboard; whatever it logs as an error or fetches from elsewhere fails the test."""
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}} | how
    context = await browser.new_context(**options)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    await page.goto(f"{address}/dashboard/")
    await expect(page.get_by_label("API key")).to_be_focused()
    await page.keyboard.type(key)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    yield page
    await context.close()
    refused = ("403 (Forbidden)", "404 (Not", "409 (Conflict)")
    assert [text for text in wrong if not any(status in text for status in refused)] == []


async def violations(page: Page) -> list[str]:
    await page.evaluate(AXE)
    found = await page.evaluate("(options) => axe.run(document, options)", WCAG_AA)
    assert len(found["passes"]) > 10  # it did look
    return [f"{v['id']}: {n['html'][:120]}" for v in found["violations"] for n in v["nodes"]]


async def test_a_claim_is_found_read_and_answered(harness: Harness, address: str, browser: Browser) -> None:
    claim = new_claim()
    await harness.tell(won(claim, control="BROWSE-1")[:8], tenant="browse-a")
    key = await make_key(harness, "negotiator", "browse-a")
    with desks(harness) as there:
        async with signed_in(browser, address, key) as page:
            await page.get_by_label("Patient control number").fill("BROWSE-1")
            await page.keyboard.press("Enter")
            await page.get_by_role("link", name="BROWSE-1").click()
            await expect(page.get_by_role("heading", name="Claim BROWSE-1")).to_be_visible()
            await expect(page.get_by_role("img", name="Where the allowed amount stands")).to_be_visible()
            await expect(page.locator("ol.timeline li")).to_have_count(8)
            await expect(page.get_by_text("The payer offers $650.00")).to_be_visible()
            assert await violations(page) == []
            # An offer cannot be answered without a reason; what was typed survives the event that redraws the page.
            reason = page.locator("#why-o2")
            await page.get_by_role("button", name="Accept").click()
            await expect(page.get_by_role("dialog")).to_have_count(0)
            assert there.acts == []
            await reason.fill("within the range")
            await harness.publish(won(claim)[8:9], tenant="browse-a")
            await expect(page.locator("ol.timeline li")).to_have_count(9)
            await expect(reason).to_have_value("within the range")
            await page.get_by_role("button", name="Accept").click()
            assert await violations(page) == []
            await page.get_by_role("button", name="Yes, accept $650.00").click()
            await expect(page.get_by_text("Accepted.")).to_be_visible()
            assert [path.rpartition("/")[2] for path, _ in there.acts] == ["accept"]
            async with page.expect_popup() as popup:
                await page.get_by_role("button", name="open negotiation notice").click()
            await (await popup.value).close()


async def test_an_offer_names_its_lines_and_nobody_is_asked_to_confirm_what_cannot_be(
    harness: Harness, address: str, browser: Browser
) -> None:
    claim, day = new_claim(), date(2026, 4, 8)
    both = [
        OfferReceived(claim_id=claim, offer_id=name, round=n, amount=Decimal("300.00"), source="payer", received_on=day,
                      expires_on=None, lines=lines)
        for n, (name, lines) in enumerate((("o8", (1,)), ("o9", (1, 2))), 2)
    ]  # fmt: skip
    await harness.tell([*won(claim, control="LINES-1")[:8], *both], tenant="browse-lines")
    key = await make_key(harness, "negotiator", "browse-lines")
    why = "$90,000.00 is more than the $1,110.00 billed for what it is about"
    offer = {**OFFER, "amount": "300.00", "version": 1}
    with desks(harness) as there:
        there.waiting = None
        there.offers = [
            {**offer, "offer_id": "o8", "lines": [1]}, {**offer, "offer_id": "o9", "lines": [1, 2]},
            {**offer, "offer_id": "o10", "amount": "90000.00", "doubt": why},
        ]  # fmt: skip
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/dashboard/#/claim/{claim}")
            rows = page.get_by_role("region", name="Offers and counter-offers").get_by_role("row")
            await expect(rows.nth(-2)).to_contain_text("line 1")
            await expect(rows.nth(-1)).to_contain_text("lines 1 and 2")
            forms = page.get_by_role("region", name="Your move").locator("form")
            await expect(forms).to_have_count(3)
            await expect(forms.nth(0)).to_contain_text("The payer offers $300.00 for line 1, made 2026-04-08")
            await expect(forms.nth(1)).to_contain_text("The payer offers $300.00 for lines 1 and 2, made")
            await expect(forms.nth(2)).to_contain_text("for all lines in dispute, made 2026-04-08")
            await expect(forms.nth(2)).to_contain_text(f"This cannot be as it is said: {why}.")
            await expect(forms.nth(2).get_by_role("button", name="Counter")).to_have_count(0)
            assert await violations(page) == []
            dialog, amount = page.get_by_role("dialog"), forms.nth(1).get_by_label("Counter with, in dollars")
            await forms.nth(1).get_by_label("Reason").fill("see the QPA")
            for low in ("300", "$299.99", "0", ""):
                await amount.fill(low)
                await forms.nth(1).get_by_role("button", name="Counter").click()
                await expect(dialog).to_have_count(0)
            await amount.fill("300.01")
            await amount.press("Enter")
            await expect(dialog).to_contain_text("You counter with $300.01 for lines 1 and 2.")
            await page.keyboard.press("Escape")
            await forms.nth(1).get_by_role("button", name="Accept").click()
            await expect(dialog).to_contain_text("You accept the payer's offer of $300.00 for lines 1 and 2.")
            await expect(dialog).to_contain_text("That ends the dispute about lines 1 and 2.")
            await page.keyboard.press("Escape")
            await expect(dialog).to_have_count(0)
            assert there.acts == []
            await forms.nth(2).get_by_label("Reason").fill("a slip of theirs")
            await forms.nth(2).get_by_role("button", name="Accept").click()
            await expect(dialog).to_contain_text(f"But {why}.")
            await page.keyboard.press("Escape")
            await forms.nth(2).get_by_role("button", name="Decline").click()
            await expect(dialog).to_contain_text(
                "You decline the payer's offer of $90,000.00 for all lines in dispute."
            )
            await expect(dialog).to_contain_text("The talks go on.")
            await page.get_by_role("button", name="Yes, decline $90,000.00").click()
            await expect(page.get_by_text("Declined.")).to_be_visible()
            (act,) = there.acts
            assert act[0] == f"settlement/v1/claims/{claim}/offers/o10/decline"


async def test_a_draft_is_never_shown_as_filed(harness: Harness, address: str, browser: Browser) -> None:
    """Draft, queued, sent and proven are told apart, what is missing is said in words, weak evidence stands above."""
    claim = new_claim()
    await harness.tell(won(claim, control="LETTERS-1")[:8], tenant="browse-letters")
    key = await make_key(harness, "negotiator", "browse-letters")
    missing, weak = ["in the payer's profile: appeals address"], "no independent reference rate lies above"
    with desks(harness) as there:
        there.letters = [
            {**LETTER, "filing": 1, "state": "proven", "proof": "interchange 000000017"},
            {**LETTER, "filing": 2, "state": "sent", "proof": "certified mail 7000"},
            {**LETTER, "filing": 3, "state": "queued", "proof": "", "missing": missing},
            {
                **LETTER,
                "filing": 4,
                "state": "draft",
                "proof": "",
                "day": None,
                "missing": missing,
                "weak_evidence": weak,
            },
        ]
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/dashboard/#/claim/{claim}")
            section = page.get_by_role("region", name="Letters", exact=True)
            rows = section.get_by_role("row")
            await expect(rows).to_have_count(5)
            for row, words in enumerate(
                ("Sent, with proof: interchange 000000017", "Sent, as attested: certified mail 7000",
                 "Queued, not sent yet", "Draft, not sent"), 1,
            ):  # fmt: skip
                await expect(rows.nth(row)).to_contain_text(words)
            for row in (3, 4):
                await expect(rows.nth(row)).to_contain_text("Missing in the payer's profile: appeals address.")
            await expect(section.get_by_text(f"Weak evidence: {weak}.")).to_be_visible()
            assert "as filed" not in (await section.inner_text()).lower()
            assert await violations(page) == []


async def test_a_case_is_given_to_somebody_and_noted(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    """Against appeals itself: what is typed here is in its journal, under the name of who typed it."""
    claim = new_claim()
    own: list[Event] = [underpaid.claim(place="11", codes=("99214",)), underpaid.remittance(), underpaid.flagged()]
    events = [msgspec.structs.replace(event, claim_id=claim) for event in own]
    await harness.tell(events, tenant="browse-case")
    key = await make_key(harness, "negotiator", "browse-case")
    async with appeals_behind(harness, tmp_path) as appeals:
        await appeals.receive(*events, tenant="browse-case")
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/dashboard/#/claim/{claim}")
            case = page.get_by_role("region", name="The case")
            await expect(case.get_by_text("file the plan's appeal")).to_be_visible()
            await expect(case.get_by_text("29 CFR 2560.503-1(h)")).to_be_visible()
            await case.get_by_label("Give it to").fill("Ada")
            await page.keyboard.press("Enter")
            await expect(case.get_by_text("Ada has it.")).to_be_visible()
            await case.get_by_label("Note, without patient data").fill("asked for the plan document")
            await case.get_by_role("button", name="Add note").click()
            await expect(case.get_by_text("asked for the plan document")).to_be_visible()
            await expect(case.get_by_label("Note, without patient data")).to_have_value("")
            assert await violations(page) == []
        rows = await appeals.runtime.pool.fetch("SELECT who, action, reason FROM journal ORDER BY id")
        who = "key:" + key.split("_")[1]
        assert [tuple(row) for row in rows] == [(who, "assign", "Ada"), (who, "note", "asked for the plan document")]


async def test_a_person_attests_on_the_page_that_a_filing_was_sent(
    harness: Harness, address: str, browser: Browser, tmp_path: Path
) -> None:
    """Against appeals itself: said twice, refused while papers lack something, then in the journal; and once only."""
    claim = new_claim()
    own: list[Event] = [underpaid.claim(place="11", codes=("99214",)), underpaid.remittance(), underpaid.flagged()]
    events = [msgspec.structs.replace(event, claim_id=claim) for event in own]
    await harness.tell(events, tenant="browse-file")
    key = await make_key(harness, "negotiator", "browse-file")
    async with appeals_behind(harness, tmp_path) as appeals:
        await appeals.receive(*events, tenant="browse-file")
        async with signed_in(browser, address, key) as page:
            await page.goto(f"{address}/dashboard/#/claim/{claim}")
            case, dialog = page.get_by_role("region", name="The case"), page.get_by_role("dialog")
            send = case.get_by_role("button", name="It was sent")
            await send.click()
            await expect(dialog).to_have_count(0)  # neither day nor reference
            await case.get_by_label("Sent on").fill("2026-10-05")
            await case.get_by_label("Reference of portal").fill("certified mail 7000")
            await send.click()
            await expect(dialog).to_contain_text(
                "file the plan's appeal (commercial appeal), sent on 2026-10-05 under certified mail 7000."
            )
            assert await violations(page) == []
            await page.keyboard.press("Enter")  # that is "Not yet"
            await expect(dialog).to_have_count(0)
            assert await appeals.runtime.pool.fetchval("SELECT count(*) FROM journal") == 0
            await send.click()
            await page.get_by_role("button", name="Yes, sent on 2026-10-05").click()
            await expect(page.get_by_text("The package misses facts.")).to_be_visible()
            await case.get_by_label("why it was sent all the same").fill("the addresses are on the envelope")
            await send.click()
            await page.get_by_role("button", name="Yes, sent on 2026-10-05").click()
            await expect(page.get_by_text("Filed, as you attest.")).to_be_visible()
            await expect(send).to_have_count(0)
        (row,) = await appeals.runtime.pool.fetch("SELECT who, action, details FROM journal")
        assert (row["who"], row["action"]) == ("key:" + key.split("_")[1], "attest_filing")
        filing = (await appeals.case(claim)).filings[0]
        assert (filing.filed_on, filing.reference) == (date(2026, 10, 5), "certified mail 7000")


async def test_ops_sees_trouble_within_seconds_and_replays(harness: Harness, address: str, browser: Browser) -> None:
    admin = await asyncpg.connect(harness.admin_dsn)
    await admin.execute("DELETE FROM gateway.dead_letters")
    with desks(harness) as there:
        async with signed_in(browser, address, OPERATOR) as page:
            await page.get_by_role("link", name="Ops").click()
            await expect(page.get_by_role("heading", name="Operations")).to_be_visible()
            await admin.execute(
                "INSERT INTO gateway.dead_letters VALUES (gen_random_uuid(), gen_random_uuid(), 'settlement', "
                "'handler_error', 'ValueError in decide, line 1', 'recoup.claim.denied.v1', 'recoup.claims.v1', 0, 1, "
                "now() - interval '1 second')"
            )
            claim = new_claim()
            await harness.tell([*fair(claim), flagged(claim)], tenant="browse-b")  # the last is illegal
            await expect(page.get_by_role("link", name=claim[:8])).to_be_visible(timeout=8000)
            await expect(page.get_by_text("ValueError in decide")).to_be_visible()
            assert await violations(page) == []
            await page.get_by_role("button", name="Replay settlement").click()
            await expect(page.get_by_text("settlement: 2 handled, 0 still parked.")).to_be_visible()
            await expect(page.get_by_text("ValueError in decide")).to_have_count(0)
            assert [path for path, _ in there.acts] == ["settlement/admin/dead-letters/replay"]
    await admin.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_view_at_phone_width(harness: Harness, address: str, browser: Browser, scheme: str) -> None:
    claim = new_claim()
    tenant = f"browse-{scheme}"
    await harness.tell([*won(claim), received(new_claim()), *(e for life in house() for e in life)], tenant=tenant)
    key = await make_key(harness, "negotiator", tenant)
    how = {"viewport": {"width": 375, "height": 740}, "color_scheme": scheme}
    async with signed_in(browser, address, key, **how) as page:
        for view, heading in (("work", "Worklist"), ("results", "Results"), (f"claim/{claim}", "Claim")):
            await page.evaluate("(hash) => { location.hash = hash; }", f"#/{view}")
            await expect(page.get_by_role("heading", name=heading).first).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 375, view
            assert await violations(page) == [], (view, scheme)
        await page.evaluate("location.hash = '#/results'")
        await expect(page.get_by_text("2 (50.0 %)")).to_have_count(2)  # two of four ended for nothing, two at $400
        for dimension, group in (("forum", "open negotiation"), ("code", "99285"), ("policy", "standard@1")):
            await page.get_by_label("Compare by").select_option(dimension)
            await expect(page.get_by_role("cell", name=group)).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 375, dimension
        share = page.get_by_role("list", name="Share of ended pursuits").get_by_role("listitem")
        await expect(share.filter(has_text="standard@1")).to_contain_text("50.0 % of 2")
        assert await violations(page) == [], ("results by policy", scheme)
        await page.evaluate("location.hash = '#/ops'")  # not a negotiator's: said in words, no blank page
        await expect(page.get_by_role("alert")).to_contain_text("ops:read")


async def test_the_keyboard_reaches_everything(harness: Harness, address: str, browser: Browser) -> None:
    claim = new_claim()
    await harness.tell(won(claim, control="KEYS-1")[:6], tenant="browse-k")
    async with signed_in(browser, address, await make_key(harness, "negotiator", "browse-k")) as page:
        await expect(page.get_by_role("link", name="KEYS-1")).to_be_visible()
        await page.keyboard.press("Tab")
        reached: list[str] = []
        for _ in range(20):
            reached.append(await page.evaluate("document.activeElement.id || document.activeElement.innerText"))
            outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", reached[-1]  # where one is can be seen
            if reached[-1] == "KEYS-1":
                break
            await page.keyboard.press("Tab")
        assert {"control", "payer", "state", "sort", "Search", "KEYS-1"} <= set(reached)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Claim KEYS-1")).to_be_visible()


async def test_every_page_as_every_role_and_as_another_tenant(harness: Harness, address: str, browser: Browser) -> None:
    """The navigation offers what the key opens; a page that was asked for all the same is refused in words."""
    claim = new_claim()
    await harness.tell(won(claim, control="PAGES-1")[:8], tenant="pages")
    heads = {"Work": "Worklist", "Results": "Results", "Ops": "Operations"}
    needs = {"Work": "claims:read", "Results": "portfolio:read", "Ops": "ops:read"}
    with desks(harness):
        for role, scopes in ROLES.items():
            tenants = {"ops": ("pages", "*"), "auditor": ("*",), "manager": ("elsewhere", "pages")}
            for tenant in tenants.get(role, ("pages",)):
                key = await make_key(harness, role, tenant)
                async with signed_in(browser, address, key) as page:
                    for name, heading in heads.items():
                        opens = needs[name] in scopes and (name != "Ops" or tenant == "*")
                        link = page.get_by_role("link", name=name, exact=True)
                        await expect(link).to_have_count(1 if opens else 0)
                        await page.evaluate("(hash) => { location.hash = hash; }", f"#/{name.lower()}")
                        shown = heading if opens else "This cannot be shown"
                        await expect(page.get_by_role("heading", name=shown, exact=True)).to_be_visible()
                    await page.evaluate("(hash) => { location.hash = hash; }", f"#/claim/{claim}")
                    if tenant == "elsewhere":
                        await expect(page.get_by_role("alert")).to_contain_text("No claim of yours")
                        assert "PAGES-1" not in await page.content()
                        continue
                    number = "PAGES-1" if "claims:phi" in scopes else claim[:8]
                    await expect(page.get_by_role("heading", name=f"Claim {number}")).to_be_visible()
                    for button, scope in (
                        ("Accept", "claims:act"),
                        ("open negotiation notice", "claims:phi"),
                        ("Patient letter", "patients:contact"),
                    ):
                        await expect(page.get_by_role("button", name=button)).to_have_count(int(scope in scopes))


async def test_a_wrong_key_is_told(address: str, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(f"{address}/dashboard/")
    await page.get_by_label("API key").fill("rcp_wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("This key opens nothing here.")
    assert await page.evaluate("sessionStorage.length") == 0
    await page.close()
