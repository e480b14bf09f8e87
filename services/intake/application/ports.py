"""What intake's application needs of the world, a batch at a time; `adapters/sql` provides it on Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from services.intake.domain.matching import Candidate
from services.intake.domain.remittance import Remittance
from services.intake.domain.submission import ClaimRecord
from shared.events.base import Event
from shared.events.claims import RemittanceFacts


class Original(msgspec.Struct, frozen=True):
    """A claim's text as it was sent; sealed before it is stored."""

    claim_id: str
    fingerprint: str
    text: str


class KeptRemittance(msgspec.Struct, frozen=True):
    """A claim payment with its place in the matching: matched, waiting for its claim, or ambiguous."""

    remittance_id: str
    status: str
    score: int
    reason: str
    facts: RemittanceFacts
    payment: Remittance
    keys: tuple[str, ...]
    claim_id: str | None = None
    candidates: tuple[str, ...] = ()


class Store(Protocol):
    """One transaction on intake's schema. Every method is one or two statements, whatever the number of rows."""

    interchange_id: str

    async def resolve_keys(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Claim ids under each of these match keys."""
        ...

    async def load(self, claim_ids: Sequence[str]) -> dict[str, ClaimRecord]:
        """Records of these claims, locked until the transaction ends."""
        ...

    async def save(self, records: Mapping[str, ClaimRecord], tenant: str) -> None: ...

    def emit(self, event: Event, tenant: str) -> None:
        """Queue an event about a claim that was loaded or saved; its sequence is counted on the claim's row."""
        ...

    async def keep_originals(self, originals: Sequence[Original], tenant: str) -> None: ...

    async def add_keys(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Make claims findable: claim id → match keys."""
        ...

    async def new_rejections(self, ids: Sequence[str]) -> set[str]:
        """Enter refused submissions; returns those not refused before."""
        ...

    async def new_remittances(self, ids: Sequence[str]) -> set[str]:
        """Those of these remittance ids that are not stored yet."""
        ...

    async def candidates(self, keys: Sequence[str]) -> list[Candidate]:
        """Claims that any of these keys may mean, with what matching compares."""
        ...

    async def keep_remittances(self, remittances: Sequence[KeptRemittance]) -> None: ...

    async def waiting_for(self, keys: Sequence[str]) -> list[KeptRemittance]:
        """Remittances that wait for a claim under any of these keys, locked."""
        ...

    async def settle_waiting(self, remittances: Sequence[KeptRemittance]) -> None:
        """Update remittances that waited."""
        ...
