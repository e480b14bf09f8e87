"""A hospital outpatient department's line priced by itself (OPPS)."""

from __future__ import annotations

from decimal import Decimal

from services.benchmark.domain.comprehensive import paid_beside
from services.benchmark.domain.coverage import unknown
from services.benchmark.domain.outpatient import (
    PACKAGED,
    WAGE_ADJUSTED,
    OutpatientRate,
    Placed,
    adjusted,
    is_new_technology,
    is_quarterly,
    quarter_missing,
    unit_rate,
    wage_note,
    without_rate,
)
from services.benchmark.domain.releases import NoPrice, Price, Release, ReleaseInForce, Service
from shared.money import ZERO, cents

_MINUTES = "the line bills minutes (MJ), which only anesthesia is paid by: its units are unknown"


def outpatient_price(
    in_force: ReleaseInForce, service: Service, wage_index: Decimal, bilateral: str
) -> Price | NoPrice:
    """The rate of a hospital's outpatient line by the tables of its day; `bilateral` is the code's indicator."""
    release, code = in_force.release, service.code
    if service.unit_type == "MJ":
        return NoPrice(_MINUTES)
    row = release.outpatient.get(code)
    if row is None:
        return NoPrice(unknown(code, f"{release.name} holds no OPPS row for {code}"))
    if row.rate is None:
        placed = Placed(row.status, None, service.units, code, rules=release.outpatient_rules)
        reason = f"{code} {without_rate(row.status)} (OPPS status {row.status}, {release.name})"
        packaged = row.status == PACKAGED
        return NoPrice(reason, packaged, placed, packaged)
    effect = adjusted(code, row.status, bilateral, service.modifiers, service.units, service.day)
    national, device = _less_device(release, row, effect.without_device)
    rate = unit_rate(national, row.status, wage_index)
    amount = rate * effect.factor
    index = wage_note(wage_index, reached=row.status in WAGE_ADJUSTED)
    held = (release.effective_from, release.effective_to)
    quarterly = quarter_missing(release.name, held, service.day) if is_quarterly(row.status) else ""
    fallback = "; ".join(filter(None, (in_force.fallback, quarterly)))
    return Price(
        cents(amount),
        "medicare_opps",
        release.name,
        f"Addendum B {code}, status {row.status}{', APC ' + row.apc if row.apc else ''}",
        (*effect.notes, *device, index),
        fallback,
        factor=effect.factor / effect.share,
        placed=Placed(
            row.status,
            amount,
            effect.units,
            code,
            rate,
            effect.share,
            wage_index,
            release.outpatient_rules,
            is_new_technology(row.apc),
            paid_beside(code, service.day),
        ),
        internal=bool(fallback),
    )


def _less_device(release: Release, row: OutpatientRate, discontinued: bool) -> tuple[Decimal, tuple[str, ...]]:
    """A device-intensive procedure that was discontinued is paid without its device (42 CFR 419.44(b)(2))."""
    rate = row.rate or ZERO
    offset = release.outpatient_rules.devices.get(row.code, ZERO) if discontinued else ZERO
    return (rate - offset, (f"less the device's ${offset} (Addendum P)",)) if offset else (rate, ())
