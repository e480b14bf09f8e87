"""The calendar: legal days in a time zone, and business days.

Vocabulary of the trade, for every service: no decisions, no input or output.

**Legal day.** A period of law is counted in days of the place where the provider is. `TimeZones` says which time zone
that is for a tenant, `legal_day` which day an instant belongs to there, `day_begins` and `day_ends` at which instants
a day begins and ends, daylight saving included: a day has 23, 24 or 25 hours.

**Business day.** Monday to Friday except legal public holidays as observed (5 USC 6103), which is how 45 CFR 149.510
counts. The holidays come from the `holidays` library: a table, computed once a year of the calendar and kept.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

Unit = Literal["business", "calendar", "months"]
Convention = Literal["safe", "inclusive", "exclusive"]
"""How a period "beginning on" a day counts that day: as day 1 (inclusive), as day 0 (exclusive), or so that the date
holds under both readings (safe)."""

EASTERN = ZoneInfo("America/New_York")
"""Where nothing else is set: the time of the federal portals, and of most of the country's business."""

NO_DAY = date.max
"""Sorts what has no day behind everything that has one; Postgres keeps it as `infinity`."""
_ONE = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1990, 2120


class TimeZones(msgspec.Struct, frozen=True):
    """In which time zone a tenant's days are counted: its own where it has one, else `default`."""

    default: ZoneInfo = EASTERN
    tenants: Mapping[str, ZoneInfo] = {}

    def of(self, tenant: str) -> ZoneInfo:
        """The tenant's time zone."""
        return self.tenants.get(tenant, self.default)


def legal_day(instant: datetime, zone: ZoneInfo) -> date:
    """The day that an instant (with a time zone, mostly UTC) belongs to in `zone`."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone to belong to a day")
    return instant.astimezone(zone).date()


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, of `day` in `zone`: midnight, or the end of the gap where clocks skip midnight."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_ends(day: date, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, after `day` in `zone`: what happens at it or later is not in time any more."""
    return day_begins(day + _ONE, zone)


@lru_cache(maxsize=256)
def _days_of(year: int) -> tuple[date, ...]:
    """A year's business days: Monday to Friday, without federal holidays as observed."""
    import holidays  # only now: it loads the calendars of all countries, for which most commands need not wait

    off = set(holidays.country_holidays("US", years=year, observed=True))
    start = date(year, 1, 1)
    days = (start + timedelta(days=n) for n in range((date(year + 1, 1, 1) - start).days))
    return tuple(day for day in days if day.weekday() < 5 and day not in off)


class BusinessDays:
    """The business days of a run of years, extended on demand; lookups are binary searches."""

    def __init__(self, first_year: int = 2021, last_year: int = 2028) -> None:
        self._days: list[date] = []
        self._first = first_year
        self._last = last_year

    def _cover(self, day: date, count: int) -> None:
        if not self._days:
            for year in range(self._first, self._last + 1):
                self._days += _days_of(year)
        span = abs(count) // 240 + 1
        if self._first <= day.year - span and day.year + span <= self._last:
            return
        if not day.year - span > _FIRST_YEAR or not day.year + span < _LAST_YEAR:
            raise ValueError(f"business days are known for {_FIRST_YEAR} to {_LAST_YEAR}, not around {day.year}")
        while self._last < day.year + span:
            self._last += 1
            self._days += _days_of(self._last)
        while self._first > day.year - span:
            self._first -= 1
            self._days[:0] = _days_of(self._first)

    def is_business_day(self, day: date) -> bool:
        """Return True if `day` is Monday to Friday and no federal holiday as observed."""
        self._cover(day, 0)
        at = bisect_left(self._days, day)
        return at < len(self._days) and self._days[at] == day

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
