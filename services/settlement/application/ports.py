"""What the use cases need of the world; adapters provide it."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from services.settlement.domain.account import Account
from services.settlement.domain.payer_history import PayerHistory
from shared.transactions import StateTransaction, Transactions

AccountTransaction = StateTransaction[Account]
AccountTransactions = Transactions[AccountTransaction]


class PayerHistories(Protocol):
    """The versions of the payers' record, of which the one activated last is in force."""

    async def take(self, version: str, as_of: date) -> PayerHistory:
        """Count what forums had decided and payers had paid by `as_of`, and keep it as `version`, not in force yet.

        Raises `VersionExists`.
        """
        ...

    async def activate(self, version: str) -> PayerHistory | None:
        """Put a version in force; None where it is unknown."""
        ...

    async def active(self) -> PayerHistory | None:
        """The version in force; None where none ever was activated."""
        ...
