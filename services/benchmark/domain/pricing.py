"""One line priced by one release: the schedule's formula, its caps, and what the rules on company need to know."""

from __future__ import annotations

from decimal import Decimal

from services.benchmark.domain import anesthesia
from services.benchmark.domain.fee_schedule import (
    Gpci,
    RelativeValues,
    Setting,
    base_price,
    expense_part,
    setting_of,
)
from services.benchmark.domain.modifiers import component_of, effect_of
from services.benchmark.domain.multiple import RANKED, Ranked
from services.benchmark.domain.outpatient import Placed, modifier_factor, unit_rate
from services.benchmark.domain.releases import NoPrice, Price, Service, Speaks
from shared.money import ZERO, cents

_ONE = Decimal(1)


def professional_price(speaks: Speaks, service: Service, zip_code: str) -> Price | NoPrice:
    """The physician fee schedule amount of a line by the tables of its day."""
    release = speaks.release
    locality = release.zips.get(zip_code)
    if locality is None:
        return NoPrice(f"{release.name} knows no locality for the ZIP code of the service")
    gpci = release.gpcis[locality]
    if anesthesia.is_anesthesia(service.code):
        return _anesthesia(speaks, service, gpci)
    component = component_of(service.modifiers)
    values = release.values.get(f"{service.code}-{component}") if component else release.values.get(service.code)
    if values is None and component == "53":
        values = release.values.get(service.code)
    if values is None:
        return NoPrice(f"{release.name} holds no priced row for {service.code}{'-' + component if component else ''}")
    setting = setting_of(service.place)
    fee, capped = _fee(speaks, values, gpci, setting)
    if not fee:
        return NoPrice(f"{values.row} has no relative values")
    effect = effect_of(values, service.modifiers)
    if effect.refusal:
        return NoPrice(effect.refusal)
    factor = effect.factor * service.units
    notes = (f"locality {locality} ({gpci.state}), {setting.replace('_', '-')}", *capped, *effect.notes)
    fallback = speaks.fallback
    if zip_code in release.split_zips:
        split = "the ZIP code lies in more than one locality and its +4 is not known: its main one used"
        fallback = f"{fallback}; {split}" if fallback else split
    return Price(
        cents(fee * factor),
        "medicare_pfs",
        release.name,
        f"{values.row}; GPCI {locality}; CF {speaks.physician}",
        notes,
        fallback,
        effect.caution,
        factor,
        _ranked(speaks, values, gpci, setting, service, fee * factor, factor),
    )


def _fee(speaks: Speaks, values: RelativeValues, gpci: Gpci, setting: Setting) -> tuple[Decimal, tuple[str, ...]]:
    """One unit's published amount, imaging capped at the OPPS rate (42 CFR 414.22(b)(5)(v)), with a note if so."""
    fee = base_price(values, gpci, speaks.physician, setting)
    caps = speaks.release.caps.get(f"{values.code}-{values.modifier}" if values.modifier else values.code)
    cap = caps.get(gpci.locality) if caps else None
    if cap is None or fee <= cap:
        return fee, ()
    return cap, (f"technical part capped at the outpatient rate (${fee} without the cap)",)


def _ranked(
    speaks: Speaks,
    values: RelativeValues,
    gpci: Gpci,
    setting: Setting,
    service: Service,
    amount: Decimal,
    factor: Decimal,
) -> Ranked | None:
    """What the rules on several services need to know of the line; None where none of them concerns it."""
    indicator = values.multiple
    if indicator not in RANKED:
        return None
    technical = professional = expense = family_base = ZERO
    if indicator in "467":
        if values.modifier == "TC":
            technical = amount
        elif values.modifier == "26":
            professional = amount
        elif part := speaks.release.values.get(f"{values.code}-26"):
            professional = min(base_price(part, gpci, speaks.physician, setting) * factor, amount)
            technical = amount - professional
        else:
            technical = amount if not values.work else ZERO
    elif indicator == "5":
        expense = expense_part(values, gpci, speaks.physician, setting) * factor
    elif indicator == "3" and (base := speaks.release.values.get(values.endoscopic_base)):
        family_base = base_price(base, gpci, speaks.physician, setting) * (factor / (service.units or _ONE))
    return Ranked(
        values, amount, service.units, technical, professional, expense, family_base, "51" in service.modifiers
    )


def _anesthesia(speaks: Speaks, service: Service, gpci: Gpci) -> Price | NoPrice:
    base = speaks.release.anesthesia_base.get(service.code)
    if base is None:
        return NoPrice(f"{speaks.release.name}: no anesthesia base units are loaded for {service.code}")
    if gpci.anesthesia is None:
        return NoPrice(f"{speaks.release.name}: locality {gpci.locality} has no anesthesia conversion factor")
    units = anesthesia.time_units(service.units, service.unit_type)
    amount, notes = anesthesia.price(base, units, gpci.anesthesia, service.modifiers)
    return Price(
        amount,
        "medicare_anesthesia",
        speaks.release.name,
        f"anesthesia base units {service.code}; CF {gpci.anesthesia} of locality {gpci.locality}",
        notes,
        speaks.fallback,
    )


def outpatient_price(speaks: Speaks, service: Service, surgery_center: bool, wage_index: Decimal) -> Price | NoPrice:
    """The facility rate of a line by the tables of its day."""
    release, code = speaks.release, service.code
    told, notes = modifier_factor(service.modifiers), list[str]()
    factor = told[0] * service.units
    notes += [told[1]] if told[1] else []
    if surgery_center and release.ambulatory:
        rate = release.ambulatory.get(code)
        if rate is None:
            return NoPrice(f"{release.name} holds no ASC rate for {code}")
        return Price(cents(rate * factor), "medicare_asc", release.name, f"ASC Addendum AA {code}", tuple(notes))
    row = release.outpatient.get(code)
    if row is None:
        return NoPrice(f"{release.name} holds no OPPS row for {code}")
    if row.rate is None:
        return NoPrice(f"OPPS status {row.status} of {code} has no rate of its own (packaged or paid elsewhere)")
    rate = unit_rate(row.rate, row.status, wage_index)
    notes.append(
        "national rate, not adjusted by the wage index" if wage_index == 1 else f"wage index {wage_index} applied"
    )
    fallback = speaks.fallback
    if surgery_center:
        missing = "no ASC rates are loaded: the hospital outpatient rate, which lies above them, used"
        fallback = f"{fallback}; {missing}" if fallback else missing
    amount = cents(rate * factor)
    return Price(
        amount,
        "medicare_opps",
        release.name,
        f"Addendum B {code}, status {row.status}",
        tuple(notes),
        fallback,
        factor=factor,
        placed=Placed(row.status, amount, service.units),
    )
