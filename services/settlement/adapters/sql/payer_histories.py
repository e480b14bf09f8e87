"""The payers' record: learnt from closed claims by an explicit command, kept as versions, one of them active."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import asyncpg
import msgspec

from services.settlement.application.read_ports import RecordVersion
from services.settlement.application.refusals import VersionExists
from services.settlement.domain.calibration import Forecast
from services.settlement.domain.payer_history import ForumCounts, PayerHistory
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.unit_of_work import UnitOfWorkFactory


class _ForecastRow(Row):
    predicted: Decimal
    n: int
    won: int


class _CountsRow(Row):
    forum: str
    specialty: str
    payer: str
    rolled_up: int
    decided: int
    won: int
    awards: int
    award_share: Decimal
    offers: int
    offer_share: Decimal
    payments: int
    pay_days: Decimal


class _VersionRow(Row):
    version: str
    as_of: date
    taken_at: datetime
    activated_at: datetime | None


# A result is [forum, level, day, won, share, said, policy]; level 0 are talks. Payments count to the last forum.
# Those of a dispute beside the first are with it.
_RESULTS = """
SELECT tenant, specialty, payer_id, r ->> 0 AS forum, (r ->> 1)::int AS level,
    (r ->> 2)::date AS ended_on, (r ->> 3)::boolean AS won, (r ->> 4)::numeric AS share,
    (r ->> 5)::numeric AS said, r ->> 6 AS said_by
FROM accounts, jsonb_array_elements(jsonb_build_array(state) || coalesce(state -> 'beside', '[]')) one,
    jsonb_array_elements(coalesce(one -> 'results', '[]')) r
WHERE closed <> 'voided'
"""
_COUNTS = f"""
WITH results AS ({_RESULTS}), counted AS (
    SELECT forum, specialty, payer_id, level, won, share, NULL::int AS pay_days FROM results
    WHERE ended_on <= $1 AND tenant = ANY ($2)
    UNION ALL
    SELECT forum, specialty, payer_id, NULL, NULL, NULL, paid_on - settled_on FROM accounts
    WHERE paid_on <= $1 AND tenant = ANY ($2) AND forum <> '' AND closed <> 'voided'
)
SELECT forum, coalesce(specialty, '') AS specialty, coalesce(payer_id, '') AS payer,
    grouping(specialty, payer_id) AS rolled_up,
    count(*) FILTER (WHERE level > 0) AS decided,
    count(*) FILTER (WHERE level > 0 AND won) AS won,
    count(*) FILTER (WHERE level > 0 AND won AND share > 0) AS awards,
    coalesce(round(avg(share) FILTER (WHERE level > 0 AND won AND share > 0), 4), 0) AS award_share,
    count(*) FILTER (WHERE level = 0 AND share > 0) AS offers,
    coalesce(round(avg(share) FILTER (WHERE level = 0 AND share > 0), 4), 0) AS offer_share,
    count(pay_days) AS payments,
    coalesce(round(avg(pay_days), 2), 0) AS pay_days
FROM counted GROUP BY GROUPING SETS ((forum), (forum, specialty), (forum, specialty, payer_id))
ORDER BY forum, specialty, payer
"""  # noqa: S608 - a text of ours
_FORECASTS = f"""
WITH results AS ({_RESULTS})
SELECT said AS predicted, count(*) AS n, count(*) FILTER (WHERE won) AS won FROM results
WHERE level > 0 AND said IS NOT NULL AND ($1 = '' OR tenant = $1) AND ($2 = '' OR forum = $2)
    AND ($3 = '' OR said_by = $3) AND ($4::date IS NULL OR ended_on >= $4)
GROUP BY said ORDER BY said
"""  # noqa: S608 - a text of ours


class _TenantRow(Row):
    tenant: str


class _RecordRow(Row):
    record: str


class SqlPayerHistories:
    """The versions in the database; each method is a transaction."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def tenants(self) -> Sequence[str]:
        """The organisations that have claims here."""
        async with self._units.pool.acquire() as conn:
            query = "SELECT DISTINCT tenant FROM accounts ORDER BY tenant"
            rows = await conn.fetch(query, record_class=_TenantRow)
        return [row.tenant for row in rows]

    async def take(self, version: str, as_of: date, tenants: Sequence[str], agreed: str) -> PayerHistory:
        """Count and keep a version that is not in force yet; raises `VersionExists`."""
        try:
            async with self._units.begin() as uow:
                return await take_snapshot(uow.conn, version, as_of, uow.now, tenants, agreed)
        except asyncpg.UniqueViolationError:
            raise VersionExists from None

    async def activate(self, version: str) -> PayerHistory | None:
        """Put a version in force; None where it is unknown."""
        async with self._units.begin() as uow:
            return await activate(uow.conn, version, uow.now)

    async def active(self) -> Sequence[PayerHistory]:
        """The versions that were activated, the one activated last at the end."""
        async with self._units.pool.acquire() as conn:
            return await active(conn)


async def forecasts(
    conn: Connection, *, tenant: str = "", forum: str = "", policy: str = "", since: date | None = None
) -> list[Forecast]:
    """Chances of winning with what forums then decided; of one tenant, forum, policy, or decided from a day on."""
    rows = await conn.fetch(_FORECASTS, tenant, forum, policy, since, record_class=_ForecastRow)
    return [Forecast(row.predicted, row.n, row.won) for row in rows]


async def take_snapshot(
    conn: Connection, version: str, as_of: date, now: datetime, tenants: Sequence[str], agreed: str = ""
) -> PayerHistory:
    """Count what forums had decided and payers had paid by `as_of`; the snapshot is stored and not active yet.

    Raises `asyncpg.UniqueViolationError` for a version that exists.
    """
    rows = await conn.fetch(_COUNTS, as_of, list(tenants), record_class=_CountsRow)
    # 3 = all claims of the forum; below that an unnamed specialty is not a level of its own
    counts = tuple(_counts(row) for row in rows if row.rolled_up == 3 or row.specialty)
    record = PayerHistory(
        version=version, as_of=as_of.isoformat(), tallies=counts, tenants=tuple(tenants), agreed=agreed
    )
    text = msgspec.json.Encoder(decimal_format="string").encode(record).decode()
    await conn.execute(
        "INSERT INTO payer_records (version, as_of, taken_at, record) VALUES ($1, $2, $3, $4)",
        version,
        as_of,
        now,
        text,
    )
    return record


def _counts(row: _CountsRow) -> ForumCounts:
    return ForumCounts(
        forum=row.forum,
        specialty=row.specialty,
        payer=row.payer,
        decided=row.decided,
        won=row.won,
        awards=row.awards,
        award_share=row.award_share,
        offers=row.offers,
        offer_share=row.offer_share,
        payments=row.payments,
        pay_days=row.pay_days,
    )


async def activate(conn: Connection, version: str, now: datetime) -> PayerHistory | None:
    """Make a stored version the one decisions use from now on; None where it is unknown."""
    text = await conn.fetchval(
        "UPDATE payer_records SET activated_at = $2 WHERE version = $1 RETURNING record", version, now
    )
    return None if text is None else msgspec.json.decode(text, type=PayerHistory)


async def active(conn: Connection) -> list[PayerHistory]:
    """The versions that were activated, in that order: of each organisation's the last is in force."""
    rows = await conn.fetch(
        "SELECT record FROM payer_records WHERE activated_at IS NOT NULL ORDER BY activated_at, version DESC",
        record_class=_RecordRow,
    )
    return [msgspec.json.decode(row.record, type=PayerHistory) for row in rows]


async def stored(conn: Connection) -> list[RecordVersion]:
    """All versions, newest first."""
    query = "SELECT version, as_of, taken_at, activated_at FROM payer_records ORDER BY taken_at DESC"
    rows = await conn.fetch(query, record_class=_VersionRow)
    return [RecordVersion(row.version, row.as_of, row.taken_at, row.activated_at) for row in rows]
