"""The JSON shape: what it becomes, where its problems are, and that it comes back as it went."""

from __future__ import annotations

import copy
import json
import tracemalloc
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from recoup_x12 import ClaimRead, read
from recoup_x12.model import Claim
from services.intake.adapters.json_api import read_claim, read_ndjson
from services.intake.domain.identity import claim_id, fingerprint
from tests.unit.intake.json.writing import write_claim

BODY: dict[str, Any] = {
    "usageIndicator": "P",
    "tradingPartnerServiceId": "60054",
    "tradingPartnerName": "AETNA",
    "submitter": {
        "organizationName": "BILLING SERVICE",
        "submitterIdentification": "SUB1",
        "contactInformation": {"name": "OFFICE", "phoneNumber": "5125550100"},
    },
    "receiver": {"organizationName": "AETNA"},
    "billing": {
        "providerType": "BillingProvider",
        "npi": "1234567893",
        "employerId": "521234567",
        "taxonomyCode": "207P00000X",
        "organizationName": "GOOD DOCTORS PC",
        "address": {"address1": "1 MAIN ST", "city": "AUSTIN", "state": "TX", "postalCode": "78701-0001"},
    },
    "rendering": {"npi": "1245319599", "lastName": "HOUSE", "firstName": "GREG", "taxonomyCode": "207PE0004X"},
    "subscriber": {
        "memberId": "W123456789",
        "paymentResponsibilityLevelCode": "P",
        "firstName": "JANE",
        "lastName": "ROE",
        "gender": "F",
        "dateOfBirth": "19800102",
        "groupNumber": "G77",
        "address": {"address1": "2 ELM ST", "city": "AUSTIN", "state": "TX", "postalCode": "78701"},
    },
    "claimInformation": {
        "claimFilingCode": "CI",
        "patientControlNumber": "PCN0001",
        "claimChargeAmount": "1100.50",
        "placeOfServiceCode": "23",
        "claimFrequencyCode": "1",
        "signatureIndicator": "Y",
        "planParticipationCode": "C",
        "benefitsAssignmentCertificationIndicator": "Y",
        "releaseInformationCode": "Y",
        "claimSupplementalInformation": {"priorAuthorizationNumber": "AUTH1"},
        "healthCareCodeInformation": [
            {"diagnosisTypeCode": "ABK", "diagnosisCode": "S61.411A"},
            {"diagnosisTypeCode": "ABF", "diagnosisCode": "W260XXA"},
        ],
        "serviceLines": [
            {
                "serviceDate": "20250304",
                "providerControlNumber": "L1",
                "professionalService": {
                    "procedureIdentifier": "HC",
                    "procedureCode": "99284",
                    "procedureModifiers": ["25"],
                    "lineItemChargeAmount": "800.50",
                    "measurementUnit": "UN",
                    "serviceUnitCount": "1",
                    "compositeDiagnosisCodePointers": {"diagnosisCodePointers": ["1", "2"]},
                },
            },
            {
                "serviceDate": "2025-03-04",
                "professionalService": {
                    "procedureIdentifier": "HC",
                    "procedureCode": "12001",
                    "lineItemChargeAmount": 300,
                    "measurementUnit": "UN",
                    "serviceUnitCount": 1,
                    "compositeDiagnosisCodePointers": {"diagnosisCodePointers": [1]},
                },
            },
        ],
    },
}

# The same claim as X12.
X12 = (
    "ISA*00*          *00*          *ZZ*SUB1           *ZZ*60054          *250305*1200*^*00501*000000001*0*P*:~"
    "GS*HC*SUB1*60054*20250305*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*1*20250305*1200*CH~"
    "NM1*41*2*BILLING SERVICE*****46*SUB1~PER*IC*OFFICE*TE*5125550100~NM1*40*2*AETNA*****46*60054~HL*1**20*1~"
    "PRV*BI*PXC*207P00000X~NM1*85*2*GOOD DOCTORS PC*****XX*1234567893~N3*1 MAIN ST~N4*AUSTIN*TX*787010001~"
    "REF*EI*521234567~HL*2*1*22*0~SBR*P*18*G77******CI~NM1*IL*1*ROE*JANE****MI*W123456789~N3*2 ELM ST~"
    "N4*AUSTIN*TX*78701~DMG*D8*19800102*F~NM1*PR*2*AETNA*****PI*60054~"
    "CLM*PCN0001*1100.5***23:B:1*Y*C*Y*Y~REF*G1*AUTH1~HI*ABK:S61411A*ABF:W260XXA~"
    "NM1*82*1*HOUSE*GREG****XX*1245319599~PRV*PE*PXC*207PE0004X~"
    "LX*1~SV1*HC:99284:25*800.5*UN*1***1:2~DTP*472*D8*20250304~REF*6R*L1~"
    "LX*2~SV1*HC:12001*300*UN*1***1~DTP*472*D8*20250304~SE*31*0001~GE*1*1~IEA*1*000000001~"
)


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    body = copy.deepcopy(BODY)
    change(body)
    return body


def from_x12(text: bytes) -> list[Claim]:
    return [item.claim for item in read([text]) if isinstance(item, ClaimRead) and item.claim is not None]


def sound(body: dict[str, Any]) -> Claim:
    made = read_claim(json.dumps(body))
    assert made.problems == ()
    assert made.claim is not None
    assert made.accepted
    return made.claim


def test_a_sound_claim() -> None:
    claim = sound(BODY)
    assert (claim.form, claim.implementation, claim.control_number) == ("professional", "005010X222A1", "PCN0001")
    assert (claim.charge, claim.place, claim.place_qualifier, claim.frequency) == (Decimal("1100.50"), "23", "B", "1")
    assert (claim.payer.id, claim.payer.name) == ("60054", "AETNA")
    assert (claim.billing.npi, claim.billing.tax_id, claim.billing.taxonomy) == (
        "1234567893",
        "521234567",
        "207P00000X",
    )
    assert claim.billing.address is not None
    assert claim.billing.address.postal_code == "787010001"
    assert (claim.coverage.relationship, claim.coverage.filing_indicator) == ("18", "CI")
    assert claim.subscriber.demographics is not None
    assert claim.subscriber.demographics.born == date(1980, 1, 2)
    assert claim.prior_authorization == "AUTH1"
    assert [h.code for h in claim.diagnoses] == ["S61411A", "W260XXA"]
    one, two = claim.lines
    assert (one.number, one.charge, one.pointers, one.control_number) == (1, Decimal("800.50"), (1, 2), "L1")
    assert (two.number, two.charge, two.quantity, two.service_from) == (2, Decimal(300), Decimal(1), date(2025, 3, 4))


def test_the_same_claim_as_json_and_as_x12_is_the_same_claim() -> None:
    (by_x12,) = from_x12(X12.encode())
    by_json = sound(BODY)
    assert claim_id("t", by_json) == claim_id("t", by_x12)
    assert fingerprint(by_json) == fingerprint(by_x12)


def test_a_dependent_is_the_patient() -> None:
    dependent = {
        "firstName": "TIM", "lastName": "ROE", "gender": "M", "dateOfBirth": "20150607",
        "relationshipToSubscriberCode": "19",
        "address": {"address1": "2 ELM ST", "city": "AUSTIN", "state": "TX", "postalCode": "78701"},
    }  # fmt: skip
    claim = sound(changed(lambda b: b.update(dependent=dependent)))
    assert claim.coverage.relationship == ""
    assert claim.patient is not None
    assert claim.patient_info is not None
    assert (claim.who.first_name, claim.patient_info.relationship) == ("TIM", "19")


def info(body: dict[str, Any]) -> dict[str, Any]:
    return body["claimInformation"]


def service(body: dict[str, Any], line: int = 0) -> dict[str, Any]:
    return info(body)["serviceLines"][line]["professionalService"]


LINE_0, LINE_1 = "claimInformation.serviceLines[0]", "claimInformation.serviceLines[1]"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda b: info(b).pop("patientControlNumber"), "claimInformation.patientControlNumber"),
        (lambda b: info(b).update(claimChargeAmount="12.345"), "claimInformation.claimChargeAmount"),
        (lambda b: info(b).update(claimChargeAmount="a lot"), "claimInformation.claimChargeAmount"),
        (lambda b: info(b).update(claimChargeAmount=True), "claimInformation.claimChargeAmount"),
        (lambda b: info(b).update(claimChargeAmount={}), "claimInformation.claimChargeAmount"),
        (lambda b: info(b).update(patientControlNumber="X" * 39), "claimInformation.patientControlNumber"),
        (lambda b: info(b).update(patientControlNumber="A\u0007B"), "claimInformation.patientControlNumber"),
        (lambda b: info(b).update(serviceLines=[]), "claimInformation.serviceLines"),
        (lambda b: info(b).update(serviceLines="none"), "claimInformation.serviceLines"),
        (lambda b: info(b)["serviceLines"].append(7), "claimInformation.serviceLines[2]"),
        (lambda b: info(b)["serviceLines"].append({}), "claimInformation.serviceLines[2]"),
        (lambda b: info(b)["serviceLines"][1].pop("serviceDate"), LINE_1 + ".serviceDate"),
        (lambda b: info(b)["serviceLines"][1].update(serviceDate="20250231"), LINE_1 + ".serviceDate"),
        (lambda b: info(b)["serviceLines"][0].update(serviceDateEnd="20250301"), LINE_0 + ".serviceDateEnd"),
        (lambda b: service(b, 1).update(procedureCode="123"), LINE_1 + ".professionalService.procedureCode"),
        (lambda b: service(b).update(procedureModifiers=["2"]), LINE_0 + ".professionalService.procedureModifiers[0]"),
        (lambda b: service(b).pop("serviceUnitCount"), LINE_0 + ".professionalService.serviceUnitCount"),
        (lambda b: b.pop("billing"), "billing"),
        (lambda b: b["billing"].update(npi="1234567890"), "billing.npi"),
        (lambda b: b["billing"]["address"].pop("city"), "billing.address.city"),
        (lambda b: b["subscriber"].pop("memberId"), "subscriber.memberId"),
        (lambda b: b["subscriber"].update(dateOfBirth="yesterday"), "subscriber.dateOfBirth"),
        (lambda b: b["subscriber"].update(gender="X"), "subscriber.gender"),
        (lambda b: b.pop("tradingPartnerServiceId"), "tradingPartnerServiceId"),
        (lambda b: b.pop("claimInformation"), "claimInformation"),
        (lambda b: b.update(usageIndicator="X"), "usageIndicator"),
        (lambda b: b.update(usage_indicator="T"), "usage_indicator"),
        (lambda b: b.update(UsageIndicator="T"), "UsageIndicator"),
        (lambda b: info(b).update(usageIndicator="T"), "claimInformation.usageIndicator"),
    ],
)  # fmt: skip
def test_problems_have_places(change: Callable[[dict[str, Any]], object], path: str) -> None:
    made = read_claim(changed(change))
    assert path in [p.segment for p in made.problems if p.severity == "error"]
    assert not made.accepted


def test_every_problem_is_told_at_once() -> None:
    def change(body: dict[str, Any]) -> None:
        del body["tradingPartnerServiceId"]
        body["billing"]["npi"] = "1"
        info(body)["claimChargeAmount"] = "?"

    assert [p.segment for p in read_claim(changed(change)).problems] == [
        "claimInformation.claimChargeAmount",
        "billing.npi",
        "tradingPartnerServiceId",
    ]


def test_what_is_not_read_is_said() -> None:
    def change(body: dict[str, Any]) -> None:
        info(body)["colour"] = "red"
        info(body)["serviceLines"][0]["JANE ROE"] = 1

    made = read_claim(changed(change))
    assert made.accepted
    assert [(p.segment, p.severity) for p in made.problems] == [
        ("claimInformation.colour", "warning"),
        ("claimInformation.serviceLines[0].(a field)", "warning"),
    ]


def test_rules_of_the_guide_hold_here_too() -> None:
    made = read_claim(changed(lambda b: info(b).update(claimChargeAmount="1000")))
    assert [(p.segment, p.snip) for p in made.problems] == [("CLM", 3)]
    assert not made.accepted


def test_an_institutional_claim() -> None:
    def change(body: dict[str, Any]) -> None:
        del body["rendering"]
        body["attending"] = {"npi": "1245319599", "lastName": "HOUSE", "firstName": "GREG"}
        about = info(body)
        about["placeOfServiceCode"] = "11"
        about["claimChargeAmount"] = "5000"
        about["claimCodeInformation"] = {
            "admissionTypeCode": "1",
            "admissionSourceCode": "1",
            "patientStatusCode": "01",
        }
        about["claimDateInformation"] = {
            "statementBeginDate": "20250301", "statementEndDate": "20250304",
            "admissionDateAndHour": "202503010815", "dischargeHour": "1130",
        }  # fmt: skip
        del about["healthCareCodeInformation"]
        about["principalDiagnosis"] = {"principalDiagnosisCode": "S61.411A", "presentOnAdmissionIndicator": "Y"}
        about["admittingDiagnosis"] = {"admittingDiagnosisCode": "S61411A"}
        about["serviceLines"] = [
            {
                "institutionalService": {
                    "serviceLineRevenueCode": "0120", "lineItemChargeAmount": "5000",
                    "measurementUnit": "DA", "serviceUnitCount": "3",
                }
            }
        ]  # fmt: skip

    claim = sound(changed(change))
    assert (claim.form, claim.bill_type) == ("institutional", "111")
    assert (claim.service_from, claim.service_to) == (date(2025, 3, 1), date(2025, 3, 4))
    assert [h.qualifier for h in claim.health_codes] == ["ABK", "ABJ"]
    assert claim.lines[0].procedure is None
    assert sound(write_claim(claim)) == claim


@pytest.mark.parametrize("text", ["", "[]", "7", "{", '{"a":', b"\xff\xfe", "null", "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str | bytes) -> None:
    made = read_claim(text)
    assert made.claim is None
    assert made.problems


def test_amounts_keep_every_digit() -> None:
    text = json.dumps(BODY).replace('"1100.50"', "1100.50").replace('"800.50"', "800.50")
    made = read_claim(text)
    assert made.claim is not None
    assert str(made.claim.charge) == "1100.50"


# --- round trips -----------------------------------------------------------------------------------------------


# --- NDJSON ----------------------------------------------------------------------------------------------------

ROWS = [json.dumps(changed(lambda b, n=n: info(b).update(patientControlNumber=f"P{n}"))) for n in range(5)]


@pytest.mark.parametrize("size", [1, 7, 1000, 1_000_000])
@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_lines_in_whatever_pieces(size: int, ending: str) -> None:
    data = ("\r\n".join([ROWS[0], "", *ROWS[1:]]) + ending).encode()
    rows = list(read_ndjson(data[n : n + size] for n in range(0, len(data), size)))
    assert [r.number for r in rows] == [1, 3, 4, 5, 6]
    assert [r.read.control_number for r in rows] == ["P0", "P1", "P2", "P3", "P4"]
    assert all(r.read.accepted for r in rows)


def test_a_bad_line_does_not_sink_its_neighbours() -> None:
    long = '{"a":"' + "x" * 5000 + '"}'
    data = "\n".join([ROWS[0], "{broken", long, ROWS[1]]).encode() + b"\n\xff\n" + ROWS[2].encode()
    for size in (64, 10_000_000):
        rows = list(read_ndjson((data[n : n + size] for n in range(0, len(data), size)), most=4000))
        assert [(r.number, r.read.accepted) for r in rows] == [
            (1, True), (2, False), (3, False), (4, True), (5, False), (6, True),
        ]  # fmt: skip


def test_a_line_without_end_is_not_kept() -> None:
    chunk = b"x" * 1_000_000
    tracemalloc.start()
    rows = list(read_ndjson((chunk for _ in range(50)), most=4000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [r.read.accepted for r in rows] == [False]
    assert peak < 5_000_000


def test_a_byte_order_mark_is_passed_over() -> None:
    (row,) = read_ndjson([b"\xef\xbb\xbf" + ROWS[0].encode()])
    assert row.read.accepted


@pytest.mark.parametrize("document", [BODY, [BODY]])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_document_over_several_lines_is_told_once(document: Any, size: int) -> None:
    text = b"\xef\xbb\xbf" + json.dumps(document, indent=2).encode()
    (row,) = read_ndjson(text[at : at + size] for at in range(0, len(text), size))
    assert row.number == 1 and row.read.claim is None
    assert [problem.message for problem in row.read.problems] == [
        "one JSON document over several lines, not a claim a line"
    ]
