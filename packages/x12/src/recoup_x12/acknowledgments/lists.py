"""Where an acknowledger keeps what grows with its input: in memory, unless its caller has another place for it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class LongList(Protocol[T]):
    """A list that is appended to, and read again from any place."""

    def __len__(self) -> int: ...

    def append(self, item: T, /) -> None:
        """Add one at the end."""
        ...

    def read(self, first: int = 0, count: int | None = None) -> Iterator[T]:
        """`count` items from `first` on; without `count`, those that are there now."""
        ...

    def cut(self, length: int) -> None:
        """Forget what comes after the first `length` items."""
        ...


class Lists(Protocol):
    """Makes long lists. Items are msgspec structs or strings; they name patients."""

    def new(self, kind: type[T], block: int = 1_000) -> LongList[T]:
        """An empty list of `kind`, of which about `block` items may be in memory."""
        ...


class MemoryLists:
    """Keeps lists in memory."""

    def new(self, kind: type[T], block: int = 1_000) -> LongList[T]:
        """An empty list; `block` does not matter."""
        del kind, block
        return _MemoryList[T]()


class _MemoryList(list[T], Generic[T]):
    def read(self, first: int = 0, count: int | None = None) -> Iterator[T]:
        return islice(iter(self), first, len(self) if count is None else first + count)

    def cut(self, length: int) -> None:
        del self[length:]
