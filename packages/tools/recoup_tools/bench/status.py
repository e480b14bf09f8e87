"""The gateway's answers with very many claims: `recoup bench gateway`."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
import msgspec
from rich.console import Console
from rich.table import Table

from recoup_tools.bench.crowd import TENANTS, fill, lives
from recoup_tools.bench.endtoend import bulk
from recoup_tools.bench.recording import record
from recoup_tools.bench.wire import Connection
from recoup_tools.stack import Stack, StackError
from services.gateway.adapters.identifiers import Identifiers
from shared.events import CLAIMS_TOPIC

_PARTITIONS = 4
_AT_ONCE = 8
_RAW = "SELECT tenant, state, packed, updated_at FROM gateway.claims WHERE claim_id = $1"


class Timing(msgspec.Struct, frozen=True):
    """Milliseconds of `n` requests, and how many a second there were."""

    what: str
    n: int
    p50: float
    p99: float
    worst: float
    per_second: float


class StatusResult(msgspec.Struct, frozen=True):
    """One run; `load` is the machine's load average over a minute, at the start and the end of the measuring."""

    at: datetime
    machine: str
    claims: int
    timeline_rows: int
    table_mib: int
    load: tuple[float, float]
    timings: list[Timing]


async def run_status_bench(directory: Path, console: Console, *, claims: int, reuse: bool = False) -> StatusResult:
    """Load, measure, print, and write `gateway.json` into `directory`."""
    os.environ["RECOUP_GATEWAY_RATE_PER_SECOND"] = "0"  # one caller asks as fast as it can
    stack = Stack(directory / "crowd", say=console.print)
    ids_file = directory / "ids.json"
    try:
        if not (reuse and ids_file.is_file()):
            ids = await _load(stack, directory, console, claims)
            ids_file.write_bytes(msgspec.json.encode(ids))
        await stack.up_servers()
        stack.start_service("gateway", _PARTITIONS)
        await stack.wait_service("gateway")
        ids: list[str] = msgspec.json.decode(ids_file.read_bytes())
        result = await _measure(stack, console, ids)
    finally:
        stack.down()
    (directory / "gateway.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    _print(console, result)
    return result


async def _load(stack: Stack, directory: Path, console: Console, claims: int) -> list[str]:
    console.print("a real run, whose claims are multiplied")
    await stack.up(simulator=True, partitions=_PARTITIONS)
    await bulk(stack, directory / "files", min(500, claims))
    log = await record(stack.bootstrap, (CLAIMS_TOPIC,))
    stack.down()
    await stack.up_servers()
    vault = Identifiers(stack.environment("gateway")["RECOUP_PHI_KEYS"])
    started = time.perf_counter()
    console.print(f"loading {claims:,} claims")
    ids = await fill(stack.admin_dsn, lives(log, vault), vault, claims=claims, timelines=claims // 10)
    console.print(f"  {time.perf_counter() - started:,.0f} s with their indexes")
    return ids


async def _measure(stack: Stack, console: Console, ids: Sequence[str]) -> StatusResult:
    rng = Random(2)
    before = os.getloadavg()[0]
    database = await asyncpg.connect(stack.admin_dsn)
    url, token = stack.url("gateway"), stack.admin_token
    timings: list[Timing] = []
    try:
        key = await _key(url, token)
        tenant, operator = await Connection.open(url, key), await Connection.open(url, token)
        some = [ids[rng.randrange(len(ids))] for _ in range(4000)]
        raw = await database.prepare(_RAW)

        async def look_up(claim_id: str) -> None:
            if await raw.fetchrow(claim_id) is None:
                raise StackError("a claim of the load is not there", exit_code=1)

        def ask(connection: Connection, path: str, expected: int = 200) -> Callable[[str], Awaitable[None]]:
            async def get(claim_id: str) -> None:
                status, body = await connection.get(path.format(claim_id))
                if status != expected:
                    raise StackError(f"the gateway answered {status} to {path}: {body[:200]!r}", exit_code=1)

            return get

        one = "/v1/claims/{}"
        for what, how, over in (
            ("warming up", ask(operator, one), some[:500]),
            ("raw asyncpg lookup of one claim", look_up, some),
            ("GET one claim", ask(operator, one), some),
        ):
            timings.append(await _timed(what, how, over))
        connections = [await Connection.open(url, token) for _ in range(_AT_ONCE)]
        timings.append(await _at_once(f"GET one claim, {_AT_ONCE} at a time", [ask(c, one) for c in connections], some))
        timings.append(await _timed("GET timeline", ask(operator, one + "/timeline"), ids[:1000]))
        for who, connection in (("one tenant", tenant), ("all tenants", operator)):
            for what, path in _SEARCHES:
                timings.append(await _timed(f"{what}, {who}", ask(connection, path), some[:200]))
        for what, path in _FIGURES:
            timings.append(await _timed(f"{what}, computed", ask(operator, path), some[:1]))
            timings.append(await _timed(f"{what}, kept", ask(operator, path), some[:100]))
        rows = await database.fetchval("SELECT count(*) FROM gateway.timeline")
        size = await database.fetchval("SELECT pg_table_size('gateway.claims') / 1048576")
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        load = (round(before, 1), round(os.getloadavg()[0], 1))
        return StatusResult(datetime.now(UTC), machine, len(ids), rows, size, load, timings[1:])
    finally:
        await database.close()


_SEARCHES = (
    ("newest claims", "/v1/claims?limit=50"),
    ("claims by state", "/v1/claims?state=negotiating&state=in_appeal&limit=50"),
    ("claims by payer", "/v1/claims?payer_id=60054&limit=50"),
    ("worklist by deadline", "/v1/claims?sort=next_deadline&limit=50"),
)
_FIGURES = (
    ("portfolio", "/v1/portfolio"),
    ("by payer", "/v1/portfolio/groups?group_by=payer_id"),
    ("outcomes", "/v1/portfolio/outcomes"),
    ("outcomes by code", "/v1/portfolio/outcomes?by=code"),
)


async def _key(url: str, token: str) -> str:
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        what = {"name": "bench", "role": "platform", "tenants": [TENANTS[0]]}
        answer = await client.post("/v1/api-keys", json=what)
        return str(answer.raise_for_status().json()["key"])


async def _timed(what: str, how: Callable[[str], Awaitable[None]], ids: Sequence[str]) -> Timing:
    return await _at_once(what, [how], ids)


async def _at_once(what: str, how: Sequence[Callable[[str], Awaitable[None]]], ids: Sequence[str]) -> Timing:
    took: list[float] = []

    async def worker(do: Callable[[str], Awaitable[None]], mine: Sequence[str]) -> None:
        for claim_id in mine:
            begun = time.perf_counter()
            await do(claim_id)
            took.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(worker(do, ids[n :: len(how)]) for n, do in enumerate(how)))
    seconds = time.perf_counter() - begun
    took.sort()

    def at(share: float) -> float:
        return round(took[min(len(took) - 1, int(share * len(took)))], 2)

    return Timing(what, len(took), at(0.5), at(0.99), round(took[-1], 2), round(len(took) / seconds))


def _print(console: Console, result: StatusResult) -> None:
    console.print(
        f"\n{result.machine}; {result.claims:,} claims ({result.table_mib:,} MiB), {result.timeline_rows:,} events; "
        f"load {result.load[0]} to {result.load[1]}"
    )
    table = Table("", "n", "p50 ms", "p99 ms", "worst ms", "a second")
    for t in result.timings:
        numbers: tuple[Any, ...] = (f"{t.n:,}", f"{t.p50:.2f}", f"{t.p99:.2f}", f"{t.worst:.2f}", f"{t.per_second:,}")
        table.add_row(t.what, *numbers)
    console.print(table)
