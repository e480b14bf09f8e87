"""A `Claim` → the JSON shape. What the shape has no field for is left out; reading it back gives the same claim."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from recoup_x12.model import (
    Address,
    Adjustment,
    Attachment,
    Claim,
    HealthCode,
    Line,
    LineAdjudication,
    OtherPayer,
    Party,
    amount_of,
    dated,
    reference_of,
)
from services.intake.adapters.json_api.fields import (
    CLAIM_CODES,
    CLAIM_DATES,
    CLAIM_LOCATIONS,
    CLAIM_NOTES,
    CLAIM_REFERENCES,
    CONTACTS,
    LINE_CODES,
    LINE_PROVIDERS,
    PROVIDER_REFERENCES,
    PROVIDERS,
    SERVICES,
)

_SERVICE_OF = {form: name for name, (form, _) in SERVICES.items()}


def write_claim(claim: Claim) -> dict[str, Any]:
    """The document of a professional or institutional claim; `ValueError` for another form. Amounts are strings."""
    if claim.form not in _SERVICE_OF:
        raise ValueError(f"the JSON shape has no {claim.form} claims")
    coverage = claim.coverage
    subscriber = write_person(claim.subscriber) | filled(
        paymentResponsibilityLevelCode=coverage.responsibility,
        groupNumber=coverage.group_number,
        subscriberGroupName=coverage.group_name,
        insuranceTypeCode=coverage.insurance_type,
    )
    dependent: dict[str, Any] = {}
    if claim.patient is not None:
        dependent = write_person(claim.patient)
        dependent |= filled(relationshipToSubscriberCode=claim.patient_info.relationship if claim.patient_info else "")
    by_role = {p.role: p for p in reversed(claim.providers)}
    return filled(
        tradingPartnerServiceId=claim.payer.id,
        tradingPartnerName=claim.payer.name,
        payerAddress=write_address(claim.payer.address) if claim.payer.address else None,
        submitter=write_submitter(claim.submitter),
        receiver=filled(organizationName=claim.receiver.name),
        subscriber=subscriber,
        dependent=dependent,
        billing=write_provider(claim.billing),
        payToAddress=write_address(claim.pay_to.address) if claim.pay_to and claim.pay_to.address else None,
        **{name: write_provider(by_role[role]) for name, role in PROVIDERS.items() if role in by_role},
        claimInformation=_information(claim),
    )


def _information(claim: Claim) -> dict[str, Any]:
    statement = dated(claim.dates, "434")
    by_role = {p.role: p for p in reversed(claim.providers)}
    dates = {name: _day(claim, qualifier) for name, qualifier in CLAIM_DATES.items()}
    if statement is not None and statement.start and statement.end:
        dates |= {"statementBeginDate": f"{statement.start:%Y%m%d}", "statementEndDate": f"{statement.end:%Y%m%d}"}
    admitted, discharged = dated(claim.dates, "435"), dated(claim.dates, "096")
    if admitted is not None and admitted.format == "DT":
        dates["admissionDateAndHour"] = admitted.text
    if discharged is not None and discharged.format == "TM":
        dates["dischargeHour"] = discharged.text
    notes = {n.code: n.text for n in reversed(claim.notes)}
    supplemental = {name: reference_of(claim.references, q) for name, q in CLAIM_REFERENCES.items()}
    accident, admission = claim.accident, claim.admission
    return filled(
        claimFilingCode=claim.coverage.filing_indicator,
        patientControlNumber=claim.control_number,
        claimChargeAmount=_number(claim.charge),
        placeOfServiceCode=claim.place,
        **{name: getattr(claim, attribute) for name, attribute, _ in CLAIM_CODES},
        relatedCausesCode=list(accident.causes) if accident else [],
        autoAccidentStateCode=accident.state if accident else "",
        autoAccidentCountryCode=accident.country if accident else "",
        claimCodeInformation=filled(
            admissionTypeCode=admission.type,
            admissionSourceCode=admission.source,
            patientStatusCode=admission.patient_status,
        )
        if admission
        else None,
        claimDateInformation=filled(**dates),
        patientAmountPaid=_number(amount_of(claim.amounts, "F5")),
        claimSupplementalInformation=filled(**supplemental, reportInformation=_attachments(claim.attachments)),
        claimNote=filled(**{name: notes.get(code, "") for name, code in CLAIM_NOTES.items()}),
        healthCareCodeInformation=[_health_code(h) for h in claim.health_codes],
        **{name: write_provider(by_role[role]) for name, role in CLAIM_LOCATIONS.items() if role in by_role},
        otherSubscriberInformation=[_other_payer(p) for p in claim.other_payers],
        serviceLines=[_line(line, claim.form) for line in claim.lines],
    )


def _line(line: Line, form: str) -> dict[str, Any]:
    served = dated(line.dates, "472")
    procedure = line.procedure
    by_role = {p.role: p for p in reversed(line.providers)}
    service = filled(
        procedureIdentifier=procedure.qualifier if procedure else "",
        procedureCode=procedure.code if procedure else "",
        procedureModifiers=list(procedure.modifiers) if procedure else [],
        description=procedure.description if procedure else "",
        lineItemChargeAmount=_number(line.charge),
        serviceUnitCount=_number(line.quantity),
        nonCoveredChargeAmount=_number(line.noncovered),
        compositeDiagnosisCodePointers=filled(diagnosisCodePointers=[str(p) for p in line.pointers]),
        **{name: getattr(line, attribute) for name, attribute, _ in LINE_CODES},
    )
    priors = [{"priorAuthorizationOrReferralNumber": r.value} for r in line.references if r.qualifier == "G1"]
    drug = line.drugs[0] if line.drugs else None
    return filled(
        serviceDate=f"{served.start:%Y%m%d}" if served and served.start else "",
        serviceDateEnd=f"{served.end:%Y%m%d}" if served and served.end and served.end != served.start else "",
        providerControlNumber=line.control_number,
        **{_SERVICE_OF[form]: service},
        serviceLineReferenceInformation=filled(
            priorAuthorization=priors,
            referralNumber=[r.value for r in line.references if r.qualifier == "9F"],
            clinicalLaboratoryImprovementAmendmentNumber=reference_of(line.references, "X4"),
        ),
        additionalNotes=next((n.text for n in line.notes if n.code == "ADD"), ""),
        serviceLineSupplementalInformation=_attachments(line.attachments),
        drugIdentification=filled(
            serviceIdQualifier=drug.qualifier,
            nationalDrugCode=drug.code,
            nationalDrugUnitCount=_number(drug.quantity),
            measurementUnitCode=drug.unit,
            pharmacyPrescriptionNumber=reference_of(drug.references, "XZ"),
        )
        if drug
        else None,
        **{name: write_provider(by_role[role]) for name, role in LINE_PROVIDERS.items() if role in by_role},
        lineAdjudicationInformation=[_adjudication(a) for a in line.adjudications],
    )


def _adjudication(found: LineAdjudication) -> dict[str, Any]:
    decided = dated(found.dates, "573")
    procedure = found.procedure
    return filled(
        otherPayerPrimaryIdentifier=found.payer_id,
        serviceLinePaidAmount=_number(found.paid),
        serviceIdQualifier=procedure.qualifier if procedure else "",
        procedureCode=procedure.code if procedure else "",
        procedureModifier=list(procedure.modifiers) if procedure else [],
        paidServiceUnitCount=_number(found.units),
        claimAdjustmentInformation=_adjustments(found.adjustments),
        adjudicationOrPaymentDate=decided.text if decided else "",
        remainingPatientLiability=_number(amount_of(found.amounts, "EAF")),
    )


def _other_payer(other: OtherPayer) -> dict[str, Any]:
    coverage, insurance, insured, payer = other.coverage, other.insurance, other.subscriber, other.payer
    decided = dated(payer.dates, "573") if payer else None
    return filled(
        paymentResponsibilityLevelCode=coverage.responsibility,
        individualRelationshipCode=coverage.relationship,
        insuranceGroupOrPolicyNumber=coverage.group_number,
        otherInsuredGroupName=coverage.group_name,
        insuranceTypeCode=coverage.insurance_type,
        claimFilingIndicatorCode=coverage.filing_indicator,
        claimLevelAdjustments=_adjustments(other.adjustments),
        payerPaidAmount=_number(amount_of(other.amounts, "D")),
        nonCoveredChargeAmount=_number(amount_of(other.amounts, "A8")),
        remainingPatientLiability=_number(amount_of(other.amounts, "EAF")),
        benefitsAssignmentCertificationIndicator=insurance.assignment if insurance else "",
        patientSignatureGeneratedForPatient=insurance.signature if insurance else "",
        releaseOfInformationCode=insurance.release if insurance else "",
        otherSubscriberName=filled(
            otherInsuredQualifier=insured.kind,
            otherInsuredLastName=insured.name,
            otherInsuredFirstName=insured.first_name,
            otherInsuredIdentifierTypeCode=insured.id_qualifier,
            otherInsuredIdentifier=insured.id,
            otherInsuredAddress=write_address(insured.address) if insured.address else None,
        )
        if insured
        else None,
        otherPayerName=filled(
            otherPayerOrganizationName=payer.name,
            otherPayerIdentifierTypeCode=payer.id_qualifier,
            otherPayerIdentifier=payer.id,
            otherPayerAdjudicationOrPaymentDate=decided.text if decided else "",
            otherPayerClaimControlNumber=payer.reference("F8"),
        )
        if payer
        else None,
    )


def _adjustments(found: Iterable[Adjustment]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for a in found:
        detail = filled(
            adjustmentReasonCode=a.reason, adjustmentAmount=_number(a.amount), adjustmentQuantity=_number(a.quantity)
        )
        groups.setdefault(a.group, []).append(detail)
    return [{"adjustmentGroupCode": group, "adjustmentDetails": details} for group, details in groups.items()]


def _attachments(found: Iterable[Attachment]) -> list[dict[str, Any]]:
    return [
        filled(
            attachmentReportTypeCode=a.type,
            attachmentTransmissionCode=a.transmission,
            attachmentControlNumber=a.control_number,
        )
        for a in found
    ]


def _health_code(code: HealthCode) -> dict[str, Any]:
    return filled(
        diagnosisTypeCode=code.qualifier,
        diagnosisCode=code.code,
        date=code.date_text if code.date_format == "D8" else "",
        amount=_number(code.amount),
        presentOnAdmissionIndicator=code.present_on_admission,
    )


def _day(claim: Claim, qualifier: str) -> str:
    found = dated(claim.dates, qualifier)
    return f"{found.start:%Y%m%d}" if found and found.start and found.format == "D8" else ""


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def write_address(address: Address) -> dict[str, str]:
    return filled(
        address1=address.line1,
        address2=address.line2,
        city=address.city,
        state=address.state,
        postalCode=address.postal_code,
        countryCode=address.country,
        countrySubDivisionCode=address.country_subdivision,
    )


def write_provider(party: Party) -> dict[str, Any]:
    name: dict[str, Any] = (
        {"organizationName": party.name}
        if party.kind == "2"
        else {"lastName": party.name, "firstName": party.first_name, "middleName": party.middle_name}
    )
    held = {r.qualifier: r.value for r in party.references}
    return filled(
        **name,
        suffix=party.suffix,
        npi=party.npi,
        taxonomyCode=party.taxonomy,
        address=write_address(party.address) if party.address else None,
        contactInformation=_write_contact(party),
        **{name: held.get(qualifier, "") for name, qualifier in PROVIDER_REFERENCES.items()},
    )


def write_submitter(party: Party) -> dict[str, Any]:
    name: dict[str, Any] = (
        {"organizationName": party.name}
        if party.kind == "2"
        else {"lastName": party.name, "firstName": party.first_name}
    )
    return filled(**name, submitterIdentification=party.id, contactInformation=_write_contact(party))


def write_person(party: Party) -> dict[str, Any]:
    about = party.demographics
    return filled(
        memberId=party.id,
        **({"organizationName": party.name} if party.kind == "2" else {"lastName": party.name}),
        firstName=party.first_name,
        middleName=party.middle_name,
        suffix=party.suffix,
        dateOfBirth=about.birth_text if about else "",
        gender=about.gender if about else "",
        ssn=party.reference("SY"),
        address=write_address(party.address) if party.address else None,
    )


def _write_contact(party: Party) -> dict[str, str] | None:
    if not party.contacts:
        return None
    contact = party.contacts[0]
    numbers = dict(contact.numbers)
    return filled(name=contact.name, **{name: numbers.get(code, "") for name, code in CONTACTS.items()})


def filled(**fields: Any) -> dict[str, Any]:
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, ())}
