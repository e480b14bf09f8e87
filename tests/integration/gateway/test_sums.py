"""Running sums over claims are what the claims add up to, whatever is written, in whatever order, and by how many."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import asyncpg
import pytest

from services.gateway.adapters.sql.portfolio import percentiles
from services.gateway.adapters.sql.tables import CLAIMS
from services.gateway.domain.view import Assessment, ClaimView, Moments
from shared.lifecycle import State
from shared.runtime.state_table import Stored
from tests.integration.gateway.conftest import Harness
from tests.unit.gateway.lives import new_claim

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TENANTS = ("sums-a", "sums-b")


def drawn(dice: Random) -> ClaimView:
    """A claim at any point of its life, its amounts to the cent."""

    def dollars() -> Decimal:
        return Decimal(dice.randrange(-50_000, 500_000)).scaleb(-2)

    payer = dice.choice(("60054", "87726", ""))
    return ClaimView(
        state=dice.choice((State.RECEIVED, State.NEGOTIATING, State.CLOSED)),
        history=dice.choice((False, False, True)),
        payer_id=payer,
        payer_name=f"PLAN {payer}",
        specialty=dice.choice(("", "emergency medicine")),
        illegal=dice.choice((0, 0, 2)),
        billed=dollars(),
        allowed=dice.choice((None, dollars())),
        paid_at_first=dice.choice((None, dollars())),
        paid=dollars(),
        recovered=dollars(),
        assessment=dice.choice((None, Assessment("underpaid"), Assessment("paid_fairly"))),
        machine=Moments(received=NOW, flagged=dice.choice((None, NOW + timedelta(seconds=dice.choice((0, 0.25, 40)))))),
    )


def added_up(views: dict[str, Stored[ClaimView]]) -> dict[tuple[str, str, str], list[Any]]:
    """The same figures computed here, claim by claim."""
    sums: defaultdict[tuple[str, str, str], list[Any]] = defaultdict(lambda: [0] * 9)
    for row in views.values():
        v = row.state
        verdict = v.assessment.verdict if v.assessment else ""
        part = [1, int(verdict == "underpaid"), int(verdict != ""), v.illegal, v.billed, v.allowed or 0,
                v.paid_at_first or 0, v.paid, v.recovered]  # fmt: skip
        groups = {"status": v.state.value, "payer_id": v.payer_id, "specialty": v.specialty, "close_reason": "",
                  "forum": ""}  # fmt: skip
        if v.history:
            groups = {"status": "history"}
        if v.machine.flagged and not v.history:
            groups["flag"] = {0.0: "0", 0.25: "0.25", 40.0: "40"}[(v.machine.flagged - NOW).total_seconds()]
        for dimension, key in groups.items():
            kept = sums[row.tenant, dimension, key]
            kept[:] = [a + b for a, b in zip(kept, part, strict=True)]
    return dict(sums)


async def kept(pool: asyncpg.Pool) -> dict[tuple[str, str, str], list[Any]]:
    rows = await pool.fetch(
        "SELECT tenant, dimension, key, claims, underpaid, judged, illegal, billed, allowed, paid_at_first, paid, "
        "recovered FROM sums WHERE tenant = ANY($1) AND claims <> 0",
        list(TENANTS),
    )
    return {tuple(row)[:3]: list(row)[3:] for row in rows}  # type: ignore[misc]


@pytest.mark.parametrize("seed", [1, 2])
async def test_sums_follow_every_write(harness: Harness, seed: int) -> None:
    dice, pool = Random(seed), harness.app.state.runtime.pool
    await pool.execute("DELETE FROM claims WHERE tenant = ANY($1)", list(TENANTS))
    assert await kept(pool) == {}
    rows = {(c := new_claim()): Stored(c, drawn(dice), tenant=dice.choice(TENANTS)) for _ in range(400)}
    async with pool.acquire() as conn:
        await CLAIMS.save(conn, list(rows.values()), NOW)  # so many that they are copied
    assert await kept(pool) == added_up(rows)

    async def rewrite(some: list[str]) -> None:
        async with pool.acquire() as conn, conn.transaction():
            for half in (some[: len(some) // 2], some[len(some) // 2 :]):
                await CLAIMS.load(conn, half)
                for claim in half:
                    rows[claim].state, rows[claim].is_new = drawn(dice), False
                await CLAIMS.save(conn, [rows[claim] for claim in half], NOW)

    ids = sorted(rows)
    for _ in range(3):  # several transactions at once on claims of their own, whose sums are the same rows
        await asyncio.gather(*(rewrite(ids[n::3]) for n in range(3)))
        assert await kept(pool) == added_up(rows)
    with pytest.raises(asyncpg.PostgresError):
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute("UPDATE claims SET billed = 0 WHERE tenant = ANY($1)", list(TENANTS))
            await conn.execute("SELECT 1 / 0")
    assert await kept(pool) == added_up(rows), "what was rolled back is in no sum"
    gone = ids[::2]
    await pool.execute("DELETE FROM claims WHERE claim_id = ANY($1::uuid[])", gone)
    assert await kept(pool) == added_up({claim: row for claim, row in rows.items() if claim not in set(gone)})
    await pool.execute("DELETE FROM claims WHERE tenant = ANY($1)", list(TENANTS))


def test_percentiles_of_counted_seconds() -> None:
    assert percentiles([]).n == 0 and percentiles([]).p50 is None
    # 100 claims: 50 within 1 s, 90 within 2 s, 99 within 3 s, one in 9 s
    told = percentiles([(1.0, 50), (2.0, 40), (3.0, 9), (9.0, 1)])
    assert (told.n, told.p50, told.p90, told.p99) == (100, 1.0, 2.0, 3.0)
    told = percentiles([(1.0, 49), (2.0, 40), (3.0, 9), (9.0, 2)])
    assert (told.p50, told.p90, told.p99) == (2.0, 3.0, 9.0)
    assert percentiles([(7.0, 1)]).p50 == 7.0
