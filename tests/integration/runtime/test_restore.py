"""A database that was put back to an earlier state, the log ahead of it: the service catches up by itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.clock import advance
from shared.db.pool import Pool
from shared.decider import Decision
from shared.events.settlement import ClaimReopened
from shared.telemetry import metrics
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, new_id, publish, until
from tests.integration.runtime.test_exactly_once import answers
from tests.integration.runtime.test_for_ever import numbered
from tests.integration.runtime.test_sizes import on_the_log as everything

TABLES = ("tallies", "inbox", "set_aside", "parked", "timers", "outbox", "positions")


@pytest.fixture
async def probe(servers: Servers) -> Probe:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    return probe


async def back_up(pool: Pool) -> None:
    for table in TABLES:
        await pool.execute(f"CREATE TABLE {table}_then AS SELECT * FROM {table}")


async def restore(pool: Pool) -> None:
    """Everything at once, as a server that comes up from its backup."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute(f"LOCK TABLE {', '.join(TABLES)}")
        for table in TABLES:
            await conn.execute(f"TRUNCATE {table}")
            await conn.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table}_then")


def odd() -> float:
    return metrics.positions_odd.labels("database_behind")._value.get()


@pytest.mark.parametrize("running", [True, False])
async def test_a_database_that_was_put_back_misses_nothing_and_doubles_nothing(
    servers: Servers, probe: Probe, running: bool
) -> None:
    claims = [new_id() for _ in range(20)]
    rounds = [[numbered(claim, n) for claim in claims] for n in range(1, 7)]
    told = odd()

    async def heard(upto: int) -> bool:
        found = await probe.heard()
        return all(len(found.get(claim, ())) == upto for claim in claims) and not await probe.behind()

    pool = await probe.pool()
    async with probe.running() as runtime:
        await publish(servers.bootstrap, rounds[0] + rounds[1])
        await until(lambda: heard(2), 40)
        await until(lambda: _sent(pool))
        await back_up(pool)
        await publish(servers.bootstrap, rounds[2] + rounds[3])
        await until(lambda: heard(4), 40)
        await until(lambda: _sent(pool))
        if running:
            await restore(runtime.pool)
            await publish(servers.bootstrap, rounds[4] + rounds[5])
            await until(lambda: heard(6), 40)
            await until(lambda: _sent(pool))
    if not running:
        await restore(pool)
        async with probe.running():
            await until(lambda: heard(4), 40)  # though nothing new comes
            assert odd() > told
            await publish(servers.bootstrap, rounds[4] + rounds[5])
            await until(lambda: heard(6), 40)
            await until(lambda: _sent(pool))
    expected = {claim: tuple(numbered(claim, n).id for n in range(1, 7)) for claim in claims}
    assert {c: h for c, h in (await probe.heard()).items() if c in expected} == expected
    assert not await pool.fetchval("SELECT count(*) FROM parked")
    await pool.close()
    for said in (await answers(servers, set(claims), 20 * 6)).values():
        firsts = list(dict(said).items())
        assert firsts == [(n + 1, str(n)) for n in range(len(firsts))]


async def on_the_log(servers: Servers, claim: str) -> int:
    """How many answers about a claim are on the log."""
    return len((await everything(servers, {claim}))[claim])


async def test_what_was_decided_before_is_adopted_in_its_order_and_not_published_again(
    servers: Servers, probe: Probe, tmp_path: Path
) -> None:
    """A deadline passed between two inputs; after the restore it is overdue, and the inputs are still to be read."""
    clock = tmp_path / "clock"
    claim, acted = new_id(), new_id()
    first, second, third = numbered(claim, 1, "ALARM"), numbered(claim, 2, "ALARM"), numbered(claim, 3)
    pool = await probe.pool()

    async def heard(one: str, expected: tuple[str, ...]) -> bool:
        return (await probe.heard()).get(one) == expected and await _sent(pool) and not await probe.behind()

    whole = (first.id, second.id, "timer:alarm", third.id)
    async with probe.running(clock_file=clock) as runtime:
        await publish(servers.bootstrap, [first, numbered(acted, 1)])
        await until(lambda: heard(claim, (first.id,)), 40)
        await until(lambda: heard(acted, (numbered(acted, 1).id,)), 40)
        await back_up(pool)
        await publish(servers.bootstrap, [second])
        await until(lambda: heard(claim, whole[:2]), 40)
        advance(clock, timedelta(days=2))
        await until(lambda: heard(claim, whole[:3]), 40)
        await publish(servers.bootstrap, [third])
        await until(lambda: heard(claim, whole), 40)
        async with runtime.units.begin() as uow:  # a person acts, which nothing on the log leads to
            await probe.processor.command(
                uow, acted, lambda state: Decision(state, (ClaimReopened(claim_id=acted, reason="a person"),))
            )
        await until(lambda: heard(claim, whole), 40)
        before = await pool.fetch("SELECT state, emitted, taken FROM tallies WHERE claim_id = $1", claim)
    assert (await on_the_log(servers, claim), await on_the_log(servers, acted)) == (4, 2)
    await restore(pool)
    async with probe.running(clock_file=clock) as runtime:
        await until(lambda: heard(claim, whole), 40)
        assert await pool.fetch("SELECT state, emitted, taken FROM tallies WHERE claim_id = $1", claim) == before

        async def told() -> list[tuple[str, str, bool]]:
            rows = await runtime.pool.fetch("SELECT claim_id, reason, blocks FROM parked")
            return [(str(row["claim_id"]), row["reason"], row["blocks"]) for row in rows]

        async def person_told() -> bool:
            return bool(await told())

        await until(person_told)
        assert await told() == [(acted, "decided_before_restore", True)]
        assert await pool.fetchval("SELECT emitted FROM tallies WHERE claim_id = $1", acted) == 2
        await pool.execute("DELETE FROM parked")  # the person has seen to it
        await publish(servers.bootstrap, [numbered(acted, 2), numbered(claim, 4)])
        await until(lambda: heard(claim, (*whole, numbered(claim, 4).id)), 40)
        await until(lambda: heard(acted, (numbered(acted, 1).id, numbered(acted, 2).id)), 40)
    assert (await on_the_log(servers, claim), await on_the_log(servers, acted)) == (5, 3)
    await pool.close()


async def _sent(pool: Pool) -> bool:
    return not await pool.fetchval("SELECT count(*) FROM outbox")
