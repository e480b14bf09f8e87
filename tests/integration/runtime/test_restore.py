"""A database that was put back to an earlier state, the log ahead of it: the service catches up by itself."""

from __future__ import annotations

import pytest

from shared.db.pool import Pool
from shared.telemetry import metrics
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, new_id, publish, until
from tests.integration.runtime.test_exactly_once import answers
from tests.integration.runtime.test_for_ever import numbered

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


async def _sent(pool: Pool) -> bool:
    return not await pool.fetchval("SELECT count(*) FROM outbox")
