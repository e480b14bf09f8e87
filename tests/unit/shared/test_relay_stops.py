"""A relay that is stopped stops, also where it is woken at that very instant."""

from __future__ import annotations

import asyncio

from shared.runtime.relay import Relay


async def test_a_relay_that_is_woken_and_stopped_at_once_stops() -> None:
    relay = Relay(None, "nowhere:1", service="probe")  # type: ignore[arg-type]
    idle = asyncio.create_task(relay._idle(busy=False))
    await asyncio.sleep(0.01)
    relay.wake()  # the last transaction of a service that is stopping commits
    idle.cancel()
    await asyncio.wait((idle,), timeout=5)
    assert idle.cancelled()


async def test_an_idle_relay_goes_on_when_it_is_woken() -> None:
    relay = Relay(None, "nowhere:1", service="probe")  # type: ignore[arg-type]
    idle = asyncio.create_task(relay._idle(busy=False))
    await asyncio.sleep(0.01)
    relay.wake()
    async with asyncio.timeout(0.3):
        await idle
