"""The loop that looks again for the 835s of open deposits, and tells claims whose money has come."""

from __future__ import annotations

import asyncio

from services.intake.application.reassociation import Reassociation
from shared.db.pool import TRANSIENT
from shared.telemetry.logging import Log

_log = Log("deposits")
_EVERY_SECONDS = 2.0


async def reassociate_for_ever(reassociation: Reassociation) -> None:
    """Look again for ever; a database that does not answer is asked again."""
    while True:
        try:
            await reassociation.once()
        except TRANSIENT as error:
            _log.warning("reassociation interrupted", error_type=type(error).__name__)
        await asyncio.sleep(_EVERY_SECONDS)
