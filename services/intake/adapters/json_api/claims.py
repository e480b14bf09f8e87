"""A claim in the JSON shape → `Claim`, with every problem at its JSON path."""

from __future__ import annotations

import re
from typing import Any, Literal, cast

import msgspec

from recoup_x12 import Problem, validate_claim
from recoup_x12.model import (
    EMPTY_PARTY,
    Accident,
    Admission,
    Amount,
    Claim,
    Coverage,
    Dated,
    HealthCode,
    Note,
    OtherInsurance,
    OtherPayer,
    Party,
    PatientInfo,
    Reference,
)
from services.intake.adapters.json_api.fields import (
    CLAIM_CODES,
    CLAIM_DATES,
    CLAIM_LOCATIONS,
    CLAIM_NOTES,
    CLAIM_REFERENCES,
    PROVIDERS,
    SERVICES,
)
from services.intake.adapters.json_api.lines import period, read_adjustments, read_attachments, read_lines
from services.intake.adapters.json_api.parties import (
    by_qualifier,
    read_address,
    read_person,
    read_provider,
    read_submitter,
    with_parties_apart,
)
from services.intake.adapters.json_api.reading import ZERO, Node, NotJson, Problems, day_of, decode

_IMPLEMENTATIONS = dict(SERVICES.values())
_HOUR = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d").fullmatch
_MOST_BYTES = 4 * 1024 * 1024

_ASTRAY = "is not where it is read: a test would be taken for production"


class JsonClaim(msgspec.Struct, frozen=True):
    """What reading one document gave. `claim` is None where not even a control number and lines could be read.

    A problem's `segment` holds the JSON path where reading found it, or the X12 segment where a rule of the guide did.
    `test`: `usageIndicator` is T.
    """

    claim: Claim | None
    problems: tuple[Problem, ...]
    control_number: str = ""
    test: bool = False

    @property
    def accepted(self) -> bool:
        """True if nothing refuses the claim."""
        return self.claim is not None and all(p.severity != "error" for p in self.problems)


def read_claim(document: bytes | str | dict[str, Any]) -> JsonClaim:
    """Read one claim. Never raises for what the document holds."""
    problems = Problems()
    if not isinstance(document, dict):
        if len(document) > _MOST_BYTES:
            problems.add("", "the document is longer than 4 MB", "Send one claim a document.", snip=1)
            return JsonClaim(None, tuple(problems.found))
        try:
            document = decode(document)
        except NotJson as error:
            problems.add("", str(error), "Send one JSON object.", snip=1)
            return JsonClaim(None, tuple(problems.found))
    root = Node(with_parties_apart(document), "", problems)
    info = root.child("claimInformation", required=True)
    if info is None:
        return JsonClaim(None, tuple(problems.found))
    number = info.text("patientControlNumber", required=True, most=38)
    claim = _claim(root, info, number)
    test = _is_test(root)
    for path in root.unread():
        if _names_usage(path):
            problems.add(path, _ASTRAY, 'Send "usageIndicator" at the top, P or T.', snip=5)
            continue
        problems.add(path, "is not read here", "Check the name; leave it out if it is not needed.", severity="warning")
    if claim is None:
        return JsonClaim(None, tuple(problems.found), number, test)
    if not any(p.severity == "error" for p in problems.found):
        problems.found += validate_claim(claim)
    return JsonClaim(claim, tuple(problems.found), number, test)


def _names_usage(path: str) -> bool:
    """Return True if a field that is not read is named as the one that tells a test from production."""
    return path.rpartition(".")[2].replace("_", "").replace("-", "").lower() == "usageindicator"


def _is_test(root: Node) -> bool:
    usage = root.code("usageIndicator", most=1)
    if usage not in ("", "P", "T"):
        root.problems.add("usageIndicator", "is neither P nor T", "Send P for production, T for a test.", snip=5)
    return usage == "T"


def _claim(root: Node, info: Node, number: str) -> Claim | None:
    form, lines = read_lines(info)
    if not form or not number:
        return None
    institutional = form == "institutional"
    subscriber = root.child("subscriber", required=True)
    dependent = root.child("dependent")
    coverage = Coverage()
    insured = EMPTY_PARTY
    if subscriber is not None:
        insured = read_person(subscriber, "IL")
        coverage = _coverage(subscriber, info, dependent is not None)
    patient = read_person(dependent, "QC") if dependent is not None else None
    relationship = (
        dependent.code("relationshipToSubscriberCode", required=True, most=2) if dependent is not None else ""
    )
    billing = root.child("billing", required=True)
    codes: dict[str, Any] = {attribute: info.code(name, most=most) for name, attribute, most in CLAIM_CODES}
    codes["frequency"] = codes["frequency"] or "1"
    place = info.code("placeOfServiceCode", required=True, most=3)
    references = info.child("claimSupplementalInformation")
    root.raw("controlNumber")
    receiver = root.child("receiver")
    receiver_name = receiver.text("organizationName", most=60) if receiver is not None else ""
    pay_to = read_address(root.child("payToAddress"))
    return Claim(
        form=cast(Literal["professional", "institutional"], form),
        implementation=_IMPLEMENTATIONS[cast(Literal["professional", "institutional"], form)],
        control_number=number,
        charge=info.money("claimChargeAmount", required=True) or ZERO,
        place=place,
        place_qualifier="A" if institutional else "B",
        accident=_accident(info),
        submitter=read_submitter(root.child("submitter")),
        receiver=Party("40", "2", receiver_name) if receiver_name else EMPTY_PARTY,
        billing=read_provider(billing, "85", "BI") if billing is not None else EMPTY_PARTY,
        pay_to=Party("87", "2", address=pay_to) if pay_to else None,
        coverage=coverage,
        subscriber=insured,
        payer=_payer(root, receiver_name),
        patient=patient,
        patient_info=PatientInfo(relationship) if patient is not None else None,
        batch_type="CH",
        admission=_admission(info),
        dates=_dates(info, institutional),
        attachments=read_attachments(references, "reportInformation") if references is not None else (),
        amounts=_amounts(info),
        references=tuple(Reference(q, v) for q, v in by_qualifier(references, CLAIM_REFERENCES, 50))
        if references is not None
        else (),
        notes=_notes(info),
        health_codes=_health_codes(info),
        providers=_providers(root, info),
        other_payers=tuple(_other_payer(n) for n in info.children("otherSubscriberInformation", most=10)),
        lines=lines,
        **codes,
    )


def _payer(root: Node, receiver_name: str) -> Party:
    identifier = root.text("tradingPartnerServiceId", required=True)
    name = root.text("tradingPartnerName", most=60) or receiver_name
    address = read_address(root.child("payerAddress"))
    return Party("PR", "2", name, id_qualifier="PI", id=identifier, address=address)


def _coverage(subscriber: Node, info: Node, dependent: bool) -> Coverage:
    return Coverage(
        subscriber.code("paymentResponsibilityLevelCode", most=1) or "P",
        "" if dependent else "18",
        subscriber.text("groupNumber", most=50) or subscriber.text("policyNumber", most=50),
        subscriber.text("subscriberGroupName", most=60),
        subscriber.code("insuranceTypeCode", most=3),
        info.code("claimFilingCode", required=True, most=2),
    )


def _accident(info: Node) -> Accident | None:
    causes = tuple(c.upper() for c in info.texts("relatedCausesCode", most=3, each=2))
    state = info.code("autoAccidentStateCode", most=2)
    country = info.code("autoAccidentCountryCode", most=3)
    return Accident(causes, state, country) if causes or state or country else None


def _admission(info: Node) -> Admission | None:
    about = info.child("claimCodeInformation")
    if about is None:
        return None
    return Admission(
        about.code("admissionTypeCode", most=1),
        about.code("admissionSourceCode", most=1),
        about.code("patientStatusCode", required=True, most=2),
    )


def _dates(info: Node, institutional: bool) -> tuple[Dated, ...]:
    about = info.child("claimDateInformation", required=institutional)
    if about is None:
        return ()
    found: list[Dated] = []
    begin, end = about.day("statementBeginDate", required=institutional), about.day("statementEndDate")
    if begin is not None:
        # TR3 X223 2300 DTP*434 knows RD8 only, also for one day
        last = end or begin
        found.append(Dated("434", "RD8", f"{begin:%Y%m%d}-{last:%Y%m%d}", begin, last))
        if last < begin:
            about.problems.add(about.at("statementEndDate"), "lies before statementBeginDate", "Check both.", snip=4)
    for name, qualifier in CLAIM_DATES.items():
        day = about.day(name)
        if day is not None:
            found.append(period(qualifier, day, None))
    return (*found, *_hours(about))


def _hours(about: Node) -> list[Dated]:
    """DTP*435 with its hour (DT, CCYYMMDDHHMM) and DTP*096, an hour alone (TM, HHMM)."""
    found: list[Dated] = []
    admitted, discharged = about.text("admissionDateAndHour", most=12), about.text("dischargeHour", most=4)
    if admitted:
        day = day_of(admitted[:8])
        if day is None or not _HOUR(admitted[8:]):
            how_to_fix = "Send CCYYMMDDHHMM, or admissionDate alone."
            about.problems.add(about.at("admissionDateAndHour"), "is not a date with its hour", how_to_fix, snip=1)
        else:
            found.append(Dated("435", "DT", admitted, day, day))
    if discharged:
        if not _HOUR(discharged):
            about.problems.add(about.at("dischargeHour"), "is not an hour", "Send HHMM.", snip=1)
        else:
            found.append(Dated("096", "TM", discharged))
    return found


def _amounts(info: Node) -> tuple[Amount, ...]:
    paid = info.money("patientAmountPaid")
    return (Amount("F5", paid),) if paid is not None else ()


def _notes(info: Node) -> tuple[Note, ...]:
    about = info.child("claimNote")
    return tuple(Note(code, text) for code, text in by_qualifier(about, CLAIM_NOTES, 80)) if about is not None else ()


def _health_codes(info: Node) -> tuple[HealthCode, ...]:
    """HI composites. Codes come with or without their dot; `diagnosisTypeCode` is any HI qualifier."""
    found: list[HealthCode] = []
    for name, field, qualifier in (
        ("principalDiagnosis", "principalDiagnosisCode", "ABK"),
        ("admittingDiagnosis", "admittingDiagnosisCode", "ABJ"),
    ):
        about = info.child(name)
        if about is not None:
            found.append(_health_code(about, about.code("qualifierCode", most=3) or qualifier, field))
    found += [
        _health_code(other, other.code("qualifierCode", most=3) or "ABF", "otherDiagnosisCode")
        for other in info.children("otherDiagnosisInformationList", most=24)
    ]
    for about in info.children("healthCareCodeInformation", most=60):
        found.append(_health_code(about, about.code("diagnosisTypeCode", required=True, most=3), "diagnosisCode"))
    return tuple(found)


def _health_code(node: Node, qualifier: str, field: str) -> HealthCode:
    on = node.day("date")
    return HealthCode(
        qualifier,
        node.code(field, required=True, most=30).replace(".", ""),
        "D8" if on else "",
        f"{on:%Y%m%d}" if on else "",
        node.money("amount"),
        present_on_admission=node.code("presentOnAdmissionIndicator", most=1),
    )


def _providers(root: Node, info: Node) -> tuple[Party, ...]:
    found = [
        read_provider(node, role, "AT" if role == "71" else "PE")
        for name, role in PROVIDERS.items()
        if (node := root.child(name)) is not None
    ]
    found += [
        read_provider(node, role, "")
        for name, role in CLAIM_LOCATIONS.items()
        if (node := info.child(name)) is not None
    ]
    return tuple(found)


def _other_payer(node: Node) -> OtherPayer:
    """Loops 2320 and 2330: another payer and, where it has decided, how."""
    amounts = tuple(
        Amount(qualifier, value)
        for name, qualifier in (
            ("payerPaidAmount", "D"),
            ("nonCoveredChargeAmount", "A8"),
            ("remainingPatientLiability", "EAF"),
        )
        if (value := node.money(name)) is not None
    )
    insurance = OtherInsurance(
        node.code("benefitsAssignmentCertificationIndicator", required=True, most=1),
        node.code("patientSignatureGeneratedForPatient", most=1),
        node.code("releaseOfInformationCode", required=True, most=1),
    )
    return OtherPayer(
        Coverage(
            node.code("paymentResponsibilityLevelCode", required=True, most=1),
            node.code("individualRelationshipCode", required=True, most=2),
            node.text("insuranceGroupOrPolicyNumber", most=50),
            node.text("otherInsuredGroupName", most=60),
            node.code("insuranceTypeCode", most=3),
            node.code("claimFilingIndicatorCode", most=2),
        ),
        read_adjustments(node, "claimLevelAdjustments"),
        amounts,
        insurance,
        subscriber=_other_subscriber(node.child("otherSubscriberName", required=True)),
        payer=_other_payer_name(node.child("otherPayerName", required=True)),
    )


def _other_subscriber(node: Node | None) -> Party | None:
    if node is None:
        return None
    return Party(
        "IL",
        node.code("otherInsuredQualifier", most=1) or "1",
        node.text("otherInsuredLastName", required=True, most=60),
        node.text("otherInsuredFirstName", most=35),
        id_qualifier=node.code("otherInsuredIdentifierTypeCode", most=2) or "MI",
        id=node.text("otherInsuredIdentifier", required=True),
        address=read_address(node.child("otherInsuredAddress")),
    )


def _other_payer_name(node: Node | None) -> Party | None:
    if node is None:
        return None
    decided = node.day("otherPayerAdjudicationOrPaymentDate")
    number = node.text("otherPayerClaimControlNumber", most=50)
    return Party(
        "PR",
        "2",
        node.text("otherPayerOrganizationName", required=True, most=60),
        id_qualifier=node.code("otherPayerIdentifierTypeCode", most=2) or "PI",
        id=node.text("otherPayerIdentifier", required=True),
        references=(Reference("F8", number),) if number else (),
        dates=(period("573", decided, None),) if decided else (),
    )
