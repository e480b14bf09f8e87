"""What composing X12 for payers needs of the world; `adapters/sql` provides it on Postgres."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from recoup_x12.model import Claim, Form
from services.intake.application.ports import RequestStore, Store
from services.intake.domain.submission import ClaimRecord
from shared.events.base import Event

SetKind = Literal["270", "275", "276", "837"]


class Illegible(Exception):
    """A claim's original cannot be read any more. Says nothing of what it holds."""


class Sent(msgspec.Struct, frozen=True):
    """One interchange as it went out; `status` is sent, accepted or rejected, `kind` its ST01, `size` in bytes.

    `asked_sha256` tells a repetition from another sending under the same `key`; `control` is ISA13.
    """

    key: str
    claim_id: str
    asked_sha256: str
    control: int
    receiver: str
    sha256: str
    size: int
    status: str = "sent"
    codes: tuple[str, ...] = ()
    repeated: bool = False
    kind: SetKind = "275"


class OutgoingTransaction(Protocol):
    """One transaction on one tenant's claims and on what was sent about them."""

    @property
    def now(self) -> datetime:
        """The instant of the transaction, by the service's clock."""
        ...

    @property
    def store(self) -> Store:
        """Claims and payments."""
        ...

    @property
    def requests(self) -> RequestStore:
        """Payers' requests for records."""
        ...

    async def claim(self, claim_id: str) -> ClaimRecord | None:
        """The claim as it is known, locked; None where it is unknown or another tenant's."""
        ...

    async def original(self, claim_id: str, form: Form) -> Claim | None:
        """The claim as it was last submitted; None where nothing is kept. Raises `Illegible`."""
        ...

    async def sent(self, key: str) -> Sent | None:
        """What was sent under a key."""
        ...

    async def next_control(self) -> int:
        """ISA13 and GS06 of the next interchange of ours."""
        ...

    async def keep_sent(self, sent: Sent, text: str, by: str = "") -> None:
        """Keep an interchange for the carrier, sealed; `by` is the person whose it is, if any.

        Args:
            sent: The interchange.
            text: Its X12; patient data.
            by: The person whose it is, if any.
        """
        ...

    def announce(self, event: Event, aggregate: str, key: str) -> None:
        """Emit an event about what is sent under a key.

        Args:
            event: The event.
            aggregate: What its order is kept by.
            key: The key of the sending.
        """
        ...


class OutgoingTransactions(Protocol):
    """Opens transactions; one commits, with its events, when its block ends without an exception."""

    def begin(self, tenant: str) -> AbstractAsyncContextManager[OutgoingTransaction]:
        """Open a transaction on a tenant's rows."""
        ...
