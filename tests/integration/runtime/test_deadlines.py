"""Claims that wait for a parked event neither lose their deadlines nor hold up those of others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.clock import advance
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, new_id, publish, received, until

MORE_THAN_A_TICK_TAKES = 600


@pytest.fixture
async def probe(servers: Servers) -> Probe:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    return probe


async def test_six_hundred_parked_claims_starve_nobody_and_meet_their_own_deadlines(
    servers: Servers, probe: Probe, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    parked, others = [new_id() for _ in range(MORE_THAN_A_TICK_TAKES)], [new_id() for _ in range(40)]
    async with probe.running(clock_file=clock) as runtime:
        await publish(servers.bootstrap, [(new_id(), received(claim, "ALARM")) for claim in parked])
        await publish(servers.bootstrap, [(new_id(), received(claim, "BREAK")) for claim in parked])

        async def all_parked() -> bool:
            return await runtime.pool.fetchval("SELECT count(*) FROM parked WHERE blocks") == len(parked)

        await until(all_parked, 60)
        await publish(servers.bootstrap, [(new_id(), received(claim, "ALARM")) for claim in others])

        async def planned() -> bool:
            return await runtime.pool.fetchval("SELECT count(*) FROM timers") == len(parked) + len(others)

        await until(planned)
        advance(clock, timedelta(days=2))

        async def rung() -> bool:
            heard = await probe.heard()
            return all("timer:alarm" in heard[claim] for claim in (*others, *parked))

        await until(rung)
        assert await runtime.pool.fetchval("SELECT count(*) FROM timers") == 0
        probe.decider.broken = False  # repaired: what waited is applied after the deadline
        assert runtime.replay is not None
        async with runtime.units.begin() as uow:
            assert await runtime.replay(uow, None) == (len(parked), 0)


async def test_rows_that_no_state_knows_of_do_not_stay_the_first_in_the_queue(
    servers: Servers, probe: Probe, tmp_path: Path
) -> None:
    claims = [new_id() for _ in range(3)]
    async with probe.running() as runtime:
        await publish(servers.bootstrap, [(new_id(), received(claim)) for claim in claims])

        async def heard() -> bool:
            return set(claims) <= (await probe.heard()).keys()

        await until(heard)
        await runtime.pool.execute(
            "INSERT INTO timers SELECT unnest($1::uuid[]), 'of_an_earlier_release', now() - interval '1 day'", claims
        )

        async def gone() -> bool:
            return await runtime.pool.fetchval("SELECT count(*) FROM timers") == 0

        await until(gone)
