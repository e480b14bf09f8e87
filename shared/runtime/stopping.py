"""Ends a loop whose cancellation was lost on its way: each turn of a loop that runs for ever asks first."""

from __future__ import annotations

import asyncio


def end_if_cancelled() -> None:
    """Raise `CancelledError` where the running task was told to end and something below it took that for a fault.

    A clean-up that fails replaces the cancellation by its own error, and libraries that use `asyncio.wait_for` on
    Python 3.11 may forget it; a loop that retries every fault would then outlive the service's stop.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
