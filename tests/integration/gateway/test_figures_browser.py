"""Results and operations at the desk, as a director and an operator use them, in a real headless Chromium."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.desk_pages import CHROMIUM, violations
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_management import practice
from tests.integration.gateway.test_ops import park_letter
from tests.unit.gateway.lives import fair, new_claim

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")
PICTURES = os.environ.get("RECOUP_TEST_PICTURES", "")
"""A folder for screenshots of what the tests see, to look at by eye; empty: none are made."""


@asynccontextmanager
async def at_the_desk(browser: Browser, address: str, key: str, path: str, **how: Any) -> AsyncGenerator[Page]:
    """A page of the desk, signed in; an error on its console fails the test."""
    context = await browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | how))
    page = await context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.add_init_script(f"sessionStorage.setItem('key', '{key}')")
    await page.goto(f"{address}/desk{path}")
    yield page
    await context.close()
    assert wrong == []


async def too_wide(page: Page) -> list[str]:
    """What stands beyond the right edge, and is in no frame that scrolls by itself."""
    return await page.evaluate(
        """() => [...document.querySelectorAll("main *")]
            .filter((one) => !one.closest(".table-frame, .hidden-text, svg") || one.matches(".table-frame"))
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
            .map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 40)}`)"""
    )


async def _picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def test_from_a_number_to_its_claims_and_to_a_file(harness: Harness, address: str, browser: Browser) -> None:
    await harness.tell([event for life in practice() for event in life], tenant="director")
    key = await make_key(harness, "manager", "director")
    async with at_the_desk(browser, address, key, "/results") as page:
        tile = page.locator(".tile", has_text="A/R in dispute")
        await expect(tile.locator(".value")).to_have_text("$2,180")
        await expect(page.locator(".tile", has_text="Overturn rate").locator(".value")).to_have_text("66.7%")
        await expect(page.get_by_role("group", name="Recovered by month of payment and forum, dollars")).to_be_visible()
        assert await violations(page) == []
        await _picture(page, "results")
        await tile.get_by_role("button", name="4 claims").click()  # one click: the claims behind it
        dialog = page.get_by_role("dialog", name="A/R in dispute")
        await expect(dialog.get_by_text("4 claims, $2,180.00.")).to_be_visible()
        await expect(dialog.get_by_role("row")).to_have_count(5)
        assert await violations(page) == []
        async with page.expect_download() as saved:
            await dialog.get_by_role("button", name="Save as CSV").click()
        text = (await asyncio.to_thread((await (await saved.value).path()).read_bytes)).decode("utf-8-sig")
        assert text.count("640.00") >= 2 and text.startswith("claim_id,tenant,payer_id")
        assert "set=in_dispute" in page.url, "what is open is in the address"
        await dialog.get_by_role("link").first.click()
        await expect(page).to_have_url(re.compile(r"/desk/claim/"))
        await page.go_back()
        await expect(page.get_by_role("dialog", name="A/R in dispute")).to_be_visible()
    how: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"}
    async with at_the_desk(browser, address, key, "/results?period=year", **how) as page:
        await expect(page.locator(".tile").first).to_be_visible()
        assert await violations(page) == []
        await _picture(page, "results-phone-dark")
        assert await too_wide(page) == [], "nothing is cut off at the width of a phone"


async def test_an_operator_looks_into_a_dead_letter_and_gives_it_up(
    harness: Harness, address: str, browser: Browser
) -> None:
    await park_letter(harness, None, 10_000_009, b'{"probe": true}')
    async with at_the_desk(browser, address, OPERATOR, "/ops") as page:
        row = page.get_by_role("row", name="Gateway")
        await expect(row.get_by_text("0.1.0")).to_be_visible(timeout=15_000)
        await expect(page.get_by_role("heading", name="Stuck claims")).to_be_visible()
        await expect(page.get_by_role("button", name="Undecodable")).to_be_visible()
        assert await violations(page) == []
        services = page.get_by_role("region", name="Every service, with its last hour")
        assert await services.evaluate("(frame) => frame.scrollWidth <= frame.clientWidth"), "no column is cut off"
        await _picture(page, "ops")
        await page.get_by_role("button", name="Undecodable").click()
        dialog = page.get_by_role("dialog", name="Undecodable in gateway")
        await expect(dialog.get_by_text("recoup.claims.v1 / 0 / 10000009")).to_be_visible()
        await dialog.get_by_role("button", name="What it holds").click()
        await expect(dialog.get_by_text('{"probe": true}')).to_be_visible()
        give_up = dialog.get_by_role("button", name="Give up", exact=True)
        await expect(give_up).to_be_disabled()
        await dialog.get_by_label("Why they are given up").fill("a probe, never an event")
        assert await violations(page) == []
        await _picture(page, "ops-letter")
        await give_up.click()
        await expect(page.get_by_text("1 dead letter given up.")).to_be_visible()
        await expect(page.get_by_text("Every record that came could be handled.")).to_be_attached()


async def test_an_auditor_proves_who_saw_a_claim(harness: Harness, address: str, browser: Browser) -> None:
    claim = new_claim()
    await harness.tell(fair(claim, tenant="auditing"), tenant="auditing")
    async with harness.client(await make_key(harness, "negotiator", "auditing")) as client:
        await client.get(f"/v1/claims/{claim}")
        await client.get("/v1/claims")
    key = await make_key(harness, "auditor", "auditing")
    async with at_the_desk(browser, address, key, "/audit") as page:
        await expect(page.get_by_text("none was altered, none before them is gone")).to_be_visible()
        await page.get_by_label("Claim id").fill(claim)
        await page.keyboard.press("Enter")
        table = page.get_by_role("table", name="Accesses, the newest first")
        await expect(table.get_by_text("opened", exact=True)).to_have_count(1)
        await expect(table.get_by_text("listed", exact=True)).to_have_count(1)
        assert await violations(page) == []
        await _picture(page, "audit")
        async with page.expect_download() as saved:
            await page.get_by_role("button", name="Signed CSV").click()
        file = await asyncio.to_thread((await (await saved.value).path()).read_bytes)
        assert file.splitlines()[-1].startswith(b"# Ed25519 ")


async def test_a_key_is_made_for_a_person_and_revoked(harness: Harness, address: str, browser: Browser) -> None:
    async with at_the_desk(browser, address, OPERATOR, "/setup") as page:
        await page.get_by_role("button", name="New key").click()
        dialog = page.get_by_role("dialog", name="New key")
        await dialog.get_by_label("Name").fill("Ada Negotiator")
        await dialog.get_by_label("Organizations").fill("setup-tenant")
        await dialog.get_by_role("button", name="Make the key").click()
        made = await dialog.get_by_label("Key", exact=True).input_value()
        async with harness.client(made) as client:
            me = (await client.get("/v1/me")).json()
        assert (me["role"], me["tenants"]) == ("negotiator", ["setup-tenant"])
        assert await violations(page) == []
        await dialog.get_by_role("button", name="Done").click()
        await page.get_by_role("button", name="Revoke Ada Negotiator").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Revoke Ada Negotiator").click()
        await expect(page.get_by_role("row", name="Ada Negotiator").get_by_text("Revoked")).to_be_visible()
        await _picture(page, "setup")
