"""From contracted rates to a median: an estimate of the qualifying payment amount (45 CFR 149.140).

The rule counts contracts, not claims: each rate of each contract once, however many providers it covers or claims it
paid; the median is the middle rate, of an even count the mean of the middle two (149.140(b)); fewer than three
contracts are not sufficient information (149.140(a)(15)). A payer's own QPA rests on its rates of 31 January 2019,
indexed, by its regions, markets and specialties; what comes out here are published rates of today, a proxy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from services.benchmark.domain.distributions import Row
from services.benchmark.domain.statistics import percentiles

SUFFICIENT = 3
"""Contracts behind a median (45 CFR 149.140(a)(15)(i))."""


class Service(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """What a rate is for: code, component modifier (blank, 26, TC, 53), billing class."""

    code: str
    modifier: str
    billing_class: str


class Observed(msgspec.Struct, frozen=True, gc=False):
    """A rate in dollars of one unit under one contract (its TIN), with the NPIs it covers."""

    service: Service
    contract: str
    rate: Decimal
    npis: tuple[int, ...] = ()


class Contracted(msgspec.Struct, frozen=True):
    """Rows with sufficient information, and how many services had too few contracts for one in their place."""

    rows: list[Row]
    insufficient: int


def rows_of(
    observed: Iterable[Observed],
    *,
    geography: str = "us",
    places: Mapping[int, tuple[str, ...]] | None = None,
    payer: str = "",
    sufficient: int = SUFFICIENT,
) -> Contracted:
    """Rows by service and place.

    `places` maps an NPI to the places it practises in (`zip3:770`, `state:TX`): a contract then counts in each place
    of its providers, and in `geography`, which is where the whole file speaks for. A rate for both billing classes
    counts in each of them. `payer` is whose rates these are, by the id that claims carry.
    """
    found: dict[tuple[Service, str], set[tuple[str, Decimal]]] = defaultdict(set)
    for one in observed:
        where = {geography}
        for npi in one.npis if places else ():
            where.update(places.get(npi, ()) if places else ())
        both = one.service.billing_class == "both"
        for billing_class in ("professional", "institutional") if both else (one.service.billing_class,):
            service = Service(one.service.code, one.service.modifier, billing_class)
            for place in where:
                found[service, place].add((one.contract, one.rate))
    rows: list[Row] = []
    insufficient = 0
    for (service, place), rates in sorted(
        found.items(), key=lambda entry: (msgspec.structs.astuple(entry[0][0]), entry[0][1])
    ):
        contracts = len({contract for contract, _ in rates})
        if contracts < sufficient:
            insufficient += 1
            continue
        amounts = percentiles([rate for _, rate in rates])
        rows.append(Row(service.code, service.modifier, service.billing_class, place, contracts, amounts, payer=payer))
    return Contracted(rows, insufficient)
