"""The list of what waits for people, on Postgres: decisions and claims nobody answers, by pages, by tenant."""

from __future__ import annotations

import importlib
from datetime import date, timedelta

from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.domain.tasks import first_day
from shared.runtime.state_table import Stored
from tests.integration.settlement.conftest import ELSEWHERE, MANAGER, Service
from tests.stored import rewrite
from tests.unit.settlement.test_acts import waiting
from tests.unit.settlement.test_tasks import unjudged
from tests.unit.settlement.world import START, Script, World


def named(number: int) -> str:
    return f"{number:08d}-7a34-5b59-9f0b-0b1d4d9a2a10"


def big(number: int, *, expires_in: int) -> Script:
    """A final offer of 120,000 dollars, for a manager."""
    script = Script(scale=200, claim=named(number))
    script.underpaid()
    script.negotiation()
    script.offer("600.00", final=True, expires_in=expires_in)
    return script


async def test_decisions_are_listed_by_their_day_and_only_to_their_tenant(service: Service) -> None:
    for number, days in ((1, 30), (2, 4), (3, 7)):
        await service.receive(big(number, expires_in=days).take())
    async with service.client(MANAGER) as client:
        page = (await client.get("/v1/tasks")).json()
        # ten days for an approval, and never longer than the offer stands
        days = [(START + timedelta(days=n)).isoformat() for n in (4, 7, 10)]
        assert [(row["claim_id"], row["day"]) for row in page["tasks"]] == list(
            zip([named(2), named(3), named(1)], days, strict=True)
        )
        first = page["tasks"][0]
        assert (first["role"], first["at_stake"], first["days_left"]) == ("manager", "80000.00", 4)
        assert "as a manager" in first["task"] and first["why"]
        keys: list[str] = []
        after = ""
        while True:
            part = (await client.get("/v1/tasks", params={"limit": 1, "after": after})).json()
            assert part["total"] == 3
            keys += [row["key"] for row in part["tasks"]]
            if not (after := part["next"] or ""):
                break
        assert keys == [row["key"] for row in page["tasks"]]
        assert (await client.get("/v1/tasks", params={"after": "x"})).status_code == 422
        elsewhere = (await client.get("/v1/tasks", headers={"X-Tenant": "other"})).json()
        assert (elsewhere["tasks"], elsewhere["total"]) == ([], 0)
    async with service.client(ELSEWHERE) as client:
        assert (await client.get("/v1/tasks")).json()["total"] == 0
        assert (await client.get("/v1/tasks", headers={"X-Tenant": "t"})).status_code == 403
    async with service.client("") as client:
        assert (await client.get("/v1/tasks")).status_code == 401


async def test_an_offer_that_cannot_be_waits_with_its_reason_until_a_person_declines_it(service: Service) -> None:
    script = Script(claim=named(7))
    script.underpaid()
    script.negotiation()
    script.offer("20000.00")  # for a claim billed 1,000
    await service.receive(script.take())
    why = "$20,000.00 is more than the $1,000.00 billed for what it is about"
    async with service.client(MANAGER) as client:
        (task,) = (await client.get("/v1/tasks")).json()["tasks"]
        assert (task["kind"], task["why"]) == ("doubtful_offer", why)
        (offer,) = (await client.get(f"/v1/claims/{named(7)}")).json()["offers"]
        assert (offer["doubt"], offer["amount"], "status" in offer) == (why, "20000.00", False)
        url = f"/v1/claims/{named(7)}/offers/O1"
        terms = {"version": 1, "reason": "a slip of the payer's desk"}
        assert (await client.post(f"{url}/counter", json={**terms, "amount": "20001"})).status_code == 409
        after = (await client.post(f"{url}/decline", json=terms)).json()
        assert (after["phase"], after["offers"][0]["status"], "doubt" in after["offers"][0]) == (
            "pursued", "declined", False,
        )  # fmt: skip
        assert (await client.get("/v1/tasks")).json()["total"] == 0
        assert (await client.post(f"{url}/decline", json=terms)).status_code == 409
        assert (await client.get(f"/v1/claims/{named(7)}/decisions")).json()[-1]["why"] == terms["reason"]


async def test_accounts_from_before_have_the_same_day(service: Service) -> None:
    """The migration's SQL against the rule."""
    worlds: list[World] = [waiting()]
    for steps in (("offer",), ("unjudged",), ("agreed",), ("agreed", "late"), ("silence",), ("ended",)):
        w = World()
        w.received()
        for step in steps:
            if step == "silence":
                w.wait_until(START + timedelta(days=60))
                continue
            if step != "late":
                w.remitted("R1", "160.00", "40.00")
                unjudged(w) if step == "unjudged" else w.flagged()
            if step == "offer":
                w.offer("300.00", expires_in=20)
            if step == "agreed":
                w.negotiation()
                w.offer("800.00")
            if step == "late":
                w.wait_until(START + timedelta(days=32))
            if step == "ended":
                w.ended()
        worlds.append(w)
    rows = [Stored(named(n), w.account) for n, w in enumerate(worlds)]
    expected: dict[str, date | None] = {row.claim_id: first_day(row.state) for row in rows}
    assert sum(day is not None for day in expected.values()) == 5
    backfill = importlib.import_module("services.settlement.migrations.versions.0002_tasks").BACKFILL
    query = "SELECT claim_id::text, task_on FROM accounts"
    async with service.runtime.units.begin() as uow:
        await ACCOUNTS.save(uow.conn, rows, uow.now)
        kept = {r["claim_id"]: r["task_on"] for r in await uow.conn.fetch(query)}
        await uow.conn.execute("UPDATE accounts SET task_on = NULL")
        await rewrite(uow.conn, "accounts", lambda text: text)
        await uow.conn.execute(backfill)
        found = {r["claim_id"]: r["task_on"] for r in await uow.conn.fetch(query)}
    assert kept == expected == found
