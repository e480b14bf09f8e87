"""A backup in the middle of a run, and a restore later in it: the books at the end are an undisturbed run's.

So they are where the log gets another number of partitions in the middle.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from recoup import backup
from recoup.repartition import repartition
from recoup_tools.bench.recording import record
from recoup_tools.demo.run import Demo
from recoup_tools.stack import SIMULATOR, Stack
from shared.commands import CommandError
from shared.db.provision import SERVICES
from shared.events import CLAIMS_TOPIC
from tests.e2e.conftest import CLAIMS, SEED
from tests.e2e.runs import Disturb, Outcome, whole_run


def nothing(_: str) -> None: ...


async def some_of(stack: Stack, events: int, over: asyncio.Event) -> None:
    """Wait until the gateway has so many events, or the run is over."""
    deadline = time.monotonic() + 120
    connection = await asyncpg.connect(stack.admin_dsn)
    try:
        while not over.is_set() and time.monotonic() < deadline:
            if await connection.fetchval("SELECT count(*) FROM gateway.timeline") >= events:
                return
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
    raise AssertionError("the run was over before the backup")


def restoring(folder: Path, services: Sequence[str], *, log: bool) -> Disturb:
    """Back everything up in the middle of the run, and put some of it back a while later."""

    async def disturb(stack: Stack, over: asyncio.Event) -> None:
        await some_of(stack, 6 * CLAIMS, over)
        made = await backup.back_up(folder, stack.admin_dsn, stack.bootstrap, log=log, say=nothing)
        assert [one.service for one in made.services] == list(SERVICES)
        await some_of(stack, 10 * CLAIMS, over)
        stopped = [*services, *((SIMULATOR,) if log else ())]
        for name in stopped:
            stack.process(name).stop()
        if log:
            await a_new_broker(stack)
        put_back = await backup.restore(
            folder, stack.admin_dsn, stack.bootstrap, services=services, log=log, say=nothing
        )
        assert {one.service for one in put_back.services} == set(services)
        for service in services:
            stack.start_service(service)
        if log:
            stack.start_simulator()
        if "intake" in services:
            await everything_again(stack, folder.parent / "again")

    return disturb


async def everything_again(stack: Stack, files: Path) -> None:
    """All files of the run are sent again, as whoever sends them would after intake's restore."""
    demo = Demo(stack, Console(quiet=True), claims=CLAIMS, seed=SEED)
    demo.files = files
    await demo.submit(demo.write_files())
    await demo.close()


async def a_new_broker(stack: Stack) -> None:
    """The broker's disk is lost; another one takes its place, with topics that hold nothing."""
    broker = stack.process("kafka")
    broker.kill()
    await asyncio.to_thread(shutil.rmtree, stack.dir / "kafka" / "data")
    await stack.start_broker()
    await stack.prepare(8)


def same_books(calm: Outcome, shaken: Outcome) -> None:
    assert shaken.discrepancies == []
    assert set(shaken.dead_letters.values()) == {0}, shaken.dead_letters
    assert shaken.figures.paid == calm.figures.paid
    assert shaken.figures.recovered == calm.figures.recovered
    assert shaken.figures.by_end == calm.figures.by_end
    different = {claim for claim in calm.events if shaken.events.get(claim) != calm.events[claim]}
    assert different == set()
    assert shaken.events.keys() == calm.events.keys()


class LayingOut:
    """Lays the log out anew in the middle of the run, and looks where each claim's events are then."""

    def __init__(self, folder: Path, partitions: int, after: int) -> None:
        self._folder = folder
        self._partitions = partitions
        self._after = after
        self.by_claim: dict[bytes, set[int]] = {}

    async def __call__(self, stack: Stack, over: asyncio.Event) -> None:
        await some_of(stack, self._after, over)
        for name in (*SERVICES, SIMULATOR):
            stack.process(name).stop()
        said = list[str]()
        layout = self._folder, stack.admin_dsn, stack.bootstrap
        records = await repartition(*layout, partitions=self._partitions, say=said.append)
        assert records >= self._after
        with pytest.raises(CommandError, match="laid out before"):
            await repartition(*layout, partitions=self._partitions, say=said.append)
        for service in SERVICES:
            stack.start_service(service, self._partitions)
        stack.start_simulator()
        self.by_claim = await _partitions_by_claim(stack.bootstrap)

    def is_spread(self) -> bool:
        """Whether each claim's events are on one partition, and there are claims on all of them."""
        places = list(self.by_claim.values())
        return {len(one) for one in places} == {1} and set().union(*places) == set(range(self._partitions))


@pytest.mark.timeout(400)
async def test_a_service_put_back_and_then_a_log_of_more_partitions_end_with_the_same_books(
    undisturbed: Outcome, tmp_path: Path
) -> None:
    """From 8 partitions to 12; nothing has its effect twice."""
    put_back = restoring(tmp_path / "backup", ("settlement",), log=False)
    laying_out = LayingOut(tmp_path / "copy", 12, after=12 * CLAIMS)

    async def disturb(stack: Stack, over: asyncio.Event) -> None:
        await put_back(stack, over)
        await laying_out(stack, over)

    same_books(undisturbed, await whole_run(tmp_path / "stack", claims=CLAIMS, seed=SEED, disturb=disturb))
    assert laying_out.is_spread()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_log_of_fewer_partitions_ends_with_the_same_books(undisturbed: Outcome, tmp_path: Path) -> None:
    laying_out = LayingOut(tmp_path / "copy", 3, after=8 * CLAIMS)
    same_books(undisturbed, await whole_run(tmp_path / "stack", claims=CLAIMS, seed=SEED, disturb=laying_out))
    assert laying_out.is_spread()


async def _partitions_by_claim(bootstrap: str) -> dict[bytes, set[int]]:
    found: dict[bytes, set[int]] = {}
    for one in await record(bootstrap, (CLAIMS_TOPIC,)):
        found.setdefault(one.key, set()).add(one.partition)
    return found
