"""FHIR claims: which are live, what stands behind references, and that nothing is dropped without a word."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import pytest
from fhir.resources.R4B.claim import Claim as R4Claim

from services.intake.adapters.documents import fhir_batches
from services.intake.adapters.fhir import read_claims
from services.intake.adapters.fhir.claims import FhirClaim
from services.intake.application.pending_input import InputCounts
from tests.unit.intake.fhir.test_fhir import AT, CLAIM, bundle, changed, concept, encode, sound

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
NPI = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1245319599"}
HOUSE = {"resourceType": "Practitioner", "id": "house", "name": [{"family": "HOUSE"}], "identifier": [NPI]}
NOTHING = "points to nothing in this document"
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "role",
    "practitioner": {"reference": "Practitioner/house"},
    "organization": {"reference": "Organization/clinic"},
    "specialty": [concept("http://nucc.org/provider-taxonomy", "207P00000X")],
}


def one(document: Any) -> FhirClaim:
    (made,) = read_claims(document if isinstance(document, bytes | str) else encode(document))
    return made


def with_resources(claim: dict[str, Any], *resources: dict[str, Any]) -> dict[str, Any]:
    document = bundle(claim)
    document["entry"] += [{"resource": resource} for resource in resources]
    return document


def said(made: FhirClaim, severity: str = "error") -> list[str]:
    return [p.segment for p in made.problems if p.severity == severity]


def test_the_claim_of_these_tests_is_sound_r4() -> None:
    extra = {"created": "2025-03-05", "priority": concept("", "normal")}
    payee = {"payee": {"type": concept("", "provider")}}
    R4Claim.model_validate_json(encode(_without_empty_systems(CLAIM | extra | payee)))


def _without_empty_systems(value: Any) -> Any:
    if isinstance(value, dict):
        rows = cast("dict[str, Any]", value)
        return {name: _without_empty_systems(held) for name, held in rows.items() if held != ""}
    return [_without_empty_systems(held) for held in cast("list[Any]", value)] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"status": "draft"}, "status"),
        ({"status": "entered-in-error"}, "status"),
        ({"status": "cancelled"}, "status"),  # names no prior claim, so that nothing can be voided
        ({"status": "on-hold"}, "status"),
        ({"use": "preauthorization"}, "use"),
        ({"type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "pharmacy")}, "type"),
    ],
)
def test_what_is_no_claim_to_pay_is_refused_by_name(fields: dict[str, Any], path: str) -> None:
    made = one(bundle(CLAIM | fields))
    assert made.claim is None
    assert f"{AT}.{path}" in said(made)


def test_a_status_is_required() -> None:
    assert f"{AT}.status" in said(one(changed(CLAIM, lambda c: c.pop("status"))))


@pytest.mark.parametrize("held", [True, False])
def test_an_entry_that_asks_for_a_deletion_makes_no_claim(held: bool) -> None:
    document = bundle(CLAIM)
    document["entry"][0] = {"request": {"method": "DELETE", "url": "Claim/9"}} | (
        {"resource": CLAIM} if held else {}
    )  # fmt: skip
    counts = InputCounts("i")
    (pending,) = fhir_batches(encode(document), counts)
    assert pending.claims == []
    told = [p for p in counts.summary.problems if p.severity == "error"]
    assert [(p.segment, "deletion" in p.message) for p in told] == [("entry[0].request.method", True)]


def test_a_deletion_leaves_the_other_claims() -> None:
    document = bundle(CLAIM)
    document["entry"].insert(0, {"request": {"method": "DELETE", "url": "Claim/9"}})
    (pending,) = fhir_batches(encode(document), InputCounts("i"))
    assert [read.claim.control_number for read in pending.claims] == ["PCN0001"]


def test_the_account_number_is_the_identifier_so_typed() -> None:
    others = [{"type": concept("", "VN"), "value": "VISIT1"}, {"type": concept("", "PCN"), "value": "PCN0009"}]
    assert sound(bundle(CLAIM | {"identifier": others})).control_number == "PCN0009"
    assert sound(bundle(CLAIM | {"identifier": others[:1]})).control_number == "VISIT1"


def test_a_number_longer_than_clm01_is_refused() -> None:
    assert one(bundle(CLAIM | {"identifier": [{"value": "9" * 38}]})).accepted
    made = one(bundle(CLAIM | {"identifier": [{"value": "9" * 39}]}))
    assert f"{AT}.identifier[0].value" in said(made)


def test_a_diagnosis_may_be_a_condition() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "code": concept(ICD10, "S61.411A"),
        "subject": {"display": "x"},
    }
    diagnosis = [{"sequence": 1, "diagnosisReference": {"reference": "Condition/c"}}, CLAIM["diagnosis"][0]]
    made = one(with_resources(CLAIM | {"diagnosis": diagnosis}, condition))
    assert made.claim is not None and made.problems == ()
    assert [h.code for h in made.claim.diagnoses] == ["S61411A", "W260XXA"]
    snomed = condition | {"code": concept("http://snomed.info/sct", "283371005")}
    assert "entry[5].resource.code" in said(one(with_resources(CLAIM | {"diagnosis": diagnosis}, snomed)))
    assert f"{AT}.diagnosis[0].diagnosisReference" in said(one(bundle(CLAIM | {"diagnosis": diagnosis})))


def test_a_practitioner_in_a_role_is_who_rendered_and_its_organization_who_bills() -> None:
    role = {"reference": "PractitionerRole/role"}
    team = [{"sequence": 1, "role": concept("", "rendering"), "provider": role}]
    made = one(with_resources(CLAIM | {"provider": role, "careTeam": team}, HOUSE, ROLE))
    assert made.claim is not None and made.problems == ()
    assert (made.claim.billing.npi, made.claim.billing.taxonomy) == ("1234567893", "207P00000X")
    assert [(p.role, p.name, p.npi, p.taxonomy) for p in made.claim.providers] == [
        ("82", "HOUSE", "1245319599", "207P00000X")
    ]


@pytest.mark.parametrize(
    ("reference", "found", "message"),
    [
        ("Organization?identifier=http://hl7.org/fhir/sid/us-npi|1234567893", True, ""),
        ("Organization?identifier=http%3A%2F%2Fhl7.org%2Ffhir%2Fsid%2Fus-npi%7C1234567893", True, ""),
        ("Organization?identifier=1234567893", True, ""),
        ("Organization?identifier=|1234567893", False, NOTHING),  # one of no system
        ("Organization?identifier=http://hl7.org/fhir/sid/us-npi|1245319599", False, NOTHING),
        ("Practitioner?identifier=1234567893", False, NOTHING),
        ("Organization?name=CLINIC", False, NOTHING),
    ],
)  # fmt: skip
def test_conditional_references_are_resolved_or_told(reference: str, found: bool, message: str) -> None:
    made = one(bundle(CLAIM | {"provider": {"reference": reference}}))
    assert made.accepted is found
    assert [p.message for p in made.problems if p.segment == f"{AT}.provider"] == ([message] if message else [])


def test_a_reference_that_fits_two_resources_is_told() -> None:
    twin = {"resourceType": "Organization", "id": "twin", "name": "TWIN", "identifier": [{"value": "1234567893"}]}
    claim = CLAIM | {"provider": {"reference": "Organization?identifier=1234567893"}}
    made = one(with_resources(claim, twin))
    assert [p.message for p in made.problems if p.severity == "error"] == ["fits several resources of this document"]


Change = Callable[[dict[str, Any]], object]


UNREAD: list[tuple[Change, str]] = [
    (lambda c: c.update(accident={"date": "2025-03-04"}), ".accident"),
    (lambda c: c["item"][0].update(detail=[{"sequence": 1}]), ".item[0].detail"),
    (lambda c: c.update(supportingInfo=[{"sequence": 1, "valueAttachment": {"url": "x"}}]), ".supportingInfo"),
    (lambda c: c["careTeam"][0].update(provider={"reference": "Practitioner/nobody"}), ".careTeam[0].provider"),
    (lambda c: c["careTeam"][0].update(role=concept("", "assist")), ".careTeam[0].role"),
    (lambda c: c.update(facility={"reference": "Location/none"}), ".facility"),
]


@pytest.mark.parametrize(("change", "path"), UNREAD)
def test_what_is_not_read_is_named_and_refuses_nothing(change: Change, path: str) -> None:
    made = one(changed(CLAIM, change))
    assert made.accepted
    assert said(made, "warning") == [AT + path]


def test_what_many_rows_have_is_named_once() -> None:
    def change(claim: dict[str, Any]) -> None:
        for row in claim["item"]:
            row["bodySite"] = concept("", "LT")

    (problem,) = one(changed(CLAIM, change)).problems
    assert problem.segment == f"{AT}.item[0].bodySite"
    assert "in 1 more place" in problem.message


def test_a_claim_was_made_out_on_the_day_it_says() -> None:
    assert sound(bundle(CLAIM | {"created": "2025-03-10T08:00:00Z"})).batch_created == "20250310"


def test_resources_are_read_as_they_came() -> None:
    before = copy.deepcopy(CLAIM)
    read_claims(bundle(CLAIM))
    assert before == CLAIM
