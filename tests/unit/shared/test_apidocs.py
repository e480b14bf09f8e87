"""`/docs` of every service is a page that loads nothing from elsewhere and runs nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.appeals import main as appeals
from services.benchmark import main as benchmark
from services.gateway import main as gateway
from services.intake import main as intake
from services.settlement import main as settlement
from shared.runtime.apidocs import page
from shared.settings import Settings

KEYS = SecretStr(base64.urlsafe_b64encode(bytes(36)).decode())
DSN = SecretStr("postgresql://nobody@localhost/none")
SERVICES: dict[str, tuple[type[Settings], Callable[[Any], FastAPI]]] = {
    "appeals": (appeals.AppealsSettings, appeals.build),
    "benchmark": (benchmark.BenchmarkSettings, benchmark.build),
    "gateway": (gateway.GatewaySettings, gateway.build),
    "intake": (intake.IntakeSettings, intake.build),
    "settlement": (settlement.SettlementSettings, settlement.build),
}


class Loaded(HTMLParser):
    """What a page would fetch, and whether it would run or style anything of its own."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a":
            self.links.append(named.get("href") or "")
        elif tag in ("link", "img", "iframe", "object", "embed"):
            self.fetched += [named[name] or "" for name in ("href", "src", "data") if name in named]
        self.inline += [tag] if tag in ("script", "style", "base") else []
        self.inline += [name for name in named if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("name", SERVICES)
async def test_the_page_of_a_service_stands_alone(name: str) -> None:
    settings, build = SERVICES[name]
    made: Any = settings
    transport = httpx.ASGITransport(build(made(DATABASE_URL=DSN, phi_keys=KEYS)))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        answer = await client.get("/docs")
        found = Loaded(answer.text)
        assert (answer.status_code, found.fetched, found.inline) == (200, ["/docs/style.css"], [])
        assert all(link.startswith("/") for link in found.links)
        assert answer.headers["content-security-policy"].startswith("default-src 'self'; script-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        style = await client.get(found.fetched[0])
        assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert "url(" not in style.text and "@import" not in style.text
        document = (await client.get("/openapi.json")).json()
        for path in document["paths"]:
            assert path in answer.text, "every route is on the page"


def test_nothing_of_the_document_is_taken_for_markup() -> None:
    attack = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    operation = {
        "operationId": attack,
        "summary": attack,
        "description": attack,
        "tags": [attack],
        "parameters": [{"name": attack, "in": attack, "description": attack}],
        "requestBody": {"description": attack},
        "responses": {"200": {"description": attack, "content": {attack: {"schema": {"$ref": attack}}}}},
    }
    text = page(
        {
            "info": {"title": attack, "version": attack, "description": attack},
            "paths": {f"/{attack}": {"get": operation}},
            "components": {"schemas": {attack: {"description": attack}}},
        }
    )
    found = Loaded(text)
    assert (found.fetched, found.inline) == (["/docs/style.css"], [])
