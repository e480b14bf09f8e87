"""Who and what the demo's claims are about: payers, practices and visits. All of it is invented.

`TYPICAL` is a small table of ours: CMS's CY2025 total RVUs × 32.3465 rounded to a dollar (non-facility, facility), and
for outpatient departments the CY2025 OPPS or laboratory rate. It only makes charges and payments plausible; nothing
is priced from it. Codes stand without descriptors, which are the AMA's.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from recoup_tools.demo.x12 import npi

Specialty = Literal[
    "emergency", "urgent_care", "surgery", "cardiology", "neurology", "hospital_outpatient", "surgery_center"
]

# code or code-modifier: (non-facility dollars, facility dollars)
TYPICAL: dict[str, tuple[int, int]] = {
    "99203": (109, 79), "99204": (163, 129), "99213": (89, 64), "99214": (125, 94), "99215": (176, 139),
    "99282": (40, 40), "99283": (68, 68), "99284": (116, 116), "99285": (169, 169), "99291": (266, 206),
    "10060": (124, 105), "12001": (91, 43), "12002": (111, 57), "12011": (109, 54), "31500": (137, 137),
    "36556": (201, 81), "29827": (1050, 1050), "29881": (538, 538), "43239": (357, 133), "45380": (415, 193),
    "45385": (435, 243), "64483": (236, 108), "66984": (522, 522), "71046": (33, 33), "73610": (35, 35),
    "73630": (33, 33), "92928": (557, 557), "93000": (14, 14), "93010": (8, 8), "93015": (71, 71),
    "93306": (188, 188), "93306-26": (65, 65), "93458-26": (278, 278), "94640": (8, 8), "95816": (376, 376),
    "95819": (438, 438), "95819-26": (54, 54), "95886": (91, 91), "95910": (168, 168), "95913": (275, 275),
    "96372": (14, 14), "96374": (34, 34),
}  # fmt: skip
OUTPATIENT: dict[str, int] = {
    "99283": 277, "99284": 426, "99285": 613, "80053": 11, "85025": 8, "93005": 59, "70450": 106, "74177": 357,
    "71046": 88, "96374": 211, "96361": 46, "12002": 199, "73610": 88, "43239": 938, "45380": 1179, "45385": 1179,
    "66984": 2281, "29881": 3245, "29827": 7144,
}  # fmt: skip


class Payer(msgspec.Struct, frozen=True):
    """An invented payer.

    `filings` are SBR09 values with weights; `insured` per mille of its members are in fully insured products (the rest
    are in self-funded plans, where state law does not reach).
    """

    id: str
    name: str
    tin: str
    street: str
    city: str
    state: str
    zip: str
    filings: tuple[tuple[str, int], ...]
    insured: int


class Person(msgspec.Struct, frozen=True):
    """A rendering or attending practitioner."""

    npi: str
    last: str
    first: str
    taxonomy: str


class Place(msgspec.Struct, frozen=True):
    """An organisation with an address."""

    npi: str
    name: str
    street: str
    city: str
    state: str
    zip: str


class Practice(msgspec.Struct, frozen=True):
    """A billing provider. `markup` is its charge master as a multiple of the typical price."""

    place: Place
    tin: str
    taxonomy: str
    specialty: Specialty
    markup: Decimal
    people: tuple[Person, ...]
    facility: Place | None


class VisitLine(msgspec.Struct, frozen=True):
    """One service of a visit; `revenue` only on institutional claims."""

    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    revenue: str = ""


class Visit(msgspec.Struct, frozen=True):
    """A kind of visit: where, what and why. `place` is CLM05-1, a POS or the first two digits of the bill type."""

    place: str
    lines: tuple[VisitLine, ...]
    diagnoses: tuple[str, ...]


PAYERS: tuple[Payer, ...] = (
    Payer("99101", "MERIDIAN EXAMPLE HEALTH", "990000101", "1 EXAMPLE PLAZA", "HARTFORD", "CT", "061030001",
          (("CI", 6), ("12", 4)), 350),
    Payer("99102", "NORTHLIGHT SAMPLE BENEFITS", "990000102", "2 EXAMPLE PLAZA", "MINNEAPOLIS", "MN", "554010001",
          (("12", 6), ("13", 4)), 200),
    Payer("99103", "CEDAR SPECIMEN ASSURANCE", "990000103", "3 EXAMPLE PLAZA", "CHICAGO", "IL", "606020001",
          (("BL", 8), ("12", 2)), 450),
    Payer("99104", "HARBORVIEW DEMO HEALTH PLAN", "990000104", "4 EXAMPLE PLAZA", "BOSTON", "MA", "021100001",
          (("HM", 7), ("13", 3)), 700),
    Payer("99105", "SUMMIT TRIAL ADMINISTRATORS", "990000105", "5 EXAMPLE PLAZA", "DENVER", "CO", "802020001",
          (("CI", 5), ("15", 5)), 0),
    Payer("99106", "PRAIRIE PLACEHOLDER MUTUAL", "990000106", "6 EXAMPLE PLAZA", "OMAHA", "NE", "681020001",
          (("CI", 5), ("BL", 5)), 500),
    Payer("99107", "LAKESIDE FICTION TRUST", "990000107", "7 EXAMPLE PLAZA", "CLEVELAND", "OH", "441140001",
          (("12", 5), ("16", 1), ("CI", 4)), 100),
)  # fmt: skip

# street number, city, state, ZIP of the places of service
_TOWNS = (
    ("HOUSTON", "TX", "77030"), ("NEW YORK", "NY", "10016"), ("MIAMI", "FL", "33136"), ("PHOENIX", "AZ", "85006"),
    ("CHICAGO", "IL", "60612"), ("ATLANTA", "GA", "30303"), ("RALEIGH", "NC", "27601"), ("DENVER", "CO", "80204"),
    ("SAN FRANCISCO", "CA", "94110"), ("DETROIT", "MI", "48201"), ("DALLAS", "TX", "75201"),
    ("PHILADELPHIA", "PA", "19107"), ("NASHVILLE", "TN", "37203"), ("SEATTLE", "WA", "98104"),
    ("NEW ORLEANS", "LA", "70112"), ("NEWARK", "NJ", "07102"), ("SALT LAKE CITY", "UT", "84111"),
    ("LOS ANGELES", "CA", "90012"),
)  # fmt: skip

# name, specialty, billing taxonomy, rendering taxonomies, has an outside facility
_PRACTICES: tuple[tuple[str, Specialty, str, tuple[str, ...], bool], ...] = (
    ("BAYOU DEMO EMERGENCY PHYSICIANS", "emergency", "207P00000X", ("207P00000X",), True),
    ("HUDSON DEMO EMERGENCY GROUP", "emergency", "207P00000X", ("207P00000X",), True),
    ("BISCAYNE DEMO EMERGENCY CARE", "emergency", "207P00000X", ("207P00000X",), True),
    ("SONORAN DEMO EMERGENCY MEDICINE", "emergency", "207P00000X", ("207P00000X",), True),
    ("PRAIRIE DEMO EMERGENCY DOCTORS", "emergency", "207P00000X", ("207P00000X",), True),
    ("PEACHTREE DEMO URGENT CARE", "urgent_care", "261QU0200X", ("207Q00000X",), False),
    ("OAK CITY DEMO URGENT CARE", "urgent_care", "261QU0200X", ("207Q00000X",), False),
    ("FRONT RANGE DEMO URGENT CARE", "urgent_care", "261QU0200X", ("207Q00000X",), False),
    ("GOLDEN GATE DEMO SURGEONS", "surgery", "207X00000X", ("207X00000X",), True),
    ("MOTOR CITY DEMO SURGICAL GROUP", "surgery", "207RG0100X", ("207RG0100X",), True),
    ("TRINITY DEMO SURGERY ASSOCIATES", "surgery", "207X00000X", ("207X00000X",), True),
    ("LIBERTY DEMO CARDIOLOGY", "cardiology", "207RC0000X", ("207RC0000X",), True),
    ("CUMBERLAND DEMO HEART GROUP", "cardiology", "207RC0000X", ("207RC0000X",), True),
    ("PUGET DEMO NEUROLOGY", "neurology", "2084N0400X", ("2084N0400X",), True),
    ("CRESCENT DEMO NEUROLOGY", "neurology", "2084N0400X", ("2084N0400X",), True),
    ("GARDEN STATE DEMO HOSPITAL", "hospital_outpatient", "282N00000X", ("207P00000X",), False),
    ("WASATCH DEMO MEDICAL CENTER", "hospital_outpatient", "282N00000X", ("207P00000X",), False),
    ("PACIFIC DEMO SURGERY CENTER", "surgery_center", "261QA1903X", ("207X00000X",), False),
)

_LAST_NAMES = ("EXAMPLE", "SAMPLE", "SPECIMEN", "FICTION", "PLACEHOLDER", "INVENTED", "NOTREAL", "TESTCASE")
_FIRST_NAMES = ("AVERY", "BLAKE", "CASEY", "DANA", "ELLIS", "FINLEY", "GREER", "HARPER", "JORDAN", "KENDALL")
PATIENT_LAST = _LAST_NAMES
PATIENT_FIRST = _FIRST_NAMES


def _practice(number: int) -> Practice:
    name, specialty, taxonomy, people, outside = _PRACTICES[number]
    city, state, zip5 = _TOWNS[number]
    base = 100_900_000 + number * 100
    place = Place(npi(base), name, f"{100 + number} EXAMPLE AVE", city, state, f"{zip5}0001")
    return Practice(
        place=place,
        tin=f"9901{number:05d}",
        taxonomy=taxonomy,
        specialty=specialty,
        markup=Decimal("3.4") + Decimal(number * 7 % 10) * Decimal("0.3"),
        people=tuple(
            Person(npi(base + 1 + n), _LAST_NAMES[(number + n) % 8], _FIRST_NAMES[(number * 3 + n) % 10], people[0])
            for n in range(4)
        ),
        facility=Place(
            npi(base + 50),
            f"{city} DEMO {'SURGERY CENTER' if specialty == 'surgery' else 'HOSPITAL'}",
            f"{500 + number} SPECIMEN BLVD",
            city,
            state,
            place.zip,
        )
        if outside
        else None,
    )


PRACTICES: tuple[Practice, ...] = tuple(_practice(number) for number in range(len(_PRACTICES)))
BY_SPECIALTY: dict[Specialty, tuple[Practice, ...]] = {}
for _each in PRACTICES:
    BY_SPECIALTY[_each.specialty] = (*BY_SPECIALTY.get(_each.specialty, ()), _each)


def typical_price(line: VisitLine, place: str, institutional: bool) -> Decimal:
    """The typical price of one line in dollars, for its units."""
    if institutional:
        return Decimal(OUTPATIENT[line.code] * line.units)
    key = f"{line.code}-26" if "26" in line.modifiers else line.code
    office, facility = TYPICAL[key]
    return Decimal((office if place in ("11", "20") else facility) * line.units)
