"""A facility's line priced by itself: hospital outpatient departments (OPPS) and surgery centers (ASC)."""

from __future__ import annotations

from decimal import Decimal

from services.benchmark.domain.outpatient import (
    DISCOUNTED,
    IN_FULL,
    OutpatientRate,
    Placed,
    adjusted,
    modifier_factor,
    unit_rate,
    without_rate,
)
from services.benchmark.domain.releases import NoPrice, Price, Release, ReleaseInForce, Service
from shared.money import ZERO, cents

_MINUTES = "the line bills minutes (MJ), which only anesthesia is paid by: its units are unknown"
_BOTH_SIDES = {DISCOUNTED: Decimal("1.5"), IN_FULL: Decimal(2)}


def outpatient_price(
    in_force: ReleaseInForce, service: Service, wage_index: Decimal, bilateral: str
) -> Price | NoPrice:
    """The rate of a hospital's outpatient line by the tables of its day; `bilateral` is the code's indicator."""
    release, code = in_force.release, service.code
    if service.unit_type == "MJ":
        return NoPrice(_MINUTES)
    row = release.outpatient.get(code)
    if row is None:
        return NoPrice(f"{release.name} holds no OPPS row for {code}")
    if row.rate is None:
        placed = Placed(row.status, None, service.units, code, rules=release.outpatient_rules)
        return NoPrice(f"{code} {without_rate(row.status)} (OPPS status {row.status}, {release.name})", placed=placed)
    effect = adjusted(code, row.status, bilateral, service.modifiers, service.units, service.day)
    national, device = _less_device(release, row, effect.without_device)
    rate = unit_rate(national, row.status, wage_index)
    amount = rate * effect.factor
    index = "national rate, not adjusted by the wage index" if wage_index == 1 else f"wage index {wage_index} applied"
    return Price(
        cents(amount),
        "medicare_opps",
        release.name,
        f"Addendum B {code}, status {row.status}{', APC ' + row.apc if row.apc else ''}",
        (*effect.notes, *device, index),
        in_force.fallback,
        factor=effect.factor / effect.share,
        placed=Placed(row.status, amount, effect.units, code, rate, effect.share, wage_index, release.outpatient_rules),
    )


def _less_device(release: Release, row: OutpatientRate, discontinued: bool) -> tuple[Decimal, tuple[str, ...]]:
    """A device-intensive procedure that was discontinued is paid without its device (42 CFR 419.44(b)(2))."""
    rate = row.rate or ZERO
    offset = release.outpatient_rules.devices.get(row.code, ZERO) if discontinued else ZERO
    return (rate - offset, (f"less the device's ${offset} (Addendum P)",)) if offset else (rate, ())


_NO_ASC = (
    "no rates for surgery centers are loaded for this day, and no other rate is theirs: load CMS's ASC Addendum AA "
    "(`recoup reference load FOLDER --kind cms`)"
)


def surgery_center_price(in_force: ReleaseInForce, service: Service) -> Price | NoPrice:
    """A surgery center's own rate (42 CFR 416.167-416.172); no hospital's or physician's rate ever stands in for it."""
    release, code = in_force.release, service.code
    if service.unit_type == "MJ":
        return NoPrice(_MINUTES)
    if not release.ambulatory:
        return NoPrice(_NO_ASC)
    rate = release.ambulatory.get(code)
    if rate is None:
        return NoPrice(f"{release.name} holds no ASC rate for {code}")
    share, told = modifier_factor(service.modifiers)
    status, units = IN_FULL if code in release.ambulatory_undiscounted else DISCOUNTED, service.units
    if not told and "50" in service.modifiers:
        share, units, told = _BOTH_SIDES[status], Decimal(1), f"both sides, at {_BOTH_SIDES[status] * 100:f} %"
    factor = share * units
    amount = cents(rate * factor)
    national = "national rate, not adjusted by the wage index"
    return Price(
        amount,
        "medicare_asc",
        release.name,
        f"ASC Addendum AA {code}",
        (told, national) if told else (national,),
        in_force.fallback,
        factor=factor,
        placed=Placed(status, amount, units),
    )
