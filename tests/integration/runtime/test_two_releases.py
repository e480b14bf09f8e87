"""Replicas of two releases on one log and one database: what the older does not understand waits and is not lost."""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import msgspec
import pytest

from shared.db.migrate import head_of, revisions_of, upgrade
from shared.db.pool import NewerState
from shared.events import codec
from shared.events.base import Contract, Event
from shared.runtime import runtime as runtimes
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, Said, new_id, publish, until
from tests.integration.runtime.test_for_ever import numbered
from tests.integration.services import own_database
from tests.stored import rewrite


def of_the_next_release(said: Said) -> Said:
    """The same event with a choice that this release does not know."""
    event: Any = said.event
    facts = msgspec.structs.replace(event.claim, form="vision")
    return said._replace(event=msgspec.structs.replace(event, claim=facts))


async def test_a_value_of_the_next_release_waits_for_a_replica_of_it_and_keeps_its_claims_order(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "_NEWER_EVERY_SECONDS", 0.3)
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    claim, other = new_id(), new_id()
    events = [numbered(claim, 1), of_the_next_release(numbered(claim, 2)), numbered(claim, 3), numbered(other, 1)]
    async with probe.running() as runtime:
        await publish(servers.bootstrap, events)

        async def waits() -> bool:
            heard = await probe.heard()
            return not await probe.behind() and heard.get(other) == (events[3].id,) and claim in heard

        await until(waits, 40)
        assert (await probe.heard())[claim] == (events[0].id,)
        letters = await runtime.pool.fetch("SELECT reason, event_id <> '' AS named FROM parked ORDER BY id")
        assert [row["reason"] for row in letters] == ["newer_release", "behind_parked"]
        announced = await runtime.pool.fetch("SELECT type FROM outbox WHERE type LIKE '%dead%'")
        assert announced == []  # nobody need act

        known = codec.decode_data

        def next_release(contract: Contract, payload: bytes) -> Event:
            return known(contract, payload.replace(b'"vision"', b'"dental"'))

        monkeypatch.setattr(codec, "decode_data", next_release)  # a replica of the next release comes up

        async def taken_in() -> bool:
            return (await probe.heard())[claim] == tuple(said.id for said in events[:3])

        await until(taken_in, 20)
        assert await runtime.pool.fetchval("SELECT count(*) FROM parked") == 0


async def test_what_comes_for_a_state_of_the_next_release_waits_for_a_replica_of_it(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "_NEWER_EVERY_SECONDS", 0.3)
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    claim, other = new_id(), new_id()
    events = [numbered(claim, n) for n in (1, 2, 3)]
    fine = numbered(other, 1)
    async with probe.running() as runtime:
        await publish(servers.bootstrap, events[:1])

        async def begun() -> bool:
            return claim in await probe.heard()

        await until(begun, 40)
        cheerful = {"mood": "cheerful", "_shape": "of the next"}  # a replica of the next release wrote it
        await rewrite(runtime.pool, "tallies", lambda text: json.dumps(json.loads(text) | cheerful))
        await publish(servers.bootstrap, [*events[1:], fine])

        async def parked() -> list[str]:
            return [row["reason"] for row in await runtime.pool.fetch("SELECT reason FROM parked ORDER BY id")]

        async def waits() -> bool:
            known = await runtime.pool.fetchval("SELECT count(*) FROM tallies WHERE claim_id = $1", other)
            return known and await parked() == ["newer_release", "behind_parked"]

        await until(waits, 20)
        async with runtime.units.begin() as uow:
            with pytest.raises(NewerState):
                await probe.table.load(uow.conn, [claim])

        # and one of that release takes in what waited, in its order
        await rewrite(
            runtime.pool,
            "tallies",
            lambda text: json.dumps({name: one for name, one in json.loads(text).items() if name not in cheerful}),
        )

        async def taken_in() -> bool:
            return (await probe.heard())[claim] == tuple(said.id for said in events)

        await until(taken_in, 20)
        assert await parked() == []


async def test_what_was_parked_behind_an_event_just_as_that_was_taken_in_is_taken_in_too(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "_NEWER_EVERY_SECONDS", 0.3)
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    late, held = new_id(), new_id()
    events = {claim: [numbered(claim, n) for n in (1, 2)] for claim in (late, held)}
    async with probe.running() as runtime:
        # a letter each for which the claims' second events wait; late's will be gone, held's is for a person
        for claim, reason in ((late, "newer_release"), (held, "undecodable")):
            await runtime.pool.execute(
                "INSERT INTO parked (claim_id, event_id, type, topic, kafka_partition, kafka_offset, header_bytes, "
                "payload, reason, detail, blocks, parked_at) "
                "VALUES ($1, '', '', 'elsewhere', 0, $3, '\\x90', '', $2, '', true, now())",
                claim, reason, len(reason),
            )  # fmt: skip
        await publish(servers.bootstrap, [*events[late], *events[held]])

        async def behind() -> bool:
            return await runtime.pool.fetchval("SELECT count(*) FROM parked WHERE reason = 'behind_parked'") == 4

        await until(behind, 40)
        await runtime.pool.execute("DELETE FROM parked WHERE reason = 'newer_release'")

        async def taken_in() -> bool:
            return (await probe.heard()).get(late) == tuple(said.id for said in events[late])

        await until(taken_in, 20)
        assert held not in await probe.heard()


async def test_a_replica_starts_on_tables_of_the_next_release_and_leaves_them_alone(servers: Servers) -> None:
    async with own_database(servers, "settlement") as dsn:
        connection = await asyncpg.connect(dsn, server_settings={"search_path": "settlement"})
        try:
            await connection.execute("UPDATE alembic_version SET version_num = '9999'")
            assert "9999" not in revisions_of("settlement")
            await upgrade(dsn, "settlement")
            assert await connection.fetchval("SELECT version_num FROM alembic_version") == "9999"
            await connection.execute("UPDATE alembic_version SET version_num = $1", head_of("settlement"))
            await upgrade(dsn, "settlement")
        finally:
            await connection.close()
