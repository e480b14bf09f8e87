"""Business days, and dates that carry the rule behind them.

A business day is Monday to Friday except legal public holidays as observed (5 USC 6103), which is how 45 CFR 149.510
counts. The holidays come from the `holidays` library: a table, computed once a year of the calendar and kept.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

import holidays
import msgspec

Unit = Literal["business", "calendar", "months"]
Convention = Literal["safe", "inclusive", "exclusive"]
"""How a period "beginning on" a day counts that day: as day 1 (inclusive), as day 0 (exclusive), or so that the date
holds under both readings (safe)."""

_ONE = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1990, 2120
# A day of the log is a day in US Eastern Standard Time; a fixed offset keeps decisions free of time zone tables.
_EASTERN = timedelta(hours=5)


@lru_cache(maxsize=256)
def _calendar(year: int) -> tuple[dict[date, str], tuple[date, ...]]:
    """A year's federal holidays as observed, by name, and its business days."""
    off = dict(holidays.country_holidays("US", years=year, observed=True))
    start = date(year, 1, 1)
    days = (start + timedelta(days=n) for n in range((date(year + 1, 1, 1) - start).days))
    return off, tuple(day for day in days if day.weekday() < 5 and day not in off)


class BusinessDays:
    """The business days of a run of years, extended on demand; lookups are binary searches."""

    def __init__(self, first_year: int = 2021, last_year: int = 2028) -> None:
        self._days: list[date] = []
        self._names: dict[date, str] = {}
        self._first = first_year
        self._last = last_year
        for year in range(first_year, last_year + 1):
            self._days += self._year(year)

    def _year(self, year: int) -> tuple[date, ...]:
        names, days = _calendar(year)
        self._names.update(names)
        return days

    def _cover(self, day: date, count: int) -> None:
        span = abs(count) // 240 + 1
        if self._first <= day.year - span and day.year + span <= self._last:
            return
        if not day.year - span > _FIRST_YEAR or not day.year + span < _LAST_YEAR:
            raise ValueError(f"business days are known for {_FIRST_YEAR} to {_LAST_YEAR}, not around {day.year}")
        while self._last < day.year + span:
            self._last += 1
            self._days += self._year(self._last)
        while self._first > day.year - span:
            self._first -= 1
            self._days[:0] = self._year(self._first)

    def is_business_day(self, day: date) -> bool:
        """Whether `day` is Monday to Friday and no federal holiday as observed."""
        self._cover(day, 0)
        at = bisect_left(self._days, day)
        return at < len(self._days) and self._days[at] == day

    def holiday(self, day: date) -> str:
        """The holiday's name, or an empty string."""
        self._cover(day, 0)
        return self._names.get(day, "")

    def on_or_after(self, day: date) -> date:
        """The first business day that is not before `day`."""
        self._cover(day, 1)
        return self._days[bisect_left(self._days, day)]

    def on_or_before(self, day: date) -> date:
        """The last business day that is not after `day`."""
        self._cover(day, 1)
        at = bisect_right(self._days, day) - 1
        return self._days[at]

    def after(self, day: date, count: int) -> date:
        """The `count`-th business day after `day`; day itself is day 0 and need not be a business day."""
        if count < 1:
            raise ValueError("count at least one business day")
        self._cover(day, count)
        return self._days[bisect_right(self._days, day) + count - 1]

    def before(self, day: date, count: int) -> date:
        """The `count`-th business day before `day`."""
        if count < 1:
            raise ValueError("count at least one business day")
        self._cover(day, count)
        at = bisect_left(self._days, day) - count
        return self._days[at]

    def between(self, start: date, end: date) -> int:
        """How many business days lie after `start` and up to `end`; negative where `end` is before `start`."""
        self._cover(start, 0)
        self._cover(end, 0)
        return bisect_right(self._days, end) - bisect_right(self._days, start)

    def last_of_period(self, begins: date, length: int, convention: Convention) -> tuple[date, date]:
        """First and last candidate for the last day of a period of business days that begins on `begins`.

        Inclusive: `begins` is day 1 if it is a business day. Exclusive: it is day 0. The two agree where `begins` is
        no business day. Both members are equal unless the convention is `safe`.
        """
        exclusive = self.after(begins, length)
        inclusive = self.after(begins - _ONE, length)
        if convention == "inclusive":
            return inclusive, inclusive
        if convention == "exclusive":
            return exclusive, exclusive
        return inclusive, exclusive

    def add(self, day: date, count: int, unit: Unit) -> date:
        """`day` plus so many business days, calendar days or months (the last day of a shorter month)."""
        if unit == "business":
            return self.after(day, count)
        return day + timedelta(days=count) if unit == "calendar" else _plus_months(day, count)

    def same_day_of_month(self, day: date, months: int) -> date:
        """The same day so many months later; where that month lacks it, the first of the next one.

        45 CFR 147.136(d)(2)(i) counts so: notice of 30 October, no 30 February, 1 March.
        """
        later = _plus_months(day, months)
        return later if later.day == day.day else later + _ONE


def _plus_months(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    first_of_next = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), first_of_next - _ONE)


class Dated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One date of a calendar and why it is that date.

    `due` is the day the rule names; `act_by` the last business day on which we can still act, where the move is ours;
    `opens` the first day on which the step may be taken. `mover` says whose move it is, `rule` the law behind it.
    """

    kind: str
    label: str
    mover: str
    due: date
    rule: str
    why: str
    opens: date | None = None
    act_by: date | None = None
    cost: str = ""


def day_of(now: datetime) -> date:
    """The day an instant belongs to, in US Eastern Standard Time."""
    return (now.astimezone(UTC) - _EASTERN).date()


def start_of(day: date) -> datetime:
    """When a timer for `day` fires: 12:00 UTC, which is that day's morning from Eastern to Pacific time."""
    return datetime.combine(day, time(12), UTC)


def end_of(day: date) -> datetime:
    """When `day` is over everywhere in the contiguous states: 12:00 UTC of the next day."""
    return start_of(day + _ONE)
