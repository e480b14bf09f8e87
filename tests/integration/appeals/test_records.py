"""The whole way of a payer's request: 277 in, a day in the worklist, the record attached, a 275 out, its 999 in.

Both services run on a real Postgres; what one emits the other hears, and the channel speaks to intake's own routes.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest

from recoup_x12 import Route, interchange
from services.appeals.adapters.filing.x12 import X12
from services.appeals.adapters.sealing import vault_of
from services.appeals.adapters.sql.evidence import reseal
from services.appeals.settings import ALL_FORUMS
from services.intake.adapters.outgoing import OutgoingFolder
from shared.events.base import Event
from shared.events.claims import ClaimReceived
from shared.events.records import RecordsRequested
from tests.integration.appeals.conftest import PHI_KEYS, Service
from tests.integration.conftest import Servers
from tests.integration.intake.conftest import NOW, TOKEN, serving
from tests.integration.intake.conftest import Service as Intake
from tests.integration.services import own_database
from tests.stored import texts
from tests.unit.appeals.cases import CLAIM, claim
from tests.unit.appeals.test_records import asked
from tests.unit.demo.x12_check import check_envelope, segments
from tests.unit.x12.files import professional
from tests.unit.x12.requests import request

CHART = b"%PDF-1.7 chart of the visit"
X12_SET = {"appeals_intake_url": "http://intake", "appeals_intake_token": TOKEN, "appeals_attest": ALL_FORUMS}


@pytest.fixture
async def intake(servers: Servers) -> AsyncGenerator[Intake]:
    async with own_database(servers, "intake") as database, serving(database) as running:
        yield running


async def pass_on(intake: Intake, service: Service, claim_id: str, *kinds: type[Event]) -> None:
    """What intake has told of the claim, heard by the appeals service."""
    told = [e for e in await intake.events() if isinstance(e, kinds) and e.claim_id == claim_id]
    await service.receive(*told)


@pytest.mark.parametrize("service", [X12_SET], indirect=True)
async def test_a_request_for_records_is_answered_by_a_275(
    intake: Intake, service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.clock.instant = NOW
    dispatch: Any = service.dispatch
    service.channels["x12"] = X12(httpx.AsyncClient(transport=intake.client._transport), "http://intake", TOKEN)
    await intake.send(professional())
    await intake.send(request())
    asked = next(e for e in await intake.events() if isinstance(e, RecordsRequested) and e.due_on is not None)
    claim_id = asked.claim_id
    await pass_on(intake, service, claim_id, ClaimReceived, RecordsRequested)

    # it is due in the worklist, though nothing is disputed
    (due,) = (await service.get("/v1/worklist?queue=due")).json()["cases"]
    assert (due["claim_id"], due["due"]) == (claim_id, "2025-07-25")
    shown = (await service.get(f"/v1/cases/{claim_id}")).json()
    (wanted,) = shown["records_wanted"]
    assert wanted["open"] and {q["code"] for q in wanted["questions"]} == {"18842-5", "11504-8", "11502-2"}

    # the record is attached; what says not which question it answers, or is not here, is refused
    path = f"/v1/cases/{claim_id}"
    chart = {"reference": "chart-1", "kind": "medical_records", "title": "Chart"}
    answer = {"request_id": wanted["request_id"], "documents": [{"reference": "chart-1", "asked": "18842-5"}]}
    assert (await service.post(f"{path}/attachments", chart)).status_code == 201
    assert (await service.post(f"{path}/records", answer)).json()["type"].endswith("not-attached")
    content = {"content": base64.b64encode(CHART).decode()}
    assert (await service.post(f"{path}/attachments", chart | {"content": "bm8="})).status_code == 422
    assert (await service.post(f"{path}/attachments", chart | content)).status_code == 201
    vague = answer | {"documents": [{"reference": "chart-1"}]}
    assert (await service.post(f"{path}/records", vague)).status_code == 409
    assert (await service.post(f"{path}/records", answer)).status_code == 202
    assert (await service.post(f"{path}/records", answer)).status_code == 409
    assert "recoup.records.sent.v1" in await service.emitted()

    # one 275 in the folder of the carrier, which names the patient and returns the payer's trace
    assert await dispatch.tick() == 1
    (sent,) = (await service.get(path)).json()["outbox"]
    assert (sent["status"], sent["channel"]) == ("sent", "x12"), sent["problem"]
    (tmp_path / "edi" / "clinic" / "out").mkdir(parents=True)
    folder = OutgoingFolder(tmp_path / "edi", intake.runtime.units, intake.app.state.vault)
    assert await folder.once() == 1
    (file,) = (tmp_path / "edi" / "clinic" / "out").iterdir()
    rows, _ = segments(file.read_bytes())
    (one,) = check_envelope(rows)
    assert ["NM1", "QC", "1", "PEREZ", "ANA", "", "", "", "MI", "W1"] in one and ["TRN", "2", "ICN1"] in one
    assert base64.b64decode(next(row for row in one if row[0] == "BIN")[2]) == CHART
    control = rows[0][13]
    assert control in sent["proof"]

    # the other side rejects it: the filing failed, the request is open again; sent again, it is taken
    await judged(intake, control, "IK5*R*5", "AK9*R*1*1*0")
    await service.receive(*[e for e in await intake.events() if type(e).__name__ == "RecordsAcknowledged"])
    case = (await service.get(path)).json()
    assert (case["outbox"][0]["status"], case["records_wanted"][0]["open"]) == ("failed", True)
    assert "IK502 5" in case["outbox"][0]["problem"]
    assert (await service.post(f"{path}/records", answer)).status_code == 202
    assert await dispatch.tick() == 1
    proof = (await service.get(path)).json()["outbox"][1]["proof"]
    await judged(intake, proof.split()[3], "IK5*A", "AK9*A*1*1*1")
    await service.receive([e for e in await intake.events() if type(e).__name__ == "RecordsAcknowledged"][-1])
    outbox = (await service.get(path)).json()["outbox"]
    assert outbox[1]["status"] == "sent" and outbox[1]["proof"].endswith("taken by 999 on 2025-06-02")

    # the name and the record are in the X12, and in no event, log line, answer or readable column
    told = [bytes(r["payload"]) for r in await intake.runtime.pool.fetch("SELECT payload FROM outbox")]
    told += [bytes(r["payload"]) for r in await service.runtime.pool.fetch("SELECT payload FROM outbox")]
    told += [bytes(r["content"]) for r in await service.runtime.pool.fetch("SELECT content FROM attachments")]
    told += [text.encode() for text in await texts(service.runtime.pool, "cases")]
    told += [caplog.text.encode(), (await service.get(path)).content]
    assert not any(b"PEREZ" in text or b"chart of the visit" in text for text in told)
    # and the record is sealed again when keys rotate
    newer = base64.urlsafe_b64encode(b"new1" + bytes(range(1, 33))).decode()
    assert await reseal(service.runtime.pool, vault_of(f"{newer},{PHI_KEYS}")) >= 1
    kept = await service.runtime.pool.fetchval("SELECT content FROM attachments")
    assert vault_of(newer).open(kept, claim_id, "attachment") == CHART


async def judged(intake: Intake, control: str, *verdict: str) -> None:
    rows = [f"AK1*PI*{int(control)}*005010X210", "AK2*275*0001*005010X210", *verdict]
    text = interchange(Route("PAYER", "CLINIC"), 900 + int(control), NOW, "FA", "005010X231A1", [("999", rows)])
    assert (await intake.send(text)).status_code == 200


async def test_without_x12_records_are_sent_by_hand_and_attested(service: Service) -> None:
    name = "33333333-3333-5333-8333-333333333333"
    await service.receive(claim(), asked(name))
    path = f"/v1/cases/{CLAIM}"
    await service.post(f"{path}/attachments", {"reference": "chart-1", "kind": "medical_records", "title": "Chart"})
    answer = {"request_id": name, "documents": [{"reference": "chart-1"}]}
    assert (await service.post(f"{path}/records", answer)).json()["type"].endswith("no-x12")
    assert (await service.post(f"{path}/records", answer | {"sent_on": "2026-10-05"})).status_code == 422
    by_hand = answer | {"reference": "fax 5551", "sent_on": "2026-10-05"}
    assert (await service.post(f"{path}/records", by_hand)).status_code == 202
    case = (await service.get(path)).json()
    assert [(row["status"], row["proof"]) for row in case["outbox"]] == [("attested", "fax 5551")]
    assert (case["deadlines"], case["records_wanted"][0]["open"]) == ([], False)
    assert await service.dispatch.tick() == 0
