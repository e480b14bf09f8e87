"""Explanations of benefit shaped as CARIN's guide publishes them (C4BB 2.2.0); amounts worked out by hand.

The resources are our own, and `fhir.resources` holds them to be sound R4, so that what is read is what payers send.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.explanationofbenefit import ExplanationOfBenefit

from recoup_x12.model import Adjustment, Remittance
from services.intake.adapters.documents import fhir_batches
from services.intake.adapters.fhir import read_remittances
from services.intake.adapters.fhir.remittances import FhirRemittance
from services.intake.application.pending_input import InputCounts, PendingInput
from services.intake.domain.matching import lookup_keys
from tests.unit.intake.fhir.test_fhir import CPT, concept, encode

D = Decimal
HL7 = "http://terminology.hl7.org/CodeSystem/adjudication"
C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
ROLE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBClaimCareTeamRole"
INFORMATION = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"
KIND = "http://terminology.hl7.org/CodeSystem/v2-0203"
GOOD, BAD = "1234567893", "9941339100"  # the latter's check digit is wrong: 9941339100 is the guide's own


def amount(category: str, value: str, system: str = HL7) -> dict[str, Any]:
    return {"category": concept(system, category), "amount": {"value": D(value), "currency": "USD"}}


def item(number: int, code: str, *amounts: dict[str, Any], revenue: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"sequence": number, "productOrService": concept(CPT, code), "servicedDate": "2025-03-04"}
    found |= {"locationCodeableConcept": concept("", "21"), "adjudication": list(amounts)}
    return found | ({"revenue": concept("https://www.nubc.org/CodeSystem/RevenueCodes", revenue)} if revenue else {})


def explanation(form: str, **fields: Any) -> dict[str, Any]:
    """A Bundle with one explanation of benefit and what it points to."""
    resource: dict[str, Any] = {
        "resourceType": "ExplanationOfBenefit",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": concept(CLAIM_TYPE, form),
        "identifier": [
            {"type": concept(KIND, "XX"), "value": "OTHER"},
            {"type": concept("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType", "uc"), "value": "ICN77"},
        ],
        "created": "2025-04-01",
        "billablePeriod": {"start": "2025-03-04", "end": "2025-03-04"},
        "insurer": {"reference": "Organization/payer"},
        "patient": {"reference": "Patient/roe"},
        "provider": {"reference": "Organization/clinic"},
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/cov"}}],
        "supportingInfo": [
            {"sequence": 1, "category": concept(INFORMATION, "patientaccountnumber"), "valueString": "PCN0001"}
        ],
    } | fields
    return {"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {k: v for k, v in resource.items() if v is not None}},
        {"resource": {"resourceType": "Organization", "id": "payer", "name": "GOOD HEALTH", "identifier": [
            {"type": concept(KIND, "NPI"), "value": GOOD}, {"type": concept("", "payerid"), "value": "60054"}]}},
        {"resource": {"resourceType": "Organization", "id": "clinic", "name": "GOOD DOCTORS PC", "identifier": [
            {"type": concept(KIND, "NPI"), "system": "http://hl7.org/fhir/sid/us-npi", "value": GOOD}]}},
        {"resource": {"resourceType": "Patient", "id": "roe", "name": [{"family": "ROE", "given": ["JANE"]}],
                      "identifier": [{"type": concept(KIND, "MR"), "value": "M1"},
                                     {"type": concept(KIND, "MB"), "value": "W123456789"}]}},
        {"resource": {"resourceType": "Coverage", "id": "cov", "status": "active"}},
    ]}  # fmt: skip


def read(document: dict[str, Any]) -> FhirRemittance:
    (made,) = read_remittances(encode(document))
    return made


def posted(document: dict[str, Any]) -> Remittance:
    made = read(document)
    assert made.accepted, [(p.segment, p.message) for p in made.problems]
    assert made.remittance is not None
    return made.remittance


def sums(remittance: Remittance) -> list[Adjustment]:
    return [*remittance.adjustments, *(a for line in remittance.lines for a in line.adjustments)]


OUTPATIENT = explanation(
    "institutional",
    supportingInfo=None,
    careTeam=[{"sequence": 1, "role": concept(ROLE, "attending"), "provider": {"reference": "Organization/clinic"}}],
    item=[
        item(1, "99231", amount("submitted", "84.4"), amount("copay", "0"), amount("eligible", "56.52"),
             amount("benefit", "56.52"), amount("noncovered", "0", C4BB), revenue="0551"),
        item(2, "99231", amount("noncovered", "0", C4BB), revenue="0023"),  # the guide's own says no more either
    ],
    total=[amount("submitted", "84.4"), amount("eligible", "56.52"), amount("benefit", "56.52")],
)  # fmt: skip
INPATIENT = explanation(
    "institutional",
    item=[{"sequence": 1, "productOrService": concept("http://terminology.hl7.org/CodeSystem/data-absent-reason",
                                                      "not-applicable"), "servicedDate": "2025-03-04"}],
    total=[amount("submitted", "7147.2"), amount("eligible", "1542.01"), amount("copay", "120"),
           amount("noncovered", "0", C4BB), amount("benefit", "1422.01")],
)  # fmt: skip
PROFESSIONAL = explanation(
    "professional",
    item=[
        item(1, "99284", amount("submitted", "1050"), amount("eligible", "300"), amount("coinsurance", "60"),
             amount("paidtoprovider", "240", C4BB)),
        # refused under the contract though eligible: 751.20 - 224.11 = 527.09 beyond it, 224.11 not covered
        item(2, "37228", amount("submitted", "751.2"), amount("eligible", "224.11"), amount("benefit", "0"),
             amount("noncovered", "224.11", C4BB)),
    ],
)  # fmt: skip


@pytest.mark.parametrize("document", [OUTPATIENT, INPATIENT, PROFESSIONAL])
def test_the_resources_are_sound_r4(document: dict[str, Any]) -> None:
    ExplanationOfBenefit.model_validate_json(encode(document["entry"][0]["resource"] | {"payee": None}))


def test_what_is_beyond_the_eligible_amount_is_contractual() -> None:
    remittance = posted(PROFESSIONAL)
    one, two = remittance.lines
    assert [(a.group, a.reason, a.amount) for a in one.adjustments] == [("CO", "45", D(750)), ("PR", "2", D(60))]
    assert [(a.group, a.reason, a.amount) for a in two.adjustments] == [
        ("CO", "45", D("527.09")),
        ("OA", "96", D("224.11")),
    ]
    assert (remittance.charge, remittance.paid, remittance.patient_responsibility) == (D("1801.2"), D(240), D(60))
    assert (one.allowed, two.allowed) == (D(300), D("224.11"))


def test_a_noncovered_amount_may_be_part_of_what_is_beyond_the_eligible_one() -> None:
    # 500 - 300 = 200, of which 80 are said not to be covered; 300 - 60 = 240 is paid
    made = explanation("professional", item=[item(1, "99284", amount("submitted", "500"), amount("eligible", "300"),
        amount("coinsurance", "60"), amount("noncovered", "80"), amount("benefit", "240"))])  # fmt: skip
    assert [(a.group, a.reason, a.amount) for a in sums(posted(made))] == [
        ("CO", "45", D(120)), ("OA", "96", D(80)), ("PR", "2", D(60))]  # fmt: skip


def test_amounts_of_the_whole_are_read_without_lines() -> None:
    made = read(INPATIENT)
    assert made.accepted and made.remittance is not None
    remittance = made.remittance
    assert remittance.lines == ()
    assert (remittance.charge, remittance.paid, remittance.patient_responsibility) == (
        D("7147.2"), D("1422.01"), D(120))  # fmt: skip
    assert [(a.group, a.reason, a.amount) for a in remittance.adjustments] == [
        ("CO", "45", D("5605.19")), ("PR", "3", D(120))]  # fmt: skip
    assert "entry[0].resource.item[0]" in [p.segment for p in made.problems]


def test_numbers_are_those_their_types_say() -> None:
    remittance = posted(INPATIENT)
    assert (remittance.control_number, remittance.payer_claim_number) == ("PCN0001", "ICN77")
    assert remittance.payment.payer.reference("2U") == "60054"
    assert [p.id for p in remittance.parties if p.role == "QC"] == ["W123456789"]


def test_without_a_patient_account_number_the_rest_has_to_tell() -> None:
    made = read(OUTPATIENT)
    assert made.accepted and made.remittance is not None
    assert made.remittance.control_number == "0"
    assert [(line.charge, line.paid) for line in made.remittance.lines] == [(D("84.4"), D("56.52")), (D(0), D(0))]
    assert [key[:2] for key in lookup_keys(made.remittance)] == ["f:", "m:", "p:"]
    assert "entry[0].resource.claim" in [p.segment for p in made.problems]


def test_the_payee_may_be_of_the_care_team() -> None:
    made = copy.deepcopy(OUTPATIENT)
    del made["entry"][0]["resource"]["provider"]
    assert posted(made).payment.payee.npi == GOOD


def test_a_providers_npi_that_its_payer_mistypes_is_told() -> None:
    made = copy.deepcopy(PROFESSIONAL)
    made["entry"][2]["resource"]["identifier"][0]["value"] = BAD
    found = read(made)
    assert found.accepted
    assert any("check digit" in p.message and p.severity == "warning" for p in found.problems)


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"status": "draft"}, "status", "draft"),
        ({"status": "entered-in-error"}, "status", "entered-in-error"),
        ({"status": "on-hold"}, "status", "no status"),
        ({"use": "preauthorization"}, "use", "pays nothing"),
        ({"use": "predetermination"}, "use", "pays nothing"),
        ({"outcome": "queued"}, "outcome", "queued"),
        ({"type": concept(CLAIM_TYPE, "pharmacy")}, "type", "pharmacy"),
        ({"type": concept(CLAIM_TYPE, "vision")}, "type", "vision"),
        ({"item": [item(1, "99284")]}, "total", "no amount paid"),  # a nonfinancial one
    ],
)
def test_what_tells_of_no_payment_is_refused_by_name(fields: dict[str, Any], path: str, words: str) -> None:
    document = copy.deepcopy(PROFESSIONAL)
    document["entry"][0]["resource"] |= fields
    made = read(document)
    assert not made.readable
    assert [p.message for p in made.problems if p.severity == "error" and p.segment.endswith("." + path)]
    assert any(words in p.message for p in made.problems if p.severity == "error")


def test_a_cancelled_one_takes_its_money_back() -> None:
    document = copy.deepcopy(PROFESSIONAL)
    document["entry"][0]["resource"]["status"] = "cancelled"
    remittance = posted(document)
    assert (remittance.status, remittance.charge, remittance.paid) == ("22", D("-1801.2"), D(-240))
    assert [line.paid for line in remittance.lines] == [D(-240), D(0)]
    assert sum(a.amount for a in sums(remittance)) == D("-1561.2")


def test_a_dental_one_has_codes_of_its_list() -> None:
    line = item(1, "99284", amount("submitted", "190"), amount("eligible", "150"), amount("benefit", "150"))
    line["productOrService"] = concept("http://www.ada.org/cdt", "D1110")
    (read_line,) = posted(explanation("oral", item=[line])).lines
    assert (read_line.procedure.qualifier, read_line.procedure.code) == ("AD", "D1110")


Change = Callable[[dict[str, Any]], Any]


DOUBTFUL: list[tuple[dict[str, Any], Change, str]] = [
    # 1542.01 - 120 - 1393.57 = 28.44, as the guide's own second inpatient example has it
    (INPATIENT, lambda e: e["total"].__setitem__(4, amount("benefit", "1393.57")), "28.44"),
    # 250 charged, 200 paid, and nothing says why
    (PROFESSIONAL, lambda e: e.update(
        item=[item(1, "97110", amount("submitted", "250"), amount("benefit", "200"))]), "50.00"),
    # nothing allowed and nothing paid, without a reason: no contractual write-off of the whole charge
    (PROFESSIONAL, lambda e: e.update(item=[item(1, "97110", amount("submitted", "250"), amount("eligible", "0"),
                                                 amount("benefit", "0"))]), "250.00"),
    (PROFESSIONAL, lambda e: e.update(outcome="error"), ""),
]  # fmt: skip


@pytest.mark.parametrize(("document", "change", "dollars"), DOUBTFUL)
def test_a_payment_that_is_not_explained_waits_for_a_person(document: Any, change: Change, dollars: str) -> None:
    made = copy.deepcopy(document)
    change(made["entry"][0]["resource"])
    (pending,) = fhir_batches(encode(made), counts := InputCounts("i"))
    assert (pending.payments, counts.summary.problems) == ([], [])
    (held,) = pending.held
    assert (held.kind, held.control_number, held.interchange_id) == ("payment", "PCN0001", "i")
    assert dollars in held.reasons[0].message and held.reasons[0].how_to_fix
    assert held.text
    made["entry"][0]["resource"]["meta"] = {"security": [{"code": "HTEST"}]}
    (tested,) = fhir_batches(encode(made), InputCounts("i"))
    assert (tested.held, [read.test for read in tested.payments]) == ([], [True])


def batch(document: dict[str, Any]) -> tuple[PendingInput, InputCounts]:
    counts = InputCounts("i")
    (pending,) = fhir_batches(encode(document), counts)
    return pending, counts


def test_what_nobody_reads_is_named() -> None:
    document = copy.deepcopy(PROFESSIONAL)
    document["entry"][0]["resource"]["processNote"] = [{"text": "x"}]
    document["entry"].append({"resource": {"resourceType": "Observation", "id": "o"}})
    pending, counts = batch(document)
    (read_payment,) = pending.payments
    assert [p.segment for p in read_payment.problems] == ["entry[0].resource.processNote"]
    assert [(p.segment, "Observation" in p.message) for p in counts.summary.problems] == [("entry", True)]
