"""An event has its effect once, however long ago it came and wherever on the log it stands again."""

from __future__ import annotations

import asyncpg
import pytest

from shared.events.claims import ClaimVoided
from shared.events.codec import numbered_event_id
from shared.runtime.service import Runtime
from shared.runtime.taken import Taken
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, Said, new_id, publish, received, until

INTAKE = "intake"


@pytest.fixture
async def probe(servers: Servers) -> Probe:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    return probe


def numbered(claim: str, sequence: int, control_number: str = "PCN1", tenant: str = "") -> Said:
    event = received(claim, control_number)
    return Said(numbered_event_id(INTAKE, claim, sequence), event, sequence, tenant)


async def whole(runtime: Runtime) -> list[list[asyncpg.Record]]:
    """All that the probe keeps, and how much it has ever emitted or parked."""
    queries = (
        "SELECT claim_id, state, emitted, taken, updated_at FROM tallies ORDER BY 1",
        "SELECT claim_id, event_id, reason, detail FROM parked ORDER BY id",
        "SELECT claim_id, identity FROM set_aside ORDER BY 1, 2",
        "SELECT event_id, content FROM inbox ORDER BY 1",
        "SELECT last_value FROM outbox_id_seq",
        "SELECT last_value FROM parked_id_seq",
    )
    return [await runtime.pool.fetch(query) for query in queries]


async def test_a_log_that_is_read_anew_changes_nothing(servers: Servers, probe: Probe) -> None:
    claims = [new_id() for _ in range(30)]
    bad, early, outside = new_id(), new_id(), new_id()
    events = [numbered(claim, n) for n in range(1, 6) for claim in claims]
    events += [
        numbered(bad, 1),
        numbered(bad, 2, "BREAK"),  # parked, and given up by a person
        numbered(bad, 3, "BREAK"),  # parked behind it, and handled later
        Said(numbered_event_id(INTAKE, early, 1), ClaimVoided(claim_id=early), 1),  # of a claim that nobody knows
        Said(new_id(), received(outside)),  # it has no number
    ]

    async def read() -> bool:
        return not await probe.behind()

    async with probe.running() as runtime:
        await publish(servers.bootstrap, events)

        async def parked() -> bool:
            done = set(claims) | {outside} <= (await probe.heard()).keys() and not await probe.behind()
            return done and await runtime.pool.fetchval("SELECT count(*) FROM parked") == 3

        await until(parked, 40)
        await runtime.pool.execute("DELETE FROM parked WHERE claim_id = $1 AND reason = 'handler_error'", bad)
        probe.decider.broken = False
        assert runtime.replay is not None
        async with runtime.units.begin() as uow:
            assert await runtime.replay(uow, bad) == (1, 0)
        before = await whole(runtime)
        assert str(Taken(before[0][0]["taken"])) == before[0][0]["taken"]
        taken = {str(row["claim_id"]): row["taken"] for row in before[0]}
        assert taken == dict.fromkeys(claims, "intake:1-5") | {bad: "intake:1,3", outside: ""}

    await probe.read_anew()  # the group's offsets were put back, or lost: the positions in the database hold
    async with probe.running() as runtime:
        await until(read)
        assert await whole(runtime) == before
    pool = await probe.pool()
    await pool.execute("DELETE FROM positions")  # another cluster, say, where they mean nothing
    await pool.close()
    await probe.read_anew()
    async with probe.running() as runtime:
        await publish(servers.bootstrap, events)  # and all of it once more, elsewhere on the log, a year later
        await until(read, 40)
        assert await whole(runtime) == before


async def test_what_comes_late_is_not_taken_for_a_repetition(servers: Servers, probe: Probe) -> None:
    claim = new_id()
    first, second, third = (numbered(claim, n) for n in (1, 2, 3))
    async with probe.running() as runtime:
        await publish(servers.bootstrap, [first, third, second, third])

        async def heard() -> bool:
            return len((await probe.heard()).get(claim, ())) == 3 and not await probe.behind()

        await until(heard)
        assert (await probe.heard())[claim] == (first.id, third.id, second.id)
        assert await runtime.pool.fetchval("SELECT taken FROM tallies") == "intake:1-3"


async def test_a_forged_event_does_not_stand_in_the_way_of_the_true_one(servers: Servers, probe: Probe) -> None:
    claim = new_id()
    first, true = numbered(claim, 1), numbered(claim, 2)
    forged = numbered(claim, 2, tenant="another")
    async with probe.running() as runtime:
        await publish(servers.bootstrap, [first, forged, true])

        async def heard() -> bool:
            return len((await probe.heard()).get(claim, ())) == 2

        await until(heard)
        rows = await runtime.pool.fetch("SELECT reason, blocks FROM parked")
        assert [tuple(row) for row in rows] == [("foreign_tenant", False)]


async def test_one_name_for_two_contents_is_for_a_person_once(servers: Servers, probe: Probe) -> None:
    claim, name = new_id(), new_id()
    said, other = Said(name, received(claim)), Said(name, received(claim, "PCN2"))
    async with probe.running() as runtime:
        await publish(servers.bootstrap, [said, other, said, other])

        async def read() -> bool:
            return claim in await probe.heard() and not await probe.behind()

        await until(read)
        assert (await probe.heard())[claim] == (name,)
        rows = await runtime.pool.fetch("SELECT reason, blocks FROM parked")
        assert [tuple(row) for row in rows] == [("id_reused", False)]


async def test_what_an_earlier_release_took_in_is_known(servers: Servers, probe: Probe) -> None:
    """It entered all ids in the inbox, and kept no numbers; its ids held the time."""
    claim = new_id()
    second, third = Said(new_id(), received(claim), 2), Said(new_id(), received(claim), 3)
    async with probe.running() as runtime:
        await publish(servers.bootstrap, [numbered(claim, 1)])

        async def heard() -> bool:
            return claim in await probe.heard()

        await until(heard)
    pool = await probe.pool()
    await pool.execute("UPDATE tallies SET taken = '*'")
    await pool.execute("INSERT INTO inbox (event_id) VALUES ($1)", second.id)
    await pool.close()
    async with probe.running() as runtime:
        await publish(servers.bootstrap, [second, third, numbered(claim, 1), numbered(claim, 2)])

        async def again() -> bool:
            return third.id in (await probe.heard())[claim] and not await probe.behind()

        await until(again)
        assert (await probe.heard())[claim] == (numbered(claim, 1).id, third.id)
        assert await runtime.pool.fetchval("SELECT taken FROM tallies") == "* intake:1-3"


async def test_an_event_has_the_same_id_whoever_makes_it_again(servers: Servers, probe: Probe) -> None:
    claim = new_id()
    async with probe.running(relay=False) as runtime:
        await publish(servers.bootstrap, [numbered(claim, 1), numbered(claim, 2)])

        async def answered() -> bool:
            return await runtime.pool.fetchval("SELECT count(*) FROM outbox") == 2

        await until(answered)
        ids = [str(row["event_id"]) for row in await runtime.pool.fetch("SELECT event_id FROM outbox ORDER BY id")]
        assert ids == [numbered_event_id("settlement", claim, n) for n in (1, 2)]
