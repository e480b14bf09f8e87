"""Place of service against the service (CMS place-of-service code set; CPT's own definitions of visits)."""

from __future__ import annotations

from services.intake.domain.review.case import Case, Hit, Hits
from services.intake.domain.review.kinds import (
    AMBULANCE,
    EMERGENCY_VISIT,
    HOME_VISIT,
    HOSPITAL_VISIT,
    NURSING_VISIT,
    OFFICE_VISIT,
)

EXPECTED = (
    (EMERGENCY_VISIT, frozenset({"23"}), "an emergency department visit"),
    (HOSPITAL_VISIT, frozenset({"19", "21", "22", "23", "24", "51", "52", "61"}), "a hospital visit"),
    (NURSING_VISIT, frozenset({"31", "32", "54", "56"}), "a nursing facility visit"),
    (HOME_VISIT, frozenset({"04", "12", "13", "14", "16", "33", "55"}), "a home or residence visit"),
    (AMBULANCE, frozenset({"41", "42"}), "an ambulance service"),
)
"""Kinds of service, and the places where they are given."""
INPATIENT = frozenset({"21", "51", "61"})
TELEHEALTH = frozenset({"02", "10"})
PLACED = EMERGENCY_VISIT | HOSPITAL_VISIT | NURSING_VISIT | HOME_VISIT | AMBULANCE | OFFICE_VISIT


def unexpected(case: Case) -> Hits:
    """A visit in a place where it is not given: payers deny it, and the wrong place hides an emergency."""
    found: list[Hit] = []
    for item in case.items:
        if not item.place or item.place in TELEHEALTH:
            continue
        for kind, places, what in EXPECTED:
            if item.kinds & kind and item.place not in places:
                how_to_fix = f"Check the code against the place: {_either(places)} is usual."
                found.append(Hit(f"Place of service {item.place} is unusual for {what}.", how_to_fix, item.number))
        if item.kinds & OFFICE_VISIT and item.place in INPATIENT:
            how_to_fix = "Send a hospital visit, or the place where the patient was seen."
            found.append(Hit(f"Place of service {item.place} is unusual for an office visit.", how_to_fix, item.number))
    return found


def telehealth(case: Case) -> Hits:
    """Modifiers 93, 95, GT and GQ say telehealth; places 02 and 10 do."""
    how_to_fix = (
        "Send place 10 (patient at home) or 02 (elsewhere) unless the payer asks for the place of a visit in person."
    )
    return [
        Hit("A telehealth modifier stands with a place of service in person.", how_to_fix, item.number)
        for item in case.items
        if item.place and item.place not in TELEHEALTH and item.has("93", "95", "GT", "GQ")
    ]


def _either(places: frozenset[str]) -> str:
    listed = sorted(places)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"
