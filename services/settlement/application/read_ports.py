"""What the routes show: accounts, their ledgers and decisions, what waits for people."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol
from uuid import UUID

from services.settlement.domain.account import Account, DecisionRecord
from services.settlement.domain.calibration import Forecast
from services.settlement.domain.ledger import Entry
from shared.worklist import Place


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

    async def waiting(self, tenant: str, limit: int) -> list[dict[str, Any]]:
        """Claims that wait for a person, the most money first."""
        ...

    async def tasks(
        self, tenant: str, today: date, after: Place | None, limit: int
    ) -> tuple[list[dict[str, Any]], int]:
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

    async def fees_receivable(self, tenant: str, after: str, limit: int) -> dict[str, Any]:
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

    async def record_versions(self) -> list[dict[str, object]]:
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
