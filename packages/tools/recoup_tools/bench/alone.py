"""One real service process alone, on topics that hold what it would hear, until all of it is handled and published."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
import msgspec
import psutil

from recoup_tools.stack import Stack


class Alone(msgspec.Struct, frozen=True):
    """What one service did: events received while it was busy, all it emitted, and its peak memory in MiB.

    `parked` counts events it refused: a replay that parks any has not measured the service's work.
    """

    service: str
    received: int
    emitted: int
    seconds: float
    peak_mib: float
    parked: int = 0

    @property
    def per_second(self) -> float:
        """Events handled per second."""
        return self.received / self.seconds


async def run_alone(stack: Stack, service: str, received: int) -> Alone:
    """Start `service`, wait until it has handled `received` events and its outbox is empty, and stop it.

    The clock starts when the first are handled, so that the start of the process does not count; those don't count
    either.
    """
    stack.start_service(service)
    process = stack.process(service)
    connection = await asyncpg.connect(stack.admin_dsn)
    first: tuple[float, int] | None = None
    peak = 0.0
    before = time.perf_counter()
    try:
        deadline = time.monotonic() + 300
        while True:
            found = process.find()
            if found is None:
                raise process.died()
            peak = max(peak, peak_memory(found))
            done = await _handled(connection, service)
            now = time.perf_counter()
            if first is None and done:
                first = (now, done) if done < received else (before, 0)  # a handful handled at once is still timed
            before = now
            if done >= received and first is not None:
                empty = not await connection.fetchval(f"SELECT EXISTS (SELECT FROM {service}.outbox)")  # noqa: S608
                now = time.perf_counter()
                if empty:
                    emitted = await _emitted(connection, service)
                    parked = await _count(connection, service, "parked")
                    return Alone(service, received - first[1], emitted, max(now - first[0], 1e-6), peak, parked)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{service} handled {done} of {received} in time")
            await asyncio.sleep(0.1)
    finally:
        await connection.close()
        process.stop()


_STATES = {"benchmark": "claim_files", "appeals": "cases", "settlement": "accounts", "gateway": "claims"}
_NUMBERED = r"""
SELECT coalesce(sum(upper(run) - lower(run)), 0)::bigint FROM (
    SELECT int8range(first[1]::bigint, coalesce(first[2], first[1])::bigint, '[]') AS run
    FROM {service}.{table}, regexp_matches(taken, '(\d+)(?:-(\d+))?(?:,|\s|$)', 'g') AS first
) AS runs
"""


async def _handled(connection: asyncpg.Connection, service: str) -> int:
    """Events that were taken in: by the claims' numbers, and by rows of their own where they have none."""
    handled = await _count(connection, service, "inbox") + await _count(connection, service, "set_aside")
    if service not in _STATES:
        return handled
    query = _NUMBERED.replace("{service}", service).replace("{table}", _STATES[service])
    try:
        return handled + int(await connection.fetchval(query) or 0)
    except asyncpg.UndefinedTableError:
        return handled


async def _count(connection: asyncpg.Connection, service: str, table: str) -> int:
    try:
        return await connection.fetchval(f"SELECT count(*) FROM {service}.{table}") or 0  # noqa: S608
    except asyncpg.UndefinedTableError:
        return 0


async def _emitted(connection: asyncpg.Connection, service: str) -> int:
    """The outbox's ids count what went through it."""
    found = await connection.fetchval(f"SELECT last_value FROM {service}.outbox_id_seq WHERE is_called")  # noqa: S608
    return found or 0


def peak_memory(process: psutil.Process) -> float:
    """The most memory the process has held so far, in MiB; where the system doesn't keep that, what it holds now."""
    with suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    try:
        return process.memory_info().rss / 2**20
    except psutil.NoSuchProcess:
        return 0.0
