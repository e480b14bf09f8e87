"""A `Claim` → a FHIR R4 Bundle with its Claim and what that points to. Reading it back gives the same claim where FHIR
has a place for what it holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from recoup_x12.model import Claim, Line, Party, dated
from services.intake.adapters.fhir import systems as s
from tests.unit.intake.json.writing import filled

CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
CARE_TEAM = "http://terminology.hl7.org/CodeSystem/claimcareteamrole"
RELATIONSHIP = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
PAYEE = "http://terminology.hl7.org/CodeSystem/payeetype"
RELATED = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"
RELATIONSHIPS_BACK = {"18": "self", "01": "spouse", "19": "child", "53": "common", "32": "parent"}
CARE_TEAM_BACK = {"82": "rendering", "DN": "referring", "DQ": "supervisor", "71": "attending", "72": "operating"}
GENDERS_BACK = {"F": "female", "M": "male", "U": "unknown"}
DIAGNOSIS_TYPES_BACK = {code: name for name, code in s.DIAGNOSIS_TYPES.items()}
_DOTTED_AFTER = 3


def write_claim(claim: Claim) -> dict[str, Any]:
    """A Bundle (type collection) of the claim; `ValueError` for forms other than professional and institutional.

    Amounts are `Decimal`; encode with `msgspec.json.Encoder(decimal_format="number")`, since FHIR's are JSON numbers.
    """
    if claim.form not in ("professional", "institutional"):
        raise ValueError(f"no FHIR for {claim.form} claims here")
    patient = claim.who
    dependent = claim.patient is not None
    relationship = claim.patient_info.relationship if dependent and claim.patient_info else "18"
    resources: list[dict[str, Any]] = [
        _claim(claim),
        _person(patient, "patient"),
        _organization(claim.payer, "payer", [{"value": claim.payer.id}]),
        _provider(claim.billing, "billing"),
        filled(
            resourceType="Coverage",
            id="coverage",
            status="active",
            type=_concept(s.FILING, claim.coverage.filing_indicator),
            subscriberId=claim.subscriber.id,
            subscriber={"reference": "Patient/subscriber" if dependent else "Patient/patient"},
            beneficiary={"reference": "Patient/patient"},
            relationship=_concept(RELATIONSHIP, RELATIONSHIPS_BACK.get(relationship, "other")),
            order=s.ORDERS.index(claim.coverage.responsibility) + 1 if claim.coverage.responsibility in s.ORDERS else 1,
            payor=[{"reference": "Organization/payer"}],
            **{"class": [{"type": _concept("", "group"), "value": claim.coverage.group_number}]}
            if claim.coverage.group_number
            else {},
        ),
    ]
    if dependent:
        resources.append(_person(claim.subscriber, "subscriber"))
    resources += [_provider(p, f"provider{n}") for n, p in enumerate(claim.providers)]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def _claim(claim: Claim) -> dict[str, Any]:
    statement = dated(claim.dates, "434")
    replaces = claim.frequency in ("7", "8")
    authorization = claim.prior_authorization
    pointable = [h for h in claim.health_codes if h.qualifier in ("ABK", "ABF")]
    sequences = {id(h): n for n, h in enumerate(claim.health_codes, 1)}
    diagnosis = [
        filled(
            sequence=sequences[id(h)],
            diagnosisCodeableConcept=_concept(s.ICD10CM, _dotted(h.code)),
            type=[_concept("", DIAGNOSIS_TYPES_BACK[h.qualifier])] if h.qualifier in DIAGNOSIS_TYPES_BACK else [],
            onAdmission=_concept("", h.present_on_admission) if h.present_on_admission else None,
        )
        for h in claim.health_codes
        if h.qualifier in ("ABK", "ABF") or h.qualifier in DIAGNOSIS_TYPES_BACK
    ]
    places = [sequences[id(h)] for h in pointable]
    return filled(
        resourceType="Claim",
        id="claim",
        identifier=[{"value": claim.control_number}],
        status="cancelled" if claim.frequency == "8" else "active",
        type=_concept(CLAIM_TYPE, claim.form),
        use="claim",
        patient={"reference": "Patient/patient"},
        billablePeriod=filled(
            start=statement.start.isoformat() if statement and statement.start else "",
            end=statement.end.isoformat() if statement and statement.end else "",
        ),
        insurer={"reference": "Organization/payer"},
        provider=_reference(claim.billing, "billing"),
        payee={"type": _concept(PAYEE, "provider" if claim.benefits_assignment == "Y" else "subscriber")},
        related=[
            filled(
                relationship=_concept(RELATED, "prior"),
                reference={"value": claim.payer_claim_number} if claim.payer_claim_number else None,
            )
        ]
        if replaces
        else [],
        careTeam=_care_team(claim),
        facility=next((_reference(p, f"provider{n}") for n, p in enumerate(claim.providers) if p.role == "77"), None),
        supportingInfo=_bill_type(claim.bill_type),
        diagnosis=diagnosis,
        insurance=[
            filled(
                sequence=1,
                focal=True,
                coverage={"reference": "Coverage/coverage"},
                preAuthRef=[authorization] if authorization else [],
            )
        ],
        item=[_item(line, places, claim) for line in claim.lines],
        total=_money(claim.charge),
    )  # fmt: skip


def _care_team(claim: Claim) -> list[dict[str, Any]]:
    return [
        filled(
            sequence=n + 1,
            provider=_reference(p, f"provider{n}"),
            role=_concept(CARE_TEAM, CARE_TEAM_BACK[p.role]),
            qualification=_concept(s.TAXONOMY, p.taxonomy) if p.taxonomy else None,
        )
        for n, p in enumerate(claim.providers)
        if p.role in CARE_TEAM_BACK
    ]


def _bill_type(code: str) -> list[dict[str, Any]]:
    if not code:
        return []
    return [{"sequence": 1, "category": _concept("", "typeofbill"), "code": _concept(s.BILL_TYPE, code)}]


def _item(line: Line, places: list[int], claim: Claim) -> dict[str, Any]:
    procedure, served = line.procedure, dated(line.dates, "472")
    codes: list[dict[str, str]] = []
    if procedure is not None and procedure.code:
        codes.append({"system": s.CPT if procedure.code[:1].isdigit() else s.HCPCS, "code": procedure.code})
    codes += [{"system": s.NDC, "code": drug.code} for drug in line.drugs[:1]]
    place = line.place_of_service or (claim.place if claim.place_qualifier == "B" else "")
    one_day = served is None or served.end in (None, served.start)
    when: dict[str, Any] = {}
    if served is not None and served.start is not None:
        when = {"servicedDate": served.start.isoformat()}
        if not one_day and served.end is not None:
            when = {"servicedPeriod": {"start": served.start.isoformat(), "end": served.end.isoformat()}}
    return filled(
        sequence=line.number,
        diagnosisSequence=[places[p - 1] for p in line.pointers if 0 < p <= len(places)],
        revenue=_concept(s.REVENUE, line.revenue_code) if line.revenue_code else None,
        productOrService={"coding": codes} if codes else None,
        modifier=[_concept("", m) for m in procedure.modifiers] if procedure else [],
        **when,
        locationCodeableConcept=_concept(s.PLACE, place) if place else None,
        quantity=filled(value=line.quantity, code={"MJ": "min", "DA": "d"}.get(line.unit, "")),
        net=_money(line.charge),
    )


def _provider(party: Party, name: str) -> dict[str, Any]:
    tin, ssn = party.reference("EI"), party.reference("SY")
    identifiers = [{"system": s.NPI, "value": party.npi}] if party.npi else []
    identifiers += [{"system": s.TIN, "value": tin}] if tin else []
    identifiers += [{"system": s.SSN, "value": ssn}] if ssn else []
    if party.kind != "1":
        made = _organization(party, name, identifiers)
        if party.taxonomy:
            made["type"] = [_concept(s.TAXONOMY, party.taxonomy)]
        return made
    made = filled(
        resourceType="Practitioner", id=name, identifier=identifiers, name=[_name(party)], address=_address(party)
    )
    if party.taxonomy:
        made["qualification"] = [{"code": _concept(s.TAXONOMY, party.taxonomy)}]
    return made


def _organization(party: Party, name: str, identifiers: list[dict[str, str]]) -> dict[str, Any]:
    return filled(
        resourceType="Organization", id=name, identifier=identifiers, name=party.name, address=_address(party)
    )


def _reference(party: Party, name: str) -> dict[str, str]:
    return {"reference": f"{'Practitioner' if party.kind == '1' else 'Organization'}/{name}"}


def _person(party: Party, name: str) -> dict[str, Any]:
    about = party.demographics
    return filled(
        resourceType="Patient",
        id=name,
        name=[_name(party)],
        gender=GENDERS_BACK.get(about.gender, "") if about else "",
        birthDate=about.born.isoformat() if about and about.born else "",
        address=_address(party),
    )


def _name(party: Party) -> dict[str, Any]:
    return filled(family=party.name, given=[n for n in (party.first_name, party.middle_name) if n])


def _address(party: Party) -> list[dict[str, Any]]:
    if party.address is None:
        return []
    held = party.address
    return [
        filled(
            line=[n for n in (held.line1, held.line2) if n],
            city=held.city,
            state=held.state,
            postalCode=held.postal_code,
            country=held.country,
        )
    ]


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [filled(system=system, code=code)]}


def _money(amount: Decimal) -> dict[str, Any]:
    return {"value": amount, "currency": "USD"}


def _dotted(code: str) -> str:
    return f"{code[:_DOTTED_AFTER]}.{code[_DOTTED_AFTER:]}" if len(code) > _DOTTED_AFTER else code
