"""A host that hangs or is cut off: within 15 s its share of every outbox is another's, and later it does no harm."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import asyncpg
import httpx
import pytest

from recoup_tools.demo.generator import generate
from recoup_tools.demo.readlog import claims_on_log
from shared.db.provision import SERVICES
from shared.runtime.unit_of_work import SHARDS
from tests.e2e.chaos.cluster import HOSTS, Cluster, Replica
from tests.wire import Wire

pytestmark = pytest.mark.slow  # it times real hosts: `make soak`
CLAIMS = 60
TAKEN_OVER_IN = 15.0
_HOLDERS = """
SELECT holder FROM {service}.leases WHERE starts_with(name, 'outbox/') AND expires_at > clock_timestamp()
"""
EVEN = dict.fromkeys(HOSTS, SHARDS // 2)
ALL_ON_A = {"a": SHARDS}


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("hosts") / "state")
    try:
        await cluster.up()
        yield cluster
    finally:
        cluster.down()


async def shares(cluster: Cluster) -> dict[str, dict[str, int]]:
    """How many shards of each service's outbox each host holds."""
    host_of = {str(port): replica.host for replica, port in cluster.ports.items()}
    connection = await asyncpg.connect(cluster.admin_dsn)
    try:
        found: dict[str, dict[str, int]] = {}
        for service in SERVICES:
            holders = [row["holder"] for row in await connection.fetch(_HOLDERS.format(service=service))]
            found[service] = dict(Counter(host_of[holder.rpartition(":")[2]] for holder in holders))
        return found
    finally:
        await connection.close()


async def waiting(cluster: Cluster) -> bool:
    """Return True if anything of what intake accepted waits to be published."""
    connection = await asyncpg.connect(cluster.admin_dsn)
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM intake.outbox"))
    finally:
        await connection.close()


async def until(true: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """How many seconds it took to become true; an error where it does not in time."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.1)
    return time.monotonic() - began


async def shared(
    cluster: Cluster, expected: dict[str, int], within: float, services: Sequence[str] = SERVICES
) -> float:
    async def so() -> bool:
        held = await shares(cluster)
        return all(held[service] == expected for service in services)

    return await until(so, within)


@contextmanager
def only(cluster: Cluster, host: str) -> Generator[None]:
    """Whoever calls a service meanwhile comes to its replica on this host."""
    before = {service: front.servers for service, front in cluster.fronts.items()}
    for service, front in cluster.fronts.items():
        front.servers = [("127.0.0.1", cluster.ports[Replica(service, host)])]
    try:
        yield
    finally:
        for service, front in cluster.fronts.items():
            front.servers = before[service]


@contextmanager
def hanging(cluster: Cluster) -> Generator[None]:
    """Every process of host b is stopped, as on a host that swaps or whose disk does not answer."""
    names = [replica.name for replica in cluster.replicas if replica.host == "b"]
    for name in names:
        cluster.signal(name, signal.SIGSTOP)
    try:
        yield
    finally:
        for name in names:
            cluster.signal(name, signal.SIGCONT)


@contextmanager
def cut_off(wire: Wire) -> Generator[None]:
    wire.cut()
    try:
        yield
    finally:
        wire.mend()


async def submitted(cluster: Cluster, folder: Path, *, seed: int) -> None:
    """Claims of all shards and their payments are sent in."""
    manifest = generate(folder, claims=CLAIMS, seed=seed, today=date(2026, 3, 2))
    headers = {
        "X-Tenant": cluster.tenant,
        "Content-Type": "application/edi-x12",
        "Authorization": f"Bearer {cluster.admin_token}",
    }
    async with httpx.AsyncClient(timeout=60, headers=headers) as client:
        for file in manifest.files:
            content = (folder / file.name).read_bytes()
            answer = await client.post(f"{cluster.url('gateway')}/v1/edi", content=content)
            assert answer.status_code in (200, 422), answer.text


async def sequences_hold(cluster: Cluster) -> int:
    """See that each claim's events are on the log in each source's order, none missing; returns how many claims."""
    claims = 0
    async for claim in claims_on_log(cluster.bootstrap):
        claims += 1
        counts: Counter[str] = Counter()
        for envelope in claim.log:
            counts[envelope.source] += 1
            assert envelope.sequence == counts[envelope.source], (claim.claim_id, envelope.type)
    return claims


async def test_replicas_share_the_shards_evenly(cluster: Cluster) -> None:
    await shared(cluster, EVEN, 60)


@pytest.mark.parametrize("fault", ["hangs", "has no database", "has no broker"])
async def test_a_host_loses_its_shards_in_time_nothing_is_lost_or_out_of_order_and_it_has_its_share_again(
    cluster: Cluster, tmp_path: Path, fault: str
) -> None:
    await shared(cluster, EVEN, 60)
    befalling = {
        "hangs": hanging(cluster),
        "has no database": cut_off(cluster.to_database["b"]),
        "has no broker": cut_off(cluster.to_broker["b"]),
    }[fault]
    # a relay with nothing to send does not miss the broker: intake's has what was submitted
    services = ("intake",) if fault == "has no broker" else SERVICES
    with only(cluster, "a"), befalling:
        submitting = asyncio.create_task(submitted(cluster, tmp_path, seed=sum(fault.encode())))
        if fault == "has no broker":
            await until(lambda: waiting(cluster), 60)
        seconds = await shared(cluster, ALL_ON_A, TAKEN_OVER_IN, services)
        print(f"host b {fault}: taken over after {seconds:.1f} s")
        await submitting

        async def published() -> bool:
            return not await waiting(cluster)

        await until(published, TAKEN_OVER_IN)
    await shared(cluster, EVEN, 60)
    assert await sequences_hold(cluster) >= CLAIMS
