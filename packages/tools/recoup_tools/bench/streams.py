"""Very many idle live streams on one gateway process: `recoup bench streams`."""

from __future__ import annotations

import asyncio
import os
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import httpx
import msgspec
import psutil
from aiokafka import AIOKafkaProducer
from rich.console import Console

from recoup_tools.bench.wire import Connection
from recoup_tools.stack import Stack, StackError
from shared.events.base import CLAIMS_TOPIC
from shared.events.claims import ClaimVoided
from shared.events.codec import encode_data, headers_for, new_event_id
from shared.kafka import client_options

_AT_ONCE = 100
_IDLE_SECONDS = 20
_EVENTS = 20
_KEYS = 100


class StreamsResult(msgspec.Struct, frozen=True):
    """One run. `idle_cpu` is the share of one core while nothing happens but heartbeats.

    `kib_each` is what a stream adds to the process. `received` are milliseconds from an event's row in the timeline, as
    told by the first stream to hear it, until the last stream has it.
    """

    at: datetime
    clients: int
    opened_per_second: float
    idle_cpu: float
    kib_each: float
    spread_p50: float
    spread_worst: float
    load: float


async def run_streams_bench(directory: Path, console: Console, *, clients: int) -> StreamsResult:
    """Open the streams, watch them idle, send some events to all of them; print, and write `streams.json`."""
    needed = clients + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise StackError(f"{clients} streams need {needed} open files", "raise `ulimit -n`")
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))  # the gateway started below inherits it
    stack = Stack(directory / "streams", say=console.print)
    try:
        await stack.up(services=("gateway",), partitions=1)
        result = await _measure(stack, clients)
    finally:
        stack.down()
    (directory / "streams.json").write_bytes(msgspec.json.format(msgspec.json.encode(result)))
    console.print(
        f"{result.clients:,} idle streams: opened at {result.opened_per_second:,.0f} a second, "
        f"{result.idle_cpu:.1%} of a core while idle, {result.kib_each:.1f} KiB each; an event reaches all of them "
        f"within {result.spread_p50:.0f} ms (worst {result.spread_worst:.0f}) of the first; load {result.load}"
    )
    return result


async def _measure(stack: Stack, clients: int) -> StreamsResult:
    process = stack.process("gateway").find()
    if process is None:
        raise stack.process("gateway").died()
    url = stack.url("gateway")
    keys = await _keys(stack)
    before = process.memory_info().rss
    begun = time.perf_counter()
    streams: list[Connection] = []
    while len(streams) < clients:
        some = range(len(streams), min(clients, len(streams) + _AT_ONCE))
        streams += await asyncio.gather(*(_open(url, keys[n % len(keys)]) for n in some))
    opened = clients / (time.perf_counter() - begun)
    memory = process.memory_info().rss - before
    cpu = await _cpu_of(process, _IDLE_SECONDS)
    spreads = await _spread(stack, streams)
    for stream in streams:
        await stream.close()
    return StreamsResult(
        datetime.now(UTC), clients, round(opened), round(cpu, 4), round(memory / 1024 / clients, 1),
        round(quantiles(spreads, n=2)[0], 1), round(max(spreads), 1), round(os.getloadavg()[0], 1),
    )  # fmt: skip


async def _keys(stack: Stack) -> list[str]:
    """Keys of many callers: one caller may hold some streams only."""
    async with httpx.AsyncClient(
        base_url=stack.url("gateway"), headers={"Authorization": f"Bearer {stack.admin_token}"}
    ) as client:
        what = {"name": "bench", "role": "negotiator", "tenants": [stack.tenant]}
        answers = [await client.post("/v1/api-keys", json=what) for _ in range(_KEYS)]
        return [str(answer.raise_for_status().json()["key"]) for answer in answers]


async def _open(url: str, key: str) -> Connection:
    connection = await Connection.open(url, key)
    status = await connection.stream("/v1/events")
    if status != 200:
        raise StackError(f"the gateway answered {status} to a stream", exit_code=1)
    return connection


async def _cpu_of(process: psutil.Process, seconds: float) -> float:
    def spent() -> float:
        times = process.cpu_times()
        return times.user + times.system

    begun, before = time.perf_counter(), spent()
    await asyncio.sleep(seconds)
    return (spent() - before) / (time.perf_counter() - begun)


async def _spread(stack: Stack, streams: list[Connection]) -> list[float]:
    """Milliseconds between the first and the last stream to hear each of some events."""
    producer = AIOKafkaProducer(**client_options(stack.bootstrap), acks="all")
    await producer.start()
    spreads: list[float] = []
    try:
        for _ in range(_EVENTS):
            event = ClaimVoided(claim_id=new_event_id())
            arrivals = [asyncio.create_task(_arrival(stream, event.claim_id.encode())) for stream in streams]
            headers = headers_for(event, event_id=new_event_id(), time=datetime.now(UTC))
            await producer.send_and_wait(CLAIMS_TOPIC, encode_data(event), key=event.claim_id.encode(), headers=headers)
            async with asyncio.timeout(60):
                at = await asyncio.gather(*arrivals)
            spreads.append((max(at) - min(at)) * 1000)
    finally:
        await producer.stop()
    return spreads


async def _arrival(stream: Connection, mark: bytes) -> float:
    await stream.until(mark)
    return time.perf_counter()
