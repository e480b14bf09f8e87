"""Benchmark shows its quotes to staff, and a claim's figures to those who act in the claim's own tenant."""

from __future__ import annotations

import gzip
import uuid

import pytest

from shared.events.claims import ClaimReceived, RemittanceReceived
from shared.staff import Delegate, delegated_token
from tests.integration.benchmark.conftest import DESK, OPERATOR, STAFF, TOKEN, Service
from tests.unit.benchmark.world import claimed, paid, remitted

LOW = paid("99285", "1500", "150", qpa="180")


async def claim_and_payment(service: Service) -> str:
    known = str(uuid.uuid4())
    received = ClaimReceived(claim_id=known, claim=claimed((LOW,)))
    await service.receive([received, RemittanceReceived(claim_id=known, remittance=remitted(LOW, id="R1"))])
    return known


def delegate_in(tenant: str) -> dict[str, str]:
    """What the gateway sends for a person of this tenant."""
    token = delegated_token(DESK, Delegate("rita", "negotiator", tenant), service="benchmark")
    return {"Authorization": f"Bearer {token}"}


async def test_nobody_without_a_credential_sees_anything(service: Service) -> None:
    known = await claim_and_payment(service)
    claim = f"/v1/claims/{known}"
    paths = (f"{claim}/assessment", f"{claim}/lines/1/picture.svg", "/v1/worklist", "/v1/reference")
    for headers in ({}, {"X-Tenant": "t"}, {"Authorization": "Bearer a-guessed-token-123", "X-Tenant": "t"}):
        async with service.client(headers) as client:
            for path in (*paths, f"/v1/claims/{uuid.uuid4()}/assessment"):
                answer = await client.get(path)
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path
            assert (await client.post("/v1/quote", json={"code": "99285"})).status_code == 401
            assert (await client.post("/v1/worklist/judge")).status_code == 401


async def test_a_claim_is_shown_in_its_own_tenant_only(service: Service) -> None:
    known = await claim_and_payment(service)
    paths = (f"/v1/claims/{known}/assessment", f"/v1/claims/{known}/lines/1/picture.svg")
    own = (STAFF, delegate_in("t"), delegate_in("t") | {"X-Tenant": "t"})
    others = (
        ({**STAFF, "X-Tenant": "evil"}, 404),
        (delegate_in("evil"), 404),
        (delegate_in("evil") | {"X-Tenant": "t"}, 403),
        ({"Authorization": f"Bearer {TOKEN}"}, 422),
    )
    for headers in own:
        async with service.client(headers) as client:
            assert [(await client.get(path)).status_code for path in paths] == [200, 200]
    for headers, status in others:
        async with service.client(headers) as client:
            assert [(await client.get(path)).status_code for path in paths] == [status, status]


async def test_the_worklist_is_each_tenants_own(service: Service) -> None:
    known = await claim_and_payment(service)
    await service.pool.execute("UPDATE claim_files SET verdict = 'unjudged' WHERE claim_id = $1", uuid.UUID(known))
    found: list[int] = []
    for headers in (STAFF, {**STAFF, "X-Tenant": "evil"}):
        async with service.client(headers) as client:
            found.append(len((await client.get("/v1/worklist")).json()))
    assert found == [1, 0]


async def test_releases_are_loaded_computed_and_withdrawn_by_operators_alone(service: Service) -> None:
    span = {"received_from": "2025-01-01", "received_to": "2025-12-31"}
    order = {"kind": "ucr_charge", "name": "U", **span, "effective_from": "2026-01-01", "effective_to": "2026-12-31"}
    withdrawn = {"kind": "cms", "name": "none"}
    for headers in ({}, STAFF, delegate_in("t")):
        async with service.client(headers) as client:
            load = await client.post("/v1/reference/releases", params={"kind": "cms"}, content=b"x")
            taken = await client.post("/v1/reference/snapshots", json=order)
            gone = await client.post("/v1/reference/withdraw", params=withdrawn)
            assert [answer.status_code for answer in (load, taken, gone)] == [401, 401, 401]
    async with service.client({"Authorization": f"Bearer {OPERATOR}"}) as client:
        assert (await client.get("/v1/reference")).status_code == 200
        assert (await client.post("/v1/reference/withdraw", params=withdrawn)).status_code == 404
        assert (await client.post("/v1/reference/snapshots", json=order)).status_code == 409
        unordered = order | {"effective_from": "2027-01-01"}
        assert (await client.post("/v1/reference/snapshots", json=unordered)).status_code == 422
    assert await service.pool.fetchval("SELECT count(*) FROM reference_releases") == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no gzip at all", "Not a gzipped file"),
        (gzip.compress(b"{"), "Input data was truncated"),
        (gzip.compress(b'{"name": "U"}'), "missing required field"),
        (gzip.compress(b"{}")[:-4], "ended before"),
    ],
    ids=["not packed", "no JSON", "not whole", "cut off"],  # of the content they would hold the second it was packed in
)
async def test_what_is_no_release_is_refused_and_nothing_of_it_is_kept(
    service: Service, content: bytes, why: str
) -> None:
    async with service.client({"Authorization": f"Bearer {OPERATOR}"}) as client:
        answer = await client.post("/v1/reference/releases", params={"kind": "ucr_charge"}, content=content)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:recoup:problem:unreadable-release")
    assert why in answer.json()["detail"]
    assert await service.pool.fetchval("SELECT count(*) FROM reference_releases") == 0
