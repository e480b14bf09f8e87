"""Figures are reckoned once for each state of the read model, however many ask: they are kept until an event comes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from shared.db.pool import Pool

T = TypeVar("T")
_KEPT = 500


class Figures:
    """Remembers results by the newest id of the timeline, which every event moves: no old figure is given for a new."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: OrderedDict[tuple[str, ...], tuple[int, Any]] = OrderedDict()
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    async def get(self, key: tuple[str, ...], reckon: Callable[[], Awaitable[T]]) -> T:
        """The figure named `key` (which holds the caller's tenants), reckoned where an event came in since."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            position = await self._pool.fetchval("SELECT coalesce(max(id), 0) FROM timeline") or 0
            kept = self._kept.get(key)
            if kept is not None and kept[0] == position:
                self._kept.move_to_end(key)
                return kept[1]
            value = await reckon()
            self._kept[key] = (position, value)
            while len(self._kept) > _KEPT:
                oldest, _ = self._kept.popitem(last=False)
                self._locks.pop(oldest, None)
            return value
