"""Outcomes, counted in the database from the accounts that the events made: reproducible from the log."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from shared.db.pool import Connection

By = Literal["all", "payer", "specialty", "code", "forum", "policy"]
_COLUMN: dict[By, str] = {
    "all": "''",
    "payer": "payer_id",
    "specialty": "specialty",
    "code": "code",
    "forum": "forum",
    "policy": "policy",
}

_FIGURES = """
    count(*) AS claims,
    count(*) FILTER (WHERE paid_at_first IS NOT NULL) AS adjudicated,
    count(*) FILTER (WHERE pursued_on IS NOT NULL AND NOT denied) AS underpaid,
    count(*) FILTER (WHERE denied) AS denied,
    count(*) FILTER (WHERE pursued_on IS NOT NULL AND phase = 'closed') AS pursuits_ended,
    count(*) FILTER (WHERE recovered > 0 AND phase = 'closed') AS recovered_claims,
    coalesce(sum(charge), 0) AS billed,
    coalesce(sum(paid_at_first), 0) AS paid_at_first,
    coalesce(sum(paid), 0) AS paid,
    coalesce(sum(recovered), 0) AS recovered,
    coalesce(sum(costs), 0) AS costs,
    coalesce(sum(in_dispute), 0) AS in_dispute,
    coalesce(sum(owed), 0) AS owed,
    coalesce(sum(written_off), 0) AS written_off,
    coalesce(sum(target - allowed_at_first) FILTER (WHERE pursued_on IS NOT NULL AND target > allowed_at_first), 0)
        AS shortfall,
    percentile_cont(ARRAY[0.1, 0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY recovered / nullif(paid_at_first, 0))
        FILTER (WHERE pursued_on IS NOT NULL AND phase = 'closed' AND paid_at_first > 0) AS uplift,
    percentile_cont(ARRAY[0.1, 0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY recovered)
        FILTER (WHERE pursued_on IS NOT NULL AND phase = 'closed') AS uplift_dollars,
    percentile_cont(ARRAY[0.1, 0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY (paid_on - pursued_on))
        FILTER (WHERE paid_on IS NOT NULL) AS days_to_cash
"""


async def outcomes(
    conn: Connection, by: By, *, since: date | None = None, until: date | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """One row a group, the largest recoveries first; `since` and `until` bound the day of the first payment.

    Dollars as decimals; `uplift` is recovered / first payment at the 10th, 25th, 50th, 75th and 90th percentile of
    the pursuits that ended.
    """
    rows = await conn.fetch(
        f"SELECT {_COLUMN[by]} AS key, {_FIGURES} FROM accounts "  # noqa: S608 - the column is one of ours
        "WHERE phase <> 'expected' AND ($1::date IS NULL OR first_paid_on >= $1) "
        "AND ($2::date IS NULL OR first_paid_on <= $2) "
        "GROUP BY 1 ORDER BY sum(recovered) DESC NULLS LAST, 1 LIMIT $3",
        since,
        until,
        limit,
    )
    return [_row(dict(row)) for row in rows]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    judged, shortfall = row["adjudicated"], row["shortfall"]
    row["underpaid_share"] = round(row["underpaid"] / judged, 4) if judged else None
    row["recovery_rate"] = round(float(row["recovered"] / shortfall), 4) if shortfall else None
    for name in ("uplift", "uplift_dollars", "days_to_cash"):
        values = row[name]
        row[name] = (
            None if values is None else dict(zip(("p10", "p25", "p50", "p75", "p90"), map(_round, values), strict=True))
        )
    return row


def _round(value: object) -> float:
    return round(float(value), 4)  # pyright: ignore[reportArgumentType]
