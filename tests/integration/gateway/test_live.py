"""Live streams: what happens is heard in order, once, by those who may hear it, and can be resumed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from recoup_client import AsyncClient, LiveEvent
from services.gateway.adapters.http.live import Streams
from tests.integration.gateway.conftest import OPERATOR, Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import fair, new_claim, received, won


@asynccontextmanager
async def heard(address: str, key: str, claim: str | None, after: str = "") -> AsyncGenerator[list[LiveEvent]]:
    """The events a stream hears while the block runs."""
    events: list[LiveEvent] = []
    async with AsyncClient(address, key) as client:

        async def listen() -> None:
            async for event in client.events(claim, last_event_id=after):
                events.append(event)  # noqa: PERF401 - the list is watched while it grows

        task = asyncio.create_task(listen())
        await asyncio.sleep(0.4)
        try:
            yield events
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(events: list[LiveEvent], count: int) -> None:
    async with asyncio.timeout(10):
        while len(events) < count:
            await asyncio.sleep(0.02)


async def test_a_claims_stream_hears_its_events_in_order_and_no_others(harness: Harness, address: str) -> None:
    mine, other = new_claim(), new_claim()
    await harness.tell([received(mine), received(other)])
    life = won(mine)[1:]
    async with heard(address, OPERATOR, mine) as events:
        await harness.publish([*life, *fair(other)[1:]])
        await until(events, len(life))
        await asyncio.sleep(0.2)
    assert [e.position for e in events] == list(range(2, 15))
    assert {e.claim_id for e in events} == {mine}
    assert events[-1].state_after == "closed" and events[-1].sentence.startswith("Claim closed")


async def test_a_stream_resumes_after_the_last_event_it_saw(harness: Harness, address: str) -> None:
    claim = new_claim()
    async with heard(address, OPERATOR, None, after="") as first:
        await harness.tell([received(claim, control="LIVE-1")])
        await until(first, 1)
    last = next(e.id for e in first if e.claim_id == claim)
    await harness.tell(won(claim)[1:8])
    async with heard(address, OPERATOR, claim, after=last) as second:
        await harness.tell(won(claim)[8:])
        await until(second, 13)
    assert [e.position for e in second] == list(range(2, 15))
    assert "LIVE-1" not in json.dumps([e.data for e in first])


async def test_a_tenant_hears_its_own_claims_only(harness: Harness, address: str) -> None:
    ours, theirs = new_claim(), new_claim()
    key = await make_key(harness, "platform", "live-a")
    async with heard(address, key, None) as events:
        await harness.publish([received(theirs)], tenant="live-b")
        await harness.publish([received(ours)], tenant="live-a")
        await until(events, 1)
        await asyncio.sleep(0.2)
    assert [e.claim_id for e in events] == [ours]
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"}) as client:
        assert (await client.get(f"/v1/claims/{theirs}/events")).status_code == 404
    # Resuming from the start reads the past behind the same wall.
    async with heard(address, key, None, after="0") as events:
        await until(events, 1)
        await asyncio.sleep(0.2)
    assert [e.claim_id for e in events] == [ours]


async def test_a_slow_listener_misses_nothing(harness: Harness, address: str) -> None:
    """More events than a buffer holds, while the reader sleeps: it reads the rest from the timeline."""
    tenant = "live-slow"
    key = await make_key(harness, "platform", tenant)
    claims = [new_claim() for _ in range(1200)]
    seen: list[str] = []
    client = httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"})
    async with client, client.stream("GET", "/v1/events", timeout=30) as response:
        lines = response.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        await harness.tell([received(claim, control="X" * 40) for claim in claims], tenant=tenant)
        await asyncio.sleep(0.3)
        async for line in lines:
            if line.startswith("data: "):
                seen.append(json.loads(line[6:])["claim_id"])
                if len(seen) == len(claims):
                    break
    assert sorted(seen) == sorted(claims)


async def test_streams_beat_are_capped_and_end_with_their_key(harness: Harness, address: str) -> None:
    before = harness.app.state.streams
    harness.app.state.streams = Streams(most_each=2, beat_seconds=0.1)
    key = await make_key(harness, "platform", "live-a")
    try:
        client = httpx.AsyncClient(base_url=address, headers={"Authorization": f"Bearer {key}"})
        async with client, client.stream("GET", "/v1/events") as one, client.stream("GET", "/v1/events"):
            third = await client.get("/v1/events")
            assert (third.status_code, third.json()["type"]) == (429, "urn:recoup:problem:too-many-streams")
            lines = one.aiter_lines()
            async with asyncio.timeout(5):
                while await anext(lines) != ": beat":
                    pass
            async with harness.client() as operator:
                await operator.delete(f"/v1/api-keys/{key.split('_')[1]}")
            async with asyncio.timeout(5):
                async for _ in lines:  # the stream ends by itself
                    pass
        async with asyncio.timeout(5):  # the server notices the end of both streams in its own time
            while harness.app.state.gateway.tail.switchboard.count:
                await asyncio.sleep(0.05)
    finally:
        harness.app.state.streams = before


async def test_a_last_event_id_that_is_none_is_a_problem(harness: Harness) -> None:
    async with harness.client() as client:
        for wrong in ("x", "-1", "9" * 30):
            answer = await client.get("/v1/events", headers={"Last-Event-ID": wrong})
            assert answer.status_code == 422
