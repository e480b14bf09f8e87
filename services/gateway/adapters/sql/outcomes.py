"""Outcomes of the caller's claims by one of their dimensions, counted by the database in one pass."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.sql.tables import HISTORY
from services.gateway.application.access import Principal
from services.gateway.application.figure_ports import Dimension
from services.gateway.domain.outcomes import QUANTILES, Outcome, ratio, share, spread
from shared.db.rows import Row


class _OutcomeRow(Row):
    """The sums of a group; its distributions are read by the names of their measures."""

    key: str
    name: str
    claims: int
    judged: int
    underpaid: int
    denied: int
    pursued: int
    ended: int
    won: int
    billed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    shortfall: Decimal
    recovered: Decimal
    costs: Decimal


_COLUMN: dict[Dimension, str] = {
    "all": "''",
    "payer": "payer_id",
    "specialty": "specialty",
    "code": "code",
    "forum": "forum",
    "policy": "policy",
}


class _Measure(msgspec.Struct, frozen=True):
    """A figure of each claim that a distribution is made of: its SQL (null where it has none), where its bins end."""

    sql: str
    edges: tuple[str, ...]

    @property
    def bounds(self) -> list[Decimal]:
        return [Decimal(edge) for edge in self.edges]


_MEASURES = {
    "uplift": _Measure(
        "CASE WHEN ended THEN recovered END",
        ("0.01", "50", "100", "250", "500", "1000", "2500", "5000", "10000"),
    ),
    "uplift_ratio": _Measure(
        "CASE WHEN ended AND paid_at_first > 0 THEN round(recovered / paid_at_first, 4) END",
        ("0.0001", "0.15", "0.4", "1", "2", "5"),
    ),
    "days_to_cash": _Measure(
        "CASE WHEN ended AND recovered > 0 THEN (cash_on - pursued_on)::numeric END",
        ("15", "30", "45", "60", "90", "120", "180"),
    ),
}


def _distribution(name: str, measure: _Measure) -> str:
    quantiles = ", ".join(map(str, QUANTILES))
    bins = ", ".join(f"count(*) FILTER (WHERE {name}_bin = {n})" for n in range(len(measure.edges) + 1))
    return (
        f"count({name}) AS {name}_n, ARRAY[{bins}] AS {name}_bins,\n"
        f"    percentile_disc(ARRAY[{quantiles}]) WITHIN GROUP (ORDER BY {name}) AS {name}"
    )


def _binned(name: str, measure: _Measure) -> str:
    return f"width_bucket({name}, ARRAY[{', '.join(measure.edges)}]::numeric[]) AS {name}_bin"


# A voided claim is none; history is no work of ours; an unjudged one says nothing of its payer.
_QUERY = f"""
WITH mine AS (
    SELECT *, pursued_on IS NOT NULL AND close_reason <> '' AS ended FROM claims
    WHERE close_reason <> 'voided' AND status <> '{HISTORY}' AND ($1::date IS NULL OR first_paid_on >= $1)
        AND ($2::date IS NULL OR first_paid_on <= $2)
), measured AS (
    SELECT {{key}} AS key, {{name}} AS name, verdict, billed, paid_at_first, paid, recovered, shortfall, costs,
        pursued_on, denied, ended, {", ".join(f"{m.sql} AS {name}" for name, m in _MEASURES.items())}
    FROM mine
), binned AS (
    SELECT *, {", ".join(_binned(name, m) for name, m in _MEASURES.items())} FROM measured
)
SELECT key, max(name) AS name, count(*) AS claims,
    count(*) FILTER (WHERE pursued_on IS NOT NULL OR verdict = 'paid_fairly') AS judged,
    count(*) FILTER (WHERE pursued_on IS NOT NULL AND NOT denied) AS underpaid,
    count(*) FILTER (WHERE denied) AS denied,
    count(*) FILTER (WHERE pursued_on IS NOT NULL) AS pursued,
    count(*) FILTER (WHERE ended) AS ended,
    count(*) FILTER (WHERE ended AND recovered > 0) AS won,
    sum(billed) AS billed, coalesce(sum(paid_at_first), 0.00) AS paid_at_first, sum(paid) AS paid,
    coalesce(sum(shortfall) FILTER (WHERE ended), 0.00) AS shortfall,
    coalesce(sum(recovered) FILTER (WHERE ended), 0.00) AS recovered,
    coalesce(sum(costs) FILTER (WHERE ended), 0.00) AS costs,
    {", ".join(_distribution(name, m) for name, m in _MEASURES.items())}
FROM binned GROUP BY key ORDER BY recovered DESC, claims DESC, key LIMIT $3
"""  # noqa: S608 - names and numbers are ours


async def outcomes(
    reader: Reader, who: Principal, by: Dimension, *, since: date | None, until: date | None, limit: int
) -> list[Outcome]:
    """One row a group, those with most recovered first; `since` and `until` bound the day of the first payment."""
    query = _QUERY.format(key=_COLUMN[by], name="payer_name" if by == "payer" else _COLUMN[by])
    async with reader.session(who) as conn:
        rows = await conn.fetch(query, since, until, limit, record_class=_OutcomeRow)
    return [_outcome(row) for row in rows]


def _outcome(row: _OutcomeRow) -> Outcome:
    spreads = {
        name: spread(row[f"{name}_n"], row[name], measure.bounds, row[f"{name}_bins"])
        for name, measure in _MEASURES.items()
    }
    return Outcome(
        key=row.key,
        name=row.name,
        claims=row.claims,
        judged=row.judged,
        underpaid=row.underpaid,
        denied=row.denied,
        pursued=row.pursued,
        ended=row.ended,
        won=row.won,
        billed=row.billed,
        paid_at_first=row.paid_at_first,
        paid=row.paid,
        shortfall=row.shortfall,
        recovered=row.recovered,
        costs=row.costs,
        **spreads,
        underpaid_share=share(row.underpaid, row.judged),
        won_share=share(row.won, row.ended),
        recovery_rate=ratio(row.recovered, row.shortfall) if row.shortfall else None,
    )
