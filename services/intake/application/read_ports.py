"""What the routes show: claims, inputs, worklists, deposits, what was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any, Protocol

from services.intake.application.outgoing_ports import Sent
from services.intake.domain.submission import ClaimRecord
from shared.submitted import ClaimReceipt, InterchangeEntry


class Reads(Protocol):
    """Reads one tenant's rows; what names a patient is opened with the vault.

    Each read takes a connection for itself and sees what is committed then.
    """

    async def claim(self, claim_id: str, tenant: str) -> ClaimRecord | None:
        """A claim as it is known."""
        ...

    async def original(self, claim_id: str) -> str | None:
        """The newest submission of a claim as it was sent, of any tenant's. Patient data."""
        ...

    async def interchange(self, interchange_id: str, tenant: str) -> str | None:
        """What became of an input, as JSON."""
        ...

    async def interchanges(
        self, tenant: str, before: tuple[datetime, str] | None, limit: int
    ) -> list[InterchangeEntry]:
        """Inputs, the newest first, `limit` at most.

        Args:
            tenant: The provider organisation.
            before: Only those that came in before this instant, or in it under a lower id; None for all.
            limit: How many at most.
        """
        ...

    async def receipts(self, interchange_id: str, tenant: str, after: int, limit: int) -> list[ClaimReceipt] | None:
        """What is told of an input's claims one by one, by their place in it.

        Args:
            interchange_id: The input's id.
            tenant: The provider organisation; empty for any.
            after: Only claims after this place.
            limit: How many at most.

        Returns:
            The receipts; None if no input of the tenant has this id.
        """
        ...

    async def answers(self, interchange_id: str, tenant: str, kind: str) -> AsyncIterator[str] | None:
        """The X12 answers to an input, part after part; None where none is kept. Patient data.

        Raises at once where they cannot be opened.

        Args:
            interchange_id: The input's id.
            tenant: The provider organisation.
            kind: Only answers of this kind, such as 999; empty for all.

        Returns:
            The parts in order; None if no answer is kept.
        """
        ...

    async def input(self, interchange_id: str, tenant: str, by: str, at: datetime) -> AsyncIterator[bytes] | None:
        """What came in, as it came, part after part; None where it is not kept. Patient data: who reads it is kept.

        Raises at once where it cannot be opened.

        Args:
            interchange_id: The input's id.
            tenant: The provider organisation.
            by: Who reads it.
            at: When.

        Returns:
            The parts in order; None if it is not kept.
        """
        ...

    async def adjustments(self, tenant: str) -> list[dict[str, Any]]:
        """Provider adjustments of 835s, the newest first."""
        ...

    async def sent(self, tenant: str, key: str) -> Sent | None:
        """What was sent under a key."""
        ...

    async def sent_text(self, tenant: str, key: str) -> str | None:
        """The X12 that was sent under a key. Patient data."""
        ...

    async def open_counts(self, tenant: str, overdue_before: date) -> dict[str, int]:
        """How much waits for a person, by list."""
        ...

    async def open_remittances(self, tenant: str) -> list[dict[str, Any]]:
        """Claim payments that wait for a claim or a person, oldest first."""
        ...

    async def open_held(self, tenant: str) -> list[dict[str, Any]]:
        """Held payments, oldest first."""
        ...

    async def open_recoupments(self, tenant: str) -> list[dict[str, Any]]:
        """Recoupments without a claim, oldest first."""
        ...

    async def open_requests(self, tenant: str) -> list[dict[str, Any]]:
        """Requests for records without a claim, the earliest due first. Patient data."""
        ...

    async def open_statuses(self, tenant: str) -> list[dict[str, Any]]:
        """Payers' reports without a claim, rejections first. Patient data."""
        ...

    async def open_deposits(self, tenant: str) -> list[dict[str, Any]]:
        """Deposits without an 835, oldest first."""
        ...

    async def undeposited(self, tenant: str, before: date) -> list[dict[str, Any]]:
        """Payments of 835s paid before a day and not deposited, oldest first."""
        ...

    async def deposit(self, tenant: str, deposit_id: str) -> dict[str, Any] | None:
        """One deposit, its 835s or candidates, and earlier decisions."""
        ...

    async def bank_file(self, tenant: str, file_id: str) -> bytes | None:
        """A bank's file as it came."""
        ...

    async def paper(self, tenant: str, paper_id: str) -> dict[str, Any] | None:
        """A remittance on paper as it was entered, and its scans. Patient data."""
        ...

    async def scan(self, tenant: str, scan_id: str) -> tuple[bytes, str] | None:
        """A scan's bytes and media type. Patient data."""
        ...
