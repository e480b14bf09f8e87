"""Names held by one process at a time, released by the database when that process dies.

Session-level advisory locks on a connection of their own: a killed process loses its session, and with it its locks,
at once; nothing has to expire. A lost connection gives up the names too. What is done under a name must therefore stay
right if two do it: the locks decide who answers, the tables decide what counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import asyncpg


class Locks:
    """The names that this process holds."""

    def __init__(self, dsn: str, *, service: str = "intake") -> None:
        self._dsn = dsn
        self._service = service
        self._held: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None

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
        async with self._one_at_a_time:
            if name in self._held:
                return False
            connection = await self._connect()
            if await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", self._key(name)):
                self._held.add(name)
                return True
            return False

    async def release(self, name: str) -> None:
        """Give a name back."""
        async with self._one_at_a_time:
            self._held.discard(name)
            if self._connection is not None and not self._connection.is_closed():
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await self._connection.execute(
                        "SELECT pg_advisory_unlock(hashtextextended($1, 0))", self._key(name)
                    )

    async def close(self) -> None:
        """Give back everything."""
        if self._connection is not None:
            await self._connection.close(timeout=5)

    def _key(self, name: str) -> str:
        return f"{self._service}\x1f{name}"

    async def _connect(self) -> asyncpg.Connection:
        connection = self._connection
        if connection is None or connection.is_closed():
            self._held.clear()
            connection = self._connection = await asyncpg.connect(
                self._dsn,
                timeout=10,
                command_timeout=30,
                server_settings={"application_name": f"recoup-{self._service}-locks"},
            )
        return connection
