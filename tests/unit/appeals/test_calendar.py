"""Business days and the No Surprises Act clock, against dates worked out by hand from 5 USC 6103 and 45 CFR 149.510."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.calendar import BusinessDays, Convention
from services.appeals.domain.schedule import Schedule

DAYS = BusinessDays()
RULES = load_rules()
ANY_DAY = st.dates(date(2022, 1, 1), date(2031, 12, 31))
D = date.fromisoformat


def schedule(convention: Convention = "safe") -> Schedule:
    return Schedule(RULES, DAYS, convention)


@pytest.mark.parametrize(
    ("day", "business"),
    [
        ("2025-01-20", False),  # Martin Luther King Jr. Day
        ("2026-07-03", False),  # 4 July 2026 is a Saturday: observed on Friday
        ("2027-07-05", False),  # 4 July 2027 is a Sunday: observed on Monday
        ("2027-12-31", False),  # 1 January 2028 is a Saturday: observed on Friday of the year before
        ("2021-06-18", False),  # first Juneteenth, a Saturday in 2021
        ("2024-11-29", True),  # the day after Thanksgiving is no federal holiday
        ("2024-12-24", True),  # closed by executive order, which makes no legal holiday
        ("2025-03-15", False),  # a Saturday
    ],
)
def test_business_days(day: str, business: bool) -> None:
    assert DAYS.is_business_day(D(day)) is business


# Counted by hand on a calendar with the federal holidays of each period struck out.
CLOCKS = [
    # received, last day to start (day 1 / day 0)
    ("2025-01-15", "2025-02-27", "2025-02-28"),  # MLK day and Washington's birthday fall inside
    ("2024-05-31", "2024-07-15", "2024-07-16"),  # Juneteenth and Independence Day inside
    ("2025-03-15", "2025-04-25", "2025-04-25"),  # a Saturday: Monday 17 March is day 1 under both readings
    ("2026-11-23", "2027-01-06", "2027-01-07"),  # Thanksgiving, Christmas, New Year inside
]


@pytest.mark.parametrize(("received", "inclusive", "exclusive"), CLOCKS)
def test_last_day_to_start_open_negotiation(received: str, inclusive: str, exclusive: str) -> None:
    assert schedule("inclusive").open_negotiation_until(D(received)) == D(inclusive)
    assert schedule("exclusive").open_negotiation_until(D(received)) == D(exclusive)
    assert schedule("safe").open_negotiation_until(D(received)) == D(inclusive)


def test_the_departments_own_example() -> None:
    """Extension notice of July 2024: open negotiation of 31 May 2024 had its initiation due on 19 July 2024.

    That is the reading in which the notice's day is day 1.
    """
    assert schedule("inclusive").negotiation(D("2024-05-31")).idr_until == D("2024-07-19")
    assert schedule("exclusive").negotiation(D("2024-05-31")).idr_until == D("2024-07-22")
    safe = schedule("safe").negotiation(D("2024-05-31"))
    assert (safe.ends_on, safe.idr_from, safe.idr_until) == (D("2024-07-16"), D("2024-07-17"), D("2024-07-19"))


def test_a_whole_dispute_by_hand() -> None:
    """Notice 15 January 2025 (Wednesday)."""
    safe = schedule()
    dates = safe.negotiation(D("2025-01-15"))
    assert (dates.ends_on, dates.idr_from, dates.idr_until) == (D("2025-02-28"), D("2025-03-03"), D("2025-03-05"))
    selected = safe.entity_selected_by(D("2025-03-03"))
    assert selected == D("2025-03-11")  # 4, 5, 6, 7, 10, 11 March
    assert safe.offers_due(selected) == D("2025-03-25")
    assert safe.determination_due(selected) == D("2025-04-22")  # no federal holiday between
    determined = D("2025-04-22")
    assert safe.award_payment_due(determined) == D("2025-05-22")
    assert safe.cooling_off_until(determined) == D("2025-07-21")
    # 22 July is day 1; Labor Day (1 September) is struck out
    assert safe.after_cooling_off_until(determined) == D("2025-09-02")


@pytest.mark.parametrize(
    ("forum", "level", "anchor", "due"),
    [
        ("commercial_appeal", 1, "2025-01-15", "2025-07-14"),  # 180 days
        ("commercial_appeal", 2, "2025-01-15", "2025-03-16"),  # 60 days
        ("external_review", 3, "2025-10-31", "2026-02-28"),  # four months end on the last day of February
        ("external_review", 3, "2025-01-15", "2025-05-15"),
    ],
)
def test_filing_limits(forum: str, level: int, anchor: str, due: str) -> None:
    assert schedule().file_by(forum, level, D(anchor), None, fehb=False)[0] == D(due)


def test_fehb_has_six_months() -> None:
    assert schedule().file_by("commercial_appeal", 1, D("2025-08-31"), None, fehb=True)[0] == D("2026-02-28")


@given(ANY_DAY)
@settings(max_examples=2000, deadline=None)
def test_windows_fall_on_business_days_and_never_overlap(sent: date) -> None:
    readings = {name: schedule(name).negotiation(sent) for name in ("inclusive", "exclusive", "safe")}
    for dates in readings.values():
        assert all(DAYS.is_business_day(day) for day in (dates.ends_on, dates.idr_from, dates.idr_until))
        assert sent < dates.ends_on < dates.idr_from <= dates.idr_until
        assert DAYS.between(dates.ends_on, dates.idr_from) == 1
    safe, inclusive, exclusive = readings["safe"], readings["inclusive"], readings["exclusive"]
    # the safe window is exactly the overlap of both readings
    assert safe.idr_from == max(inclusive.idr_from, exclusive.idr_from)
    assert safe.idr_until == min(inclusive.idr_until, exclusive.idr_until)
    length = DAYS.between(safe.idr_from, safe.idr_until) + 1
    assert length == (3 if DAYS.is_business_day(sent) else 4)
    assert DAYS.between(sent, exclusive.ends_on) == 30


@given(ANY_DAY)
@settings(max_examples=1000, deadline=None)
def test_the_safe_start_is_in_time_under_both_readings(received: date) -> None:
    last = schedule().open_negotiation_until(received)
    assert last == min(schedule(c).open_negotiation_until(received) for c in ("inclusive", "exclusive"))
    assert DAYS.is_business_day(last)
    assert DAYS.between(received, last) == (29 if DAYS.is_business_day(received) else 30)


@given(ANY_DAY, st.integers(1, 400))
@settings(max_examples=1000, deadline=None)
def test_counting_agrees_with_walking_the_calendar(day: date, count: int) -> None:
    walked, left = day, count
    while left:
        walked += timedelta(days=1)
        left -= DAYS.is_business_day(walked)
    assert DAYS.after(day, count) == walked
    assert DAYS.between(day, walked) == count
    if DAYS.is_business_day(day):
        assert DAYS.before(walked, count) == day


@given(ANY_DAY)
@settings(max_examples=500, deadline=None)
def test_after_cooling_off_there_are_thirty_business_days(determined: date) -> None:
    ends, last = schedule().cooling_off_until(determined), schedule().after_cooling_off_until(determined)
    assert (ends - determined).days == 90
    assert DAYS.between(ends, last) == 30 and DAYS.is_business_day(last)
