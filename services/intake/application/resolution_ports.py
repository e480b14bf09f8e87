"""What people's decisions about a worklist need of the world; `adapters/sql` provides it on Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, Protocol, TypeVar

import msgspec

from services.intake.application.deposit_ports import Deposits
from services.intake.application.ports import (
    HeldPayment,
    KeptRecoupment,
    KeptRemittance,
    KeptRequest,
    KeptStatus,
    RequestStore,
    StatusStore,
    Store,
)

ChoiceT = TypeVar("ChoiceT", bound=str, covariant=True)
Item = KeptRemittance | HeldPayment | KeptRecoupment | KeptRequest | KeptStatus
"""What a worklist of claims holds."""


class Resolution(msgspec.Struct, Generic[ChoiceT], frozen=True, kw_only=True):
    """A person's decision about one item of a worklist: in which tenant, by whom, for which claim, and why.

    `force`: the person knows better where the item does not fit the claim; `note` must say why.
    """

    tenant: str
    by: str
    item_id: str
    choice: ChoiceT
    claim_id: str | None = None
    note: str = ""
    force: bool = False


class WorklistTransaction(Protocol):
    """One transaction on one tenant's claims and worklists: all of it becomes visible together, or nothing."""

    @property
    def store(self) -> Store:
        """Claims, payments, held payments and recoupments."""
        ...

    @property
    def requests(self) -> RequestStore:
        """Payers' requests for records."""
        ...

    @property
    def statuses(self) -> StatusStore:
        """Payers' reports about claims."""
        ...

    @property
    def deposits(self) -> Deposits:
        """Deposits, and the payments of 835s that they are matched with."""
        ...

    async def journal(self, resolution: Resolution[str], before: Item, after: Item) -> None:
        """Keep who decided what, when, why, and what stood there before.

        Args:
            resolution: Who decided what, and why.
            before: What stood there.
            after: What stands there now.
        """
        ...

    async def resolutions_of(self, item_id: str) -> Sequence[Mapping[str, object]]:
        """Earlier decisions about a remittance or held payment, oldest first."""
        ...


class WorklistTransactions(Protocol):
    """Opens transactions; one commits, with its events, when its block ends without an exception."""

    def begin(self, tenant: str) -> AbstractAsyncContextManager[WorklistTransaction]:
        """Open a transaction on a tenant's rows."""
        ...


class WaitingTransactions(WorklistTransactions, Protocol):
    """Says beside what waits, and has a claim now."""

    async def remittances_with_claims(self, limit: int) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """By tenant the claims that have come for waiting remittances, each with the match keys that they share."""
        ...

    async def requests_with_claims(self, limit: int) -> Mapping[str, Sequence[str]]:
        """By tenant the requests for records for which a claim has come since."""
        ...
