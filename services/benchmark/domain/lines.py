"""A remitted line as it is priced: what was billed on it, who rendered it when, and the system that prices it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from services.benchmark.domain.anesthesia import is_anesthesia
from services.benchmark.domain.hospitals import HospitalIndex, at_index
from services.benchmark.domain.limited import limited_kind
from services.benchmark.domain.other_lines import Session, session_of
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price, Service
from services.benchmark.domain.systems import Billing
from shared.events.claims import ClaimFacts, RemittanceLine, ServiceLine
from shared.procedures import plain_code, plain_codes

_ONE = Decimal(1)


Billed = tuple[Decimal, date, str, str, str]
"""What was billed on a line: units, day, type of the units, place, and the kind of provider whose rates are limited."""


def billed_as(claim: ClaimFacts, line: RemittanceLine, billed: ServiceLine | None, usual: str) -> Billed:
    """By the claim's line that the payer answers; where it fits none, by the remittance and the claim.

    `usual` is the kind of who rendered the claim; a line's own rendering provider counts before him.
    """
    limited = usual
    if billed is None:
        unit_type = "" if is_anesthesia(line.code) else "UN"  # an 835 does not say whether it counts minutes
        return line.units or _ONE, claim.service_from, unit_type, claim.place_of_service, limited
    units = billed.units if billed.units or billed.unit_type == "MJ" else _ONE
    place = billed.place_of_service or claim.place_of_service
    if billed.rendering_npi or billed.rendering_taxonomy:
        limited = limited_kind(billed.rendering_taxonomy)
    return units, billed.service_from, billed.unit_type, place, limited


def service_of(claim: ClaimFacts, line: RemittanceLine, as_billed: Billed) -> Service:
    """The line as a service."""
    units, day, unit_type, place, limited = as_billed
    code, modifiers = plain_code(line.code), plain_codes(line.modifiers)
    return Service(code, modifiers, claim.service_zip, place, units, day, unit_type, limited)


def rendered(claim: ClaimFacts, billed: ServiceLine | None) -> tuple[date, str]:
    """When a line was rendered, and by whom: its own rendering provider, else the claim's."""
    if billed is None:
        return claim.service_from, claim.rendering_npi
    return billed.service_from, billed.rendering_npi or claim.rendering_npi


def session_at(claim: ClaimFacts, line: RemittanceLine, billed: ServiceLine | None) -> Session:
    """The session of a line."""
    day, by = rendered(claim, billed)
    return session_of(day, line.modifiers, by)


def taxonomy_of(claim: ClaimFacts) -> str:
    """What kind of provider rendered a claim: its rendering provider, else who bills alone."""
    if claim.rendering_taxonomy or claim.rendering_npi not in ("", claim.billing_npi):
        return claim.rendering_taxonomy
    return claim.billing_taxonomy


def at_hospital(billing: Billing, claim: ClaimFacts, reference: Reference) -> Billing:
    """The billing of a hospital's outpatient claim with its wage index, where loaded tables know its CCN by its NPI."""
    ccn = hospital_of(claim, reference)
    found = reference.wage_index(ccn, claim.service_from.replace(month=1, day=1)) if ccn else None
    return replace(billing, hospital=found) if isinstance(found, HospitalIndex) else billing


def hospital_of(claim: ClaimFacts, reference: Reference) -> str:
    """The CCN of the hospital that a claim is from: where it was rendered, else who bills; empty where unknown."""
    known = reference.hospitals(claim.service_to)
    return known.get(claim.facility_npi, "") or known.get(claim.billing_npi, "") if known else ""


def price_of(reference: Reference, billing: Billing, service: Service) -> Price | NoPrice:
    """Medicare's price by the system that the claim belongs to."""
    if billing.system == "physician":
        return reference.professional(service)
    if billing.system == "outpatient":
        hospital = billing.hospital
        if hospital is None:
            return reference.outpatient(service)
        return at_index(reference.outpatient(service, wage_index=hospital.index), hospital)
    if billing.system == "surgery_center":
        return reference.surgery_center(service)
    return NoPrice(billing.lacking)
