"""After a restore: intake learns from the log what it had published, before it decides anything again.

Its inputs are files and requests, and what came after the backup is on no log that it reads. So the numbers that stand
on the log are set aside (`sql/published.py`): whatever comes again is adopted under its own, whatever is new comes
behind them, in whatever order they come.
"""

from __future__ import annotations

from services.intake.adapters.sql.published import note, waiting
from shared.db.pool import Pool
from shared.runtime.own_events import look
from shared.signing import Trust
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("intake")


class LogRecovery:
    """Looks at the log for what the database does not know of it."""

    def __init__(self, pool: Pool, bootstrap_servers: str, trust: Trust) -> None:
        self._trust = trust
        self._pool = pool
        self._bootstrap = bootstrap_servers

    async def look(self) -> None:
        """Note what of ours stands on the log beyond the database, and say so."""
        before = await self._count()
        async with self._pool.acquire() as conn:
            empty = not await conn.fetchval("SELECT EXISTS (SELECT FROM claims)")
        await look(self._pool, self._bootstrap, "intake", note, self._trust, empty=empty)
        found = await self._count() - before
        if found > 0:
            metrics.positions_odd.labels("database_behind").inc()
            _log.error("events on the log are not known here: their inputs are to be sent again", count=found)

    async def _count(self) -> int:
        async with self._pool.acquire() as conn:
            count = await waiting(conn)
        metrics.published_unknown.set(count)
        return count
