"""Figures over many claims, and the books: what every claim came to."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncGenerator, Sequence
from decimal import Decimal
from itertools import accumulate
from math import ceil
from typing import Any
from uuid import UUID

from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.sql.tables import HISTORY
from services.gateway.application.access import Principal
from services.gateway.application.figure_ports import BooksLine, Group, GroupBy, HistoryFigures, Percentiles, Portfolio
from shared.db.pool import Connection
from shared.db.rows import Row


class _GroupRow(Row):
    key: str
    name: str
    claims: int
    underpaid: int
    billed: Decimal
    paid: Decimal
    recovered: Decimal


class _SumsRow(Row):
    dimension: str
    key: str
    claims: int
    underpaid: int
    judged: int
    illegal: int
    billed: Decimal
    allowed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal


class _LatencyRow(Row):
    dimension: str
    seconds: float
    claims: int


class _BooksRow(Row):
    claim_id: UUID
    tenant: str
    status: str
    close_reason: str
    verdict: str
    billed: Decimal
    paid_at_first: Decimal | None
    paid: Decimal
    recovered: Decimal
    illegal: int
    closed_billed: Decimal | None
    closed_paid: Decimal | None
    closed_recovered: Decimal | None
    closed_costs: Decimal | None
    remittances: int
    events: int


_SUMS = """
SELECT dimension, key, sum(claims)::bigint AS claims, sum(underpaid)::bigint AS underpaid,
    sum(judged)::bigint AS judged, sum(illegal)::bigint AS illegal, sum(billed) AS billed, sum(allowed) AS allowed,
    sum(paid_at_first) AS paid_at_first, sum(paid) AS paid, sum(recovered) AS recovered
FROM sums WHERE dimension = ANY ('{status,close_reason}') AND claims > 0 GROUP BY dimension, key ORDER BY key
"""
_LATENCY = """
SELECT dimension, key::double precision AS seconds, sum(claims)::bigint AS claims
FROM sums WHERE dimension = ANY ('{flag,settle,close}') AND claims > 0 GROUP BY dimension, key ORDER BY 2
"""
_GROUPS = """
SELECT key, max(name) AS name, sum(claims)::bigint AS claims, sum(underpaid)::bigint AS underpaid,
    sum(billed) AS billed, sum(paid) AS paid, sum(recovered) AS recovered
FROM sums WHERE dimension = $1 AND claims > 0 GROUP BY key ORDER BY recovered DESC, key LIMIT 200
"""


async def portfolio(reader: Reader, who: Principal) -> Portfolio:
    """The sums of the caller's claims."""
    async with reader.session(who) as conn:
        rows = await conn.fetch(_SUMS, record_class=_SumsRow)
        latency = await _latency(conn)

    statuses = {row.key: row for row in rows if row.dimension == "status"}
    past = statuses.pop(HISTORY, None)
    states = list(statuses.values())

    def total(name: str) -> Any:
        return sum((row[name] for row in states), Decimal("0.00"))

    return Portfolio(
        claims=int(total("claims")),
        by_state={row.key: row.claims for row in states},
        by_close_reason={r.key: r.claims for r in rows if r.dimension == "close_reason" and r.key},
        underpaid=int(total("underpaid")),
        judged=int(total("judged")),
        illegal_transitions=int(total("illegal")),
        billed=total("billed"),
        allowed=total("allowed"),
        paid_at_first=total("paid_at_first"),
        paid=total("paid"),
        recovered=total("recovered"),
        latency=latency,
        history=HistoryFigures(*(past[name] for name in HistoryFigures.__struct_fields__))
        if past
        else HistoryFigures(),
    )


async def _latency(conn: Connection) -> dict[str, Percentiles]:
    counted: dict[str, list[tuple[float, int]]] = {"flag": [], "settle": [], "close": []}
    for row in await conn.fetch(_LATENCY, record_class=_LatencyRow):
        counted[row.dimension].append((row.seconds, row.claims))
    return {
        "received_to_flagged": percentiles(counted["flag"]),
        "received_to_settled": percentiles(counted["settle"]),
        "received_to_closed": percentiles(counted["close"]),
    }


def percentiles(counted: Sequence[tuple[float, int]]) -> Percentiles:
    """Of (seconds, claims) pairs in their order: the least seconds within which that share of the claims was done."""
    reached = list(accumulate(claims for _, claims in counted))
    if not reached:
        return Percentiles(0, None, None, None)
    n = reached[-1]
    return Percentiles(
        n, *(counted[bisect_left(reached, ceil(n * hundredths / 100))][0] for hundredths in (50, 90, 99))
    )


async def groups(reader: Reader, who: Principal, by: GroupBy) -> list[Group]:
    """The caller's claims by payer, specialty, forum or reason of closing; those with most recovered first."""
    async with reader.session(who) as conn:
        rows = await conn.fetch(_GROUPS, by, record_class=_GroupRow)
    return [Group(row.key, row.name, row.claims, row.underpaid, row.billed, row.paid, row.recovered) for row in rows]


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
        async for row in conn.cursor(_BOOKS, prefetch=1000, record_class=_BooksRow):
            yield _line(row)


def _line(row: _BooksRow) -> BooksLine:
    return BooksLine(
        claim_id=str(row.claim_id),
        tenant=row.tenant,
        state=row.status,
        close_reason=row.close_reason,
        verdict=row.verdict,
        billed=row.billed,
        paid_at_first=row.paid_at_first,
        paid=row.paid,
        recovered=row.recovered,
        closed_billed=row.closed_billed,
        closed_paid=row.closed_paid,
        closed_recovered=row.closed_recovered,
        closed_costs=row.closed_costs,
        remittances=row.remittances,
        events=row.events,
        illegal_transitions=row.illegal,
    )
