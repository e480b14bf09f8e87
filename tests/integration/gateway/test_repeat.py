"""`Idempotency-Key`: done once, answered twice."""

from __future__ import annotations

import asyncio

import asyncpg

from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key

WANTED = {"name": "once", "role": "negotiator", "tenants": ["repeat"]}


async def test_the_same_request_again_gets_the_same_answer_and_is_done_once(harness: Harness) -> None:
    async with harness.client() as client:
        headers = {"Idempotency-Key": "key-1"}
        first = await client.post("/v1/api-keys", json=WANTED, headers=headers)
        again = await client.post("/v1/api-keys", json=WANTED, headers=headers)
        assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
        assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
        keys = (await client.get("/v1/api-keys")).json()["items"]
        assert len([k for k in keys if k["tenants"] == ["repeat"]]) == 1
        other = await client.post("/v1/api-keys", json=WANTED | {"name": "other"}, headers=headers)
        assert (other.status_code, other.json()["type"]) == (422, "urn:recoup:problem:idempotency-key-reused")
    admin = await asyncpg.connect(harness.admin_dsn)  # the secret in the answer does not stand in the database
    assert first.json()["key"] not in str(await admin.fetch("SELECT i::text FROM gateway.idempotency i"))
    await admin.close()


async def test_requests_at_the_same_time_are_done_once(harness: Harness) -> None:
    async with harness.client(await make_key(harness, "ops", "repeat-2")) as client:
        wanted = {"name": "x", "role": "auditor", "tenants": ["repeat-2"], "scopes": ["claims:read"]}
        tries = [client.post("/v1/api-keys", json=wanted, headers={"Idempotency-Key": "k"}) for _ in range(5)]
        codes = sorted([answer.status_code for answer in await asyncio.gather(*tries)])
        assert set(codes) <= {201, 409} and 201 in codes
        keys = (await client.get("/v1/api-keys")).json()["items"]
        assert len([k for k in keys if k["role"] == "auditor"]) == 1


async def test_a_refused_request_leaves_its_key_free_and_keys_are_the_callers_own(harness: Harness) -> None:
    ours, theirs = await make_key(harness, "ops", "repeat-3"), await make_key(harness, "ops", "repeat-4")
    narrow = {"name": "x", "role": "ops", "scopes": ["claims:read"]}
    headers = {"Idempotency-Key": "shared"}
    async with harness.client(ours) as client:
        refused = await client.post("/v1/api-keys", json=narrow | {"tenants": ["repeat-4"]}, headers=headers)
        assert refused.status_code == 403
        made = await client.post("/v1/api-keys", json=narrow | {"tenants": ["repeat-3"]}, headers=headers)
        assert made.status_code == 201
    async with harness.client(theirs) as client:
        other = await client.post("/v1/api-keys", json=narrow | {"tenants": ["repeat-4"]}, headers=headers)
        assert other.status_code == 201 and other.json() != made.json()
