"""How a service is, from what it says of itself and what the broker knows of its consumers, over the last hour.

Pure: samples in, a row out. The broker is asked about every consumer group, so that a service that is frozen, and says
nothing, still has its lag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Level = Literal["good", "warning", "bad"]


class Thresholds(msgspec.Struct, frozen=True):
    """From when on a service is not well, in seconds and counts; they go with every answer."""

    silent_seconds: Annotated[float, Meta(description="bad: the service has not answered for so long")] = 8.0
    stands_seconds: Annotated[
        float, Meta(description="bad: a partition's committed position has not moved for so long though there is more")
    ] = 8.0
    stands_file_seconds: Annotated[
        float, Meta(description="the same on topics whose records are whole files, which take long each")
    ] = 120.0
    behind_warning_seconds: Annotated[
        float, Meta(description="warning: the oldest event that is not handled is older than this")
    ] = 30.0
    errors_warning: Annotated[int, Meta(description="warning: so many errors or restarts within five minutes")] = 1
    parked_warning: Annotated[int, Meta(description="warning: so many dead letters wait")] = 1


THRESHOLDS = Thresholds()
FILE_TOPICS = frozenset({"edi.inbound"})
HOUR = timedelta(hours=1)
_RECENT = timedelta(minutes=5)
_RATE_OVER = timedelta(minutes=1)


class Place(msgspec.Struct, frozen=True):
    """A partition as a consumer group reads it."""

    group: str
    topic: str
    partition: int


class Reading(msgspec.Struct, frozen=True):
    """What the broker knows of a partition: where it ends, and up to where the group has committed."""

    end: int
    committed: int

    @property
    def behind(self) -> int:
        """Records that are not handled yet."""
        return max(0, self.end - self.committed)


class Counted(msgspec.Struct, frozen=True):
    """Counts of one process since its start."""

    replica: str
    started_at: datetime
    handled: int
    retries: int
    errors: int
    restarts: int


class Sample(msgspec.Struct, frozen=True):
    """One look at a service; `counted` is None where it did not answer."""

    at: datetime
    behind: int
    counted: Counted | None


class Standing(msgspec.Struct, frozen=True):
    """A partition that has more and does not move."""

    topic: str
    partition: int
    offset: Annotated[int, Meta(description="the record at which it stands")]
    behind: int
    seconds: float


class Minute(msgspec.Struct, frozen=True):
    """A minute of the history; `answered` is false where the service was not heard in it."""

    at: Annotated[datetime, Meta(description="its beginning")]
    behind: Annotated[int, Meta(description="most records behind within it", ge=0)]
    handled: int
    retries: int
    errors: int
    restarts: int
    answered: bool


class Marks:
    """Where the partitions of one service stood and since when: what an age and a stand are told from."""

    def __init__(self) -> None:
        self._ends: dict[Place, list[tuple[datetime, int]]] = {}
        self._stood: dict[Place, tuple[int, datetime]] = {}
        self._now: dict[Place, Reading] = {}

    def note(self, at: datetime, readings: Mapping[Place, Reading]) -> None:
        """Take in one reading of all partitions."""
        self._now = dict(readings)
        for place, reading in readings.items():
            ends = self._ends.setdefault(place, [])
            if not ends or ends[-1][1] != reading.end:
                ends.append((at, reading.end))
            while len(ends) > 1 and (ends[1][1] <= reading.committed or at - ends[0][0] > HOUR):
                del ends[0]
            if reading.behind == 0:
                self._stood.pop(place, None)
            elif self._stood.get(place, (-1, at))[0] != reading.committed:
                self._stood[place] = (reading.committed, at)

    @property
    def behind(self) -> int:
        """Records not handled yet, over all partitions."""
        return sum(reading.behind for reading in self._now.values())

    def age(self, now: datetime) -> float:
        """For how many seconds the oldest unhandled record has been on the log, as far as an hour tells; else 0."""
        since = [
            next(at for at, end in self._ends[place] if end > reading.committed)
            for place, reading in self._now.items()
            if reading.behind
        ]
        return max(((now - at).total_seconds() for at in since), default=0.0)

    def standing(self, now: datetime, thresholds: Thresholds = THRESHOLDS) -> list[Standing]:
        """Partitions that have not moved for longer than they may."""
        found = [
            Standing(place.topic, place.partition, committed, self._now[place].behind, (now - since).total_seconds())
            for place, (committed, since) in self._stood.items()
            if place in self._now
        ]
        return sorted(
            (one for one in found if one.seconds >= _may_stand(one.topic, thresholds)),
            key=lambda one: (-one.seconds, one.topic, one.partition),
        )


def _may_stand(topic: str, thresholds: Thresholds) -> float:
    return thresholds.stands_file_seconds if topic in FILE_TOPICS else thresholds.stands_seconds


class Rise(msgspec.Struct, frozen=True):
    """By how much counts rose until `at`, since the same process was heard before."""

    at: datetime
    seconds: float
    handled: int = 0
    retries: int = 0
    errors: int = 0
    restarts: int = 0


def rises(samples: Sequence[Sample]) -> list[Rise]:
    """What rose from each sample of a process to its next.

    A process that was started again begins at nought, so all that it counts is new; of one met for the first time
    nobody knows when it counted that.
    """
    last: dict[str, tuple[datetime, Counted]] = {}
    found: list[Rise] = []
    for sample in samples:
        now = sample.counted
        if now is None:
            continue
        if (met := last.get(now.replica)) is not None:
            at, before = met
            again = now.started_at != before.started_at
            found.append(
                Rise(
                    sample.at,
                    (sample.at - at).total_seconds(),
                    *(
                        max(0, after - (0 if again else earlier))
                        for after, earlier in zip(_counts(now), _counts(before), strict=True)
                    ),
                )
            )
        last[now.replica] = (sample.at, now)
    return found


def _counts(counted: Counted) -> tuple[int, int, int, int]:
    return counted.handled, counted.retries, counted.errors, counted.restarts


def rate(risen: Sequence[Rise], now: datetime) -> float:
    """Events handled a second, over the last minute or as long as there are samples."""
    recent = [one for one in risen if one.at > now - _RATE_OVER]
    seconds = sum(one.seconds for one in recent)
    return round(sum(one.handled for one in recent) / seconds, 1) if seconds else 0.0


def minutes(samples: Sequence[Sample], risen: Sequence[Rise], now: datetime) -> list[Minute]:
    """The last hour by the minute, the oldest first; minutes without a sample are left out."""
    first = now.replace(second=0, microsecond=0) - HOUR + timedelta(minutes=1)
    looked: dict[datetime, list[Sample]] = {}
    for sample in samples:
        looked.setdefault(sample.at.replace(second=0, microsecond=0), []).append(sample)
    rose: dict[datetime, list[Rise]] = {}
    for one in risen:
        rose.setdefault(one.at.replace(second=0, microsecond=0), []).append(one)
    return [
        Minute(
            at,
            max(sample.behind for sample in inside),
            sum(one.handled for one in rose.get(at, ())),
            sum(one.retries for one in rose.get(at, ())),
            sum(one.errors for one in rose.get(at, ())),
            sum(one.restarts for one in rose.get(at, ())),
            any(sample.counted is not None for sample in inside),
        )
        for at, inside in sorted(looked.items())
        if at >= first
    ]


def troubles(risen: Sequence[Rise], now: datetime) -> int:
    """Errors and restarts of the last five minutes."""
    return sum(one.errors + one.restarts for one in risen if one.at > now - _RECENT)


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not well, in words."""

    level: Level
    text: str


def findings(
    *,
    silent: float | None,
    ready: Sequence[str],
    standing: Sequence[Standing],
    age: float,
    behind: int,
    recent_errors: int,
    parked: int,
    thresholds: Thresholds = THRESHOLDS,
) -> list[Finding]:
    """What is not well of a service, the worst first.

    Args:
        silent: Seconds since it answered; None: it never did.
        ready: What it says of itself that is not in order.
        standing: Partitions that do not move.
        age: Seconds that the oldest unhandled event has waited.
        behind: Events not handled yet.
        recent_errors: Errors and restarts within five minutes.
        parked: Dead letters that wait.
        thresholds: From when on.

    Returns:
        Findings; none where all is well.
    """
    found: list[Finding] = []
    if silent is None:
        found.append(Finding("bad", "has not answered since this gateway started"))
    elif silent >= thresholds.silent_seconds:
        found.append(Finding("bad", f"has not answered for {silent:.0f} s"))
    found += [Finding("bad", text) for text in ready]
    found += [
        Finding(
            "bad", f"{one.topic}/{one.partition} stands at {one.offset} for {one.seconds:.0f} s, {one.behind} behind"
        )
        for one in standing
    ]
    if age >= thresholds.behind_warning_seconds:
        found.append(Finding("warning", f"{behind} events behind, the oldest for {age:.0f} s"))
    if recent_errors >= thresholds.errors_warning:
        found.append(Finding("warning", f"{recent_errors} errors or restarts within 5 minutes"))
    if parked >= thresholds.parked_warning:
        found.append(Finding("warning", f"{parked} dead letters wait"))
    return found


def level_of(found: Sequence[Finding]) -> Level:
    """The worst of them; good where there are none."""
    return "bad" if any(one.level == "bad" for one in found) else "warning" if found else "good"
