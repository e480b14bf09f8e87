"""The patient's page in a real headless Chromium: axe (WCAG AA), phone width, print."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from recoup_client import AsyncClient
from services.gateway.adapters.estimates import render_now
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.desk_pages import AXE, CHROMIUM, WCAG_AA, violations
from tests.unit.gateway.lives import new_claim, won
from tests.unit.gateway.test_estimates import REQUEST

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)")


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
async def test_the_page_is_for_everybody(
    harness: Harness, address: str, browser: Browser, language: str, scheme: str
) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:6], tenant="patients")
    async with AsyncClient(address, OPERATOR) as staff:
        link = await staff.make_patient_link(claim, language=language)  # pyright: ignore[reportArgumentType]
        context = await browser.new_context(
            viewport={"width": 360, "height": 740}, color_scheme=scheme, java_script_enabled=True, bypass_csp=True
        )  # pyright: ignore[reportArgumentType]
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(link.url)
        assert asked == [link.url]  # nothing but the page itself, from here or elsewhere
        assert await page.locator("html").get_attribute("lang") == language
        await expect(page.get_by_text("$50.00").first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert await violations(page) == []
        await page.emulate_media(media="print")
        await expect(page.locator(".link").first).to_be_hidden()
        assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        await page.emulate_media(media="screen")
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.locator("header a").click()  # the other language
        other = "en" if language == "es" else "es"
        await expect(page.locator("html")).to_have_attribute("lang", other)
        await staff.revoke_patient_link(claim, link.link_id)
        await page.reload()
        await expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
        await page.evaluate(AXE)
        assert (await page.evaluate("(options) => axe.run(document, options)", WCAG_AA))["violations"] == []
        assert [one.revoked_at is not None for one in await staff.patient_links(claim)] == [True]
        assert (await staff.patient_letter(claim, language="es", recipient=["Pat Doe"])).startswith(b"%PDF-")
        await context.close()


async def test_the_page_holds_under_its_own_policy(harness: Harness, address: str, browser: Browser) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:6], tenant="patients")
    async with AsyncClient(address, OPERATOR) as staff:
        link = await staff.make_patient_link(claim)
    page = await browser.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    await page.goto(link.url)
    assert wrong == []  # the policy blocks nothing of the page
    assert await page.evaluate("getComputedStyle(document.querySelector('.sum')).fontWeight") == "700"  # styled
    await page.close()


@pytest.mark.parametrize("language", ["en", "es"])
async def test_an_estimate_is_for_everybody(browser: Browser, language: str) -> None:
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    made = await asyncio.to_thread(render_now, REQUEST, "html", language)  # pyright: ignore[reportArgumentType]
    await page.set_content(made.decode())
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert await violations(page) == []
    await page.close()
