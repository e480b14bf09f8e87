"""The desk's list of live disputes as callers read it: pages of those that fit, and how many each queue has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from services.gateway.application.access import Principal
from services.gateway.domain.queues import CaseRow
from services.gateway.domain.spoken import Spoken

CaseSort = Literal["-expected", "due", "-at_stake", "-offer_share", "service_from", "-updated"]
NOBODY = "nobody"
"""The owner of what nobody has."""
MOST_WORK = 100_000
"""Rows that a plan of work is made from."""


class CaseQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; empty means any. `blinds` are the hashes under which `spoken` would be an account number."""

    queue: str = ""
    payer_id: str = ""
    owner: str = ""
    code: str = ""
    forum: str = ""
    state: str = ""
    role: str = ""
    tenant: str = ""
    claim_ids: tuple[str, ...] = ()
    due_until: date | None = None
    service_from: date | None = None
    service_to: date | None = None
    min_at_stake: Decimal | None = None
    spoken: Spoken | None = None
    account_blinds: tuple[str, ...] = ()
    payer_number_blinds: tuple[str, ...] = ()
    sort: CaseSort = "-expected"
    limit: int = 50
    cursor: CasePlace | None = None

    @property
    def narrows(self) -> bool:
        """True where more is asked for than a queue of a tenant."""
        plain = CaseQuery(queue=self.queue, tenant=self.tenant, sort=self.sort, limit=self.limit, cursor=self.cursor)
        return self != plain


class CasePlace(msgspec.Struct, frozen=True):
    """The place of the last row of a page: its sort key as text, its claim and its place among the claim's disputes."""

    sort: CaseSort
    key: str
    claim_id: str
    place: int


class FoundCase(msgspec.Struct, frozen=True, gc=False):
    """A row as it is kept, with its claim, tenant and the instant from which it says what it says."""

    claim_id: str
    tenant: str
    row: CaseRow
    updated: datetime


class QueueCount(msgspec.Struct, frozen=True):
    """How many live disputes a queue has, and what is at stake in them, in dollars."""

    queue: str
    count: int
    at_stake: Decimal


class CasePage(msgspec.Struct, frozen=True):
    """Rows found, the place of the next page, how many fit in all, what they have at stake, and every queue."""

    found: list[FoundCase]
    next: CasePlace | None
    total: int
    at_stake: Decimal
    queues: list[QueueCount]


class CaseReader(Protocol):
    """What callers read of the desk's list; every method sees the claims of the caller's tenants alone."""

    async def cases(self, who: Principal, query: CaseQuery) -> CasePage:
        """One page of the rows that fit.

        Args:
            who: Who asks.
            query: What for.

        Returns:
            The page.
        """
        ...

    async def rows_of(self, who: Principal, claim_id: str) -> Sequence[FoundCase]:
        """The rows of one claim's live disputes, none where nothing of it lives.

        Args:
            who: Who asks.
            claim_id: The claim.

        Returns:
            Its rows, the first dispute first.
        """
        ...

    async def work(self, who: Principal, tenant: str, owner: str) -> Sequence[FoundCase]:
        """The rows in queues where a move is ours and in which there is money, the most expected first.

        Args:
            who: Who asks.
            tenant: Whose.
            owner: Only what this person has, or `nobody`; empty: whoever has it.

        Returns:
            At most `MOST_WORK` rows.
        """
        ...
