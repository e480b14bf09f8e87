"""What taking inputs in needs of the world; `adapters/sql/inputs.py` provides it on Postgres."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import date, datetime
from typing import BinaryIO, Protocol

import msgspec

from recoup_x12 import Acknowledger, Lists
from recoup_x12.model import Payment, ProviderAdjustment
from services.intake.application.claims import Receipt
from services.intake.application.ports import Ledger, Questions, RequestStore, StatusStore, Store


class Unapplied(Exception):
    """What was attempted is undone, and would fail again: an error of ours, which is the exception's `cause`.

    `too_large` says by how much an event of it is too large to travel; it is empty for every other error.
    """

    def __init__(self, cause: Exception, too_large: str = "") -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause
        self.too_large = too_large


class AnswersKept(msgspec.Struct):
    """The X12 answers to one input, for its summary: the first by name, and how many more there are."""

    names: list[str] = []
    more: int = 0


class KnownKey(msgspec.Struct, frozen=True):
    """What is known of an idempotency key; `status` is None while its request has no answer yet."""

    sha256: str
    interchange_id: str
    status: int | None
    media_type: str
    answer: str


class InputRecord(Protocol):
    """The record of each input of a tenant: begun, finished, and under which idempotency key it was sent."""

    async def known_key(self, key: str) -> KnownKey | None:
        """What is known of a key."""
        ...

    async def enter_key(self, key: str, sha256: str, interchange_id: str) -> None:
        """Bind a key to the content that was sent under it.

        Args:
            key: The caller's key for the request.
            sha256: Of the content.
            interchange_id: The input's id.
        """
        ...

    async def answer_key(self, key: str, status: int, media_type: str, answer: str) -> None:
        """Keep the answer that the same request under the same key gets again.

        Args:
            key: The caller's key for the request.
            status: The answer's HTTP status.
            media_type: Its content type.
            answer: Its body.
        """
        ...

    async def forget_keys(self, before: datetime) -> None:
        """Drop keys that are past their time."""
        ...

    async def unfinished(self, sha256: str, source: str) -> str | None:
        """The input with these bytes that was begun in the same way and not finished, if any."""
        ...

    async def finished(self, sha256: str) -> str | None:
        """The first finished input with the same bytes, if any."""
        ...

    async def begin(self, interchange_id: str, sha256: str, source: str) -> None:
        """Enter an input, once.

        Args:
            interchange_id: The input's id.
            sha256: Of its content.
            source: How it came in.
        """
        ...

    async def keep(self, sha256: str, content: BinaryIO) -> None:
        """Keep a content as it came, sealed, once, whatever its size."""
        ...

    async def keep_receipts(self, interchange_id: str, receipts: Sequence[Receipt]) -> None:
        """Keep receipts that the summary of an input does not list, once each by their place in it."""
        ...

    async def finish(self, interchange_id: str, summary: msgspec.Struct) -> None:
        """Remember the answer that an input got."""
        ...


class InputTransaction(Protocol):
    """One transaction on one tenant's inputs; its views keep what they loaded until `fresh` makes others."""

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

    @property
    def statuses(self) -> StatusStore:
        """What payers say of claims."""
        ...

    @property
    def questions(self) -> Questions:
        """Questions about coverage."""
        ...

    @property
    def inputs(self) -> InputRecord:
        """The record of each input."""
        ...

    def sent_out(self, today: date) -> Ledger:
        """What was sent, which answers are about; `today` is the day of the answers."""
        ...

    def fresh(self) -> InputTransaction:
        """The same transaction with views that know nothing yet."""
        ...

    def attempt(self) -> AbstractAsyncContextManager[InputTransaction]:
        """A part that is undone where it fails, on fresh views. Do not `flush` in it.

        Raises `Unapplied` for what would fail again; what may succeed when tried again passes as it is.
        """
        ...

    async def flush(self) -> None:
        """Write what is queued, so that a long transaction keeps its memory bounded."""
        ...

    async def keep_answers(self, inputs: Sequence[tuple[str, Acknowledger]]) -> list[AnswersKept]:
        """Keep the X12 answers to inputs, each given by its id, and emit their events."""
        ...

    async def keep_adjustments(self, given: Iterable[tuple[Payment, Iterable[ProviderAdjustment]]]) -> None:
        """Keep the provider adjustments of 835s, once however often they come, for people to read."""
        ...

    async def keep_paper(self, entry: str, interchange_id: str, by: str) -> str:
        """Keep a remittance on paper as it was entered, where it is new; returns its id.

        Args:
            entry: The entry as it was made, JSON.
            interchange_id: The input that it became.
            by: Who entered it.

        Returns:
            The entry's id.
        """
        ...

    async def keep_scan(self, paper_id: str, body: bytes, media_type: str, by: str) -> tuple[str, bool] | None:
        """Keep a scan sealed, once; its id and whether it is new, None where there is no such entry.

        Args:
            paper_id: The entry's id.
            body: The scan.
            media_type: Its content type.
            by: Who added it.

        Returns:
            The scan's id and whether it is new; None if there is no such entry.
        """
        ...


class InputTransactions(Protocol):
    """Opens transactions; one commits, with its events, when its block ends without an exception."""

    @property
    def now(self) -> datetime:
        """The present instant, by the service's clock."""
        ...

    def begin(self, tenant: str) -> AbstractAsyncContextManager[InputTransaction]:
        """Open a transaction on a tenant's rows."""
        ...

    def is_transient(self, error: Exception) -> bool:
        """Return True if the same transaction may succeed when it is tried again."""
        ...

    def room(self) -> AbstractContextManager[Lists]:
        """Room for lists that may be too long for memory; it is given back at the end of the block."""
        ...


class NameLocks(Protocol):
    """Names that one process holds at a time."""

    def holding(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Return True if `name` is ours until the block ends; False at once where somebody else has it."""
        ...
