"""What the routes show: cases, their history, the worklist, tasks and disputes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec

from services.appeals.application.ports import OwnedCase
from services.appeals.domain.batching import Disputed
from services.appeals.domain.case import AppealCase
from services.appeals.domain.cooling_off import Cooling
from services.appeals.domain.tables import Rules
from shared.worklist import Place

Queue = Literal["due", "overdue", "escalated", "blocked", "waiting", "live", "misdirected"]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a queue: narrowed by forum, by whom a case waits for and by person ("": nobody), if given.

    `after` is the last row's (date, claim id) of the page before.
    """

    tenant: str
    queue: Queue
    forum: str | None = None
    waiting_on: str | None = None
    assignee: str | None = None
    after: tuple[date, UUID] | None = None
    limit: int = 50


class Reads(Protocol):
    """Each method reads by itself, of one moment."""

    async def case(self, claim_id: UUID, tenant: str = "") -> AppealCase | None:
        """A claim's case; None too where it is another tenant's than the one given."""
        ...

    async def owned_case(self, claim_id: UUID) -> OwnedCase | None:
        """A claim's case with its tenant."""
        ...

    async def tenant_of(self, claim_id: UUID) -> str:
        """Whose claim it is, which never changes; empty for a claim that is not there."""
        ...

    async def beside(self, claim_id: UUID) -> dict[str, Any]:
        """What is kept of a case beside its state: what people did, its filings' way out, its attachments."""
        ...

    async def filings_of(self, claim_id: UUID) -> list[dict[str, Any]]:
        """The filings of a claim with their way out."""
        ...

    async def worklist(self, search: Search, today: date) -> tuple[list[dict[str, Any]], dict[str, int]]:
        """A page of a queue, and how many cases each queue holds."""
        ...

    async def tasks(
        self, tenant: str, today: date, after: Place | None, limit: int
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of what waits for us, and how many there are in all.

        Args:
            tenant: The provider organisation.
            today: The tenant's legal day.
            after: Where the page before ended; None for the first.
            limit: Most rows of the page.

        Returns:
            The page, and how many there are in all.
        """
        ...

    async def disputes(
        self, tenant: str, payer_id: str | None, on: date, rules: Rules
    ) -> tuple[list[Disputed], Cooling]:
        """Disputes that may be planned into IDR filings, with the cooling-off periods that run on a day.

        Args:
            tenant: The provider organisation.
            payer_id: Only this payer's; None for all.
            on: The day on which they would be filed.
            rules: The rules in force.

        Returns:
            The disputes, and the cooling-off periods that run on the day.
        """
        ...

    def waiting(self, tenant: str) -> AsyncIterator[Sequence[AppealCase]]:
        """A tenant's cases with a task, in batches."""
        ...

    def history(self, tenant: str) -> AsyncIterator[Sequence[AppealCase]]:
        """A tenant's cases that stand as history, in batches."""
        ...

    async def profile(self, tenant: str, kind: str, key: str) -> Mapping[str, str] | None:
        """What staff keep of a provider, payer, IDR entity or authority.

        Args:
            tenant: The provider organisation.
            kind: provider, payer, entity or authority.
            key: What it goes by, such as an NPI or a payer id.

        Returns:
            Names and values that documents print; None if nothing is kept.
        """
        ...
