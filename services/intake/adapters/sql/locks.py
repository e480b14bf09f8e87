"""Names held by one process at a time, given up by themselves when that process dies, hangs or is cut off.

They are leases (`shared/runtime/leases.py`): rows that are renewed while they are held. So nothing rests on a session,
and a pooler in transaction mode may stand in between. A process that comes up again under its own name has at once what
it held; others wait until it ends. What is done under a name must stay right if two do it: the leases decide who
answers, the tables decide what counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256

import asyncpg

from shared.db.pool import TRANSIENT, Pool
from shared.runtime.leases import RENEW_EVERY, SECONDS, Leases
from shared.telemetry.logging import Log

_log = Log("locks")
_PREFIX = "input/"


class Locks:
    """The names that this process holds."""

    def __init__(self, pool: Pool, *, holder: str = "", seconds: float = SECONDS) -> None:
        """`holder` names this process among all that live, and again after a crash; without it, it has a new name."""
        self._pool = pool
        self._leases = Leases(seconds=seconds, holder=f"{holder} inputs" if holder else "")
        self._pause = RENEW_EVERY * seconds / SECONDS
        self._held: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncGenerator[bool]:
        """Return True if `name` is ours until the block ends; False at once where somebody else has it."""
        mine = await self.take(name)
        try:
            yield mine
        finally:
            if mine:
                await self.release(name)

    async def take(self, name: str) -> bool:
        """Take a name that is free."""
        lease = _lease_of(name)
        async with self._one_at_a_time:
            if lease in self._held:
                return False
            async with self._pool.acquire() as conn:
                if not await self._leases.take(conn, [lease]):
                    return False
            self._held.add(lease)
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.create_task(self._renew())
            return True

    async def release(self, name: str) -> None:
        """Give a name back."""
        lease = _lease_of(name)
        async with self._one_at_a_time:
            self._held.discard(lease)
            with suppress(asyncpg.PostgresError, *TRANSIENT):  # it ends by itself
                async with self._pool.acquire() as conn:
                    await self._leases.release(conn, [lease])

    async def close(self) -> None:
        """Give back everything."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        held, self._held = self._held, set[str]()
        if held:
            with suppress(asyncpg.PostgresError, *TRANSIENT):
                async with self._pool.acquire() as conn:
                    await self._leases.release(conn, held)

    async def _renew(self) -> None:
        """Renew what is held, as long as anything is."""
        while self._held:
            await asyncio.sleep(self._pause)
            try:
                async with self._one_at_a_time, self._pool.acquire() as conn:
                    kept = await self._leases.take(conn, self._held) if self._held else {}
            except TRANSIENT as error:
                _log.warning("names could not be renewed", error_type=type(error).__name__)
                continue
            self._held &= kept.keys()  # what another has by now is his


def _lease_of(name: str) -> str:
    """The name of its lease: names hold what senders call things, so they are stored as digests."""
    return f"{_PREFIX}{sha256(name.encode()).hexdigest()}"
