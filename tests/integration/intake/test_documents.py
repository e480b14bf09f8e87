"""JSON, NDJSON and FHIR take the same way as X12: the same claim is one claim, whatever it was written in."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.events.claims import ClaimReceived, ClaimRejected, RemittanceReceived
from tests.integration.intake.conftest import Service
from tests.unit.intake.fhir.test_fhir import CLAIM, EOB, ORGANIZATIONS, bundle, judged
from tests.unit.intake.json.test_json import BODY, X12

FHIR = "application/fhir+json"


def body(number: str, **information: Any) -> dict[str, Any]:
    made = copy.deepcopy(BODY)
    made["claimInformation"] |= {"patientControlNumber": number, **information}
    return made


async def test_a_claim_as_json_and_again_as_x12_is_one_claim(service: Service) -> None:
    first = await service.send(json.dumps(BODY), to="/v1/claims")
    assert (first.status_code, first.json()["claims"]) == (200, {"accepted": 1})
    assert (await service.send(X12)).json()["claims"] == {"duplicate": 1}
    (event,) = await service.events()
    assert isinstance(event, ClaimReceived)
    text = await service.operator("GET", f"/v1/claims/{event.claim_id}/original")
    assert (json.loads(text.text), text.headers["content-type"]) == (BODY, "application/json")


async def test_a_claim_that_is_refused_says_where_and_is_on_the_record_once(service: Service) -> None:
    wrong = json.dumps(body("PCN0002", claimChargeAmount="1.00"))
    answer, again = [await service.send(wrong, to="/v1/claims") for _ in range(2)]
    for one in (answer, again):
        assert (one.status_code, one.json()["claims"]) == (422, {"rejected": 1})
    (receipt,) = answer.json()["receipts"]
    assert all(p["message"] and p["how_to_fix"] for p in receipt["problems"])
    assert [type(event) for event in await service.events()] == [ClaimRejected]
    nothing = await service.send("[]", to="/v1/claims")
    assert (nothing.status_code, nothing.json()["claims"]) == (422, {})
    assert nothing.json()["problems"][0]["how_to_fix"]
    empty = await service.send("", to="/v1/claims/bulk")
    assert (empty.status_code, empty.json()["detail"]) == (422, "The input holds no claim and no payment.")
    for one in (answer, nothing, empty):
        assert one.headers["content-type"] == "application/problem+json"
        assert (one.json()["type"], one.json()["status"]) == ("urn:recoup:problem:nothing-taken", 422)


async def test_a_bad_line_of_ndjson_does_not_sink_its_neighbours(service: Service) -> None:
    lines = [json.dumps(body(f"N{n}")) for n in range(1_203)]
    lines[1] = "{"
    lines[7] = json.dumps(body("N7", claimChargeAmount="1.00"))
    answer = (await service.send("\n".join(lines), to="/v1/claims/bulk")).json()
    assert answer["claims"] == {"accepted": 1_201, "rejected": 1}
    assert [(p["position"], "JSON" in p["message"]) for p in answer["problems"]] == [(2, True)]
    assert [r["serial"] for r in answer["receipts"]] == [8]
    again = (await service.send("\n".join(lines), to="/v1/claims/bulk")).json()
    assert (again["claims"], again["same_as"]) == ({"duplicate": 1_201, "rejected": 1}, answer["interchange_id"])
    assert len(await service.emitted()) == 1_202


async def test_a_fhir_claim_and_its_explanation_of_benefit(service: Service) -> None:
    claim = await service.send(json.dumps(bundle(CLAIM)), to="/v1/claims", type_=FHIR)
    assert (claim.status_code, claim.json()["claims"], "problems" in claim.json()) == (200, {"accepted": 1}, False)
    paid = await service.send(json.dumps(bundle(EOB)), to="/v1/claims", type_=FHIR)
    assert (paid.json()["remittances"], "problems" in paid.json()) == ({"matched": 1}, False)
    assert (await service.send(json.dumps(bundle(EOB)), to="/v1/claims", type_=FHIR)).json()["remittances"] == {
        "duplicate": 1
    }
    received, remitted = await service.events()
    assert isinstance(received, ClaimReceived) and isinstance(remitted, RemittanceReceived)
    assert received.claim_id == remitted.claim_id


async def test_claims_of_a_bundle_are_kept_each_without_the_others_patients(service: Service) -> None:
    other = copy.deepcopy(CLAIM)
    other["identifier"] = [{"value": "PCN0002"}]
    other["patient"] = {"reference": "Patient/eva"}
    eva = copy.deepcopy(next(e for e in ORGANIZATIONS if e["resource"]["resourceType"] == "Patient"))
    eva["resource"] |= {"id": "eva", "name": [{"use": "official", "family": "SANTOS", "given": ["EVA"]}]}
    del eva["fullUrl"]
    both = {"resourceType": "Bundle", "entry": [{"resource": CLAIM}, {"resource": other}, *ORGANIZATIONS, eva]}
    answer = (await service.send(json.dumps(both), to="/v1/claims", type_=FHIR)).json()
    assert answer["claims"] == {"accepted": 2}
    texts = [
        (await service.operator("GET", f"/v1/claims/{event.claim_id}/original")).text
        for event in await service.events()
    ]
    assert ["SANTOS" in text for text in texts] == [False, True]
    assert ["ROE" in text for text in texts] == [True, False]
    again = await service.send(texts[1], to="/v1/claims", type_=FHIR)  # what was kept stands alone
    assert again.json()["claims"] == {"duplicate": 1}


async def test_fhir_without_a_claim_is_refused(service: Service) -> None:
    answer = await service.send('{"resourceType": "Patient"}', to="/v1/claims", type_=FHIR)
    assert answer.status_code == 422
    assert "Claim" in answer.json()["problems"][0]["message"]


async def test_an_explanation_that_is_not_explained_is_held_and_posted_by_a_person(service: Service) -> None:
    await service.send(json.dumps(bundle(CLAIM)), to="/v1/claims", type_=FHIR)
    doubtful = copy.deepcopy(EOB)
    doubtful["item"][0]["adjudication"][4] = judged("benefit", 240.50)  # 300.50 allowed less 50 is 250.50
    doubtful["payment"]["amount"]["value"] = 240.50
    text = json.dumps(bundle(doubtful))
    answer, again = [(await service.send(text, to="/v1/claims", type_=FHIR)).json() for _ in range(2)]
    for one in (answer, again):
        assert (one["remittances"], one["held"]) == ({"held": 1}, {"payment": 1})
    assert "10.00 is explained by no" in answer["held_items"][0]["reason"]
    (row,) = (await service.operator("GET", "/v1/worklist/held")).json()
    decided = await service.operator(
        "POST", f"/v1/worklist/held/{row['held_id']}/resolution", json={"choice": "post", "note": "the payer said so"}
    )
    assert decided.status_code == 200, decided.text
    received, remitted = await service.events()
    assert isinstance(received, ClaimReceived) and isinstance(remitted, RemittanceReceived)
    assert received.claim_id == remitted.claim_id


async def test_what_fhir_is_not_read_of_is_told_of_an_accepted_claim_too(service: Service) -> None:
    document = bundle(CLAIM | {"accident": {"date": "2025-03-04"}})
    document["entry"].append({"request": {"method": "DELETE", "url": "Claim/9"}})
    answer = (await service.send(json.dumps(document), to="/v1/claims", type_=FHIR)).json()
    assert answer["claims"] == {"accepted": 1}
    (receipt,) = answer["receipts"]
    assert [p["segment"] for p in receipt["problems"]] == ["entry[0].resource.accident"]
    assert [p["segment"] for p in answer["problems"]] == ["entry[5].request.method"]


async def test_a_list_of_codes_that_has_ended_is_told(service: Service) -> None:
    service.clock.instant = datetime(2026, 11, 29, 12, tzinfo=UTC)
    (ended,) = (await service.operator("GET", "/admin/code-lists")).json()
    assert (ended["name"], ended["valid_to"], ended["days"]) == ("icd10cm", "2026-09-30", 60)
    assert (await service.client.get("/admin/code-lists")).status_code == 401
    late = body("PCN0009")
    late["claimInformation"]["serviceLines"][0]["serviceDate"] = "20261020"
    late["claimInformation"]["serviceLines"][1]["serviceDate"] = "20261020"
    answer = (await service.send(json.dumps(late), to="/v1/claims")).json()
    assert answer["claims"] == {"accepted": 1}
    assert "icd10cm" in answer["notices"][0] and "2026-09-30" in answer["notices"][0]


async def test_refusals_of_any_number_are_read_page_by_page(service: Service) -> None:
    lines = [json.dumps(body(f"R{n}", claimChargeAmount="1.00")) for n in range(1, 703)]
    answer = (await service.send("\n".join(lines), to="/v1/claims/bulk")).json()
    assert (answer["claims"], len(answer["receipts"]), answer["unlisted"]) == (
        {"rejected": 702},
        500,
        {"receipts": 202},
    )
    place = f"/v1/interchanges/{answer['interchange_id']}/receipts"
    told: list[str] = []
    after: int | None = 0
    while after is not None:
        page = (await service.operator("GET", f"{place}?after={after}&limit=300")).json()
        told += [one["control_number"] for one in page["items"]]
        assert all(one["problems"] for one in page["items"])
        after = page["next"]
    assert told == [f"R{n}" for n in range(1, 703)]
    again = (await service.send("\n".join(lines), to="/v1/claims/bulk", key="again")).json()  # kept once for each input
    assert again["interchange_id"] != answer["interchange_id"]
    assert len((await service.operator("GET", f"{place}?limit=500&after=400")).json()["items"]) == 302
    nobody = await service.operator("GET", "/v1/interchanges/00000000-0000-4000-8000-000000000000/receipts")
    assert (nobody.status_code, nobody.json()["type"]) == (404, "urn:recoup:problem:unknown-interchange")


async def test_inputs_are_listed_the_newest_first(service: Service) -> None:
    sent = [(await service.send(json.dumps(body(f"L{n}")), to="/v1/claims")).json()["interchange_id"] for n in range(3)]
    await service.send(json.dumps(body("L9")), to="/v1/claims", tenant="another")
    first = (await service.operator("GET", "/v1/interchanges?limit=2", headers={"X-Tenant": "clinic"})).json()
    assert [one["interchange_id"] for one in first["items"]] == sent[:0:-1]
    assert [one["claims"] for one in first["items"]] == [{"accepted": 1}] * 2
    assert {one["source"] for one in first["items"]} == {"json"}
    where = httpx.QueryParams({"cursor": first["next"], "limit": 2})
    rest = (await service.operator("GET", f"/v1/interchanges?{where}", headers={"X-Tenant": "clinic"})).json()
    assert ([one["interchange_id"] for one in rest["items"]], rest["next"]) == (sent[:1], None)
    for wrong in ("x", "2025-01-01~x", "~"):
        told = await service.operator("GET", f"/v1/interchanges?cursor={wrong}", headers={"X-Tenant": "clinic"})
        assert (told.status_code, told.json()["type"]) == (422, "urn:recoup:problem:invalid-cursor")


@pytest.mark.parametrize(
    ("to", "media", "says"),
    [
        ("/v1/edi", "multipart/form-data; boundary=x", "--data-binary"),
        ("/v1/claims", "multipart/form-data; boundary=x", "--data-binary"),
        ("/v1/claims/bulk", "multipart/mixed; boundary=x", "--data-binary"),
        ("/v1/edi", "application/json", "/v1/claims"),
        ("/v1/edi", "application/x-ndjson", "/v1/claims/bulk"),
        ("/v1/claims", "Application/EDI-X12", "/v1/edi"),
        ("/v1/claims", "application/x-ndjson; charset=utf-8", "/v1/claims/bulk"),
        ("/v1/claims/bulk", "application/fhir+json", "/v1/claims"),
    ],
)
async def test_what_another_route_takes_is_told_where_it_goes(service: Service, to: str, media: str, says: str) -> None:
    told = await service.send("{}", to=to, type_=media)
    assert (told.status_code, told.json()["type"]) == (415, "urn:recoup:problem:unsupported-media-type")
    assert says in told.json()["how_to_fix"]
    assert await service.count("interchanges") == 0


async def test_x12_answers_come_with_the_summary_where_they_are_asked_for(service: Service) -> None:
    plain = await service.send(X12)
    asked = await service.send(X12, to="/v1/edi?x12=true")
    assert "x12" not in plain.json()
    told = asked.json()
    assert asked.headers["location"] == f"/v1/interchanges/{told['interchange_id']}"
    assert told["x12"] == await service.answers(told["interchange_id"])
    assert [kind in told["x12"] for kind in ("ST*999", "ST*277")] == [True, True]
    nothing = await service.send("no X12", to="/v1/edi?x12=true")
    assert (nothing.status_code, "x12" in nothing.json()) == (422, False)
