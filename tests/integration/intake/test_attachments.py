"""Documents go out as a 275 that names the patient, once for a key; what is said of it is told on the claim's log."""

from __future__ import annotations

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from recoup_x12 import Route, bare_interchange, interchange
from services.intake.adapters.outgoing import OutgoingFolder
from shared.events.answers import AttachmentComposed
from shared.events.claims import ClaimReceived
from shared.events.records import RecordsAcknowledged, RecordsRequested
from tests.integration.intake.conftest import NOW, TENANT, Service
from tests.unit.demo.x12_check import check_envelope, segments
from tests.unit.x12.files import professional
from tests.unit.x12.requests import request

PDF = b"%PDF-1.7 the record of the visit"
KEY = "11111111-1111-5111-8111-111111111111-1"
OUT = Route("PAYER", "CLINIC")


async def post(service: Service, claim_id: str, *, key: str = KEY, tenant: str = "", **fields: Any) -> Any:
    documents = fields.pop("documents", [{"content": base64.b64encode(PDF).decode(), "asked": "34117-2"}])
    body = {"key": key, "documents": documents, **fields}
    headers = {"X-Tenant": tenant} if tenant else {}
    return await service.operator("POST", f"/v1/claims/{claim_id}/attachments", json=body, headers=headers)


async def begun(service: Service) -> RecordsRequested:
    """A claim (PCN2, of Eva) about which the payer asks."""
    await service.send(professional())
    await service.send(request())
    return next(e for e in await service.events() if isinstance(e, RecordsRequested) and e.trace_number == "ICN2")


async def acknowledged(service: Service) -> list[RecordsAcknowledged]:
    return [e for e in await service.events() if isinstance(e, RecordsAcknowledged)]


def ack(control: str, *rows: str) -> bytes:
    text = interchange(OUT, 501, NOW, "FA", "005010X231A1", [("999", [f"AK1*PI*{int(control)}*005010X210", *rows])])
    return text.encode()


async def test_a_request_is_answered_once_and_names_the_patient_in_the_x12_alone(
    service: Service, tmp_path: Path
) -> None:
    wanted = await begun(service)
    answer = await post(service, wanted.claim_id, request_id=wanted.request_id)
    assert answer.status_code == 201
    told = answer.json()
    again = await post(service, wanted.claim_id, request_id=wanted.request_id)
    assert (again.status_code, again.json()) == (200, told)
    text = (await service.operator("GET", f"/v1/attachments/{KEY}")).text
    assert (sha256(text.encode()).hexdigest(), len(text)) == (told["sha256"], told["bytes"])
    rows, _ = segments(text.encode())
    (one,) = check_envelope(rows)
    assert rows[0][13] == told["control_number"]
    assert ["NM1", "QC", "1", "PEREZ", "EVA"] in one and ["TRN", "2", "ICN2"] in one and ["REF", "EJ", "PCN2"] in one
    assert base64.b64decode(next(row for row in one if row[0] == "BIN")[2]) == PDF
    (event,) = [e for e in await service.events(topic="edi.outbound") if isinstance(e, AttachmentComposed)]
    assert (event.key, event.control_number, event.solicited) == (KEY, told["control_number"], True)
    # the name is in the X12 and nowhere else: not in the answers, the events, or the tables
    stored = [*(await service.runtime.pool.fetch("SELECT payload FROM outbox")),
              *(await service.runtime.pool.fetch("SELECT sealed FROM outgoing"))]  # fmt: skip
    assert not any(b"PEREZ" in bytes(row[0]) or b"%PDF" in bytes(row[0]) for row in stored)
    assert "PEREZ" not in answer.text
    # laid out for the carrier, whole and once
    folder = OutgoingFolder(tmp_path, service.runtime.units, service.app.state.vault)
    assert await folder.once() == 0, "a tenant without a folder fetches it over HTTP"
    (tmp_path / TENANT / "out").mkdir(parents=True)
    assert (await folder.once(), await folder.once()) == (1, 0)
    (file,) = (tmp_path / TENANT / "out").iterdir()
    assert (file.name, file.read_text()) == (f"{told['control_number']}.275.edi", text)


async def test_documents_of_our_own_accord_need_no_request(service: Service) -> None:
    await service.send(professional())
    claim = next(e for e in await service.events() if isinstance(e, ClaimReceived))
    documents = [{"content": base64.b64encode(PDF).decode()}]
    assert (await post(service, claim.claim_id, documents=documents)).status_code == 201
    text = (await service.operator("GET", f"/v1/attachments/{KEY}")).text
    assert "BGN*02*" in text and f"TRN*1*{KEY}~" in text and "NM1*QC*1*PEREZ*ANA****MI*W1~" in text


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"documents": [{"content": "bm8gcGRm"}]}, 422, "not-a-pdf"),
        ({"documents": [{"content": base64.b64encode(PDF).decode(), "asked": "1-1"}]}, 422, "unfit"),
        ({"request_id": "00000000-0000-5000-8000-000000000001"}, 404, "unknown-request"),
        ({"tenant": "another"}, 404, "unknown-claim"),
        ({"key": "short"}, 422, "invalid-request"),
    ],
)
async def test_what_makes_no_275_is_refused_with_the_reason(
    service: Service, change: dict[str, Any], status: int, kind: str
) -> None:
    wanted = await begun(service)
    answer = await post(service, wanted.claim_id, **({"request_id": wanted.request_id} | change))
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, kind)
    assert "PEREZ" not in answer.text
    assert await service.count("outgoing") == 0


async def test_a_key_sends_one_thing_and_nobody_sends_without_a_token(service: Service) -> None:
    wanted = await begun(service)
    await post(service, wanted.claim_id, request_id=wanted.request_id)
    other = [{"content": base64.b64encode(PDF + b"2").decode(), "asked": "34117-2"}]
    assert (await post(service, wanted.claim_id, request_id=wanted.request_id, documents=other)).status_code == 409
    assert (await service.client.get(f"/v1/attachments/{KEY}")).status_code == 401


async def test_what_the_other_side_says_is_told_once(service: Service) -> None:
    wanted = await begun(service)
    control = (await post(service, wanted.claim_id, request_id=wanted.request_id)).json()["control_number"]
    taken = ack(control, "AK2*275*0001*005010X210", "IK5*A", "AK9*A*1*1*1")
    assert (await service.send(taken)).json()["acknowledgments"] == {"accepted": 1}
    assert (await service.send(taken)).json()["acknowledgments"] == {"known": 1}
    foreign = ack("999", "AK2*275*0001*005010X210", "IK5*R*5", "AK9*R*1*1*0")
    assert (await service.send(foreign)).json()["acknowledgments"] == {"unknown": 2}
    (event,) = await acknowledged(service)
    assert (event.claim_id, event.key, event.accepted, event.codes) == (wanted.claim_id, KEY, True, ())


async def test_a_rejection_says_where(service: Service) -> None:
    wanted = await begun(service)
    control = (await post(service, wanted.claim_id, request_id=wanted.request_id)).json()["control_number"]
    await service.receive(
        ack(control, "AK2*275*0001*005010X210", "IK3*NM1*4**8", "IK4*9*67*7*PEREZ", "IK5*R*5", "AK9*R*1*1*0")
    )
    (event,) = await acknowledged(service)
    assert (event.accepted, event.codes) == (False, ("IK5 R", "IK502 5", "IK3 NM1 4 8"))
    assert (await service.runtime.pool.fetchval("SELECT status FROM outgoing")) == "rejected"


async def test_a_ta1_alone_rejects_the_envelope(service: Service) -> None:
    wanted = await begun(service)
    control = (await post(service, wanted.claim_id, request_id=wanted.request_id)).json()["control_number"]
    refused = bare_interchange(OUT, 502, NOW, [f"TA1*{control}*250602*1200*R*006"]).encode()
    answer = await service.send(refused)
    assert (answer.status_code, answer.json()["acknowledgments"]) == (200, {"rejected": 1})
    await service.receive(refused)
    (event,) = await acknowledged(service)
    assert (event.accepted, event.codes) == (False, ("TA1 006",))
    assert await service.count("parked") == 0
