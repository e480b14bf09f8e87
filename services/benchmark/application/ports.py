"""What the use cases need of the world; adapters provide it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

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


class ListedRelease(msgspec.Struct, frozen=True):
    """A release as it is listed."""

    kind: str
    name: str
    effective_from: date
    effective_to: date
    source: str
    size: dict[str, int]
    sha256: str
    loaded_at: datetime | None = None
    withdrawn_at: datetime | None = None


class Reads(Protocol):
    """What the routes show, each method of one moment."""

    async def file(self, claim_id: UUID, tenant: str) -> ClaimFile | None:
        """What is kept of a claim; None too where it is another tenant's."""
        ...

    async def unjudged(self, tenant: str) -> list[dict[str, Any]]:
        """Claims without a benchmark, the longest waiting first, with what is missing."""
        ...

    async def releases(self) -> list[ListedRelease]:
        """Every release that was ever loaded, oldest first."""
        ...
