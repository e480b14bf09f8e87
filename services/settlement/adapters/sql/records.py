"""The payers' record: learnt from closed claims by an explicit command, kept as versions, one of them active."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from services.settlement.domain.record import Record
from shared.db.pool import Connection

_TALLIES = """
SELECT forum, coalesce(specialty, '') AS specialty, coalesce(payer_id, '') AS payer,
    grouping(specialty, payer_id) AS rolled_up,
    count(*) FILTER (WHERE basis IN ('appeal_decision', 'idr_award') OR settled_on IS NULL) AS decided,
    count(*) FILTER (WHERE basis IN ('appeal_decision', 'idr_award') AND recovered > 0) AS won,
    count(*) FILTER (WHERE basis IN ('appeal_decision', 'idr_award') AND recovered > 0 AND target > 0) AS awards,
    coalesce(round(avg(settled_amount / target)
        FILTER (WHERE basis IN ('appeal_decision', 'idr_award') AND recovered > 0 AND target > 0), 4), 0)
        AS award_share,
    count(*) FILTER (WHERE best_offer IS NOT NULL AND target > 0) AS offers,
    coalesce(round(avg(best_offer / target) FILTER (WHERE best_offer IS NOT NULL AND target > 0), 4), 0)
        AS offer_share,
    count(*) FILTER (WHERE paid_on IS NOT NULL) AS payments,
    coalesce(round(avg(paid_on - settled_on) FILTER (WHERE paid_on IS NOT NULL), 2), 0) AS pay_days
FROM accounts
WHERE phase = 'closed' AND closed <> 'voided' AND pursued_on IS NOT NULL AND forum <> '' AND closed_on <= $1
GROUP BY GROUPING SETS ((forum), (forum, specialty), (forum, specialty, payer_id))
ORDER BY forum, specialty, payer
"""


async def take_snapshot(conn: Connection, version: str, as_of: date, now: datetime) -> Record:
    """Count every pursuit that ended by `as_of`; the snapshot is stored and not active yet.

    Raises `asyncpg.UniqueViolationError` for a version that exists.
    """
    rows = [dict(row) for row in await conn.fetch(_TALLIES, as_of)]
    # 3 = all claims of the forum; below that an unnamed specialty is no level of its own
    tallies = [row for row in rows if row.pop("rolled_up") == 3 or row["specialty"]]
    record = msgspec.convert(
        {"version": version, "as_of": as_of.isoformat(), "tallies": tallies},
        Record,
        strict=False,
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


async def activate(conn: Connection, version: str, now: datetime) -> Record | None:
    """Make a stored version the one decisions use from now on; None where it is unknown."""
    text = await conn.fetchval(
        "UPDATE payer_records SET activated_at = $2 WHERE version = $1 RETURNING record", version, now
    )
    return None if text is None else msgspec.json.decode(text, type=Record)


async def active(conn: Connection) -> Record | None:
    """The version activated last; None where none ever was."""
    text = await conn.fetchval(
        "SELECT record FROM payer_records WHERE activated_at IS NOT NULL ORDER BY activated_at DESC, version LIMIT 1"
    )
    return None if text is None else msgspec.json.decode(text, type=Record)


async def stored(conn: Connection) -> list[dict[str, object]]:
    """All versions, newest first."""
    rows = await conn.fetch("SELECT version, as_of, taken_at, activated_at FROM payer_records ORDER BY taken_at DESC")
    return [dict(row) for row in rows]
