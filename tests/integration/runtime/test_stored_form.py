"""The form in which states are stored: JSON where claims were there before, packed from an operator's word on."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import msgspec

from shared.db.pool import Pool
from shared.db.stored_form import StoredForm, pack_from_now
from shared.runtime.state_table import StateTable, Stored
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe

NOW = datetime(2026, 1, 5, tzinfo=UTC)
CLAIM = "00000001-7a34-5b59-9f0b-0b1d4d9a2a10"
OTHER = "00000002-7a34-5b59-9f0b-0b1d4d9a2a10"


class Notes(msgspec.Struct):
    """A state with something that queries look at, and something that they do not."""

    open: str = ""
    text: str = ""


def table(form: StoredForm) -> StateTable[Notes]:
    made: StateTable[Notes] = StateTable("notes", Notes, queried=("open",))
    made.form = form
    return made


async def kept(pool: Pool) -> list[tuple[str | None, str, bool]]:
    rows = await pool.fetch("SELECT state ->> 'open' AS open, state::text, packed FROM notes ORDER BY claim_id")
    return [(row["open"], row["state"], row["packed"] is not None) for row in rows]


async def test_states_are_json_until_no_replica_needs_it(servers: Servers) -> None:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    probe.table = StateTable(f"tallies_{uuid.uuid4().hex[:8]}", probe.table._struct)  # pyright: ignore[reportPrivateUsage]
    await probe.prepare()
    pool = await probe.pool()
    before = table(StoredForm())
    await pool.execute("DROP TABLE stored_form")
    await pool.execute(before.create())
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("CREATE TABLE stored_form (form text)")  # what a release before did not have
        await before.save(conn, [Stored(CLAIM, Notes("yes", "before"))], NOW)
        await conn.execute("DROP TABLE stored_form")
        for statement in before.keep_packed():
            await conn.execute(statement)
    ours = table(StoredForm())
    async with pool.acquire() as conn, conn.transaction():
        await ours.save(conn, [Stored(OTHER, Notes("no", "after"))], NOW)
    assert [(one, packed) for one, _, packed in await kept(pool)] == [("yes", False), ("no", False)]
    assert all("text" in text for _, text, _ in await kept(pool)), "a replica of the release before reads them whole"

    async with pool.acquire() as conn, conn.transaction():
        await pack_from_now(conn)
        ours = table(StoredForm())  # as a replica sees it that starts, or a minute later
        rows = await ours.load(conn, [CLAIM, OTHER])
        assert {claim: row.state for claim, row in rows.items()} == {
            CLAIM: Notes("yes", "before"),
            OTHER: Notes("no", "after"),
        }
        rows[CLAIM].state = Notes("maybe", "packed")
        await ours.save(conn, [rows[CLAIM]], NOW)
    assert await kept(pool) == [("maybe", '{"open": "maybe"}', True), ("no", (await kept(pool))[1][1], False)]
    async with pool.acquire() as conn:
        assert await ours.read_many(conn, [CLAIM, OTHER]) == {
            CLAIM: Notes("maybe", "packed"),
            OTHER: Notes("no", "after"),
        }
        assert await ours.read(conn, CLAIM) == Notes("maybe", "packed")
    await pool.close()


async def test_a_new_database_packs_at_once(servers: Servers) -> None:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    pool = await probe.pool()
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute(table(StoredForm()).create())
        await table(StoredForm()).save(conn, [Stored(CLAIM, Notes("yes", "first"))], NOW)
    assert await kept(pool) == [("yes", '{"open": "yes"}', True)]
    await pool.close()
