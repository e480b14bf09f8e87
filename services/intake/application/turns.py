"""Shares this process out among the inputs under way, so that what is live does not wait for what is history.

A live input goes ahead at once. After its first `SHORT` claims and payments it lets others go first that have only
begun, and history does so from its beginning. It takes small steps, one organisation's at a time: whose turn it is goes
by what each has had, not by how many files it sends (start-time fair queueing). What it publishes must not queue up
before the readers of the claims' log either, so it waits while one of them is more than `MOST_BEHIND` records behind.
Nobody waits for ever: who gave way for `_SHARE` times as long as its last step took goes on.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from math import inf

from shared.telemetry import metrics

SHORT = 500
"""Claims and payments of a live input after which it gives way to those that have only begun."""
STEP = 500
"""Claims or payments that a live input applies in one round of statements."""
HISTORY_STEP = 50
"""The same of history: what is live may have to wait for one such step."""
MOST_BEHIND = 100
"""Records that a reader of the claims' log may have before it while history goes on."""
_SHARE = 4
_LEAST_PATIENCE, _MOST_PATIENCE = 0.2, 5.0
"""Seconds that an input gives way for before one step, at least and at most."""
_LOOK_EVERY = 0.05

Behind = Callable[[], Awaitable[int]]
"""How many records the slowest reader that gets on has before it."""


async def nobody_is_behind() -> int:
    """Where nobody can tell."""
    return 0


class Shares:
    """Gives one step at a time to the organisation that has had least."""

    def __init__(self) -> None:
        self._had: dict[str, float] = {}
        self._now = 0.0
        self._busy = False
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    @asynccontextmanager
    async def step(self, tenant: str, cost: int) -> AsyncGenerator[None]:
        """Wait until it is this organisation's turn; `cost` is what the step takes of its share."""
        start = max(self._now, self._had.get(tenant, 0.0))
        self._had[tenant] = start + cost
        if self._busy:
            await self._wait(start)
        self._busy, self._now = True, start
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, start: float) -> None:
        ready = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (start, self._count, ready))
        try:
            await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled():  # the turn had come: it is the next one's
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        self._busy = False
        self._had = {tenant: had for tenant, had in self._had.items() if had > self._now}
        while self._waiting:
            _, _, ready = heapq.heappop(self._waiting)
            if not ready.done():
                self._busy = True
                ready.set_result(None)
                return


class Turns:
    """The inputs under way in this process."""

    def __init__(self, behind: Behind = nobody_is_behind) -> None:
        self._behind = behind
        self._shares = Shares()
        self._begun = 0
        self._none_begun = asyncio.Event()
        self._none_begun.set()

    @contextmanager
    def input(self, tenant: str, *, history: bool, most: float = inf) -> Generator[Turn]:
        """Take part with one input until the block ends.

        Args:
            tenant: The organization that sends it.
            history: It is history, which lets what is live go first.
            most: The longest that it waits, in seconds and in all.

        Yields:
            Its turn.
        """
        turn = Turn(self, tenant, history=history, most=most)
        try:
            yield turn
        finally:
            turn.end()

    def begin(self) -> None:
        """A live input has begun: others give way to it."""
        self._begun += 1
        self._none_begun.clear()

    def begun(self) -> None:
        """It is one of those that give way now, or at its end."""
        self._begun -= 1
        if not self._begun:
            self._none_begun.set()

    async def give_way(self, patience: float) -> None:
        """Wait until no live input has only begun, for so many seconds at most."""
        if self._begun:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._none_begun.wait()

    @asynccontextmanager
    async def history(self, tenant: str, cost: int) -> AsyncGenerator[None]:
        """Within the block it is the turn of this organisation's history."""
        async with self._shares.step(tenant, cost):
            yield

    async def let_read(self, most: float) -> None:
        """Wait until the readers of the log are near its end, for so many seconds at most."""
        until = time.monotonic() + most
        while await self._behind() > MOST_BEHIND and time.monotonic() < until:
            await asyncio.sleep(_LOOK_EVERY)


class Turn:
    """One input's part in it."""

    def __init__(self, turns: Turns, tenant: str, *, history: bool, most: float) -> None:
        self._turns = turns
        self._left = most
        self.tenant = tenant
        self._history = history
        self._done = 0
        self._first = not history
        self._last_took = 0.0
        if self._first:
            turns.begin()

    @property
    def history(self) -> bool:
        """True if it is history, and comes last."""
        return self._history

    @property
    def at_once(self) -> int:
        """How many claims or payments it applies in one step; as many as live ones once it has waited its time."""
        return HISTORY_STEP if self._history and self._left > 0 else STEP

    def end(self) -> None:
        """Nobody gives way to it any more."""
        if self._first:
            self._first = False
            self._turns.begun()

    async def breathe(self) -> None:
        """Between items that are read, which is CPU work: let others have their turn."""
        await asyncio.sleep(0)
        if not self._first:
            await self._give_way()

    @asynccontextmanager
    async def step(self, count: int) -> AsyncGenerator[None]:
        """Apply `count` claims or payments within the block."""
        if self._history:
            async with self._turns.history(self.tenant, count):
                began = time.monotonic()
                await self._turns.let_read(self._left)
                self._waited(began)
                await self._give_way()
                async with self._timed():
                    yield
            return
        self._done += count
        if self._done > SHORT:
            self.end()
        if not self._first:
            await self._give_way()
        async with self._timed():
            yield

    async def _give_way(self) -> None:
        began = time.monotonic()
        patience = min(max(_SHARE * self._last_took, _LEAST_PATIENCE), _MOST_PATIENCE)
        await self._turns.give_way(min(patience, self._left))
        self._waited(began)

    def _waited(self, since: float) -> None:
        waited = time.monotonic() - since
        self._left = max(self._left - waited, 0.0)
        if self._history:
            metrics.history_waited.inc(waited)

    @asynccontextmanager
    async def _timed(self) -> AsyncGenerator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self._last_took = time.monotonic() - began
