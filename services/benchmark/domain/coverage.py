"""Whether Medicare pays for a code at all, and which part of it in which setting (PPRRVU status, PC/TC and NA flags).

A status says what the fee schedule holds of a code. The PC/TC indicator says whether it has a professional and a
technical part; in a hospital the technical part, and what is incident to a physician's service, is the hospital's (42
CFR 410.26(b)(1), 414.22(b)(5)). A service with NA in the facility column is not paid under the schedule there. (CMS,
"National Physician Fee Schedule Relative Value File", description of the fields.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from services.benchmark.domain.fee_schedule import FACILITY_PLACES, RelativeValues

HOSPITAL_PLACES = frozenset({"19", "21", "22", "23", "26", "51", "52", "61"})
_TELEHEALTH = "02"
"""Paid at the facility rate, and no facility that would furnish anything."""
_INPATIENT = "21"
_CODE = re.compile(r"\d{4}[0-9AFMTU]|[A-HJ-MP-V]\d{4}")
"""CPT by its categories (F, T, and A, M and U of laboratories and vaccines), HCPCS by the letters that it uses."""

_STATUS: Mapping[str, str] = {
    "B": "is bundled into other services of the day and never paid by itself",
    "C": "is priced by Medicare's contractors: there is no national amount",
    "E": "is excluded from the physician fee schedule; where it is covered, another method prices it (such as ASP)",
    "I": "is not valid for Medicare, which takes another code for the service",
    "M": "only reports a measure and has no payment",
    "N": "is not covered by Medicare, which publishes no relative values for it",
    "P": "is bundled or excluded: no separate payment",
    "R": "has restricted coverage and no national amount",
    "X": "is not a physician's service: the schedule of laboratories, ambulances, equipment or the like pays for it",
    "J": "is anesthesia, which is paid by its units",
}
_NOT_COVERED: Mapping[str, str] = {
    "N": "Medicare does not cover the service (status N)",
    "I": "Medicare does not take the code (status I)",
}
RESTRICTED = "Medicare covers the service under special conditions only (status R)"


class Part(msgspec.Struct, frozen=True, gc=False):
    """Which row prices a line where it was rendered.

    `refusal` says why none does; `hospitals` that what was billed is the facility's, so that no other source speaks for
    it either.
    """

    values: RelativeValues | None
    note: str = ""
    refusal: str = ""
    hospitals: bool = False


def not_covered(status: str) -> str:
    """Why Medicare pays nothing although the code has relative values; empty where it pays."""
    return _NOT_COVERED.get(status, "")


def without_amount(code: str, component: str, unpriced: Mapping[str, str], priced: bool, release: str) -> str:
    """Why a code has no amount in a release; `priced` where the code has one without the component."""
    named = f"{code}-{component}" if component else code
    status = unpriced.get(named) or unpriced.get(code)
    if status is not None:
        return (
            f"{release} holds no priced row for {code}, which {_STATUS.get(status, 'has no amount')} (status {status})"
        )
    if priced:
        return f"{release} holds no priced row for {named}: the code has no such part"
    return unknown(code, f"{release} holds no priced row for {named}")


def mistyped(code: str) -> str:
    """Why a code can be none of CPT or HCPCS; empty where it has their form."""
    if _CODE.fullmatch(code):
        return ""
    return f"{code!r} is not a CPT or HCPCS code: these have five characters, such as 99285, 0275T or G0378"


def unknown(code: str, lacking: str) -> str:
    """Why a code has no row: it is mistyped, or `lacking` and unknown."""
    return mistyped(code) or f"{lacking}: the code is unknown to it"


def row_of(values: Mapping[str, RelativeValues], code: str, component: str) -> RelativeValues | None:
    """The row of a code's component.

    Stand-alone professional (2) and technical (3) codes take the modifier that says what they are anyway.
    """
    if not component:
        return values.get(code)
    found = values.get(f"{code}-{component}")
    plain = values.get(code)
    if found is not None or plain is None:
        return found
    same = component == "53" or (component, plain.pctc) in (("26", "2"), ("TC", "3"), ("26", "8"), ("26", "6"))
    return plain if same else None


def part_at(values: RelativeValues, professional: RelativeValues | None, place: str) -> Part:
    """What of a service is the professional's at a place of service; `professional` is its row with modifier 26."""
    hospital = place in HOSPITAL_PLACES
    absent = "F" in values.na and place in FACILITY_PLACES and place != _TELEHEALTH
    if values.pctc == "1" and (hospital or absent) and values.modifier != "26":
        if values.modifier == "TC":
            refusal = f"{values.row}: the technical part of a service in a facility (place {place}) is the facility's"
            return Part(None, refusal=refusal, hospitals=True)
        if professional is not None:
            note = f"professional part only (26): the technical part at place {place} is the facility's"
            return Part(professional, note)
    if hospital and values.pctc in _OF_HOSPITALS:
        refusal = f"{values.row}: {_OF_HOSPITALS[values.pctc]}, and is not paid to others at place {place}"
        return Part(None, refusal=refusal, hospitals=True)
    if values.pctc == "7" and hospital:
        return Part(None, refusal=f"{values.row}: therapy in a hospital (place {place}) is the hospital's service")
    if values.pctc == "8" and place != _INPATIENT:
        return Part(None, refusal=f"{values.row}: the interpretation is paid for inpatients only (place 21)")
    if absent and values.modifier != "26":
        return Part(None, refusal=f"{values.row}: not paid under the fee schedule in a facility (NA, place {place})")
    if "N" in values.na and place not in FACILITY_PLACES:
        return Part(values, "rarely performed outside a facility: the facility's practice expense counts")
    return Part(values)


_OF_HOSPITALS = {
    "3": "a technical service is the hospital's",
    "4": "the code is of a whole test, whose technical part is the hospital's",
    "5": "what is incident to a physician's service is the hospital's",
}


def sides(modifiers: Sequence[str]) -> str:
    """RT or LT where a line bills one side, else empty."""
    if not modifiers:
        return ""
    found = [modifier for modifier in modifiers if modifier in ("RT", "LT")]
    return found[0] if len(found) == 1 and "50" not in modifiers else ""
