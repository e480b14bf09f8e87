"""A host's clock that is wrong, or stepped at any moment, dates nothing: the database's is followed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.clock import Clock, advance

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Host(Clock):
    """A clock on a host whose own clock is set by hand."""

    def __init__(self, offset_file: Path | None = None) -> None:
        super().__init__(offset_file)
        self.wall, self.passed = NOON, 0.0

    def _system(self) -> datetime:
        return self.wall

    def _passing(self) -> float:
        return self.passed

    def wait(self, seconds: float) -> None:
        self.passed += seconds
        self.wall += timedelta(seconds=seconds)


@pytest.mark.parametrize("step", [timedelta(days=20), timedelta(days=-20), timedelta(seconds=90)])
def test_a_step_between_two_looks_at_the_database_counts_for_nothing(step: timedelta) -> None:
    host = Host()
    host.follow(NOON)
    host.wait(1)
    host.wall += step
    assert host.now() == NOON + timedelta(seconds=1)
    host.wait(2)
    assert host.follow(NOON + timedelta(seconds=3)) == -step
    assert host.now() == NOON + timedelta(seconds=3)
    host.wall -= step  # set right again
    host.wait(1)
    assert host.now() == NOON + timedelta(seconds=4)


def test_a_host_that_is_wrong_from_the_start_is_right_once_the_database_was_seen() -> None:
    host = Host()
    host.wall = NOON - timedelta(days=400)
    assert host.now() == NOON - timedelta(days=400)
    assert host.follow(NOON) == timedelta(days=400) == host.drift
    assert host.now() == NOON


def test_two_seconds_are_what_reading_the_database_takes() -> None:
    host = Host()
    assert host.follow(NOON + timedelta(seconds=2)) == timedelta()
    assert host.now() == NOON


def test_the_calendar_of_a_rehearsal_is_moved_beside(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    host = Host(file)
    host.follow(NOON + timedelta(hours=1))
    advance(file, timedelta(days=3))
    assert host.now() == NOON + timedelta(hours=1, days=3)
