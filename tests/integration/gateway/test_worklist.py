"""The worklist by dollars on a running gateway: what it chooses, for whom, and how long 50,000 disputes take."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
from msgspec.structs import replace

from services.gateway.domain.queues import CaseRow, Move, Queue
from shared.events import Event
from shared.events.tasks import CaseTasksChanged, WaitingTask
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_case_indexes import NAMES, drawn
from tests.unit.gateway.lives import new_claim, won

OPEN = 50_000
_MOVES: tuple[tuple[Queue, str], ...] = (
    ("file", "file"), ("decide", "offer"), ("idr", "idr_window"), ("unpaid", "unpaid"), ("needs", "records"),
)  # fmt: skip


LAST, PASSED = date(2035, 3, 12), date(2026, 4, 10)


def to_do(claim: str, kind: str, day: date, assignee: str = "") -> list[Event]:
    task = WaitingTask(kind=kind, task="file the appeal", forum="commercial_appeal", day=day, why="rule")
    return [*won(claim, control=claim[:8])[:4], CaseTasksChanged(claim_id=claim, tasks=(task,), assignee=assignee)]


async def test_moves_are_chosen_by_the_dollars_that_hang_on_them(harness: Harness) -> None:
    filing, late, other = new_claim(), new_claim(), new_claim()
    await harness.publish(to_do(filing, "file", LAST, "ada"), tenant="by-dollars")
    await harness.publish(to_do(late, "file", PASSED), tenant="by-dollars")
    await harness.tell(to_do(other, "file", LAST), tenant="by-dollars-b")
    async with harness.client(await make_key(harness, "negotiator", "by-dollars")) as client:
        rows = {row["claim_id"]: row for row in (await client.get("/v1/cases")).json()["items"]}
        plan = (await client.get("/v1/worklist", params={"capacity": 8})).json()
        items = {item["claim_id"]: item for item in plan["items"]}
        assert set(items) == {filing}, "a period that has passed brings nothing"
        assert (plan["passed"]["count"], plan["passed"]["gain"]) == (1, rows[late]["expected"])
        assert items[filing]["gain"] == rows[filing]["expected"], "the period ends: all of it hangs on the filing"
        assert items[filing]["last"] == LAST.isoformat()
        assert plan["exact"] and plan["gain"] == plan["at_most"]
        assert "the forum is closed" in items[filing]["why"]
        mine = (await client.get("/v1/worklist", params={"capacity": 8, "owner": "ada"})).json()
        assert [item["claim_id"] for item in mine["items"]] == [filing]
        none = (await client.get("/v1/worklist", params={"capacity": 0})).json()
        assert (none["items"], none["unplaced"]["count"]) == ([], plan["chosen"])
        assert (await client.get("/v1/worklist", params={"capacity": -1})).status_code == 422
        assert (await client.get("/v1/worklist", params={"capacity": "many"})).status_code == 422
        assert (await client.get("/v1/worklist", headers={"X-Tenant": "by-dollars-b"})).status_code == 403
    async with harness.client(await make_key(harness, "auditor", "by-dollars")) as client:
        assert (await client.get("/v1/worklist", params={"capacity": 8})).status_code == 403
        log = (await client.get("/v1/access-log", params={"action": "worklist"})).json()["items"]
        assert any(filing in str(item) for item in log)


async def test_fifty_thousand_open_disputes_are_planned_in_two_seconds(harness: Harness) -> None:
    dice, tenant = Random(11), "many-moves"
    async with harness.app.state.gateway.runtime.pool.acquire() as conn:
        records = list[tuple[object, ...]]()
        for n in range(OPEN):
            values = dict(zip(NAMES, drawn(dice, tenant, n), strict=True))
            queue, kind = dice.choice(_MOVES)
            stake: Decimal = values["at_stake"]
            row = msgspec.json.decode(values["content"], type=CaseRow)
            move = Move(words="Do it", kind=kind, due=date(2027, 1, 1 + n % 28), why="45 CFR 149.510(b)(2)(i)")
            row = replace(row, queue=queue, expected=stake / 2, move=move)
            values |= {"queue": queue, "content": msgspec.json.encode(row).decode()}
            records.append(tuple(values.values()))
        await conn.copy_records_to_table("desk", records=records, columns=NAMES)
        await conn.execute("ANALYZE desk")
    async with harness.client(await make_key(harness, "negotiator", tenant)) as client:
        for params in ({"capacity": 8}, {"capacity": 200, "per_day": 40}):
            took, waited, plan = 9.0, 9.0, dict[str, Any]()
            for _ in range(3):  # the best of three: others use these cores
                began, asked = time.process_time(), time.perf_counter()
                plan = (await client.get("/v1/worklist", params=params)).json()
                took, waited = min(took, time.process_time() - began), min(waited, time.perf_counter() - asked)
            assert plan["chosen"] + plan["unplaced"]["count"] == OPEN
            assert Decimal(plan["gain"]) >= Decimal(plan["at_most"]) * Decimal("0.98")
            print(params, f"{took:.2f} s of this process, {waited:.2f} s by the clock")
            assert took < 2, f"{params}: {took:.2f} s"
