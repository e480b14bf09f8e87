"""The courses of the caller's disputes, from which cash is forecast."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.sql.tables import HISTORY
from services.gateway.application.access import Principal
from services.gateway.domain.forecast import Course
from shared.db.rows import Row

_YEARS = timedelta(days=3 * 365)
"""How far back disputes say anything of those of today."""
_MOST = 200_000


class _CourseRow(Row):
    payer_id: str
    forum: str
    pursued_on: date
    agreed_on: date | None
    cash_on: date | None
    ended_on: date | None
    shortfall: Decimal
    recovered: Decimal


# The newest first; a claim that has left its dispute without money has no day of cash.
_COURSES = f"""
SELECT payer_id, forum, pursued_on, cash_on, coalesce(shortfall, 0) AS shortfall, recovered,
    (received_at + seconds_to_settle * interval '1 second')::date AS agreed_on,
    CASE WHEN close_reason <> '' THEN (received_at + seconds_to_close * interval '1 second')::date END AS ended_on
FROM claims
WHERE pursued_on >= $1 AND close_reason <> 'voided' AND status NOT IN ('rejected', 'voided', '{HISTORY}')
    AND ($2::text IS NULL OR tenant = $2)
ORDER BY pursued_on DESC, claim_id LIMIT {_MOST}
"""  # noqa: S608 - names are ours


async def courses(reader: Reader, who: Principal, *, on: date, tenant: str) -> list[Course]:
    """Every dispute of the last three years, in cents and ordinals of days."""
    async with reader.session(who) as conn:
        rows = await conn.fetch(_COURSES, on - _YEARS, tenant or None, record_class=_CourseRow)
    return [_course(row, on) for row in rows]


def _course(row: _CourseRow, on: date) -> Course:
    """A course whose days follow each other: instants of services are not always of one day with the papers' days."""
    began = row.pursued_on.toordinal()
    paid = row.cash_on.toordinal() if row.cash_on and row.recovered > 0 and row.cash_on <= on else None
    ended = row.ended_on.toordinal() if row.ended_on else paid
    agreed = row.agreed_on.toordinal() if row.agreed_on else paid
    if agreed is not None:
        agreed = max(began, min(agreed, *(day for day in (paid, ended) if day is not None), on.toordinal()))
    return Course(
        row.payer_id,
        row.forum or "none",
        began,
        agreed,
        None if paid is None else max(paid, began),
        None if ended is None else max(ended, began),
        int(row.shortfall.scaleb(2)),
        int(row.recovered.scaleb(2)),
    )
