"""Claims that are written as JSON and read again are the same claims."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup_x12 import Problem
from services.intake.adapters.json_api import read_claim
from services.intake.domain.identity import claim_id, fingerprint
from tests.unit.intake.json.test_json import BODY, changed, from_x12, info, sound
from tests.unit.intake.json.writing import write_claim

SAMPLES = Path(__file__).parents[5] / "shared" / "samples" / "x12"


def test_reading_what_was_written_gives_the_same_claim() -> None:
    claim = sound(BODY)
    assert sound(write_claim(claim)) == claim


FULL: dict[str, Any] = {
    "claimNote": {"additionalInformation": "SEE RECORD"},
    "patientAmountPaid": "25.00",
    "claimDateInformation": {"accidentDate": "20250303", "symptomDate": "20250304"},
    "relatedCausesCode": ["AA"],
    "autoAccidentStateCode": "TX",
    "serviceFacilityLocation": {
        "organizationName": "CITY HOSPITAL", "npi": "1003000126",
        "address": {"address1": "9 OAK ST", "city": "AUSTIN", "state": "TX", "postalCode": "787020000"},
    },
    "otherSubscriberInformation": [
        {
            "paymentResponsibilityLevelCode": "S", "individualRelationshipCode": "18", "claimFilingIndicatorCode": "CI",
            "insuranceGroupOrPolicyNumber": "G2", "payerPaidAmount": "40.00",
            "benefitsAssignmentCertificationIndicator": "Y", "releaseOfInformationCode": "Y",
            "claimLevelAdjustments": [
                {"adjustmentGroupCode": "CO",
                 "adjustmentDetails": [{"adjustmentReasonCode": "45", "adjustmentAmount": "10.00"}]}
            ],
            "otherSubscriberName": {"otherInsuredQualifier": "1", "otherInsuredLastName": "ROE",
                                    "otherInsuredFirstName": "JANE", "otherInsuredIdentifier": "X1"},
            "otherPayerName": {"otherPayerOrganizationName": "SECOND", "otherPayerIdentifier": "87726",
                               "otherPayerAdjudicationOrPaymentDate": "20250401"},
        }
    ],
}  # fmt: skip
FULL_LINE: dict[str, Any] = {
    "additionalNotes": "LEFT HAND",
    "drugIdentification": {
        "serviceIdQualifier": "N4", "nationalDrugCode": "00409379501", "nationalDrugUnitCount": "2",
        "measurementUnitCode": "ML", "pharmacyPrescriptionNumber": "RX1",
    },
    "serviceLineReferenceInformation": {"priorAuthorization": [{"priorAuthorizationOrReferralNumber": "A2"}]},
    "serviceLineSupplementalInformation": [
        {"attachmentReportTypeCode": "OZ", "attachmentTransmissionCode": "EL", "attachmentControlNumber": "77"}
    ],
    "renderingProvider": {"npi": "1245319599", "lastName": "HOUSE", "firstName": "GREG"},
    "lineAdjudicationInformation": [
        {"otherPayerPrimaryIdentifier": "87726", "serviceLinePaidAmount": "40.00", "serviceIdQualifier": "HC",
         "procedureCode": "99284", "paidServiceUnitCount": "1", "adjudicationOrPaymentDate": "20250401",
         "claimAdjustmentInformation": [
             {"adjustmentGroupCode": "PR",
              "adjustmentDetails": [{"adjustmentReasonCode": "2", "adjustmentAmount": "10.00",
                                     "adjustmentQuantity": "1"}]}]}
    ],
}  # fmt: skip


def test_every_part_comes_back() -> None:
    def change(body: dict[str, Any]) -> None:
        info(body).update(FULL)
        info(body)["serviceLines"][0].update(FULL_LINE)

    made = read_claim(changed(change))
    assert made.claim is not None
    assert not [p for p in made.problems if "." in p.segment]  # nothing wrong with the reading
    line = made.claim.lines[0]
    assert line.drugs[0].code == "00409379501"
    assert line.adjudications[0].adjustments[0].amount == Decimal("10.00")
    assert made.claim.other_payers[0].paid == Decimal("40.00")
    again = read_claim(json.dumps(write_claim(made.claim)))
    assert again.claim == made.claim


amounts = st.integers(0, 99_999_999).map(lambda n: Decimal(n).scaleb(-2))
words = st.text("ABCDEFGHIJ -'ÉÑ", min_size=1, max_size=20).map(str.strip).filter(bool)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(amounts, st.sampled_from(["99213", "12001"]), st.integers(0, 50)), min_size=1, max_size=6),
    words,
    st.text("ABC0123456789-", min_size=1, max_size=38),
)  # fmt: skip
def test_claims_come_back_whatever_they_hold(lines: list[tuple[Decimal, str, int]], name: str, number: str) -> None:
    def change(body: dict[str, Any]) -> None:
        body["subscriber"]["lastName"] = name
        about = info(body)
        about["patientControlNumber"] = number
        about["claimChargeAmount"] = str(sum((n[0] for n in lines), Decimal(0)))
        row = about["serviceLines"][1]
        about["serviceLines"] = []
        for charge, code, units in lines:
            new = copy.deepcopy(row)
            new["professionalService"] |= {
                "lineItemChargeAmount": str(charge), "procedureCode": code, "serviceUnitCount": str(units),
            }  # fmt: skip
            about["serviceLines"].append(new)

    claim = sound(changed(change))
    again = sound(json.loads(json.dumps(write_claim(claim))))
    assert again == claim
    assert fingerprint(again) == fingerprint(claim)


@pytest.mark.outside(SAMPLES)
def test_claims_read_as_x12_come_back_through_json() -> None:
    checked = 0
    for path in sorted((SAMPLES / "837p").glob("demo.*")):
        for claim in from_x12(path.read_bytes()):
            if any(n.procedure is not None and not n.procedure.code for n in claim.lines):
                continue  # a sample whose composites cannot be told apart
            made = read_claim(json.dumps(write_claim(claim)))
            assert made.claim is not None
            assert claim_id("t", made.claim) == claim_id("t", claim)
            assert made.claim.charge == claim.charge
            assert [(n.charge, n.procedure, n.pointers, n.service_from) for n in made.claim.lines] == [
                (n.charge, n.procedure, n.pointers, n.service_from) for n in claim.lines
            ]
            checked += 1
    assert checked > 10


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.data(), json_values)
def test_nothing_put_anywhere_breaks_the_reading(data: st.DataObject, value: object) -> None:
    body = copy.deepcopy(BODY)
    here: Any = body
    while True:
        key = data.draw(st.sampled_from(sorted(here)) if isinstance(here, dict) else st.sampled_from(range(len(here))))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.booleans()):
            here[key] = value
            break
        here = here[key]
    made = read_claim(json.dumps(body))
    assert all(isinstance(p, Problem) for p in made.problems)
    for p in made.problems:
        assert "ROE" not in p.message + p.how_to_fix + p.segment
