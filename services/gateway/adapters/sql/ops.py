"""What ops look at: how events flow, what is stuck, what was refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from shared.db.pool import Pool

_RECENT = 20_000


class Flow(msgspec.Struct, frozen=True):
    """Events of one service that came in during the last minute, and its newest."""

    service: str
    last_minute: int
    newest_at: datetime


class Letters(msgspec.Struct, frozen=True):
    """Dead letters of one service and reason, as announced; they go when a replay at the gateway leaves none parked."""

    service: str
    reason: str
    announced: int
    newest_at: datetime
    detail: str


class Illegal(msgspec.Struct, frozen=True):
    """An event that came in a state that does not allow it."""

    claim_id: str
    position: int
    type: str
    state: str
    recorded_at: datetime


class Stuck(msgspec.Struct, frozen=True):
    """Claims that wait in a state that should pass by itself, for more than an hour."""

    state: str
    claims: int
    oldest_at: datetime


class EndedList(msgspec.Struct, frozen=True):
    """A code list of intake whose newest release ended `days` ago: codes new since are not known."""

    name: str
    version: str
    valid_to: date
    days: int


class Ops(msgspec.Struct, frozen=True):
    """The ops view of the whole system; operators see every tenant's counts here, but no claim's content."""

    flow: list[Flow]
    dead_letters: list[Letters]
    illegal: list[Illegal]
    stuck: list[Stuck]
    deadlines_due: int
    parked_here: int
    ended_lists: list[EndedList] = []


async def ops(pool: Pool, now: datetime, today: date) -> Ops:
    """Read it all; `now` and `today` are the business calendar's."""
    async with pool.acquire() as conn, conn.transaction(readonly=True):
        flow = await conn.fetch(
            "SELECT source AS service, "
            "count(*) FILTER (WHERE taken_at > $1::timestamptz - interval '1 minute') AS last_minute, "
            "max(taken_at) AS newest_at FROM (SELECT source, taken_at FROM timeline ORDER BY id DESC LIMIT $2) t "
            "GROUP BY source ORDER BY source",
            now,
            _RECENT,
        )
        letters = await conn.fetch(
            "SELECT service, reason, count(*) AS announced, max(announced_at) AS newest_at, "
            "(array_agg(detail ORDER BY announced_at DESC))[1] AS detail FROM dead_letters "
            "GROUP BY service, reason ORDER BY newest_at DESC LIMIT 50"
        )
        illegal = await conn.fetch(
            "SELECT claim_id::text, position, type, state, recorded_at FROM illegal_transition "
            "ORDER BY recorded_at DESC LIMIT 50"
        )
        stuck = await conn.fetch(
            "SELECT status AS state, count(*) AS claims, min(last_at) AS oldest_at FROM claims "
            "WHERE status IN ('adjudicated', 'paid_fairly', 'underpaid', 'denied', 'unsuccessful', 'paid', 'voided') "
            "AND last_at < $1::timestamptz - interval '1 hour' GROUP BY status ORDER BY status",
            now,
        )
        due = await conn.fetchval("SELECT count(*) FROM claims WHERE next_deadline <= $1", today + timedelta(days=3))
        parked = await conn.fetchval("SELECT count(*) FROM parked")
    return Ops(
        [Flow(**dict(row)) for row in flow],
        [Letters(**dict(row)) for row in letters],
        [Illegal(**dict(row)) for row in illegal],
        [Stuck(**dict(row)) for row in stuck],
        due or 0,
        parked or 0,
    )


async def forget_letters(pool: Pool, service: str, claim_id: UUID | None, before: datetime) -> None:
    """Take off what a service announced before a replay that left nothing parked."""
    await pool.execute(
        "DELETE FROM dead_letters WHERE service = $1 AND ($2::uuid IS NULL OR claim_id = $2) AND announced_at < $3",
        service,
        claim_id,
        before,
    )
