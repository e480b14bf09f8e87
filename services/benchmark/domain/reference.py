"""Reference data by release: which tables speak for a date, and what they say of a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from services.benchmark.domain.distributions import Distribution, Distributions, Table
from services.benchmark.domain.modifiers import component_of
from services.benchmark.domain.pricing import outpatient_price, professional_price
from services.benchmark.domain.releases import ConversionFactor, NoPrice, Price, Release, Service, Speaks

_ONE = Decimal(1)


class Reference:
    """Every loaded release, with a memory of prices: claims repeat the same codes in the same places.

    Immutable to its users: a newly loaded release makes a new `Reference`. Of several releases that speak for a day,
    the one that took effect last counts.
    """

    def __init__(
        self,
        releases: Sequence[Release],
        tables: Sequence[Table] = (),
        factors: Sequence[ConversionFactor] = (),
    ) -> None:
        if not releases:
            raise ValueError("no reference release is loaded")
        self.releases = tuple(sorted(releases, key=lambda release: (release.effective_from, release.name)))
        self.distributions = Distributions(tables)
        self._factors = tuple(factors)
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
            return Speaks(current[-1], current[-1].conversion_factor, "")
        earlier = [release for release in self.releases if release.effective_to < day]
        release = earlier[-1] if earlier else self.releases[0]
        told = f"no release is loaded for {day.year}: {release.name} used"
        factor = next((f for f in self._factors if f.first <= day <= f.last), None)
        if factor is None:
            return Speaks(release, release.conversion_factor, told)
        return Speaks(release, factor.physician, f"{told} with the conversion factor {factor.physician} of that day")

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
        full = (*key, speaks.release.name, speaks.physician)
        known = self._prices.get(full)
        if known is None:
            known = professional_price(speaks, service, zip_code)
            self._remember(full, known)
        return known

    def outpatient(
        self, service: Service, *, surgery_center: bool = False, wage_index: Decimal = _ONE
    ) -> Price | NoPrice:
        """The facility rate of a line: OPPS, or ASC where those rates are loaded."""
        speaks = self.speaks_for(service.day)
        full = ("opps", service.code, service.modifiers, service.units, surgery_center, wage_index, speaks.release.name)
        known = self._prices.get((*full, speaks.fallback))
        if known is None:
            known = outpatient_price(speaks, service, surgery_center, wage_index)
            self._remember((*full, speaks.fallback), known)
        return known

    def distribution(
        self, kind: str, service: Service, *, billing_class: str, payer: str = "", minimum: int = 0
    ) -> Distribution | None:
        """The percentile row that is nearest to a line, by `distributions`."""
        state = self.state_of(service.zip, service.day)
        return self.distributions.find(
            kind,
            service.code,
            component_of(service.modifiers),
            billing_class,
            service.zip[:3],
            state,
            service.day,
            payer=payer,
            minimum=minimum,
        )

    def _remember(self, key: tuple[object, ...], price: Price | NoPrice) -> None:
        if len(self._prices) > 200_000:
            self._prices.clear()
        self._prices[key] = price
