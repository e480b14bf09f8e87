"""Reference data by release: which tables speak for a date, and what they say of a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.anesthesia import BaseUnits
from services.benchmark.domain.distributions import SURGERY_CENTER, Distribution, Distributions, Table
from services.benchmark.domain.modifiers import component_of
from services.benchmark.domain.pricing import measure, outpatient_price, professional_price, surgery_center_price
from services.benchmark.domain.releases import (
    ConversionFactor,
    Measured,
    NoPrice,
    Price,
    Release,
    Service,
    Speaks,
)

_ONE = Decimal(1)
_NO_UNITS = BaseUnits("", {})


class Reference:
    """Every loaded release, with a memory of prices: claims repeat the same codes in the same places.

    Immutable to its users: a newly loaded release makes a new `Reference`. Of several releases that speak for a day,
    the one that took effect last counts. `base_units` of anesthesia serve releases without any.
    """

    def __init__(
        self,
        releases: Sequence[Release],
        tables: Sequence[Table] = (),
        factors: Sequence[ConversionFactor] = (),
        base_units: BaseUnits = _NO_UNITS,
    ) -> None:
        if not releases:
            raise ValueError("no reference release is loaded")
        self.releases = tuple(sorted(releases, key=lambda release: (release.effective_from, release.name)))
        self.distributions = Distributions(tables)
        self._factors = tuple(factors)
        self._base_units = base_units
        self._by_day: dict[date, Speaks] = {}
        self._prices: dict[tuple[object, ...], Price | NoPrice] = {}

    def speaks_for(self, day: date) -> Speaks:
        """The release and conversion factor of a day; else the nearest earlier (or else the first), and a word."""
        known = self._by_day.get(day)
        if known is None:
            known = self._by_day[day] = self._choose(day)
        return known

    def _choose(self, day: date) -> Speaks:
        current = [r for r in self.releases if r.effective_from <= day <= r.effective_to]
        if current:
            return Speaks(current[-1], current[-1].conversion_factor, "", self._base_units)
        earlier = [release for release in self.releases if release.effective_to < day]
        release = earlier[-1] if earlier else self.releases[0]
        told = f"no release is loaded for {day.year}: {release.name} used"
        factor = next((f for f in self._factors if f.first <= day <= f.last), None)
        if factor is None:
            return Speaks(release, release.conversion_factor, told, self._base_units)
        told = f"{told} with the conversion factor {factor.physician} of that day"
        return Speaks(release, factor.physician, told, self._base_units)

    def state_of(self, zip_code: str, day: date) -> str:
        """The state of a ZIP code by CMS's ZIP file; empty where it is unknown."""
        release = self.speaks_for(day).release
        locality = release.zips.get(zip_code[:5])
        return release.gpcis[locality].state if locality else ""

    def professional(self, service: Service) -> Price | NoPrice:
        """The physician fee schedule amount of a line, before the rules on several services of a session."""
        speaks = self.speaks_for(service.day)
        zip_code = service.zip[:5]
        key = (service.code, service.modifiers, zip_code, service.place, service.units, service.unit_type)
        full = (*key, service.limited, speaks.release.name, speaks.physician, speaks.fallback)
        known = self._prices.get(full)
        if known is None:
            known = professional_price(speaks, service, zip_code)
            self._remember(full, known)
        return known

    def outpatient(self, service: Service, *, wage_index: Decimal = _ONE) -> Price | NoPrice:
        """A hospital's outpatient rate of a line (OPPS)."""
        speaks = self.speaks_for(service.day)
        key = ("opps", service.code, service.modifiers, service.units, service.unit_type, wage_index)
        full = (*key, speaks.release.name, speaks.fallback)
        known = self._prices.get(full)
        if known is None:
            known = outpatient_price(speaks, service, wage_index)
            self._remember(full, known)
        return known

    def surgery_center(self, service: Service) -> Price | NoPrice:
        """A surgery center's rate of a line (ASC)."""
        speaks = self.speaks_for(service.day)
        key = ("asc", service.code, service.modifiers, service.units, service.unit_type)
        full = (*key, speaks.release.name, speaks.fallback)
        known = self._prices.get(full)
        if known is None:
            known = surgery_center_price(speaks, service)
            self._remember(full, known)
        return known

    def measure(self, service: Service) -> Measured | NoPrice:
        """How many times a table's rate of one unit a line is worth."""
        return measure(self.speaks_for(service.day), service)

    def distribution(
        self, kind: str, service: Service, *, billing_class: str, payer: str = "", minimum: int = 0
    ) -> Distribution | None:
        """The percentile row that is nearest to a line, by `distributions`.

        A surgery center's rows are those of its own class. Payers' files of contracted rates know facilities only:
        there a facility's row serves, and says so, as a QPA is of facilities of every type (45 CFR 149.140(b)(3)).
        """
        state = self.state_of(service.zip, service.day)

        def find(one: str) -> Distribution | None:
            return self.distributions.find(
                kind,
                service.code,
                component_of(service.modifiers),
                one,
                service.zip[:3],
                state,
                service.day,
                payer=payer,
                minimum=minimum,
            )

        found = find(billing_class)
        if found is not None or billing_class != SURGERY_CENTER or kind != "in_network":
            return found
        found = find("institutional")
        if found is None:
            return None
        told = "no row for surgery centers: that of all facilities used"
        return msgspec.structs.replace(found, fallback=f"{found.fallback}; {told}" if found.fallback else told)

    def _remember(self, key: tuple[object, ...], price: Price | NoPrice) -> None:
        if len(self._prices) > 200_000:
            self._prices.clear()
        self._prices[key] = price
