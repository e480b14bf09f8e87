"""Claims as callers read them: one, a page of those that fit, and the events of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Protocol

import msgspec

from services.gateway.application.access import Principal
from services.gateway.application.live import Frame, Listener
from services.gateway.application.resources import TimelineEntry
from services.gateway.domain.spoken import Spoken
from services.gateway.domain.view import ClaimView

FoundBy = Literal["account", "payer_number", "trace", "claim_id", "reference", "code", "date", "amount", "payer"]
"""As what a text was found: `trace` is a check or EFT number, `reference` a dispute's id as letters print it."""
Sort = Literal["-received_at", "received_at", "next_deadline"]


class FoundClaim(msgspec.Struct, frozen=True):
    """A claim's view as stored, with its tenant and when it last changed."""

    claim_id: str
    tenant: str
    view: ClaimView
    updated_at: datetime


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; empty means any. `*_blinds` are the hashes of an account number under each key."""

    patient_control_blinds: tuple[str, ...] = ()
    payer_claim_blinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    history: bool = False
    """Only claims that stand as history, whatever their state."""
    payer_id: str = ""
    provider_npi: str = ""
    specialty: str = ""
    forum: str = ""
    verdict: str = ""
    tenant: str = ""
    received_from: datetime | None = None
    received_to: datetime | None = None
    deadline_until: date | None = None
    sort: Sort = "-received_at"
    limit: int = 50
    cursor: Cursor | None = None


class NumberQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A text as a number; `*_blinds` are the hashes under which it would be an account number, none without the right.

    `tenant` narrows to one of the caller's; `limit` is the most claims.
    """

    said: Spoken
    account_blinds: tuple[str, ...] = ()
    payer_number_blinds: tuple[str, ...] = ()
    tenant: str = ""
    limit: int


class Cursor(msgspec.Struct, frozen=True):
    """The place of the last claim of a page: its sort key (ISO 8601) and its id."""

    sort: Sort
    key: str
    claim_id: str


class Page(msgspec.Struct, frozen=True):
    """Claims found, and the cursor of the next page."""

    claims: list[FoundClaim]
    next: Cursor | None


class ClaimReader(Protocol):
    """What callers read of claims; every method sees the claims of the caller's tenants alone."""

    async def claim(self, who: Principal, claim_id: str) -> FoundClaim | None:
        """One claim by its id."""
        ...

    async def claims(self, who: Principal, claim_ids: Sequence[str]) -> dict[str, FoundClaim]:
        """These claims by id; those that are not there or not the caller's are left out."""
        ...

    async def search(self, who: Principal, query: Query) -> Page:
        """One page of the claims that fit."""
        ...

    async def by_number(self, who: Principal, query: NumberQuery) -> dict[str, FoundBy]:
        """Claims by a number that people hold, live or ended, and as what each was found."""
        ...

    async def timeline(self, who: Principal, claim_id: str, *, after: int, limit: int) -> list[TimelineEntry]:
        """Entries of one claim in its order, from position `after` + 1.

        Args:
            who: Who asks.
            claim_id: The claim's id.
            after: Position of the last entry of the page before, from 0.
            limit: Most entries.

        Returns:
            Entries in the claim's order.
        """
        ...

    async def missed(self, who: Principal, listener: Listener, after: int, limit: int) -> Sequence[Frame]:
        """What a listener missed after the id `after`, the oldest first.

        Args:
            who: Who listens.
            listener: What is listened to.
            after: The last id that was received.
            limit: Most frames.

        Returns:
            Frames, the oldest first.
        """
        ...

    async def tenants(self, who: Principal) -> list[str]:
        """Whose claims there are."""
        ...
