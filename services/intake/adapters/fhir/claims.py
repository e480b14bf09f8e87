"""FHIR R4 `Claim` → `Claim`.

Read: identifier (the one typed as patient account number, else the first, is the patient control number), status, type,
use, created, patient, billablePeriod, provider, facility, insurer, payee, related (a prior claim makes this a
replacement, or a void where the status is cancelled), careTeam, diagnosis (a code, or a Condition that has one),
supportingInfo (type of bill), insurance (the focal one), item, total. Every other element that holds something is named
in the answer. What an 837 needs and FHIR does not say is set as billing offices set it: signature and release on file;
benefits assigned where `payee` is the provider.
"""

from __future__ import annotations

from typing import Any, Literal, cast

import msgspec

from recoup_x12 import Problem, validate_claim
from recoup_x12.codes import shapes
from recoup_x12.model import EMPTY_PARTY, Claim, Coverage, Dated, HealthCode, Party, PatientInfo, Reference
from services.intake.adapters.fhir import systems as s
from services.intake.adapters.fhir.document import Document, read_each
from services.intake.adapters.fhir.lines import has_system, read_lines, sequence_of
from services.intake.adapters.fhir.resources import (
    ACCOUNT,
    MEMBER,
    PAYER,
    coded,
    codings,
    identifier,
    instant,
    money,
    person,
    provider,
)
from services.intake.adapters.json_api.reading import ZERO, Node, Problems

_LONGEST_NUMBER = 38
"""Characters of CLM01 and CLP01 (TR3 2300 CLM01)."""
_IMPLEMENTATIONS = {"professional": "005010X222A1", "institutional": "005010X223A3"}


class FhirClaim(msgspec.Struct, frozen=True):
    """What reading one Claim resource gave; `problems` have FHIR paths in `segment`, or X12 segments from the guide."""

    claim: Claim | None
    problems: tuple[Problem, ...]
    control_number: str = ""
    test: bool = False

    @property
    def accepted(self) -> bool:
        """True if nothing refuses the claim."""
        return self.claim is not None and all(p.severity != "error" for p in self.problems)


def read_claims(document: bytes | str | dict[str, Any]) -> list[FhirClaim]:
    """Every Claim of a Bundle, or the one that the document is; never empty, never raises for what it holds."""
    return read_each(
        document, "Claim", _read, lambda problems: FhirClaim(None, problems),
        ("is neither Claim nor a Bundle with a Claim", "Send one of them."),
    )  # fmt: skip


def _read(document: Document, value: dict[str, Any], path: str) -> FhirClaim:
    problems = Problems()
    node = Node(value, path, problems)
    number = identifier(node, typed=ACCOUNT, most=_LONGEST_NUMBER)
    test = document.is_test(value)
    if not number:
        problems.add(node.at("identifier"), "is required", "Send the patient control number as the first identifier.")
    form = _form(node)
    if form is None:
        return FhirClaim(None, tuple(problems.found), number, test)
    claim = _claim(document, node, number, form)
    document.name_unread(node)
    if not any(p.severity == "error" for p in problems.found):
        problems.found += validate_claim(claim)
    return FhirClaim(claim, tuple(problems.found), number, test)


def _form(node: Node) -> Literal["professional", "institutional"] | None:
    """What kind of claim it is; None, and why, where it is not one that was sent to be paid (`status`, `use`)."""
    status = node.text("status", required=True, most=20)
    before = len(node.problems.found)
    if status in ("draft", "entered-in-error"):
        message = f"is {status}: this is no claim that was sent"
        node.problems.add(node.at("status"), message, "Send the claim as active once it is.", snip=5)
    elif status == "cancelled" and not node.has("related"):
        how_to_fix = "Name the payer's number of the claim to void in related.reference, as a prior claim."
        node.problems.add(node.at("status"), "is cancelled, and names no prior claim to void", how_to_fix, snip=5)
    elif status not in ("", "active", "cancelled"):
        node.problems.add(node.at("status"), "is no status of a claim", "Send active or cancelled.", snip=5)
    if node.text("use", most=20) not in ("", "claim"):
        how_to_fix = "Predeterminations and preauthorizations are not claims."
        node.problems.add(node.at("use"), "is not claim", how_to_fix, snip=5)
    form = coded(node, "type", s.CLAIM_TYPE) or coded(node, "type")
    if form not in _IMPLEMENTATIONS:
        node.problems.add(node.at("type"), "is neither professional nor institutional", "Send one of the two.", snip=5)
    refused = any(problem.severity == "error" for problem in node.problems.found[before:])
    return None if refused else cast(Literal["professional", "institutional"], form)


def _claim(document: Document, node: Node, number: str, form: Literal["professional", "institutional"]) -> Claim:
    institutional = form == "institutional"
    billing = document.resolve(node, "provider", required=True)
    patient = document.resolve(node, "patient", required=True)
    insured = _insurance(document, node)
    diagnoses, places = _diagnoses(document, node)
    made_on = instant(node, "created")
    lines = read_lines(node, places, institutional)
    charge = money(node, "total")
    place = _bill_type(node) if institutional else next((n.place_of_service for n in lines if n.place_of_service), "")
    if not institutional and not place:
        node.problems.add(node.at("item[0].locationCodeableConcept"), "is required", "Send the place of service.")
    payee = node.child("payee")
    assigned = payee is not None and coded(payee, "type") == "provider"
    myself = insured.relationship == "18"
    if patient is not None:
        patient.raw("identifier")  # the coverage says the member's number
    subject = person(patient, "IL" if myself else "QC", insured.member if myself else "") if patient else EMPTY_PARTY
    frequency, original = _frequency(node)
    references = [Reference("F8", original)] if original else []
    references += [Reference("G1", insured.authorization)] if insured.authorization else []
    return Claim(
        form=form,
        implementation=_IMPLEMENTATIONS[form],
        control_number=number,
        charge=sum((n.charge for n in lines), ZERO) if charge is None else charge,
        place=place,
        place_qualifier="A" if institutional else "B",
        frequency=frequency,
        provider_signature="Y",
        assignment="A" if assigned else "C",
        benefits_assignment="Y" if assigned else "N",
        release="Y",
        billing=provider(document, billing, "85", "BI") if billing else EMPTY_PARTY,
        coverage=insured.coverage,
        subscriber=subject if myself else insured.subscriber,
        payer=insured.payer,
        patient=None if myself else subject,
        patient_info=None if myself else PatientInfo(insured.relationship),
        batch_type="CH",
        batch_created=f"{made_on:%Y%m%d}" if made_on else "",
        dates=_statement(node) if institutional else (),
        references=tuple(references),
        health_codes=diagnoses,
        providers=_care_team(document, node),
        lines=lines,
    )


class _Insured(msgspec.Struct, frozen=True):
    coverage: Coverage = Coverage()
    relationship: str = "18"
    member: str = ""
    subscriber: Party = EMPTY_PARTY
    payer: Party = EMPTY_PARTY
    authorization: str = ""


def _insurance(document: Document, node: Node) -> _Insured:
    """The focal coverage. Others are said not to be read."""
    rows = node.children("insurance", required=True, most=10)
    if not rows:
        return _Insured()
    focal = next((row for row in rows if row.raw("focal") is True), rows[0])
    for row in rows:
        if row is not focal:
            how_to_fix = "Send other payers' decisions as X12 or JSON."
            node.problems.add(row.path, "is not read here: it is not focal", how_to_fix, severity="warning")
            row.see_all()
    coverage = document.resolve(focal, "coverage", required=True)
    priors = focal.texts("preAuthRef", most=5, each=50)
    if len(priors) > 1:
        focal.problems.add(focal.at("preAuthRef"), "is read to its first", "An 837 has one.", severity="warning")
    if coverage is None:
        return _Insured(authorization=priors[0] if priors else "")
    relationship = s.RELATIONSHIPS.get(coded(coverage, "relationship") or "self", "G8")
    member = coverage.text("subscriberId", most=80) or identifier(coverage, typed=MEMBER)
    if not member:
        coverage.problems.add(coverage.at("subscriberId"), "is required", "Send the member's number.")
    insured = document.resolve(coverage, "subscriber", required=True) if relationship != "18" else None
    coverage.raw("subscriber")  # the patient, where the relationship is self
    if (status := coverage.text("status", most=20)) not in ("", "active"):
        how_to_fix = "Check that this is the coverage of the day of service."
        coverage.problems.add(coverage.at("status"), f"is {_plain(status)}", how_to_fix, severity="warning")
    order = coverage.number("order")
    filing = coded(coverage, "type", s.FILING)
    group = next(
        (c.text("value", most=50) for c in coverage.children("class", most=10) if coded(c, "type") == "group"), ""
    )
    return _Insured(
        Coverage(
            s.ORDERS[min(max(int(order or 1), 1), len(s.ORDERS)) - 1],
            "18" if relationship == "18" else "",
            group,
            filing_indicator=filing if filing in shapes.FILING_INDICATORS else "ZZ",
        ),
        relationship,
        member,
        person(insured, "IL", member) if insured is not None and relationship != "18" else EMPTY_PARTY,
        _payer(document, node, coverage),
        priors[0] if priors else "",
    )


def _payer(document: Document, node: Node, coverage: Node) -> Party:
    payer = document.resolve(node, "insurer")
    for reference in coverage.children("payor", most=3):
        if payer is None:
            payer = document.resource(reference, coverage)
        else:
            reference.see_all()  # the insurer says it
    if payer is None:
        node.problems.add(node.at("insurer"), "is required", "Send the payer as insurer, or as the coverage's payor.")
        return EMPTY_PARTY
    found = identifier(payer, typed=PAYER)
    if not found:
        payer.problems.add(payer.at("identifier"), "is required", "Send the payer's id.")
    return Party("PR", "2", payer.text("name", most=60), id_qualifier="PI", id=found)


def _frequency(node: Node) -> tuple[str, str]:
    """CLM05-3 and REF*F8, by `related` and `status`."""
    for row in node.children("related", most=10):
        if coded(row, "relationship") in ("prior", "replaces", ""):
            reference = row.child("reference")
            claim = row.child("claim")
            original = reference.text("value", most=50) if reference is not None else ""
            if not original and claim is not None and (held := claim.child("identifier")) is not None:
                original = held.text("value", most=50)
            return ("8" if node.text("status", most=30) == "cancelled" else "7"), original
    return "1", ""


def _diagnoses(document: Document, node: Node) -> tuple[tuple[HealthCode, ...], dict[int, int]]:
    """HI composites in order of sequence, and each sequence's place among those that lines may point to."""
    rows = sorted(node.children("diagnosis", most=50), key=sequence_of)
    found: list[HealthCode] = []
    places: dict[int, int] = {}
    for row in rows:
        code = _diagnosis(document, row)
        if not code:
            continue
        kinds = [k for concept in row.children("type", most=5) for _, k in codings(concept)]
        special = next(
            (s.DIAGNOSIS_TYPES[k.replace("-", "")] for k in kinds if k.replace("-", "") in s.DIAGNOSIS_TYPES), ""
        )
        present = coded(row, "onAdmission").upper()[:1]
        if not special:
            places[sequence_of(row)] = len(places) + 1
        found.append(HealthCode(special or ("ABF" if len(places) > 1 else "ABK"), code, present_on_admission=present))
    return tuple(found), places


def _diagnosis(document: Document, row: Node) -> str:
    """The ICD-10-CM code of a diagnosis, its own or that of the Condition it points to; "" and why where none is."""
    owner, name = row, "diagnosisCodeableConcept"
    if row.has("diagnosisReference"):
        condition = document.resolve(row, "diagnosisReference", required=True)
        if condition is None:
            return ""
        condition.raw("subject")  # the claim's patient
        owner, name = condition, "code"
    code = coded(owner, name, s.ICD10CM).replace(".", "").upper()
    if not code:
        owner.problems.add(owner.at(name), "has no ICD-10-CM code", "Send an ICD-10-CM coding.")
    return code


def _statement(node: Node) -> tuple[Dated, ...]:
    between = node.child("billablePeriod", required=True)
    start = instant(between, "start") if between else None
    if between is None or start is None:
        return ()
    end = instant(between, "end") or start
    return (Dated("434", "RD8", f"{start:%Y%m%d}-{end:%Y%m%d}", start, end),)


def _bill_type(node: Node) -> str:
    """Type of bill without its frequency, from subType or supportingInfo."""
    found = coded(node, "subType", s.BILL_TYPE)
    for row in node.children("supportingInfo", most=50):
        if not found and has_system(row, "code", s.BILL_TYPE):
            row.raw("category")
            found = coded(row, "code", s.BILL_TYPE)
    if not found:
        how_to_fix = "Send it as supportingInfo with the code system of NUBC's type of bill."
        node.problems.add(node.at("supportingInfo"), "has no type of bill", how_to_fix)
    found = found.lstrip("0")
    return found[:2]


def _care_team(document: Document, node: Node) -> tuple[Party, ...]:
    found: list[Party] = []
    for row in node.children("careTeam", most=20):
        role = s.CARE_TEAM_ROLES.get(coded(row, "role") or "rendering", "")
        member = document.resolve(row, "provider")
        if member is not None and role and role not in [p.role for p in found]:
            taxonomy = coded(row, "qualification", s.TAXONOMY)
            found.append(provider(document, member, role, "AT" if role == "71" else "PE", taxonomy))
        elif member is not None and not role:
            how_to_fix = "Send one of the roles an 837 has, or leave the member out."
            row.problems.add(row.at("role"), "is no role that is read here", how_to_fix, severity="warning")
    facility = document.resolve(node, "facility")
    if facility is not None:
        found.append(provider(document, facility, "77", ""))
    return tuple(found)


def _plain(code: str) -> str:
    """A code as it came where it is one, fit for a message."""
    return code if code.replace("-", "").isalpha() else "of no known kind"
