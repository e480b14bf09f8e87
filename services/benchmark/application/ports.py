"""What the use cases need of the world; adapters provide it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from services.benchmark.domain.claim_file import ClaimFile
from shared.decider import Decision


class ClaimFiles(Protocol):
    """One transaction on the service's claims: all of it becomes visible together, or nothing."""

    async def unjudged(self, after: str, limit: int) -> Sequence[str]:
        """Claims that could not be judged, in order of id, after the one given (empty: from the first)."""
        ...

    async def command_all(self, claim_ids: Sequence[str], rule: Callable[[str, ClaimFile], Decision[ClaimFile]]) -> int:
        """Apply a rule to many claims under their locks; returns how many took it."""
        ...


class OpensClaimFiles(Protocol):
    """Opens transactions; one commits, with its events, when its block ends without an exception."""

    def begin(self) -> AbstractAsyncContextManager[ClaimFiles]:
        """Open a transaction over the claim files."""
        ...
