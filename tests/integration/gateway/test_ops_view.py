"""What operators are told of flow, dead letters and illegal events."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer

from shared.events import DEAD_LETTER_TOPIC
from shared.events.base import DeadLetter
from shared.events.codec import encode_data, headers_for, new_event_id
from tests.integration.gateway.conftest import Harness
from tests.unit.gateway.lives import START, fair, flagged, new_claim


async def test_the_ops_view_shows_flow_letters_and_illegal_events(harness: Harness) -> None:
    claim = new_claim()
    await harness.tell([*fair(claim), flagged(claim)])
    letter = DeadLetter(
        claim_id=claim,
        service="appeals",
        reason="handler_error",
        detail="ValueError in decide, line 1",
        event_id=new_event_id(),
        event_type="recoup.claim.denied.v1",
        topic="recoup.claims.v1",
        partition=0,
        offset=1,
    )
    producer = AIOKafkaProducer(bootstrap_servers=harness.servers.bootstrap)
    await producer.start()
    headers = headers_for(letter, event_id=new_event_id(), time=START)
    kind = ("ce_type", b"recoup.dead-letter.v1")
    for odd, value in (
        ([kind, ("ce_id", None)], b"{}"),
        ([kind, ("ce_id", b"\xff"), ("ce_tenant", b"\0")], b"\xff"),
        ([kind, ("ce_id", b"no-uuid")], encode_data(letter)),
        ([kind, ("ce_id", new_event_id().encode())], encode_data(letter).replace(b"appeals", b"\\u0000")),
        ([("ce_type", None)], None),
    ):  # what nobody should send is passed over
        await producer.send_and_wait(DEAD_LETTER_TOPIC, value, key=claim.encode(), headers=odd)
    await producer.send_and_wait(DEAD_LETTER_TOPIC, encode_data(letter), key=claim.encode(), headers=headers)
    await producer.stop()
    async with harness.client() as client, asyncio.timeout(20):
        while True:
            seen = (await client.get("/v1/ops")).json()
            if any(d["service"] == "appeals" and d["detail"] == letter.detail for d in seen["dead_letters"]):
                break
            await asyncio.sleep(0.1)
    assert any(i["claim_id"] == claim and i["state"] == "closed" for i in seen["illegal"])
    assert {"intake", "benchmark"} <= {f["service"] for f in seen["flow"]}
