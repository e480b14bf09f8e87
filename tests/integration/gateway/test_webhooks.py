"""Webhooks to real sockets: order, isolation, retries, rotation, replay, and tenants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from recoup_client import AsyncClient, verify_webhook
from services.gateway.adapters.webhook_sender import Caller
from services.gateway.application.webhooks import Refused
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import new_claim, received, won


class Receiver:
    """A small HTTP server that keeps what it was sent and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.delay = 0.0
        self.extra = ""
        self.url = ""

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests.append((headers, body))
        await asyncio.sleep(self.delay)
        writer.write(f"HTTP/1.1 {self.status} X\r\n{self.extra}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiver() -> AsyncGenerator[Receiver]:
    one = Receiver()
    server = await asyncio.start_server(one.answer, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield one
    server.close()


async def until(one: Receiver, count: int, seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while len(one.requests) < count:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def subscribed(harness: Harness, key: str, url: str, **more: object) -> AsyncGenerator[tuple[str, str]]:
    async with harness.client(key) as client:
        answer = await client.post("/v1/webhooks", json={"url": url, **more})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        try:
            yield made["endpoint_id"], made["secret"]
        finally:
            await client.delete(f"/v1/webhooks/{made['endpoint_id']}")


async def hurry(harness: Harness, endpoint: str) -> None:
    """Bring the next try forward, as if its pause had passed."""
    pool = harness.app.state.runtime.pool
    await pool.execute("UPDATE webhook_deliveries SET next_at = now() WHERE endpoint_id = $1", endpoint)
    await pool.execute("UPDATE webhook_endpoints SET leased_until = '-infinity' WHERE endpoint_id = $1", endpoint)


async def test_once_signed_in_order_filtered_and_within_the_tenant(harness: Harness) -> None:
    claim, stranger = new_claim(), new_claim()
    key = await make_key(harness, "platform", "hook-a")
    types = ["recoup.claim.received.v1", "recoup.claim.settled.v1", "recoup.claim.closed.v1"]
    async with receiver() as one, subscribed(harness, key, one.url, types=types) as (_, secret):
        # every record comes right after itself, and then the whole story once more
        await harness.publish(won(claim, control="HOOK-1"), tenant="hook-a", times=3)
        await harness.publish([received(stranger)], tenant="hook-b")
        await until(one, 3)
        await harness.caught_up()
        await asyncio.sleep(0.5)
        assert [(e["claim_id"], e["type"]) for e in one.events] == [(claim, t) for t in types]
        assert [e["position"] for e in one.events] == [1, 9, 14]
        for headers, body in one.requests:
            assert verify_webhook(secret, headers, body) == headers["webhook-id"]
            assert b"HOOK-1" not in body and b"ICN-77" not in body
        assert len({headers["webhook-id"] for headers, _ in one.requests}) == 3


async def test_a_failing_receiver_gets_the_rest_only_after_it_answered(harness: Harness) -> None:
    claim = new_claim()
    key = await make_key(harness, "platform", "hook-c")
    async with receiver() as one, subscribed(harness, key, one.url) as (endpoint, _):
        one.status = 500
        await harness.publish(won(claim)[:4], tenant="hook-c")
        await until(one, 1)
        await asyncio.sleep(0.6)
        assert {e["position"] for e in one.events} == {1}  # the claim's later events wait behind it
        async with harness.client(key) as client:
            log = (await client.get(f"/v1/webhooks/{endpoint}/deliveries")).json()["items"]
            assert [(d["position"], d["state"], d["last_status"]) for d in log][-1] == (1, "waiting", 500)
            assert (await client.get(f"/v1/webhooks/{endpoint}")).json()["failing_since"] is not None
        one.status = 200
        tried = len(one.requests)
        await hurry(harness, endpoint)
        await until(one, tried + 4)
        assert [e["position"] for e in one.events][-4:] == [1, 2, 3, 4]
        ids = [headers["webhook-id"] for headers, _ in one.requests]
        assert len(set(ids)) == 4 and ids[0] == ids[tried]  # a further try has the same id


async def test_a_slow_receiver_delays_nobody_else(harness: Harness) -> None:
    key = await make_key(harness, "platform", "hook-d")
    claims = [new_claim() for _ in range(20)]
    async with receiver() as slow, receiver() as quick:
        slow.delay = 3.0
        async with subscribed(harness, key, slow.url), subscribed(harness, key, quick.url):
            await harness.publish([received(c) for c in claims], tenant="hook-d")
            await until(quick, 20, seconds=2.5)
            assert len(slow.requests) <= 4


async def test_gone_disables_and_enabling_delivers_what_waited(harness: Harness) -> None:
    key = await make_key(harness, "platform", "hook-e")
    claim = new_claim()
    async with receiver() as one, subscribed(harness, key, one.url) as (endpoint, _), harness.client(key) as client:
        one.status = 410
        await harness.publish(won(claim)[:2], tenant="hook-e")
        await until(one, 1)
        async with asyncio.timeout(5):
            while (await client.get(f"/v1/webhooks/{endpoint}")).json()["status"] != "disabled":
                await asyncio.sleep(0.05)
        one.status = 200
        assert (await client.patch(f"/v1/webhooks/{endpoint}", json={"status": "active"})).status_code == 200
        await until(one, 3)
        assert [e["position"] for e in one.events] == [1, 1, 2]


async def test_rotation_signs_with_both_and_replay_repeats_under_the_same_id(harness: Harness) -> None:
    key = await make_key(harness, "platform", "hook-f")
    async with receiver() as one, subscribed(harness, key, one.url) as (endpoint, old), harness.client(key) as client:
        new = (await client.post(f"/v1/webhooks/{endpoint}/rotate")).json()["secret"]
        await harness.publish([received(new_claim())], tenant="hook-f")
        await until(one, 1)
        headers, body = one.requests[0]
        assert verify_webhook(old, headers, body) == verify_webhook(new, headers, body)
        async with asyncio.timeout(5):
            while (await client.post(f"/v1/webhooks/{endpoint}/replay", json={})).json()["deliveries"] == 0:
                await asyncio.sleep(0.05)
        await until(one, 2)
        assert one.requests[1][0]["webhook-id"] == headers["webhook-id"]
        tested = (await client.post(f"/v1/webhooks/{endpoint}/test")).json()
        assert tested == {"delivered": True, "status": 204, "error": ""}
        verify_webhook(new, *one.requests[-1])


async def test_a_redirect_is_not_followed(harness: Harness) -> None:
    key = await make_key(harness, "platform", "hook-g")
    async with receiver() as one, receiver() as inner, subscribed(harness, key, one.url) as (endpoint, _):
        one.status, one.extra = 302, f"Location: {inner.url}\r\n"
        async with harness.client(key) as client:
            tested = (await client.post(f"/v1/webhooks/{endpoint}/test")).json()
        assert tested == {"delivered": False, "status": 302, "error": ""}
        assert inner.requests == []


@pytest.mark.parametrize(
    "url", ["https://localhost/x", "https://127.0.0.1/x", "https://[::1]/x", "https://2130706433/"]
)
async def test_in_production_an_inner_address_is_refused(url: str) -> None:
    caller = Caller()
    with pytest.raises(Refused):
        await caller.resolve(url)
    assert (await caller.call(url, ["whsec_AAAA"], "m", b"")).error.startswith("refused")
    await caller.close()


async def test_another_tenants_endpoint_is_not_there(harness: Harness) -> None:
    mine, other = await make_key(harness, "platform", "hook-h"), await make_key(harness, "platform", "hook-i")
    async with receiver() as one, subscribed(harness, mine, one.url) as (endpoint, _), harness.client(other) as client:
        for method, path in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/rotate"),
            ("POST", "/test"),
            ("GET", "/deliveries"),
        ):
            assert (await client.request(method, f"/v1/webhooks/{endpoint}{path}")).status_code == 404
        foreign = {"url": one.url, "tenants": ["hook-h"]}
        assert (await client.post("/v1/webhooks", json=foreign)).status_code == 403
        assert (await client.get("/v1/webhooks")).json() == {"items": []}


async def test_the_client_manages_endpoints(harness: Harness) -> None:
    transport = httpx.ASGITransport(harness.app)
    key = await make_key(harness, "platform", "client-t")
    async with AsyncClient("http://gateway", key, transport=transport) as ours:
        made = await ours.make_webhook("http://127.0.0.1:9/hook", types=["recoup.claim.settled.v1"], description="x")
        assert made.endpoint_id and made.secret
        assert [e.endpoint_id for e in await ours.webhooks()] == [made.endpoint_id]
        assert (await ours.rotate_webhook(made.endpoint_id)).secret not in ("", made.secret)
        tested = await ours.test_webhook(made.endpoint_id)
        assert not tested.delivered and tested.error
        assert (await ours.set_webhook(made.endpoint_id, "disabled")).status == "disabled"
        assert await ours.deliveries(made.endpoint_id, state="waiting") == []
        assert await ours.replay_webhook(made.endpoint_id) == 0
        await ours.delete_webhook(made.endpoint_id)
        assert await ours.webhooks() == []
