"""The best moves within so many hours: held to a solver that tries every set, and to the bound on large books."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import accumulate
from random import Random

import pytest

from services.gateway.domain.work_plan import Work, days_of, plan

MINUTES = (5, 10, 15, 20, 25, 30, 40, 60)


def best_of_all(works: Sequence[Work], room: Sequence[int]) -> int:
    """The most that any set brings, by trying each: what is done by a day must have found its minutes by then."""
    most = 0
    for bits in range(1 << len(works)):
        some = [work for n, work in enumerate(works) if bits >> n & 1]
        done_by = [
            sum(work.minutes for work in some if min(work.day, len(room) - 1) <= day) for day in range(len(room))
        ]
        if all(work.day >= 0 for work in some) and all(a <= b for a, b in zip(done_by, room, strict=True)):
            most = max(most, sum(work.gain for work in some))
    return most


def fits(works: Sequence[Work], chosen: Sequence[int], room: Sequence[int]) -> bool:
    """Done one after another in the order told, each move ends by its own day."""
    ends = accumulate(works[n].minutes for n in chosen)
    return all(end <= room[min(works[n].day, len(room) - 1)] for n, end in zip(chosen, ends, strict=True))


def small_book(dice: Random) -> tuple[list[Work], list[int]]:
    days = dice.randint(1, 4)
    room = list(accumulate(dice.choice((0, 15, 30, 60, 90)) for _ in range(days)))
    works = [
        Work(round(dice.lognormvariate(5, 1.6) * 100), dice.choice((*MINUTES, 7)), dice.randint(-1, days + 1))
        for _ in range(dice.randint(0, 11))
    ]
    return works, room


@pytest.mark.parametrize("steps", [1_000_000, 0], ids=["exact", "by gain for a minute"])
def test_two_hundred_small_books_are_planned_as_an_exact_solver_plans_them(steps: int) -> None:
    dice, short = Random(20261130), 0
    for _ in range(200):
        works, room = small_book(dice)
        most, found = best_of_all(works, room), plan(works, room, steps=steps)
        assert fits(works, found.chosen, room)
        assert found.gain == sum(works[n].gain for n in found.chosen) <= most <= found.at_most
        if found.exact:
            assert found.gain == most
        short += found.gain < most
    assert (short > 0) == (steps == 0), "only the quick way, which small books never take, misses the best"


def book(dice: Random, size: int, days: int) -> list[Work]:
    return [
        Work(round(dice.lognormvariate(6, 1.5) * 100), dice.choice(MINUTES), dice.randint(-3, days * 2))
        for _ in range(size)
    ]


@pytest.mark.parametrize(("hours", "days"), [(4, 1), (8, 1), (40, 5), (200, 5), (400, 20), (2000, 10)])
def test_large_books_come_within_two_percent_of_what_no_plan_can_exceed(hours: int, days: int) -> None:
    works = book(Random(hours), 50_000, days)
    room = [hours * 60 * (day + 1) // days for day in range(days)]
    began = time.process_time()
    found = plan(works, room)
    assert time.process_time() - began < 2
    assert fits(works, found.chosen, room)
    assert found.at_most * 0.98 <= found.gain <= found.at_most


@pytest.mark.parametrize(
    ("works", "room", "chosen"),
    [
        ([], [60], ()),
        ([Work(100, 30, 0)], [0], ()),
        # Ratio says 30 minutes for 60; two of 25 bring more: 50 minutes for 80.
        ([Work(60, 30, 0), Work(40, 25, 0), Work(40, 25, 0)], [50], (1, 2)),
        # The better one can wait until tomorrow; today's would be lost.
        ([Work(900, 60, 1), Work(100, 60, 0)], [60, 120], (1, 0)),
        # Both are due today and one fits.
        ([Work(900, 60, 0), Work(100, 60, 0)], [60, 120], (0,)),
        # What is past, or worth nothing, is never done.
        ([Work(900, 10, -1), Work(0, 10, 0), Work(-5, 10, 0)], [60], ()),
        # A day after the last one counts as the last.
        ([Work(900, 60, 400)], [30, 60], (0,)),
    ],
)
def test_plans_worked_out_by_hand(works: list[Work], room: list[int], chosen: tuple[int, ...]) -> None:
    assert plan(works, room).chosen == chosen


def test_each_move_has_the_day_on_which_it_ends() -> None:
    works = [Work(1, 40, 0), Work(1, 40, 1), Work(1, 30, 2)]
    assert days_of(works, (0, 1, 2), [60, 120, 180]) == [0, 1, 1]
