"""From contracted rates to a median: an estimate of the qualifying payment amount (45 CFR 149.140).

The rule counts contracted rates, not claims: each rate of each contract once, however many providers it covers or
claims it paid; the median is the middle rate, of an even count the mean of the middle two (149.140(b)); fewer than
three contracted rates are not sufficient information (149.140(a)(15)(i)). A payer's own QPA rests on its rates of 31
January 2019, indexed, by its regions, markets and specialties; what comes out here are published rates of today, a
proxy.

What a payer agreed otherwise is kept apart: networks, negotiated rates from fee schedules and derived amounts, rates of
facilities from those of offices. Nothing of it is ever joined in one median.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from services.benchmark.domain.distributions import Row
from services.benchmark.domain.statistics import median, percentiles

SUFFICIENT = 3
"""Contracted rates behind a median (45 CFR 149.140(a)(15)(i))."""
LEAST, MOST = Decimal("0.1"), Decimal(30)
"""A rate is plausible from a tenth of Medicare's amount to thirty times it."""
_FROM_MEDIAN = Decimal(100)
"""Where Medicare has no amount: not a hundred times from the median of the code's other rates, either way."""
_PLACES = ("facility", "office")


class Service(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """What a rate is for: code, component modifier (blank, 26, TC, 53), billing class."""

    code: str
    modifier: str
    billing_class: str


class RateContext(msgspec.Struct, frozen=True, order=True, gc=False):
    """What keeps rates of one service apart.

    The network, how the rate came about (negotiated, fee schedule, derived), and where it is good (facility, office;
    empty: anywhere).
    """

    network: str = ""
    basis: str = "negotiated"
    places: str = ""


class Observed(msgspec.Struct, frozen=True, gc=False):
    """A rate in dollars of one unit under one contract (its TIN), with the NPIs it covers."""

    service: Service
    contract: str
    rate: Decimal
    npis: tuple[int, ...] = ()
    apart: RateContext = RateContext()


class Contracted(msgspec.Struct, frozen=True):
    """Rows with sufficient information, each with what it is kept apart by.

    And how many services had too few rates for one in their place.
    """

    rows: list[Row]
    insufficient: int
    apart: list[RateContext] = []

    def mixed(self) -> tuple[str, ...]:
        """What differs among rows of one service and place, so that they cannot stand in one table.

        `network`, `basis`, `places`.
        """
        by_row: dict[tuple[str, ...], set[RateContext]] = defaultdict(set)
        for row, apart in zip(self.rows, self.apart, strict=True):
            by_row[row.code, row.modifier, row.billing_class, row.geography].add(apart)
        names = RateContext.__struct_fields__
        return tuple(name for name in names if any(len({getattr(a, name) for a in of}) > 1 for of in by_row.values()))


def rows_of(
    observed: Iterable[Observed],
    *,
    geography: str = "us",
    places: Mapping[int, tuple[str, ...]] | None = None,
    payer: str = "",
    sufficient: int = SUFFICIENT,
) -> Contracted:
    """Rows by service, place and what keeps rates apart.

    `places` maps an NPI to the places it practises in (`zip3:770`, `state:TX`): a contract then counts in each place
    of its providers, and in `geography`, which is where the whole file speaks for. A rate for both billing classes
    counts in each of them, a rate for anywhere in facilities and offices where a service has rates of these. `payer` is
    whose rates these are, by the id that claims carry. A row's `n` counts contracted rates.
    """
    found: dict[tuple[Service, str, RateContext], set[tuple[str, Decimal]]] = defaultdict(set)
    for one in _by_place(list(observed)):
        where = {geography}
        for npi in one.npis if places else ():
            where.update(places.get(npi, ()) if places else ())
        both = one.service.billing_class == "both"
        for billing_class in ("professional", "institutional") if both else (one.service.billing_class,):
            service = Service(one.service.code, one.service.modifier, billing_class)
            for place in where:
                found[service, place, one.apart].add((one.contract, one.rate))
    rows: list[Row] = []
    apart: list[RateContext] = []
    insufficient = 0
    for (service, place, kept), rates in sorted(
        found.items(), key=lambda entry: (msgspec.structs.astuple(entry[0][0]), entry[0][1], entry[0][2])
    ):
        if len(rates) < sufficient:
            insufficient += 1
            continue
        amounts = percentiles([rate for _, rate in rates])
        rows.append(Row(service.code, service.modifier, service.billing_class, place, len(rates), amounts, payer=payer))
        apart.append(kept)
    return Contracted(rows, insufficient, apart)


def _by_place(observed: Sequence[Observed]) -> Iterable[Observed]:
    """Rates that are good anywhere, in facilities and in offices, where the service has rates of one of these."""
    by_place = {one.service for one in observed if one.apart.places}
    for one in observed:
        if one.apart.places or one.service not in by_place:
            yield one
        else:
            for places in _PLACES:
                apart = msgspec.structs.replace(one.apart, places=places)
                yield msgspec.structs.replace(one, apart=apart)


class Outlier(msgspec.Struct, frozen=True):
    """A rate that is not plausible, and why."""

    observed: Observed
    reason: str


def plausible(
    observed: Sequence[Observed], medicare: Callable[[Service], Decimal | None]
) -> tuple[list[Observed], list[Outlier]]:
    """The plausible rates, and the others with the reason: payers' files hold 0.01 and millions for a visit.

    `medicare` gives Medicare's national amount of one unit in dollars, None where there is none.
    """
    by_service: dict[Service, list[Decimal]] = defaultdict(list)
    for one in observed:
        by_service[one.service].append(one.rate)
    bands = {service: _band(rates, medicare(service)) for service, rates in by_service.items()}
    kept: list[Observed] = []
    outliers: list[Outlier] = []
    for one in observed:
        least, most, described = bands[one.service]
        if least is None or most is None or least <= one.rate <= most:
            kept.append(one)
        else:
            outliers.append(Outlier(one, f"${one.rate} lies outside ${least:.2f} to ${most:.2f}, {described}"))
    return kept, outliers


def _band(rates: Sequence[Decimal], medicare: Decimal | None) -> tuple[Decimal | None, Decimal | None, str]:
    if medicare:
        return medicare * LEAST, medicare * MOST, f"{LEAST} to {MOST} times Medicare's ${medicare}"
    if len(rates) < SUFFICIENT:
        return None, None, ""
    middle = median(rates)
    return middle / _FROM_MEDIAN, middle * _FROM_MEDIAN, f"a hundred times from the median ${middle} either way"
