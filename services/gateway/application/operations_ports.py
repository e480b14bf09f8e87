"""What operators look at: how events flow, what is stuck, what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

import msgspec


class Flow(msgspec.Struct, frozen=True):
    """Events of one service that came in during the last minute, and its newest."""

    service: str
    last_minute: int
    newest_at: datetime


class DeadLetters(msgspec.Struct, frozen=True):
    """Dead letters of one service and reason, as announced; they go when a replay at the gateway leaves none parked."""

    service: str
    reason: str
    announced: int
    newest_at: datetime
    detail: str


class Illegal(msgspec.Struct, frozen=True):
    """An event that came in a state that does not allow it."""

    claim_id: str
    position: int
    type: str
    state: str
    recorded_at: datetime


class Stuck(msgspec.Struct, frozen=True):
    """Claims in a state that a service ends by itself, for longer than that takes, and no person is waited for."""

    state: str
    claims: int
    oldest_at: datetime
    service: str
    """The one that should have gone on."""


class EndedList(msgspec.Struct, frozen=True):
    """A code list of intake whose newest release ended `days` ago: codes new since are not known."""

    name: str
    version: str
    valid_to: date
    days: int


class Ops(msgspec.Struct, frozen=True):
    """The ops view of the whole system; operators see every tenant's counts here, but no claim's content."""

    flow: list[Flow]
    dead_letters: list[DeadLetters]
    illegal: list[Illegal]
    stuck: list[Stuck]
    deadlines_due: int
    parked_here: int
    ended_lists: list[EndedList] = []


class Operations(Protocol):
    """The state of the whole system, over all tenants."""

    async def read(self, now: datetime, today: date) -> Ops:
        """All of it; `now` and `today` are the business calendar's."""
        ...

    async def forget_dead_letters(self, service: str, claim_id: UUID | None, before: datetime) -> None:
        """Take off what a service announced before a replay that left nothing parked.

        Args:
            service: The service that announced them.
            claim_id: Only this claim's; None for all.
            before: When the replay began; what was announced since stays.
        """
        ...

    async def forget_announced(self, service: str, places: Sequence[tuple[str, int, int]]) -> None:
        """Take off announcements of letters that were given up, by topic, partition and offset."""
        ...
