"""Dead letters of all services, as operators look at them: issues, letters, what one holds, and what is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from shared.runtime.parked_letters import HeldRecord, LetterFilter, ParkedLetter


class ServiceLetter(msgspec.Struct, frozen=True):
    """A dead letter and the service that parked it."""

    service: str
    letter: ParkedLetter


class Issue(msgspec.Struct, frozen=True):
    """Dead letters of one service that are parked for one reason, of one event type, on one topic."""

    service: str
    reason: str
    type: str
    topic: str
    letters: Annotated[int, Meta(ge=1)]
    claims: Annotated[int, Meta(description="claims that they are about", ge=0)]
    waiting: Annotated[int, Meta(description="of these letters, those behind which later events of a claim wait", ge=0)]
    first_at: datetime
    newest_at: datetime
    detail: Annotated[str, Meta(description="of the newest, without patient data")]


class DeadLetterPage(msgspec.Struct, frozen=True):
    """Issues, the newest first, and the letters that fit, the oldest first."""

    issues: list[Issue]
    items: list[ServiceLetter]
    silent: Annotated[list[str], Meta(description="services that did not answer: theirs are missing here")]


class DeadLetterDesk(Protocol):
    """What can be asked of every service about its dead letters, and done about them."""

    async def letters(self, which: LetterFilter, *, service: str, limit: int) -> tuple[list[ServiceLetter], list[str]]:
        """Letters as they are now, without what they hold.

        Args:
            which: What they have in common.
            service: Of this service alone; empty for all.
            limit: Most letters, of each service and in all.

        Returns:
            The letters, the oldest first, and the services that did not answer.
        """
        ...

    async def held(self, service: str, letter_id: int) -> HeldRecord | None:
        """What a letter holds; None where the service has none of this id."""
        ...

    async def replay(self, service: str, *, claim_id: str | None, letter_id: int | None) -> tuple[int, int]:
        """Try letters of a service again.

        Args:
            service: Whose.
            claim_id: Only this claim's; None for all.
            letter_id: Only this one, or all of its claim where it is of one; None for all.

        Returns:
            How many were handled, and how many are still parked.
        """
        ...

    async def discard(self, service: str, which: LetterFilter, *, by: str, why: str) -> list[ParkedLetter]:
        """Give letters up.

        Args:
            service: Whose.
            which: Their ids or what they have in common.
            by: Who gives them up.
            why: The reason, which the service keeps.

        Returns:
            Those that are gone.
        """
        ...


def issues_of(letters: Sequence[ServiceLetter]) -> list[Issue]:
    """Letters by what they have in common, the issue with the newest letter first."""
    groups: dict[tuple[str, str, str, str], list[ParkedLetter]] = {}
    for one in letters:
        key = one.service, one.letter.reason, one.letter.type, one.letter.topic
        groups.setdefault(key, []).append(one.letter)
    found = [
        Issue(
            *key,
            letters=len(group),
            claims=len({letter.claim_id for letter in group if letter.claim_id}),
            waiting=sum(letter.blocks for letter in group),
            first_at=min(letter.parked_at for letter in group),
            newest_at=max(letter.parked_at for letter in group),
            detail=max(group, key=lambda letter: (letter.parked_at, letter.id)).detail,
        )
        for key, group in groups.items()
    ]
    return sorted(found, key=lambda issue: issue.newest_at, reverse=True)
