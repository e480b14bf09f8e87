"""What a service does for its own tables now and then: forgets old inbox entries, and looks at the outbox.

The inbox's entries are found by an index on when they came, made here and not in a migration: on a table of an earlier
release it is built beside the service's work (`CONCURRENTLY`), which no migration's transaction can do.
"""

from __future__ import annotations

import asyncio
import time

from shared.db.pool import TRANSIENT, Connection, Pool
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
_FORGET = """
DELETE FROM inbox WHERE ctid = ANY (
    ARRAY(SELECT ctid FROM inbox WHERE received_at < $1 ORDER BY received_at LIMIT $2)
)
"""
_FORGOTTEN_AT_ONCE = 20_000
_BUILD_SECONDS = 6 * 3600


class Upkeep:
    """The loop; safe in several replicas."""

    def __init__(self, pool: Pool, inbox_days: int) -> None:
        """Inbox entries are kept for so many days."""
        self._pool = pool
        self._inbox_days = inbox_days
        self._oldest: tuple[int, float] | None = None
        self.held = 0

    @property
    def publishing(self) -> bool:
        """Whether the outbox moves: false while its oldest event has been the same for too long."""
        return self._oldest is None or time.monotonic() - self._oldest[1] < _STANDING_SECONDS

    async def run(self) -> None:
        """Look after the tables for ever."""
        while True:
            end_if_cancelled()
            try:
                async with self._pool.acquire() as conn:
                    await self.sample_outbox(conn)
                    await self.sweep(conn)
            except TRANSIENT as error:  # what does not pass ends the loop: it is started again, counted and seen
                _log.warning("upkeep postponed", error_type=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)

    async def sweep(self, conn: Connection) -> int:
        """Forget every inbox entry past its retention; returns how many. One replica at a time, in short statements."""
        mine = "hashtext('sweep:' || current_schema()), 0"
        if not await conn.fetchval(f"SELECT pg_try_advisory_lock({mine})"):
            return 0
        try:
            await self._index(conn)
            before = await conn.fetchval("SELECT now() - make_interval(days => $1)", self._inbox_days)
            forgotten = 0
            while True:
                end_if_cancelled()
                done = int((await conn.execute(_FORGET, before, _FORGOTTEN_AT_ONCE)).rpartition(" ")[2])
                forgotten += done
                if done < _FORGOTTEN_AT_ONCE:
                    return forgotten
        finally:
            if not conn.is_closed():
                await conn.execute(f"SELECT pg_advisory_unlock({mine})")

    async def _index(self, conn: Connection) -> None:
        """Make the index where it is missing, or anew where its building broke off."""
        valid = await conn.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('inbox_received')")
        if valid:
            return
        if valid is False:
            await conn.execute("DROP INDEX inbox_received")
        await conn.execute("CREATE INDEX CONCURRENTLY inbox_received ON inbox (received_at)", timeout=_BUILD_SECONDS)

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
        metrics.outbox_standing.set(now - self._oldest[1] if self._oldest else 0)

    async def sample_held(self, conn: Connection) -> None:
        """Count the events that the broker does not take."""
        self.held = int(await conn.fetchval("SELECT count(*) FROM outbox WHERE held <> ''") or 0)
        metrics.outbox_held.set(self.held)
