"""Names of inputs: one process at a time has one, whatever session its statements run in, and a dead one loses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from services.intake.adapters.sql.locks import Locks
from shared.db.pool import Pool
from shared.runtime.leases import Leases
from tests.integration.intake.conftest import Service

SECONDS = 1.0


@pytest.fixture
async def pool(service: Service) -> AsyncGenerator[Pool]:
    await service.runtime.pool.execute("DELETE FROM leases")
    yield service.runtime.pool


async def test_one_process_at_a_time_has_a_name_and_hands_it_on(pool: Pool) -> None:
    one, other = Locks(pool, seconds=SECONDS), Locks(pool, seconds=SECONDS)
    async with one.holding("a file") as mine, one.holding("another") as too:
        assert (mine, too) == (True, True)
        assert not await one.take("a file")  # not twice within the process either
        assert not await other.take("a file")
    assert await other.take("a file")
    await other.close()
    assert await pool.fetchval("SELECT count(*) FROM leases WHERE starts_with(name, 'input/')") == 0


async def test_a_name_is_kept_for_as_long_as_its_input_takes(pool: Pool) -> None:
    one, other = Locks(pool, seconds=SECONDS), Locks(pool, seconds=SECONDS)
    async with one.holding("a long file"):
        await asyncio.sleep(2.5 * SECONDS)
        assert not await other.take("a long file")
    assert await other.take("a long file")
    await other.close()


async def test_no_session_holds_anything_while_a_name_is_held(pool: Pool) -> None:
    locks = Locks(pool, seconds=SECONDS)
    async with locks.holding("a file"):
        kinds = await pool.fetch(
            "SELECT locktype FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE d.datname = current_database() AND locktype = 'advisory'"
        )
        assert kinds == []


async def test_a_process_that_died_loses_its_names_and_has_them_at_once_when_it_comes_up_again(pool: Pool) -> None:
    async with pool.acquire() as conn:  # what a process leaves that was killed: leases that nobody renews
        died = Locks(pool, holder="host:8081", seconds=SECONDS)
        assert await died.take("a file")
        died._renewing.cancel()  # type: ignore[union-attr]  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]
        assert await conn.fetchval("SELECT count(*) FROM leases WHERE starts_with(name, 'input/')") == 1
    other, again = Locks(pool, seconds=SECONDS), Locks(pool, holder="host:8081", seconds=SECONDS)
    assert not await other.take("a file")
    assert await again.take("a file")
    again._renewing.cancel()  # type: ignore[union-attr]  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]
    await asyncio.sleep(1.2 * SECONDS)
    assert await other.take("a file")
    await other.close()


async def test_a_name_that_another_has_by_now_is_not_taken_back(pool: Pool) -> None:
    one = Locks(pool, seconds=SECONDS)
    async with one.holding("a file"), pool.acquire() as conn:
        await conn.execute("UPDATE leases SET holder = 'another', expires_at = clock_timestamp() + interval '1 s'")
        await asyncio.sleep(0.4 * SECONDS)
        assert await Leases(seconds=SECONDS, holder="another").living(conn, "input/") != {}
    assert await pool.fetchval("SELECT holder FROM leases WHERE starts_with(name, 'input/')") == "another"
