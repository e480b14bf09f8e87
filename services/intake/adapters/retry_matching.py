"""The loop that looks again at remittances and requests that wait, within a second or two of their claims."""

from __future__ import annotations

import asyncio

from services.intake.application.retry_matching import RetryMatching
from shared.db.pool import TRANSIENT
from shared.telemetry.logging import Log

_log = Log("retry_matching")
_EVERY_SECONDS = 1.0


async def retry_for_ever(matching: RetryMatching) -> None:
    """Look again for ever; a database that does not answer is asked again."""
    while True:
        try:
            await matching.once()
        except TRANSIENT as error:
            _log.warning("retry interrupted", error_type=type(error).__name__)
        await asyncio.sleep(_EVERY_SECONDS)
