"""Service lines of the JSON shape (loop 2400), read."""

from __future__ import annotations

from datetime import date
from typing import Any

from recoup_x12.codes import shapes
from recoup_x12.model import (
    Adjustment,
    Amount,
    Attachment,
    Dated,
    Drug,
    Line,
    LineAdjudication,
    Note,
    Procedure,
    Reference,
)
from services.intake.adapters.json_api.fields import LINE_CODES, LINE_PROVIDERS, SERVICES
from services.intake.adapters.json_api.parties import read_provider
from services.intake.adapters.json_api.reading import ZERO, Node

_PROFESSIONAL_LINES = 50
_INSTITUTIONAL_LINES = 999


def read_lines(info: Node) -> tuple[str, tuple[Line, ...]]:
    """The form that the lines are of ("" where they do not say), and the lines."""
    nodes = info.children("serviceLines", required=True, most=_INSTITUTIONAL_LINES)
    form = ""
    lines: list[Line] = []
    for number, node in enumerate(nodes, 1):
        name = next((name for name in SERVICES if node.has(name)), "")
        if not name:
            how_to_fix = "Send professionalService or institutionalService."
            node.problems.add(node.path, "says no service", how_to_fix)
            continue
        if form and SERVICES[name][0] != form:
            how_to_fix = "Send professional and institutional services as two claims."
            node.problems.add(node.at(name), "is of another form than the lines before", how_to_fix, snip=4)
        form = form or SERVICES[name][0]
        service = node.child(name)
        if service is not None:
            lines.append(_line(node, service, number, form))
    if form == "professional" and len(lines) > _PROFESSIONAL_LINES:
        info.problems.add(info.at("serviceLines"), "holds more than 50 lines", "Send at most 50 lines a claim.")
    return form, tuple(lines)


def _line(node: Node, service: Node, number: int, form: str) -> Line:
    node.raw("assignedNumber")
    codes: dict[str, Any] = {attribute: service.code(name, most=most) for name, attribute, most in LINE_CODES}
    if form == "institutional" and not codes["revenue_code"]:
        service.problems.add(service.at("serviceLineRevenueCode"), "is required", "Send it.")
    quantity = service.number("serviceUnitCount", required=True)
    if quantity is not None and quantity < 0:
        service.problems.add(service.at("serviceUnitCount"), "is negative", "Send zero or more.", snip=1)
    return Line(
        number,
        _procedure(service, form),
        service.money("lineItemChargeAmount", required=True) or ZERO,
        quantity=quantity,
        pointers=_pointers(service, form),
        noncovered=service.money("nonCoveredChargeAmount"),
        dates=_served(node, form),
        references=_references(node),
        notes=_notes(node),
        attachments=read_attachments(node, "serviceLineSupplementalInformation"),
        drugs=_drugs(node),
        providers=tuple(
            read_provider(provider, role, "PE")
            for name, role in LINE_PROVIDERS.items()
            if (provider := node.child(name)) is not None
        ),
        adjudications=tuple(_adjudication(n) for n in node.children("lineAdjudicationInformation", most=15)),
        **codes,
    )


def _procedure(service: Node, form: str) -> Procedure | None:
    qualifier = service.code("procedureIdentifier", most=2)
    code = service.code("procedureCode", required=form == "professional", most=48)
    if not code:
        return None
    if qualifier in ("", "HC") and not shapes.hcpcs(code):
        how_to_fix = "Send a CPT or HCPCS code of five characters."
        service.problems.add(service.at("procedureCode"), "is not shaped like a CPT or HCPCS code", how_to_fix, snip=5)
    modifiers = service.texts("procedureModifiers", most=4, each=2)
    for index, modifier in enumerate(modifiers):
        if not shapes.modifier(modifier.upper()):
            path = f"{service.at('procedureModifiers')}[{index}]"
            service.problems.add(path, "is not shaped like a modifier", "Send two characters.", snip=5)
    description = service.text("description", most=80)
    return Procedure(qualifier or "HC", code, tuple(m.upper() for m in modifiers), description)


def _pointers(service: Node, form: str) -> tuple[int, ...]:
    composite = service.child("compositeDiagnosisCodePointers", required=form == "professional")
    if composite is None:
        return ()
    found = composite.texts("diagnosisCodePointers", most=4, each=2)
    if not all(p.isdecimal() for p in found):
        how_to_fix = "Send the place of the diagnosis in healthCareCodeInformation, counted from 1."
        service.problems.add(composite.at("diagnosisCodePointers"), "is not a number", how_to_fix, snip=1)
    return tuple(int(p) for p in found if p.isdecimal())


def _served(node: Node, form: str) -> tuple[Dated, ...]:
    start = node.day("serviceDate", required=form == "professional")
    end = node.day("serviceDateEnd")
    if start is None:
        return ()
    if end is not None and end < start:
        node.problems.add(node.at("serviceDateEnd"), "lies before serviceDate", "Check both dates.", snip=4)
    return (period("472", start, end),)


def period(qualifier: str, start: date, end: date | None) -> Dated:
    """DTP of one day (D8) or of two (RD8)."""
    if end is None or end == start:
        return Dated(qualifier, "D8", f"{start:%Y%m%d}", start, start)
    return Dated(qualifier, "RD8", f"{start:%Y%m%d}-{end:%Y%m%d}", start, end)


def _references(node: Node) -> tuple[Reference, ...]:
    found: list[Reference] = []
    number = node.text("providerControlNumber", most=50)
    if number:
        found.append(Reference("6R", number))
    about = node.child("serviceLineReferenceInformation")
    if about is not None:
        for prior in about.children("priorAuthorization", most=5):
            value = prior.text("priorAuthorizationOrReferralNumber", required=True, most=50)
            found.append(Reference("G1", value))
        found += [Reference("9F", value) for value in about.texts("referralNumber", most=5, each=50)]
        if clia := about.text("clinicalLaboratoryImprovementAmendmentNumber", most=50):
            found.append(Reference("X4", clia))
    return tuple(found)


def _notes(node: Node) -> tuple[Note, ...]:
    text = node.text("additionalNotes", most=80)
    return (Note("ADD", text),) if text else ()


def read_attachments(node: Node, name: str) -> tuple[Attachment, ...]:
    """PWK."""
    return tuple(
        Attachment(
            report.code("attachmentReportTypeCode", required=True, most=2),
            report.code("attachmentTransmissionCode", required=True, most=2),
            "AC" if report.has("attachmentControlNumber") else "",
            report.text("attachmentControlNumber", most=80),
        )
        for report in node.children(name, most=10)
    )


def _drugs(node: Node) -> tuple[Drug, ...]:
    drug = node.child("drugIdentification")
    if drug is None:
        return ()
    prescription = drug.text("pharmacyPrescriptionNumber", most=50)
    ndc = drug.text("nationalDrugCode", required=True, most=13).replace("-", "")
    if ndc and not shapes.ndc(ndc):
        drug.problems.add(drug.at("nationalDrugCode"), "is not an NDC", "Send eleven digits (5-4-2).", snip=5)
    return (
        Drug(
            drug.code("serviceIdQualifier", most=2) or "N4",
            ndc,
            drug.number("nationalDrugUnitCount"),
            drug.code("measurementUnitCode", most=2),
            (Reference("XZ", prescription),) if prescription else (),
        ),
    )


def read_adjustments(node: Node, name: str) -> tuple[Adjustment, ...]:
    """CAS: group code with its reasons and amounts."""
    found: list[Adjustment] = []
    for group in node.children(name, most=5):
        code = group.code("adjustmentGroupCode", required=True, most=2)
        found += [
            Adjustment(
                code,
                detail.code("adjustmentReasonCode", required=True, most=5),
                detail.money("adjustmentAmount", required=True) or ZERO,
                detail.number("adjustmentQuantity"),
            )
            for detail in group.children("adjustmentDetails", required=True, most=6)
        ]
    return tuple(found)


def _adjudication(node: Node) -> LineAdjudication:
    decided = node.day("adjudicationOrPaymentDate")
    owed = node.money("remainingPatientLiability")
    code = node.code("procedureCode", most=48)
    modifiers = tuple(m.upper() for m in node.texts("procedureModifier", most=4, each=2))
    return LineAdjudication(
        node.text("otherPayerPrimaryIdentifier", required=True),
        node.money("serviceLinePaidAmount", required=True) or ZERO,
        Procedure(node.code("serviceIdQualifier", most=2) or "HC", code, modifiers) if code else None,
        units=node.number("paidServiceUnitCount"),
        adjustments=read_adjustments(node, "claimAdjustmentInformation"),
        dates=(period("573", decided, None),) if decided else (),
        amounts=(Amount("EAF", owed),) if owed is not None else (),
    )
