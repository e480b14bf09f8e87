"""A relay that is stopped stops, also where it is woken at that very instant."""

from __future__ import annotations

import asyncio

import pytest

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


async def test_a_loop_ends_though_its_clean_up_put_a_fault_in_place_of_the_cancellation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay = Relay(None, "nowhere:1", service="probe")  # type: ignore[arg-type]
    sessions = 0

    async def session() -> None:
        nonlocal sessions
        sessions += 1
        try:
            await asyncio.sleep(3600)
        finally:
            raise ConnectionError("the database went first")

    monkeypatch.setattr(relay, "_relay_session", session)
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait((running,), timeout=2)
    assert (running.cancelled(), sessions) == (True, 1)
