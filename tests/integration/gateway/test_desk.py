"""Acting on a claim through the gateway: who may, what is passed on, and what comes back."""

from __future__ import annotations

import httpx

from tests.integration.gateway.conftest import Harness
from tests.integration.gateway.desks import OFFER, desks
from tests.integration.gateway.test_access import make_key
from tests.unit.gateway.lives import new_claim, won


async def test_the_desk_shows_what_can_be_answered_and_an_act_names_who_did_it(harness: Harness) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:8], tenant="desk-a")
    key = await make_key(harness, "negotiator", "desk-a")
    who = "key:" + key.split("_")[1]
    with desks(harness) as there:
        async with harness.client(key) as client:
            desk = (await client.get(f"/v1/claims/{claim}/desk")).json()
            assert [(o["offer_id"], o["version"], o["amount"]) for o in desk["offers"]] == [("o2", 2, "650.00")]
            assert desk["waiting"]["decision"] == 3
            assert [(x["filing"], x["kind"]) for x in desk["letters"]] == [(1, "on_notice")]
            letter = await client.get(f"/v1/claims/{claim}/letters/1/on_notice")
            assert (letter.content[:5], letter.headers["cache-control"]) == (b"%PDF-", "private, no-store")
            to, body = f"/v1/claims/{claim}/offers/o2/counter", {"version": 2, "amount": "700", "reason": "too low"}
            headers = {"Idempotency-Key": claim}
            first = await client.post(to, json=body, headers=headers)
            again = await client.post(to, json=body, headers=headers)
            assert first.json() == again.json() == {"phase": "settled", "act": None}
            sent = {"version": 2, "amount": "700", "reason": f"too low [{who}]", "undo_seconds": 10}
            assert there.acts == [(f"settlement{to}", sent)]  # once, though asked twice
            assert set(there.people) == {(who, "negotiator")}
        narrow = await make_key(harness, "manager", "desk-a", scopes=["claims:read", "claims:act"])
        for manager, role in ((await make_key(harness, "manager", "desk-a"), "manager"), (narrow, "negotiator")):
            async with harness.client(manager) as client:
                assert (await client.post(to, json=body)).status_code == 200
            assert there.people[-1] == ("key:" + manager.split("_")[1], role)
        there.asked[:] = there.asked[:-2]
        auditor = await make_key(harness, "auditor", "desk-a")
        async with harness.client(auditor) as client:
            log = (await client.get("/v1/access-log", params={"principal": who})).json()["items"]
            actions = [item["access"]["action"] for item in log]
            assert actions == ["offers/o2/counter", "letter", "desk"]
            refused = await client.post(to, json=body)
            assert refused.status_code == 403 and len(there.acts) == 1
            await client.get(f"/v1/claims/{claim}/desk")
            assert there.people[-1][1] == "automatic"  # looks, and has no authority


async def test_an_offer_is_shown_with_its_lines_and_its_doubt_and_can_be_declined(harness: Harness) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:8], tenant="desk-l")
    key = await make_key(harness, "negotiator", "desk-l")
    with desks(harness) as there:
        why = "it names lines that are not in dispute: 2"
        there.offers = [
            {**OFFER, "lines": [1, 2], "doubt": why},
            {**OFFER, "offer_id": "o/3"},
        ]
        async with harness.client(key) as client:
            desk = (await client.get(f"/v1/claims/{claim}/desk")).json()
            assert [(o["offer_id"], o["lines"], o["doubt"]) for o in desk["offers"]] == [
                ("o2", [1, 2], why), ("o/3", [], ""),
            ]  # fmt: skip
            assert desk["waiting"]["lines"] == [1, 2]  # what waits is about offer o2
            body = {"offer_id": "o/3", "version": 2, "reason": "a slip of theirs"}
            assert (await client.post(f"/v1/claims/{claim}/offers/decline", json=body)).json()["phase"] == "settled"
            path, sent = there.acts[0]
            assert path == f"settlement/v1/claims/{claim}/offers/o/3/decline"
            assert (sent["version"], sent["undo_seconds"], sent["reason"].startswith("a slip of theirs [")) == (
                2,
                10,
                True,
            )
        reader = await make_key(harness, "auditor", "desk-l")
        async with harness.client(reader) as client:
            assert (await client.post(f"/v1/claims/{claim}/offers/decline", json=body)).status_code == 403
        assert len(there.acts) == 1


async def test_another_tenants_claim_is_not_passed_on(harness: Harness) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:8], tenant="desk-b")
    with desks(harness) as there:
        async with harness.client(await make_key(harness, "negotiator", "desk-c")) as client:
            for path in ("desk", "letters/1/on_notice", "release-letter"):
                assert (await client.get(f"/v1/claims/{claim}/{path}")).status_code == 404
            body = {"version": 2, "reason": "why"}
            assert (await client.post(f"/v1/claims/{claim}/offers/o2/accept", json=body)).status_code == 404
        assert there.asked == []


async def test_a_refusal_comes_back_as_it_was_given(harness: Harness) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:8], tenant="desk-d")
    problem = {
        "type": "urn:recoup:problem:authority",
        "detail": "A manager decides this.",
        "how_to_fix": "Ask one.",
    }
    with desks(harness) as there:
        there.refusal = httpx.Response(403, json=problem, headers={"content-type": "application/problem+json"})
        async with harness.client(await make_key(harness, "negotiator", "desk-d")) as client:
            answer = await client.post(f"/v1/claims/{claim}/decisions/3", json={"approve": True, "reason": "fair"})
            assert (answer.status_code, answer.json()["type"]) == (403, problem["type"])
            assert (answer.json()["detail"], answer.json()["how_to_fix"]) == (problem["detail"], problem["how_to_fix"])


async def test_services_that_are_not_there_are_named(harness: Harness) -> None:
    claim = new_claim()
    await harness.tell(won(claim)[:8], tenant="desk-e")
    async with harness.client(await make_key(harness, "negotiator", "desk-e")) as client:
        desk = (await client.get(f"/v1/claims/{claim}/desk")).json()
        assert (desk["offers"], desk["unavailable"]) == ([], ["settlement", "appeals"])
        answer = await client.post(f"/v1/claims/{claim}/decisions/3", json={"approve": True, "reason": "fair"})
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:recoup:problem:service-not-configured")
