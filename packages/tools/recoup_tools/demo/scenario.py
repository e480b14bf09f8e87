"""What happens to each claim of the demo: who, what, where, and how its payer will treat it.

A claim is a pure function of (seed, number, today): nothing is stored between writing it and paying it, so that
memory stays bounded however many claims a run has.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from recoup_tools.demo.catalog import (
    BY_SPECIALTY,
    PATIENT_FIRST,
    PATIENT_LAST,
    PAYERS,
    Payer,
    Person,
    Practice,
    Specialty,
    Visit,
    VisitLine,
    typical_price,
)
from recoup_tools.demo.dice import Dice
from recoup_tools.demo.visits import INSTITUTIONAL, SPECIALTY_WEIGHTS, VISITS
from recoup_tools.demo.x12 import npi

Kind = Literal[
    "underpaid",
    "paid_fairly",
    "denied",
    "patient_responsibility",
    "in_network",
    "bundled",
    "corrected",
    "replaced",
    "voided",
    "bad_npi",
    "unbalanced",
]
Track = Literal["federal", "state", "none"]

# per mille of all claims
DEFAULT_MIX: tuple[tuple[Kind, int], ...] = (
    ("underpaid", 520),
    ("paid_fairly", 200),
    ("denied", 90),
    ("patient_responsibility", 40),
    ("in_network", 50),
    ("bundled", 30),
    ("corrected", 20),
    ("replaced", 20),
    ("voided", 15),
    ("bad_npi", 8),
    ("unbalanced", 7),
)
REJECTED: frozenset[Kind] = frozenset(("bad_npi", "unbalanced"))
UNPAID: frozenset[Kind] = frozenset(("bad_npi", "unbalanced", "voided"))

# States that run a process of their own for fully insured plans (45 CFR 149.30, specified state law).
STATE_PROCESS = frozenset(["CA", "CO", "FL", "GA", "IL", "MI", "NJ", "NY", "TX", "WA"])


class Line(msgspec.Struct, frozen=True):
    """One service line; `price` is the typical price and `charge` the billed amount, in dollars for all units."""

    number: int
    visit: VisitLine
    price: Decimal
    charge: Decimal


class Patient(msgspec.Struct, frozen=True):
    """An invented patient; `subscriber_first` is empty where the patient is the subscriber."""

    last: str
    first: str
    subscriber_first: str
    member: str
    born: date
    gender: str


class PlannedClaim(msgspec.Struct, frozen=True):
    """A claim and its fate. `early`: its remittance comes first. `track`: which surprise-billing law applies."""

    number: int
    control_number: str
    payer_claim_number: str
    kind: Kind
    specialty: Specialty
    practice: Practice
    person: Person
    payer: Payer
    filing: str
    visit: Visit
    lines: tuple[Line, ...]
    patient: Patient
    service_on: date
    track: Track
    assigned: bool
    authorization: str
    early: bool

    @property
    def institutional(self) -> bool:
        """True for a claim that is billed as an 837I."""
        return self.specialty in INSTITUTIONAL

    @property
    def charge(self) -> Decimal:
        """CLM02 of the claim in its last version, in dollars."""
        return sum((line.charge for line in self.lines), Decimal(0))


def plan(seed: int, number: int, today: date, mix: tuple[tuple[Kind, int], ...] = DEFAULT_MIX) -> PlannedClaim:
    """The claim with this number in the run with this seed."""
    dice = Dice("claim", seed, number)
    kind = dice.weighted(mix)
    specialty = dice.weighted(SPECIALTY_WEIGHTS)
    practice = dice.pick(BY_SPECIALTY[specialty])
    visit = dice.weighted(VISITS[specialty])
    payer = dice.pick(PAYERS)
    if kind in ("bundled", "replaced") and len(visit.lines) < 2:
        kind = "paid_fairly"
    person = dice.pick(practice.people)
    if kind == "bad_npi":
        person = msgspec.structs.replace(person, npi=_wrong_check_digit(person.npi))
    insured = dice.chance(payer.insured)
    track: Track = "none"
    if kind in ("underpaid", "corrected") and _protected(visit):
        track = "state" if insured and practice.place.state in STATE_PROCESS else "federal"
    tag = f"{seed % 10_000:04d}"
    return PlannedClaim(
        number=number,
        control_number=f"DM{tag}{number:08d}",
        payer_claim_number=f"P{payer.id[-2:]}{tag}{number:08d}",
        kind=kind,
        specialty=specialty,
        practice=practice,
        person=person,
        payer=payer,
        filing=dice.weighted(payer.filings),
        visit=visit,
        lines=_lines(visit, practice, specialty in INSTITUTIONAL),
        patient=_patient(dice, number, today),
        service_on=today - timedelta(days=dice.between(36, 75)),
        track=track,
        assigned=dice.chance(930),
        authorization=f"AUTH{number:08d}" if specialty in ("surgery", "surgery_center") and dice.chance(800) else "",
        early=kind not in UNPAID and kind != "replaced" and dice.chance(20),
    )


def _protected(visit: Visit) -> bool:
    """Emergency care, and out-of-network professionals at participating facilities (45 CFR 149.110, 149.120).

    A facility's own bill is protected for emergencies only: one that is out of network is not a participating facility.
    """
    return visit.place in ("21", "22", "23", "24") or any(line.revenue == "0450" for line in visit.lines)


def _lines(visit: Visit, practice: Practice, institutional: bool) -> tuple[Line, ...]:
    lines: list[Line] = []
    for number, service in enumerate(visit.lines, 1):
        price = typical_price(service, visit.place, institutional)
        lines.append(Line(number, service, price, (price * practice.markup).quantize(Decimal(1))))
    return tuple(lines)


def _patient(dice: Dice, number: int, today: date) -> Patient:
    dependent = dice.chance(250)
    age = dice.between(1, 17) if dependent else dice.between(18, 64)
    return Patient(
        last=dice.pick(PATIENT_LAST),
        first=dice.pick(PATIENT_FIRST),
        subscriber_first=dice.pick(PATIENT_FIRST) if dependent else "",
        member=f"SYN{number % 1_000_000_000:09d}",
        born=today - timedelta(days=age * 365 + dice.between(0, 364)),
        gender=dice.pick(("F", "M")),
    )


def _wrong_check_digit(right: str) -> str:
    wrong = right[:9] + str((int(right[9]) + 1) % 10)
    assert wrong != npi(int(right[:9]))
    return wrong
