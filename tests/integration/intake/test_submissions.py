"""What comes in has one effect and an answer that says so, however often and however broken it comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from recoup_x12 import Item, Limits, read
from services.intake.adapters.sql import inputs as sql_inputs
from services.intake.application import batches, inputs
from shared.events.claims import ClaimReceived, ClaimReplaced, RemittanceReceived
from tests.integration.intake.conftest import TENANT, Service
from tests.unit.x12.files import PROFESSIONAL, encoded, envelope, professional, remittance


def statuses(answer: str) -> dict[str, str]:
    """Control number → first STC01 of its claim in a 277CA."""
    found: dict[str, str] = {}
    rows = [row.strip() for row in answer.split("~")]
    for at, row in enumerate(rows):
        if row.startswith("TRN*2*") and rows[at - 1].startswith("NM1*QC"):
            found[row.split("*")[2]] = rows[at + 1].split("*")[1]
    return found


def many(count: int, *, prefix: str = "M", se: int | None = None) -> bytes:
    start, end = PROFESSIONAL.index("CLM*PCN1*150.5***11:B:1*Y*A*Y*Y"), PROFESSIONAL.index("HL*3*1*22*1")
    claim = PROFESSIONAL[start:end]
    rows = PROFESSIONAL[:start]
    for n in range(count):
        rows += [row.replace("PCN1", f"{prefix}{n}") for row in claim]
    return encoded(envelope(rows, count=se))


# --- one effect ------------------------------------------------------------------------------------------------


async def test_the_same_file_twice_has_one_effect_and_says_so(service: Service) -> None:
    sent = await service.send(professional())
    first = sent.json()
    second = (await service.send(professional())).json()
    assert first["claims"] == {"accepted": 2}
    assert sent.headers["location"] == f"/v1/interchanges/{first['interchange_id']}"
    known = {event.claim_id for event in await service.events()}
    assert [one["serial"] for one in first["accepted_claims"]] == [1, 2]
    assert {one["claim_id"] for one in first["accepted_claims"]} == known
    assert {r["claim_id"] for r in second["receipts"]} == known and "accepted_claims" not in second
    assert (second["claims"], second["same_as"]) == ({"duplicate": 2}, first["interchange_id"])
    assert {r["reason"] for r in second["receipts"]} == {"the same claim was received before"}
    assert await service.emitted() == ["ClaimReceived", "ClaimReceived"]
    assert statuses(await service.answers(first["interchange_id"], "277")) == {"PCN1": "A2:20", "PCN2": "A2:20"}
    assert statuses(await service.answers(second["interchange_id"], "277")) == {"PCN1": "A3:54", "PCN2": "A3:54"}


async def test_the_same_claim_in_another_file_and_twice_in_one(service: Service) -> None:
    await service.send(professional())
    again = professional(("BHT*0019*00*B1", "BHT*0019*00*B2*20250602*0900*CH"), ("REF*D9*CH1", "REF*D9*CH77"))
    answer = (await service.send(again)).json()
    assert (answer["claims"], answer.get("same_as")) == ({"duplicate": 2}, None)
    claim = PROFESSIONAL[PROFESSIONAL.index("CLM*PCN1*150.5***11:B:1*Y*A*Y*Y") : PROFESSIONAL.index("HL*3*1*22*1")]
    twice = [row.replace("PCN1", "PCN9") for row in PROFESSIONAL]
    at = twice.index("HL*3*1*22*1")
    twice[at:at] = [row.replace("PCN1", "PCN9") for row in claim]
    answer = (await service.send(encoded(envelope(twice)))).json()
    assert answer["claims"] == {"accepted": 1, "duplicate": 2}  # PCN9 and its copy; PCN2 is known
    assert await service.emitted() == ["ClaimReceived"] * 3


async def test_two_that_send_the_same_at_the_same_time(service: Service) -> None:
    answers = await asyncio.gather(*(service.send(professional()) for _ in range(4)))
    assert [a.status_code for a in answers] == [200] * 4
    outcomes = [a.json()["claims"] for a in answers]
    assert sum(o.get("accepted", 0) for o in outcomes) == 2, outcomes
    assert await service.emitted() == ["ClaimReceived"] * 2


async def test_a_control_number_used_again_for_other_content_is_refused(service: Service) -> None:
    await service.send(professional())
    answer = (await service.send(professional(("SV1*HC:85025", "SV1*HC:85027*50.50*UN*1***1")))).json()
    assert answer["claims"] == {"rejected": 1, "duplicate": 1}
    (refused,) = [r for r in answer["receipts"] if r["outcome"] == "rejected"]
    assert (refused["code"], "REF*F8" in refused["how_to_fix"]) == ("control_number_reused", True)
    assert statuses(await service.answers(answer["interchange_id"], "277")) == {"PCN1": "A8:478", "PCN2": "A3:54"}
    assert await service.emitted() == ["ClaimReceived", "ClaimReceived", "ClaimRejected"]


REPLACED = ("SV1*HC:85025", "SV1*HC:85027*50.50*UN*1***1")


async def test_replacement_by_its_control_number_then_void(service: Service) -> None:
    first = (await service.send(professional())).json()
    seven = professional(("CLM*PCN1*150.5***11:B:1", "CLM*PCN1*150.5***11:B:7*Y*A*Y*Y|REF*F8*ICN1"), REPLACED)
    answer = (await service.send(seven)).json()
    assert answer["claims"] == {"replaced": 1, "duplicate": 1}
    events = await service.events()
    assert isinstance(events[2], ClaimReplaced)
    assert events[2].claim_id == events[0].claim_id
    assert [line.code for line in events[2].claim.lines] == ["99213", "85027"]
    assert (await service.send(professional())).json()["claims"] == {"duplicate": 2}  # the original, late
    void = professional(("CLM*PCN1*150.5***11:B:1", "CLM*PCN1*150.5***11:B:8*Y*A*Y*Y|REF*F8*ICN1"))
    assert (await service.send(void)).json()["claims"] == {"voided": 1, "duplicate": 1}
    assert (await service.send(void)).json()["claims"] == {"duplicate": 2}
    assert await service.emitted() == ["ClaimReceived", "ClaimReceived", "ClaimReplaced", "ClaimVoided"]
    later = professional(
        ("CLM*PCN1*150.5***11:B:1", "CLM*PCN1*150.5***11:B:7*Y*A*Y*Y|REF*F8*ICN1"), ("REF*6R*L1", "REF*6R*L9")
    )
    answer = (await service.send(later)).json()
    assert answer["receipts"][0]["code"] == "replaces_voided_claim"
    assert first["claims"] == {"accepted": 2}


async def test_replacement_with_a_number_of_its_own_by_the_payers_number(service: Service) -> None:
    await service.send(professional())
    paid = (await service.send(remittance(("CLP*PCN1*1*400", "CLP*PCN1*1*400*300*40*12*ICN1*11*1")))).json()
    assert paid["remittances"]
    seven = professional(("CLM*PCN1*150.5***11:B:1", "CLM*NEWNUMBER*150.5***11:B:7*Y*A*Y*Y|REF*F8*ICN1"), REPLACED)
    assert (await service.send(seven)).json()["claims"] == {"replaced": 1, "duplicate": 1}
    events = await service.events()
    replaced = next(event for event in events if isinstance(event, ClaimReplaced))
    original = next(e for e in events if isinstance(e, ClaimReceived) and e.claim.patient_control_number == "PCN1")
    assert replaced.claim_id == original.claim_id
    assert replaced.replaces_payer_claim_number == "ICN1"


OTHER_PATIENT = ("NM1*IL*1*PEREZ*ANA", "NM1*IL*1*STRANGER*ZOE****MI*X99")
VOIDS_BY_NUMBER = ("CLM*PCN1*150.5***11:B:1", "CLM*NEWNUMBER*150.5***11:B:8*Y*A*Y*Y|REF*F8*ICN1")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ((VOIDS_BY_NUMBER,), "voided"),  # the same patient and member number
        ((VOIDS_BY_NUMBER, ("NM1*IL*1*PEREZ*ANA", "NM1*IL*1*PERES*ANA****MI*W1")), "voided"),  # the member number
        ((VOIDS_BY_NUMBER, ("NM1*IL*1*PEREZ*ANA", "NM1*IL*1*PEREZ*ANA****MI*W9")), "voided"),  # the name
        ((VOIDS_BY_NUMBER, ("DTP*472", "DTP*472*D8*20250509")), "voided"),  # another day of the same patient
        ((VOIDS_BY_NUMBER, OTHER_PATIENT), "rejected"),
        (((VOIDS_BY_NUMBER[0], VOIDS_BY_NUMBER[1].replace(":8*", ":7*")), OTHER_PATIENT), "rejected"),
        # CLM01 of one known claim, REF*F8 of another
        ((("CLM*PCN1*150.5***11:B:1", "CLM*PCN0*150.5***11:B:8*Y*A*Y*Y|REF*F8*ICN1"),), "rejected"),
        # CLM01 is the original's: the patient may be what is corrected
        ((("CLM*PCN1*150.5***11:B:1", "CLM*PCN1*150.5***11:B:7*Y*A*Y*Y|REF*F8*ICN1"), OTHER_PATIENT), "replaced"),
    ],
)
async def test_the_payers_number_alone_neither_voids_nor_replaces(
    service: Service, changes: tuple[tuple[str, str], ...], outcome: str
) -> None:
    await service.send(professional())
    await service.send(professional(("CLM*PCN1*150.5", "CLM*PCN0*150.5***11:B:1*Y*A*Y*Y")))
    await service.send(remittance(("CLP*PCN1*1*400", "CLP*PCN1*1*400*300*40*12*ICN1*11*1")))
    answer = (await service.send(professional(*changes))).json()
    (receipt,) = [r for r in answer["receipts"] if r["outcome"] != "duplicate"]
    assert receipt["outcome"] == outcome, receipt
    if outcome == "rejected":
        assert receipt["code"] == "names_another_claim"
        number = receipt["control_number"]
        assert statuses(await service.answers(answer["interchange_id"], "277"))[number] == "A8:464"
    ends = [name for name in await service.emitted() if name in ("ClaimVoided", "ClaimReplaced")]
    assert ends == {"voided": ["ClaimVoided"], "replaced": ["ClaimReplaced"]}.get(outcome, [])


async def test_a_void_of_nothing_is_refused(service: Service) -> None:
    void = professional(("CLM*PCN1*150.5***11:B:1", "CLM*PCN1*150.5***11:B:8*Y*A*Y*Y|REF*F8*ICN1"))
    answer = (await service.send(void)).json()
    assert answer["receipts"][0]["code"] == "voids_unknown_claim"
    assert statuses(await service.answers(answer["interchange_id"], "277"))["PCN1"] == "A8:464"


# --- control numbers of the envelope ---------------------------------------------------------------------------


async def test_control_numbers_that_repeat_within_an_input(service: Service) -> None:
    one = encoded(envelope(PROFESSIONAL))
    other = encoded(envelope([row.replace("PCN", "QCN") for row in PROFESSIONAL]))
    answer = (await service.send(one + other)).json()  # ISA13 twice
    assert (answer["sets_accepted"], answer["claims"]) == (1, {"accepted": 2})
    assert [p["code"] for p in answer["problems"]] == ["025"]
    assert "*025~" in await service.answers(answer["interchange_id"], "TA1")

    rows = envelope([row.replace("PCN", "RCN") for row in PROFESSIONAL])
    again = [row.replace("PCN", "SCN") for row in PROFESSIONAL]
    rows[-2:-2] = ["ST*837*0001*005010X222A1", *again, f"SE*{len(again) + 2}*0001"]  # ST02 twice
    rows[-2] = "GE*2*1"
    answer = (await service.send(encoded(rows))).json()
    assert (answer["sets_accepted"], answer["sets_refused"], answer["claims"]) == (1, 1, {"accepted": 2})
    assert "IK5*R*23~" in await service.answers(answer["interchange_id"], "999")


async def test_why_a_set_is_refused_is_told_with_the_claims_that_it_is_refused_for(service: Service) -> None:
    """A set whose every claim has an error is refused as a whole; the answer says why all the same."""
    bad = encoded(envelope([row for row in PROFESSIONAL if not row.startswith("SV1")]))
    answer = (await service.send(bad)).json()
    assert (answer["sets_refused"], answer["claims"], await service.count("claims")) == (1, {}, 0)
    told = answer["receipts"]
    assert [(one["control_number"], one["outcome"]) for one in told] == [("PCN1", "rejected"), ("PCN2", "rejected")]
    assert all(one["problems"][0]["segment"] == "SV1" and one["problems"][0]["how_to_fix"] for one in told)


async def test_the_same_claims_in_another_envelope_are_duplicates(service: Service) -> None:
    """Another ISA13, GS06, ST02, BHT03 and submitter: the payer would get each claim twice, we pursue it once."""
    await service.send(professional())
    rows = professional().decode()
    for old, new in (("000000042", "000000777"), ("*0001", "*0456"), ("NM1*41*2*", "NM1*41*2*ANOTHER ")):
        assert old in rows
        rows = rows.replace(old, new)
    again = (await service.send(rows)).json()
    assert again["claims"] == {"duplicate": 2}
    assert (await service.count("claims"), len(await service.emitted())) == (2, 2)


async def test_an_interchange_number_used_again_later_loses_no_claim(service: Service) -> None:
    await service.send(encoded(envelope(PROFESSIONAL)))
    other = encoded(envelope([row.replace("PCN", "TCN") for row in PROFESSIONAL]))
    assert (await service.send(other)).json()["claims"] == {"accepted": 2}


# --- large sets ------------------------------------------------------------------------------------------------


async def test_a_claim_that_breaks_a_rule_of_ours_does_not_sink_its_neighbours(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = batches.receive

    async def broken(store: Any, claims: Any, payments: Any, **rest: Any) -> Any:
        if any(read.claim.control_number == "M3" for read in claims):
            raise ZeroDivisionError("Jane Roe")
        return await sound(store, claims, payments, **rest)

    monkeypatch.setattr(batches, "receive", broken)
    answer = await service.send(many(9))
    body = answer.json()
    assert body["claims"] == {"accepted": 8, "rejected": 1}
    (refused,) = body["receipts"]
    assert (refused["control_number"], refused["code"]) == ("M3", "unforeseen")
    assert "Jane" not in answer.text and "Traceback" not in answer.text
    assert statuses(await service.answers(body["interchange_id"], "277"))["M3"] == "A7:21"
    monkeypatch.setattr(batches, "receive", sound)
    assert (await service.send(many(9))).json()["claims"] == {"duplicate": 8, "accepted": 1}


async def test_a_fault_of_the_reader_itself_leaves_what_stood_before_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(chunks: Iterable[bytes], limits: Limits) -> Iterator[Item]:
        yield from read(chunks, limits)
        raise ZeroDivisionError("Jane Roe")

    monkeypatch.setattr(inputs, "read", breaks)
    answer = await service.send(professional())
    assert (answer.status_code, answer.json()["claims"]) == (200, {"accepted": 2})
    (problem,) = answer.json()["problems"]
    assert "error in this service" in problem["message"] and "Jane" not in answer.text
    assert "277 to" in str(answer.json()["answers"])


# --- idempotency keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["/v1/edi", "/v1/claims/bulk"])
async def test_the_same_key_gets_the_same_answer_once(service: Service, route: str) -> None:
    body = professional() if route == "/v1/edi" else json.dumps({"claimInformation": {}}).encode()
    first = await service.send(body, to=route, key="k-1")
    second = await service.send(body, to=route, key="k-1")
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert ("idempotency-replayed" in first.headers, second.headers["idempotency-replayed"]) == (False, "true")
    assert await service.count("interchanges") == 1
    if route == "/v1/edi":
        assert first.json()["claims"] == {"accepted": 2}


async def test_a_key_with_other_content_is_refused_and_has_no_effect(service: Service) -> None:
    await service.send(professional(), key="k-1")
    other = await service.send(remittance(), key="k-1")
    assert (other.status_code, other.json()["type"]) == (422, "urn:recoup:problem:idempotency-key-reused")
    assert other.headers["content-type"] == "application/problem+json"
    assert await service.count("remittances") == 0
    elsewhere = await service.send(remittance(), key="k-1", tenant="other")  # keys are each tenant's own
    assert elsewhere.status_code == 200


async def test_refusals_are_repeated_too(service: Service) -> None:
    first = await service.send(b"no X12 at all", key="k-2")
    second = await service.send(b"no X12 at all", key="k-2")
    assert first.status_code == second.status_code == 422
    assert first.json()["type"] == "urn:recoup:problem:not-x12"
    assert (second.content, second.headers["content-type"]) == (first.content, "application/problem+json")


async def test_a_key_in_flight_and_a_bad_key(service: Service) -> None:
    deliveries = service.app.state.deliveries
    async with deliveries.locks.holding(f"key\x1f{TENANT}\x1fk-3"):
        busy = await service.send(professional(), key="k-3")
    assert (busy.status_code, busy.headers["retry-after"]) == (409, "1")
    assert (await service.send(professional(), key="k" * 256)).status_code == 400
    assert (await service.send(professional(), key="k-3")).json()["claims"] == {"accepted": 2}


async def test_a_key_is_forgotten_after_its_time(service: Service) -> None:
    await service.send(professional(), key="k-4")
    service.clock.instant += timedelta(hours=25)
    await service.send(b"something else", key="k-5")
    assert (await service.send(professional(), key="k-4")).json()["claims"] == {"duplicate": 2}


# --- an input that broke off -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "k-6"])
async def test_an_input_that_broke_off_is_taken_up_again_with_the_answers_of_the_first_try(
    service: Service, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(inputs, "BATCH", 10)
    monkeypatch.setattr(inputs, "_TRIES", 1)
    text = many(10) + many(15, prefix="N").replace(b"000000042", b"000000043") + remittance()
    sound = sql_inputs.keep_answers

    async def dies(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(sql_inputs, "keep_answers", dies)
    assert (await service.send(text, key=key)).status_code == 503
    assert await service.count("claims") == 25  # two sets were committed before the end
    monkeypatch.setattr(sql_inputs, "keep_answers", sound)
    answer = (await service.send(text, key=key)).json()
    assert answer["claims"] == {"accepted": 25}
    assert await service.emitted() == ["ClaimReceived"] * 25
    answers = await service.answers(answer["interchange_id"], "277")
    assert list(statuses(answers).values()) == ["A2:20"] * 25
    assert await service.count("interchanges") == 1
    replay = (await service.send(text, key=key)).json()
    assert replay["claims"] == ({"accepted": 25} if key else {"duplicate": 25})


async def test_a_payment_finds_its_claim_in_the_same_input(service: Service) -> None:
    text = professional() + remittance().replace(b"000000042", b"000000043")
    answer = (await service.send(text)).json()
    assert sum(answer["remittances"].values()) == 2
    assert any(isinstance(event, RemittanceReceived) for event in await service.events())
