"""Which moves bring the most within so many minutes, each by its last day: a knapsack whose room grows day by day.

Done in the order of their last days, a set of moves fits if for every day those that must end by it have no more
minutes than there are until then (Jackson 1955). Among the sets that fit the best is found exactly by dynamic
programming over minutes (Lawler & Moore, Management Science 16, 1969). Where a book and its hours are too large for
that, moves are taken by gain for a minute. How much any set could bring at most is told by letting moves be done in
part: of those the best set is taken by gain for a minute, since what fits is a polymatroid (Edmonds 1970).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from math import gcd

import msgspec

_STEPS = 1_000_000
"""Most steps of the exact method: a fifth of a second."""


class Work(msgspec.Struct, frozen=True, gc=False):
    """A move: what it brings in cents, its minutes, and the day, counted from 0, by whose end it must be done."""

    gain: int
    minutes: int
    day: int


class Plan(msgspec.Struct, frozen=True):
    """Places of the chosen moves in the order to do them, their gain in cents, and what no choice can exceed.

    `exact`: no other choice brings more.
    """

    chosen: tuple[int, ...]
    gain: int
    at_most: int
    exact: bool


def plan(works: Sequence[Work], room: Sequence[int], *, steps: int = _STEPS) -> Plan:
    """Choose the moves that bring the most.

    Args:
        works: The moves; those that bring nothing, or come too late, are never chosen.
        room: Minutes there are until the end of each day, each at least that of the day before.
        steps: Most steps that the exact method may take.

    Returns:
        The choice; the same for the same moves in the same order.
    """
    found = _candidates(works, room)
    at_most = _in_part(works, found, room)
    unit = gcd(*(works[n].minutes for n in found)) if found else 1
    units = [minutes // unit for minutes in room]
    exact = len(found) * (units[-1] if units else 0) <= steps
    chosen = _exactly(works, found, units, unit) if exact else _by_ratio(works, found, room)
    chosen.sort(key=lambda n: (works[n].day, -works[n].gain / works[n].minutes, n))
    gain = sum(works[n].gain for n in chosen)
    return Plan(tuple(chosen), gain, gain if exact else at_most, exact or gain == at_most)


def days_of(works: Sequence[Work], chosen: Sequence[int], room: Sequence[int]) -> list[int]:
    """The day on which each chosen move is done, when they are done one after another."""
    day, found = 0, list[int]()
    for used in accumulate(works[n].minutes for n in chosen):
        while room[day] < used:
            day += 1
        found.append(day)
    return found


def _candidates(works: Sequence[Work], room: Sequence[int]) -> list[int]:
    """Moves that the best set may hold: of those of one length and day only as many of the best as have room."""
    alike: dict[tuple[int, int], list[int]] = defaultdict(list)
    last = len(room) - 1
    for n, work in enumerate(works):
        if work.gain > 0 and work.day >= 0 and 0 < work.minutes <= room[min(work.day, last)]:
            alike[min(work.day, last), work.minutes].append(n)
    found: list[int] = []
    for (day, minutes), many in alike.items():
        many.sort(key=lambda n: (-works[n].gain, n))
        found += many[: room[day] // minutes]
    return sorted(found, key=lambda n: (works[n].day, n))


def _ranked(works: Sequence[Work], found: Sequence[int]) -> list[int]:
    return sorted(found, key=lambda n: (-works[n].gain / works[n].minutes, n))


class _Room:
    """Minutes that are left until the end of each day."""

    def __init__(self, room: Sequence[int]) -> None:
        self.left = list(room)

    def for_day(self, day: int) -> int:
        """Minutes that may still be used for what must be done by then."""
        return min(self.left[day:] or self.left[-1:])

    def use(self, day: int, minutes: int) -> None:
        for n in range(min(day, len(self.left) - 1), len(self.left)):
            self.left[n] -= minutes


def _in_part(works: Sequence[Work], found: Sequence[int], room: Sequence[int]) -> int:
    """What could be gained at most, rounded down: no whole number of cents above it can be."""
    left, gained = _Room(room), 0.0
    for n in _ranked(works, found):
        if not left.left[-1]:
            break
        work = works[n]
        minutes = min(work.minutes, left.for_day(work.day))
        if minutes > 0:
            left.use(work.day, minutes)
            gained += work.gain * minutes / work.minutes
    return int(gained + 1e-6)


def _by_ratio(works: Sequence[Work], found: Sequence[int], room: Sequence[int]) -> list[int]:
    left, chosen = _Room(room), list[int]()
    for n in _ranked(works, found):
        if not left.left[-1]:
            break
        if works[n].minutes <= left.for_day(works[n].day):
            left.use(works[n].day, works[n].minutes)
            chosen.append(n)
    return chosen


def _exactly(works: Sequence[Work], found: Sequence[int], units: Sequence[int], unit: int) -> list[int]:
    """`best[u]` is the most that the moves so far bring in `u` units; who gave it its value is kept to find the set."""
    best, took = [0], list[bytes]()
    for n in found:
        work, size = works[n], works[n].minutes // unit
        until = units[min(work.day, len(units) - 1)]
        best += [best[-1]] * (until + 1 - len(best))
        gain, shorter = work.gain, best[: until + 1 - size]
        took.append(bytes(size) + bytes([b + gain > a for a, b in zip(best[size:], shorter, strict=True)]))
        best[size:] = [b + gain if b + gain > a else a for a, b in zip(best[size:], shorter, strict=True)]
    chosen, used = list[int](), len(best) - 1
    for n, mark in zip(reversed(found), reversed(took), strict=True):
        used = min(used, len(mark) - 1)
        if mark[used]:
            chosen.append(n)
            used -= works[n].minutes // unit
    return chosen
