"""Who saw or changed what, and who was refused: noted before the answer leaves, and read by auditors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from services.gateway.application.access import Principal

Outcome = Literal["allowed", "forbidden", "not_found"]


class Access(msgspec.Struct, frozen=True):
    """One access. `phi` says that account numbers were shown in the clear, or might have been.

    `outcome`: `forbidden` where the caller lacks the scope, `not_found` where no claim of theirs has the id.
    """

    at: datetime
    principal: str
    role: str
    action: str
    phi: bool
    tenants: list[str]
    claim_ids: list[str]
    client: str
    outcome: Outcome = "allowed"


class Wanted(msgspec.Struct, frozen=True):
    """What an auditor looks for; what is left out does not matter. `action` is how the action begins."""

    principal: str = ""
    claim_id: UUID | None = None
    action: str = ""
    outcome: str = ""
    tenant: str = ""
    since: datetime | None = None
    """At or after."""
    until: datetime | None = None
    """Before."""


class Verdict(msgspec.Struct, frozen=True):
    """What the chain says of the entries of some tenants.

    `broken` are the ids of those whose digest does not follow from the one before, whosever that was: altered, or one
    before them is gone.
    """

    checked: int
    broken: list[int]


class Place(msgspec.Struct, frozen=True):
    """The last entry of a page."""

    at: datetime
    id: int


class AccessLog(Protocol):
    """The log as requests write it."""

    async def record(
        self,
        who: Principal,
        action: str,
        tenants: Sequence[str],
        claim_ids: Sequence[str],
        client: str,
        outcome: Outcome = "allowed",
    ) -> None:
        """Append one access; a problem (503) where it cannot be kept, since nothing may be seen unrecorded.

        Args:
            who: Who asked.
            action: What was asked, by its route's name.
            tenants: Whose data.
            claim_ids: The claims that were shown.
            client: The address that it came from.
            outcome: Whether it was allowed.

        Raises:
            Problem: 503; nothing may be seen unrecorded.
        """
        ...


class AccessReader(Protocol):
    """The log as auditors read it: what the caller's tenants let them see."""

    async def accesses(
        self, who: Principal, wanted: Wanted, *, after: Place | None, limit: int
    ) -> list[tuple[int, Access]]:
        """Entries with their ids, the newest first; those after `after` of the page before.

        Args:
            who: Who asks; entries of their tenants alone.
            wanted: Which entries.
            after: Where the page before ended; None for the first.
            limit: Most rows of the page.

        Returns:
            Entries with their ids, the newest first.
        """
        ...

    async def verdict(self, who: Principal) -> Verdict:
        """Walk the whole chain, and say of the caller's entries what does not follow from the one before."""
        ...
