"""A surgery center's line priced by itself (42 CFR 416.167-416.180; Claims Processing Manual, ch. 14, 40 and 60.3).

The rate is Addendum AA's (procedures) or BB's (what is paid beside them), half of it adjusted by the wage index where
one is given (42 CFR 416.172(c)); drugs, devices and brachytherapy sources are not. No hospital's or physician's rate
ever stands in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from services.benchmark.domain.coverage import unknown
from services.benchmark.domain.outpatient import DISCOUNTED, IN_FULL, Placed, quarter_missing, wage_note
from services.benchmark.domain.releases import NoPrice, Price, ReleaseInForce, Service
from shared.money import ZERO, cents

_ONE = Decimal(1)
_HALF = Decimal("0.5")
_LABOR_SHARE = Decimal("0.5")
_MINUTES = "the line bills minutes (MJ), which only anesthesia is paid by: its units are unknown"
_BOTH_SIDES = {DISCOUNTED: Decimal("1.5"), IN_FULL: Decimal(2)}
_DEVICE_INTENSIVE = "J8"
_PACKAGED = frozenset({"L1", "N1"})
_DRUG = "K2"
"""Payment indicator of drugs paid by OPPS's rates, which are of a quarter (Addendum DD1)."""
_NOT_ADJUSTED = frozenset({"F4", "H2", "J7", "K2", "K7", "L6"})
"""Payment indicators of drugs, devices, brachytherapy sources and tissue, whose rates know no wage index."""

_NO_ASC = (
    "no rates for surgery centers are loaded for this day, and no other rate is theirs: load CMS's ASC Addendum AA "
    "(`recoup reference load FOLDER --kind cms`)"
)
_WITHOUT_RATE = {
    "B5": "is not paid: another code may be available",
    "C5": "is an inpatient procedure, which surgery centers are not paid for",
    "D5": "was deleted",
    "E5": "is not covered in surgery centers",
    "F4": "is paid at reasonable cost",
    "J7": "is a pass-through device, priced by Medicare's contractors",
    "K5": "has no price: neither pricing information nor claims are at hand",
    "K7": "is an unclassified drug, priced by Medicare's contractors",
    "L1": "is packaged into the procedure of the day, and never paid by itself",
    "M5": "only reports a measure and has no payment",
    "M6": "is paid to others by another schedule, and nothing to surgery centers",
    "N1": "is packaged into the procedure of the day, and never paid by itself",
    "S1": "is no surgical service, and not paid in surgery centers",
    "U5": "is an unlisted surgical service, excluded in surgery centers",
    "X5": "is a procedure that CMS holds for unsafe in surgery centers",
    "Y5": "is no surgical service, and not covered in surgery centers",
}
"""Why a code of a payment indicator (Addendum DD1) has no rate."""


class _Effect(msgspec.Struct, frozen=True, gc=False):
    """What modifiers make of a line: a factor on its rate, dollars of the device taken off first, and notes.

    `discounted` is False where the line is not reduced beside others of the day, `units` those it is ranked by.
    """

    factor: Decimal
    units: Decimal
    device: Decimal = ZERO
    discounted: bool = True
    notes: tuple[str, ...] = ()


def surgery_center_price(in_force: ReleaseInForce, service: Service, wage_index: Decimal = _ONE) -> Price | NoPrice:
    """The rate of a surgery center's line by the tables of its day, in dollars for all its units."""
    release, code = in_force.release, service.code
    rules = release.ambulatory_rules
    if service.unit_type == "MJ":
        return NoPrice(_MINUTES)
    if not release.ambulatory:
        return NoPrice(_NO_ASC)
    rate, indicator = release.ambulatory.get(code), rules.indicators.get(code, "")
    if not rate:
        why = _WITHOUT_RATE.get(indicator)
        refusal = f"{code} {why} (ASC payment indicator {indicator}, {release.name})"
        lacking = f"{release.name} holds no ASC rate for {code}"
        reason = refusal if why else lacking if indicator else unknown(code, lacking)
        packaged = indicator in _PACKAGED
        return NoPrice(reason, packaged, packaged=packaged)
    status = IN_FULL if code in release.ambulatory_undiscounted else DISCOUNTED
    device = rules.devices.get(code, ZERO) if indicator == _DEVICE_INTENSIVE else ZERO
    effect = _effect_of(service.modifiers, service.units, status, device)
    labor = ZERO if indicator in _NOT_ADJUSTED else _LABOR_SHARE
    unit = max(rate - effect.device, ZERO) * (labor * wage_index + 1 - labor)
    amount = unit * effect.factor
    index = wage_note(wage_index, reached=bool(labor))
    held = (release.effective_from, release.effective_to)
    quarterly = quarter_missing(release.name, held, service.day) if indicator == _DRUG else ""
    fallback = "; ".join(filter(None, (in_force.fallback, quarterly)))
    beside = "paid only beside a covered procedure of the center (Addendum BB)" if code in rules.ancillary else ""
    return Price(
        cents(amount),
        "medicare_asc",
        release.name,
        f"ASC Addendum {'BB' if code in rules.ancillary else 'AA'} {code}"
        + (f", payment indicator {indicator}" if indicator else ""),
        tuple(filter(None, (*effect.notes, index, beside))),
        fallback,
        _device_unknown(service.modifiers, indicator, effect.device),
        effect.factor,
        placed=Placed(status if effect.discounted else IN_FULL, amount, effect.units),
        internal=bool(fallback),
    )


def _effect_of(modifiers: Sequence[str], units: Decimal, status: str, device: Decimal) -> _Effect:
    """Discontinued before anesthesia (73) and reduced (52) are half, and not reduced beside others (ch. 14, 40.4).

    73 and a device without cost (FB) leave out the device's part of Addendum FF, one with partial credit (FC) half of
    it, of device-intensive procedures alone (42 CFR 416.172(f), 416.179): the addendum lists offsets of others too.
    """
    less = (f"less ${device} of the device (Addendum FF)",) if device else ()
    if "73" in modifiers:
        return _Effect(_HALF, _ONE, device, False, ("discontinued before anesthesia, at 50 %", *less))
    if "52" in modifiers:
        return _Effect(_HALF, _ONE, discounted=False, notes=("reduced, at 50 %",))
    notes = ("discontinued after anesthesia (74): paid in full",) if "74" in modifiers else ()
    if "FB" in modifiers:
        return _Effect(units, units, device, notes=(*notes, "device without cost (FB)", *less))
    if "FC" in modifiers:
        half = (f"less half of the device's ${device} (Addendum FF)",) if device else ()
        return _Effect(units, units, device * _HALF, notes=(*notes, "device with partial credit (FC)", *half))
    if "50" in modifiers:
        both = _BOTH_SIDES[status]
        return _Effect(both, _ONE, notes=(*notes, f"both sides, at {both * 100:f} %"))
    return _Effect(units, units, notes=notes)


def _device_unknown(modifiers: Sequence[str], indicator: str, device: Decimal) -> str:
    """A doubt where the device's part should be left out and is not known."""
    without = not {"73", "FB", "FC"}.isdisjoint(modifiers)
    if not without or device or indicator not in ("", _DEVICE_INTENSIVE):
        return ""
    return "the device's part of the rate is not known (Addendum FF): nothing is taken off for it"
