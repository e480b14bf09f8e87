"""The hour at which tests of rules live.

Tests of the services' rules are run twice: at noon UTC, when every clock of the country shows the same day, and at
23:30 Eastern, when UTC is a day ahead. A rule that takes the day from UTC passes the first and fails the second.
"""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest

from shared.calendar import EASTERN

NOON = time(12, tzinfo=UTC)
LATE = time(23, 30, tzinfo=EASTERN)
_now = NOON


def instant_on(day: date) -> datetime:
    """The instant at which tests live on a day of the Eastern calendar."""
    return datetime.combine(day, _now).astimezone(UTC)


def twice(metafunc: pytest.Metafunc) -> None:
    """For a conftest's `pytest_generate_tests`: every test of the folder, at both hours."""
    if metafunc.cls is None or not issubclass(metafunc.cls, unittest.TestCase):
        metafunc.parametrize("time_of_day", [NOON, LATE], ids=["noon", "23:30"], indirect=True)


@pytest.fixture(autouse=True)
def time_of_day(request: pytest.FixtureRequest) -> Iterator[None]:
    """Live at the hour that the test is run for."""
    global _now
    _now = getattr(request, "param", NOON)
    yield
    _now = NOON
