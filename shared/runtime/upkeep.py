"""What a service does for its own tables now and then: looks at the outbox, and forgets the leases of the dead."""

from __future__ import annotations

import asyncio
import time

from shared.db.pool import TRANSIENT, Connection, Pool
from shared.runtime.leases import forget_ended
from shared.runtime.stopping import end_if_cancelled
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("upkeep")
_EVERY_SECONDS = 30.0
_STANDING_SECONDS = 90.0
_MOST_COUNTED = 1_000_000
_OLDEST = """
SELECT min(id) FROM (
    SELECT id FROM outbox WHERE aggregateid <> ALL (ARRAY(SELECT aggregateid FROM outbox WHERE held <> ''))
    ORDER BY id LIMIT 1
) AS first
"""


class Upkeep:
    """The loop; safe in several replicas."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._oldest: tuple[int, float] | None = None
        self.held = 0

    @property
    def publishing(self) -> bool:
        """True if the outbox moves: false while its oldest event has been the same for too long."""
        return self._oldest is None or time.monotonic() - self._oldest[1] < _STANDING_SECONDS

    async def run(self) -> None:
        """Look after the tables for ever."""
        while True:
            end_if_cancelled()
            try:
                async with self._pool.acquire() as conn:
                    await self.sample_outbox(conn)
                    await forget_ended(conn)
            except TRANSIENT as error:  # what does not pass ends the loop: it is started again, counted and seen
                _log.warning("upkeep postponed", error_type=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)

    async def sample_outbox(self, conn: Connection) -> None:
        """How much waits for the relay, what the broker refuses, and whether the rest moves."""
        waiting = await conn.fetchval("SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS counted", _MOST_COUNTED)
        metrics.outbox_pending.set(waiting or 0)
        await self.sample_held(conn)
        oldest, now = await conn.fetchval(_OLDEST), time.monotonic()
        if oldest is None:
            self._oldest = None
        elif self._oldest is None or self._oldest[0] != oldest:
            self._oldest = (oldest, now)
        metrics.outbox_stalled.set(now - self._oldest[1] if self._oldest else 0)

    async def sample_held(self, conn: Connection) -> None:
        """Count the events that the broker does not take."""
        self.held = int(await conn.fetchval("SELECT count(*) FROM outbox WHERE held <> ''") or 0)
        metrics.outbox_held.set(self.held)
