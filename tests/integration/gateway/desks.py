"""Appeals and settlement as far as the gateway's desk talks to them, on a transport of their own."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx

from services.gateway.adapters.dead_letters import DeadLetters
from services.gateway.adapters.upstream import Upstream
from shared.staff import delegate_in
from tests.integration.gateway.conftest import Harness

OFFER = {
    "offer_id": "o2", "side": "payer", "source": "payer", "amount": "650.00", "made_on": "2026-04-08",
    "version": 2, "expires_on": "2026-04-20", "status": "open",
}  # fmt: skip
WAITING = {
    "decision": 3, "offer_id": "o2", "version": 2, "action": "accept", "amount": "650.00",
    "expected_value": "600.00", "role": "negotiator", "until": "2026-04-19", "reasons": ["above the engine's limit"],
}  # fmt: skip
LETTER: dict[str, Any] = {
    "filing": 1, "forum": "open_negotiation", "level": 1, "kind": "on_notice", "state": "proven",
    "day": "2026-03-20", "proof": "fax 17", "problem": "", "missing": [], "weak_evidence": "",
}  # fmt: skip
PLAN: dict[str, Any] = {
    "filings": [{
        "kind": "single", "claim_ids": ["6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"], "lines": 1, "basis": "one item",
        "administrative_fee": "115.00", "entity_fee": "500.00", "opens": "2026-05-01", "closes": "2026-05-06",
        "rule": "45 CFR 149.510(c)(3)",
    }],
    "fees": "615.00", "fees_single": "615.00", "saving": "0.00", "left_out": [],
}  # fmt: skip
FILING = {
    "number": 1, "forum": "open_negotiation", "level": 1, "filed_on": "2026-03-20",
    "documents": [{"kind": "on_notice", "version": "1", "sha256": "0" * 64}],
}  # fmt: skip


class Desks:
    """What they were asked, and how they answer acts."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.people: list[tuple[str, str]] = []
        self.planned_for: list[str] = []
        self.refusal: httpx.Response | None = None
        self.letters: list[dict[str, Any]] = [LETTER]
        self.offers: list[dict[str, Any]] = [OFFER]
        self.waiting: dict[str, Any] | None = WAITING

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = f"{request.url.host}{request.url.path}"
        body: dict[str, Any] = json.loads(request.content) if request.content else {}
        self.asked.append((request.method, path, body))
        if path.endswith("/admin/dead-letters/replay"):
            good = request.headers["authorization"] == "Bearer operator"
            return httpx.Response(200, json={"handled": 2, "parked": 0}) if good else httpx.Response(401)
        if path.startswith("intake/"):
            return httpx.Response(200, json={} if path.endswith("/counts") else [])
        authorization = request.headers["authorization"]
        person = delegate_in(["desk"], authorization, service=str(request.url.host))
        if person is None or person.tenant != request.headers["x-tenant"]:
            return httpx.Response(401)
        self.people.append((person.name, person.role))
        if path.endswith("/idr/plan"):
            self.planned_for.append(person.tenant)
            return httpx.Response(200, json=PLAN)
        if request.method == "POST":
            return self.refusal or httpx.Response(200, json={"phase": "settled"})
        if "/documents/" in path or path.endswith("release-letter"):
            return httpx.Response(200, content=b"%PDF-1.7 letter", headers={"content-type": "application/pdf"})
        if path.endswith("/ledger"):
            return httpx.Response(200, json={"proved": True, "entries": []})
        if path.startswith("settlement/"):
            return httpx.Response(
                200, json={"phase": "talking", "offers": self.offers, "waiting_decision": self.waiting}
            )
        if path.endswith("/letters"):
            return httpx.Response(200, json={"letters": self.letters})
        return httpx.Response(200, json={"filings": [FILING]})

    @property
    def acts(self) -> list[tuple[str, dict[str, Any]]]:
        return [(path, body) for method, path, body in self.asked if method == "POST"]


@contextmanager
def desks(harness: Harness, *, intake: bool = False) -> Generator[Desks]:
    """Put them behind the gateway while the block runs; intake, with nothing that waits, where it is wanted."""
    gateway = harness.app.state.gateway
    before, letters, there = gateway.upstream, gateway.dead_letters, Desks()
    services = {"appeals": "http://appeals", "settlement": "http://settlement"}
    if intake:
        services["intake"] = "http://intake"
    gateway.upstream = Upstream(services, "desk", "operator", transport=httpx.MockTransport(there.answer))
    gateway.dead_letters = DeadLetters(gateway.runtime, gateway.upstream)
    try:
        yield there
    finally:
        gateway.upstream, gateway.dead_letters = before, letters
