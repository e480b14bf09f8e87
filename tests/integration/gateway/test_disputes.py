"""Two disputes of one claim over real Kafka and Postgres: settlement's own events, read by the gateway."""

from __future__ import annotations

from shared.events.base import CLAIMS_TOPIC, contract_of
from tests.integration.gateway.conftest import Harness
from tests.unit.gateway.lives import new_claim
from tests.unit.settlement.lines import FIRST, SECOND, Lines
from tests.unit.settlement.world import D


async def test_a_claim_shows_both_disputes_and_its_state_follows(harness: Harness) -> None:
    w = Lines(1, 2, claim=new_claim())
    w.begin(1, 2)
    w.opens(SECOND, 2)
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.initiates(FIRST)
    told = 0

    async def tell() -> None:
        nonlocal told
        log = [event for event in w.log if contract_of(event).topic == CLAIMS_TOPIC]
        await harness.tell(log[told:])
        told = len(log)

    async with harness.client() as client:
        await tell()
        body = (await client.get(f"/v1/claims/{w.claim}")).json()
        assert (body["state"], body["illegal_transitions"]) == ("in_idr", 0)
        assert [(d["case_id"], d["state"], d["forum"], d["lines"], d["at_stake"]) for d in body["disputes"]] == [
            (FIRST, "in_idr", "federal_idr", [1], "400.00"),
            (SECOND, "in_appeal", "commercial_appeal", [2], "300.00"),
        ]
        w.awards(FIRST, D("600.00"))
        w.pays("R2", {1: (D("400.00"), D("0.00"))})
        await tell()
        body = (await client.get(f"/v1/claims/{w.claim}")).json()
        assert (body["state"], body["amounts"]["recovered"]) == ("in_appeal", "400.00")
        assert [(d["state"], d["closed"]) for d in body["disputes"]] == [
            ("closed", "settled_and_paid"), ("in_appeal", "")
        ]  # fmt: skip
        w.gives_up(SECOND)
        await tell()
        body = (await client.get(f"/v1/claims/{w.claim}")).json()
        assert (body["state"], body["books"]["recovered"], body["illegal_transitions"]) == ("closed", "400.00", 0)
        few = (await client.get(f"/v1/claims/{w.claim}", params={"fields": "disputes"})).json()
        assert len(few["disputes"]) == 2
        words = [e["sentence"] for e in (await client.get(f"/v1/claims/{w.claim}/timeline")).json()["items"]]
        assert any(text.startswith("A dispute of its own for line 2: $300.00 denied") for text in words)
        (end,) = [
            text for text in words if text.startswith("A dispute ended: the settlement was paid in full; $400.00")
        ]
        assert end.endswith(" Dispute about line 1.")
