"""What waits for us, of all services in one list: merged by pages and walled off."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx

from services.gateway.adapters.upstream import Upstream
from shared.staff import delegate_in
from shared.worklist import Place, place_of
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import new_claim, received


def row(key: str, **fields: Any) -> dict[str, Any]:
    day, claim_id, source = key.split("/")
    return {
        "key": key, "claim_id": claim_id, "source": source, "kind": "file", "task": "file it", "why": "a rule",
        "day": None if day == "9999-12-31" else day, "opens": None, "last": None, "days_left": 3, "also": [],
        "forum": "commercial_appeal", "level": 1, "assignee": "", "payer_id": "P1", "at_stake": "10.00", "role": "",
        **fields,
    }  # fmt: skip


class Services:
    """Appeals, settlement and intake as far as they tell what waits, each with rows by tenant."""

    def __init__(self, rows: dict[tuple[str, str], list[str]]) -> None:
        self.rows = rows
        self.away: set[str] = set()

    def answer(self, request: httpx.Request) -> httpx.Response:
        service, tenant = str(request.url.host), request.headers["x-tenant"]
        if service in self.away:
            return httpx.Response(503)
        if service == "intake":
            return httpx.Response(
                200, json={"held": 2, "remittances": 1, "recoupments": 0, "requests": 0, "deposits": 3}
            )
        person = delegate_in(["desk"], request.headers["authorization"], service=service)
        assert person is not None and person.tenant == tenant and person.role in ("negotiator", "manager")
        keys = sorted(self.rows.get((service, tenant), []))
        after, limit = request.url.params.get("after", ""), int(request.url.params["limit"])
        assert place_of(after) is None or place_of(after)
        return httpx.Response(
            200, json={"tasks": [row(key) for key in keys if key > after][:limit], "total": len(keys), "next": None}
        )


@contextmanager
def telling(harness: Harness, rows: dict[tuple[str, str], list[str]]) -> Generator[Services]:
    gateway, there = harness.app.state.gateway, Services(rows)
    before = gateway.upstream
    names = {name: f"http://{name}" for name in ("appeals", "settlement", "intake")}
    gateway.upstream = Upstream(names, "desk", "", transport=httpx.MockTransport(there.answer))
    try:
        yield there
    finally:
        gateway.upstream = before


async def test_pages_hold_every_task_once_in_the_order_of_their_days(harness: Harness) -> None:
    mine, theirs = new_claim(), new_claim()
    await harness.tell([received(mine, control="TASK-1")], tenant="tasks-a")
    await harness.tell([received(theirs, control="TASK-2")], tenant="tasks-b")
    one, two = new_claim(), new_claim()
    rows = {
        ("appeals", "tasks-a"): [f"2026-11-17/{mine}/case", f"2026-11-17/{mine}/letter", f"9999-12-31/{one}/case"],
        ("settlement", "tasks-a"): [f"2026-11-12/{one}/account", f"2026-11-17/{mine}/account"],
        ("appeals", "tasks-c"): [f"2026-11-13/{two}/case"],
        ("appeals", "tasks-b"): [f"2026-01-01/{theirs}/case"],
    }
    expected = sorted(key for (_, tenant), keys in rows.items() if tenant != "tasks-b" for key in keys)
    key = await make_key(harness, "negotiator", "tasks-a", "tasks-c")
    with telling(harness, rows) as there:
        async with harness.client(key) as client:
            for limit in (1, 2, 3, 50):
                found: list[dict[str, Any]] = []
                cursor = ""
                while True:
                    page = (await client.get("/v1/tasks", params={"limit": limit, "cursor": cursor})).json()
                    assert (page["total"], page["unavailable"]) == (len(expected), [])
                    assert page["unmatched"] == {
                        "held": 4, "remittances": 2, "recoupments": 0, "requests": 0, "statuses": 0, "deposits": 6,
                        "undeposited": 0,
                    }  # fmt: skip
                    found += page["items"]
                    if not (cursor := page["next"] or ""):
                        break
                assert [item["key"] for item in found] == expected, limit
            named = {item["claim_id"]: item["patient_control_number"] for item in found}
            assert named == {mine: "TASK-1", one: None, two: None}
            assert (await client.get("/v1/tasks", params={"cursor": "yesterday"})).status_code == 422
            assert (await client.get("/v1/tasks", headers={"X-Tenant": "tasks-b"})).status_code == 403
            narrowed = (await client.get("/v1/tasks", headers={"X-Tenant": "tasks-c"})).json()
            assert [item["claim_id"] for item in narrowed["items"]] == [two]
            there.away = {"settlement", "intake"}
            page = (await client.get("/v1/tasks")).json()
            assert (page["unavailable"], page["total"], page["unmatched"]) == (["settlement"], 4, None)
        async with harness.client(await make_key(harness, "auditor", "tasks-a")) as client:
            assert (await client.get("/v1/tasks")).status_code == 403


async def test_a_name_that_is_not_ascii_keeps_nobody_from_the_list(harness: Harness) -> None:
    """One record of a stranger made such a tenant, and the operator's list of all tenants failed."""
    name, claim = "Clínica São João", new_claim()
    await harness.tell([received(claim, control="TASK-3")], tenant=name)
    key = f"2026-01-01/{claim}/case"
    with telling(harness, {("appeals", name): [key]}):
        for who in (OPERATOR, await make_key(harness, "negotiator", name, "tasks-a")):
            async with harness.client(who) as client:
                every = await client.get("/v1/tasks")
                named = await client.get("/v1/tasks", headers={"X-Tenant": name.encode()})  # type: ignore[dict-item]
            assert (every.status_code, named.status_code) == (200, 200), every.text + named.text
            assert [item["key"] for item in named.json()["items"]] == [key]
            assert key in [item["key"] for item in every.json()["items"]]


def test_a_place_is_text_that_sorts_like_it() -> None:
    place = place_of("2026-11-17/6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11/case")
    assert place is not None and place.key == "2026-11-17/6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11/case"
    assert place < Place(place.day, place.claim_id, "letter") and place_of("") is None
