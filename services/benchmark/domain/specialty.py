"""Which specialty a claim is of: it decides the weights of the fair range, and goes along with the verdict."""

from __future__ import annotations

from typing import Literal, get_args

from services.benchmark.domain.systems import is_surgery_center
from shared.events.claims import ClaimFacts

Specialty = Literal[
    "emergency", "urgent_care", "surgery_center", "surgery", "cardiology", "neurology", "outpatient_facility", "general"
]
SPECIALTIES: tuple[Specialty, ...] = get_args(Specialty)

_FACILITIES: dict[str, Specialty] = {
    "261QE0002": "emergency", "261QU0200": "urgent_care",
}  # fmt: skip
"""NUCC taxonomy codes of facilities, without their last letter."""
_PRACTITIONERS: dict[str, Specialty] = {
    "207P": "emergency", "207RA0001": "cardiology", "207RA0002": "cardiology", "207RC0000": "cardiology",
    "207RC0001": "cardiology", "207RI0011": "cardiology", "2080P0202": "cardiology", "207UN0901": "cardiology",
    "2084A2900": "neurology", "2084E0001": "neurology", "2084N": "neurology", "2084V0102": "neurology",
    "2086": "surgery", "2082": "surgery", "2088": "surgery", "208C": "surgery", "208G": "surgery", "207T": "surgery",
    "207X": "surgery", "207Y": "surgery", "207W": "surgery", "204E": "surgery", "213ES": "surgery",
}  # fmt: skip
"""Prefixes of NUCC taxonomy codes of people, longest match first."""
_LENGTHS = (9, 5, 4)


def specialty_of(claim: ClaimFacts) -> Specialty:
    """The setting of the care first, then who rendered it, then what was done."""
    setting = _setting(claim)
    if setting is not None:
        return setting
    for taxonomy in (claim.rendering_taxonomy, claim.billing_taxonomy):
        for length in _LENGTHS:
            found = _PRACTITIONERS.get(taxonomy[:length]) if len(taxonomy) >= length else None
            if found:
                return found
    codes = [line.code for line in claim.lines]
    if any(code[:1] in "123456" and len(code) == 5 and code.isdigit() for code in codes):
        return "surgery"
    if any("92920" <= code <= "93799" for code in codes):
        return "cardiology"
    if any("95700" <= code <= "96020" for code in codes):
        return "neurology"
    return "general"


def _setting(claim: ClaimFacts) -> Specialty | None:
    """Where the care was given, as far as that alone decides: place of service, bill type, revenue code, facility."""
    if claim.emergency or (claim.form != "institutional" and claim.place_of_service == "23"):
        return "emergency"
    if is_surgery_center(claim):
        return "surgery_center"
    facility = _FACILITIES.get(claim.billing_taxonomy[:9])
    if facility is not None:
        return facility
    if claim.form == "institutional":
        revenue = {line.revenue_code.zfill(4) for line in claim.lines}
        return "emergency" if any(code[:3] == "045" or code == "0981" for code in revenue) else "outpatient_facility"
    return "urgent_care" if claim.place_of_service == "20" else None
