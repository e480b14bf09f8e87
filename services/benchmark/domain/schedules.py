"""Medicare's other fee schedules: ambulances, laboratories, drugs by average sales price, equipment.

A line of the professional form that the physician fee schedule does not price belongs to one of them by its code. Each
is priced by loaded tables or not at all, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations
from typing import Literal

import msgspec

from services.benchmark.domain.hospitals import is_short_term
from services.benchmark.domain.releases import SPLIT_ZIP, NoPrice, Price, Release, ReleaseInForce, Service, System
from services.benchmark.domain.transfers import paid_share
from shared.money import ZERO, cents

Schedule = Literal["ambulance", "laboratory", "drugs", "equipment"]

_AMBULANCE = re.compile(r"A0[0-9]{3}")
_LABORATORY = re.compile(r"8[0-9]{4}|[0-9]{4}U|P[0-9]{4}")
_DRUGS = re.compile(r"J[0-9]{4}|Q[0-9]{4}")
_EQUIPMENT = re.compile(r"[EKL][0-9]{4}|A[4-9][0-9]{3}")
_BY_CODE: tuple[tuple[re.Pattern[str], Schedule], ...] = (
    (_AMBULANCE, "ambulance"),
    (_LABORATORY, "laboratory"),
    (_DRUGS, "drugs"),
    (_EQUIPMENT, "equipment"),
)
LISTED: tuple[Schedule, ...] = ("laboratory", "drugs", "equipment")
"""Schedules whose tables tell by themselves which codes are theirs."""
NAMES: dict[System, str] = {
    "ambulance": "ambulance fee schedule",
    "laboratory": "clinical laboratory fee schedule",
    "drugs": "payment limits for drugs (ASP)",
    "equipment": "fee schedule for equipment (DMEPOS)",
}
_MILEAGE_BY_GROUND = "A0425"
_FIRST_MILES = Decimal(17)
_LATER_MONTHS = "KJ"
_MONTHS = "months four to thirteen of a capped rental (KJ) are paid less: the amount is of the first three"
_OWNERSHIP = ("NU", "RR", "UE")
"""Equipment bought new, rented for a month, or bought used."""


def schedule_of(code: str) -> Schedule | None:
    """The schedule that a code belongs to where the physician's does not price it."""
    return next((schedule for pattern, schedule in _BY_CODE if pattern.fullmatch(code)), None)


def holds(release: Release, schedule: Schedule, service: Service) -> bool:
    """Return True if a schedule that lists codes has the line's, whatever its state or modifiers."""
    if schedule == "ambulance":
        return False
    if schedule == "equipment":
        return any(key in release.equipment for key in _keys(service))
    table = release.laboratory if schedule == "laboratory" else release.drugs
    return any(key in table for key in _keys(service))


_BY_PLACE = frozenset({"ambulance", "equipment"})


def scheduled_price(in_force: ReleaseInForce, service: Service, schedule: Schedule) -> Price | NoPrice:
    """The amount of a line by its schedule's tables of the day."""
    release = in_force.release
    if schedule not in release.systems():
        return NoPrice(f"no {NAMES[schedule]} is loaded")
    if service.unit_type == "MJ":
        return NoPrice("the line bills minutes (MJ), which only anesthesia is paid by: its units are unknown")
    found = _ambulance(in_force, service) if schedule == "ambulance" else _listed(in_force, service, schedule)
    if isinstance(found, NoPrice):
        return found
    amount, row, notes, caution = found
    split = schedule in _BY_PLACE and service.zip[:5] in release.split_zips
    fallback = "; ".join(filter(None, (in_force.fallback, SPLIT_ZIP if split else "")))
    return Price(
        cents(amount),
        f"medicare_{schedule}",
        release.name,
        row,
        notes,
        fallback,
        caution,
        service.units,
        internal=bool(fallback),
    )


_Amount = tuple[Decimal, str, tuple[str, ...], str]
"""Dollars of all units, not rounded; the row; notes; a doubt."""


def _ambulance(in_force: ReleaseInForce, service: Service) -> _Amount | NoPrice:
    """By the locality and rurality of the ZIP code where the patient was picked up (42 CFR 414.610).

    Mileage by the mile, by ground (A0425) higher for the first 17 miles of the country (414.610(c)(5)(i)).
    """
    release, zip_code = in_force.release, service.zip[:5]
    locality = release.zips.get(zip_code)
    if locality is None:
        return NoPrice(f"{release.name} knows no locality for the ZIP code of the pick-up")
    rates = release.ambulance.get(f"{locality} {service.code}")
    if rates is None:
        return NoPrice(f"{release.name} holds no rate for {service.code} in locality {locality}")
    area = release.rural.get(zip_code, "")
    rate = rates.super_rural if area == "B" and rates.super_rural else rates.rural if area else rates.urban
    area_name = "super rural" if area == "B" else "rural" if area else "urban"
    amount, caution = rate * service.units, ""
    notes: tuple[str, ...] = (f"{area_name} pick-up, locality {locality}",)
    if area and service.code == _MILEAGE_BY_GROUND:
        first = min(service.units, _FIRST_MILES)
        amount += (rates.first_miles - rate) * first if rates.first_miles else ZERO
        higher = (f"the first {first} miles at ${rates.first_miles}",) if rates.first_miles else ()
        notes += higher
        caution = "" if higher else "the first 17 rural miles are paid higher"
    return amount, f"ambulance fee schedule {service.code}, {area_name}", notes, caution


def _listed(in_force: ReleaseInForce, service: Service, schedule: Schedule) -> _Amount | NoPrice:
    release = in_force.release
    if schedule == "equipment":
        return _equipment(in_force, service)
    table = release.laboratory if schedule == "laboratory" else release.drugs
    for key in _keys(service):
        if (rate := table.get(key)) is not None:
            row = f"{'CLFS' if schedule == 'laboratory' else 'ASP payment limit'} {key}"
            return rate * service.units, row, (), ""
    return NoPrice(f"{release.name} holds no rate for {service.code}")


def _equipment(in_force: ReleaseInForce, service: Service) -> _Amount | NoPrice:
    """By state, higher in rural areas for some of it (42 CFR 414.210(g)), by the row with most of the modifiers."""
    release, zip_code = in_force.release, service.zip[:5]
    state = release.states.get(release.zips.get(zip_code, ""), "")
    known = bool(release.rural_for_equipment)
    rural = zip_code in release.rural_for_equipment if known else bool(release.rural.get(zip_code))
    for key in _keys(service):
        fees = release.equipment.get(key, {})
        usual, country = fees.get(state), fees.get(f"{state} R")
        rate = country if rural and country is not None else usual
        if rate is None:
            continue
        cautions = [_MONTHS] if _LATER_MONTHS in service.modifiers else []
        if not known and country not in (None, usual):
            cautions.append("which ZIP codes are rural for equipment is not loaded: those of ambulances were taken")
        area = f"{state} R" if rural and country is not None else state
        return rate * service.units, f"DMEPOS {key}, {area}", (), "; ".join(cautions)
    question = "" if any(one in service.modifiers for one in _OWNERSHIP) else ": bought (NU, UE) or rented (RR)?"
    return NoPrice(f"{release.name} holds no fee for {service.code} in {state or 'an unknown state'}{question}")


def _keys(service: Service) -> Iterator[str]:
    """Rows that may price a line: of the code with two of its modifiers, with one, with none."""
    yield from (f"{service.code}-{one}-{other}" for one, other in permutations(service.modifiers, 2))
    yield from (f"{service.code}-{one}" for one in service.modifiers)
    yield service.code


class InpatientStay(msgspec.Struct, frozen=True):
    """A stay as it is priced: MS-DRG, the hospital's wage index or its CCN, and how the stay ended.

    `status` is the patient status at discharge, `days` from admission to discharge, None where unknown; `state` that
    of its ZIP code.
    """

    drg: str
    wage_index: Decimal | None = None
    ccn: str = ""
    status: str = ""
    days: int | None = None
    state: str = ""


_DRG = re.compile(r"(?:MS[- ]?)?DRG[- ]?(\d{1,3})", re.IGNORECASE)
_GAF_POWER = Decimal("0.6848")
_FOUR = Decimal("0.0001")
_DRG_DIGITS = 3
_STILL_PATIENT = "30"
_WITH_COST_OF_LIVING = frozenset({"02", "12", "AK", "HI"})
"""CCNs and states of Alaska and Hawaii, where the part that is not labor-related is adjusted too (42 CFR 412.64)."""
_BASE_PAYMENT = (
    "operating and capital base payment, without teaching, disproportionate share, cost outliers (42 CFR 412.84), new "
    "technology and adjustments for quality: these need the hospital's own ratios (cost to charges, residents, low "
    "income), which no loaded table holds"
)


def ms_drg(text: str) -> str:
    """An MS-DRG as claims and payments state it, of up to three digits; empty for what is none (as APR-DRGs are)."""
    digits = text.strip().zfill(3)
    return digits if len(digits) == _DRG_DIGITS and digits.isdigit() and int(digits) else ""


def drg_of(code: str) -> str | None:
    """The MS-DRG of a code written as DRG 470 or MS-DRG470; None for any other code."""
    found = _DRG.fullmatch(code.strip())
    return found.group(1).zfill(3) if found else None


def inpatient_price(in_force: ReleaseInForce, stay: InpatientStay, fiscal_year: int) -> Price | NoPrice:
    """IPPS (42 CFR 412.64, 412.312, 412.316).

    The standardized amounts, their labor share by the wage index, and the capital rate by its power 0.6848, times the
    weight of the MS-DRG; of a transfer its share (42 CFR 412.4). Rounded where CMS's Pricer rounds: the capital rate,
    and operating and capital payment apart. What hangs on figures of the hospital's own, none of
    which is published by NPI or stands on a claim, is left out, and the price says so.
    """
    release, tables = in_force.release, in_force.release.inpatient
    if tables is None or not tables.weights:
        return NoPrice("no IPPS tables (MS-DRG weights, standardized amounts) are loaded")
    if stay.ccn and not is_short_term(stay.ccn):
        return NoPrice(f"CCN {stay.ccn} is not of a short-term hospital, which alone is paid by MS-DRG (IPPS)")
    if stay.ccn[:2] in _WITH_COST_OF_LIVING or stay.state in _WITH_COST_OF_LIVING:
        return NoPrice("the hospital is in Alaska or Hawaii, whose cost-of-living factors no loaded table holds")
    weight = tables.weights.get(stay.drg)
    if weight is None:
        return NoPrice(f"{release.name} holds no weight for MS-DRG {stay.drg}")
    index = stay.wage_index if stay.wage_index is not None else tables.wage_indices.get(stay.ccn)
    if index is None:
        hint = f" {stay.ccn}, of which none is loaded" if stay.ccn else ", which Hospital Enrollments give for its NPI"
        return NoPrice(f"the wage index of the hospital is needed, or its CCN{hint}")
    labor, rest = tables.above_one if index > 1 else tables.up_to_one
    geographic = (index**_GAF_POWER).quantize(_FOUR)
    share = paid_share(tables, stay.drg, stay.status, stay.days, fiscal_year)
    if isinstance(share, NoPrice):
        return share
    part, transferred = share
    operating = (labor * index + rest) * weight * part
    capital = cents(tables.capital * geographic) * weight * part
    return Price(
        cents(operating) + cents(capital),
        "medicare_inpatient",
        release.name,
        f"MS-DRG {stay.drg}, weight {weight}, wage index {index}",
        (*filter(None, (transferred,)), _BASE_PAYMENT),
        in_force.fallback,
        caution="" if stay.status != _STILL_PATIENT else "an interim bill: the stay was not over (status 30)",
    )
