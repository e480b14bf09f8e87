"""The durable scheduler: fires what is due, once, in the transaction of its effect, in any number of replicas."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from shared.db.pool import TRANSIENT
from shared.runtime.positions import CATCHING_UP
from shared.runtime.stopping import end_if_cancelled
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shared.telemetry import metrics
from shared.telemetry.logging import Log

_log = Log("timers")
_BATCH = 500
_PATIENCE = 60.0

Fire = Callable[[UnitOfWork, Sequence[str]], Awaitable[int]]


class Scheduler:
    """Polls the `timers` table, an index over what the states say is due, and hands the claims to `fire`.

    The instant is the database's: replicas whose hosts disagree about the time fire at the same one, and the clock of
    each host follows it (`Clock.follow`), so that what they decide is dated alike.
    """

    def __init__(
        self, units: UnitOfWorkFactory, fire: Fire, *, every: float = 0.5, ready: Callable[[], bool] = lambda: True
    ) -> None:
        """Nothing fires until it is `ready`: known whether the database was put back; for a minute at most."""
        self._ready = ready
        self._units = units
        self._fire = fire
        self._every = every

    async def run(self) -> None:
        """Fire for ever; faults are tried again at the next tick."""
        began = time.monotonic()
        while not self._ready() and time.monotonic() - began < _PATIENCE:
            end_if_cancelled()
            await asyncio.sleep(0.05)
        while True:
            end_if_cancelled()
            try:
                fired = await self.tick()
            except TRANSIENT as error:
                _log.warning("scheduler interrupted", error_type=type(error).__name__)
                fired = 0
            await asyncio.sleep(0 if fired >= _BATCH else self._every)

    async def tick(self) -> int:
        """Fire one batch of due timers."""
        async with self._units.begin() as uow:
            await self._follow_the_database(uow)
            if await uow.conn.fetchval(CATCHING_UP):
                return 0  # after a restore the log says what came before a deadline
            rows = await uow.conn.fetch(
                "SELECT DISTINCT claim_id FROM (SELECT claim_id FROM timers WHERE due <= $1 ORDER BY due LIMIT $2) d",
                uow.now,
                _BATCH,
            )
            if not rows:
                return 0
            fired = await self._fire(uow, [str(row["claim_id"]) for row in rows])
        if fired:
            _log.info("timers fired", count=fired)
        return fired

    async def _follow_the_database(self, uow: UnitOfWork) -> None:
        clock = self._units.clock
        before = clock.drift
        authority = await uow.conn.fetchval("SELECT clock_timestamp()")
        assert isinstance(authority, datetime)
        drift = clock.follow(authority)
        uow.now = clock.now()
        metrics.clock_drift.set(drift.total_seconds())
        if drift and not before:
            _log.warning("this host's clock is wrong; the database's is followed", drift_s=round(drift.total_seconds()))
