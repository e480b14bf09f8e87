"""Held payments that a person posts to a claim, again, or takes off it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from services.intake.adapters.sql.transactions import SqlTransactions
from services.intake.application.retry_matching import RetryMatching
from shared.events.claims import ClaimReceived, RemittanceReceived, RemittanceReversed
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.integration.intake.test_held import decide, held, received, short


async def post(service: Service, held_id: str, claim: str | None = None, note: str = "", *, force: bool = False) -> Any:
    body = {"choice": "post", "claim_id": claim, "note": note, "force": force}
    return await service.operator("POST", f"/v1/worklist/held/{held_id}/resolution", json=body)


async def unmatch(service: Service, name: str) -> Any:
    body = {"choice": "unmatch", "note": "a slip"}
    return await service.operator("POST", f"/v1/worklist/remittances/{name}/resolution", json=body)


async def paid_of(service: Service) -> Decimal:
    """What the claims' payments come to on the log, as it was told."""
    told = [e for e in await service.events() if isinstance(e, RemittanceReceived | RemittanceReversed)]
    return sum((e.remittance.paid for e in told), Decimal(0))


async def claim_of(service: Service, number: str) -> str:
    events = [e for e in await service.events() if isinstance(e, ClaimReceived)]
    return next(e.claim_id for e in events if e.claim.patient_control_number == number)


def reversal(trace: str) -> bytes:
    """The payment of `files.payment` taken back: 100.00 and the patient's 20.50."""
    text = payment("PCN1", trace=trace).replace(b"BPR*I*100*C", b"BPR*I*0*C")
    for old, new in (
        (b"*1*150.5*100*20.5*", b"*22*-150.5*-100**"), (b"213:25*100*60*", b"213:25*-100*-60*"),
        (b"CAS*CO*45*30", b"CAS*CO*45*-30"), (b"CAS*PR*3*10~", b"CAS*PR*3*-10~"),
        (b"025*50.5*40*", b"025*-50.5*-40*"), (b"CAS*PR*2*10.5", b"CAS*PR*2*-10.5"),
    ):  # fmt: skip
        assert old in text, old
        text = text.replace(old, new)
    # the 835 owes what it takes back: PLB forwards the balance, so that it pays 0.00
    return text.replace(b"SE*", b"PLB*1234567893*20251231*FB:X*-100~\nSE*", 1)


async def test_a_held_payment_is_posted_to_no_stranger_s_claim_without_a_reason(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(
        short("PCN9", member="W77").replace(b"PEREZ*ANA", b"STONE*LEE").replace(b"20250510", b"20250710")
    )
    (row,) = await held(service)
    stranger = await claim_of(service, "PCN1")
    refused = await post(service, row["held_id"], stranger)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:recoup:problem:misfit")
    assert any("patient differs" in why for why in refused.json()["misfits"])
    assert (await post(service, row["held_id"], stranger, force=True)).status_code == 422
    assert (await post(service, row["held_id"], stranger, "  ", force=True)).status_code == 422
    assert await received(service) == []
    forced = await post(service, row["held_id"], stranger, "the payer wrote so", force=True)
    assert (forced.json()["status"], len(await received(service))) == ("posted", 1)


async def test_the_same_money_is_posted_again_only_with_a_reason_and_undone_without_a_loss(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    await service.send(payment("PCN1", trace="EFT10"))
    (row,) = await held(service)
    refused = await post(service, row["held_id"])
    assert refused.status_code == 409 and "likely a duplicate" in refused.json()["misfits"][0]
    assert (await post(service, row["held_id"], note="the money came twice", force=True)).is_success
    assert [event.counted_again for event in await received(service)] == [False, True]
    assert await paid_of(service) == 200
    told = (await received(service))[1].match_reason
    assert told.startswith("forced by a person") and "likely a duplicate" in told and "came twice" not in told
    assert (await unmatch(service, row["held_id"])).json()["status"] == "held"
    (again,) = await held(service)
    assert (again["held_id"], again["claim_id"]) == (row["held_id"], None)
    # the first payment stands, and the money of the second goes again
    taken = [e for e in await service.events() if isinstance(e, RemittanceReversed)]
    assert [(e.remittance.paid, e.unmatched_remittance, e.unanswered) for e in taken] == [(-100, row["held_id"], False)]


@pytest.mark.parametrize("first_off", ["first", "second"])
async def test_of_two_payments_that_count_each_is_taken_off_with_its_money(service: Service, first_off: str) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    await service.send(payment("PCN1", trace="EFT10"))
    (row,) = await held(service)
    await post(service, row["held_id"], note="the money came twice", force=True)
    (first, _) = await received(service)
    names = [first.remittance.remittance_id, row["held_id"]]
    for name, left in zip(names if first_off == "first" else names[::-1], (100, 0), strict=True):
        assert (await unmatch(service, name)).is_success
        assert await paid_of(service) == left
    taken = [e for e in await service.events() if isinstance(e, RemittanceReversed)]
    assert [e.unanswered for e in taken] == [False, True]


async def test_one_that_stands_twice_in_one_835_counts_by_a_persons_word(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    sent = payment("PCN1")
    start, end = sent.index(b"CLP*"), sent.index(b"SE*")
    twice = sent[:end] + sent[start:end] + sent[end:]
    await service.send(twice.replace(b"BPR*I*100*C", b"BPR*I*200*C"))
    (row,) = await held(service)
    assert (await post(service, row["held_id"], note="BPR02 counts it twice", force=True)).is_success
    assert await paid_of(service) == 200
    assert (await unmatch(service, row["held_id"])).is_success
    assert await paid_of(service) == 100
    taken = [e for e in await service.events() if isinstance(e, RemittanceReversed)]
    assert [e.unanswered for e in taken] == [False]


async def test_what_a_reversal_took_of_two_that_count_stands_again_beside_the_other(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    await service.send(payment("PCN1", trace="EFT10"))
    (row,) = await held(service)
    await post(service, row["held_id"], note="the money came twice", force=True)
    await service.send(reversal("EFT11"))
    assert await paid_of(service) == 100
    (taken,) = [e for e in await service.events() if isinstance(e, RemittanceReversed)]
    assert (await unmatch(service, taken.remittance.remittance_id)).is_success
    assert [event.counted_again for event in await received(service)] == [False, True, True]
    assert await paid_of(service) == 200


async def test_a_held_payment_that_is_taken_off_a_claim_is_held_again(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1", "PCN2"))
    await service.send(short())
    (row,) = await held(service)
    other = await claim_of(service, "PCN2")
    await post(service, row["held_id"], other, "a slip", force=True)
    undone = (await unmatch(service, row["held_id"])).json()
    assert (undone["status"], undone["claim_id"]) == ("held", None)
    assert await RetryMatching(SqlTransactions(service.runtime.units, service.app.state.vault)).once() == 0, (
        "no machine posts it"
    )
    assert [one["held_id"] for one in await held(service)] == [row["held_id"]]
    assert await paid_of(service) == 0
    assert (await service.send(short())).json()["held"] == {"payment": 1}
    assert (await post(service, row["held_id"], await claim_of(service, "PCN1"))).json()["status"] == "posted"
    assert await paid_of(service) == 100


async def test_a_payment_that_the_payer_took_back_is_taken_off_by_nobody(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    assert (await service.send(reversal("EFT10"))).json()["remittances"] == {"matched": 1}
    (event,) = await received(service)
    refused = await unmatch(service, event.remittance.remittance_id)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:recoup:problem:taken-back")
    assert await paid_of(service) == 0


async def test_what_a_reversal_took_back_stands_again_without_it(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    await service.send(reversal("EFT10"))
    (taken,) = [e for e in await service.events() if isinstance(e, RemittanceReversed)]
    assert (await unmatch(service, taken.remittance.remittance_id)).json()["status"] == "waiting"
    first, again = await received(service)
    assert (again.claim_id, again.remittance.paid, again.remittance.received_on) == (
        first.claim_id, Decimal(100), first.remittance.received_on,
    )  # fmt: skip
    assert again.remittance.remittance_id != first.remittance.remittance_id
    assert await paid_of(service) == 100


async def test_a_reversal_with_positive_amounts_is_posted_by_nobody(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1"))
    await service.send(payment("PCN1", trace="EFT10").replace(b"CLP*PCN1*1*", b"CLP*PCN1*22*"))
    (row,) = await held(service)
    refused = await post(service, row["held_id"], note="post it", force=True)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:recoup:problem:not-postable")


async def test_what_was_laid_aside_by_mistake_is_posted_after_all(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(short())
    (row,) = await held(service)
    await decide(service, row["held_id"], "dismiss", note="a slip")
    assert (await post(service, row["held_id"])).json()["status"] == "posted"
    assert len(await received(service)) == 1
