"""What ops look at: how events flow, what is stuck, what was refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from services.gateway.application.operations_ports import DeadLetters, Flow, Illegal, Ops, Stuck
from shared.db.pool import Pool
from shared.db.rows import Row


class _FlowRow(Row):
    service: str
    last_minute: int
    newest_at: datetime


class _DeadLettersRow(Row):
    service: str
    reason: str
    announced: int
    newest_at: datetime
    detail: str


class _IllegalRow(Row):
    claim_id: str
    position: int
    type: str
    state: str
    recorded_at: datetime


class _StuckRow(Row):
    state: str
    claims: int
    oldest_at: datetime


_RECENT = 20_000


class SystemState:
    """Reads the tables of the read model, over all tenants."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read(self, now: datetime, today: date) -> Ops:
        """All of it; `now` and `today` are the business calendar's."""
        async with self._pool.acquire() as conn, conn.transaction(readonly=True):
            flow = await conn.fetch(
                "SELECT source AS service, "
                "count(*) FILTER (WHERE taken_at > $1::timestamptz - interval '1 minute') AS last_minute, "
                "max(taken_at) AS newest_at FROM (SELECT source, taken_at FROM timeline ORDER BY id DESC LIMIT $2) t "
                "GROUP BY source ORDER BY source",
                now,
                _RECENT,
                record_class=_FlowRow,
            )
            dead_letters = await conn.fetch(
                "SELECT service, reason, count(*) AS announced, max(announced_at) AS newest_at, "
                "(array_agg(detail ORDER BY announced_at DESC))[1] AS detail FROM dead_letters "
                "GROUP BY service, reason ORDER BY newest_at DESC LIMIT 50",
                record_class=_DeadLettersRow,
            )
            illegal = await conn.fetch(
                "SELECT claim_id::text, position, type, state, recorded_at FROM illegal_transition "
                "ORDER BY recorded_at DESC LIMIT 50",
                record_class=_IllegalRow,
            )
            stuck = await conn.fetch(
                "SELECT status AS state, count(*) AS claims, min(last_at) AS oldest_at FROM claims "
                "WHERE status IN ('adjudicated', 'paid_fairly', 'underpaid', 'denied', 'unsuccessful', 'paid', "
                "'voided') AND last_at < $1::timestamptz - interval '1 hour' GROUP BY status ORDER BY status",
                now,
                record_class=_StuckRow,
            )
            due = await conn.fetchval(
                "SELECT count(*) FROM claims WHERE next_deadline <= $1", today + timedelta(days=3)
            )
            parked = await conn.fetchval("SELECT count(*) FROM parked")
        return Ops(
            [Flow(row.service, row.last_minute, row.newest_at) for row in flow],
            [DeadLetters(row.service, row.reason, row.announced, row.newest_at, row.detail) for row in dead_letters],
            [Illegal(row.claim_id, row.position, row.type, row.state, row.recorded_at) for row in illegal],
            [Stuck(row.state, row.claims, row.oldest_at) for row in stuck],
            due or 0,
            parked or 0,
        )

    async def forget_dead_letters(self, service: str, claim_id: UUID | None, before: datetime) -> None:
        """Take off what a service announced before a replay that left nothing parked."""
        await self._pool.execute(
            "DELETE FROM dead_letters WHERE service = $1 AND ($2::uuid IS NULL OR claim_id = $2) AND announced_at < $3",
            service,
            claim_id,
            before,
        )
