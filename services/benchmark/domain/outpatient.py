"""Hospital outpatient payment (OPPS, 42 CFR 419): what a line's status and modifiers make of its rate.

A line's rate is its APC's, wage-adjusted where a wage index is given (60 % of it is labor-related, 42 CFR 419.43(c)).
What a claim's lines do to each other is in `packaging`. Not modelled: outliers, adjustments of rural and cancer
hospitals, device credits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.modifiers import technical_cut
from shared.money import ZERO

LABOR_SHARE = Decimal("0.60")
_HALF = Decimal("0.5")
_ONE = Decimal(1)
_BILATERAL = Decimal("1.5")
_BOTH_SIDES = Decimal(2)
_OFF_CAMPUS = Decimal("0.4")
WAGE_ADJUSTED = frozenset({"J1", "J2", "P", "Q1", "Q2", "Q3", "Q4", "S", "T", "V"})
"""Status indicators whose rates are adjusted by the wage index.

Drugs, devices and what is paid elsewhere is not, nor blood (R) and brachytherapy sources (U): CMS's OPPS Pricer.
"""
_QUARTERLY = frozenset({"G", "K", "K1"})
"""Status indicators of drugs and biologicals paid by their average sales price, whose rates CMS sets each quarter.

42 CFR 419.64(d) and 414.904(b), (c); a final rule prints rates of an earlier quarter's prices. Blood (R) and
brachytherapy sources (U) have rates of the year (Claims Processing Manual, ch. 4, 231.3 and 61.4).
"""
DISCOUNTED, IN_FULL = "T", "S"
"""Status indicators under which a surgery center's rates meet others of the day: discounted, or never."""
_DRUGS_AND_DEVICES = frozenset({"F", "G", "H", "H1", "K", "K1", "L"})
CLINIC_VISIT = "G0463"
PACKAGED = "N"
_NEW_TECHNOLOGY = ((1491, 1599), (1901, 1908))
"""New Technology APCs, which Addendum J excludes from comprehensive payment."""

_WITHOUT_RATE = {
    "A": "is paid by another schedule (such as laboratory, ambulance or therapy)",
    "B": "is not taken on hospital outpatient bills, which use another code for the service",
    "C": "is an inpatient procedure: OPPS pays nothing for it (Addendum E)",
    "D": "was deleted",
    "E1": "is not covered by Medicare",
    "E2": "has no price: neither pricing information nor claims are at hand",
    "F": "is paid at reasonable cost",
    "H": "is a pass-through device, paid by the hospital's cost",
    "H1": "is a device for pain without opioids, paid by the hospital's cost",
    "L": "is a vaccine, paid at reasonable cost",
    "M": "is not billed to Medicare's contractor",
    "N": "is packaged into other services, and never paid by itself",
    "P": "is of a day of partial hospitalization, which is paid as a whole",
    "Y": "is durable equipment, paid by its own schedule",
    "Q4": "is a laboratory test: packaged, or paid by the laboratory schedule where only tests are billed",
}


class OutpatientRate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One row of OPPS Addendum B: status indicator, the national unadjusted rate in dollars if it has one, and APC."""

    code: str
    status: str
    rate: Decimal | None
    apc: str = ""


class OutpatientRules(msgspec.Struct, frozen=True):
    """What the other addenda of a year say.

    Rates of APCs (A), pairs of procedures by `primary+secondary` and the APC that they are paid as (J), the rank of
    comprehensive procedures (J), composites of a code (M), and what of a device-intensive procedure's rate is the
    device's, in dollars (P).
    """

    apcs: Mapping[str, Decimal] = {}
    complexity: Mapping[str, str] = {}
    ranks: Mapping[str, int] = {}
    composites: Mapping[str, tuple[str, ...]] = {}
    devices: Mapping[str, Decimal] = {}


class Placed(msgspec.Struct, frozen=True, gc=False):
    """A line on the claim.

    `amount` is dollars of all its units (None without a rate), `unit` of one without modifiers, both not rounded;
    `share` what an off-campus department, or imaging by old equipment, is paid of any amount. `excluded` is paid beside
    a comprehensive procedure whatever its status; `beside` says why it is by a list that is in doubt.
    """

    status: str
    amount: Decimal | None
    units: Decimal
    code: str = ""
    unit: Decimal = ZERO
    share: Decimal = _ONE
    wage_index: Decimal = _ONE
    rules: OutpatientRules | None = None
    excluded: bool = False
    beside: str = ""


class Adjusted(msgspec.Struct, frozen=True, gc=False):
    """What modifiers make of a line.

    The factor on its unit rate for all units, the units that others of the day are ranked by, the device's part that is
    taken off first, and the share that an off-campus department, or imaging by old equipment, is paid; with notes.
    """

    factor: Decimal
    units: Decimal
    without_device: bool = False
    share: Decimal = _ONE
    notes: tuple[str, ...] = ()


def is_new_technology(apc: str) -> bool:
    """Return True if an APC is one of those for services without cost data of their own."""
    return apc.isdigit() and any(first <= int(apc) <= last for first, last in _NEW_TECHNOLOGY)


def without_rate(status: str) -> str:
    """Why a code of this status has no rate of its own."""
    return _WITHOUT_RATE.get(status, "has no rate of its own (packaged or paid elsewhere)")


def quarter_missing(name: str, held: tuple[date, date], day: date) -> str:
    """What is told of a drug's rate by a release of these days that is not of the day's quarter alone, else nothing.

    Rates by average sales price are of a quarter (42 CFR 414.904(b), (c), 419.64(d)); a final rule prints those of an
    earlier quarter for the whole year.
    """
    quarter = _quarter_of(day)
    if quarter == _quarter_of(held[0]) == _quarter_of(held[1]):
        return ""
    asked = f"quarter {quarter[1]} of {quarter[0]}"
    return f"CMS sets rates of drugs each quarter, and those of {asked} are not at hand: {name} used"


def _quarter_of(day: date) -> tuple[int, int]:
    return day.year, (day.month + 2) // 3


def is_quarterly(status: str) -> bool:
    """Return True if CMS sets the rates of a status each quarter."""
    return status in _QUARTERLY


def wage_note(wage_index: Decimal, *, reached: bool) -> str:
    """What is said of a rate in an area with this wage index; `reached` tells if the rate is adjusted by it at all."""
    if not reached:
        return "not adjusted by the wage index"
    return "national rate, not adjusted by the wage index" if wage_index == 1 else f"wage index {wage_index} applied"


def unit_rate(rate: Decimal, status: str, wage_index: Decimal = _ONE) -> Decimal:
    """The rate of one unit in dollars in an area with this wage index, not rounded: CMS's Pricer rounds the line."""
    if wage_index == 1 or status not in WAGE_ADJUSTED:
        return rate
    return rate * LABOR_SHARE * wage_index + rate * (1 - LABOR_SHARE)


def adjusted(code: str, status: str, bilateral: str, modifiers: Sequence[str], units: Decimal, day: date) -> Adjusted:
    """The effect of a line's modifiers (42 CFR 419.44; Claims Processing Manual, ch.

    4, 10.5 and 20.6; the I/OCE's discounting formulas). `bilateral` is the code's indicator in the physician fee
    schedule.

    Discontinued before anesthesia (73) and reduced (52) services are paid at half, for one unit, a device-intensive
    procedure without its device (73); those discontinued after (74) in full. Both sides (50) are 150 % of a surgical
    service and twice any other; a comprehensive procedure is paid once, its other side counting as a second unit where
    the addendum pairs a code with itself. Off-campus departments are paid 40 %: those not
    excepted (PN) of all but drugs, excepted ones (PO) of clinic visits. Imaging on film, cassettes or old scanners is
    paid less, as the technical part elsewhere is (Social Security Act 1833(t)(16)(F), 1834(p)).
    """
    cut, old = technical_cut(code, modifiers, day)
    share, notes_of_share = _ONE - cut, [old] if old else list[str]()
    if ("PN" in modifiers and status not in _DRUGS_AND_DEVICES) or ("PO" in modifiers and code == CLINIC_VISIT):
        share *= _OFF_CAMPUS
        notes_of_share.append("off-campus department, at 40 %")
    if "73" in modifiers or "52" in modifiers:
        notes = ("discontinued or reduced, at 50 %", *notes_of_share)
        return Adjusted(_HALF * share, _ONE, "73" in modifiers, share, notes)
    if "74" in modifiers:
        notes_of_share.append("discontinued after anesthesia (74): paid in full")
    if "50" in modifiers and bilateral in ("1", "3") and status not in ("J1", "V", "J2"):
        both = _BILATERAL if status == "T" else _BOTH_SIDES
        return Adjusted(both * share, _ONE, share=share, notes=(f"both sides, at {both * 100:f} %", *notes_of_share))
    if status == "J1":
        both = "50" in modifiers and bilateral in ("1", "3")
        return Adjusted(share, units * _BOTH_SIDES if both else units, share=share, notes=tuple(notes_of_share))
    return Adjusted(units * share, units, share=share, notes=tuple(notes_of_share))
