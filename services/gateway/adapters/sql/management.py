"""The figures by which a practice is led, from the caller's claims as they stand, in one snapshot."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.sql.tables import HISTORY
from services.gateway.application.access import Principal
from services.gateway.domain.management import (
    AGES,
    CHARGE_DAYS,
    Aged,
    ByReason,
    Collected,
    Decisions,
    Denials,
    Dollars,
    Management,
    Month,
    Receivable,
)
from services.gateway.domain.outcomes import ratio, share
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.money import ZERO


class _ChargesRow(Row):
    charged: Decimal
    unanswered: int
    unanswered_billed: Decimal


class _SumsRow(Row):
    claims: int
    billed: Decimal
    closed: int
    collected: Decimal
    owed: Decimal
    denied: int
    denied_billed: Decimal
    written_off: int
    written_off_amount: Decimal
    corrected: int
    corrected_amount: Decimal


class _AgedRow(Row):
    bucket: int
    claims: int
    amount: Decimal


class _ReasonRow(Row):
    carc: str
    claims: int
    billed: Decimal


class _DecisionsRow(Row):
    forum: str
    level: int
    decided: int
    overturned: int
    in_part: int


class _MonthRow(Row):
    month: str
    claims: int
    billed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    underpaid: int
    denied: int


# $1 history, $2 payer or null, $3 since, $4 until, $5 the day that it is, $6 tenant or null
MINE = f"""
WITH mine AS (
    SELECT *, verdict = 'denied' OR coalesce(denied, false) AS refused,
        greatest(billed - paid - coalesce((state->>'paid_by_others')::numeric, 0), 0) AS open_amount,
        close_reason = '' AND status <> 'closed' AS is_open
    FROM claims
    WHERE (status = '{HISTORY}') = $1 AND ($2::text IS NULL OR payer_id = $2) AND ($6::text IS NULL OR tenant = $6)
        AND status NOT IN ('rejected', 'voided') AND close_reason <> 'voided'
), answered AS (
    SELECT * FROM mine WHERE paid_at_first IS NOT NULL
        AND ($3::date IS NULL OR first_paid_on >= $3) AND ($4::date IS NULL OR first_paid_on <= $4)
)
"""  # noqa: S608 - names are ours
_DOLLARS = "coalesce(sum({what}) FILTER (WHERE {which}), 0.00)"
_CLOSED = "NOT is_open"
_CORRECTED = "paid - paid_at_first - recovered > 0"
_WRITTEN_OFF = "close_reason = 'written_off'"
_SHORT = "coalesce(shortfall, 0)"


def _sum(what: str, which: str = "true") -> str:
    return _DOLLARS.format(what=what, which=which)


_SUMS = f"""{MINE}
SELECT count(*) AS claims, {_sum("billed")} AS billed,
    count(*) FILTER (WHERE {_CLOSED}) AS closed, {_sum("paid", _CLOSED)} AS collected,
    {_sum(f"paid_at_first + {_SHORT}", _CLOSED)} AS owed,
    count(*) FILTER (WHERE refused) AS denied, {_sum("billed", "refused")} AS denied_billed,
    count(*) FILTER (WHERE {_WRITTEN_OFF}) AS written_off,
    {_sum(f"greatest({_SHORT} - recovered, 0)", _WRITTEN_OFF)} AS written_off_amount,
    count(*) FILTER (WHERE {_CORRECTED}) AS corrected,
    {_sum("paid - paid_at_first - recovered", _CORRECTED)} AS corrected_amount
FROM answered WHERE $5::date IS NOT NULL
"""  # noqa: S608
_OPEN = f"""{MINE}
SELECT width_bucket($5::date - service_from, ARRAY[{", ".join(str(day + 1) for day in AGES)}]) AS bucket,
    count(*) AS claims, sum(open_amount) AS amount
FROM mine WHERE is_open AND open_amount > 0 AND $3::date IS NOT DISTINCT FROM $3 AND $4::date IS NOT DISTINCT FROM $4
GROUP BY 1
"""  # noqa: S608
_UNANSWERED = "is_open AND paid_at_first IS NULL"
_CHARGES = f"""{MINE}
SELECT {_sum("billed", f"service_from > $5::date - {CHARGE_DAYS} AND service_from <= $5")} AS charged,
    count(*) FILTER (WHERE {_UNANSWERED}) AS unanswered, {_sum("billed", _UNANSWERED)} AS unanswered_billed
FROM mine WHERE $3::date IS NOT DISTINCT FROM $3 AND $4::date IS NOT DISTINCT FROM $4
"""  # noqa: S608
_REASONS = f"""{MINE}
SELECT carc, count(*) AS claims, sum(billed) AS billed
FROM answered, jsonb_array_elements_text(coalesce(state->'denial_carcs', '[]')) AS carc
WHERE refused AND $5::date IS NOT NULL GROUP BY carc ORDER BY claims DESC, carc
"""  # noqa: S608
_DECISIONS = f"""{MINE}
SELECT one->>'forum' AS forum, (one->>'level')::int AS level, count(*) AS decided,
    count(*) FILTER (WHERE one->>'outcome' IN ('overturned', 'provider', 'partially_overturned')) AS overturned,
    count(*) FILTER (WHERE one->>'outcome' = 'partially_overturned') AS in_part
FROM mine, jsonb_array_elements(coalesce(state->'cases', '[]')) AS one
WHERE one->>'outcome' IN ('overturned', 'partially_overturned', 'upheld', 'provider', 'payer')
    AND ($3::date IS NULL OR (one->>'decided_on')::date >= $3)
    AND ($4::date IS NULL OR (one->>'decided_on')::date <= $4) AND $5::date IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608
_MONTHS = f"""{MINE}
SELECT to_char(first_paid_on, 'YYYY-MM') AS month, count(*) AS claims, sum(billed) AS billed,
    sum(paid_at_first) AS paid_at_first, sum(paid) AS paid, sum(recovered) AS recovered,
    count(*) FILTER (WHERE verdict = 'underpaid' OR (pursued_on IS NOT NULL AND NOT denied)) AS underpaid,
    count(*) FILTER (WHERE refused) AS denied
FROM answered WHERE $5::date IS NOT NULL GROUP BY 1 ORDER BY 1
"""  # noqa: S608


async def management(
    reader: Reader,
    who: Principal,
    *,
    on: date,
    since: date | None,
    until: date | None,
    payer_id: str,
    history: bool,
    tenant: str = "",
) -> Management:
    """All figures of the caller's claims; `payer_id` and `tenant` empty: of every payer, and of all that are theirs."""
    asked = (history, payer_id or None, since, until, on, tenant or None)
    async with reader.session(who) as conn:
        sums = await conn.fetchrow(_SUMS, *asked, record_class=_SumsRow)
        receivable, unanswered, aging = await _open(conn, asked)
        reasons = await conn.fetch(_REASONS, *asked, record_class=_ReasonRow)
        decisions = await conn.fetch(_DECISIONS, *asked, record_class=_DecisionsRow)
        months = await conn.fetch(_MONTHS, *asked, record_class=_MonthRow)
    assert sums is not None  # sums of nothing are a row too
    answered = sums.claims
    return Management(
        on=on,
        since=since,
        until=until,
        history=history,
        claims=answered,
        billed=sums.billed,
        net_collection=Collected(
            sums.closed,
            sums.collected,
            sums.owed,
            ratio(sums.collected, sums.owed) if sums.owed else None,
        ),
        receivable=receivable,
        unanswered=unanswered,
        aging=aging,
        denials=Denials(
            answered,
            sums.denied,
            sums.denied_billed,
            share(sums.denied, answered),
            [ByReason(row.carc, row.claims, row.billed, share(row.claims, answered)) for row in reasons],
        ),
        decisions=[
            Decisions(
                row.forum, row.level, row.decided, row.overturned, row.in_part, share(row.overturned, row.decided)
            )
            for row in decisions
        ],
        written_off=Dollars(sums.written_off, sums.written_off_amount),
        corrected_by_payers=Dollars(sums.corrected, sums.corrected_amount),
        by_month=[_month(row) for row in months],
    )


def _month(row: _MonthRow) -> Month:
    return Month(
        row.month,
        row.claims,
        row.billed,
        row.paid_at_first,
        row.paid,
        row.recovered,
        row.underpaid,
        row.denied,
    )


async def _open(conn: Connection, asked: tuple[Any, ...]) -> tuple[Receivable, Dollars, list[Aged]]:
    """What is open in all, unanswered, and by age; a bucket without claims is there too."""
    found = {row.bucket: row for row in await conn.fetch(_OPEN, *asked, record_class=_AgedRow)}
    row = await conn.fetchrow(_CHARGES, *asked, record_class=_ChargesRow)
    assert row is not None, "sums are always there"
    charged = row.charged
    starts = (0, *(day + 1 for day in AGES))
    aging = [
        Aged(
            start,
            AGES[n] if n < len(AGES) else None,
            found[n].claims if n in found else 0,
            found[n].amount if n in found else Decimal("0.00"),
        )
        for n, start in enumerate(starts)
    ]
    amount = sum((bucket.amount for bucket in aging), ZERO)
    daily = (charged / CHARGE_DAYS).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    days = (amount * CHARGE_DAYS / charged).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) if charged else None
    unanswered = Dollars(row.unanswered, row.unanswered_billed)
    return Receivable(sum(bucket.claims for bucket in aging), amount, daily, days), unanswered, aging
