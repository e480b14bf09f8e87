"""Every search that the desk and the client offer reads an index, whoever asks; none sorts the whole table."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import asyncpg
import msgspec
import pytest

from services.gateway.adapters.sql.search import compile_query
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import Cursor, Query
from shared.db.provision import dsn_of
from tests.integration.conftest import Servers
from tests.integration.gateway.conftest import PASSWORD, Harness, own_gateway, serving, start_at_the_end

# 60,000 claims of ten tenants over six states and 30 payers, in one statement.
FILL = """
INSERT INTO gateway.claims (claim_id, tenant, traceparent, emitted, state, updated_at, status, payer_id, payer_name,
    billing_npi, specialty, forum, verdict, close_reason, billed, paid, recovered, received_at, last_at, next_deadline,
    illegal, patient_control_blind)
SELECT gen_random_uuid(), 't' || n % 10, '', 0, '{}', now(), 's' || n % 6, 'p' || n % 31, '', 'n' || n % 97, '', '', '',
    '', 1, 1, 0, timestamptz '2026-01-01' + n * interval '1 minute', now(),
    CASE WHEN n % 3 = 0 THEN date '2026-01-01' + n % 300 END, 0, md5(n::text)
FROM generate_series(1, 60000) n
"""
ONE = Principal("k", "platform", ("t3",), frozenset())
TWO = Principal("k", "platform", ("t3", "t4"), frozenset())
ALL = Principal("k", "ops", ("*",), frozenset())
QUERIES: dict[str, Query] = {
    "newest": Query(),
    "oldest": Query(sort="received_at"),
    "one state": Query(states=("s1",)),
    "two states": Query(states=("s1", "s2")),
    "one payer": Query(payer_id="p7"),
    "one provider": Query(provider_npi="n7"),
    "deadlines": Query(sort="next_deadline"),
    "control number": Query(patient_control_blinds=("c4ca4238a0b923820dcc509a6f75849b",)),
    "a later page": Query(cursor=Cursor("-received_at", "2026-02-01T00:00:00+00:00", "0" * 32)),
}


@pytest.fixture(scope="module")
async def crowded(servers: Servers) -> AsyncGenerator[Harness]:
    async with own_gateway(servers) as harness:
        await start_at_the_end(harness.settings)
        async with serving(harness.app):
            admin = await asyncpg.connect(harness.admin_dsn)
            await admin.execute(FILL)
            await admin.execute("ANALYZE gateway.claims")
            await admin.close()
            yield harness


@pytest.mark.parametrize("who", [ONE, TWO, ALL], ids=["one tenant", "two tenants", "every tenant"])
async def test_searches_read_indexes(crowded: Harness, who: Principal) -> None:
    conn = await asyncpg.connect(dsn_of(crowded.admin_dsn, "gateway", PASSWORD))
    await conn.execute("SET ROLE recoup_gateway_reader")
    await conn.execute("SELECT set_config('recoup.tenants', $1, false)", who.tenants_setting)
    for name, query in QUERIES.items():
        sql, arguments = compile_query(query, who)
        text: str = await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *arguments)
        nodes = list(_nodes(msgspec.json.decode(text)[0]["Plan"]))
        scans = {n["Node Type"] for n in nodes if n.get("Relation Name") == "claims"}
        assert scans and "Seq Scan" not in scans, (name, scans)
        read = sum(n["Actual Rows"] * n["Actual Loops"] for n in nodes if n.get("Relation Name") == "claims")
        assert read < 6000, (name, read)  # a tenth of the table at most, also where pages of all tenants are merged
    await conn.close()


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


async def test_several_tenants_and_states_are_merged_in_order_without_repetition(crowded: Harness) -> None:
    seen: list[tuple[str, str]] = []
    conn = await asyncpg.connect(dsn_of(crowded.admin_dsn, "gateway", PASSWORD))
    await conn.execute("SET ROLE recoup_gateway_reader")
    await conn.execute("SELECT set_config('recoup.tenants', 't3,t4', false)")
    cursor: Cursor | None = None
    for _ in range(3):
        sql, arguments = compile_query(Query(states=("s1", "s4", "s1"), limit=50, cursor=cursor), TWO)
        rows = (await conn.fetch(sql, *arguments))[:50]
        seen += [(row["received_at"].isoformat(), str(row["claim_id"])) for row in rows]
        cursor = Cursor("-received_at", *seen[-1])
    expected = await conn.fetch(
        "SELECT claim_id::text FROM claims WHERE tenant IN ('t3', 't4') AND status IN ('s1', 's4') "
        "ORDER BY received_at DESC, claim_id DESC LIMIT 150"
    )
    assert [claim_id for _, claim_id in seen] == [row["claim_id"] for row in expected]
    await conn.close()


async def test_naming_a_tenant_that_is_not_yours_finds_nothing(crowded: Harness) -> None:
    conn = await asyncpg.connect(dsn_of(crowded.admin_dsn, "gateway", PASSWORD))  # the owner: no row-level security
    sql, arguments = compile_query(Query(tenant="t5"), ONE)
    assert await conn.fetch(sql, *arguments) == []
    await conn.close()
