"""Figures over many claims, and the books: what every claim came to."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Generic, Literal, Protocol, TypeVar

import msgspec

from services.gateway.application.access import Principal
from services.gateway.domain.forecast import Course
from services.gateway.domain.management import Management
from services.gateway.domain.outcomes import Outcome

T = TypeVar("T")
Dimension = Literal["all", "payer", "specialty", "code", "forum", "policy"]
GroupBy = Literal["payer_id", "specialty", "forum", "close_reason"]
_QUICK = 0.25
"""Seconds; what is computed faster is never given old."""
_REST = 20


class Percentiles(msgspec.Struct, frozen=True):
    """Seconds, to three significant digits; null while nothing was measured. `n` claims were."""

    n: int
    p50: float | None
    p90: float | None
    p99: float | None


class Group(msgspec.Struct, frozen=True):
    """Claims that share a value: how many, how many underpaid, and their dollars."""

    key: str
    name: str
    claims: int
    underpaid: int
    billed: Decimal
    paid: Decimal
    recovered: Decimal


class HistoryFigures(msgspec.Struct, frozen=True):
    """Claims loaded as history and not taken up: how many, how many underpaid of those judged, and their dollars."""

    claims: int = 0
    underpaid: int = 0
    judged: int = 0
    billed: Decimal = Decimal("0.00")
    paid: Decimal = Decimal("0.00")


class Portfolio(msgspec.Struct, frozen=True):
    """Everything the caller may see, summed. `latency` is machine time, whatever the business calendar says.

    Claims that stand as history are in `history` alone.
    """

    claims: int
    by_state: dict[str, int]
    by_close_reason: dict[str, int]
    underpaid: int
    judged: int
    illegal_transitions: int
    billed: Decimal
    allowed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    recovered: Decimal
    latency: dict[str, Percentiles]
    history: HistoryFigures = HistoryFigures()


class BooksLine(msgspec.Struct, frozen=True):
    """What one claim came to.

    `paid` is summed by the gateway over the remittances on the log; `closed_*` are settlement's closing figures, null
    while the claim is open. The two were computed apart from each other, so they check each other.
    """

    claim_id: str
    tenant: str
    state: str
    close_reason: str
    verdict: str
    billed: Decimal
    paid_at_first: Decimal | None
    paid: Decimal
    recovered: Decimal
    closed_billed: Decimal | None
    closed_paid: Decimal | None
    closed_recovered: Decimal | None
    closed_costs: Decimal | None
    remittances: int
    events: int
    illegal_transitions: int


class Figure(msgspec.Struct, Generic[T], frozen=True):
    """A value, the newest id of the timeline it is of, when (monotonic) it was computed, and how long that took."""

    value: T
    position: int
    at: float
    took: float

    @property
    def age(self) -> int:
        """Whole seconds, for the header `Age`."""
        return int(time.monotonic() - self.at)

    def holds(self, position: int) -> bool:
        """Return True if it may be given once more."""
        return self.position == position or (self.took > _QUICK and time.monotonic() - self.at < _REST * self.took)


class PortfolioReader(Protocol):
    """Computes figures of the caller's claims."""

    async def portfolio(self, who: Principal) -> Portfolio:
        """The sums of all."""
        ...

    async def groups(self, who: Principal, by: GroupBy) -> list[Group]:
        """By payer, specialty, forum or reason of closing; those with most recovered first."""
        ...

    async def outcomes(
        self, who: Principal, by: Dimension, *, since: date | None, until: date | None, limit: int
    ) -> list[Outcome]:
        """One row a group, those with most recovered first; `since` and `until` bound the day of the first payment.

        Args:
            who: Who asks; of their claims alone.
            by: What claims are grouped by.
            since: First day of first payments; None for all.
            until: Last day of first payments; None for all.
            limit: Most groups.

        Returns:
            Groups, those with most recovered first; dollars.
        """
        ...

    async def management(
        self,
        who: Principal,
        *,
        on: date,
        since: date | None,
        until: date | None,
        payer_id: str,
        history: bool,
        tenant: str,
    ) -> Management:
        """What a practice is led by; `payer_id` and `tenant` empty: of every payer, and of all who are theirs.

        Args:
            who: Who asks; of their claims alone.
            on: The day that it is.
            since: First day of first payments; None for all.
            until: Last day of first payments; None for all.
            payer_id: Only this payer's; empty for all.
            history: Of claims loaded as history, instead of our own work.
            tenant: Only this organisation's; empty for all that are theirs.

        Returns:
            Figures, in dollars, shares and days.
        """
        ...

    async def courses(self, who: Principal, *, on: date, tenant: str) -> list[Course]:
        """The disputes of the last three years, open and ended.

        Args:
            who: Who asks; of their claims alone.
            on: The day that it is.
            tenant: Only this organisation's; empty for all that are theirs.

        Returns:
            Their courses.
        """
        ...

    def books(self, who: Principal) -> AsyncGenerator[BooksLine]:
        """Every claim, from one snapshot."""
        ...


class RememberedFigures(Protocol):
    """Figures that were computed before, as long as they hold."""

    async def get(self, key: tuple[str, ...], compute: Callable[[], Awaitable[T]]) -> Figure[T]:
        """The figure named `key` (which holds the caller's tenants), computed again where it no longer holds."""
        ...
