"""The desk in a real headless Chromium: a page signed in by keyboard, and what axe finds on it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from playwright.async_api import Browser, Page, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
WCAG_AA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
expect.set_options(timeout=15_000)  # a page under test shares its machine with the rest of the suite
_ITS_OWN = ("data:", "blob:", "chrome-extension:", "chrome:")  # Chromium shows a PDF by parts of its own
_REFUSED = ("403 (Forbidden)", "404 (Not", "409 (Conflict)", "422 (Unprocessable", "502 (Bad", "503 (Service")


@asynccontextmanager
async def signed_in(browser: Browser, address: str, key: str, path: str = "/", **how: Any) -> AsyncGenerator[Page]:
    """The desk's `path`, signed in to by keyboard; an error that it logs, or a fetch from elsewhere, fails the test."""
    context = await browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | how))
    page = await context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: wrong.append(r.url) if not r.url.startswith((address, *_ITS_OWN)) else None)
    await page.goto(f"{address}/desk{path}")
    await expect(page.get_by_label("API key")).to_be_focused()
    await page.keyboard.type(key)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    yield page
    await context.close()
    unexpected = [text for text in wrong if not any(status in text for status in _REFUSED)]
    assert unexpected == [], unexpected


async def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    await page.evaluate(AXE)
    found = await page.evaluate("(options) => axe.run(document, options)", WCAG_AA)
    assert len(found["passes"]) > 10  # it did look
    return [f"{v['id']}: {n['html'][:120]}" for v in found["violations"] for n in v["nodes"]]


async def width(page: Page) -> int:
    """How wide the page is, what is off the screen included."""
    return await page.evaluate("document.documentElement.scrollWidth")
