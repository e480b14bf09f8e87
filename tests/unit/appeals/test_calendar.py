"""Business days and the No Surprises Act clock, against dates worked out by hand from 5 USC 6103 and 45 CFR 149.510."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.schedule import Negotiation, Schedule
from shared.calendar import BusinessDays, Convention

DAYS = BusinessDays()
# The federal holidays as observed, written from OPM's calendars and not from the library: 2022 to 2028.
HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in re.findall(
        r"\d{4}-\d\d-\d\d",
        """
        2022-01-17 2022-02-21 2022-05-30 2022-06-20 2022-07-04 2022-09-05 2022-10-10 2022-11-11 2022-11-24 2022-12-26
        2023-01-02 2023-01-16 2023-02-20 2023-05-29 2023-06-19 2023-07-04 2023-09-04 2023-10-09 2023-11-10 2023-11-23
        2023-12-25
        2024-01-01 2024-01-15 2024-02-19 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-10-14 2024-11-11 2024-11-28
        2024-12-25
        2025-01-01 2025-01-20 2025-02-17 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-10-13 2025-11-11 2025-11-27
        2025-12-25
        2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-10-12 2026-11-11 2026-11-26
        2026-12-25
        2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-10-11 2027-11-11 2027-11-25
        2027-12-24 2027-12-31
        2028-01-17 2028-02-21 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-10-09 2028-11-10 2028-11-23 2028-12-25
        """,
    )
)
EVERY_DAY = [date(2022, 1, 1) + timedelta(days=n) for n in range(2557)]  # to 31 December 2028
RULES = load_rules()
ANY_DAY = st.dates(date(2022, 1, 1), date(2031, 12, 31))
D = date.fromisoformat
APPEALS: dict[str, Appeal] = {name: forum for name, forum in FORUMS.items() if isinstance(forum, Appeal)}


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
        ("2024-11-29", True),  # the day after Thanksgiving is not a federal holiday
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
        # 45 CFR 147.136(d)(2)(i): there is no 30 February, so 1 March; a Sunday, so the next day that is none
        ("external_review", 3, "2025-10-30", "2026-03-02"),
        ("external_review", 3, "2025-10-31", "2026-03-02"),
        ("external_review", 3, "2025-10-28", "2026-03-02"),  # a Saturday
        ("external_review", 3, "2023-10-30", "2024-03-01"),  # a Friday: nothing to extend
        ("external_review", 3, "2024-02-29", "2024-07-01"),  # Saturday 29 June
        ("external_review", 3, "2026-07-25", "2026-11-25"),  # a Wednesday
        ("external_review", 3, "2026-07-26", "2026-11-27"),  # Thanksgiving
        ("external_review", 3, "2026-08-25", "2026-12-28"),  # Christmas, a Friday
        # no such rule for the plan's appeal (29 CFR 2560.503-1): 180 days end on Sunday 28 June 2026
        ("commercial_appeal", 1, "2025-12-30", "2026-06-28"),
        ("external_review", 3, "2025-01-15", "2025-05-15"),
    ],
)
def test_filing_limits(forum: str, level: int, anchor: str, due: str) -> None:
    assert APPEALS[forum].last_day(schedule(), level, D(anchor), None, fehb=False)[0] == D(due)


def test_fehb_has_six_months() -> None:
    assert APPEALS["commercial_appeal"].last_day(schedule(), 1, D("2025-08-31"), None, fehb=True)[0] == D("2026-02-28")


# Announced by the Departments for the portal's reopening on 15 December 2023. Christmas, New Year, King's birthday and
# Washington's birthday fall between.
@pytest.mark.parametrize(
    ("count", "published", "reading"),
    [
        # "until the 20th business day after the portal reopens, which is 1/16/2024" (ASA, 18 December 2023; FHAS)
        (20, "2024-01-16", "inclusive"),
        # "the 60th-business day after 12/15/2023, which was 03/14/2024" (FHAS, 15 March 2024)
        (60, "2024-03-14", "exclusive"),
    ],
)
def test_the_departments_have_counted_both_ways(count: int, published: str, reading: Convention) -> None:
    reopened = D("2023-12-15")
    assert DAYS.last_of_period(reopened, count, reading)[0] == D(published)
    assert DAYS.last_of_period(reopened, count, "safe")[0] <= D(published), "the safe last day held in both cases"


def test_every_day_of_seven_years_agrees_with_a_list_written_by_hand() -> None:
    for day in EVERY_DAY:
        assert DAYS.is_business_day(day) is (day.weekday() < 5 and day not in HOLIDAYS), day


def _walk(day: date, count: int) -> date:
    """The slow way: one day after another."""
    step = timedelta(days=1 if count > 0 else -1)
    while count:
        day += step
        if day.weekday() < 5 and day not in HOLIDAYS:
            count -= 1 if count > 0 else -1
    return day


@pytest.mark.parametrize("count", [1, 4, 30])
def test_counting_every_day_of_six_years_agrees_with_walking(count: int) -> None:
    before = date.min
    for day in EVERY_DAY[60:-120]:
        ahead, back = DAYS.after(day, count), DAYS.before(day, count)
        assert (ahead, back) == (_walk(day, count), _walk(day, -count)), day
        assert ahead.weekday() < 5 and ahead not in HOLIDAYS
        assert ahead >= before, "a later start never ends earlier"
        assert DAYS.after(day, count + 1) > ahead
        assert DAYS.before(ahead, count) == DAYS.on_or_before(day)
        assert DAYS.on_or_after(day) == _walk(day - timedelta(days=1), 1)
        before = ahead


def test_open_negotiation_of_every_day_of_six_years_agrees_with_walking() -> None:
    """45 CFR 149.510(b)(1)(i), (b)(2)(i), worked out with nothing but a list of holidays."""
    safe = schedule("safe")
    for day in EVERY_DAY[60:-120]:
        day_1 = _walk(day - timedelta(days=1), 30)  # the day itself counts, if it is a business day
        day_0 = _walk(day, 30)
        dates, until = safe.negotiation(day), _walk(day_1, 4)
        if D("2023-08-03") <= until <= D("2023-11-03"):  # the portal was closed: the FAQs of 6 October 2023
            until = D("2023-11-03")
        assert dates == Negotiation(day_0, _walk(day_0, 1), until, _walk(day_1, 1)), day
        assert safe.open_negotiation_until(day) == day_1


@given(ANY_DAY, st.integers(1, 48))
@settings(max_examples=500, deadline=None)
def test_months_are_monotone_and_never_shorter_than_the_rule(day: date, months: int) -> None:
    by_rule, by_month = DAYS.same_day_of_month(day, months), DAYS.add(day, months, "months")
    assert by_month <= by_rule <= by_month + timedelta(days=1)
    assert by_rule.day in (day.day, 1) and by_month.day <= day.day
    assert (by_month.year * 12 + by_month.month) - (day.year * 12 + day.month) == months
    assert DAYS.add(day + timedelta(days=1), months, "months") >= by_month


@given(ANY_DAY)
@settings(max_examples=500, deadline=None)
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
    extended = safe.idr_until == D("2023-11-03")  # the portal was closed
    assert extended or length == (3 if DAYS.is_business_day(sent) else 4)
    assert DAYS.between(sent, exclusive.ends_on) == 30


@given(ANY_DAY)
@settings(max_examples=300, deadline=None)
def test_the_safe_start_is_in_time_under_both_readings(received: date) -> None:
    last = schedule().open_negotiation_until(received)
    assert last == min(schedule(c).open_negotiation_until(received) for c in ("inclusive", "exclusive"))
    assert DAYS.is_business_day(last)
    assert DAYS.between(received, last) == (29 if DAYS.is_business_day(received) else 30)


@given(ANY_DAY, st.integers(1, 400))
@settings(max_examples=300, deadline=None)
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


@pytest.mark.parametrize(
    ("determined", "negotiation", "until"),
    [
        # 91 FR 33900, by the day open negotiation began: 30 business days after 1 February 2027, 15 February out
        ("2027-02-01", "2026-11-01", "2027-03-16"),
        ("2027-02-01", "2026-10-31", "2027-05-02"),  # before: 90 calendar days
        ("2027-02-01", None, "2027-05-02"),  # a dispute of one line
    ],
)
def test_the_cooling_off_of_disputes_of_several_lines(determined: str, negotiation: str | None, until: str) -> None:
    assert schedule().cooling_off_until(D(determined), D(negotiation) if negotiation else None) == D(until)
