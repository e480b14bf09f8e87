"""Old inbox entries go in one pass, however many, and are found without reading the table through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.db.pool import Pool
from shared.runtime import upkeep
from shared.runtime.upkeep import Upkeep
from tests.integration.conftest import Servers
from tests.integration.runtime.probe import Probe, new_id, publish, received, until

OLD, NEW = 25_000, 15_000
_FILL = """
INSERT INTO inbox (event_id, received_at)
SELECT gen_random_uuid(), now() - make_interval(days => $2) - make_interval(secs => n) FROM generate_series(1, $1) AS n
"""


@pytest.fixture
async def probe(servers: Servers) -> Probe:
    probe = Probe(servers.admin_dsn, servers.bootstrap)
    await probe.prepare()
    return probe


async def entries(pool: Pool) -> int:
    return await pool.fetchval("SELECT count(*) FROM inbox")


def nodes(plan: dict[str, Any]) -> list[tuple[str, str]]:
    """(node type, index) of a plan and all that is below it."""
    below = [node for child in plan.get("Plans", []) for node in nodes(child)]
    return [(plan["Node Type"], plan.get("Index Name", "")), *below]


async def test_everything_old_goes_in_one_pass_by_the_index_and_nothing_new(
    servers: Servers, probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_FORGOTTEN_AT_ONCE", 4_000)
    pool = await probe.pool()
    await pool.execute(_FILL, OLD, 15)
    await pool.execute(_FILL, NEW, 13)
    looking_after = Upkeep(pool, 14)
    async with pool.acquire() as conn, pool.acquire() as other:
        await conn.fetchval("SELECT pg_advisory_lock(hashtext('sweep:' || current_schema()), 0)")
        assert await looking_after.sweep(other) == 0  # another replica is at it
        await conn.fetchval("SELECT pg_advisory_unlock_all()")
        assert await looking_after.sweep(conn) == OLD
        assert await entries(pool) == NEW
        assert await looking_after.sweep(conn) == 0
        await conn.execute("ANALYZE inbox")
        cutoff = await conn.fetchval("SELECT now() - interval '14 days'")
        text = await conn.fetchval(f"EXPLAIN (FORMAT JSON) {upkeep._FORGET}", cutoff, 4_000)
        plan = nodes(json.loads(text)[0]["Plan"])
        assert "Seq Scan" not in {node for node, _ in plan}
        assert "inbox_received" in {index for _, index in plan}
        # a table of an earlier release has no index
        await conn.execute("DROP INDEX inbox_received")
        await conn.execute("UPDATE inbox SET received_at = now() - interval '20 days'")
        assert await looking_after.sweep(other) == NEW
        assert await conn.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'inbox_received'::regclass")
    await pool.close()


async def test_the_index_is_made_beside_the_work(servers: Servers, probe: Probe) -> None:
    claims = [new_id() for _ in range(20)]
    async with probe.running() as runtime:
        await publish(servers.bootstrap, [(new_id(), received(claim)) for claim in claims])

        async def made() -> bool:
            return bool(await runtime.pool.fetchval("SELECT to_regclass('inbox_received') IS NOT NULL"))

        await until(made)

        async def heard() -> bool:
            return set(claims) <= (await probe.heard()).keys()

        await until(heard)
