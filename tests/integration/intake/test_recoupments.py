"""A WO in an 835's PLB takes money from the claim it names, once, and only what no reversal has taken already."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from shared.events.claims import RemittanceRecouped
from tests.integration.intake.conftest import Service
from tests.unit.x12.files import REMITTANCE, encoded, envelope, professional

_HEAD = REMITTANCE[2 : REMITTANCE.index("LX*1") + 1]
PAID_1 = ["CLP*PCN1*1*150.5*100**12*ICN1", "CAS*CO*45*50.5", "NM1*QC*1*PEREZ*ANA****MI*W1", "DTM*232*20250510"]
PAID_2 = ["CLP*PCN2*1*75.25*60**12*ICN2", "CAS*CO*45*15.25", "NM1*QC*1*PEREZ*EVA", "DTM*232*20250511"]
REVERSED_2 = ["CLP*PCN2*22*-75.25*-60**12*ICN2", "CAS*CO*45*-15.25", "NM1*QC*1*PEREZ*EVA", "DTM*232*20250511"]
CORRECTED_2 = ["CLP*PCN2*1*75.25*45**12*ICN2", "CAS*CO*45*30.25", "NM1*QC*1*PEREZ*EVA", "DTM*232*20250511"]


def advice(trace: str, amount: str, *claims: list[str], plb: str = "") -> bytes:
    """An 835 that pays `amount` in all."""
    rows = [
        f"BPR*I*{amount}*C*ACH*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2*20250601",
        f"TRN*1*{trace}*1512345678",
        *(_HEAD if claims else _HEAD[:-1]),
        *(row for claim in claims for row in claim),
    ]
    if plb:
        rows.append(f"PLB*1234567893*20251231*{plb}")
    return encoded(envelope(rows, "HP", "835", "005010X221A1"))


def forwarded(trace: str, amount: str) -> bytes:
    """An 835 that takes `amount` of PCN2's money out of no payment: its balance is forwarded."""
    return advice(trace, "0", plb=f"WO:ICN2*{amount}*FB:{trace}*{-Decimal(amount)}")


async def recouped(service: Service) -> list[RemittanceRecouped]:
    return [e for e in await service.events() if isinstance(e, RemittanceRecouped)]


async def test_money_withheld_from_another_claims_payment_is_told_once(service: Service) -> None:
    await service.send(professional())
    first = (await service.send(advice("T1", "60", PAID_2))).json()
    assert first["remittances"] == {"matched": 1}
    text = advice("T2", "79.5", PAID_1, plb="WO:ICN2*20.5")
    answer = (await service.send(text)).json()
    assert (answer["remittances"], answer["recoupments"]) == ({"matched": 1}, {"matched": 1})
    again = (await service.send(text)).json()
    assert again["recoupments"] == {"duplicate": 1}
    (event,) = await recouped(service)
    assert (event.amount, event.reason, event.trace_number) == (Decimal("20.5"), "WO", "T2")
    paid = next(e for e in await service.events() if type(e).__name__ == "RemittanceReceived")
    assert event.claim_id == paid.claim_id, "PCN2's claim, not the one whose payment was cut"
    # out of no claim's payment: the balance is forwarded, and what was taken is given back likewise
    for trace, plb in (("T3", "WO:ICN2*5*FB:T3*-5"), ("T4", "WO:ICN2*-5*FB:T3*5")):
        assert (await service.send(advice(trace, "0", plb=plb))).json()["recoupments"] == {"matched": 1}
    assert [e.amount for e in await recouped(service)] == [Decimal("20.5"), Decimal(5), Decimal(-5)]


@pytest.mark.parametrize(
    ("amount", "outcome", "taken"),
    [
        ("60", "ambiguous", ["60"]),  # the same again under another trace number, and more than is left
        ("20", "ambiguous", ["60"]),  # nothing is left
        ("-60", "matched", ["60", "-60"]),  # given back
    ],
)
async def test_what_takes_more_than_stands_paid_is_for_a_person(
    service: Service, amount: str, outcome: str, taken: list[str]
) -> None:
    """$60 are paid for the claim and withheld whole."""
    await service.send(professional())
    await service.send(advice("T1", "60", PAID_2))
    first, then = (
        (await service.send(forwarded("T2", "60"))).json(),
        (await service.send(forwarded("T3", amount))).json(),
    )
    assert (first["recoupments"], then["recoupments"]) == ({"matched": 1}, {outcome: 1})
    assert [e.amount for e in await recouped(service)] == [Decimal(each) for each in taken]


async def test_the_same_recoupment_under_two_trace_numbers_is_for_a_person(service: Service) -> None:
    """$10 of $60, twice, under T2 and T3; once given back it may be taken again."""
    await service.send(professional())
    await service.send(advice("T1", "60", PAID_2))
    outcomes = [
        (await service.send(forwarded(trace, amount))).json()["recoupments"]
        for trace, amount in (("T2", "10"), ("T3", "10"), ("T2", "10"), ("T4", "15"), ("T5", "-10"), ("T6", "10"))
    ]
    assert [next(iter(one)) for one in outcomes] == [
        "matched", "ambiguous", "duplicate", "matched", "matched", "matched"
    ]  # fmt: skip
    assert [e.amount for e in await recouped(service)] == [Decimal(10), Decimal(15), Decimal(-10), Decimal(10)]


async def test_a_recovery_announced_with_its_reversal_is_not_counted_twice(service: Service) -> None:
    await service.send(professional())
    await service.send(advice("T1", "60", PAID_2))
    # 60 back, 45 paid: 15 too much, kept by the provider for the time being
    deferred = (await service.send(advice("T2", "0", REVERSED_2, CORRECTED_2, plb="WO:ICN2*-15"))).json()
    assert (deferred["remittances"], deferred["recoupments"]) == ({"matched": 2}, {"matched": 1})
    await service.send(advice("T3", "85", PAID_1, plb="WO:ICN2*15"))
    assert await recouped(service) == []
    # what is collected beyond the 15 is taken without any reversal
    extra = PAID_1[0].replace("*100*", "*90*")
    await service.send(advice("T4", "83", [extra, "CAS*CO*45*60.5", *PAID_1[2:]], plb="WO:ICN2*7"))
    assert [e.amount for e in await recouped(service)] == [Decimal(7)]


@pytest.mark.parametrize(
    ("reference", "outcome"),
    [
        ("PCN2", "matched"),  # our account
        ("PCN220250511 ICN2", "matched"),  # account and day of service, then the payer's number
        ("PCN220250511 ICN77", "matched"),
        ("PCN220250512 ICN77", "unmatched"),
        ("ICN2 PCN2", "matched"),
        ("", "unmatched"),
    ],
)
async def test_a_recoupment_finds_its_claim_by_any_word_of_its_reference(
    service: Service, reference: str, outcome: str
) -> None:
    await service.send(professional())
    await service.send(advice("T1", "60", PAID_2))
    answer = (await service.send(advice("T2", "80", PAID_1, plb=f"WO{':' * bool(reference)}{reference}*20"))).json()
    assert answer["recoupments"] == {outcome: 1}
    assert [e.amount for e in await recouped(service)] == [Decimal(20)] * (outcome == "matched")
    assert len(await waiting(service)) == (outcome != "matched")


async def test_a_recoupment_under_the_number_of_another_payers_claim_is_for_a_person(service: Service) -> None:
    """Payers number their claims each for itself: ICN2 is another claim where another payer says it."""
    await service.send(professional())
    await service.send(advice("T1", "60", PAID_2))
    text = advice("T2", "80", PAID_1, plb="WO:ICN2*20").replace(b"1512345678", b"1998877665")
    text = text.replace(b"N1*PR*PAYER~", b"N1*PR*HARBOR MUTUAL~\nREF*2U*77202~").replace(b"SE*15*", b"SE*16*")
    assert (await service.send(text)).json()["recoupments"] == {"ambiguous": 1}
    assert await recouped(service) == []
    (row,) = await waiting(service)
    assert len(row["candidates"]) == 1


async def test_a_recoupment_of_no_known_claim_waits_for_a_person_who_gives_it_its_claim_once(service: Service) -> None:
    await service.send(professional())
    answer = (await service.send(advice("T1", "50", PAID_2, plb="WO:ICN99*10"))).json()
    assert answer["recoupments"] == {"unmatched": 1}
    assert await recouped(service) == []
    (row,) = await waiting(service)
    assert (row["status"], row["amount"], row["payer_claim_number"], row["trace_number"], row["candidates"]) == (
        "unmatched",
        "10",
        "ICN99",
        "T1",
        [],
    )
    assert await waiting(service, **{"X-Tenant": "another"}) == []
    paid = next(e for e in await service.events() if type(e).__name__ == "RemittanceReceived")
    answers = await asyncio.gather(*(decide(service, row, "claim", paid.claim_id) for _ in range(3)))
    assert sorted(a.json()["changed"] for a in answers) == [False, False, True]
    (event,) = await recouped(service)
    assert (event.claim_id, event.amount, event.payer_claim_number) == (paid.claim_id, Decimal(10), "ICN99")
    assert await waiting(service) == []
    kept = await service.runtime.pool.fetchrow("SELECT * FROM recoupment_decisions")
    assert kept is not None
    assert (kept["decided_by"], kept["choice"], kept["outcome_before"]) == ("operator", "claim", "unmatched")
    assert b"called the payer" not in kept["note"]
    # what was matched cannot be moved, and the 835 sent again takes nothing more
    assert (await decide(service, row, "dismiss")).status_code == 409
    again = await service.send(advice("T1", "50", PAID_2, plb="WO:ICN99*10"))
    assert again.json()["recoupments"] == {"duplicate": 1}
    assert len(await recouped(service)) == 1


async def test_a_dismissed_recoupment_is_off_the_list_and_can_be_taken_up_again(service: Service) -> None:
    await service.send(professional())
    await service.send(advice("T1", "50", PAID_2, plb="WO:ICN99*10"))
    (row,) = await waiting(service)
    paid = next(e for e in await service.events() if type(e).__name__ == "RemittanceReceived")
    stranger = "00000000-0000-5000-8000-000000000001"
    assert (await decide(service, row, "claim", stranger)).json()["type"] == "urn:recoup:problem:unknown-claim"
    assert (await decide(service, {"recoupment_id": stranger}, "dismiss")).status_code == 404
    assert (await decide(service, row, "claim")).status_code == 422
    assert (await decide(service, row, "dismiss")).json()["status"] == "dismissed"
    assert (await decide(service, row, "dismiss")).json()["changed"] is False
    assert (await waiting(service), await recouped(service)) == ([], [])
    assert (await decide(service, row, "claim", paid.claim_id)).json()["status"] == "matched"
    assert [e.amount for e in await recouped(service)] == [Decimal(10)]
    refused = await service.client.get("/v1/worklist/recoupments")
    assert refused.status_code == 401


async def waiting(service: Service, **headers: str) -> list[dict[str, Any]]:
    return (await service.operator("GET", "/v1/worklist/recoupments", headers=headers)).json()


async def decide(service: Service, row: dict[str, Any], choice: str, claim_id: str | None = None, **more: Any) -> Any:
    body = {"choice": choice, "claim_id": claim_id, "note": "called the payer"} | more
    return await service.operator("POST", f"/v1/worklist/recoupments/{row['recoupment_id']}/resolution", json=body)


async def test_a_recoupment_over_kafka(service: Service) -> None:
    await service.receive(professional())
    await service.receive(advice("T1", "60", PAID_2), advice("T2", "79.5", PAID_1, plb="WO:ICN2*20.5"))
    assert [e.amount for e in await recouped(service)] == [Decimal("20.5")]


async def test_a_recoupment_that_does_not_fit_wants_a_reason_and_can_be_undone(service: Service) -> None:
    await service.send(professional())
    await service.send(advice("T1", "0", PAID_2, plb="WO:ICN99*60"))
    (row,) = await waiting(service)
    paid = next(e for e in await service.events() if type(e).__name__ == "RemittanceReceived")
    received = [e for e in await service.events() if type(e).__name__ == "ClaimReceived"]
    unpaid = next(e.claim_id for e in received if e.claim_id != paid.claim_id)
    refused = await decide(service, row, "claim", unpaid)
    assert (refused.status_code, refused.json()["misfits"]) == (
        409, ["it takes $60.00, and $0.00 stand paid on the claim"],
    )  # fmt: skip
    assert await recouped(service) == []
    assert (await decide(service, row, "claim", unpaid, force=True)).json()["status"] == "matched"
    assert (await decide(service, row, "unmatch", note="")).status_code == 422
    undone = (await decide(service, row, "unmatch")).json()
    assert (undone["status"], undone["claim_id"], undone["changed"]) == ("unmatched", None, True)
    assert (await decide(service, row, "unmatch")).status_code == 409
    assert (await decide(service, row, "claim", paid.claim_id)).json()["status"] == "matched"
    told = await recouped(service)
    assert [(e.claim_id, e.amount) for e in told] == [
        (unpaid, Decimal(60)), (unpaid, Decimal(-60)), (paid.claim_id, Decimal(60)),
    ]  # fmt: skip
    assert len({e.recoupment_id for e in told}) == 3, "each has its effect, once"
