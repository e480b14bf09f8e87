"""Figures are computed once for each state of the read model, however many ask.

A figure that takes long (over a million claims: seconds) is given again for twenty times as long as it took, even where
an event came in since: computation it takes a twentieth of the database at most. The answer says how old it is.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec

from shared.db.pool import Pool

T = TypeVar("T")
_KEPT = 500
_QUICK = 0.25
"""Seconds; what is computed faster is never given old."""
_REST = 20


class Figure(msgspec.Struct, Generic[T], frozen=True):
    """A value, the newest id of the timeline it is of, when (monotonic) it was computed, and how long that took."""

    value: T
    position: int
    at: float
    took: float

    @property
    def age(self) -> int:
        """Whole seconds, for the header `Age`."""
        return int(time.monotonic() - self.at)

    def holds(self, position: int) -> bool:
        """Return True if it may be given once more."""
        return self.position == position or (self.took > _QUICK and time.monotonic() - self.at < _REST * self.took)


class Figures:
    """Remembers results by the newest id of the timeline, which every event moves."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: OrderedDict[tuple[str, ...], Figure[Any]] = OrderedDict()
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    async def get(self, key: tuple[str, ...], reckon: Callable[[], Awaitable[T]]) -> Figure[T]:
        """The figure named `key` (which holds the caller's tenants), computed again where it no longer holds."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            position = await self._pool.fetchval("SELECT coalesce(max(id), 0) FROM timeline") or 0
            kept = self._kept.get(key)
            if kept is not None and kept.holds(position):
                self._kept.move_to_end(key)
                return kept
            begun = time.monotonic()
            value = await reckon()
            figure = self._kept[key] = Figure(value, position, begun, time.monotonic() - begun)
            while len(self._kept) > _KEPT:
                oldest, _ = self._kept.popitem(last=False)
                self._locks.pop(oldest, None)
            return figure
