"""A payment that cannot be posted as it is: kept sealed, counted, told, listed for a person, and settled by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

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
    assert (
        row["reasons"][0]["segment"] == "SVC" and row["reasons"][0]["position"] > 0 and row["reasons"][0]["how_to_fix"]
    )
    assert await received(service) == []
    stored = await service.runtime.pool.fetchrow("SELECT * FROM held_payments")
    assert stored is not None
    assert b"PEREZ" not in stored["sealed"] and "PEREZ" not in str(dict(stored))
    shown = (await service.operator("GET", f"/v1/worklist/held/{row['held_id']}")).json()
    assert "NM1*QC*1*PEREZ" in shown["x12"] and shown["remittance"]["paid"] == "100"
    assert (await service.operator("GET", f"/v1/worklist/held/{row['held_id']}", headers={"X-Tenant": "else"})).is_error
    kinds = ("held", "remittances", "recoupments", "requests", "statuses", "deposits", "undeposited")
    counts = dict.fromkeys(kinds, 0) | {"held": 1}
    assert (await service.operator("GET", "/v1/worklist/counts")).json() == counts
    elsewhere = await service.operator("GET", "/v1/worklist/counts", headers={"X-Tenant": "else"})
    assert elsewhere.json() == dict.fromkeys(counts, 0)


async def test_the_same_input_again_holds_nothing_twice(service: Service) -> None:
    await service.send(short())
    again = (await service.send(short())).json()
    assert again["held"] == {"payment": 1}  # it is still held
    assert len(await held(service)) == 1
    await service.receive(short())
    assert len(await held(service)) == 1


async def test_records_of_the_topic_are_held_too(service: Service) -> None:
    await service.receive(short(), payment("PCN1", trace="EFT8"))
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


PAYMENT_AS_IT_SHOULD_READ = """
CLP*PCN1*1*150.5*100*20.5*12*ICN9*11*1~
NM1*QC*1*PEREZ*ANA****MI*W1~
SVC*HC:99213:25*100*60**1~
DTM*472*20250510~
CAS*CO*45*30~
CAS*PR*3*10~
SVC*HC:85025*50.5*40**1~
DTM*472*20250510~
CAS*PR*2*10.5~
"""


async def amend(
    service: Service, held_id: str, choice: str, x12: str, note: str = "read from the scan", **more: Any
) -> Any:
    body = {"choice": choice, "x12": x12, "note": note, **more}
    return await service.operator("POST", f"/v1/worklist/held/{held_id}/resolution", json=body)


@pytest.mark.parametrize("sent", [short(), payment("PCN1").replace(b"*150.5*100*20.5*", b"*150.5**20.5*")])
async def test_a_person_corrects_it_once(service: Service, sent: bytes) -> None:
    """A line that did not balance, or an amount that was not there: its 835 still says who paid and when."""
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(sent)
    (row,) = await held(service)
    shown = (await service.operator("GET", f"/v1/worklist/held/{row['held_id']}")).json()
    (beside,) = shown["candidates"]
    assert [line["code"] for line in beside["claim"]["lines"]] == ["99213", "85025"]
    assert (await amend(service, row["held_id"], "correct", PAYMENT_AS_IT_SHOULD_READ, note=" ")).status_code == 422
    answer = (await amend(service, row["held_id"], "correct", PAYMENT_AS_IT_SHOULD_READ)).json()
    assert (answer["status"], answer["changed"]) == ("posted", True)
    again = (await amend(service, row["held_id"], "correct", PAYMENT_AS_IT_SHOULD_READ)).json()
    assert again["changed"] is False
    (event,) = await received(service)
    assert (event.remittance.paid, event.remittance.trace_number) == (Decimal(100), "EFT9")
    assert [line.paid for line in event.remittance.lines] == [Decimal(60), Decimal(40)]
    shown = (await service.operator("GET", f"/v1/worklist/held/{row['held_id']}")).json()
    (decision,) = shown["decisions"]
    assert (decision["choice"], decision["decided_by"]) == ("correct", "operator")
    assert decision["note"] == f"read from the scan\n{PAYMENT_AS_IT_SHOULD_READ}".strip()
    assert (await service.send(sent)).json()["remittances"] == {"duplicate": 1}


@pytest.mark.parametrize(
    ("choice", "change", "status", "word"),
    [
        ("correct", ("CAS*CO*45*30", "CAS*CO*45*20"), 422, "its charge less its adjustments"),
        ("correct", ("*150.5*100*20.5*", "*150.5*1OO*20.5*"), 422, "CLP"),
        ("correct", ("CLP*PCN1", "XLP*PCN1"), 422, "no claim payment"),
        ("split", ("", ""), 422, "several"),
        ("correct", ("*150.5*100*20.5*12*ICN9", "*150.5*90*20.5*12*ICN9"), 422, ""),
        ("correct", ("150.5*100*20.5*12*ICN9*11*1~", "150.5*90*30.5*12*ICN9*11*1~CAS*PR*1*10~"), 409, "100.00 is held"),
    ],
)  # fmt: skip
async def test_what_a_correction_must_come_to(
    service: Service, choice: str, change: tuple[str, str], status: int, word: str
) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(short())
    (row,) = await held(service)
    answer = await amend(service, row["held_id"], choice, PAYMENT_AS_IT_SHOULD_READ.replace(*change))
    assert answer.status_code == status and word in answer.text
    assert await received(service) == [] and len(await held(service)) == 1
    if status == 409:
        sure = await amend(service, row["held_id"], choice, PAYMENT_AS_IT_SHOULD_READ.replace(*change), force=True)
        assert sure.json()["status"] == "posted"
        assert [event.remittance.paid for event in await received(service)] == [Decimal(90)]


async def test_a_correction_that_names_another_claim_and_patient_needs_force(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1", "PCN2"))
    await service.send(short())
    (row,) = await held(service)
    other = PAYMENT_AS_IT_SHOULD_READ.replace("CLP*PCN1", "CLP*PCN2").replace("ANA****MI*W1", "EVA****MI*W2")
    refused = await amend(service, row["held_id"], "correct", other)
    assert refused.status_code == 409
    assert "another claim" in refused.text and "another patient" in refused.text
    assert await received(service) == [] and len(await held(service)) == 1


async def test_a_person_splits_it_among_the_claims_that_it_pays(service: Service) -> None:
    """One CLP for two claims of $150.50: $60 of the one, $40 of the other."""
    await service.send(claims_of_one_patient("PCN1", "PCN2"))
    await service.send(short("PCN1PCN2"))
    (row,) = await held(service)
    one = "CLP*{}*1*150.5*{}**12*{}*11*1~CAS*CO*45*{}~NM1*QC*1*PEREZ*ANA****MI*W1~DTM*232*20250510~"
    parts = one.format("PCN1", "60", "ICN9A", "90.5") + one.format("PCN2", "40", "ICN9B", "110.5")
    answer = await amend(service, row["held_id"], "split", parts)
    assert answer.json()["status"] == "posted", answer.text
    told = [(event.remittance.paid, event.remittance.payer_claim_number) for event in await received(service)]
    assert told == [(Decimal(60), "ICN9A"), (Decimal(40), "ICN9B")]
    assert len({event.claim_id for event in await received(service)}) == 2


async def test_the_payer_sends_it_again_sound(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(short())
    assert (await service.send(payment("PCN1"))).json()["remittances"] == {"matched": 1}
    assert await held(service) == []
    assert await service.runtime.pool.fetchval("SELECT status FROM held_payments") == "superseded"
    assert len(await received(service)) == 1


def nothing_paid(number: str, *lines: tuple[str, str, str], icn: str = "ICN9") -> bytes:
    """A denial of lines (code, charge, cut) under the trace number EFT9: it does not balance where a cut is short."""
    whole = payment(number, icn)
    start, end = whole.index(b"SVC*"), whole.index(b"SE*")
    charge = sum(Decimal(charge) for _, charge, _ in lines)
    loops = "".join(f"SVC*HC:{code}*{sent}*0**1~DTM*472*20250510~CAS*CO*197*{cut}~" for code, sent, cut in lines)
    clp = b"*4*%s*0*0*12*" % str(charge).encode()
    sent = (whole[:start] + loops.encode() + whole[end:]).replace(b"*1*150.5*100*20.5*12*", clp)
    by_bank = b"BPR*I*100*C*ACH*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2*"
    return sent.replace(by_bank, b"BPR*H*0*C*NON" + b"*" * 12)


VISIT_SHORT, VISIT_RIGHT, COUNT_RIGHT = ("99213:25", "100", "90"), ("99213:25", "100", "100"), ("85025", "50.5", "50.5")


@pytest.mark.parametrize(
    ("later", "status"),
    [
        (nothing_paid("PCN1", VISIT_RIGHT), "superseded"),
        (nothing_paid("PCN1", COUNT_RIGHT), "open"),  # another line's denial, also of nothing paid
        (nothing_paid("PCN1", ("85025", "100", "100")), "open"),  # another service of the same charge
        (nothing_paid("PCN1", ("99213:25", "60", "60"), ("85025", "40", "40")), "open"),
        (nothing_paid("PCN1", VISIT_RIGHT, icn="ICN8"), "open"),
        (nothing_paid("PCN1", VISIT_RIGHT).replace(b"1512345678", b"1512345679"), "open"),  # another payer's number
    ],
)
async def test_only_the_same_claim_payment_ends_what_is_held(service: Service, later: bytes, status: str) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    assert (await service.send(nothing_paid("PCN1", VISIT_SHORT))).json()["remittances"] == {"held": 1}
    assert (await service.send(later)).json()["remittances"] == {"matched": 1}
    assert await service.runtime.pool.fetchval("SELECT status FROM held_payments") == status


def from_another(sent: bytes) -> bytes:
    """The payment as a payer with another name and other numbers would send it."""
    named = sent.replace(b"N1*PR*PAYER~", b"N1*PR*HARBOR MUTUAL*XV*77202~")
    return named.replace(b"1512345678", b"1998877665")


async def test_a_strange_payer_that_answers_first_is_held_and_counts_as_another_once_the_own_one_answered(
    service: Service,
) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    theirs = from_another(payment("PCN1", trace="EFT7", member="")).replace(b"*PEREZ*ANA****MI*~", b"*PEREZ*ANA~")
    theirs = theirs.replace(b"*100*20.5*", b"*110*10.5*").replace(b"BPR*I*100*", b"BPR*I*110*")
    theirs = theirs.replace(b"*100*60**1", b"*100*70**1").replace(b"CAS*PR*3*10~", b"")
    assert (await service.send(theirs)).json()["remittances"] == {"held": 1}
    (row,) = await held(service)
    assert "not the claim's by name, number or its member" in row["reasons"][0]["message"]
    refused = await decide(service, row["held_id"], "post")
    assert refused.status_code == 409 and "not the claim's" in refused.text
    assert (await service.send(payment("PCN1"))).json()["remittances"] == {"matched": 1}
    assert (await decide(service, row["held_id"], "post")).json()["status"] == "posted"
    told = [(event.remittance.paid, event.from_other_payer) for event in await received(service)]
    assert told == [(Decimal(100), False), (Decimal(110), True)]


async def test_a_strange_payer_that_knows_the_member_answers_the_claim(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    assert (await service.send(from_another(payment("PCN1")))).json()["remittances"] == {"matched": 1}
    (event,) = await received(service)
    assert event.from_other_payer is False


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
