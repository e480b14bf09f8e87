"""What its sender marks as a test is checked and acknowledged, and nothing else comes of it: no claim, no money."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from services.intake.application import inputs
from shared.events.answers import ClaimsAcknowledged, InterchangeAnswered
from shared.events.claims import RemittanceReceived
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.integration.intake.test_drop_folder import TENANT, names, text_of, watcher
from tests.integration.intake.test_recoupments import CORRECTED_2, PAID_1, PAID_2, REVERSED_2, advice
from tests.unit.intake.fhir.test_fhir import CLAIM, EOB, bundle
from tests.unit.intake.json.test_json import BODY
from tests.unit.x12.files import encoded, envelope, professional
from tests.unit.x12.requests import request

FHIR = "application/fhir+json"
KEPT = ("claims", "claim_keys", "originals", "rejections", "remittances", "waiting_keys", "recoupments")


def as_test(text: bytes) -> bytes:
    """The same interchange with T in ISA15."""
    assert text.count(b"*0*P*:") == 1
    return text.replace(b"*0*P*:", b"*0*T*:")


async def assert_untouched(service: Service) -> None:
    """No claim, no payment, and nothing on the claims' log."""
    assert await service.emitted() == []
    assert {table: await service.count(table) for table in (*KEPT, "records_requests")} == dict.fromkeys(
        (*KEPT, "records_requests"), 0
    )


async def test_a_test_837_is_acknowledged_as_a_live_one_and_makes_no_claim(service: Service) -> None:
    for _ in range(2):  # a partner that tests sends the same again and again
        answer = await service.send(as_test(professional()))
        assert (answer.status_code, answer.json()["claims"]) == (200, {"test": 2})
        assert [(r["outcome"], r["test"], r["control_number"], r["claim_id"]) for r in answer.json()["receipts"]] == [
            ("test", True, "PCN1", ""),
            ("test", True, "PCN2", ""),
        ]
    told = await service.answers(answer.json()["interchange_id"])
    assert (told.count("*0*T*:"), told.count("*0*P*:")) == (2, 0), "the answers say that they are tests, too"
    assert told.count("STC*A2:20") == 2
    await assert_untouched(service)
    events = await service.events(topic="edi.outbound")
    assert {event.test for event in events if isinstance(event, InterchangeAnswered | ClaimsAcknowledged)} == {True}
    (first, _) = [event for event in events if isinstance(event, ClaimsAcknowledged)]
    assert [(claim.accepted, claim.claim_id) for claim in first.claims] == [(True, ""), (True, "")]
    live = (await service.send(professional())).json()
    assert live["claims"] == {"accepted": 2}, "the same claims sent live are new"
    events = await service.events(topic="edi.outbound")
    assert [e.test for e in events if isinstance(e, InterchangeAnswered)] == [True] * 4 + [False] * 2


async def test_a_test_claim_that_is_refused_is_told_and_is_on_no_record(service: Service) -> None:
    wrong = as_test(professional(("CLM*PCN1*150.5", "CLM*PCN1*1.5***11:B:1*Y*A*Y*Y")))
    answer = (await service.send(wrong)).json()
    assert answer["claims"] == {"rejected": 1, "test": 1}
    assert {r["control_number"]: (r["outcome"], r["test"]) for r in answer["receipts"]} == {
        "PCN1": ("rejected", True),
        "PCN2": ("test", True),
    }
    await assert_untouched(service)


async def test_a_test_payment_moves_no_live_claim_and_a_live_one_no_test_claim(service: Service) -> None:
    await service.send(claims_of_one_patient("LIVE1"))
    answer = (await service.send(as_test(payment("LIVE1")))).json()
    assert answer["remittances"] == {"test": 1}
    (placed,) = answer["placements"]
    assert (placed["placement"], placed["test"], placed.get("claim_id")) == ("test", True, None)
    assert await service.emitted() == ["ClaimReceived"]
    assert await service.count("remittances") == 0
    assert (await service.send(payment("LIVE1"))).json()["remittances"] == {"matched": 1}, "it is not a duplicate"
    await service.send(as_test(claims_of_one_patient("TEST1")))
    alike = payment("TEST1", icn="ICN7", trace="EFT7", member="W7")
    assert (await service.send(alike)).json()["remittances"].keys() & {"matched", "test"} == set()
    assert await service.emitted() == ["ClaimReceived", "RemittanceReceived"]


async def test_live_and_test_interchanges_of_one_file_are_kept_apart(service: Service) -> None:
    await service.send(professional())
    live, test = advice("T1", "160", PAID_1, PAID_2), as_test(advice("T2", "-15", REVERSED_2, CORRECTED_2))
    answer = (await service.send(live + test.replace(b"000000042", b"000000043"))).json()
    assert answer["remittances"] == {"matched": 2, "test": 2}
    paid = [event for event in await service.events() if isinstance(event, RemittanceReceived)]
    assert [event.superseded for event in paid] == [False, False], "a test reverses nothing"
    mixed = as_test(claims_of_one_patient("A1")) + claims_of_one_patient("A2", isa="000000043")
    answer = (await service.send(mixed)).json()
    assert answer["claims"] == {"test": 1, "accepted": 1}
    assert [r["control_number"] for r in answer["receipts"]] == ["A1"]


async def test_a_set_too_large_to_hold_is_a_test_to_its_end(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "HOLD", 3)
    monkeypatch.setattr(inputs, "BATCH", 2)
    text = as_test(claims_of_one_patient(*(f"BIG{n}" for n in range(8))))
    assert (await service.send(text)).json()["claims"] == {"test": 8}
    await assert_untouched(service)


async def test_recoupments_requests_and_answers_that_are_tests_change_nothing(service: Service) -> None:
    await service.send(professional())
    await service.send(advice("T1", "60", PAID_2))
    before = await service.emitted()
    withheld = as_test(advice("T2", "79.5", PAID_1, plb="WO:ICN2*20.5"))
    answer = (await service.send(withheld)).json()
    assert (answer["remittances"], answer["recoupments"]) == ({"test": 1}, {"test": 1})
    assert (await service.send(as_test(request()))).json()["requests"] == {"test": 2}
    ack = encoded(
        envelope(["AK1*PI*7*005010X210", "AK2*275*0001*005010X210", "IK5*R*5", "AK9*R*1*1*0"], "FA", "999",
                 "005010X231A1")
    )  # fmt: skip
    answer = await service.send(as_test(ack))
    assert (answer.status_code, answer.json()["acknowledgments"]) == (200, {"test": 2})
    assert await service.emitted() == before
    assert (await service.count("recoupments"), await service.count("records_requests")) == (0, 0)


def labelled(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource with the security label of test data."""
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    return copy.deepcopy(resource) | {"meta": {"security": [label]}}


async def test_json_and_fhir_say_so_in_their_own_ways(service: Service) -> None:
    test = copy.deepcopy(BODY) | {"usageIndicator": "T"}
    answer = await service.send(json.dumps(test), to="/v1/claims")
    assert (answer.status_code, answer.json()["claims"]) == (200, {"test": 1})
    lines = "\n".join(json.dumps(one) for one in (test, BODY | {"usageIndicator": "T"}))
    assert (await service.send(lines, to="/v1/claims/bulk")).json()["claims"] == {"test": 2}
    for sent, outcome in (
        (bundle(labelled(CLAIM)), ("claims", {"test": 1})),
        (labelled(bundle(CLAIM)), ("claims", {"test": 1})),
        (bundle(labelled(EOB)), ("remittances", {"test": 1})),
        (bundle(CLAIM | {"meta": {"security": [{"code": " htest"}]}}), ("claims", {"test": 1})),
        (
            bundle(CLAIM | {"meta": {"tag": {"system": "http://hl7.org/fhir/v3/ActReason", "code": "HTEST"}}}),
            ("claims", {"test": 1}),
        ),
    ):
        answer = await service.send(json.dumps(sent), to="/v1/claims", type_=FHIR)
        assert (answer.status_code, answer.json()[outcome[0]]) == (200, outcome[1])
    await assert_untouched(service)
    other = bundle(CLAIM | {"meta": {"security": [{"system": "urn:another", "code": "HTEST"}]}})
    assert (await service.send(json.dumps(other), to="/v1/claims", type_=FHIR)).json()["claims"] == {"accepted": 1}


async def test_over_kafka_and_from_the_folder_it_is_the_same(service: Service, tmp_path: Path) -> None:
    (known,) = await service.receive(as_test(professional()), tenant=TENANT)
    summary = (await service.operator("GET", f"/v1/interchanges/{known}")).json()
    assert summary["claims"] == {"test": 2}
    (tmp_path / TENANT / "in").mkdir(parents=True)
    (tmp_path / TENANT / "in" / "test.837").write_bytes(as_test(professional()))
    assert await watcher(service, tmp_path).once() == 1
    assert names(tmp_path, "processed") == ["test.837"]
    assert json.loads(text_of(tmp_path, "out", "report.json"))["claims"] == {"test": 2}
    await assert_untouched(service)
    assert await service.count("parked") == 0
