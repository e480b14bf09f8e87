"""Pictures of the desk for README and docs, of real claims on a stack of their own: `recoup screenshots`."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from rich.console import Console

from recoup_tools.demo.calendar import Calendar
from recoup_tools.demo.generator import generate
from recoup_tools.stack import Stack, StackError
from shared.calendar import EASTERN, legal_day
from shared.clock import Clock

_STEPS = 12
_PATIENCE = 900.0
_WIDE, _PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


async def take(state: Path, out: Path, console: Console, *, claims: int) -> list[Path]:
    """Play two lots of claims, the first for some weeks, and photograph every view; returns the pictures."""
    shutil.rmtree(state, ignore_errors=True)
    stack = Stack(state, say=console.print, rehearsal=True)
    try:
        await stack.up(simulator=True)
        calendar = Calendar(stack)
        try:
            await _submit(stack, state / "first", claims, seed=1)
            await _rest(calendar)
            for _ in range(_STEPS):
                await calendar.step()
                await _rest(calendar)
            await _submit(stack, state / "second", claims // 2, seed=2)
            await _rest(calendar)
        finally:
            await calendar.close()
        return await _photograph(stack, out)
    finally:
        stack.down()


async def _submit(stack: Stack, folder: Path, claims: int, *, seed: int) -> None:
    today = legal_day(Clock(stack.clock_file).now(), EASTERN)
    manifest = generate(folder, claims=claims, seed=seed, today=today)
    headers = {"Authorization": f"Bearer {stack.admin_token}", "X-Tenant": stack.tenant}
    async with httpx.AsyncClient(timeout=600, headers=headers) as http:
        for entry in manifest.files:
            answer = await http.post(f"{stack.url('intake')}/v1/edi", content=(folder / entry.name).read_bytes())
            if answer.status_code not in (200, 422):  # 422: a file that holds nothing but claims to be refused
                raise StackError(f"intake answered {answer.status_code} to {entry.name}", exit_code=1)


async def _rest(calendar: Calendar) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not await calendar.quiet():
        if time.monotonic() > deadline:
            raise StackError("the services do not come to rest", exit_code=1)
        await asyncio.sleep(0.1)


async def _photograph(stack: Stack, out: Path) -> list[Path]:
    try:
        from playwright.async_api import async_playwright, expect
    except ImportError:
        raise StackError("playwright is not installed", "run `uv sync`") from None
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise StackError("there is no Chromium on this machine", "install it, e.g. `apt install chromium`")
    url, token = stack.url("gateway"), stack.admin_token
    case = await _case(url, token)
    won = await _claim(url, token, ["closed"])
    dark = {"viewport": _WIDE, "color_scheme": "dark"}
    shots: list[tuple[str, str, dict[str, Any]]] = [
        ("work", "work?queue=all", {"viewport": _WIDE}),
        ("case", f"work?queue=all&case={quote(case, safe='')}", {"viewport": _WIDE}),
        ("case-dark", f"claim/{won}?tab=money", dark),
        ("results", "results?period=all", {"viewport": _WIDE}),
        ("results-dark", "results?period=all", dark),
        ("operations", "ops", {"viewport": _WIDE}),
        ("work-phone", "work?queue=all", {"viewport": _PHONE}),
    ]
    pictures: list[Path] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, view, how in shots:
            context = await browser.new_context(**how)
            page = await context.new_page()
            await page.add_init_script(f"sessionStorage.setItem('key', {json.dumps(token)})")
            await page.goto(f"{url}/desk/{view}")
            await page.get_by_text("Live", exact=True).wait_for(state="attached")
            await expect(page.locator(".bone")).to_have_count(0, timeout=30_000)  # all that was asked for is there
            await page.wait_for_timeout(1000)  # a picture of a chart comes in
            path = out / f"{name}.png"
            await page.screenshot(path=path)
            pictures.append(path)
            await context.close()
        await browser.close()
    return pictures


async def _case(url: str, token: str) -> str:
    """The live dispute with the most to show: an offer, and the most at stake."""
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        found = await client.get("/v1/cases", params={"limit": 200, "sort": "-at_stake"})
        items: list[dict[str, Any]] = found.raise_for_status().json()["items"]
    if not items:
        raise StackError("the run left no live dispute", exit_code=1)
    return str(max(items, key=lambda row: (row["queue"] == "decide", row["offer"] is not None))["key"])


async def _claim(url: str, token: str, states: list[str]) -> str:
    """A claim in one of these states with the most to show."""
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        found = await client.post("/v1/claims/search", json={"state": states, "limit": 200})
        items: list[dict[str, Any]] = found.raise_for_status().json()["items"]
    if not items:
        raise StackError(f"the run left no claim in the state {states[0]}", exit_code=1)
    best = max(items, key=lambda c: (float(c["amounts"]["recovered"]) > 0, len(c["offers"]), c["events"]))
    return str(best["claim_id"])
