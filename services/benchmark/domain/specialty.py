"""Which specialty a claim is of: it decides the weights of the fair range, and goes along with the verdict."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

from services.benchmark.domain.anesthesia import is_anesthesia
from services.benchmark.domain.systems import is_surgery_center
from shared.emergency import EMERGENCY_PLACE, is_emergency_revenue
from shared.events.claims import ClaimFacts
from shared.procedures import plain_code

Specialty = Literal[
    "emergency",
    "urgent_care",
    "surgery_center",
    "surgery",
    "cardiology",
    "neurology",
    "radiology",
    "anesthesia",
    "pathology",
    "critical_care",
    "neonatal",
    "air_ambulance",
    "outpatient_facility",
    "general",
]
SPECIALTIES: tuple[Specialty, ...] = get_args(Specialty)

_FACILITIES: dict[str, Specialty] = {
    "261QE0002": "emergency",
    "261QU0200": "urgent_care",
}
"""NUCC taxonomy codes of facilities, without their last letter."""
_PRACTITIONERS: dict[str, Specialty] = {
    "207P": "emergency",
    "207RA0001": "cardiology",
    "207RA0002": "cardiology",
    "207RC0000": "cardiology",
    "207RC0001": "cardiology",
    "207RI0011": "cardiology",
    "2080P0202": "cardiology",
    "207UN0901": "cardiology",
    "2084A2900": "neurology",
    "2084E0001": "neurology",
    "2084N": "neurology",
    "2084V0102": "neurology",
    "2086": "surgery",
    "2082": "surgery",
    "2088": "surgery",
    "208C": "surgery",
    "208G": "surgery",
    "207T": "surgery",
    "207X": "surgery",
    "207Y": "surgery",
    "207W": "surgery",
    "204E": "surgery",
    "213ES": "surgery",
    "2085": "radiology",
    "207L": "anesthesia",
    "367500000": "anesthesia",
    "367H": "anesthesia",
    "207Z": "pathology",
    "2080N0001": "neonatal",
    "207RC0200": "critical_care",
    "2080P0203": "critical_care",
    "207LC0200": "critical_care",
    "2086S0102": "critical_care",
    "207VC0200": "critical_care",
    "3416A0800": "air_ambulance",
}
"""Prefixes of NUCC taxonomy codes of people, longest match first."""
_LENGTHS = (9, 5, 4)


def specialty_of(claim: ClaimFacts) -> Specialty:
    """Return the specialty by which a claim is judged.

    First whose work does not hang on the setting (anesthesia, imaging, pathology, flights), then the setting of the
    care, then who rendered it, then what was done.
    """
    anywhere = _anywhere(claim)
    if anywhere is not None:
        return anywhere
    setting = _setting(claim)
    if setting is not None:
        return setting
    for taxonomy in (claim.rendering_taxonomy, claim.billing_taxonomy):
        for length in _LENGTHS:
            found = _PRACTITIONERS.get(taxonomy[:length]) if len(taxonomy) >= length else None
            if found:
                return found
    codes = [line.code for line in claim.lines]
    visits: list[Specialty | None] = [_visit_of(code) for code in codes if code.startswith("99")]
    if visits and visits[0] is not None and all(visit == visits[0] for visit in visits):
        return visits[0]
    if any(code[:1] in "123456" and len(code) == 5 and code.isdigit() for code in codes):
        return "surgery"
    if any("92920" <= code <= "93799" for code in codes):
        return "cardiology"
    if any("95700" <= code <= "96020" for code in codes):
        return "neurology"
    return "general"


def _anywhere(claim: ClaimFacts) -> Specialty | None:
    """Air ambulances on either form.

    Of people's claims those of one kind of service alone, by who rendered them or, where nobody says who that is, by
    every code.
    """
    kinds: set[Specialty | None] = {_kind_of(line.code) for line in claim.lines if line.code}
    if "air_ambulance" in kinds:
        return "air_ambulance"
    if claim.form != "professional" or not kinds:
        return None
    if "anesthesia" in kinds:
        return "anesthesia"
    for taxonomy in (claim.rendering_taxonomy, claim.billing_taxonomy):
        if (found := _BY_TAXONOMY.get(taxonomy[:4])) is not None:
            return found
    return kinds.pop() if len(kinds) == 1 else None


_FLIGHTS = frozenset({"A0430", "A0431", "A0435", "A0436"})
_BY_TAXONOMY: dict[str, Specialty] = {"2085": "radiology", "207Z": "pathology"}


@lru_cache(maxsize=20_000)
def _kind_of(code: str) -> Specialty | None:
    """Flights, anesthesia, radiology 70010-79999, pathology and laboratory 80047-89398, as CMS groups them."""
    if plain_code(code) in _FLIGHTS:
        return "air_ambulance"
    if not (len(code) == 5 and code.isdigit()):
        return None
    if is_anesthesia(code):
        return "anesthesia"
    return "radiology" if "70010" <= code <= "79999" else "pathology" if "80047" <= code <= "89398" else None


def _visit_of(code: str) -> Specialty | None:
    """Critical care 99291 and 99292; neonatal and pediatric intensive care 99466-99480."""
    if code in ("99291", "99292"):
        return "critical_care"
    return "neonatal" if "99466" <= code <= "99480" else None


def _setting(claim: ClaimFacts) -> Specialty | None:
    """Where the care was given, as far as that alone decides: place of service, bill type, revenue code, facility."""
    if claim.emergency or (claim.form != "institutional" and claim.place_of_service == EMERGENCY_PLACE):
        return "emergency"
    if is_surgery_center(claim):
        return "surgery_center"
    facility = _FACILITIES.get(claim.billing_taxonomy[:9])
    if facility is not None:
        return facility
    if claim.form == "institutional":
        emergency = any(is_emergency_revenue(line.revenue_code) for line in claim.lines)
        return "emergency" if emergency else "outpatient_facility"
    return "urgent_care" if claim.place_of_service == "20" else None
