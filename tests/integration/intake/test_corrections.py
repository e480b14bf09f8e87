"""A corrected claim is shown, leaves as an 837, replaces the claim here, and is followed to its answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recoup_x12 import ClaimRead, read
from services.intake.adapters.outgoing import OutgoingFolder
from shared.events.answers import ClaimComposed
from shared.events.claims import ClaimReceived, ClaimReplaced, ClaimVoided
from shared.events.statuses import PayerRejectedClaim, PayerReportedStatus
from tests.integration.intake.conftest import TENANT, Service
from tests.integration.intake.files import claims_of_one_patient, payment
from tests.integration.intake.test_statuses import acknowledged
from tests.unit.x12.files import encoded, envelope, professional
from tests.unit.x12.test_statuses import INQUIRED

MODIFIER = {"field": "modifiers", "value": "25 59", "line": 1}


async def correct(service: Service, claim_id: str, **body: Any) -> Any:
    wanted = {"key": "corr-0001", "kind": "replacement", "changes": [MODIFIER]} | body
    return await service.operator("POST", f"/v1/claims/{claim_id}/corrections", json=wanted)


async def told(service: Service, kind: Any) -> list[Any]:
    return [e for e in await service.events() if isinstance(e, kind)]


async def paid(service: Service) -> str:
    """A claim that the payer has paid under the number ICN9."""
    await service.send(claims_of_one_patient("PCN1"))
    await service.send(payment("PCN1", "ICN9"))
    (received,) = await told(service, ClaimReceived)
    return received.claim_id


async def x12_of(service: Service, key: str) -> ClaimRead:
    text = (await service.operator("GET", f"/v1/corrections/{key}")).text
    (item,) = [i for i in read([text.encode()]) if isinstance(i, ClaimRead)]
    return item


async def test_a_preview_shows_the_difference_and_changes_nothing(service: Service) -> None:
    claim_id = await paid(service)
    shown = (await correct(service, claim_id, preview=True)).json()
    assert (shown["frequency"], shown["payer_claim_number"]) == ("7", "ICN9")
    assert [d["what"] for d in shown["differences"]] == ["frequency", "payer's claim number", "line 1"]
    assert "99213:25:59" in shown["differences"][2]["after"] and "CLM*PCN1*150.5***11:B:7" in shown["x12"]
    assert await service.count("outgoing") == 0 and await told(service, ClaimReplaced) == []


async def test_a_replacement_leaves_once_and_the_claim_follows(service: Service, tmp_path: Path) -> None:
    claim_id = await paid(service)
    first, again = await correct(service, claim_id), await correct(service, claim_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["frequency"], first.json()["outcome"]) == ("7", "replaced")
    assert again.json()["control_number"] == first.json()["control_number"] and again.json()["repeated"]
    (replaced,) = await told(service, ClaimReplaced)
    assert (replaced.claim_id, replaced.replaces_payer_claim_number) == (claim_id, "ICN9")
    assert replaced.sending == "corr-0001"
    assert replaced.claim.lines[0].modifiers == ("25", "59")
    item = await x12_of(service, "corr-0001")
    assert item.accepted and item.claim is not None
    assert (item.claim.frequency, item.claim.payer_claim_number) == ("7", "ICN9")
    (composed,) = [e for e in await service.events(topic="edi.outbound") if isinstance(e, ClaimComposed)]
    assert (composed.claim_id, composed.frequency) == (claim_id, "7")
    other = await correct(service, claim_id, changes=[{"field": "place", "value": "22"}])
    assert other.status_code == 409  # another correction needs a key of its own
    (tmp_path / TENANT / "out").mkdir(parents=True)
    assert await OutgoingFolder(tmp_path, service.runtime.units, service.app.state.vault).once() == 1
    assert [p.name for p in (tmp_path / TENANT / "out").iterdir()] == [f"{first.json()['control_number']}.837.edi"]


async def test_a_void(service: Service) -> None:
    claim_id = await paid(service)
    answer = (await correct(service, claim_id, kind="void", changes=[])).json()
    assert (answer["frequency"], answer["outcome"]) == ("8", "voided")
    (voided,) = await told(service, ClaimVoided)
    assert (voided.claim_id, voided.payer_claim_number) == (claim_id, "ICN9")
    assert (await correct(service, claim_id, key="corr-0002")).status_code == 422
    assert (await correct(service, claim_id, kind="void", changes=[])).status_code == 200  # the same again


def judged(control: str, verdict: str) -> bytes:
    rows = [
        f"AK1*HC*{int(control)}*005010X222A1", "AK2*837*0001*005010X222A1", f"IK5*{verdict}",
        f"AK9*{verdict}*1*1*{int(verdict == 'A')}",
    ]  # fmt: skip
    return encoded(envelope(rows, "FA", "999", "005010X231A1"))


@pytest.mark.parametrize("verdict", ["A", "R"])
async def test_the_999_about_it_is_told_of_the_claim(service: Service, verdict: str) -> None:
    claim_id = await paid(service)
    control = (await correct(service, claim_id)).json()["control_number"]
    answer = (await service.send(judged(control, verdict))).json()
    said = "accepted" if verdict == "A" else "rejected"
    assert answer["acknowledgments"][said] == 1
    kind = PayerReportedStatus if verdict == "A" else PayerRejectedClaim
    (event,) = await told(service, kind)
    assert (event.claim_id, event.kind, event.statuses[0].category) == (claim_id, "999", "IK5")
    assert (await service.operator("GET", "/v1/worklist/statuses")).json() == []


async def test_a_claim_the_payer_rejected_leaves_as_an_original(service: Service) -> None:
    await service.send(professional())
    await service.send(acknowledged())  # PCN2 is rejected
    claim_id = {e.claim.patient_control_number: e.claim_id for e in await told(service, ClaimReceived)}["PCN2"]
    changes = [{"field": "procedure", "value": "99213", "line": 1}]
    answer = (await correct(service, claim_id, changes=changes)).json()
    assert (answer["frequency"], answer["outcome"]) == ("1", "replaced")
    item = await x12_of(service, "corr-0001")
    assert item.claim is not None and item.claim.payer_claim_number == ""
    (replaced,) = await told(service, ClaimReplaced)
    assert replaced.claim.frequency == "1"


@pytest.mark.parametrize(
    ("body", "status", "type_"),
    [
        ({"changes": [{"field": "diagnoses", "value": "ZZZ"}]}, 422, "unsound"),
        ({"changes": [{"field": "charge", "value": "-1", "line": 1}]}, 422, "uncorrectable"),
        ({"changes": [{"field": "nothing", "value": "1"}]}, 422, ""),
        ({"kind": "void"}, 422, "uncorrectable"),
        ({"key": "short"}, 422, ""),
    ],
)
async def test_what_cannot_be_sent_is_refused(service: Service, body: Any, status: int, type_: str) -> None:
    claim_id = await paid(service)
    answer = await correct(service, claim_id, **body)
    assert answer.status_code == status, answer.text
    assert not type_ or answer.json()["type"].endswith(type_)
    assert await service.count("outgoing") == 0


async def test_without_the_payers_number_nothing_is_replaced(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    (received,) = await told(service, ClaimReceived)
    assert (await correct(service, received.claim_id)).status_code == 422
    answer = await correct(service, received.claim_id, payer_claim_number="ICN5")
    assert (answer.status_code, (await x12_of(service, "corr-0001")).claim.payer_claim_number) == (201, "ICN5")  # type: ignore[union-attr]


async def test_another_tenant_corrects_nothing(service: Service) -> None:
    claim_id = await paid(service)
    body = {"key": "corr-0001", "kind": "replacement", "changes": [MODIFIER]}
    place = f"/v1/claims/{claim_id}/corrections"
    assert (await service.operator("POST", place, json=body, headers={"X-Tenant": "another"})).status_code == 404


async def test_an_inquiry_is_asked_once_and_its_answer_is_told_of_the_claim(service: Service) -> None:
    await service.send(professional())
    claim_id = {e.claim.patient_control_number: e.claim_id for e in await told(service, ClaimReceived)}["PCN1"]
    place = f"/v1/claims/{claim_id}/inquiries"
    first = await service.operator("POST", place, json={"key": "INQUIRY1"})
    again = await service.operator("POST", place, json={"key": "INQUIRY1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["control_number"] == again.json()["control_number"]
    text = (await service.operator("GET", "/v1/inquiries/INQUIRY1")).text
    assert "ST*276*0001*005010X212~" in text and "TRN*1*INQUIRY1~" in text and "REF*EJ*PCN1~" in text
    assert (await service.operator("GET", "/v1/corrections/INQUIRY1")).status_code == 404
    await service.send(encoded(envelope(INQUIRED, "HN", "277", "005010X212")))
    (event,) = [e for e in await told(service, PayerReportedStatus) if e.claim_id == claim_id]
    assert (event.inquiry, event.statuses[0].category) == ("INQUIRY1", "P1")
