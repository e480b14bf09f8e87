"""A stretch of network that can be cut as a broken one is (nobody is told, nothing arrives), or dropped (all are told).

With several servers behind it a wire is a load balancer: each connection goes to the next server that takes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

Address = tuple[str, int]


class Wire:
    """A port of the loopback interface that leads to one of `servers`, which may change at any time."""

    def __init__(self, servers: Sequence[Address]) -> None:
        self.servers = list(servers)
        self.port = 0
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._turn = 0

    @asynccontextmanager
    async def laid(self) -> AsyncGenerator[Wire]:
        """The wire, while it is needed."""
        await self.lay()
        try:
            yield self
        finally:
            self.take_up()

    async def lay(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def take_up(self) -> None:
        """End it, with what goes over it."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()

    def cut(self) -> None:
        """From now on nothing arrives, in neither direction, and nobody is told."""
        self._open.clear()

    def mend(self) -> None:
        """What was on its way arrives, and all goes on."""
        self._open.set()

    def drop(self) -> None:
        """End every connection at once, with what is on its way."""
        for end in list(self._ends):
            end.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond = await self._connect()
        if beyond is None:
            writer.transport.abort()
            return
        there, back = beyond
        for source, sink in ((reader, back), (there, writer)):
            self._ends.add(sink)
            task = asyncio.create_task(self._carry(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in range(len(self.servers)):
            self._turn += 1
            host, port = self.servers[self._turn % len(self.servers)]
            try:
                return await asyncio.open_connection(host, port)
            except OSError:
                continue
        return None

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(1 << 18):
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            self._ends.discard(sink)
            sink.close()
