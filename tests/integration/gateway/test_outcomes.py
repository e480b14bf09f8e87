"""Outcomes by every dimension, to the cent; the same whatever order and how often the log gives its events."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from shared.events import CLAIMS_TOPIC, Event
from shared.events.codec import encode_data, headers_for, new_event_id
from tests.integration.gateway.conftest import Harness, place_of
from tests.integration.gateway.test_access import make_key
from tests.integration.services import of_tenant
from tests.unit.gateway.ends import house
from tests.unit.gateway.lives import START

DIMENSIONS = ("all", "payer", "specialty", "code", "forum", "policy")


async def figures(client: httpx.AsyncClient) -> dict[str, Any]:
    """Every figure that the caller may see; latencies are of the machine and no part of them."""
    found = {by: (await client.get("/v1/portfolio/outcomes", params={"by": by})).json()["items"] for by in DIMENSIONS}
    found |= {
        by: (await client.get("/v1/portfolio/groups", params={"group_by": by})).json()["items"]
        for by in ("payer_id", "close_reason")
    }
    portfolio = (await client.get("/v1/portfolio")).json()
    return {**found, "portfolio": {name: value for name, value in portfolio.items() if name != "latency"}}


async def shuffled(harness: Harness, lives: list[list[Event]], *, tenant: str, seed: int) -> None:
    """Each claim's events in their order, claims in any, every event delivered once or twice, some much later."""
    dice = random.Random(seed)
    queues = [[(event, new_event_id(), day) for day, event in enumerate(life)] for life in lives]
    told: list[tuple[Event, str, int]] = []
    again: list[tuple[Event, str, int]] = []
    while any(queues):
        told.append(dice.choice([queue for queue in queues if queue]).pop(0))
        if dice.random() < 0.5:
            again.append(told[-1])
        if again and dice.random() < 0.4:
            told.append(again.pop(dice.randrange(len(again))))
    producer = AIOKafkaProducer(bootstrap_servers=harness.servers.bootstrap)
    await producer.start()
    for said, event_id, day in (*told, *again):
        event = of_tenant(said, tenant)
        headers = headers_for(event, event_id=event_id, time=START + timedelta(days=day), tenant=tenant)
        place = await place_of(producer, CLAIMS_TOPIC, event.claim_id)
        key = event.claim_id.encode()
        await producer.send(CLAIMS_TOPIC, key=key, value=encode_data(event), headers=headers, partition=place)
    await producer.stop()
    await harness.caught_up()


@pytest.fixture(scope="module")
async def told(harness: Harness) -> str:
    """A key of the tenant whose claims ended in every way."""
    await harness.tell([event for life in house() for event in life], tenant="outcomes")
    return await make_key(harness, "platform", "outcomes")


async def test_outcomes_are_what_the_events_add_up_to(harness: Harness, told: str) -> None:
    async with harness.client(told) as client:
        found = await figures(client)
        (one,) = found["all"]
        assert {name: one[name] for name in ("claims", "judged", "underpaid", "denied", "pursued", "ended", "won")} == {
            "claims": 5, "judged": 5, "underpaid": 3, "denied": 1, "pursued": 4, "ended": 3, "won": 1,
        }  # fmt: skip
        # 450 + 450 + 640 were missing where the pursuit ended; 400 came back, 15 of fees
        assert (one["shortfall"], one["recovered"], one["costs"]) == ("1540.00", "400.00", "15.00")
        assert (one["recovery_rate"], one["underpaid_share"]["value"]) == ("0.2597", "0.6000")
        assert (one["won_share"]["part"], one["won_share"]["whole"]) == (1, 3)
        assert (one["uplift"]["n"], one["uplift"]["median"], one["uplift"]["p90"]) == (3, "0.00", "400.00")
        assert one["uplift"]["median_low"] is None, "three claims say nothing of a median"
        assert [(b["from"], b["to"]) for b in one["uplift"]["bins"] if b["claims"]] == [(None, "0.01"), ("250", "500")]
        # of the two that were paid something: 0 and 400 / 200
        assert (one["uplift_ratio"]["n"], one["uplift_ratio"]["p90"]) == (2, "2.0000")
        assert (one["days_to_cash"]["n"], one["days_to_cash"]["median"]) == (1, "34")
        by = {name: {g["key"]: g for g in found[name]} for name in DIMENSIONS}
        assert {k: (g["claims"], g["recovered"]) for k, g in by["payer"].items()} == {
            "60054": (4, "400.00"), "87726": (1, "0.00"),
        }  # fmt: skip
        assert by["payer"]["60054"]["name"] == "EXAMPLE PLAN"
        assert set(by["code"]) == {"99285"} and by["code"]["99285"]["recovered"] == "400.00"
        assert {k: (g["ended"], g["won"]) for k, g in by["forum"].items()} == {"open_negotiation": (2, 1), "": (1, 0)}
        # a pursuit that failed counts to its policy like one that won
        assert {k: (g["ended"], g["recovery_rate"]) for k, g in by["policy"].items()} == {
            "standard@1": (2, "0.4444"), "": (1, "0.0000"),
        }  # fmt: skip
        for groups in by.values():
            assert sum(g["claims"] for g in groups.values()) == 5
        none = await client.get("/v1/portfolio/outcomes", params={"since": "2026-03-17"})
        assert none.json()["items"] == []
        some = await client.get("/v1/portfolio/outcomes", params={"since": "2026-03-16", "until": "2026-03-16"})
        assert some.json()["items"][0]["claims"] == 5
        assert (await client.get("/v1/portfolio/outcomes", params={"by": "patient"})).status_code == 422
    async with harness.client(await make_key(harness, "platform", "outcomes-of-others")) as client:
        assert (await figures(client))["all"] == []


async def test_order_between_claims_and_repetition_change_no_figure(harness: Harness, told: str) -> None:
    await shuffled(harness, house(), tenant="outcomes-shuffled", seed=4)
    async with harness.client(told) as client:
        expected = await figures(client)
    async with harness.client(await make_key(harness, "platform", "outcomes-shuffled")) as client:
        assert await figures(client) == expected
