"""Submissions through the gateway: who may, for which tenant, and what reaches intake."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from recoup_client import AsyncClient, Client
from services.gateway.adapters.upstream import Upstream
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.test_access import make_key

SUMMARY = {"interchange_id": "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11", "claims": {"accepted": 2}}
BROKEN = {
    "type": "urn:recoup:problem:not-x12",
    "status": 422,
    "title": "x",
    "detail": "No ISA.",
    "how_to_fix": "Send X12.",
}


class Intake:
    """What it was asked; it answers 200 to what begins with ISA."""

    def __init__(self) -> None:
        self.asked: list[tuple[httpx.Request, bytes]] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.asked.append((request, body))
        if request.headers["authorization"] != "Bearer desk":
            return httpx.Response(401, json={})
        if request.url.path.endswith("/answers"):
            return httpx.Response(200, text="ISA*999~", headers={"content-type": "application/edi-x12"})
        if request.method == "GET" or body.startswith(b"ISA"):
            return httpx.Response(200, json=SUMMARY)
        return httpx.Response(422, json=BROKEN, headers={"content-type": "application/problem+json"})


@pytest.fixture
def intake(harness: Harness) -> Iterator[Intake]:
    gateway = harness.app.state.gateway
    before, there = gateway.upstream, Intake()
    services = {"intake": "http://intake"}
    gateway.upstream = Upstream(services, "desk", "operator", transport=httpx.MockTransport(there.answer))
    yield there
    gateway.upstream = before


async def test_a_key_for_one_tenant_sends_for_it_and_is_passed_on_whole(harness: Harness, intake: Intake) -> None:
    key = await make_key(harness, "clearinghouse", "clinic-a")

    async def pieces() -> AsyncIterator[bytes]:
        yield b"ISA*00*"
        yield b"x" * 100_000

    async with harness.client(key) as client:
        headers = {"Content-Type": "application/edi-x12", "Idempotency-Key": "k"}
        answer = await client.post("/v1/edi", content=pieces(), headers=headers)
    assert (answer.status_code, answer.json()) == (200, SUMMARY)
    ((request, body),) = intake.asked
    assert (request.url.path, len(body)) == ("/v1/edi", 100_007)
    assert (request.headers["x-tenant"], request.headers["content-type"]) == ("clinic-a", "application/edi-x12")
    # two callers of one tenant may choose the same key
    assert request.headers["idempotency-key"].endswith(" k") and request.headers["idempotency-key"] != " k"


async def test_the_tenant_is_the_callers_own_and_said_where_there_are_several(harness: Harness, intake: Intake) -> None:
    several = await make_key(harness, "platform", "clinic-a", "clinic-b")
    async with harness.client(several) as client:
        unsaid = await client.post("/v1/edi", content=b"ISA")
        assert (unsaid.status_code, unsaid.json()["type"]) == (422, "urn:recoup:problem:tenant-required")
        for wrong, status in (("clinic-c", 403), ("*", 422), ("a,b", 422)):
            for path in ("/v1/edi", "/v1/claims", "/v1/claims/bulk"):
                answer = await client.post(path, content=b"ISA", headers={"X-Tenant": wrong})
                assert answer.status_code == status, (wrong, path)
        assert intake.asked == []
        assert (await client.post("/v1/edi", content=b"ISA", headers={"X-Tenant": "clinic-b"})).is_success
    async with harness.client(await make_key(harness, "negotiator", "clinic-a")) as client:
        assert (await client.post("/v1/edi", content=b"ISA")).status_code == 403
    assert [request.headers["x-tenant"] for request, _ in intake.asked] == ["clinic-b"]


async def test_the_clients_send_and_ask_and_the_access_is_noted(harness: Harness, intake: Intake) -> None:
    key = await make_key(harness, "clearinghouse", "clinic-d")
    transport = httpx.ASGITransport(harness.app)
    async with AsyncClient("http://gateway", key, transport=transport) as client:
        became = await client.submit(b"ISA*")
        assert (became.accepted, became.claims) == (True, {"accepted": 2})
        refused = await client.submit(b"no x12")
        assert (refused.accepted, refused.detail, refused.how_to_fix) == (False, "No ISA.", "Send X12.")
        assert (await client.submission(became.interchange_id)).claims == {"accepted": 2}
        assert await client.x12_answers(became.interchange_id, kind="999") == "ISA*999~"
    assert intake.asked[-1][0].url.params["kind"] == "999"
    assert {request.headers["x-tenant"] for request, _ in intake.asked} == {"clinic-d"}
    async with harness.client(OPERATOR) as client:
        log = (await client.get("/v1/access-log")).json()["items"]
    noted = [entry["access"]["action"] for entry in log if entry["access"]["tenants"] == ["clinic-d"]]
    assert noted[:3] == ["x12 answers", "submit", "submit"]


async def test_answers_of_any_length_pass_through_in_pieces() -> None:
    given: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for n in range(3):
            given.append(n)
            yield b"STC*A2:20~"

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=pieces(), headers={"content-type": "application/edi-x12"})

    upstream = Upstream({"intake": "http://intake"}, "desk", "", transport=httpx.MockTransport(answer))
    response = await upstream.intake_stream("/v1/interchanges/x/answers", tenant="clinic", params={"kind": ""})
    assert given == []
    parts = response.aiter_bytes()
    assert (await anext(parts), given) == (b"STC*A2:20~", [0])
    assert b"".join([part async for part in parts]) == b"STC*A2:20~" * 2
    await response.aclose()
    await upstream.close()


def test_the_plain_client_makes_a_key_of_its_own_for_each_input() -> None:
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return httpx.Response(503) if len(keys) == 1 else httpx.Response(200, json=SUMMARY)

    with Client("http://gateway", "k", transport=httpx.MockTransport(answer)) as client:
        client.submit(b"ISA*")
        client.submit(b"ISA*")
    assert keys[0] == keys[1] != keys[2], "the repetition carries the key of the first try, the next input another"


async def test_without_intake_the_answer_says_so(harness: Harness) -> None:
    async with harness.client() as client:
        answer = await client.post("/v1/edi", content=b"ISA", headers={"X-Tenant": "clinic-a"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:recoup:problem:service-not-configured")
