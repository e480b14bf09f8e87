"""Figures over many claims, and the books: what every claim came to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Any, Literal

import asyncpg
import msgspec

from services.gateway.adapters.sql.reader import Reader
from services.gateway.application.access import Principal
from shared.db.pool import Connection

GroupBy = Literal["payer_id", "specialty", "forum", "close_reason"]


class Percentiles(msgspec.Struct, frozen=True):
    """Seconds; null while nothing was measured. `n` claims were."""

    n: int
    p50: float | None
    p90: float | None
    p99: float | None


class Group(msgspec.Struct, frozen=True):
    """Claims that share a value: how many, how many underpaid, and their dollars."""

    key: str
    name: str
    claims: int
    underpaid: int
    billed: Decimal
    paid: Decimal
    recovered: Decimal


class Portfolio(msgspec.Struct, frozen=True):
    """Everything the caller may see, summed. `latency` is machine time, whatever the business calendar says."""

    claims: int
    by_state: dict[str, int]
    by_close_reason: dict[str, int]
    underpaid: int
    judged: int
    illegal_transitions: int
    billed: Decimal
    allowed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    latency: dict[str, Percentiles]


_SUMS = """
SELECT status, close_reason, count(*) AS claims,
    count(*) FILTER (WHERE verdict = 'underpaid') AS underpaid, count(*) FILTER (WHERE verdict <> '') AS judged,
    sum(illegal) AS illegal, sum(billed) AS billed, coalesce(sum(allowed), 0) AS allowed,
    coalesce(sum(paid_at_first), 0) AS paid_at_first, sum(paid) AS paid, sum(recovered) AS recovered
FROM claims GROUP BY status, close_reason
"""
_LATENCY = """
SELECT count(seconds_to_flag) AS flag_n, percentile_cont(ARRAY[0.5, 0.9, 0.99])
        WITHIN GROUP (ORDER BY seconds_to_flag) AS flag,
    count(seconds_to_settle) AS settle_n, percentile_cont(ARRAY[0.5, 0.9, 0.99])
        WITHIN GROUP (ORDER BY seconds_to_settle) AS settle,
    count(seconds_to_close) AS close_n, percentile_cont(ARRAY[0.5, 0.9, 0.99])
        WITHIN GROUP (ORDER BY seconds_to_close) AS close
FROM claims
"""
_GROUPS = """
SELECT {key} AS key, {name} AS name, count(*) AS claims, count(*) FILTER (WHERE verdict = 'underpaid') AS underpaid,
    sum(billed) AS billed, sum(paid) AS paid, sum(recovered) AS recovered
FROM claims GROUP BY {key} ORDER BY recovered DESC, key LIMIT 200
"""


async def portfolio(reader: Reader, who: Principal) -> Portfolio:
    """The sums of the caller's claims."""
    async with reader.session(who) as conn:
        rows = await conn.fetch(_SUMS)
        latency = await _latency(conn)

    def total(name: str) -> Any:
        return sum((row[name] for row in rows), Decimal("0.00"))

    by_state: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for row in rows:
        by_state[row["status"]] = by_state.get(row["status"], 0) + row["claims"]
        if row["close_reason"]:
            reasons[row["close_reason"]] = reasons.get(row["close_reason"], 0) + row["claims"]
    return Portfolio(
        claims=sum(by_state.values()),
        by_state=dict(sorted(by_state.items())),
        by_close_reason=dict(sorted(reasons.items())),
        underpaid=int(total("underpaid")),
        judged=int(total("judged")),
        illegal_transitions=int(total("illegal")),
        billed=total("billed"),
        allowed=total("allowed"),
        paid_at_first=total("paid_at_first"),
        paid=total("paid"),
        recovered=total("recovered"),
        latency=latency,
    )


async def _latency(conn: Connection) -> dict[str, Percentiles]:
    row = await conn.fetchrow(_LATENCY)
    assert row is not None

    def of(name: str) -> Percentiles:
        values = row[name] or (None, None, None)
        return Percentiles(row[f"{name}_n"], *(None if v is None else round(v, 3) for v in values))

    return {"received_to_flagged": of("flag"), "received_to_settled": of("settle"), "received_to_closed": of("close")}


async def groups(reader: Reader, who: Principal, by: GroupBy) -> list[Group]:
    """The caller's claims by payer, specialty, forum or reason of closing; those with most recovered first."""
    name = "max(payer_name)" if by == "payer_id" else by
    async with reader.session(who) as conn:
        rows = await conn.fetch(_GROUPS.format(key=by, name=name))
    return [Group(**dict(row)) for row in rows]


class BooksLine(msgspec.Struct, frozen=True):
    """What one claim came to.

    `paid` is summed by the gateway over the remittances on the log; `closed_*` are settlement's closing figures, null
    while the claim is open. The two were reckoned apart from each other, so they check each other.
    """

    claim_id: str
    tenant: str
    state: str
    close_reason: str
    verdict: str
    billed: Decimal
    paid_at_first: Decimal | None
    paid: Decimal
    recovered: Decimal
    closed_billed: Decimal | None
    closed_paid: Decimal | None
    closed_recovered: Decimal | None
    closed_costs: Decimal | None
    remittances: int
    events: int
    illegal_transitions: int


_BOOKS = """
SELECT claim_id, tenant, status, close_reason, verdict, billed, paid_at_first, paid, recovered, illegal,
    (state->'books'->>'billed')::numeric AS closed_billed, (state->'books'->>'paid')::numeric AS closed_paid,
    (state->'books'->>'recovered')::numeric AS closed_recovered, (state->'books'->>'costs')::numeric AS closed_costs,
    coalesce((state->>'remittances')::int, 0) AS remittances, (state->>'events')::int AS events
FROM claims ORDER BY claim_id
"""


async def books(reader: Reader, who: Principal) -> AsyncGenerator[BooksLine]:
    """Every claim of the caller, from one snapshot, a thousand at a time."""
    async with reader.session(who) as conn:
        async for row in conn.cursor(_BOOKS, prefetch=1000):
            yield _line(row)


def _line(row: asyncpg.Record) -> BooksLine:
    return BooksLine(
        claim_id=str(row["claim_id"]),
        tenant=row["tenant"],
        state=row["status"],
        close_reason=row["close_reason"],
        verdict=row["verdict"],
        billed=row["billed"],
        paid_at_first=row["paid_at_first"],
        paid=row["paid"],
        recovered=row["recovered"],
        closed_billed=row["closed_billed"],
        closed_paid=row["closed_paid"],
        closed_recovered=row["closed_recovered"],
        closed_costs=row["closed_costs"],
        remittances=row["remittances"],
        events=row["events"],
        illegal_transitions=row["illegal"],
    )
