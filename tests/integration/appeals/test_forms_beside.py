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

OTHER = "33333333-3333-5333-8333-333333333334"
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


async def test_open_complaints_of_all_claims_are_one_file_and_leave_it_as_they_are_told(service: Service) -> None:
    """Both duties of one claim, found on 5 October, and one of a claim sent on 8 September that nobody answered.

    Its 30 days end on 8 October; our own thirty days are to 4 and 9 November (42 USC 300gg-111(a)(1)(C)(iv)(I)).
    """
    await profiles(service)
    await without_a_qpa(service)
    silent = msgspec.structs.replace(claim(received_on=date(2026, 9, 8)), claim_id=OTHER)
    await service.receive(silent)
    await service.post(f"/v1/cases/{OTHER}/facts", {"plan": {"funding": "self_funded"}, "reason": "the card says so"})
    await service.pass_time(date(2026, 10, 9))
    path, seen = "/v1/idr/complaints", (await service.get("/v1/idr/complaints")).json()
    about = [(one["claim_id"], one["duty"]["kind"], one["duty"]["act_by"]) for one in seen["complaints"]]
    assert about == [
        (CLAIM, "late_initial_payment", "2026-11-04"), (CLAIM, "qpa_not_disclosed", "2026-11-04"),
        (OTHER, "late_initial_payment", "2026-11-08"),
    ]  # fmt: skip
    assert seen["left_out"] == 0
    never = {field["field"]: field["answer"] for field in seen["complaints"][2]["form"]["fields"]}
    assert (never["Day of the initial payment or denial"], never["Day it was due"]) == ("none came", "2026-10-08")
    assert (await service.get(f"/v1/cases/{OTHER}/duties")).json()["duties"][0]["form"], (
        "and so has the case's own list"
    )
    assert (await service.get(f"{path}?payer_id=nobody")).json()["complaints"] == []
    lines = (await service.get(f"{path}?format=csv")).content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Claim,Dispute,Duty,Act by,Who complains,NPI,TIN") and len(lines) == 4
    book = openpyxl.load_workbook(io.BytesIO((await service.get(f"{path}?format=xlsx")).content))
    assert [row[2] for row in book["complaints"].iter_rows(values_only=True)][1:] == [kind for _, kind, _ in about]
    row = {"what": "duty_complained", "on": "2026-10-05", "claim_id": CLAIM, "duty": "qpa_not_disclosed",
           "reference": "NSHD-1"}  # fmt: skip
    told = await service.post("/v1/idr/reports", {"rows": [row], "reason": "complained by file"})
    assert told.status_code == 200 and not told.json()["rows"][0].get("refused")
    left = (await service.get(path)).json()["complaints"]
    assert [one["duty"]["kind"] for one in left] == ["late_initial_payment"] * 2


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
