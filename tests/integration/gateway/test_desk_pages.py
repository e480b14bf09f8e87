"""Every page of the desk as every role, on a phone, by keyboard alone; and what operators and patients get there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from services.gateway.application.access import ROLES
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.desk_pages import CHROMIUM, signed_in, violations, width
from tests.integration.gateway.desks import desks
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_cases import talking
from tests.integration.gateway.test_ops import park_letter
from tests.unit.gateway.ends import house
from tests.unit.gateway.lives import fair, flagged, new_claim, won

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")
PAGES = {
    "Work": "claims:read", "Approvals": "claims:approve", "Filings": "claims:act", "Payments": "claims:act",
    "Results": "portfolio:read", "Audit": "audit:read", "Set-up": "keys:manage", "Ops": "ops:read",
}  # fmt: skip
"""Each page, and the scope that opens it; Ops only for keys of every tenant."""


async def go(page: Page, path: str) -> None:
    """To another page without loading the desk anew, as its own links do."""
    await page.evaluate("(path) => history.pushState(null, '', path)", f"/desk{path}")


async def read(page: Page) -> None:
    """Wait until the page has its heading and all that it asked for."""
    await expect(page.get_by_role("heading", level=1)).to_be_attached()
    await expect(page.locator(".bone")).to_have_count(0)


async def test_every_page_as_every_role_and_as_another_tenant(harness: Harness, address: str, browser: Browser) -> None:
    """The navigation offers what the key opens; a page that was asked for all the same is refused in words."""
    claim = new_claim()
    await harness.tell(won(claim, control="PAGES-1")[:8], tenant="pages")
    tenants = {"ops": ("pages", "*"), "auditor": ("*",), "manager": ("elsewhere", "pages")}
    with desks(harness, intake=True):
        for role, scopes in ROLES.items():
            for tenant in tenants.get(role, ("pages",)):
                key = await make_key(harness, role, tenant)
                async with signed_in(browser, address, key, f"/claim/{claim}") as page:
                    if tenant == "elsewhere":
                        await expect(page.get_by_text("No claim of yours")).to_be_visible()
                        assert "PAGES-1" not in await page.content()
                    else:
                        await of_a_claim(page, scopes)
                    for name, scope in PAGES.items():
                        opens = scope in scopes and (name != "Ops" or tenant == "*")
                        link = page.get_by_role("link", name=name, exact=True)
                        await expect(link).to_have_count(int(opens))
                        await go(page, "/" + name.lower().replace("-", ""))
                        head = page.get_by_role("heading", level=1)
                        if opens:
                            await expect(head).not_to_have_text("This cannot be shown")
                            await read(page)
                        else:
                            await expect(head).to_have_text("This cannot be shown")
                            await expect(page.get_by_role("alert")).to_contain_text(scope)


async def of_a_claim(page: Page, scopes: frozenset[str]) -> None:
    """What of a claim a role sees, and what it can do there."""
    shown = page.get_by_text("Account PAGES-1" if "claims:phi" in scopes else "Account hidden from your role")
    await expect(shown).to_have_count(1)
    for act in ("Approve $650.00", "Take it"):
        await expect(page.get_by_role("button", name=act)).to_have_count(int("claims:act" in scopes))
    await page.get_by_role("tab", name="Letters").click()
    paper = page.get_by_role("region", name="Letters and exhibits")
    await expect(paper.get_by_text("Open negotiation notice")).to_be_visible()
    await expect(paper.get_by_role("button", name="Open negotiation notice")).to_have_count(int("claims:phi" in scopes))
    await expect(page.get_by_text("For the patient", exact=True)).to_have_count(int("patients:contact" in scopes))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_of_a_manager_on_a_phone(
    harness: Harness, address: str, browser: Browser, scheme: str
) -> None:
    claim, tenant = new_claim(), f"desk-{scheme}"
    lives = [won(claim, control="DESK-4")[:8], talking(new_claim()), *house()]
    await harness.tell([event for life in lives for event in life], tenant=tenant)
    manager = await make_key(harness, "manager", tenant)
    how: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme}
    with desks(harness, intake=True):
        async with signed_in(browser, address, manager, **how) as page:
            for view in ("work?queue=all", "approvals", "filings", "payments", "results", f"claim/{claim}"):
                await go(page, f"/{view}")
                await read(page)
                assert await width(page) <= 390, view
                assert await violations(page) == [], (view, scheme)
            for tab in ("Law & deadlines", "Letters", "Money", "Activity", "Who saw it", "All acts"):
                await page.get_by_role("tab", name=tab).click()
                await expect(page.locator(".bone")).to_have_count(0)
                assert await width(page) <= 390, tab
                assert await violations(page) == [], (tab, scheme)


async def test_an_operator_works_for_one_organization_of_several_also_on_a_phone(
    harness: Harness, address: str, browser: Browser
) -> None:
    """All eight pages fit the width of a phone; Filings asks whose, and plans for the one that is chosen."""
    for tenant in ("one-of-two", "two-of-two"):
        await harness.tell(won(new_claim())[:8], tenant=tenant)
    how: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
    with desks(harness, intake=True) as there:
        async with signed_in(browser, address, OPERATOR, **how) as page:
            for view in ("work", "approvals", "filings", "payments", "results", "audit", "setup", "ops"):
                await go(page, f"/{view}")
                await read(page)
                assert await width(page) <= 390, view
                assert await violations(page) == [], view
            await go(page, "/filings")
            await expect(page.get_by_text("one provider organization at a time")).to_be_visible()
            await page.get_by_role("button", name="Organization").click()
            await page.get_by_role("option", name="two-of-two").click()
            await expect(page.get_by_text("Fees one by one")).to_be_visible()
            assert there.planned_for == ["two-of-two"]


async def test_pursuits_are_compared_with_what_each_share_rests_on(
    harness: Harness, address: str, browser: Browser
) -> None:
    """Of four that ended two brought $400 each; by policy, two of them: one brought money, so 50.0% of 2."""
    await harness.tell([event for life in house() for event in life], tenant="desk-compare")
    key = await make_key(harness, "negotiator", "desk-compare")
    async with signed_in(browser, address, key, "/results") as page:
        part = page.get_by_role("region", name="Pursuits compared")
        for label, by, group, share in (
            ("Procedure code", "code", "99285", ""),
            ("Negotiation policy", "policy", "standard@1", "50.0% of 2"),
            ("Last forum", "forum", "Open negotiation", ""),
        ):
            await part.get_by_role("button", name="Compare by").click()
            await page.get_by_role("option", name=label).click()
            row = part.get_by_role("row").filter(has_text=group)
            await expect(row).to_have_count(1)
            await expect(row).to_contain_text(share)
            assert f"by={by}" in page.url, "the comparison is in the address"
        assert await violations(page) == []


async def test_the_keyboard_reaches_everything(harness: Harness, address: str, browser: Browser) -> None:
    """Tab goes from the top to the case, one sees where one is, and Enter opens it."""
    await harness.tell(talking(new_claim(), control="KEYS-1"), tenant="desk-keys")
    key = await make_key(harness, "negotiator", "desk-keys")
    with desks(harness):
        async with signed_in(browser, address, key, "/work?queue=all") as page:
            row = page.get_by_role("region", name="Cases").locator("tbody tr[data-key]")
            await expect(row).to_have_count(1)
            await page.reload()  # Tab begins at the top
            await expect(row).to_have_count(1)
            reached: list[str] = []
            for _ in range(60):
                await page.keyboard.press("Tab")
                name, outline, shadow = await page.evaluate(
                    "[document.activeElement, getComputedStyle(document.activeElement)].reduce((at, style) => "
                    "[at.getAttribute('aria-label') || at.innerText, style.outlineStyle, style.boxShadow])"
                )
                reached.append(name)
                assert outline != "none" or shadow != "none", name  # where one is can be seen
                if name.startswith("Open "):
                    break
            for wanted in ("Skip to content", "Work", "Find a case", "Search the list", "Filter", "Open "):
                assert any(name.strip().startswith(wanted) for name in reached), (wanted, reached)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("complementary", name="Case")).to_contain_text("KEYS-1")


async def test_an_operator_sees_trouble_within_seconds_and_tries_a_letter_again(
    harness: Harness, address: str, browser: Browser
) -> None:
    async with signed_in(browser, address, OPERATOR, "/ops") as page:
        await expect(page.get_by_role("heading", name="Stuck claims")).to_be_visible()
        claim = new_claim()
        await harness.tell([*fair(claim), flagged(claim)], tenant="desk-ops")  # the last is illegal
        await park_letter(harness, None, 10_000_017, b'{"probe": true}')
        await expect(page.get_by_role("link", name=claim[:8])).to_be_visible(timeout=8000)
        await page.get_by_role("button", name="Undecodable").first.click()
        dialog = page.get_by_role("dialog", name="Undecodable in gateway")
        letter = dialog.get_by_role("row").filter(has_text="recoup.claims.v1 / 0 / 10000017")
        await letter.get_by_role("button", name="Try again").click()
        await expect(page.get_by_text("0 handled, 1 still parked.")).to_be_visible()
        await dialog.get_by_label("Why they are given up").fill("a probe, never an event")
        await letter.get_by_role("button", name="Give up").click()
        await expect(page.get_by_text("1 dead letter given up.")).to_be_visible()
        await expect(letter).to_have_count(0)


async def test_staff_make_and_turn_off_a_link_for_a_patient(harness: Harness, address: str, browser: Browser) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:6], tenant="panel")
    key = await make_key(harness, "platform", "panel")
    async with signed_in(browser, address, key, f"/claim/{claim}?tab=letters") as page:
        await page.get_by_text("For the patient", exact=True).click()
        await page.get_by_role("button", name="Language").click()
        await page.get_by_role("option", name="Spanish").click()
        await page.get_by_role("button", name="Make a link for the patient").click()
        dialog = page.get_by_role("dialog", name="Link for the patient")
        await expect(dialog).to_contain_text(f"{address}/p/")
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        link = page.get_by_role("listitem").filter(has_text="Spanish, until")
        await expect(link).to_have_count(1)
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Patient letter").click()
        assert (await download.value).suggested_filename == "patient-letter.pdf"
        # the letter has brought a link of its own: what is turned off is the one that was made before
        await link.get_by_role("button", name="Turn off").first.click()
        await expect(link.filter(has_text="turned off")).to_have_count(1)
