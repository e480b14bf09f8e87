"""Replicas of two releases on one log and one database: what the older does not understand waits and is not lost."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec
import pytest

from shared.db.migrate import head_of, revisions_of, upgrade
from shared.events import codec
from shared.events.base import Contract, Event
from shared.runtime import runtime as runtimes
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, Said, new_id, publish, until
from tests.integration.runtime.test_for_ever import numbered
from tests.integration.services import own_database


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
