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
from services.benchmark.domain.outpatient import DISCOUNTED, IN_FULL, Placed, modifier_factor, unit_rate
from services.benchmark.domain.releases import Measured, NoPrice, Price, Service, Speaks
from shared.money import ZERO, cents

_ONE = Decimal(1)
_MINUTES = "the line bills minutes (MJ), which only anesthesia is paid by: its units are unknown"


def professional_price(speaks: Speaks, service: Service, zip_code: str) -> Price | NoPrice:
    """The physician fee schedule amount of a line by the tables of its day."""
    release = speaks.release
    locality = release.zips.get(zip_code)
    if locality is None:
        return NoPrice(f"{release.name} knows no locality for the ZIP code of the service")
    gpci = release.gpcis[locality]
    if service.unit_type == "MJ" and not anesthesia.is_anesthesia(service.code):
        return NoPrice(_MINUTES)
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


def measure(speaks: Speaks, service: Service) -> Measured | NoPrice:
    """How many times a rate of one unit the line is worth, where no schedule prices it."""
    if not anesthesia.is_anesthesia(service.code):
        return NoPrice(_MINUTES) if service.unit_type == "MJ" else Measured(service.units)
    case = _case(speaks, service)
    if isinstance(case, anesthesia.Unknown):
        return NoPrice(case.reason)
    return Measured(case.rated, case.notes, case.caution)


def _case(speaks: Speaks, service: Service) -> anesthesia.Case | anesthesia.Unknown:
    base, _ = speaks.anesthesia_base(service.code)
    return anesthesia.case_of(service.code, base, service.units, service.unit_type, service.modifiers)


def _anesthesia(speaks: Speaks, service: Service, gpci: Gpci) -> Price | NoPrice:
    case = _case(speaks, service)
    if isinstance(case, anesthesia.Unknown):
        return NoPrice(case.reason)
    if gpci.anesthesia is None:
        return NoPrice(f"{speaks.release.name}: locality {gpci.locality} has no anesthesia conversion factor")
    _, cited = speaks.anesthesia_base(service.code)
    return Price(
        case.medicare(gpci.anesthesia),
        "medicare_anesthesia",
        speaks.release.name,
        f"{cited}; CF {gpci.anesthesia} of locality {gpci.locality}",
        case.notes,
        speaks.fallback,
        case.caution,
        case.rated,
    )


def outpatient_price(speaks: Speaks, service: Service, wage_index: Decimal) -> Price | NoPrice:
    """The rate of a hospital's outpatient line by the tables of its day."""
    release, code = speaks.release, service.code
    if service.unit_type == "MJ":
        return NoPrice(_MINUTES)
    row = release.outpatient.get(code)
    if row is None:
        return NoPrice(f"{release.name} holds no OPPS row for {code}")
    if row.rate is None:
        return NoPrice(f"OPPS status {row.status} of {code} has no rate of its own (packaged or paid elsewhere)")
    share, told = modifier_factor(service.modifiers)
    factor = share * service.units
    amount = cents(unit_rate(row.rate, row.status, wage_index) * factor)
    index = "national rate, not adjusted by the wage index" if wage_index == 1 else f"wage index {wage_index} applied"
    return Price(
        amount,
        "medicare_opps",
        release.name,
        f"Addendum B {code}, status {row.status}",
        (told, index) if told else (index,),
        speaks.fallback,
        factor=factor,
        placed=Placed(row.status, amount, service.units),
    )


def surgery_center_price(speaks: Speaks, service: Service) -> Price | NoPrice:
    """A surgery center's own rate (42 CFR 416.167-416.172); no hospital's or physician's rate ever stands in for it."""
    release, code = speaks.release, service.code
    if service.unit_type == "MJ":
        return NoPrice(_MINUTES)
    if not release.ambulatory:
        return NoPrice(
            f"{release.name} holds no rates for surgery centers (ASC Addendum AA), and no other rate is theirs"
        )
    rate = release.ambulatory.get(code)
    if rate is None:
        return NoPrice(f"{release.name} holds no ASC rate for {code}")
    share, told = modifier_factor(service.modifiers)
    factor = share * service.units
    amount = cents(rate * factor)
    national = "national rate, not adjusted by the wage index"
    status = IN_FULL if code in release.ambulatory_undiscounted else DISCOUNTED
    return Price(
        amount,
        "medicare_asc",
        release.name,
        f"ASC Addendum AA {code}",
        (told, national) if told else (national,),
        speaks.fallback,
        factor=factor,
        placed=Placed(status, amount, service.units),
    )
