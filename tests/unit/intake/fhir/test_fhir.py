"""FHIR R4 claims and explanations of benefit; expectations read off the resources by hand."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup_x12.model import Claim, HealthCode, Party, PatientInfo, Reference, corrected
from services.intake.adapters.fhir import read_claims, read_remittances
from services.intake.domain.facts import claim_facts, remittance_facts
from services.intake.domain.identity import claim_id, lookup_keys
from services.intake.domain.matching import Candidate, Matched, match
from tests.unit.intake.fhir.writing import write_claim
from tests.unit.intake.identity.examples import claim as example
from tests.unit.intake.identity.examples import institutional, line, on, patient

SAMPLE = Path(__file__).parents[5] / "shared" / "samples" / "eob" / "sample_eob_1.json"
D = Decimal
encode = msgspec.json.Encoder(decimal_format="number").encode


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


CPT = "http://www.ama-assn.org/go/cpt"
CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
GROUP = "https://x12.org/codes/claim-adjustment-group-codes"
RARC = "https://x12.org/codes/remittance-advice-remark-codes"
ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
NPI = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
ORGANIZATIONS: list[dict[str, Any]] = [
    {"resource": {"resourceType": "Organization", "id": "clinic", "name": "GOOD DOCTORS PC", "identifier": [NPI],
                  "address": [{"line": ["1 MAIN ST"], "city": "AUSTIN", "state": "TX", "postalCode": "78701-0001"}]}},
    {"resource": {"resourceType": "Organization", "id": "payer", "name": "AETNA", "identifier": [{"value": "60054"}]}},
    {"fullUrl": "urn:uuid:7", "resource": {
        "resourceType": "Patient", "name": [{"use": "official", "family": "ROE", "given": ["JANE"]}],
        "identifier": [{"value": "W123456789"}], "gender": "female", "birthDate": "1980-01-02",
        "address": [{"line": ["2 ELM ST"], "city": "AUSTIN", "state": "TX", "postalCode": "78701"}]}},
    {"resource": {"resourceType": "Coverage", "id": "cov", "subscriberId": "W123456789",
                  "relationship": concept("", "self"), "payor": [{"reference": "Organization/payer"}],
                  "type": concept("https://x12.org/codes/claim-filing-indicator-codes", "12")}},
]  # fmt: skip
CLAIM: dict[str, Any] = {
    "resourceType": "Claim",
    "identifier": [{"value": "PCN0001"}],
    "status": "active",
    "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
    "use": "claim",
    "patient": {"reference": "urn:uuid:7"},
    "provider": {"reference": "Organization/clinic"},
    "payee": {"type": concept("", "provider")},
    "careTeam": [{
        "sequence": 1, "role": concept("", "rendering"),
        "provider": {"type": "Practitioner", "display": "HOUSE", "identifier": {
            "type": concept("", "npi"), "value": "1245319599"}}}],
    "diagnosis": [
        {"sequence": 2, "diagnosisCodeableConcept": concept("http://hl7.org/fhir/sid/icd-10-cm", "W26.0XXA")},
        {"sequence": 1, "diagnosisCodeableConcept": concept("http://hl7.org/fhir/sid/icd-10-cm", "S61.411A")},
    ],
    "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/cov"}, "preAuthRef": ["AUTH1"]}],
    "item": [
        {"sequence": 1, "diagnosisSequence": [1, 2], "productOrService": concept(CPT, "99284"),
         "modifier": [concept("", "25")], "servicedDate": "2025-03-04",
         "locationCodeableConcept": concept("", "23"), "net": {"value": 800.50, "currency": "USD"}},
        {"sequence": 2, "diagnosisSequence": [1], "productOrService": concept(CPT, "12001"),
         "servicedPeriod": {"start": "2025-03-04T10:00:00Z", "end": "2025-03-04T11:00:00Z"},
         "locationCodeableConcept": concept("", "23"), "quantity": {"value": 2}, "unitPrice": {"value": 150}},
    ],
    "total": {"value": 1100.50, "currency": "USD"},
}  # fmt: skip


def bundle(resource: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}, *ORGANIZATIONS]}


def changed(resource: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> str:
    new = copy.deepcopy(resource)
    change(new)
    return json.dumps(bundle(new))


def sound(document: Any) -> Claim:
    (made,) = read_claims(document if isinstance(document, bytes | str) else encode(document))
    assert made.problems == ()
    assert made.claim is not None
    return made.claim


def test_a_claim() -> None:
    claim = sound(bundle(CLAIM))
    assert (claim.form, claim.control_number, claim.charge) == ("professional", "PCN0001", D("1100.50"))
    assert (claim.place, claim.frequency, claim.benefits_assignment) == ("23", "1", "Y")
    assert (claim.billing.npi, claim.billing.name) == ("1234567893", "GOOD DOCTORS PC")
    assert (claim.payer.id, claim.payer.name) == ("60054", "AETNA")
    assert (claim.subscriber.id, claim.subscriber.name, claim.subscriber.first_name) == ("W123456789", "ROE", "JANE")
    assert (claim.coverage.relationship, claim.coverage.filing_indicator) == ("18", "12")
    assert [h.code for h in claim.diagnoses] == ["S61411A", "W260XXA"]
    assert claim.prior_authorization == "AUTH1"
    assert [(p.role, p.npi, p.name) for p in claim.providers] == [("82", "1245319599", "HOUSE")]
    one, two = claim.lines
    assert (one.charge, one.pointers, one.service_from) == (D("800.50"), (1, 2), date(2025, 3, 4))
    assert one.procedure is not None
    assert (one.procedure.code, one.procedure.modifiers) == ("99284", ("25",))
    assert (two.charge, two.quantity, two.service_from) == (D(300), D(2), date(2025, 3, 4))


def test_a_claim_with_everything_contained() -> None:
    lone = copy.deepcopy(CLAIM)
    lone["contained"] = [copy.deepcopy(e["resource"]) for e in ORGANIZATIONS]
    lone["contained"][2]["id"] = "jane"
    lone["contained"][3]["payor"] = [{"reference": "#payer"}]
    lone |= {"patient": {"reference": "#jane"}, "provider": {"reference": "#clinic"}}
    lone["insurance"][0]["coverage"] = {"reference": "#cov"}
    assert sound(lone) == sound(bundle(CLAIM))


def test_a_bundle_of_claims() -> None:
    second = copy.deepcopy(CLAIM) | {"identifier": [{"value": "PCN0002"}]}
    made = read_claims(
        encode({"resourceType": "Bundle", "entry": [{"resource": CLAIM}, {"resource": second}, *ORGANIZATIONS]})
    )
    assert [(m.control_number, m.accepted) for m in made] == [("PCN0001", True), ("PCN0002", True)]


def test_a_prior_claim_makes_it_a_replacement() -> None:
    prior = {"related": [{"relationship": concept("", "prior"), "reference": {"value": "ICN77"}}]}
    claim = sound(bundle(CLAIM | prior))
    assert (claim.frequency, claim.payer_claim_number) == ("7", "ICN77")
    assert sound(bundle(CLAIM | prior | {"status": "cancelled"})).frequency == "8"


AT = "entry[0].resource"


Change = Callable[[dict[str, Any]], object]
BREAKING: list[tuple[Change, str]] = [
    (lambda c: c.pop("identifier"), AT + ".identifier"),
    (lambda c: c.update(use="predetermination"), AT + ".use"),
    (lambda c: c.update(type=concept("", "vision")), AT + ".type"),
    (lambda c: c.update(patient={"reference": "Patient/nobody"}), AT + ".patient"),
    (lambda c: c.pop("provider"), AT + ".provider"),
    (lambda c: c.pop("insurance"), AT + ".insurance"),
    (lambda c: c.pop("item"), AT + ".item"),
    (lambda c: c["item"][1].pop("servicedPeriod"), AT + ".item[1].servicedDate"),
    (lambda c: c["item"][0].update(diagnosisSequence=[9]), AT + ".item[0].diagnosisSequence"),
    (lambda c: c["item"][0].pop("net"), AT + ".item[0].net"),
    (lambda c: c["item"][0].update(productOrService=concept(CPT, "X")), AT + ".item[0].productOrService"),
    (lambda c: c.update(total={"value": 1100.5, "currency": "EUR"}), AT + ".total.currency"),
    (lambda c: c.update(total={"value": 1100.555}), AT + ".total.value"),
    (lambda c: c["diagnosis"][0].pop("diagnosisCodeableConcept"), AT + ".diagnosis[0].diagnosisCodeableConcept"),
    (lambda c: c.update(total={"value": 1}), "CLM"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path"), BREAKING)
def test_problems_have_places(change: Change, path: str) -> None:
    (made,) = read_claims(changed(CLAIM, change))
    assert path in [p.segment for p in made.problems if p.severity == "error"]
    assert not made.accepted
    assert not any("ROE" in p.message + p.how_to_fix for p in made.problems)


def test_a_second_coverage_is_said_not_to_be_read() -> None:
    other = {"sequence": 2, "focal": False, "coverage": {"reference": "Coverage/cov"}}
    (made,) = read_claims(changed(CLAIM, lambda c: c["insurance"].append(other)))
    assert made.accepted
    assert [(p.segment, p.severity) for p in made.problems] == [("entry[0].resource.insurance[1]", "warning")]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"resourceType":"Patient"}', '{"resourceType":"Bundle","entry":[7,{}]}']
)
def test_documents_without_a_claim_are_refused(text: str) -> None:
    for made in (*read_claims(text), *read_remittances(text)):
        assert not made.accepted
        assert made.problems


def round_trip(claim: Claim) -> Claim:
    (made,) = read_claims(encode(write_claim(claim)))
    assert made.claim is not None
    assert not [p for p in made.problems if p.segment.startswith("entry")]
    return made.claim


def test_what_was_written_comes_back() -> None:
    claim = sound(bundle(CLAIM))
    assert round_trip(claim) == claim


@pytest.mark.parametrize(
    "claim",
    [
        example(line(1, "99284", "800.00", "25"), line(2, "J1885", "12.34", units="2.5"), place="23"),
        corrected(example(), "ICN77"),
        corrected(example(), "ICN77", "8"),
        example(line(1, "00790", "900.00", "AA", unit="MJ", units="95")),
        example(diagnoses=("S61411A", "W260XXA", "R05"), benefits_assignment="N"),
        example(
            coverage=msgspec.structs.replace(example().coverage, relationship=""),
            patient=msgspec.structs.replace(patient("ROE", "TIM", ""), role="QC", id_qualifier=""),
            patient_info=PatientInfo("19"),
        ),
        institutional(
            line(1, "", "5000.00", day=None, revenue_code="0120", units="3", unit="DA", pointers=()),
            bill="11",
            dates=(on(date(2025, 3, 1), "434", date(2025, 3, 4)),),
            health_codes=(HealthCode("ABK", "S61411A", present_on_admission="Y"), HealthCode("ABJ", "R05")),
            providers=(Party("71", "1", "HOUSE", "GREG", id_qualifier="XX", id="1245319599"),),
        ),
    ],
)
def test_what_fhir_has_a_place_for_comes_back(claim: Claim) -> None:
    again = round_trip(claim)
    assert claim_id("t", again) == claim_id("t", claim)
    assert (again.charge, again.frequency, again.references) == (claim.charge, claim.frequency, claim.references)
    assert (again.health_codes, again.coverage, again.who) == (claim.health_codes, claim.coverage, claim.who)
    assert (again.billing, again.payer, again.bill_type) == (claim.billing, claim.payer, claim.bill_type)
    assert again.benefits_assignment == claim.benefits_assignment
    assert claim_facts("t", again, (), date(2025, 4, 1)) == claim_facts("t", claim, (), date(2025, 4, 1))


# --- explanations of benefit -----------------------------------------------------------------------------------


def judged(category: str, amount: float, carc: str = "", group: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {
        "category": concept(ADJUDICATION, category),
        "amount": {"value": amount, "currency": "USD"},
    }
    reasons = [{"system": CARC, "code": carc}] if carc else []
    reasons += [{"system": GROUP, "code": group}] if group else []
    return found | ({"reason": {"coding": reasons}} if reasons else {})


EOB: dict[str, Any] = {
    "resourceType": "ExplanationOfBenefit",
    "identifier": [{"value": "ICN77"}],
    "status": "active",
    "outcome": "complete",
    "claim": {"identifier": {"value": "PCN0001"}},
    "patient": {"reference": "urn:uuid:7"},
    "insurer": {"reference": "Organization/payer"},
    "provider": {"reference": "Organization/clinic"},
    "insurance": [{"focal": True, "coverage": {"reference": "Coverage/cov"}}],
    "item": [
        {"sequence": 1, "itemSequence": [1], "productOrService": concept(CPT, "99284"), "servicedDate": "2025-03-04",
         "modifier": [concept("", "25")],
         "adjudication": [
             judged("submitted", 800.50), judged("eligible", 300.50), judged("noncovered", 500.00, "45", "CO"),
             judged("copay", 50.00), judged("benefit", 250.50),
             {"category": concept(RARC, "N864")},
         ]},
        {"sequence": 2, "itemSequence": [2], "productOrService": concept(CPT, "12001"), "servicedDate": "2025-03-04",
         "adjudication": [judged("submitted", 300), judged("noncovered", 300, "97", "CO"), judged("benefit", 0)]},
    ],
    "payment": {"date": "2025-04-01", "amount": {"value": 250.50}, "identifier": {"value": "EFT9"}},
}  # fmt: skip


def test_an_explanation_of_benefit() -> None:
    (made,) = read_remittances(encode(bundle(EOB)))
    assert made.problems == ()
    paid = made.remittance
    assert paid is not None
    assert (paid.control_number, paid.status, paid.payer_claim_number) == ("PCN0001", "1", "ICN77")
    assert (paid.charge, paid.paid, paid.patient_responsibility) == (D("1100.50"), D("250.50"), D("50.00"))
    assert (paid.payment.trace_number, paid.payment.paid_on) == ("EFT9", date(2025, 4, 1))
    assert (paid.payment.payee.npi, paid.payment.payer.name, paid.filing_indicator) == ("1234567893", "AETNA", "12")
    one, two = paid.lines
    assert (one.charge, one.paid, one.allowed, one.remark_codes) == (D("800.50"), D("250.50"), D("300.50"), ("N864",))
    assert [(a.group, a.reason, a.amount) for a in one.adjustments] == [
        ("CO", "45", D("500.00")),
        ("PR", "3", D("50.00")),
    ]
    assert (two.paid, two.allowed) == (D(0), None)


def test_it_matches_its_claim() -> None:
    claim = sound(bundle(CLAIM))
    (made,) = read_remittances(encode(bundle(EOB)))
    assert made.remittance is not None
    facts = claim_facts("t", claim, (), date(2025, 3, 10))
    found = match(made.remittance, [Candidate("c", facts)])
    assert isinstance(found, Matched)
    assert found.score == 100
    assert [n.line for n in remittance_facts(made.remittance, "r", facts, date(2025, 4, 2)).lines] == [1, 2]
    assert len(lookup_keys(made.remittance)) == 4


def test_the_patient_account_number_may_stand_in_supporting_information() -> None:
    def change(eob: dict[str, Any]) -> None:
        eob["claim"] = {"reference": "Claim/1"}
        eob["supportingInfo"] = [{"category": concept("", "patientaccountnumber"), "valueString": "PCN0001"}]

    (made,) = read_remittances(changed(EOB, change))
    assert made.remittance is not None
    assert made.remittance.control_number == "PCN0001"


def test_an_adjustment_whose_group_is_not_told_is_neither_the_patients_nor_contractual() -> None:
    def change(eob: dict[str, Any]) -> None:
        eob["item"][1]["adjudication"][1] = judged("noncovered", 300, "97")

    (made,) = read_remittances(changed(EOB, change))
    assert made.remittance is not None
    assert [a.group for a in made.remittance.lines[1].adjustments] == ["OA"]


UNSOUND: list[tuple[Change, str]] = [
    (lambda e: e.pop("provider"), "entry[0].resource.provider"),
    (lambda e: e["item"][0]["adjudication"].pop(0), "entry[0].resource.item[0].net"),
    (
        lambda e: e["item"][0].update(adjudication=[*e["item"][0]["adjudication"][:1], judged("benefit", 250.5)]),
        "SVC",
    ),
    (lambda e: e["payment"]["amount"].update(value=1), "CLP"),
]


@pytest.mark.parametrize(("change", "path"), UNSOUND)
def test_what_does_not_add_up_is_refused(change: Change, path: str) -> None:
    (made,) = read_remittances(changed(EOB, change))
    assert path in [p.segment for p in made.problems if p.severity == "error"]


def test_statuses() -> None:
    def status(**fields: Any) -> str:
        (made,) = read_remittances(encode(bundle(EOB | fields)))
        assert made.remittance is not None
        return made.remittance.status

    assert status(status="cancelled") == "22"
    assert status(outcome="error") == "1"  # something was paid: see the doubt
    assert status(precedence=2) == "2"


@pytest.mark.outside(SAMPLE)
def test_a_published_sample_without_amounts_is_refused_with_the_places() -> None:
    (made,) = read_remittances(SAMPLE.read_bytes())
    assert not made.accepted
    assert {"status", "total"} <= {p.segment for p in made.problems if p.severity == "error"}
    assert "claim" in {p.segment for p in made.problems}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.data(), json_values, st.booleans())
def test_nothing_put_anywhere_breaks_the_reading(data: st.DataObject, value: object, of_claim: bool) -> None:
    document = copy.deepcopy(bundle(CLAIM if of_claim else EOB))
    here: Any = document
    while True:
        keys: list[Any] = sorted(cast("dict[str, Any]", here)) if isinstance(here, dict) else [*range(len(here))]
        key: Any = data.draw(st.sampled_from(keys))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.integers(0, 9)) == 0:
            here[key] = value
            break
        here = cast(Any, here[key])
    text = encode(document)
    made = read_claims(text) if of_claim else read_remittances(text)
    for read in made:
        for problem in read.problems:
            assert "ROE" not in problem.message + problem.how_to_fix


def test_references_are_not_part_of_the_claims_meaning() -> None:
    claim = sound(bundle(CLAIM))
    assert claim.references == (Reference("G1", "AUTH1"),)
