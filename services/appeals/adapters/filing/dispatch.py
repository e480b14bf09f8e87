"""Sends queued filings in the background: documents are typeset here, away from the event flow."""

from __future__ import annotations

import asyncio

from services.appeals.application.dispatch import BATCH, SendFilings
from shared.db.pool import TRANSIENT
from shared.telemetry.logging import Log

_log = Log("dispatch")
_REST_SECONDS = 2


class Dispatch:
    """Runs the use case as long as the service does."""

    def __init__(self, sending: SendFilings) -> None:
        self._sending = sending

    async def run(self) -> None:
        """Work for ever; rests where the queue is empty or the database is away."""
        while True:
            try:
                worked = await self.tick()
            except TRANSIENT as error:
                _log.warning("dispatch interrupted", error_type=type(error).__name__)
                worked = 0
            await asyncio.sleep(0 if worked == BATCH else _REST_SECONDS)

    async def tick(self) -> int:
        """One batch; returns how many filings were handled."""
        return await self._sending.send_batch()
