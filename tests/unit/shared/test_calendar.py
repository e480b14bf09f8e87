"""Legal days in a time zone: every hour around changes of the clocks and ends of years, in many zones.

Instants are worked out by hand from the zones' offsets: Eastern is UTC-5 in winter and UTC-4 from the second Sunday of
March to the first of November (15 USC 260a), Pacific UTC-8 and UTC-7, Arizona UTC-7 and Hawaii UTC-10 all year.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.calendar import EASTERN, BusinessDays, TimeZones, day_begins, day_ends, legal_day
from shared.settings import Settings

NAMES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "America/Adak", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago",
    "America/Havana", "America/Sao_Paulo", "Asia/Beirut", "Atlantic/Azores", "Australia/Lord_Howe", "Pacific/Apia",
)  # fmt: skip
# the last ones change their clocks at midnight, by half an hour, or left a whole day out
ZONES = [ZoneInfo(name) for name in NAMES]
PACIFIC = ZoneInfo("America/Los_Angeles")
HOUR = timedelta(hours=1)
# a week around each change of the clocks and each end of a year, and Samoa's day that never was
EDGES = [date(2011, 12, 30), date(2018, 11, 4)] + [
    day
    for year in (2025, 2026, 2027)
    for day in (date(year, 1, 1), date(year, 3, 9), date(year, 3, 29), date(year, 10, 26), date(year, 11, 2))
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-01-16T02:00", "America/New_York", "2026-01-15"),  # 21:00 on the 15th
        ("2026-01-16T04:59:59", "America/New_York", "2026-01-15"),
        ("2026-01-16T05:00", "America/New_York", "2026-01-16"),
        ("2026-07-10T04:30", "America/New_York", "2026-07-10"),  # 00:30 in summer
        ("2026-07-10T03:59:59", "America/New_York", "2026-07-09"),
        ("2026-07-10T04:30", "America/Los_Angeles", "2026-07-09"),
        ("2027-01-01T07:59", "America/Los_Angeles", "2026-12-31"),
        ("2027-01-01T08:00", "America/Los_Angeles", "2027-01-01"),
        ("2026-07-10T06:59", "America/Phoenix", "2026-07-09"),  # no summer time
        ("2026-07-10T09:59", "Pacific/Honolulu", "2026-07-09"),
        ("2026-11-01T04:30", "America/New_York", "2026-11-01"),  # still summer time: 00:30
        ("2026-11-02T04:30", "America/New_York", "2026-11-01"),  # winter time since 2 a.m.: 23:30
    ],
)
def test_the_day_of_an_instant(instant: str, zone: str, day: str) -> None:
    assert legal_day(at(instant), ZoneInfo(zone)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("day", "zone", "begins", "ends"),
    [
        ("2026-11-05", "America/New_York", "2026-11-05T05:00", "2026-11-06T05:00"),
        ("2026-11-05", "America/Los_Angeles", "2026-11-05T08:00", "2026-11-06T08:00"),
        ("2026-03-08", "America/New_York", "2026-03-08T05:00", "2026-03-09T04:00"),  # 23 hours
        ("2026-11-01", "America/New_York", "2026-11-01T04:00", "2026-11-02T05:00"),  # 25 hours
        ("2026-12-31", "Pacific/Honolulu", "2026-12-31T10:00", "2027-01-01T10:00"),
        (
            "2018-11-04",
            "America/Sao_Paulo",
            "2018-11-04T03:00",
            "2018-11-05T02:00",
        ),  # 0:00 did not exist: begins at 1:00
    ],
)
def test_when_a_day_begins_and_ends(day: str, zone: str, begins: str, ends: str) -> None:
    there = ZoneInfo(zone)
    assert day_begins(date.fromisoformat(day), there) == at(begins)
    assert day_ends(date.fromisoformat(day), there) == at(ends)


@pytest.mark.parametrize("zone", ZONES, ids=NAMES)
def test_every_hour_belongs_to_the_day_that_has_begun_and_not_ended(zone: ZoneInfo) -> None:
    for edge in EDGES:
        instant = datetime(edge.year, edge.month, edge.day, tzinfo=UTC) - timedelta(days=3)
        for _ in range(7 * 24):
            for moment in (instant - timedelta(microseconds=1), instant, instant + HOUR / 2):
                day = legal_day(moment, zone)
                assert day_begins(day, zone) <= moment < day_ends(day, zone)
            instant += HOUR


@pytest.mark.parametrize("zone", ZONES, ids=NAMES)
def test_days_follow_each_other_without_gap_or_overlap(zone: ZoneInfo) -> None:
    for edge in EDGES:
        for n in range(-3, 4):
            day = edge + timedelta(days=n)
            begins, ends = day_begins(day, zone), day_ends(day, zone)
            assert ends == day_begins(day + timedelta(days=1), zone)
            if begins == ends:  # Samoa went from 29 to 31 December 2011
                assert (zone.key, day) == ("Pacific/Apia", date(2011, 12, 30))
                continue
            assert timedelta(hours=23) <= ends - begins <= timedelta(hours=25)
            assert legal_day(begins, zone) == day == legal_day(ends - timedelta(microseconds=1), zone)
            assert legal_day(begins - timedelta(microseconds=1), zone) < day < legal_day(ends, zone)


@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
)
def test_the_instant_counts_and_not_how_it_is_written(instant: datetime, zone: ZoneInfo, written: ZoneInfo) -> None:
    assert legal_day(instant, zone) == legal_day(instant.astimezone(written), zone)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        legal_day(datetime(2026, 1, 1), EASTERN)


def test_a_tenant_has_its_own_zone_or_the_common_one() -> None:
    zones = TimeZones(tenants={"west": PACIFIC})
    assert zones.of("west") is PACIFIC
    assert zones.of("default") is EASTERN


def test_the_zones_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    monkeypatch.delenv("RECOUP_TIME_ZONE", raising=False)
    monkeypatch.delenv("RECOUP_TENANT_TIME_ZONES", raising=False)
    assert Settings().time_zones() == TimeZones(EASTERN, {})  # pyright: ignore[reportCallIssue]
    monkeypatch.setenv("RECOUP_TIME_ZONE", "America/Chicago")
    monkeypatch.setenv("RECOUP_TENANT_TIME_ZONES", "west=America/Los_Angeles, isles=Pacific/Honolulu")
    zones = Settings().time_zones()  # pyright: ignore[reportCallIssue]
    assert [str(zones.of(t)) for t in ("west", "isles", "default")] == [
        "America/Los_Angeles", "Pacific/Honolulu", "America/Chicago",
    ]  # fmt: skip
    monkeypatch.setenv("RECOUP_TENANT_TIME_ZONES", "")
    assert Settings().tenant_time_zones == {}  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize("wrong", ["west", "=America/Chicago", "west=America/Nowhere", "west=-08:00"])
def test_a_zone_that_is_none_is_refused_at_the_start(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("RECOUP_TENANT_TIME_ZONES", wrong)
    with pytest.raises(ValidationError):
        Settings()  # pyright: ignore[reportCallIssue]


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_business_days_there_and_back(day: date, count: int) -> None:
    days = BusinessDays()
    later = days.after(day, count)
    assert days.between(day, later) == count
    assert days.before(later, count) == days.on_or_before(day)
