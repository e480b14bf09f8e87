"""Payments find their claims, wait for them, or go to a person; a person's decision counts once and is kept."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from services.intake.adapters.sql.transactions import SqlTransactions
from services.intake.application.retry_matching import RetryMatching
from shared.events.claims import ClaimReceived, RemittanceReceived, RemittanceReversed
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment, split


async def received(service: Service) -> list[RemittanceReceived]:
    return [event for event in await service.events() if isinstance(event, RemittanceReceived)]


async def claim_ids(service: Service) -> dict[str, str]:
    claims = [event for event in await service.events() if isinstance(event, ClaimReceived)]
    return {event.claim.patient_control_number: event.claim_id for event in claims}


async def worklist(service: Service, **headers: str) -> list[dict[str, Any]]:
    return (await service.operator("GET", "/v1/worklist/remittances", headers=headers)).json()


async def decide(service: Service, remittance: str, choice: str, claim: str | None = None, note: str = "") -> Any:
    body = {"choice": choice, "claim_id": claim, "note": note}
    return await service.operator("POST", f"/v1/worklist/remittances/{remittance}/resolution", json=body)


async def test_a_payment_that_comes_before_its_claim_waits_for_it(service: Service) -> None:
    early = (await service.send(payment("PCN1"))).json()
    assert early["remittances"] == {"waiting": 1}
    assert [row["status"] for row in await worklist(service)] == ["waiting"]
    assert (await service.send(payment("PCN1"))).json()["remittances"] == {"duplicate": 1}
    await service.send(claims_of_one_patient("PCN1"))
    (event,) = await received(service)
    assert (event.claim_id, event.remittance.paid) == ((await claim_ids(service))["PCN1"], Decimal(100))
    assert await worklist(service) == []


async def test_a_payment_and_its_claim_that_miss_each_other_are_brought_together(service: Service) -> None:
    """Both committed in the same moment: each looked before the other was there."""
    await service.send(payment("PCN1"))
    keys = await service.runtime.pool.fetch("SELECT * FROM waiting_keys")
    await service.runtime.pool.execute("DELETE FROM waiting_keys")
    await service.send(claims_of_one_patient("PCN1"))
    assert await received(service) == []
    for row in keys:
        await service.runtime.pool.execute("INSERT INTO waiting_keys VALUES ($1, $2, $3)", *row.values())
    loop = RetryMatching(SqlTransactions(service.runtime.units, service.app.state.vault))
    assert [await loop.once(), await loop.once()] == [1, 0]
    assert len(await received(service)) == 1


async def test_a_claim_paid_in_parts_takes_each_of_them(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    answer = (await service.send(split("PCN1"))).json()
    assert answer["remittances"] == {"matched": 2}
    events = await received(service)
    assert {event.claim_id for event in events} == set((await claim_ids(service)).values())
    assert [[(line.line, line.paid) for line in event.remittance.lines] for event in events] == [
        [(1, Decimal(60))],
        [(2, Decimal(40))],
    ]
    assert (await service.send(split("PCN1"))).json()["remittances"] == {"duplicate": 2}


async def ambiguous(service: Service) -> str:
    """Two claims alike, and a payment whose control number is neither's; the id of the remittance."""
    await service.send(claims_of_one_patient("AAAA1", "BBBB2"))
    answer = (await service.send(payment("ZZZZ9"))).json()
    assert answer["remittances"] == {"ambiguous": 1}
    (row,) = await worklist(service)
    assert sorted(row["candidates"]) == sorted((await claim_ids(service)).values())
    assert await received(service) == []
    return row["remittance_id"]


async def test_a_person_sees_the_candidates_and_chooses_one_once(service: Service) -> None:
    remittance = await ambiguous(service)
    shown = (await service.operator("GET", f"/v1/worklist/remittances/{remittance}")).json()
    assert [c["score"] for c in shown["candidates"]] == [62, 62]
    assert "same patient and day" in shown["candidates"][0]["reason"]
    assert (shown["remittance"]["paid"], shown["control_number"]) == ("100", "ZZZZ9")
    chosen = (await claim_ids(service))["BBBB2"]
    answers = await asyncio.gather(
        *(decide(service, remittance, "claim", chosen, "called the payer") for _ in range(4))
    )
    assert [a.status_code for a in answers] == [200] * 4
    assert sorted(a.json()["changed"] for a in answers) == [False, False, False, True]
    (event,) = await received(service)
    assert (event.claim_id, event.match_score) == (chosen, 62)
    assert event.match_reason.startswith("chosen by a person: control number differs")
    assert await worklist(service) == []
    (kept,) = (await service.operator("GET", f"/v1/worklist/remittances/{remittance}")).json()["decisions"]
    assert (kept["decided_by"], kept["choice"], kept["claim_id"], kept["note"]) == (
        "operator",
        "claim",
        chosen,
        "called the payer",
    )
    assert (kept["before"]["status"], len(kept["before"]["candidates"])) == ("ambiguous", 2)
    other = await decide(service, remittance, "claim", (await claim_ids(service))["AAAA1"])
    assert (other.status_code, other.json()["type"]) == (409, "urn:recoup:problem:decided")
    # the payer's number leads what comes later to the chosen claim, where the same money counts once
    again = (await service.send(payment("YYYY8", trace="EFT10"))).json()
    assert again["held"] == {"payment": 1}
    (row,) = (await service.operator("GET", "/v1/worklist/held")).json()
    assert row["claim_id"] == chosen


async def test_none_of_them_waits_on_for_a_claim_that_fits(service: Service) -> None:
    remittance = await ambiguous(service)
    answer = (await decide(service, remittance, "none")).json()
    assert (answer["status"], answer["changed"]) == ("waiting", True)
    assert (await decide(service, remittance, "none")).json()["changed"] is False
    # what was turned down is not offered again, however often it is looked at
    assert await RetryMatching(SqlTransactions(service.runtime.units, service.app.state.vault)).once() == 0
    assert [row["candidates"] for row in await worklist(service)] == [[]]
    await service.send(claims_of_one_patient("ZZZZ9", isa="000000043"))
    (event,) = await received(service)
    assert event.claim_id == (await claim_ids(service))["ZZZZ9"]


async def test_dismissed_is_off_the_list_and_can_be_taken_back(service: Service) -> None:
    remittance = await ambiguous(service)
    assert (await decide(service, remittance, "dismiss")).json()["status"] == "dismissed"
    assert await worklist(service) == []
    await service.send(claims_of_one_patient("ZZZZ9", isa="000000043"))
    assert await received(service) == []
    assert (await service.send(payment("ZZZZ9"))).json()["remittances"] == {"duplicate": 1}
    chosen = (await claim_ids(service))["ZZZZ9"]
    assert (await decide(service, remittance, "claim", chosen)).json()["status"] == "matched"
    assert [event.claim_id for event in await received(service)] == [chosen]


async def test_decisions_are_for_staff_of_known_things(service: Service) -> None:
    remittance = await ambiguous(service)
    path = f"/v1/worklist/remittances/{remittance}"
    assert (await service.client.get("/v1/worklist/remittances")).status_code == 401
    assert (await service.client.get(path)).status_code == 401
    assert (await service.client.post(f"{path}/resolution", json={"choice": "none"})).status_code == 401
    nobody = "00000000-0000-0000-0000-000000000001"
    assert (await decide(service, nobody, "none")).json()["type"] == "urn:recoup:problem:unknown-remittance"
    assert (await decide(service, remittance, "claim", nobody)).json()["type"] == "urn:recoup:problem:unknown-claim"
    assert (await decide(service, remittance, "claim")).status_code == 422
    assert (await decide(service, remittance, "guess")).status_code == 422
    # another tenant sees neither the remittance nor, for it, our claims
    elsewhere = {"X-Tenant": "other"}
    assert await worklist(service, **elsewhere) == []
    assert await service.count("resolutions") == 0


async def test_a_likelier_claim_that_comes_later_takes_it_only_when_clear(service: Service) -> None:
    """Three claims score 62; a fourth, of whose number the payment's is the beginning, 88: clear of them by 26."""
    await service.send(claims_of_one_patient("AAAA1", "BBBB2"))
    await service.send(payment("LONGNUMBER1"))
    assert [row["status"] for row in await worklist(service)] == ["ambiguous"]
    await service.send(claims_of_one_patient("CCCC3", isa="000000043"))  # a third alike: three to choose from
    (row,) = await worklist(service)
    assert sorted(row["candidates"]) == sorted((await claim_ids(service)).values())
    await service.send(claims_of_one_patient("LONGNUMBER12", isa="000000044"))
    (event,) = await received(service)
    assert (event.claim_id, event.match_score) == ((await claim_ids(service))["LONGNUMBER12"], 88)


async def test_what_does_not_fit_is_refused_without_force_and_a_reason(service: Service) -> None:
    """Another service, charge and provider, paid before the service: nothing about it is this claim's."""
    await service.send(claims_of_one_patient("PCN1"))
    other = payment("ZZZZ9", member="W9").replace(b"PEREZ*ANA", b"STONE*LEE").replace(b"20250510", b"20240110")
    other = other.replace(b"01*111000025*DA*2*20250601", b"01*111000025*DA*2*20240120")
    assert (await service.send(other)).json()["remittances"] == {"waiting": 1}
    (row,) = await worklist(service)
    claim = (await claim_ids(service))["PCN1"]
    refused = await decide(service, row["remittance_id"], "claim", claim)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:recoup:problem:misfit")
    told = " ".join(refused.json()["misfits"])
    assert "scores" in told and "before the service" in told and "patient differs" in told
    assert await received(service) == []
    path = f"/v1/worklist/remittances/{row['remittance_id']}/resolution"
    body = {"choice": "claim", "claim_id": claim, "force": True}
    assert (await service.operator("POST", path, json=body)).status_code == 422
    forced = await service.operator("POST", path, json={**body, "note": "the payer wrote so"})
    assert forced.json()["status"] == "matched"
    (event,) = await received(service)
    told = event.match_reason
    assert told.startswith("forced by a person, whose reason is kept with the decision: control number differs, ")
    assert "same patient" not in told and "patient differs in name and member number" in told
    assert "service date differs" in told and told.count("it was paid on 2024-01-20, before the service of 2025-") == 1
    assert "wrote so" not in told, "what a person notes may tell of a patient, and is sealed"
    (kept,) = (await service.operator("GET", f"/v1/worklist/remittances/{row['remittance_id']}")).json()["decisions"]
    assert (kept["note"], kept["decided_by"]) == ("the payer wrote so", "operator")


async def test_a_match_is_undone_and_the_money_with_it(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    (event,) = await received(service)
    name, claim = event.remittance.remittance_id, event.claim_id
    assert (await decide(service, name, "unmatch")).status_code == 422  # a reason is wanted
    undone = (await decide(service, name, "unmatch", note="it was for her sister")).json()
    assert (undone["status"], undone["claim_id"], undone["changed"]) == ("waiting", None, True)
    assert (await decide(service, name, "unmatch", note="again")).status_code == 409
    taken = [e for e in await service.events() if isinstance(e, RemittanceReversed)]
    assert [(e.claim_id, e.remittance.paid, e.remittance.charge, e.unmatched) for e in taken] == [
        (claim, -event.remittance.paid, -event.remittance.charge, True)
    ]
    assert [line.paid for line in taken[0].remittance.lines] == [-line.paid for line in event.remittance.lines]
    assert taken[0].remittance.patient_responsibility == -event.remittance.patient_responsibility
    (row,) = await worklist(service)
    assert (row["remittance_id"], row["status"]) == (name, "waiting")
    assert await RetryMatching(SqlTransactions(service.runtime.units, service.app.state.vault)).once() == 0
    again = (await service.send(payment("PCN1", trace="EFT10"))).json()
    assert again["remittances"] == {"matched": 1}  # the claim takes its own payment


async def test_an_undone_match_says_what_was_taken_off_and_can_be_made_again(service: Service) -> None:
    """Of two payments: the claim waits for its answer again only once none is left; then another claim takes one."""
    await service.send(claims_of_one_patient("PCN1", "PCN2"))
    await service.send(split("PCN1"))
    first, second = [event.remittance.remittance_id for event in await received(service)]
    claims = await claim_ids(service)
    for name in (second, first):
        assert (await decide(service, name, "unmatch", note="not hers")).json()["changed"] is True
    taken = [e for e in await service.events() if isinstance(e, RemittanceReversed)]
    assert [(e.unmatched_remittance, e.unanswered) for e in taken] == [(second, False), (first, True)]
    for name, claim in ((first, "PCN1"), (second, "PCN2")):
        body = {"choice": "claim", "claim_id": claims[claim], "force": True, "note": "the payer wrote so"}
        matched = await service.operator("POST", f"/v1/worklist/remittances/{name}/resolution", json=body)
        assert matched.json()["status"] == "matched"
    again = [(event.claim_id, event.remittance.remittance_id) for event in (await received(service))[2:]]
    assert again == [(claims["PCN1"], first), (claims["PCN2"], second)]
    assert (await decide(service, first, "unmatch", note="nor this")).json()["status"] == "waiting"
    last = [e for e in await service.events() if isinstance(e, RemittanceReversed)][-1]
    assert (last.claim_id, last.unmatched_remittance, last.unanswered) == (claims["PCN1"], first, True)


async def test_the_number_of_one_patient_and_the_person_of_another_are_not_matched(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    strange = payment("PCN1", member="W9").replace(b"PEREZ*ANA", b"STONE*LEE")
    assert (await service.send(strange)).json()["remittances"] == {"ambiguous": 1}
    assert await received(service) == []


@pytest.mark.parametrize("first", ["claim", "payment"])
async def test_the_name_of_a_patient_with_another_claim_that_day_is_not_overruled(service: Service, first: str) -> None:
    """No member number is given: the account number is one patient's, the full name another's."""
    hers = claims_of_one_patient("PCN1").replace(b"*PEREZ*ANA", b"*STONE*LEE").replace(b"MI*W1~", b"MI*W7~")
    his = claims_of_one_patient("PCN2", isa="000000043")
    sent = payment("PCN1", icn="").replace(b"****MI*W1", b"")
    for data in (his, hers, sent) if first == "claim" else (his, sent, hers):
        await service.send(data)
    assert await received(service) == []
    (row,) = await worklist(service)
    assert row["status"] == "ambiguous" and len(row["candidates"]) == 2


async def test_the_same_lines_paid_again_count_once(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    again = (await service.send(payment("PCN1", trace="EFT10"))).json()
    assert again["held"] == {"payment": 1}
    assert "duplicate" in again["held_items"][0]["reason"]
    await service.receive(payment("PCN1", trace="EFT11"), payment("PCN1", trace="EFT12"))
    assert len(await received(service)) == 1
    held = (await service.operator("GET", "/v1/worklist/held")).json()
    assert [row["trace_number"] for row in held] == ["EFT10", "EFT11", "EFT12"]
    assert {row["claim_id"] for row in held} == set((await claim_ids(service)).values())


async def test_payments_that_waited_for_one_claim_count_once_too(service: Service) -> None:
    await service.send(payment("PCN1"))
    await service.send(payment("PCN1", trace="EFT10"))
    await service.send(claims_of_one_patient("PCN1"))
    assert len(await received(service)) == 1
    assert len((await service.operator("GET", "/v1/worklist/held")).json()) == 1
    assert await worklist(service) == []


async def test_a_claim_payment_that_stands_twice_in_one_835_is_held_once(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    whole = payment("PCN1")
    start, end = whole.index(b"CLP*"), whole.index(b"SE*")
    twice = whole[:end] + whole[start:end] + whole[end:]
    became = (await service.send(twice.replace(b"BPR*I*100*", b"BPR*I*200*"))).json()
    assert (became["remittances"], became["held"]) == ({"matched": 1, "held": 1}, {"payment": 1})
    assert "twice in one 835" in became["held_items"][0]["reason"]
