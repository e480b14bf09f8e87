"""What the use cases need of the world; adapters provide it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from services.settlement.domain.account import Account
from services.settlement.domain.payer_history import PayerHistory
from shared.transactions import StateTransaction, Transactions

AccountTransaction = StateTransaction[Account]
AccountTransactions = Transactions[AccountTransaction]


class PayerHistories(Protocol):
    """The versions of the payers' record, of which the one activated last is in force."""

    async def tenants(self) -> Sequence[str]:
        """The organisations that have claims here."""
        ...

    async def take(self, version: str, as_of: date, tenants: Sequence[str], agreed: str) -> PayerHistory:
        """Count what forums had decided and payers had paid of these organisations' claims by `as_of`.

        Args:
            version: The name of the version.
            as_of: Last day that counts.
            tenants: Whose claims count.
            agreed: Where all organisations concerned agree to it.

        Returns:
            The version, not in force yet.

        Raises:
            VersionExists: The name is taken.
        """
        ...

    async def activate(self, version: str) -> PayerHistory | None:
        """Put a version in force; None where it is unknown."""
        ...

    async def active(self) -> Sequence[PayerHistory]:
        """The versions that were activated, the one activated last at the end."""
        ...
