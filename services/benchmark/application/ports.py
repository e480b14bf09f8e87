"""What the use cases need of the world; adapters provide it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Annotated, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from services.benchmark.application.snapshot import SnapshotKind
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


class ClaimStream(Protocol):
    """Claims in bulk, so that all of them are never in memory at once."""

    def since(self, day: date, tenants: Sequence[str] = ()) -> AsyncIterator[Sequence[tuple[str, ClaimFile]]]:
        """Yield (claim id, file) in pages, by claim id.

        Args:
            day: First day of receipt of a claim's last remittance.
            tenants: Whose claims; empty for those of every provider organisation.
        """
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


class UnjudgedClaim(msgspec.Struct, frozen=True):
    """A claim without a benchmark: since when it waits, and what is missing."""

    claim_id: str
    since: datetime
    reasons: tuple[str, ...]


class Reads(Protocol):
    """What the routes show, each method of one moment."""

    async def file(self, claim_id: UUID, tenant: str) -> ClaimFile | None:
        """What is kept of a claim; None too where it is another tenant's."""
        ...

    async def unjudged(self, tenant: str) -> list[UnjudgedClaim]:
        """Claims without a benchmark, the longest waiting first, with what is missing."""
        ...

    async def releases(self) -> list[ListedRelease]:
        """Every release that was ever loaded, oldest first."""
        ...


class ReleaseExists(ValueError):
    """A release of this kind and name is there already, with other content."""


class UnreadableRelease(ValueError):
    """What was sent is no release of this kind in the service's own compact form."""


class KeptRelease(msgspec.Struct, frozen=True):
    """A release that was sent: `new` unless exactly this one was there; `size` counts what it holds."""

    name: str
    kind: str
    new: bool
    size: dict[str, int]


class SnapshotOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A percentile table to compute of the lines received from `received_from` to `received_to`.

    It holds for dates of service from `effective_from` to `effective_to`; `minimum` lines stand behind a row at least.
    `tenants` are the organisations whose claims count, and are judged by it; `agreed` is where several agree to that.
    """

    kind: SnapshotKind
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    received_from: date
    received_to: date
    effective_from: date
    effective_to: date
    minimum: Annotated[int, Meta(ge=2, le=1_000_000, description="fewest lines behind a row")] = 10
    tenants: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
        Meta(max_length=1000, description="whose claims"),
    ] = ()
    agreed: Annotated[str, Meta(max_length=500, description="where those of several agree to be pooled")] = ""

    def __post_init__(self) -> None:
        if self.received_from > self.received_to or self.effective_from > self.effective_to:
            raise ValueError("a span ends before it begins")


class ReferenceReleases(Protocol):
    """The reference releases that are loaded; one is never overwritten, and a wrong one is withdrawn."""

    async def keep(self, kind: str, content: bytes) -> KeptRelease:
        """Load a release in its compact form: all of it, or nothing.

        Raises:
            UnreadableRelease: the content is no release of this kind.
            ReleaseExists: another release has this kind and name.
        """
        ...

    async def withdraw(self, kind: str, name: str) -> bool:
        """Use a release no longer; False where there is none in use."""
        ...

    async def snapshot(self, order: SnapshotOrder) -> KeptRelease | None:
        """Compute a table out of the claims and load it; None where no code has lines enough.

        Raises:
            ReleaseExists: another release has this kind and name.
            NotShared: claims of organisations that have not agreed would be told to others.
        """
        ...
