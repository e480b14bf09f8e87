"""A relay that hangs or is cut off loses its shards in time, and what it does when it goes on harms nobody."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from recoup_tools.stack.processes import Process
from shared.events.settlement import ClaimReopened
from shared.runtime.leases import Leases
from shared.runtime.service import Runtime
from shared.runtime.shards import Shards
from shared.runtime.unit_of_work import SHARDS
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, new_id, until
from tests.integration.runtime.test_sizes import on_the_log
from tests.wire import Wire

TAKEN_OVER_IN = 15.0
HOLDERS = "SELECT name, holder FROM leases WHERE starts_with(name, 'outbox/') AND expires_at > clock_timestamp()"


@pytest.fixture
async def probe(servers: Servers) -> Probe:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    return probe


@asynccontextmanager
async def wired(dsn: str) -> AsyncGenerator[tuple[Wire, str]]:
    """A wire to the database, and the DSN that goes over it."""
    parts = urlsplit(dsn)
    assert parts.hostname is not None and parts.port is not None
    async with Wire([(parts.hostname, parts.port)]).laid() as wire:
        login = parts.netloc.rpartition("@")[0]
        yield wire, urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{wire.port}"))


class Outbox:
    """The probe's outbox while relays come and go: events of many claims, numbered, written a round at a time."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.claims = [new_id() for _ in range(120)]
        self.rounds = 0

    async def write(self, rounds: int) -> None:
        for _ in range(rounds):
            self.rounds += 1
            async with self._runtime.units.begin() as uow:
                for claim in self.claims:
                    uow.emit(ClaimReopened(claim_id=claim, reason=f"{self.rounds:02d}"), sequence=self.rounds)

    async def empty(self) -> bool:
        return not await self._runtime.pool.fetchval("SELECT count(*) FROM outbox")

    async def holders(self) -> Counter[str]:
        return Counter(row["holder"] for row in await self._runtime.pool.fetch(HOLDERS))

    async def shared_by(self, relays: int) -> None:
        async def even() -> bool:
            held = await self.holders()
            return sorted(held.values()) == [SHARDS // relays] * relays

        await until(even, 20)

    async def first_of_each_in_order(self, servers: Servers) -> bool:
        """Return True if each claim's events are all on the log, the first of each in their order."""
        expected = [f"{n:02d}" for n in range(1, self.rounds + 1)]
        found = await on_the_log(servers, set(self.claims))
        return all(list(dict.fromkeys(reasons)) == expected for reasons in found.values())


def relay_process(folder: Path, name: str, dsn: str, probe: Probe) -> Process:
    process = Process(folder, name)
    argv = [sys.executable, "-m", "tests.integration.runtime.replica", dsn, probe.name, probe.bootstrap]
    process.start(argv)
    return process


@asynccontextmanager
async def two_relays(probe: Probe, folder: Path, first_dsn: str) -> AsyncGenerator[tuple[Outbox, Process, Process]]:
    """Two relays that share an outbox evenly, the first over `first_dsn`; the test's own process only writes."""
    dsn = probe.settings.database_url.get_secret_value()
    async with probe.running(relay=False) as runtime:
        outbox = Outbox(runtime)
        first = relay_process(folder, "first", first_dsn, probe)
        second = None
        try:
            await outbox.shared_by(1)
            second = relay_process(folder, "second", dsn, probe)
            await outbox.shared_by(2)
            yield outbox, first, second
        finally:
            first.kill()
            if second is not None:
                second.kill()


async def test_a_stopped_relay_loses_its_shards_and_does_no_harm_when_it_goes_on(
    servers: Servers, probe: Probe, tmp_path: Path
) -> None:
    dsn = probe.settings.database_url.get_secret_value()
    async with two_relays(probe, tmp_path, dsn) as (outbox, first, _):
        writing = asyncio.create_task(outbox.write(20))
        await asyncio.sleep(0.1)
        stopped = first.find()
        assert stopped is not None
        stopped.send_signal(signal.SIGSTOP)  # in the middle of its work
        began = time.monotonic()
        await writing
        await until(outbox.empty, 30)
        assert time.monotonic() - began < TAKEN_OVER_IN
        assert sorted((await outbox.holders()).values()) == [SHARDS]
        await outbox.write(5)
        await until(outbox.empty, 30)
        before = await on_the_log(servers, set(outbox.claims))
        stopped.send_signal(signal.SIGCONT)
        await outbox.shared_by(2)  # it is one of two again
        after = await on_the_log(servers, set(outbox.claims))
        late = {claim: reasons[len(before[claim]) :] for claim, reasons in after.items()}
        assert all(set(late[claim]) <= set(before[claim]) for claim in late), "nothing but what stood there already"
        await outbox.write(5)
        await until(outbox.empty, 30)
        assert await outbox.first_of_each_in_order(servers)


async def test_a_relay_that_is_cut_off_from_the_database_loses_its_shards(
    servers: Servers, probe: Probe, tmp_path: Path
) -> None:
    async with (
        wired(probe.settings.database_url.get_secret_value()) as (wire, dsn),
        two_relays(probe, tmp_path, dsn) as (outbox, _, _),
    ):
        wire.cut()
        began = time.monotonic()
        await outbox.write(5)
        await until(outbox.empty, 30)
        assert time.monotonic() - began < TAKEN_OVER_IN
        wire.mend()
        await outbox.write(5)
        await outbox.shared_by(2)
        await until(outbox.empty, 30)
        assert await outbox.first_of_each_in_order(servers)


async def test_leases_are_no_state_of_a_session(probe: Probe) -> None:
    """Each statement on a session of its own, as a pooler in transaction mode may have it."""
    pool = await probe.pool()
    now = [100.0]
    ours, theirs = Shards(clock=lambda: now[0]), Shards(clock=lambda: now[0])

    async def renew(shards: Shards) -> None:
        connection = await asyncpg.connect(
            probe.settings.database_url.get_secret_value(), server_settings={"search_path": probe.name}
        )
        await shards.renew(connection)
        await shards.give_up(connection)
        await connection.close()

    await renew(ours)
    assert set(ours.held) == set(range(SHARDS))
    tokens = dict(ours.held)
    await renew(theirs)
    assert not theirs.held
    await renew(ours)  # learns of the other, and gives up half
    await renew(theirs)
    assert (len(ours.held), len(theirs.held)) == (SHARDS // 2, SHARDS // 2)
    assert ours.held.keys().isdisjoint(theirs.held)
    assert all(theirs.held[shard] > tokens[shard] for shard in theirs.held)  # a new holder, a greater token
    now[0] += 9.5  # nobody renewed it: it holds nothing, a moment before the database says so
    assert not ours.held
    async with pool.acquire() as conn:
        await ours.let_go(conn)
    await renew(theirs)
    assert set(theirs.held) == set(range(SHARDS))
    await pool.close()


async def test_a_lease_ends_by_itself_and_by_a_clock_that_was_put_back(probe: Probe) -> None:
    pool = await probe.pool()
    first, second = Leases(seconds=0.3, holder="first"), Leases(seconds=0.3, holder="second")
    async with pool.acquire() as conn:
        taken = await first.take(conn, ["one", "two"])
        assert list(await second.take(conn, ["one", "two", "three"])) == ["three"]
        assert await first.take(conn, ["one"]) == {"one": taken["one"]}  # renewed, the same lease
        await asyncio.sleep(0.4)
        assert await first.living(conn, "") == {}
        assert (await second.take(conn, ["one"]))["one"] > taken["one"]
        await conn.execute("UPDATE leases SET expires_at = clock_timestamp() + interval '1 hour' WHERE name = 'one'")
        assert "one" in await first.take(conn, ["one"])
        await second.release(conn, ["one"])  # another's by now
        assert await first.living(conn, "o") == {"one": "first"}
    await pool.close()
