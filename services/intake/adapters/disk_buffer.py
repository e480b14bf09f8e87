"""Lists too long for memory: appended to, and read again from any place.

What does not fit into one block lies in a file without a name, sealed (AES-256-GCM) with a key that is made for it and
kept nowhere: it is gone with the process, however that ends, and tells nothing to who finds its bytes on a disk.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

T = TypeVar("T")
_Place = tuple[int, int]
"""Where a sealed block begins, and how long it is, in bytes."""


class Scratch:
    """The disk under the spools of one input; nothing is opened before it is needed."""

    def __init__(self) -> None:
        self.descriptor: int | None = None
        self._key: AESGCM | None = None
        self._end = 0

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def new(self, kind: type[T], block: int = 1_000) -> DiskBuffer[T]:
        """An empty list on this disk."""
        return DiskBuffer(kind, self, block)

    def close(self) -> None:
        """Give the room back; what was written is lost."""
        descriptor, self.descriptor, self._key = self.descriptor, None, None
        if descriptor is not None:
            os.close(descriptor)

    def write(self, plain: bytes) -> _Place:
        """Seal and append. A place is written once, so it serves as the nonce."""
        if self.descriptor is None or self._key is None:
            self.descriptor, path = tempfile.mkstemp(prefix="recoup-spool-")
            Path(path).unlink()
            self._key = AESGCM(AESGCM.generate_key(256))
        sealed = self._key.encrypt(_nonce(self._end), plain, None)
        place = (self._end, len(sealed))
        at = self._end
        view = memoryview(sealed)
        while view:
            written = os.pwrite(self.descriptor, view, at)
            at, view = at + written, view[written:]
        self._end = at
        return place

    def read(self, place: _Place) -> bytes:
        """The plain bytes of a block."""
        assert self.descriptor is not None
        assert self._key is not None
        start, size = place
        return self._key.decrypt(_nonce(start), os.pread(self.descriptor, size, start), None)


def _nonce(place: int) -> bytes:
    return place.to_bytes(12, "big")


class DiskBuffer(Generic[T]):
    """A list of `kind` of which at most one block of items, and one more while it is read, is in memory."""

    def __init__(self, kind: type[T], scratch: Scratch, block: int = 1_000) -> None:
        self._scratch = scratch
        self._block = block
        self._places: list[_Place] = []
        self._tail: list[T] = []
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode: Any = msgspec.msgpack.Decoder(list[kind]).decode

    def __len__(self) -> int:
        return len(self._places) * self._block + len(self._tail)

    def append(self, item: T) -> None:
        """Add an item; a full block is written to disk."""
        self._tail.append(item)
        if len(self._tail) >= self._block:
            self._places.append(self._scratch.write(self._encode(self._tail)))
            self._tail = []

    def read(self, first: int = 0, count: int | None = None) -> Iterator[T]:
        """`count` items from `first` on; without `count`, those that are there now."""
        if count is None:
            count = len(self) - first
        return islice(self._from(first), count)

    def cut(self, length: int) -> None:
        """Forget what comes after the first `length` items."""
        blocks, rest = divmod(length, self._block)
        if blocks < len(self._places):
            self._tail = self._decode(self._scratch.read(self._places[blocks]))
            del self._places[blocks:]
        del self._tail[rest:]

    def _from(self, first: int) -> Iterator[T]:
        at, skip = divmod(first, self._block)
        while True:
            inside = at < len(self._places)
            items: list[T] = self._decode(self._scratch.read(self._places[at])) if inside else self._tail
            yield from items[skip:] if skip else items
            if not inside:
                return
            at, skip = at + 1, 0
