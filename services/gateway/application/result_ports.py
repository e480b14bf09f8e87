"""Results of our work, and the claims behind each of their numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from services.gateway.application.access import Principal
from services.gateway.domain.results import Compare, Drill, Results


class ClaimBehind(msgspec.Struct, frozen=True):
    """A claim behind a number: without account numbers, so that a list may be exported."""

    claim_id: str
    tenant: str
    payer_id: str
    payer: str
    code: Annotated[str, Meta(description="the procedure that stands for the claim")]
    forum: str
    state: str
    close_reason: str
    service_from: date | None
    first_paid_on: Annotated[date | None, Meta(description="day of the first payment or denial")]
    cash_on: Annotated[date | None, Meta(description="day of the payment that was won")]
    billed: Decimal
    paid_at_first: Decimal | None
    paid: Decimal
    recovered: Decimal
    shortfall: Annotated[Decimal | None, Meta(description="short of the fair amount at the first verdict")]
    amount: Annotated[Decimal, Meta(description="what this claim brings to the number, in dollars")]


class BehindCursor(msgspec.Struct, frozen=True):
    """The last claim of a page."""

    amount: Decimal
    claim_id: str


class BehindPage(msgspec.Struct, frozen=True):
    """Claims of a set, those that bring most first; `claims` and `amount` are of all of them."""

    drill: Drill
    definition: str
    claims: int
    amount: Decimal
    items: list[ClaimBehind]
    next: BehindCursor | None


class PayerOfOurs(msgspec.Struct, frozen=True):
    """A payer of our claims, and the service that is disputed with it most; `code` empty where none is."""

    payer_id: str
    name: str
    code: str


class ResultsReader(Protocol):
    """Computes results of the caller's claims."""

    async def results(
        self,
        who: Principal,
        *,
        since: date | None,
        until: date | None,
        on: date,
        payer_id: str,
        tenant: str,
        compare: Compare,
    ) -> tuple[Results, list[PayerOfOurs]]:
        """Everything of a period.

        Args:
            who: Who asks; of their claims alone.
            since: First day of the period; None for all.
            until: Last day; None for all.
            on: The day that it is.
            payer_id: Only this payer's; empty for all.
            tenant: Only this organisation's; empty for all that are theirs.
            compare: With which period.

        Returns:
            The results, and the payers with the service that the public record is asked about.
        """
        ...

    async def behind(
        self,
        who: Principal,
        drill: Drill,
        *,
        since: date | None,
        until: date | None,
        on: date,
        payer_id: str,
        tenant: str,
        after: BehindCursor | None,
        limit: int,
    ) -> BehindPage:
        """The claims behind a number.

        Args:
            who: Who asks; their claims alone.
            drill: Which set of claims.
            since: First day of the period; None for all.
            until: Last day; None for all.
            on: The day that it is.
            payer_id: Only this payer's; empty for all.
            tenant: Only this organisation's; empty for all that are theirs.
            after: Where the page before ended; None for the first.
            limit: Most claims.

        Returns:
            A page, with what the whole set comes to.
        """
        ...
