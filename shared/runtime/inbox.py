"""What a consumer of a Kafka topic hands its records to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from shared.events.codec import Header
from shared.runtime.parking import Origin
from shared.runtime.unit_of_work import UnitOfWork

T = TypeVar("T")


class Inbox(Protocol[T]):
    """What a consumer does with records: read each into an item with an id, and handle new items of a batch.

    An item that cannot be decoded is still an item, to be parked by `handle`. Where `read` raises all the same, the
    consumer sets the record aside itself.
    """

    topics: tuple[str, ...]

    def wants(self, headers: Sequence[Header]) -> bool:
        """A quick look at a record's headers, before it is read."""
        ...

    def read(self, origin: Origin) -> T:
        """Return the item in a record."""
        ...

    def id_of(self, item: T) -> str:
        """A UUID that the item has for ever; or what tells it from others of its batch, where `handle` remembers it."""
        ...

    def remembers(self, item: T) -> bool:
        """Return True if `handle` itself knows an item that it had before: by its claim's state, say."""
        ...

    def origin_of(self, item: T) -> Origin:
        """Return the record that the item came in."""
        ...

    async def handle(self, uow: UnitOfWork, items: Sequence[T]) -> None:
        """Apply new items in their order, in the transaction of `uow`."""
        ...

    async def refuse(self, uow: UnitOfWork, item: T, error: Exception) -> None:
        """Park an item whose effect the database refuses (a value out of range, say)."""
        ...
