"""What is written on the log in another's name, or for another tenant, changes nothing and is shown to nobody."""

from __future__ import annotations

import json

import asyncpg
from aiokafka import AIOKafkaProducer

from shared.events import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC, Event
from shared.events.codec import encode_data, headers_for, new_event_id
from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import START, fair, new_claim, received


async def forge(
    harness: Harness, event: Event, *, source: bytes | None = None, tenant: str = "", topic: str = CLAIMS_TOPIC
) -> str:
    """Put a record on the log as anybody on the network may who can write to it."""
    event_id = new_event_id()
    headers = [h for h in headers_for(event, event_id=event_id, time=START, tenant=tenant) if h[0] != "ce_source"]
    headers.append(("ce_source", source if source is not None else b"/recoup/settlement"))
    producer = AIOKafkaProducer(bootstrap_servers=harness.servers.bootstrap)
    await producer.start()
    await producer.send_and_wait(topic, encode_data(event), key=event.claim_id.encode(), headers=headers)
    await producer.stop()
    return event_id


async def parked(harness: Harness) -> dict[int, tuple[str, str | None]]:
    """The reason and the claim of every parked record, by its number."""
    conn = await asyncpg.connect(harness.admin_dsn, server_settings={"search_path": "gateway"})
    rows = await conn.fetch("SELECT id, reason, claim_id::text AS claim_id FROM parked")
    await conn.close()
    return {row["id"]: (row["reason"], row["claim_id"]) for row in rows}


async def test_a_forged_end_of_a_claim_is_set_aside_and_seen_by_nobody(harness: Harness) -> None:
    claim = new_claim()
    life = fair(claim)
    theirs = await make_key(harness, "platform", "evil")
    before = await parked(harness)
    await harness.tell([received(claim)], tenant="clinic")
    for source, tenant in ((b"/nobody/at-all", "clinic"), (b"", "clinic"), (None, "evil")):
        await forge(harness, life[-1], source=source, tenant=tenant)
    stranger = new_claim()
    await forge(harness, fair(stranger)[-1], tenant="evil")
    await harness.caught_up()
    async with harness.client() as operator, harness.client(theirs) as evil:
        found = (await operator.get(f"/v1/claims/{claim}")).json()
        assert (found["state"], found["tenant"], found["events"]) == ("received", "clinic", 1)
        assert (await operator.get(f"/v1/claims/{stranger}")).status_code == 404
        assert (await evil.get(f"/v1/claims/{claim}")).status_code == 404
    dead_letters = {number: letter for number, letter in (await parked(harness)).items() if number not in before}
    assert sorted(dead_letters.values()) == [
        ("foreign_source", None), ("foreign_source", None), ("foreign_tenant", None), ("unknown_claim", None),
    ], "no claim waits for them"  # fmt: skip
    await harness.tell(life[1:], tenant="clinic")
    async with harness.client() as operator:
        assert (await operator.get(f"/v1/claims/{claim}")).json()["state"] == "closed"
        timeline = (await operator.get(f"/v1/claims/{claim}/timeline")).json()["items"]
        assert len(timeline) == len(life)
        rows = await operator.get("/v1/lag")
        assert json.loads(rows.text)["behind"] == 0


async def test_a_record_without_a_tenant_is_its_claims_tenants(harness: Harness) -> None:
    claim = new_claim()
    life = fair(claim)
    ours, theirs = await make_key(harness, "platform", "clinic"), await make_key(harness, "platform", "evil")
    await harness.tell([received(claim)], tenant="clinic")
    await forge(harness, life[1], source=b"/recoup/intake")
    await forge(harness, life[1], source=b"/recoup/intake", topic=PAYER_INBOUND_TOPIC)
    await harness.caught_up()
    async with harness.client(ours) as mine, harness.client(theirs) as evil:
        assert len((await mine.get(f"/v1/claims/{claim}/timeline")).json()["items"]) == 2
        assert (await evil.get(f"/v1/claims/{claim}/timeline")).status_code == 404
