"""Forms and letters beside the filings over HTTP: duties with their complaints, the entity's notice, requests."""

from __future__ import annotations

import io
from datetime import date

import msgspec
import openpyxl
import pytest

from tests.integration.appeals.conftest import Service
from tests.integration.appeals.test_service import FEDERAL, profiles
from tests.unit.appeals.cases import CLAIM, claim, flagged, remittance
from tests.unit.appeals.test_documents import LINE

ATTESTED = {"appeals_attest": frozenset(("federal_idr",))}


async def without_a_qpa(service: Service) -> None:
    """A payment of 5 October whose line has no QPA, for a claim that left on 1 September: both duties are open."""
    paid = remittance(FEDERAL)
    facts = msgspec.structs.replace(paid.remittance, lines=(msgspec.structs.replace(LINE, qpa=None),))
    sent = claim(received_on=date(2026, 9, 1))
    await service.receive(sent, msgspec.structs.replace(paid, remittance=facts), flagged(FEDERAL))


async def test_duties_have_their_complaints_filled_and_leave_the_list_of_what_is_open(service: Service) -> None:
    await profiles(service)
    await without_a_qpa(service)
    path = f"/v1/cases/{CLAIM}/duties"
    found = (await service.get(path)).json()["duties"]
    assert [(one["duty"]["kind"], one["open"]) for one in found] == [
        ("late_initial_payment", True), ("qpa_not_disclosed", True),
    ]  # fmt: skip
    told = {field["field"]: field["answer"] for field in found[0]["form"]["fields"]}
    assert (told["Day it was due"], told["Day it was done"]) == ("2026-10-01", "2026-10-05")
    assert told["Rule"] == "42 USC 300gg-111(a)(1)(C)(iv)(I)" and told["NPI"] == "1234567893"
    lacking = {field["field"]: field["answer"] for field in found[1]["form"]["fields"]}
    assert lacking["Lines without a QPA"] == "1"
    assert found[1]["by_hand"] == ["Health plan type"], "nobody has said what kind of plan it is"
    done = {"kind": "qpa_not_disclosed", "what": "complained", "on": "2026-10-05", "reference": "NSHD-1024"}
    assert (await service.post(path, done)).status_code == 200
    after = (await service.get(path)).json()["duties"]
    assert [(one["duty"]["kind"], one["open"]) for one in after] == [
        ("late_initial_payment", True), ("qpa_not_disclosed", False),
    ]  # fmt: skip


async def test_the_plan_is_asked_for_more_about_its_qpa_by_letter(service: Service) -> None:
    await profiles(service)
    await without_a_qpa(service)
    path = f"/v1/cases/{CLAIM}/requests/qpa_information"
    text = await service.get(f"{path}?format=text")
    assert text.status_code == 200 and text.headers["X-Missing"] == ""
    assert "149.140(d)(2)" in text.text and "no qualifying payment amount of line 1" in text.text
    assert (await service.get(path)).content.startswith(b"%PDF")
    refused = await service.get(f"/v1/cases/{CLAIM}/requests/state_talks")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:recoup:problem:nothing-to-ask")


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_the_entitys_notice_is_data_and_a_workbook(service: Service) -> None:
    await profiles(service)
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    path = f"/v1/cases/{CLAIM}/entity"
    assert (await service.get(path)).status_code == 409, "nothing was initiated"
    await service.pass_time(date(2026, 11, 20))
    filing = {"sent_on": "2026-11-20", "reference": "DISP-1", "no_conflict": True, "unready_reason": "kept elsewhere"}
    assert (await service.post(f"/v1/cases/{CLAIM}/filing", filing)).status_code == 200
    form = (await service.get(path)).json()["form"]
    answers = {field["field"]: field["answer"] for field in form["fields"]}
    assert (answers["Dispute number"], answers["Day of initiation"]) == ("DISP-1", "2026-11-20")
    book = openpyxl.load_workbook(io.BytesIO((await service.get(f"{path}?format=xlsx")).content))
    cells = [[cell or "" for cell in row] for row in book["fields"].iter_rows(values_only=True)]
    assert cells[1:] == [[f["field"], f["answer"], "required" if f["required"] else ""] for f in form["fields"]]
    assert "Dispute number,DISP-1" in (await service.get(f"{path}?format=csv")).text
