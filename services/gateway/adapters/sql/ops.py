"""What ops look at: how events flow, what is stuck, what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from services.gateway.application.operations_ports import DeadLetters, Flow, Illegal, Ops, Stuck
from services.gateway.domain.stuck import PASSING
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
_STUCK = """
SELECT c.status AS state, count(*) AS claims, min(c.last_at) AS oldest_at
FROM unnest($3::text[], $4::interval[]) AS passing (state, within)
JOIN claims c ON c.status = passing.state AND c.last_at < $1::timestamptz - passing.within
WHERE c.next_deadline IS NULL OR c.next_deadline < $2 GROUP BY c.status ORDER BY c.status
"""


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
                _STUCK,
                now,
                today,
                list(PASSING),
                [passing.within for passing in PASSING.values()],
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
            [Stuck(row.state, row.claims, row.oldest_at, PASSING[row.state].service) for row in stuck],
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

    async def forget_announced(self, service: str, places: Sequence[tuple[str, int, int]]) -> None:
        """Take off announcements of letters that were given up."""
        await self._pool.execute(
            "DELETE FROM dead_letters WHERE service = $1 AND (topic, kafka_partition, kafka_offset) IN "
            "(SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[]))",
            service,
            [topic for topic, _, _ in places],
            [partition for _, partition, _ in places],
            [offset for _, _, offset in places],
        )
