"""The loop of what looks again and again, whatever becomes of the database meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shared.db.pool import TRANSIENT
from shared.runtime.stopping import end_if_cancelled
from shared.telemetry.logging import Log


async def look_for_ever(once: Callable[[], Awaitable[object]], *, every: float, log: Log, interrupted: str) -> None:
    """Await `once` again and again, `every` seconds after it ended.

    Where it meets a passing fault (`TRANSIENT`), `log` is told of that in the words `interrupted`, and it is awaited
    again like after any other turn.
    """
    while True:
        end_if_cancelled()
        try:
            await once()
        except TRANSIENT as error:
            log.warning(interrupted, error_type=type(error).__name__)
        await asyncio.sleep(every)
