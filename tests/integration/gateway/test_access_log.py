"""Keys that open nothing, the log of every access, and how an auditor finds in it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from shared.db.provision import dsn_of
from tests.integration.gateway.conftest import PASSWORD, Harness
from tests.integration.gateway.test_access import NOBODY, make_key


async def test_nobody_gives_what_they_do_not_have(harness: Harness) -> None:
    ops = await make_key(harness, "ops", "ours")
    async with harness.client(ops) as client:
        for body in (
            {"name": "x", "role": "negotiator", "tenants": ["ours"]},  # claims:phi
            {"name": "x", "role": "ops", "tenants": ["theirs"]},
            {"name": "x", "role": "ops", "tenants": ["*"]},
        ):
            assert (await client.post("/v1/api-keys", json=body)).status_code == 403, body
        narrow = {"name": "x", "role": "negotiator", "tenants": ["ours"], "scopes": ["claims:read"]}
        assert (await client.post("/v1/api-keys", json=narrow)).status_code == 201
    async with harness.client() as client:
        for wrong, kind in (
            ({"tenants": ["a,*"]}, "invalid-tenant"),
            ({"scopes": ["keys:manage"]}, "scope-not-of-role"),  # was left out without a word
            ({"expires_at": "2020-01-01T00:00:00Z"}, "expires-in-the-past"),
            ({"scopes": ["everything"]}, "invalid-request"),
        ):
            answer = await client.post(
                "/v1/api-keys", json={"name": "x", "role": "platform", "tenants": ["a"], **wrong}
            )
            assert (answer.status_code, answer.json()["type"]) == (422, f"urn:recoup:problem:{kind}"), wrong


async def test_a_revoked_or_expired_key_opens_nothing(harness: Harness) -> None:
    key = await make_key(harness, "negotiator", "ours")
    soon = datetime.now(UTC) + timedelta(seconds=1)
    expired = await make_key(harness, "negotiator", "ours", expires_at=soon.isoformat())
    async with harness.client(key) as client:
        assert (await client.get("/v1/lag")).status_code == 200
        async with harness.client() as operator:
            key_id = key.split("_")[1]
            assert (await operator.delete(f"/v1/api-keys/{key_id}")).status_code == 204
        assert (await client.get("/v1/lag")).status_code == 401
    await asyncio.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()) + 0.01)
    for wrong in (expired, key[:-1] + ("0" if key[-1] != "0" else "1")):
        async with harness.client(wrong) as client:
            assert (await client.get("/v1/lag")).status_code == 401


async def test_every_access_is_in_a_log_that_cannot_be_changed(harness: Harness, ours: str) -> None:
    key = await make_key(harness, "negotiator", "ours")
    async with harness.client(key) as client:
        await client.get(f"/v1/claims/{ours}")
        await client.get("/v1/claims", params={"patient_control_number": "OURS-1"})
    auditor = await make_key(harness, "auditor", "ours")
    stranger = await make_key(harness, "auditor", "theirs")
    principal = "key:" + key.split("_")[1]
    async with harness.client(auditor) as client:
        page = (await client.get("/v1/access-log", params={"claim_id": ours, "principal": principal})).json()
        assert [(item["access"]["action"], item["access"]["phi"]) for item in page["items"]] == [
            ("search", True),
            ("claim", True),
        ]
    async with harness.client(stranger) as client:
        seen = (await client.get("/v1/access-log", params={"claim_id": ours})).json()["items"]
        assert all(item["access"]["tenants"] == ["theirs"] for item in seen)  # what their own people were refused
        assert all(item["access"]["outcome"] != "allowed" for item in seen)
    async with harness.client() as client:
        assert (await client.get("/v1/access-log/audit")).json()["broken"] == []
    admin = await asyncpg.connect(harness.admin_dsn)
    for statement in ("DELETE FROM gateway_kept.access_log", "UPDATE gateway_kept.access_log SET principal = 'x'"):
        with pytest.raises(asyncpg.RaiseError):
            await admin.execute(statement)
    service = await asyncpg.connect(dsn_of(harness.admin_dsn, "gateway", PASSWORD))
    for statement in (  # the gateway itself may only append, and cannot give itself more
        "DELETE FROM gateway_kept.access_log",
        "UPDATE gateway_kept.access_log SET principal = 'x'",
        "TRUNCATE gateway_kept.access_log",
        "DROP TABLE gateway_kept.access_log",
        "ALTER TABLE gateway_kept.access_log DISABLE TRIGGER ALL",
        "ALTER TABLE gateway_kept.access_log SET SCHEMA gateway",
        "ALTER TABLE gateway_kept.access_log OWNER TO recoup_gateway",
        "CREATE OR REPLACE FUNCTION gateway_kept.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE RULE r AS ON INSERT TO gateway_kept.access_log DO INSTEAD NOTHING",
        "CREATE TABLE gateway_kept.mine (n int)",
        "DROP SCHEMA gateway_kept CASCADE",
        "GRANT recoup_gateway_keeper TO recoup_gateway",
        "SET ROLE recoup_gateway_keeper",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    before = await admin.fetchval("SELECT count(*) FROM gateway_kept.access_log")
    # What a privilege does not cover it does without a word: a grant by somebody who has none to give changes nothing.
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("GRANT DELETE ON gateway_kept.access_log TO recoup_gateway")
        await service.execute("DELETE FROM gateway_kept.access_log")
    assert await admin.fetchval("SELECT count(*) FROM gateway_kept.access_log") == before
    await service.close()
    # Somebody with the database in their hands can turn the trigger off; the chain then tells.
    last = page["items"][0]["id"]
    async with admin.transaction():
        await admin.execute("ALTER TABLE gateway_kept.access_log DISABLE TRIGGER ALL")
        await admin.execute("UPDATE gateway_kept.access_log SET principal = 'key:somebody' WHERE id = $1", last)
    async with harness.client() as client:
        assert (await client.get("/v1/access-log/audit")).json()["broken"] == [last]
    await admin.execute("UPDATE gateway_kept.access_log SET principal = $2 WHERE id = $1", last, principal)
    await admin.execute("ALTER TABLE gateway_kept.access_log ENABLE TRIGGER ALL")
    await admin.close()


async def test_answers_tell_the_rate_limit(harness: Harness) -> None:
    async with harness.client() as client:
        answer = await client.get("/v1/lag")
    assert answer.headers["ratelimit-policy"] == '"default";q=2000;w=10'
    assert answer.headers["ratelimit"].startswith('"default";r=')


async def test_the_auditor_finds_by_who_what_when_and_what_came_of_it(harness: Harness, ours: str) -> None:
    begun = datetime.now(UTC)
    key = await make_key(harness, "ops", "ours")
    who = "key:" + key.split("_")[1]
    async with harness.client(key) as client:
        for _ in range(3):
            await client.get(f"/v1/claims/{ours}")
        await client.get(f"/v1/claims/{ours}/timeline")
        assert (await client.get(f"/v1/claims/{NOBODY}")).status_code == 404
        assert (await client.get(f"/v1/claims/{ours}/release-letter")).status_code == 403
    refused = "GET /v1/claims/{claim_id}/release-letter"
    async with harness.client(await make_key(harness, "auditor", "ours")) as client:

        async def found(**query: str | int) -> list[tuple[str, str]]:
            answer = await client.get("/v1/access-log", params={"principal": who, **query})
            assert answer.status_code == 200, answer.text
            return [(item["access"]["action"], item["access"]["outcome"]) for item in answer.json()["items"]]

        asked = "GET /v1/claims/{claim_id}"
        every = [(refused, "forbidden"), (asked, "not_found"), ("timeline", "allowed"), *[("claim", "allowed")] * 3]
        assert await found() == every
        assert await found(outcome="forbidden") == every[:1]
        assert await found(action="GET /v1/claims/") == every[:2]
        assert await found(action="clai") == every[3:]
        assert await found(action="%") == []  # a letter like any other
        assert await found(claim_id=ours, outcome="allowed") == every[2:]
        assert await found(tenant="ours", since=begun.isoformat()) == every
        assert await found(tenant="theirs") == await found(until=begun.isoformat()) == []
        pages: list[tuple[str, str]] = []
        cursor = ""
        while cursor is not None:
            page = await client.get("/v1/access-log", params={"principal": who, "limit": 2, "cursor": cursor})
            pages += [(item["access"]["action"], item["access"]["outcome"]) for item in page.json()["items"]]
            cursor = page.json()["next"]
        assert pages == every
        for wrong in ({"cursor": "x"}, {"since": "yesterday"}, {"outcome": "good"}, {"before": 1}):
            assert (await client.get("/v1/access-log", params=wrong)).status_code == 422, wrong
