"""Figures are computed once for each state of the read model, however many ask.

A figure that takes long (over a million claims: seconds) is given again for twenty times as long as it took, even where
an event came in since: computation it takes a twentieth of the database at most. The answer says how old it is.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from services.gateway.application.figure_ports import Figure
from shared.db.pool import Pool

T = TypeVar("T")
_KEPT = 500


class Figures:
    """Remembers results by the newest id of the timeline, which every event moves."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kept: OrderedDict[tuple[str, ...], Figure[Any]] = OrderedDict()
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    async def get(self, key: tuple[str, ...], compute: Callable[[], Awaitable[T]]) -> Figure[T]:
        """The figure named `key` (which holds the caller's tenants), computed again where it no longer holds."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            position = await self._pool.fetchval("SELECT coalesce(max(id), 0) FROM timeline") or 0
            kept = self._kept.get(key)
            if kept is not None and kept.holds(position):
                self._kept.move_to_end(key)
                return kept
            begun = time.monotonic()
            value = await compute()
            figure = self._kept[key] = Figure(value, position, begun, time.monotonic() - begun)
            while len(self._kept) > _KEPT:
                oldest, _ = self._kept.popitem(last=False)
                self._locks.pop(oldest, None)
            return figure
