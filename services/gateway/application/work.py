"""What to do next: the desk's moves that bring the most within so many hours, each by its last day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.gateway.application.case_ports import FoundCase
from services.gateway.domain.effort import Effort, effort_of, gain_of, last_day
from services.gateway.domain.work_plan import Work, days_of, plan
from shared.calendar import BusinessDays
from shared.money import ZERO

_DAYS = BusinessDays()


class ChosenWork(msgspec.Struct, frozen=True):
    """A move to make: its row, what it takes, the dollars that hang on it, on which day, and by when at the latest."""

    found: FoundCase
    effort: Effort
    gain: Decimal
    day: date
    last: date | None


class Aside(msgspec.Struct, frozen=True):
    """Moves that a plan leaves aside, and the dollars that hang on them."""

    count: int = 0
    gain: Decimal = ZERO

    def with_one(self, gain: Decimal) -> Aside:
        """One more."""
        return Aside(self.count + 1, self.gain + gain)


class WorkPlanned(msgspec.Struct, frozen=True, kw_only=True):
    """The moves in the order to make them, what they bring, and what no choice of moves can exceed, in dollars.

    Left aside is what finds no hour (`unplaced`), is not open yet (`later`), may no longer be done (`passed`), or waits
    for another `role`.
    """

    chosen: list[ChosenWork]
    minutes: int
    gain: Decimal
    at_most: Decimal
    exact: bool
    unplaced: Aside
    later: Aside
    passed: Aside
    role: Aside


class _Move(msgspec.Struct, frozen=True, gc=False):  # tens of thousands, without circles: not the collector's
    found: FoundCase
    effort: Effort
    gain: Decimal
    last: date | None


def plan_work(rows: Sequence[FoundCase], today: date, *, minutes: int, per_day: int, approves: bool) -> WorkPlanned:
    """Choose what to do.

    Args:
        rows: The live disputes.
        today: The day on which the work begins.
        minutes: Of work, in all.
        per_day: Of work, on each business day.
        approves: Whether what waits for a manager can be done.

    Returns:
        The plan.
    """
    days = _days(today, minutes, per_day)
    room = [min(minutes, per_day * (n + 1)) for n in range(len(days))]
    moves = list[_Move]()
    later = passed = role = Aside()
    for found in rows:
        effort = effort_of(found.row)
        gain = gain_of(found.row, effort)
        if effort is None or not gain:
            continue
        opens, last = found.row.move.opens, last_day(found.row, effort)
        if last is not None and last < today:
            passed = passed.with_one(gain)
        elif opens is not None and opens > today:
            later = later.with_one(gain)
        elif found.row.move.role == "manager" and not approves:
            role = role.with_one(gain)
        else:
            moves.append(_Move(found, effort, gain, last))
    works = [
        Work(int(m.gain * 100), m.effort.minutes, len(days) if m.last is None else bisect_right(days, m.last) - 1)
        for m in moves
    ]
    best = plan(works, room)
    chosen = [
        ChosenWork(moves[n].found, moves[n].effort, moves[n].gain, days[day], moves[n].last)
        for n, day in zip(best.chosen, days_of(works, best.chosen, room), strict=True)
    ]
    gained = Decimal(best.gain).scaleb(-2)
    return WorkPlanned(
        chosen=chosen,
        minutes=sum(one.effort.minutes for one in chosen),
        gain=gained,
        at_most=Decimal(best.at_most).scaleb(-2),
        exact=best.exact,
        unplaced=Aside(len(moves) - len(chosen), sum((m.gain for m in moves), ZERO) - gained),
        later=later,
        passed=passed,
        role=role,
    )


def _days(today: date, minutes: int, per_day: int) -> list[date]:
    """Today, and the business days after it on which the rest of the minutes is worked."""
    count = max(-(-minutes // per_day), 1)
    return [today, *(_DAYS.after(today, n) for n in range(1, count))]
