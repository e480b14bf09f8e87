"""Looks at every service every few seconds: asks it how it is, and the broker how far its consumers are."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from services.gateway.adapters.kafka.groups import GroupOffsets
from services.gateway.adapters.upstream import Upstream
from services.gateway.application.service_watch_ports import ServiceRow, Services
from services.gateway.domain.service_health import (
    HOUR,
    THRESHOLDS,
    Counted,
    Marks,
    Place,
    Reading,
    Sample,
    findings,
    level_of,
    minutes,
    rate,
    rises,
    troubles,
)
from shared.runtime.runtime import Runtime
from shared.runtime.status import ServiceStatus, status_of
from shared.runtime.stopping import end_if_cancelled

EVERY_SECONDS = 3.0
ORDER = ("gateway", "intake", "benchmark", "appeals", "settlement")
"""The way of a claim, with the door first."""


class Watched:
    """One service: its last status, what the broker says, and an hour of samples."""

    def __init__(self, name: str, groups: Mapping[str, Sequence[str]]) -> None:
        self.name = name
        self.groups = {group: list(topics) for group, topics in groups.items()}
        self.marks = Marks()
        self.samples: deque[Sample] = deque()
        self.heard: dict[str, datetime] = {}
        self.status: ServiceStatus | None = None
        self.answered_at: datetime | None = None
        self.committed_at: datetime | None = None

    def note(self, at: datetime, status: ServiceStatus | None, readings: Mapping[Place, Reading] | None) -> None:
        """Take in one look; `status` None: it did not answer; `readings` None: the broker did not."""
        if readings is not None:
            self.marks.note(at, {place: found for place, found in readings.items() if place.group in self.groups})
        counted = None
        if status is not None:
            self.status, self.answered_at = status, at
            self.heard[status.replica] = at
            self.groups = {member.group: member.topics for member in status.members} or self.groups
            counts = status.counts
            counted = Counted(
                status.replica, status.started_at, counts.handled, counts.retries, counts.errors, counts.restarts
            )
            since = [m.seconds_since_commit for m in status.members if m.seconds_since_commit is not None]
            if since:
                self.committed_at = max(
                    self.committed_at or at - timedelta(seconds=min(since)), at - timedelta(seconds=min(since))
                )
        self.samples.append(Sample(at, self.marks.behind, counted))
        while self.samples[0].at < at - HOUR:
            self.samples.popleft()

    def row(self, now: datetime, *, broker: bool) -> ServiceRow:
        """How it is now."""
        status, risen = self.status, rises(self.samples)
        standing = self.marks.standing(now)
        age = self.marks.age(now)
        silent = None if self.answered_at is None else (now - self.answered_at).total_seconds()
        found = findings(
            silent=silent,
            ready=_not_in_order(status) if status else (),
            standing=standing,
            age=age,
            behind=self.marks.behind,
            recent_errors=troubles(risen, now),
            parked=status.parked if status else 0,
        )
        return ServiceRow(
            service=self.name,
            level=level_of(found),
            findings=found,
            version=status.version if status else "",
            replicas=sorted(name for name, at in self.heard.items() if now - at < timedelta(minutes=1)),
            answered_at=self.answered_at,
            behind=self.marks.behind if broker else None,
            behind_seconds=round(age, 1),
            rate=rate(risen, now),
            errors=sum(one.errors for one in risen),
            retries=sum(one.retries for one in risen),
            restarts=sum(one.restarts for one in risen),
            last_commit_at=self.committed_at,
            outbox=status.outbox if status else 0,
            parked=status.parked if status else 0,
            standing=standing,
            history=minutes(self.samples, risen, now),
        )


def _not_in_order(status: ServiceStatus) -> list[str]:
    reasons = {
        "its database does not answer": status.database,
        "it does not reach the broker": status.broker,
        "its outbox does not move": status.publishing,
        "a consumer fails again and again": all(member.healthy for member in status.members),
    }
    return [text for text, good in reasons.items() if not good]


class SystemWatch:
    """All of them, this gateway among them."""

    def __init__(self, runtime: Runtime, upstream: Upstream, offsets: GroupOffsets) -> None:
        self._runtime = runtime
        self._upstream = upstream
        self._offsets = offsets
        self._broker = True
        names = sorted({runtime.name, *upstream.names}, key=lambda name: (*ORDER, name).index(name))
        self._watched = {name: Watched(name, {f"recoup-{name}": ["recoup.claims.v1"]}) for name in names}

    def rows(self) -> Services:
        """How each is now."""
        now = _now()
        return Services(
            now, self._broker, THRESHOLDS, [one.row(now, broker=self._broker) for one in self._watched.values()]
        )

    async def run(self) -> None:
        """Look for ever."""
        while True:
            end_if_cancelled()
            began = time.monotonic()
            await self.look()
            await asyncio.sleep(max(0.2, EVERY_SECONDS - (time.monotonic() - began)))

    async def look(self) -> None:
        """Ask all services and the broker once."""
        groups = {group: topics for one in self._watched.values() for group, topics in one.groups.items()}
        readings, answers = await asyncio.gather(
            self._offsets.read(groups), asyncio.gather(*(self._ask(name) for name in self._watched))
        )
        self._broker = readings is not None
        now = _now()
        for name, status in zip(self._watched, answers, strict=True):
            self._watched[name].note(now, status, readings)

    async def _ask(self, name: str) -> ServiceStatus | None:
        return await status_of(self._runtime) if name == self._runtime.name else await self._upstream.status(name)


def _now() -> datetime:
    """The machine's own time: a business calendar may be moved, and these are seconds that pass."""
    return datetime.now(UTC)
