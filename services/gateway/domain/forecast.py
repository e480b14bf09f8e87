"""When the money of open disputes comes: weekly cash of the half year ahead, with intervals.

A dispute goes from its beginning to an agreement or award, or ends without money; what is agreed is paid, or never is:
two pairs of competing risks, each with a chance a week by the weeks since it began (as life tables do, in which what
has not ended yet counts for the weeks it was there; Aalen & Johansen 1978). A payer's chances in a forum are drawn
towards those of the forum, and these towards all. Each run draws them anew from their Dirichlet posteriors, then each
dispute's fate and the part of its shortfall that comes, from what came of ended ones.
Disputes that are yet to begin are in no week.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import mul
from random import Random

import msgspec

WEEKS = 26
LEVELS = (50, 80, 90)
_EDGES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 52, 78)
"""Weeks since the beginning at which a rate may change."""
_STRENGTH = 5.0
"""Dispute-weeks that the chances of the wider group weigh."""
_UNKNOWN = (0.02, 0.02)
"""Where nothing is known: half are over within four months, either way."""
_RATES, _RUNS, _DRAWS = 20, 20, 2_000_000
"""How often chances are drawn, runs of each, and fates that are drawn in all: of a large book fewer runs do."""

Key = tuple[str, str]
Weekly = tuple[float, ...]


class Course(msgspec.Struct, frozen=True, gc=False):
    """A dispute of a payer in a forum: days (ordinals) of its beginning, agreement or award, payment and end.

    `short` cents were short of the fair amount, `won` came. What has not happened is None.
    """

    payer: str
    forum: str
    began: int
    agreed: int | None
    paid: int | None
    ended: int | None
    short: int
    won: int = 0


class Week(msgspec.Struct, frozen=True):
    """A week from 0: the mean of what comes, and within what it is in 50, 80 and 90 of 100 cases; cents."""

    mean: int
    within: dict[int, tuple[int, int]]


class Forecast(msgspec.Struct, frozen=True):
    """The weeks of all open disputes together, and of each payer and each forum."""

    weeks: list[Week]
    by_payer: dict[str, list[Week]]
    by_forum: dict[str, list[Week]]
    disputes: int


class _Counts:
    """Occurrences of two competing ends, and the weeks that were entered, by weeks since the beginning."""

    def __init__(self) -> None:
        self.first = [0.0] * len(_EDGES)
        self.second = [0.0] * len(_EDGES)
        self.weeks = [0.0] * len(_EDGES)

    def add(self, days: int, which: int | None) -> None:
        """Enter a course of so many days; what has not ended was there for half of its last week."""
        whole = max(days, 0) // 7
        place = _place(whole)
        for n in range(place):
            self.weeks[n] += _EDGES[n + 1] - _EDGES[n]
        self.weeks[place] += whole - _EDGES[place] + (0.5 if which is None else 1)
        if which is not None:
            (self.first, self.second)[which][place] += 1


def _place(weeks: int) -> int:
    return bisect_right(_EDGES, weeks) - 1


class _Rates(msgspec.Struct, frozen=True):
    """The chances of either end in a week, for what has come so far."""

    first: Weekly
    second: Weekly

    @classmethod
    def drawn(cls, counts: _Counts, wider: _Rates | None, dice: Random) -> _Rates:
        first, second = list[float](), list[float]()
        for n, weeks in enumerate(counts.weeks):
            a, b = (wider.first[n], wider.second[n]) if wider else _UNKNOWN
            ends = counts.first[n], counts.second[n]
            drawn = [
                dice.gammavariate(max(seen + _STRENGTH * towards, 1e-3), 1)
                for seen, towards in zip((*ends, max(weeks - sum(ends), 0)), (a, b, 1 - a - b), strict=True)
            ]
            first.append(drawn[0] / sum(drawn))
            second.append(drawn[1] / sum(drawn))
        return cls(tuple(first), tuple(second))

    def first_by_week(self, age: int) -> list[float]:
        """The chance that the first end comes in each of the weeks ahead, for what is `age` weeks old."""
        alive, found = 1.0, list[float]()
        for week in range(age, age + WEEKS):
            n = _place(week)
            found.append(alive * self.first[n])
            alive *= max(1 - self.first[n] - self.second[n], 0.0)
        return found


class _Pair(msgspec.Struct, frozen=True):
    """Chances of reaching an agreement (or ending without), and of its payment (or never)."""

    agrees: _Rates
    pays: _Rates
    delay: list[float]

    @classmethod
    def of(cls, agrees: _Rates, pays: _Rates) -> _Pair:
        """With the weeks from an agreement to its payment."""
        return cls(agrees, pays, pays.first_by_week(0))

    def paid_by_week(self, age: int, *, agreed: bool) -> list[float]:
        """The chance that money has come by the end of each week ahead."""
        if agreed:
            return list(accumulate(self.pays.first_by_week(age)))
        reached, backwards = self.agrees.first_by_week(age), self.delay[::-1]
        weeks = [sum(map(mul, reached, backwards[WEEKS - 1 - week :])) for week in range(WEEKS)]
        return list(accumulate(weeks))


class _Book:
    """Counts by payer and forum, by forum, and of all."""

    def __init__(self, courses: Iterable[Course], today: int) -> None:
        self.agrees: dict[Key, _Counts] = defaultdict(_Counts)
        self.pays: dict[Key, _Counts] = defaultdict(_Counts)
        self.shares: dict[str, list[float]] = defaultdict(list)
        for one in courses:
            for key in ((one.payer, one.forum), ("", one.forum), ("", "")):
                if one.agreed is not None:
                    self.agrees[key].add(one.agreed - one.began, 0)
                    end, which = (one.paid, 0) if one.paid is not None else (one.ended, 1)
                    self.pays[key].add((today if end is None else end) - one.agreed, None if end is None else which)
                else:
                    end = one.ended
                    self.agrees[key].add((today if end is None else end) - one.began, None if end is None else 1)
            if one.paid is not None and one.short > 0:
                self.shares[one.forum].append(one.won / one.short)
                self.shares[""].append(one.won / one.short)

    def drawn(self, keys: Iterable[Key], dice: Random) -> dict[Key, _Pair]:
        whole = _Pair.of(*(_Rates.drawn(of["", ""], None, dice) for of in (self.agrees, self.pays)))
        forums: dict[str, _Pair] = {}
        found: dict[Key, _Pair] = {}
        for payer, forum in keys:
            if forum not in forums:
                forums[forum] = _Pair.of(
                    _Rates.drawn(self.agrees["", forum], whole.agrees, dice),
                    _Rates.drawn(self.pays["", forum], whole.pays, dice),
                )
            found[payer, forum] = _Pair.of(
                _Rates.drawn(self.agrees[payer, forum], forums[forum].agrees, dice),
                _Rates.drawn(self.pays[payer, forum], forums[forum].pays, dice),
            )
        return found


def forecast(courses: Sequence[Course], today: int, *, seed: int = 1) -> Forecast:
    """Forecast the cash of the disputes that are open.

    Args:
        courses: Every dispute that is known, open and ended.
        today: The day (ordinal) before the first week.
        seed: Of the runs; the same gives the same figures.

    Returns:
        Cents by week.
    """
    dice = Random(seed)
    book = _Book(courses, today)
    live = [one for one in courses if one.paid is None and one.ended is None and one.short > 0]
    each = max(1, min(_RUNS, _DRAWS // (_RATES * len(live) or 1)))
    keys = sorted({(one.payer, one.forum) for one in live})
    runs: dict[tuple[str, str], list[list[int]]] = defaultdict(list)
    names = [("", ""), *(("payer", p) for p in sorted({p for p, _ in keys}))]
    names += [("forum", f) for f in sorted({f for _, f in keys})]
    for _ in range(_RATES):
        pairs = book.drawn(keys, dice)
        made: dict[tuple[Key, int, bool], list[float]] = {}
        fates = [_fate(one, today, pairs, made) for one in live]
        for _ in range(each):
            cash = {name: [0] * WEEKS for name in names}
            for one, by_week in zip(live, fates, strict=True):
                week = bisect_right(by_week, dice.random())
                if week < WEEKS:
                    shares = book.shares.get(one.forum) or book.shares.get("") or [1.0]
                    cents = round(one.short * dice.choice(shares))
                    for name in (("", ""), ("payer", one.payer), ("forum", one.forum)):
                        cash[name][week] += cents
            for name in names:
                runs[name].append(cash[name])
    weeks = {name: _weeks(found) for name, found in runs.items()}
    return Forecast(
        weeks["", ""],
        {name: found for (kind, name), found in weeks.items() if kind == "payer"},
        {name: found for (kind, name), found in weeks.items() if kind == "forum"},
        len(live),
    )


def _fate(
    one: Course, today: int, pairs: Mapping[Key, _Pair], made: dict[tuple[Key, int, bool], list[float]]
) -> list[float]:
    key, agreed = (one.payer, one.forum), one.agreed is not None
    weeks = max(today - (one.began if one.agreed is None else one.agreed), 0) // 7
    age = weeks if weeks < 16 else _EDGES[bisect_right(_EDGES, weeks) - 1]  # older ones alike share a rate
    if (key, age, agreed) not in made:
        made[key, age, agreed] = pairs[key].paid_by_week(age, agreed=agreed)
    return made[key, age, agreed]


def _weeks(runs: Sequence[Sequence[int]]) -> list[Week]:
    found: list[Week] = []
    for week in range(WEEKS):
        values = sorted(run[week] for run in runs)
        within = {level: _middle(values, level) for level in LEVELS}
        found.append(Week(round(sum(values) / len(values)), within))
    return found


def _middle(values: Sequence[int], level: int) -> tuple[int, int]:
    """The interval that leaves as many values below it as above."""
    last = len(values) - 1
    aside = (100 - level) / 200
    return values[int(last * aside)], values[-int(-(last * (1 - aside)) // 1)]
