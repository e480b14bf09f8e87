"""Reference data by release: which tables speak for a date, and what they say of a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.fee_schedule import Gpci, RelativeValues, base_price, setting_of
from services.benchmark.domain.payment_rules import component_of, factor_of
from shared.money import cents


class OutpatientRate(msgspec.Struct, frozen=True, array_like=True):
    """One row of OPPS Addendum B: status indicator and the national unadjusted rate in dollars, if it has one."""

    code: str
    status: str
    rate: Decimal | None


class Release(msgspec.Struct, frozen=True):
    """One release of CMS's tables with the dates of service it speaks for."""

    name: str
    effective_from: date
    effective_to: date
    conversion_factor: Decimal
    values: dict[str, RelativeValues]
    gpcis: dict[str, Gpci]
    zips: dict[str, str]
    outpatient: dict[str, OutpatientRate]


class Price(msgspec.Struct, frozen=True):
    """What Medicare would allow for one line, in dollars for all its units, and how it comes about."""

    amount: Decimal
    source: str
    release: str
    row: str
    notes: tuple[str, ...] = ()
    fallback: str = ""
    values: RelativeValues | None = None


class NoPrice(msgspec.Struct, frozen=True):
    """Why no price can be given."""

    reason: str


class Reference:
    """Every loaded release, with a memory of prices: claims repeat the same codes in the same places."""

    def __init__(self, releases: Sequence[Release]) -> None:
        if not releases:
            raise ValueError("no reference release is loaded")
        self._releases = sorted(releases, key=lambda release: release.effective_from)
        self._by_day: dict[date, tuple[Release, str]] = {}
        self._prices: dict[tuple[object, ...], Price | NoPrice] = {}

    def release_for(self, day: date) -> tuple[Release, str]:
        """The release that speaks for a day; else the nearest earlier (or else the first), and a word about it."""
        known = self._by_day.get(day)
        if known is not None:
            return known
        for release in self._releases:
            if release.effective_from <= day <= release.effective_to:
                answer = (release, "")
                break
        else:
            earlier = [release for release in self._releases if release.effective_to < day]
            release = earlier[-1] if earlier else self._releases[0]
            answer = (release, f"no release is loaded for {day.year}; {release.name} used")
        self._by_day[day] = answer
        return answer

    def professional(
        self, code: str, modifiers: tuple[str, ...], zip_code: str, place: str, units: Decimal, day: date
    ) -> Price | NoPrice:
        """The physician fee schedule amount of a line, before the multiple-procedure rule."""
        release, fallback = self.release_for(day)
        key = ("pfs", code, modifiers, zip_code[:5], place, units, release.name)
        known = self._prices.get(key)
        if known is None:
            known = _professional(release, code, modifiers, zip_code[:5], place, units)
            self._remember(key, known)
        return _with_fallback(known, fallback)

    def outpatient(self, code: str, units: Decimal, day: date) -> Price | NoPrice:
        """The hospital outpatient (OPPS) national rate of a line, not adjusted by the wage index."""
        release, fallback = self.release_for(day)
        key = ("opps", code, units, release.name)
        known = self._prices.get(key)
        if known is None:
            known = _outpatient(release, code, units)
            self._remember(key, known)
        return _with_fallback(known, fallback)

    def _remember(self, key: tuple[object, ...], price: Price | NoPrice) -> None:
        if len(self._prices) > 200_000:
            self._prices.clear()
        self._prices[key] = price


def _with_fallback(price: Price | NoPrice, fallback: str) -> Price | NoPrice:
    if not fallback or isinstance(price, NoPrice):
        return price
    return msgspec.structs.replace(price, fallback=fallback)


def _professional(
    release: Release, code: str, modifiers: tuple[str, ...], zip_code: str, place: str, units: Decimal
) -> Price | NoPrice:
    component = component_of(modifiers)
    values = release.values.get(f"{code}-{component}") if component else release.values.get(code)
    if values is None:
        return NoPrice(f"{release.name} holds no priced row for {code}{'-' + component if component else ''}")
    locality = release.zips.get(zip_code)
    if locality is None:
        return NoPrice(f"{release.name} knows no locality for the ZIP code of the service")
    gpci = release.gpcis[locality]
    setting = setting_of(place)
    base = base_price(values, gpci, release.conversion_factor, setting)
    if not base:
        return NoPrice(f"{values.row} has no relative values")
    factor, note = factor_of(values, modifiers)
    notes = (f"locality {locality} ({gpci.state}), {setting.replace('_', '-')}", *((note,) if note else ()))
    return Price(
        cents(cents(base * factor) * units),
        "medicare_pfs",
        release.name,
        f"{values.row}; GPCI {locality}; CF {release.conversion_factor}",
        notes,
        values=values,
    )


def _outpatient(release: Release, code: str, units: Decimal) -> Price | NoPrice:
    rate = release.outpatient.get(code)
    if rate is None:
        return NoPrice(f"{release.name} holds no OPPS row for {code}")
    if rate.rate is None:
        return NoPrice(f"OPPS status {rate.status} of {code} has no rate of its own (packaged or paid elsewhere)")
    return Price(
        cents(rate.rate * units),
        "medicare_opps",
        release.name,
        f"Addendum B {code}, status {rate.status}",
        ("national rate, not adjusted by the wage index",),
    )
