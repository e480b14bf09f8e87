"""The desk's list at length: whole queues are counted as they are written, and every question is asked of an index."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from services.gateway.domain.queues import QUEUES, CaseRow, Move
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_cases import SORTS

ROWS = 4000
NAMES = ("claim_id", "place", "tenant", "queue", "case_id", "state", "forum", "payer_id", "payer_name", "code",
         "service_from", "owner", "role", "due", "billed", "allowed", "offer", "at_stake", "expected", "offer_share",
         "content", "updated_at")  # fmt: skip


def drawn(dice: Random, tenant: str, n: int) -> tuple[Any, ...]:
    """A row among many: one of 40 payers, 200 codes, 300 days, amounts to the cent."""
    queue, day = dice.choice(QUEUES), date(2026, 3, 1) + timedelta(dice.randrange(300))
    stake = Decimal(dice.randrange(100, 900_000)).scaleb(-2)
    row = CaseRow(place=0, queue=queue, state="negotiating", move=Move(words="Wait"), at_stake=stake)
    return (
        uuid.UUID(int=dice.getrandbits(128)), 0, tenant, queue, str(uuid.UUID(int=dice.getrandbits(128))),
        "negotiating", "open_negotiation", str(60_000 + n % 40), f"PLAN {n % 40}", str(99_000 + n % 200), day,
        f"person {n % 25}", "", day, stake * 3, stake * 2, None, stake, stake / 2, Decimal(n % 9000).scaleb(-4),
        msgspec.json.encode(row).decode(), datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=n),
    )  # fmt: skip


async def fill(harness: Harness, tenant: str, rows: int) -> None:
    dice = Random(7)
    async with harness.app.state.gateway.runtime.pool.acquire() as conn:
        records = [drawn(dice, tenant, n) for n in range(rows)]
        await conn.copy_records_to_table("desk", records=records, columns=NAMES)
        await conn.execute("ANALYZE desk")


async def test_running_counts_are_what_the_rows_add_up_to(harness: Harness) -> None:
    await fill(harness, "counted", 300)
    kept = "SELECT tenant, queue, count, at_stake FROM desk_sums WHERE count <> 0 OR at_stake <> 0 ORDER BY 1, 2"
    added = "SELECT tenant, queue, count(*) AS count, sum(at_stake) AS at_stake FROM desk GROUP BY 1, 2 ORDER BY 1, 2"
    async with harness.app.state.gateway.runtime.pool.acquire() as conn:
        for change in (
            "SELECT 1",
            "UPDATE desk SET queue = 'decide' WHERE queue IN ('file', 'idr')",
            "UPDATE desk SET at_stake = at_stake + 0.01, tenant = 'moved' WHERE queue = 'needs'",
            "DELETE FROM desk WHERE queue = 'waiting'",
            """INSERT INTO desk (tenant, claim_id, place, queue, case_id, state, forum, payer_id, payer_name, code,
                   service_from, owner, role, due, billed, at_stake, expected, offer_share, content, updated_at)
               SELECT tenant, claim_id, place + add, 'unpaid', case_id, state, forum, payer_id, payer_name, code,
                   service_from, owner, role, due, billed, 7.07, expected, offer_share, content, updated_at
               FROM desk, (VALUES (0), (1)) AS n (add) WHERE queue = 'decide'
               ON CONFLICT (claim_id, place) DO UPDATE SET queue = excluded.queue, at_stake = excluded.at_stake""",
        ):
            await conn.execute(change)
            rows = await conn.fetch(added)
            assert rows and await conn.fetch(kept) == rows, change
        await conn.execute("TRUNCATE desk")
        assert await conn.fetch(kept) == []


class Asked:
    """Plans of what the list asks the database, as its reader runs it."""

    def __init__(self, harness: Harness, tenant: str) -> None:
        self.tenant = tenant
        self.pool = harness.app.state.gateway.cases.pool
        self.size = harness.settings.gateway_readers
        self.said: list[tuple[str, tuple[Any, ...]]] = []

    async def listen(self) -> None:
        connections = [await self.pool.acquire() for _ in range(self.size)]
        for one in connections:
            one.add_query_logger(self.note)
        for one in connections:
            await self.pool.release(one)

    def note(self, record: Any) -> None:
        if " FROM desk " in str(record.query):
            self.said.append((str(record.query), tuple(record.args)))

    async def plans(self) -> list[dict[str, Any]]:
        """Of each statement since the last call its steps, all in one list."""
        said, self.said = self.said, []
        found: list[dict[str, Any]] = []
        async with self.pool.acquire() as conn, conn.transaction():
            await conn.execute("SELECT set_config('recoup.tenants', $1, true)", self.tenant)
            for text, arguments in said:
                plan = json.loads(await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", *arguments))
                found += steps(plan[0]["Plan"])
        self.said = []
        return found


def steps(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(step for inner in plan.get("Plans", ()) for step in steps(inner))]


async def test_every_order_filter_and_reading_of_a_search_is_answered_by_an_index(harness: Harness) -> None:
    await fill(harness, "long", ROWS)
    asked = Asked(harness, "long")
    await asked.listen()
    async with harness.client(await make_key(harness, "negotiator", "long")) as client:
        for sort in SORTS:
            first = (await client.get("/v1/cases", params={"sort": sort})).json()
            assert (first["total"], len(first["items"])) == (ROWS, 50)
            asked.said = []
            assert (await client.get("/v1/cases", params={"sort": sort, "cursor": first["next"]})).status_code == 200
            plan = await asked.plans()
            assert [step for step in plan if step["Node Type"] in ("Sort", "Seq Scan")] == [], sort
            assert any("ROW(" in step.get("Index Cond", "") for step in plan), f"{sort}: its pages start by the index"
        one = (await client.get("/v1/cases", params={"limit": 1})).json()["items"][0]["claim_id"]
        asked.said = []
        for q in ("plan 7", "$1,234.50", "99007-25", "EFT-1", "4/1/2026", one, one[:8], "60003", "nothing"):
            assert (await client.get("/v1/cases", params={"q": q})).status_code == 200
            plan = await asked.plans()
            passed_over = sum(step.get("Rows Removed by Filter", 0) for step in plan)
            assert not [step for step in plan if step["Node Type"] == "Seq Scan"], q
            assert passed_over < ROWS / 4, f"{q}: {passed_over} rows are read that do not fit"
        for params in ({"owner": "person 7"}, {"payer_id": "60003"}, {"due_until": "2026-03-20"}):
            assert 0 < (await client.get("/v1/cases", params=params)).json()["total"] < ROWS / 4
            assert not [step for step in await asked.plans() if step["Node Type"] == "Seq Scan"], params
