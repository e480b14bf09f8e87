"""A payment that cannot be posted as it is: kept sealed, counted, told, listed for a person, and settled by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shared.events.claims import RemittanceReceived
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment


def short(number: str = "PCN1", **more: Any) -> bytes:
    """The payment with a CAS 10.00 short of its line."""
    return payment(number, **more).replace(b"CAS*CO*45*30", b"CAS*CO*45*20")


async def held(service: Service) -> list[dict[str, Any]]:
    return (await service.operator("GET", "/v1/worklist/held")).json()


async def decide(service: Service, held_id: str, choice: str, claim: str | None = None, note: str = "") -> Any:
    body = {"choice": choice, "claim_id": claim, "note": note}
    return await service.operator("POST", f"/v1/worklist/held/{held_id}/resolution", json=body)


async def received(service: Service) -> list[RemittanceReceived]:
    return [event for event in await service.events() if isinstance(event, RemittanceReceived)]


async def test_what_does_not_balance_is_counted_told_listed_and_sealed(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    answer = await service.send(short())
    assert answer.status_code == 200
    became = answer.json()
    assert (became["remittances"], became["held"]) == ({"held": 1}, {"payment": 1})
    assert "sets_accepted" not in became
    (item,) = became["held_items"]
    assert (item["control_number"], item["amount"], item["trace_number"]) == ("PCN1", "100", "EFT9")
    assert item["reason"] == "the line's payment is not its charge less its adjustments"
    assert "IK5*E*5" in await service.answers(became["interchange_id"], "999")
    (row,) = await held(service)
    assert (row["control_number"], row["charge"], row["amount"], row["payer"]) == ("PCN1", "150.5", "100", "PAYER")
    assert row["reasons"][0]["segment"] == "SVC" and row["reasons"][0]["position"] > 0 and row["reasons"][0]["mend"]
    assert await received(service) == []
    stored = await service.runtime.pool.fetchrow("SELECT * FROM held_payments")
    assert b"PEREZ" not in stored["sealed"] and "PEREZ" not in str(dict(stored))
    shown = (await service.operator("GET", f"/v1/worklist/held/{row['held_id']}")).json()
    assert "NM1*QC*1*PEREZ" in shown["x12"] and shown["remittance"]["paid"] == "100"
    assert (await service.operator("GET", f"/v1/worklist/held/{row['held_id']}", headers={"X-Tenant": "else"})).is_error
    counts = {"held": 1, "remittances": 0, "recoupments": 0, "requests": 0, "deposits": 0, "undeposited": 0}
    assert (await service.operator("GET", "/v1/worklist/counts")).json() == counts
    elsewhere = await service.operator("GET", "/v1/worklist/counts", headers={"X-Tenant": "else"})
    assert elsewhere.json() == dict.fromkeys(counts, 0)


async def test_the_same_input_again_holds_nothing_twice(service: Service) -> None:
    await service.send(short())
    again = (await service.send(short())).json()
    assert again["held"] == {"payment": 1}  # it is still held
    assert len(await held(service)) == 1
    await service.hear(short())
    assert len(await held(service)) == 1


async def test_records_of_the_topic_are_held_too(service: Service) -> None:
    await service.hear(short(), payment("PCN1", trace="EFT8"))
    assert [row["trace_number"] for row in await held(service)] == ["EFT9"]
    assert (await service.operator("GET", "/admin/dead-letters")).json() == []


async def test_a_person_posts_it_as_it_is_once(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(short())
    (row,) = await held(service)
    answer = (await decide(service, row["held_id"], "post", note="the payer confirmed it")).json()
    assert (answer["status"], answer["changed"]) == ("posted", True)
    assert (await decide(service, row["held_id"], "post")).json()["changed"] is False
    (event,) = await received(service)
    assert (event.claim_id, event.remittance.paid) == (answer["claim_id"], Decimal(100))
    assert await held(service) == []
    assert (await decide(service, row["held_id"], "dismiss", note="no")).status_code == 409
    (kept,) = (await service.operator("GET", f"/v1/worklist/held/{row['held_id']}")).json()["decisions"]
    assert (kept["choice"], kept["decided_by"], kept["note"]) == ("post", "operator", "the payer confirmed it")
    assert (await service.send(short())).json()["remittances"] == {"duplicate": 1}


async def test_a_person_lays_it_aside_with_a_reason(service: Service) -> None:
    await service.send(short())
    (row,) = await held(service)
    assert (await decide(service, row["held_id"], "dismiss")).status_code == 422
    assert (await decide(service, row["held_id"], "dismiss", note="a test file")).json()["status"] == "dismissed"
    assert await held(service) == []


async def test_what_cannot_be_read_at_all_cannot_be_posted(service: Service) -> None:
    await service.send(payment("PCN1").replace(b"*150.5*100*20.5*", b"*150.5**20.5*"))
    (row,) = await held(service)
    assert (row["control_number"], row["amount"]) == ("PCN1", None)
    assert (await decide(service, row["held_id"], "post")).status_code == 409


async def test_the_payer_sends_it_again_sound(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(short())
    assert (await service.send(payment("PCN1"))).json()["remittances"] == {"matched": 1}
    assert await held(service) == []
    assert await service.runtime.pool.fetchval("SELECT status FROM held_payments") == "superseded"
    assert len(await received(service)) == 1


async def test_an_imbalance_of_the_payment_is_an_item_beside_its_claims(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    became = (await service.send(payment("PCN1").replace(b"BPR*I*100*", b"BPR*I*99*"))).json()
    assert (became["remittances"], became["held"]) == ({"matched": 1}, {"imbalance": 1})
    (row,) = await held(service)
    assert (row["kind"], row["amount"], row["trace_number"]) == ("imbalance", "-1", "EFT9")
    assert (await decide(service, row["held_id"], "post")).status_code == 409
    assert (await decide(service, row["held_id"], "dismiss", note="a bank fee")).json()["changed"] is True


async def test_a_large_835_keeps_every_claim_payment(service: Service) -> None:
    """More claim payments than are held in memory, some of them unbalanced, and no trailer."""
    whole = payment("PCN0")
    start, end = whole.index(b"CLP*"), whole.index(b"SE*")
    loops = [whole[start:end].replace(b"PCN0", f"PCN{n}".encode()) for n in range(5_200)]
    loops[10] = loops[10].replace(b"CAS*CO*45*30", b"CAS*CO*45*20")
    loops[5_100] = loops[5_100].replace(b"CAS*CO*45*30", b"CAS*CO*45*20")
    became = (await service.send(whole[:start] + b"".join(loops)[:-40])).json()
    assert became["remittances"] == {"waiting": 5_197, "held": 3}
    assert {row["control_number"] for row in await held(service) if row["kind"] == "payment"} == {
        "PCN10",
        "PCN5100",
        "PCN5199",
    }
