"""Whose turn it is among the inputs of one process: live before history, and histories evenly by organisation."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from services.intake.adapters.kafka.readers import Standings
from services.intake.application import turns as module
from services.intake.application.turns import HISTORY_STEP, SHORT, STEP, Behind, Shares, Turns


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_history_waits_for_a_live_input_that_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEAST_PATIENCE", 30.0)
    monkeypatch.setattr(module, "_MOST_PATIENCE", 30.0)
    turns, done = Turns(), list[str]()

    async def load() -> None:
        with turns.input("north", history=True) as turn:
            assert turn.at_once == HISTORY_STEP
            async with turn.step(HISTORY_STEP):
                done.append("history")

    with turns.input("clinic", history=False) as live:
        assert live.at_once == STEP
        loading = asyncio.create_task(load())
        await _settle()
        assert not done, "it lets the live input go first"
        async with live.step(1):
            done.append("live")
        await _settle()
        assert done == ["live"], "also between its steps"
    await loading
    assert done == ["live", "history"]


async def test_a_live_input_waits_for_nobody_while_it_is_short() -> None:
    turns = Turns(behind=_always(10_000))
    with turns.input("north", history=False), turns.input("clinic", history=False) as live:
        for _ in range(SHORT // 100):
            async with asyncio.timeout(1), live.step(100):
                pass


async def test_a_long_live_input_gives_way_to_one_that_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEAST_PATIENCE", 30.0)
    monkeypatch.setattr(module, "_MOST_PATIENCE", 30.0)
    turns, done = Turns(), list[str]()

    async def send() -> None:
        with turns.input("north", history=False) as long:
            async with long.step(STEP):
                pass
            async with long.step(STEP):  # 1,000 by now
                done.append("long")

    with turns.input("clinic", history=False):
        sending = asyncio.create_task(send())
        await _settle()
        assert not done
    await sending
    assert done == ["long"]


async def test_history_gets_on_under_live_inputs_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LEAST_PATIENCE", 0.01)
    turns = Turns()
    with turns.input("clinic", history=False), turns.input("north", history=True) as turn:
        async with asyncio.timeout(5):
            for _ in range(3):
                async with turn.step(HISTORY_STEP):
                    pass


async def test_history_waits_while_a_reader_is_behind() -> None:
    lag = [module.MOST_BEHIND + 1]
    turns, done = Turns(behind=lambda: _said(lag[0])), list[int]()

    async def load() -> None:
        with turns.input("north", history=True) as turn:
            async with turn.step(HISTORY_STEP):
                done.append(lag[0])

    loading = asyncio.create_task(load())
    await asyncio.sleep(0.2)
    assert not done
    lag[0] = module.MOST_BEHIND
    await loading
    assert done == [module.MOST_BEHIND]


async def test_an_input_in_an_open_transaction_waits_for_so_long_in_all() -> None:
    turns = Turns(behind=_always(10_000))
    with turns.input("north", history=True, most=0.2) as turn:
        assert turn.at_once == HISTORY_STEP
        async with asyncio.timeout(5):
            for _ in range(20):
                async with turn.step(HISTORY_STEP):
                    pass
        assert turn.at_once == STEP, "its transaction is open: it makes up for what it waited"


async def test_shares_go_by_organisation_and_not_by_files() -> None:
    shares, order = Shares(), list[str]()

    async def load(tenant: str) -> None:
        for _ in range(4):
            async with shares.step(tenant, 50):
                order.append(tenant)
                await asyncio.sleep(0)

    await asyncio.gather(*(load("large") for _ in range(5)), load("small"))
    assert Counter(order) == {"large": 20, "small": 4}
    # the small one's four steps are among the first nine: one for each of the large one's, however many it waits with
    assert max(n for n, tenant in enumerate(order) if tenant == "small") <= 8


async def test_a_turn_that_was_waited_for_in_vain_is_the_next_ones() -> None:
    shares, done = Shares(), list[str]()
    held = asyncio.Event()

    async def step(tenant: str, until: asyncio.Event | None = None) -> None:
        async with shares.step(tenant, 1):
            if until is not None:
                await until.wait()
            done.append(tenant)

    first = asyncio.create_task(step("a", held))
    await _settle()
    given_up, waiting = asyncio.create_task(step("b")), asyncio.create_task(step("c"))
    await _settle()
    given_up.cancel()
    held.set()
    await asyncio.gather(first, waiting)
    async with asyncio.timeout(1):
        await step("d")
    assert done == ["a", "c", "d"]


async def test_a_fault_gives_the_turn_on() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="broke"), turns.input("north", history=True) as turn:
        async with turn.step(1):
            raise ValueError("broke")
    with turns.input("north", history=True) as turn:
        async with asyncio.timeout(1), turn.step(1):
            pass
    with pytest.raises(ValueError, match="broke"), turns.input("clinic", history=False):
        raise ValueError("broke")
    async with asyncio.timeout(1):
        await turns.give_way(30.0)


@pytest.mark.parametrize(
    ("looks", "behind"),
    [
        ([(0, 100, {"a": 100})], 0),
        ([(0, 100, {"a": 40, "b": 70})], 60),
        ([(0, 100, {"a": 40}), (4.9, 120, {"a": 40})], 80),
        ([(0, 100, {"a": 40}), (5.1, 120, {"a": 40})], 0),  # stopped: nobody waits for it
        ([(0, 100, {"a": 40, "b": 90}), (5.1, 120, {"a": 40, "b": 110})], 10),
        ([(0, 100, {"a": 40}), (5.1, 120, {"a": 40}), (5.2, 120, {"a": 41})], 79),  # it is up again
        ([(0, 100, {"a": 100}), (60, 100, {"a": 100}), (61, 130, {"a": 100})], 30),  # it stood at the end
        ([(0, 100, dict[str, int]())], 0),
    ],
)
def test_how_far_readers_are_behind(looks: list[tuple[float, int, dict[str, int]]], behind: int) -> None:
    now = [0.0]
    standings = Standings(clock=lambda: now[0])
    found = -1
    for at, end, read in looks:
        now[0] = at
        found = standings.behind(end, read)
    assert found == behind


async def _said(count: int) -> int:
    return count


def _always(count: int) -> Behind:
    return lambda: _said(count)
