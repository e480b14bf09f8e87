"""One line priced by one release: the schedule's formula, its caps, and what the rules on company need to know."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from services.benchmark.domain import anesthesia
from services.benchmark.domain.coverage import (
    RESTRICTED,
    Part,
    not_covered,
    part_at,
    row_of,
    sides,
    unknown,
    without_amount,
)
from services.benchmark.domain.fee_schedule import (
    Gpci,
    RelativeValues,
    Setting,
    base_price,
    expense_part,
    outpatient_cap,
    setting_of,
)
from services.benchmark.domain.limited import limit_of, not_yet_covered
from services.benchmark.domain.modifiers import (
    assistants_part,
    component_of,
    cuts_technical,
    effect_of,
    technical_cut,
    usual_effect,
)
from services.benchmark.domain.multiple import PAID_ALONE, RANKED, Ranked
from services.benchmark.domain.releases import SPLIT_ZIP, Measured, NoPrice, Price, ReleaseInForce, Service
from shared.money import ZERO, cents

_ONE = Decimal(1)
_BOTH_SIDES = Decimal(2)
_IN_PARTS = frozenset("467")
"""Multiple procedure indicators whose rules reduce the technical part."""
_SETTINGS: dict[Setting, str] = {"facility": "facility", "non_facility": "non-facility"}
_OF_ANESTHESIA = "00100"
"""Stands in every fee schedule that lists anesthesia's codes (status J)."""
_MINUTES = "the line bills minutes (MJ), which only anesthesia is paid by: its units are unknown"


def professional_price(in_force: ReleaseInForce, service: Service, zip_code: str) -> Price | NoPrice:
    """The physician fee schedule amount of a line by the tables of its day."""
    release = in_force.release
    locality = release.zips.get(zip_code)
    if locality is None:
        return NoPrice(f"{release.name} knows no locality for the ZIP code of the service")
    gpci = release.gpcis[locality]
    if service.unit_type == "MJ" and not anesthesia.is_anesthesia(service.code):
        return NoPrice(_MINUTES)
    split = zip_code in release.split_zips
    if anesthesia.is_anesthesia(service.code):
        return _anesthesia(in_force, service, gpci, split)
    part = _part(in_force, service)
    if part.values is None:
        return NoPrice(part.refusal, part.hospitals)
    return _priced(in_force, service, gpci, part, split)


def _part(in_force: ReleaseInForce, service: Service) -> Part:
    """Which row prices the line, by its modifiers and its place; or why none does."""
    release, code = in_force.release, service.code
    component = component_of(service.modifiers)
    values = row_of(release.values, code, component)
    if values is None:
        refusal = without_amount(code, component, release.unpriced, code in release.values, release.name)
        return Part(None, refusal=refusal)
    professional = release.values.get(f"{code}-26") if values.pctc == "1" else None
    return part_at(values, professional, service.place)


def _priced(in_force: ReleaseInForce, service: Service, gpci: Gpci, part: Part, split: bool) -> Price | NoPrice:
    """The price by a row of the schedule; `split` where the ZIP code lies in several localities."""
    assert part.values is not None
    values, setting = part.values, setting_of(service.place)
    fee, capped = _fee(in_force, values, gpci, setting)
    if not fee:
        return NoPrice(f"{values.row} has no relative values")
    effect = effect_of(values, service.modifiers, service.day)
    if effect.refusal:
        return NoPrice(effect.refusal)
    if excluded := not_yet_covered(service.limited, service.day):
        return NoPrice(excluded)
    limit, limited = limit_of(service.limited, service.modifiers)
    units, both = _units(values, service)
    factor = effect.factor * units
    parted = values.multiple in _IN_PARTS or cuts_technical(service.modifiers)
    technical = _technical(in_force, values, gpci, setting, fee) if parted else ZERO
    cut, old = technical_cut(values.code, service.modifiers, service.day) if technical else (ZERO, "")
    amount = (fee - technical * cut) * factor * limit
    uncovered = not_covered(values.status)
    cautions = (effect.caution, uncovered, RESTRICTED if values.status == "R" else "")
    place = f"locality {gpci.locality} ({gpci.state}), {_SETTINGS[setting]}"
    notes = (place, part.note, *capped, *effect.notes, limited, both, old)
    fallback = _joined(in_force.fallback, SPLIT_ZIP) if split else in_force.fallback
    return Price(
        cents(amount),
        "medicare_pfs",
        in_force.release.name,
        f"{values.row}; GPCI {gpci.locality}; CF {in_force.physician!s}",
        tuple([note for note in notes if note]),
        fallback,
        "; ".join([caution for caution in cautions if caution]),
        factor,
        _ranked(in_force, values, gpci, setting, service, _Amounts(amount, units, factor * limit, technical, cut))
        if values.multiple in RANKED or values.status == PAID_ALONE or sides(service.modifiers)
        else None,
        uncovered=uncovered,
        component=values.modifier,
        internal=bool(fallback),
    )


def _joined(*reasons: str) -> str:
    return "; ".join(filter(None, reasons))


def _units(values: RelativeValues, service: Service) -> tuple[Decimal, str]:
    """The units that are paid: two of a code whose values are of both sides already are one."""
    if values.bilateral == "2" and service.units == _BOTH_SIDES:
        return _ONE, "two units of a code whose values are of both sides (bilateral indicator 2): paid once"
    return service.units, ""


class _Amounts(msgspec.Struct, frozen=True, gc=False):
    """A line's amount with units, modifiers and limits; one unit's technical part and the share taken off of it."""

    amount: Decimal
    units: Decimal
    scale: Decimal
    technical: Decimal
    cut: Decimal


def _fee(
    in_force: ReleaseInForce, values: RelativeValues, gpci: Gpci, setting: Setting
) -> tuple[Decimal, tuple[str, ...]]:
    """One unit's published amount, imaging capped at the OPPS rate (42 CFR 414.22(b)(5)(v)), with a note if so."""
    fee = base_price(values, gpci, in_force.physician, setting)
    caps = in_force.release.caps.get(f"{values.code}-{values.modifier}" if values.modifier else values.code)
    cap = caps.get(gpci.locality) if caps else outpatient_cap(values, gpci, in_force.physician)
    if cap is None or fee <= cap:
        return fee, ()
    return cap, (f"technical part capped at the outpatient rate (${fee} without the cap)",)


def _technical(in_force: ReleaseInForce, values: RelativeValues, gpci: Gpci, setting: Setting, fee: Decimal) -> Decimal:
    """The technical part in dollars of one unit's `fee`.

    A whole test without rows of its parts (PC/TC indicator 4) has its technical part under a code of its own.
    """
    if values.modifier == "TC" or values.pctc == "3":
        return fee
    if values.modifier == "26" or values.pctc == "2":
        return ZERO
    if part := in_force.release.values.get(f"{values.code}-26"):
        return max(fee - base_price(part, gpci, in_force.physician, setting), ZERO)
    if part := in_force.release.values.get(_TECHNICAL_CODES.get(values.code, "")):
        return min(base_price(part, gpci, in_force.physician, setting), fee)
    return ZERO if values.work else fee


_TECHNICAL_CODES = {"93000": "93005", "93015": "93017", "93040": "93041"}


def _ranked(
    in_force: ReleaseInForce, values: RelativeValues, gpci: Gpci, setting: Setting, service: Service, of: _Amounts
) -> Ranked:
    """What the rules on several services need to know of the line."""
    indicator = values.multiple
    technical = professional = expense = family_base = uncapped = ZERO
    if indicator in _IN_PARTS:
        technical = min(of.technical * (1 - of.cut) * of.scale, of.amount)
        professional = of.amount - technical
        full = base_price(values, gpci, in_force.physician, setting)
        uncapped = _technical(in_force, values, gpci, setting, full) * (1 - of.cut) * of.scale
    elif indicator == "5":
        expense = expense_part(values, gpci, in_force.physician, setting) * of.scale
    elif indicator == "3" and (base := in_force.release.values.get(values.endoscopic_base)):
        family_base = base_price(base, gpci, in_force.physician, setting) * (of.scale / (of.units or _ONE))
    return Ranked(
        values,
        of.amount,
        of.units,
        technical,
        professional,
        expense,
        family_base,
        "51" in service.modifiers,
        uncapped,
        sides(service.modifiers),
        assistants_part(values, service.modifiers, service.day) if indicator == "5" else _ONE,
    )


def measure(in_force: ReleaseInForce, service: Service) -> Measured | NoPrice:
    """How many times a rate of one unit the line is worth, where no schedule prices it.

    Its modifiers count as they do for Medicare, also where Medicare refuses them.
    """
    if anesthesia.is_anesthesia(service.code):
        case = _case(in_force, service)
        if isinstance(case, anesthesia.Unknown):
            return NoPrice(case.reason)
        return Measured(case.rated, case.notes, fallback=in_force.units_fallback)
    if service.unit_type == "MJ":
        return NoPrice(_MINUTES)
    values = row_of(in_force.release.values, service.code, component_of(service.modifiers))
    effect = usual_effect(service.modifiers) if values is None else effect_of(values, service.modifiers, service.day)
    if effect is None:
        return NoPrice(f"how the global package of {service.code} is split is not known: no table's rate can be shared")
    return Measured(service.units * effect.factor, effect.notes, effect.caution)


def _case(in_force: ReleaseInForce, service: Service) -> anesthesia.Case | anesthesia.Unknown:
    base = in_force.base_units.get(service.code)
    return anesthesia.case_of(service.code, base, service.units, service.unit_type, service.modifiers)


def _anesthesia(in_force: ReleaseInForce, service: Service, gpci: Gpci, split: bool) -> Price | NoPrice:
    if (statuses := in_force.release.unpriced) and _OF_ANESTHESIA in statuses and service.code not in statuses:
        name = in_force.release.name
        return NoPrice(unknown(service.code, f"{name} holds no row for {service.code}"))
    case = _case(in_force, service)
    if isinstance(case, anesthesia.Unknown):
        return NoPrice(case.reason)
    if gpci.anesthesia is None:
        return NoPrice(f"{in_force.release.name}: locality {gpci.locality} has no anesthesia conversion factor")
    fallback = _joined(in_force.fallback, in_force.units_fallback, SPLIT_ZIP if split else "")
    return Price(
        case.medicare(gpci.anesthesia),
        "medicare_anesthesia",
        in_force.release.name,
        f"base units {service.code} ({in_force.units}); CF {gpci.anesthesia} of locality {gpci.locality}",
        case.notes,
        fallback,
        factor=case.rated,
        case=case,
        rate=gpci.anesthesia,
        internal=bool(fallback),
    )
