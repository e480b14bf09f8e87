"""The one place that reads the time.

Deadlines run over weeks, so demos and tests move the calendar: `RECOUP_CLOCK_FILE` names a file that holds a number
of seconds to add to the system clock. All processes of a local stack read the same file and so live in the same day.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_RECHECK_SECONDS = 0.05
_TOLERANCE = timedelta(seconds=2)


class Clock:
    """The current instant, in UTC."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._file = offset_file
        self._offset = timedelta()
        self._checked = 0.0
        self._followed: tuple[datetime, float] | None = None
        self.drift = timedelta()

    def now(self) -> datetime:
        """The current instant; with an offset file, that many seconds later.

        Since another clock was followed, time goes by what passes: a step of the system's clock in between counts for
        nothing, so that nothing is dated, and no deadline reckoned, by it.
        """
        if self._file is not None and time.monotonic() - self._checked > _RECHECK_SECONDS:
            self._offset = _read(self._file)
            self._checked = time.monotonic()
        if self._followed is None:
            return self._system() + self._offset
        instant, at = self._followed
        return instant + timedelta(seconds=self._passing() - at) + self._offset

    def follow(self, authority: datetime) -> timedelta:
        """Live by another clock from now on: the database's, which all replicas of a service share.

        A host's clock that is wrong by days would file early or miss a deadline. Returns by how much this host's clock
        has to be corrected; differences of two seconds are what reading it takes, and are left alone.
        """
        now = self._system()
        drift = authority - now
        self.drift = drift if abs(drift) > _TOLERANCE else timedelta()
        self._followed = now + self.drift, self._passing()
        return self.drift

    def _system(self) -> datetime:
        return datetime.now(UTC)

    def _passing(self) -> float:
        """Seconds that nobody sets; they go on while the host sleeps, where its system can say that."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def _read(path: Path) -> timedelta:
    try:
        return timedelta(seconds=float(path.read_text() or "0"))
    except (OSError, ValueError):
        return timedelta()


def advance(path: Path, by: timedelta) -> None:
    """Move the calendar of every process that reads `path` forward; atomic."""
    offset = _read(path) + by
    scratch = path.with_suffix(".new")
    scratch.write_text(f"{offset.total_seconds():.6f}")
    scratch.replace(path)
