"""Reference data by release: which tables speak for a date, and what they say of a line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from msgspec.structs import force_setattr, replace

from services.benchmark.domain.anesthesia import is_anesthesia
from services.benchmark.domain.distributions import SURGERY_CENTER, Distribution, Distributions, Table
from services.benchmark.domain.doubts import doubted_measure, doubted_price
from services.benchmark.domain.facility import outpatient_price
from services.benchmark.domain.factors import NationalFactors, of_participants, with_anesthesia
from services.benchmark.domain.hospitals import HospitalIndex
from services.benchmark.domain.modifiers import component_of
from services.benchmark.domain.pricing import measure, professional_price
from services.benchmark.domain.releases import (
    Catalogued,
    Measured,
    NoPrice,
    Price,
    Release,
    ReleaseInForce,
    Service,
    System,
    catalogued,
)
from services.benchmark.domain.schedules import (
    LISTED,
    InpatientStay,
    Schedule,
    holds,
    inpatient_price,
    schedule_of,
    scheduled_price,
)
from services.benchmark.domain.surgery_center import surgery_center_price

_ONE = Decimal(1)
_DAY = timedelta(days=1)
_NO_FACTORS: Mapping[int, NationalFactors] = {}
_MOST_KEPT = 200_000
_FISCAL: frozenset[System] = frozenset({"inpatient", "wage_index"})
_OCTOBER = 10
_LOCAL: frozenset[System] = frozenset({"physician", "anesthesia"})
"""Systems of which a release says something also where it has no amounts: the localities of ZIP codes."""


def _year(day: date, system: System) -> int:
    """The year that a system's tables are of: hospitals' stays go by fiscal years, which begin in October."""
    return day.year + (system in _FISCAL and day.month >= _OCTOBER)


def _year_of_cut(service: Service) -> int:
    """The year where a price hangs on it besides its release: cassettes (FY) lose more from 2023 on."""
    return service.day.year if "FY" in service.modifiers else 0


def _quarter(service: Service) -> tuple[int, int]:
    """The quarter of a day, which drugs' rates hang on besides their release."""
    return service.day.year, (service.day.month + 2) // 3


class _Prices(msgspec.Struct, frozen=True, eq=False):
    """A release as it is in force on some days, what is told of it, and the prices that it gave by their keys.

    `places` are ZIP codes as they were asked for: as the release has them, the locality, whether it is one of several.
    """

    in_force: ReleaseInForce
    notes: tuple[str, ...]
    kept: dict[tuple[object, ...], Price | NoPrice]
    places: dict[str, tuple[str, str | None, bool]]

    def place_of(self, asked: str) -> tuple[str, str | None, bool]:
        known = self.places.get(asked)
        if known is None:
            release, whole = self.in_force.release, asked.replace("-", "")
            zip_code = whole if whole in release.zips else whole[:5]
            known = self.places[asked] = (zip_code, release.zips.get(zip_code), zip_code in release.split_zips)
        return known


class Reference:
    """Every loaded release, with a memory of prices: claims repeat the same codes in the same places.

    Immutable to its users: a newly loaded release makes a new `Reference`. Each payment system chooses its release for
    a day by itself, so that a release of one never hides another's. `factors` are the national ones of years that have
    two.
    """

    def __init__(
        self,
        releases: Sequence[Release | Catalogued],
        tables: Sequence[Table] = (),
        factors: Mapping[int, NationalFactors] = _NO_FACTORS,
    ) -> None:
        if not releases:
            raise ValueError("no reference release is loaded")
        entries = [one if isinstance(one, Catalogued) else catalogued(one) for one in releases]
        self.releases = tuple(sorted(entries, key=lambda one: (one.effective_from, one.name)))
        self.distributions = Distributions(tables)
        self._factors = factors
        self._by_day: dict[tuple[date, System], _Prices] = {}
        self._by_release: dict[tuple[object, ...], _Prices] = {}
        self._kept_prices = 0
        self._turns = _turns(self.releases, tables)
        held = {system for entry in self.releases for system in entry.systems}
        self._listed: tuple[Schedule, ...] = tuple(schedule for schedule in LISTED if schedule in held)
        self._periods: dict[date, int] = {}
        self._numbers: dict[tuple[int, int, int], int] = {}

    def read_ahead(self) -> None:
        """Read the tables of the last two years that any are of, so that the first claims do not wait for them."""
        newest = max(entry.effective_to.year for entry in self.releases)
        for entry in self.releases:
            if entry.effective_from.year >= newest - 1:
                entry.read()

    def period_of(self, day: date) -> int:
        """The number of a day's period: on all its days the same releases and tables speak, and say the same of a line.

        Quarters bound it too: what is told where a release is missing names the quarter, fiscal years begin with one,
        and the year decides on national factors and on cuts for old equipment.
        """
        known = self._periods.get(day)
        if known is None:
            period = (day.year, (day.month + 2) // 3, bisect_right(self._turns, day))
            known = self._periods[day] = self._numbers.setdefault(period, len(self._numbers))
        return known

    def release_in_force(self, day: date, system: System = "physician") -> ReleaseInForce:
        """The release that speaks for a day in a payment system.

        The one in force on the day: of several a loaded one before a shipped one, then the one that took effect last.
        Where the day's own is missing, the nearest earlier one, of the year or else of another; where there is no
        earlier one, the first. Either is a fallback.
        """
        return self._prices_of(day, system).in_force

    def _prices_of(self, day: date, system: System = "physician") -> _Prices:
        known = self._by_day.get((day, system))
        if known is None:
            chosen = self._choose(day, system)
            known = self._by_day[day, system] = self._with_units(chosen, day) if system == "anesthesia" else chosen
        return known

    def _choose(self, day: date, system: System) -> _Prices:
        held = [entry for entry in self.releases if system in entry.systems or self._computable(entry, system)]
        current = [entry for entry in held if entry.effective_from <= day <= entry.effective_to]
        if current:
            rank = max(current, key=lambda e: (system in e.systems, not e.shipped, e.effective_from, e.name))
            return self._prices_by(rank, system)
        if not held:
            first = self.releases[0]
            return self._prices_by(first, system) if system in _LOCAL else self._without_tables(first)
        earlier = [entry for entry in held if entry.effective_to < day]
        latest = max((entry.effective_to for entry in earlier), default=None)
        last = [entry for entry in earlier if entry.effective_to == latest]
        entry = max(last, key=lambda e: (system in e.systems, not e.shipped, e.name)) if last else held[0]
        asked = _year(day, system)
        if _year(entry.effective_from, system) <= asked <= _year(entry.effective_to, system):
            quarter = f"quarter {(day.month + 2) // 3} of {day.year}"
            return self._prices_by(entry, system, f"CMS's release for {quarter} is not at hand: {entry.name} used")
        named = "fiscal year " if system in _FISCAL else ""
        reason = f"no release is loaded for {named}{asked}: {entry.name} used"
        return self._prices_by(entry, system, reason, other_year=True)

    def _computable(self, entry: Catalogued, system: System) -> bool:
        """Return True if anesthesia factors can be computed by a release of a year with a national factor."""
        if system != "anesthesia" or "physician" not in entry.systems:
            return False
        return entry.effective_from.year in self._factors

    def _without_tables(self, entry: Catalogued) -> _Prices:
        """Of a system that no release has tables of: none is read to say so."""

        def empty() -> ReleaseInForce:
            nothing = Release(entry.name, entry.effective_from, entry.effective_to, Decimal(0), {}, {}, {}, {})
            return ReleaseInForce(nothing, "")

        return self._one_for(("without tables", entry.name), empty)

    def _prices_by(self, entry: Catalogued, system: System, fallback: str = "", *, other_year: bool = False) -> _Prices:
        """The same for all days for which a release speaks in the same words."""
        computed = system == "anesthesia" and "anesthesia" not in entry.systems
        factors = self._factors.get(entry.effective_from.year) if computed else None
        doubt = entry.doubt if system in _LOCAL else ""

        def in_force() -> ReleaseInForce:
            reasons = "; ".join(filter(None, (fallback, doubt, factors.description if factors else "")))
            release = with_anesthesia(entry.read(), factors) if factors else entry.read()
            return ReleaseInForce(release, reasons, other_year)

        return self._one_for((self.releases.index(entry), fallback, system in _LOCAL, factors is not None), in_force)

    def _with_units(self, chosen: _Prices, day: date) -> _Prices:
        """With the base units of the day, which are a release of their own."""
        of_units = self._prices_of(day, "anesthesia_units")
        units = of_units.in_force
        if not units.release.anesthesia_base:
            return chosen

        def joined() -> ReleaseInForce:
            return replace(
                chosen.in_force,
                base_units=units.release.anesthesia_base,
                units=units.release.name,
                units_fallback=units.fallback,
            )

        return self._one_for(("units", chosen, of_units), joined)

    def _one_for(self, key: tuple[object, ...], in_force: Callable[[], ReleaseInForce]) -> _Prices:
        """What a release is made of is its key; prices by one of another key are none of its."""
        known = self._by_release.get(key)
        if known is None:
            found = in_force()
            places = tuple(filter(None, (found.release.places,)))
            known = self._by_release[key] = _Prices(found, places, {}, {})
        return known

    def state_of(self, zip_code: str, day: date) -> str:
        """The state of a ZIP code by CMS's ZIP file; empty where it is unknown."""
        release = self.release_in_force(day).release
        locality = release.zips.get(zip_code[:5])
        return release.gpcis[locality].state if locality else ""

    def professional(self, service: Service) -> Price | NoPrice:
        """The physician fee schedule amount of a line, before the rules on several services of a session."""
        prices = self._prices_of(service.day, "anesthesia" if is_anesthesia(service.code) else "physician")
        if service.participant:
            prices = self._of_participants(prices, service)
        in_force = prices.in_force
        zip_code, locality, split = prices.place_of(service.zip)
        key = (
            service.code, service.modifiers, locality, split, service.place, service.units, service.unit_type,
            service.limited, _year_of_cut(service),
        )  # fmt: skip
        price = self._kept(prices, key, lambda: professional_price(in_force, service, zip_code), service, by_whom=True)
        if isinstance(price, Price) or price.nobodys:
            return price
        schedule = self._schedule_of(service)
        if schedule is None:
            return price
        other = self._prices_of(service.day, schedule)
        key = (schedule, service.code, service.modifiers, service.zip, service.units, service.unit_type)
        found = self._kept(other, key, lambda: scheduled_price(other.in_force, service, schedule), service)
        return found if isinstance(found, Price) else NoPrice(f"{price.reason}; {found.reason}")

    def _schedule_of(self, service: Service) -> Schedule | None:
        """The schedule whose loaded table has the code (laboratories' G codes, vaccines), else that of codes alike."""
        usual = schedule_of(service.code)
        if not self._listed:
            return usual
        for schedule in dict.fromkeys((*filter(None, (usual,)), *self._listed)):
            if holds(self.release_in_force(service.day, schedule).release, schedule, service):
                return schedule
        return usual

    def _of_participants(self, prices: _Prices, service: Service) -> _Prices:
        """The tables by the year's factor of participants; anesthesia's published factors are left as they are."""
        factors = self._factors.get(service.day.year)
        others = prices.in_force
        if factors is None or others.other_year:
            return prices

        def computed() -> ReleaseInForce:
            release = of_participants(others.release, factors)
            if factors.description in others.fallback:
                release = with_anesthesia(release, factors, participant=True)
            return replace(others, release=release)

        return self._one_for(("participants", prices, factors.year), computed)

    def inpatient(self, stay: InpatientStay, day: date) -> Price | NoPrice:
        """What Medicare pays a hospital for a stay by its MS-DRG (IPPS)."""
        prices = self._prices_of(day, "inpatient")
        in_force = prices.in_force
        tables = in_force.release.inpatient
        if stay.wage_index is None and stay.ccn and tables and stay.ccn not in tables.wage_indices:
            found = self.wage_index(stay.ccn, day)
            stay = stay if isinstance(found, NoPrice) else replace(stay, wage_index=found.index)
        year = _year(day, "inpatient")
        return self._kept(prices, ("ipps", stay, year), lambda: inpatient_price(in_force, stay, year))

    def outpatient(self, service: Service, *, wage_index: Decimal = _ONE) -> Price | NoPrice:
        """A hospital's outpatient rate of a line (OPPS)."""
        prices = self._prices_of(service.day, "outpatient")
        both = "50" in service.modifiers
        values = self.release_in_force(service.day).release.values.get(service.code) if both else None
        bilateral = values.bilateral if values else "0"
        key = ("opps", service.code, service.modifiers, service.units, service.unit_type, wage_index, bilateral)
        return self._kept(
            prices,
            (*key, _year_of_cut(service), _quarter(service)),
            lambda: outpatient_price(prices.in_force, service, wage_index, bilateral),
            service,
        )

    def wage_index(self, ccn: str, day: date) -> HospitalIndex | NoPrice:
        """The wage index of the hospital with this CCN; of OPPS that of the fiscal year in which the year begins."""
        in_force = self.release_in_force(day, "wage_index")
        indices = in_force.release.inpatient.wage_indices if in_force.release.inpatient else {}
        if not indices:
            return NoPrice("no wage indices by CCN are loaded: load Table 2 of IPPS, which OPPS uses too")
        index = indices.get(ccn)
        if index is None:
            return NoPrice(f"{in_force.release.name} holds no wage index for CCN {ccn}")
        return HospitalIndex(index, f"CCN {ccn}, {in_force.release.name}", in_force.fallback)

    def hospitals(self, day: date) -> Mapping[str, str]:
        """The CCN of hospitals by the NPI they bill under."""
        return self.release_in_force(day, "hospitals").release.hospitals

    def surgery_center(self, service: Service, *, wage_index: Decimal = _ONE) -> Price | NoPrice:
        """A surgery center's rate of a line (ASC)."""
        prices = self._prices_of(service.day, "surgery_center")
        key = ("asc", service.code, service.modifiers, service.units, service.unit_type, wage_index, _quarter(service))
        return self._kept(prices, key, lambda: surgery_center_price(prices.in_force, service, wage_index), service)

    def measure(self, service: Service) -> Measured | NoPrice:
        """How many times a table's rate of one unit a line is worth."""
        system: System = "anesthesia" if is_anesthesia(service.code) else "physician"
        return doubted_measure(measure(self.release_in_force(service.day, system), service), service)

    def distribution(
        self, kind: str, service: Service, *, billing_class: str, payer: str = "", minimum: int = 0, tenant: str = ""
    ) -> Distribution | None:
        """The percentile row that is nearest to a line, by `distributions`; `tenant` is whose claim it is on.

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
                tenant=tenant,
            )

        found = find(billing_class)
        if found is not None or billing_class != SURGERY_CENTER or kind != "in_network":
            return found
        found = find("institutional")
        if found is None:
            return None
        fallback = "no row for surgery centers: that of all facilities used"
        return replace(found, fallback=f"{found.fallback}; {fallback}" if found.fallback else fallback)

    def _kept(
        self,
        prices: _Prices,
        key: tuple[object, ...],
        price_of: Callable[[], Price | NoPrice],
        service: Service | None = None,
        *,
        by_whom: bool = False,
    ) -> Price | NoPrice:
        """A price by its key, with what is told of the release and in doubt of the service; computed once."""
        known = prices.kept.get(key)
        if known is None:
            known = price_of()
            known = known if service is None else doubted_price(known, service, by_whom=by_whom)
            internal = bool(prices.in_force.fallback)
            if (prices.notes or internal) and isinstance(known, Price):  # nobody else has it yet
                force_setattr(known, "notes", (*known.notes, *prices.notes))
                force_setattr(known, "internal", internal or known.internal)
            if self._kept_prices >= _MOST_KEPT:
                self._forget()
            self._kept_prices += 1
            prices.kept[key] = known
        return known

    def _forget(self) -> None:
        for prices in self._by_release.values():
            prices.kept.clear()
        self._kept_prices = 0


def _turns(releases: Sequence[Catalogued], tables: Sequence[Table]) -> list[date]:
    """The days on which a release or table begins or has ended."""
    spans = [(one.effective_from, one.effective_to) for one in (*releases, *tables)]
    return sorted({day for first, last in spans for day in (first, last + _DAY if last < date.max else last)})
