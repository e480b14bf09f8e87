"""What use cases need of a transaction on claims' states; `shared.runtime.transactions` provides it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from shared.decider import Decision

S = TypeVar("S")
T_co = TypeVar("T_co", covariant=True)


class UnknownClaim(Exception):
    """There is no such claim here, or it is another tenant's."""


class StateTransaction(Protocol[S]):
    """One transaction on a service's states: all of it becomes visible together, or nothing."""

    @property
    def now(self) -> datetime:
        """The instant of the transaction, by the service's clock."""
        ...

    async def tenant_of(self, claim_id: str) -> str:
        """Whose claim it is, which never changes; empty for a claim that is not there."""
        ...

    async def command(self, claim_id: str, rule: Callable[[S], Decision[S]]) -> S | None:
        """The state after a rule was applied to it under its lock; None where the claim is unknown.

        The rule may refuse by any exception: nothing is changed then.
        """
        ...


class Transactions(Protocol[T_co]):
    """Opens transactions; one commits, with its events, when its block ends without an exception."""

    def begin(self) -> AbstractAsyncContextManager[T_co]:
        """Open a transaction."""
        ...
