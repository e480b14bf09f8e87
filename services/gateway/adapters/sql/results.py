"""What our work came to, from the caller's claims as they stand, in one snapshot; and the claims behind each number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal
from uuid import UUID

from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.sql.result_sets import DECIDED, MIDDLE, MINE, PARTS, PLAIN, WON, Asked, amount, condition
from services.gateway.application.access import Principal
from services.gateway.application.result_ports import BehindCursor, BehindPage, ClaimBehind, PayerOfOurs
from services.gateway.domain.management import AGES
from services.gateway.domain.outcomes import share
from services.gateway.domain.results import (
    SETS,
    Bar,
    Bucket,
    Compare,
    Drill,
    Histogram,
    Median,
    MonthOfWork,
    Part,
    Reason,
    Results,
    Scorecard,
    SetName,
    Sums,
    compared,
    figures,
    quotient,
    steps,
)
from shared.db.pool import Connection
from shared.db.rows import Row


class _SumsRow(Row):
    """Two columns for each set are read by their names."""

    payer_id: str
    name: str
    fees: Decimal
    owed: Decimal
    days: int | None
    code: str
    service_state: str


class _DecisionsRow(Row):
    decided: int
    won: int


class _MonthRow(Row):
    month: str
    claims: int
    underpaid: int
    denied: int


class _CashRow(Row):
    month: str
    forum: str
    recovered: Decimal


class _AgedRow(Row):
    bucket: int
    claims: int
    amount: Decimal


class _ReasonRow(Row):
    carc: str
    claims: int
    billed: Decimal


class _SpreadRow(Row):
    claims: int
    median: Decimal | None
    most: Decimal | None


class _BarRow(Row):
    bar: int
    claims: int


class _BehindRow(Row):
    claim_id: UUID
    tenant: str
    payer_id: str
    payer_name: str
    code: str
    forum: str
    status: str
    close_reason: str
    service_from: date | None
    first_paid_on: date | None
    cash_on: date | None
    billed: Decimal
    paid_at_first: Decimal | None
    paid: Decimal
    recovered: Decimal
    shortfall: Decimal | None
    amount: Decimal


class _TotalRow(Row):
    claims: int
    amount: Decimal


_COLUMNS = f"""
    {PARTS},
    coalesce(sum(costs) FILTER (WHERE {condition("ended")}), 0.00) AS fees,
    coalesce(sum(paid_at_first + coalesce(shortfall, 0)) FILTER (WHERE {condition("closed")}), 0.00) AS owed,
    {MIDDLE} AS days
"""
_SUMS = f"{MINE} SELECT '' AS payer_id, '' AS name, '' AS code, '' AS service_state, {_COLUMNS} FROM mine"  # noqa: S608
_PAYERS = f"""{MINE}
SELECT payer_id, max(payer_name) AS name,
    coalesce(mode() WITHIN GROUP (ORDER BY code) FILTER (WHERE pursued_on IS NOT NULL AND code <> ''), '') AS code,
    '' AS service_state, {_COLUMNS}
FROM mine GROUP BY payer_id HAVING count(*) FILTER (WHERE {condition("answered")} OR {condition("in_dispute")}) > 0
ORDER BY in_dispute_amount DESC, won_amount DESC, payer_id LIMIT 200
"""  # noqa: S608
_DECISIONS = f"""{MINE}
SELECT count(*) AS decided, count(*) FILTER (WHERE one->>'outcome' IN ({WON})) AS won
FROM mine, jsonb_array_elements(coalesce(state->'cases', '[]')) AS one
WHERE one->>'outcome' IN ({DECIDED}) AND ($1::date IS NULL OR (one->>'decided_on')::date >= $1)
    AND ($2::date IS NULL OR (one->>'decided_on')::date <= $2)
"""  # noqa: S608
_MONTHS = f"""{MINE}
SELECT to_char(first_paid_on, 'YYYY-MM') AS month, count(*) AS claims,
    count(*) FILTER (WHERE {condition("underpaid")}) AS underpaid, count(*) FILTER (WHERE refused) AS denied
FROM mine WHERE in_period GROUP BY 1 ORDER BY 1
"""  # noqa: S608
_CASH = f"""{MINE}
SELECT to_char(cash_on, 'YYYY-MM') AS month, forum, sum(recovered) AS recovered
FROM mine WHERE {condition("cash_month", "to_char(cash_on, 'YYYY-MM')")} GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608
_AGED = f"""{MINE}
SELECT age AS bucket, count(*) AS claims, sum(open_amount) AS amount FROM mine
WHERE is_open AND open_amount > 0 GROUP BY 1
"""  # noqa: S608
_REASONS = f"""{MINE}
SELECT carc, count(*) AS claims, sum(billed) AS billed
FROM mine, jsonb_array_elements_text(coalesce(state->'denial_carcs', '[]')) AS carc
WHERE {condition("denied")} GROUP BY carc ORDER BY claims DESC, carc
"""  # noqa: S608
_SPREAD = f"""{MINE}
SELECT count(*) AS claims, (percentile_disc(0.5) WITHIN GROUP (ORDER BY {{of}}))::numeric AS median,
    (percentile_disc(0.95) WITHIN GROUP (ORDER BY {{of}}))::numeric AS most
FROM mine WHERE {{which}}
"""  # noqa: S608
_BARS = f"""{MINE}
SELECT width_bucket(({{of}})::numeric, $6::numeric[]) AS bar, count(*) AS claims FROM mine WHERE {{which}} GROUP BY 1
"""  # noqa: S608
_BEHIND = f"""{MINE}
SELECT claim_id, tenant, payer_id, payer_name, code, forum, status, close_reason, service_from, first_paid_on, cash_on,
    billed, paid_at_first, paid, recovered, shortfall, {{amount}} AS amount
FROM mine WHERE {{which}} AND ($7::numeric IS NULL OR ({{amount}}, claim_id) < ($7, $8::uuid))
    AND $6::text IS NOT DISTINCT FROM $6
ORDER BY {{amount}} DESC, claim_id DESC LIMIT $9
"""  # noqa: S608
_TOTAL = f"""{MINE}
SELECT count(*) AS claims, coalesce(sum({{amount}}), 0.00) AS amount FROM mine
WHERE {{which}} AND $6::text IS NOT DISTINCT FROM $6
"""  # noqa: S608

_SHOWN: tuple[tuple[Literal["recovered", "days_to_payment"], str, Literal["dollars", "days"], SetName, str], ...] = (
    ("recovered", "Recovered by a dispute that ended", "dollars", "ended", "greatest(recovered, 0)"),
    ("days_to_payment", "Days to payment", "days", "paid_after_dispute", "greatest(cash_on - pursued_on, 0)"),
)


async def results(reader: Reader, who: Principal, asked: Asked, compare: Compare) -> tuple[Results, list[PayerOfOurs]]:
    """Everything of a period, and for which service each payer is asked about in the public record."""
    other = compared(asked.since, asked.until, compare)
    async with reader.session(who) as conn:
        now = await _sums(conn, asked)
        before = await _sums(conn, Asked(*other, other[1], asked.payer_id, asked.tenant)) if other else None
        found = Results(
            since=asked.since,
            until=asked.until,
            compared=other,
            on=asked.on,
            payer_id=asked.payer_id,
            figures=figures(now, before),
            months=await _months(conn, asked),
            aging=await _aging(conn, asked),
            reasons=await _reasons(conn, asked, now.parts["answered"].claims),
            histograms=[await _histogram(conn, asked, *shown) for shown in _SHOWN],
            payers=[],
            sets=SETS,
        )
        rows = await conn.fetch(_PAYERS, *asked.values, record_class=_SumsRow)
    return _with_payers(found, rows), [PayerOfOurs(row.payer_id, row.name, row.code) for row in rows]


async def _sums(conn: Connection, asked: Asked) -> Sums:
    row = await conn.fetchrow(_SUMS, *asked.values, record_class=_SumsRow)
    decisions = await conn.fetchrow(_DECISIONS, *asked.values, record_class=_DecisionsRow)
    assert row is not None and decisions is not None, "sums of nothing are a row too"
    parts = _parts(row)
    return Sums(parts, row.fees, row.owed, decisions.decided, decisions.won, _middle(row, parts))


def _parts(row: _SumsRow) -> dict[SetName, Part]:
    return {name: Part(row[f"{name}_claims"], row[f"{name}_amount"]) for name in PLAIN}


def _middle(row: _SumsRow, parts: dict[SetName, Part]) -> Median:
    return Median(parts["paid_after_dispute"].claims, None if row.days is None else Decimal(row.days))


def _with_payers(found: Results, rows: Sequence[_SumsRow]) -> Results:
    cards: list[Scorecard] = []
    for row in rows:
        part = _parts(row)
        cards.append(
            Scorecard(
                payer_id=row.payer_id,
                name=row.name,
                claims=part["answered"].claims,
                underpaid=share(part["underpaid"].claims, part["judged"].claims),
                denied=share(part["denied"].claims, part["answered"].claims),
                won=share(part["won"].claims, part["ended"].claims),
                recovered=part["won"].amount,
                short=part["ended"].amount,
                recovery_rate=quotient(part["won"].amount, part["ended"].amount),
                in_dispute=part["in_dispute"].amount,
                days_to_payment=_middle(row, part),
            )
        )
    found.payers.extend(cards)
    return found


async def _months(conn: Connection, asked: Asked) -> list[MonthOfWork]:
    answered = {row.month: row for row in await conn.fetch(_MONTHS, *asked.values, record_class=_MonthRow)}
    cash: dict[str, dict[str, Decimal]] = {}
    for row in await conn.fetch(_CASH, *asked.values, record_class=_CashRow):
        cash.setdefault(row.month, {})[row.forum] = row.recovered
    return [
        MonthOfWork(
            month,
            answered[month].claims if month in answered else 0,
            answered[month].underpaid if month in answered else 0,
            answered[month].denied if month in answered else 0,
            sum(cash.get(month, {}).values(), Decimal("0.00")),
            cash.get(month, {}),
            Drill("month", month),
            Drill("cash_month", month),
        )
        for month in sorted({*answered, *cash})
    ]


async def _aging(conn: Connection, asked: Asked) -> list[Bucket]:
    found = {row.bucket: row for row in await conn.fetch(_AGED, *asked.values, record_class=_AgedRow)}
    starts = (0, *(day + 1 for day in AGES))
    return [
        Bucket(
            start,
            AGES[n] if n < len(AGES) else None,
            found[n].claims if n in found else 0,
            found[n].amount if n in found else Decimal("0.00"),
            Drill("age", str(n)),
        )
        for n, start in enumerate(starts)
    ]


async def _reasons(conn: Connection, asked: Asked, answered: int) -> list[Reason]:
    rows = await conn.fetch(_REASONS, *asked.values, record_class=_ReasonRow)
    return [
        Reason(row.carc, row.claims, row.billed, share(row.claims, answered), Drill("carc", row.carc)) for row in rows
    ]


async def _histogram(
    conn: Connection,
    asked: Asked,
    name: Literal["recovered", "days_to_payment"],
    label: str,
    unit: Literal["dollars", "days"],
    of_set: SetName,
    of: str,
) -> Histogram:
    which = condition(of_set)
    row = await conn.fetchrow(_SPREAD.format(of=of, which=which), *asked.values, record_class=_SpreadRow)
    assert row is not None, "a count of nothing is a row too"
    edges = steps([row.most]) if row.most is not None else []
    bars: list[Bar] = []
    if edges:
        rows = await conn.fetch(_BARS.format(of=of, which=which), *asked.values, edges, record_class=_BarRow)
        counts = {bar.bar: bar.claims for bar in rows}
        bars = [Bar(low, high, counts.get(n, 0)) for n, (low, high) in enumerate(pairwise(edges), 1)]
        if beyond := counts.get(len(edges), 0):
            bars.append(Bar(edges[-1], None, beyond))
    return Histogram(name, label, unit, row.claims, row.median, bars, Drill(of_set))


async def behind(
    reader: Reader,
    who: Principal,
    asked: Asked,
    drill: Drill,
    *,
    after: BehindCursor | None,
    limit: int,
) -> BehindPage:
    """The claims of a set, those that bring most first, and what all of them come to."""
    how = {"which": condition(drill.set, "$6::text"), "amount": amount(drill.set)}
    place: tuple[Any, ...] = (after.amount, after.claim_id) if after else (None, None)
    async with reader.session(who) as conn:
        total = await conn.fetchrow(_TOTAL.format(**how), *asked.values, drill.value, record_class=_TotalRow)
        rows = await conn.fetch(
            _BEHIND.format(**how), *asked.values, drill.value, *place, limit + 1, record_class=_BehindRow
        )
    assert total is not None, "a sum of nothing is a row too"
    items = [_behind(row) for row in rows[:limit]]
    last = BehindCursor(items[-1].amount, items[-1].claim_id) if len(rows) > limit else None
    return BehindPage(drill, SETS[drill.set], total.claims, total.amount, items, last)


def _behind(row: _BehindRow) -> ClaimBehind:
    return ClaimBehind(
        claim_id=str(row.claim_id),
        tenant=row.tenant,
        payer_id=row.payer_id,
        payer=row.payer_name,
        code=row.code,
        forum=row.forum,
        state=row.status,
        close_reason=row.close_reason,
        service_from=row.service_from,
        first_paid_on=row.first_paid_on,
        cash_on=row.cash_on,
        billed=row.billed,
        paid_at_first=row.paid_at_first,
        paid=row.paid,
        recovered=row.recovered,
        shortfall=row.shortfall,
        amount=row.amount,
    )
