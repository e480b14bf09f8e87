"""What the routes show: accounts, their ledgers and decisions, what waits for people."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

import msgspec

from services.settlement.domain.account import Account, DecisionRecord
from services.settlement.domain.calibration import Forecast
from services.settlement.domain.ledger import Entry
from shared.events.idr import IdrFeeKind
from shared.worklist import Place


class WaitingClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that waits for a person."""

    claim_id: str
    phase: str
    waits_for: str
    payer_id: str
    charge: Decimal
    in_dispute: Decimal
    owed: Decimal
    why: str


class FurtherTask(msgspec.Struct, frozen=True):
    """A later task of the same claim."""

    task: str
    day: date | None


class WaitingTask(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that waits for people, by its first task. Services that list tasks give them the same members."""

    claim_id: str
    source: str
    key: str
    kind: str
    task: str
    why: str
    day: date | None
    role: str
    case_id: str
    offer_id: str
    opens: date | None
    last: date | None
    days_left: int | None
    also: tuple[FurtherTask, ...]
    forum: str
    level: int
    assignee: str
    payer_id: str
    at_stake: Decimal


class TaskPage(msgspec.Struct, frozen=True):
    """A page of what waits for people."""

    tasks: tuple[WaitingTask, ...]
    total: int
    next: str | None


class ReceivableFee(msgspec.Struct, frozen=True, kw_only=True):
    """A fee of IDR that comes back and has not come."""

    claim_id: str
    case_id: str
    kind: IdrFeeKind
    filed_on: date
    invoice: str
    amount: Decimal
    owed: Decimal
    paid: Decimal
    refunded: Decimal
    due_back: Decimal
    since: date | None


class ReceivableFees(msgspec.Struct, frozen=True):
    """A page of the fees that come back, and the dollars of all of them."""

    fees: tuple[ReceivableFee, ...]
    total: Decimal
    next: str | None


class RecordVersion(msgspec.Struct, frozen=True):
    """A version of the payers' record."""

    version: str
    as_of: date
    taken_at: datetime
    activated_at: datetime | None


class Reads(Protocol):
    """Each method reads by itself, of one moment, and what is a tenant's (of all where it is empty).

    What is asked of one claim raises `UnknownClaim` where it is not there or another tenant's.
    """

    async def account(self, claim_id: UUID, tenant: str) -> Account:
        """A claim's account as it stands."""
        ...

    async def ledger(self, claim_id: UUID, tenant: str) -> tuple[Account, list[Entry]]:
        """A claim's account with its entries, oldest first; `LedgerError` where they do not make its balances."""
        ...

    async def decisions(self, claim_id: UUID, tenant: str) -> list[DecisionRecord]:
        """A claim's decisions with their inputs, oldest first."""
        ...

    async def waiting(self, tenant: str, limit: int) -> list[WaitingClaim]:
        """Claims that wait for a person, the most money first."""
        ...

    async def tasks(self, tenant: str, today: date, after: Place | None, limit: int) -> tuple[list[WaitingTask], int]:
        """A page of what waits for people, the earliest day first, and how many there are in all.

        Args:
            tenant: The provider organisation.
            today: The tenant's legal day.
            after: Where the page before ended; None for the first.
            limit: Most rows of the page.

        Returns:
            The page, and how many there are in all.
        """
        ...

    async def fees_receivable(self, tenant: str, after: str, limit: int) -> ReceivableFees:
        """A page of the fees of IDR that come back and have not come, by claim, and the dollars of all of them.

        Args:
            tenant: The provider organisation.
            after: Id of the last claim of the page before; empty for the first.
            limit: Most claims of the page.

        Returns:
            The page by claim, and the dollars of all of them.
        """
        ...

    async def audit(self, tenant: str) -> list[str]:
        """Claims whose ledger does not add up to their state; empty where all is well."""
        ...

    async def record_versions(self) -> list[RecordVersion]:
        """All versions of the payers' record, newest first."""
        ...

    async def forecasts(
        self, tenant: str, *, forum: str = "", policy: str = "", since: date | None = None
    ) -> list[Forecast]:
        """Chances of winning with what forums then decided; of one forum, policy, or decided from a day on.

        Args:
            tenant: The provider organisation.
            forum: Only this forum's; empty for all.
            policy: Only those made under this policy; empty for all.
            since: First day of decision; None for all.

        Returns:
            Chances of winning as they were predicted, with what came of them.
        """
        ...
