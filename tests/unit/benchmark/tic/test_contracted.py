"""Medians of contracted rates by the rule of 45 CFR 149.140, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.adapters.shipped import shipped_reference
from services.benchmark.domain.contracted import Observed, RateContext, Service, plausible, rows_of
from services.benchmark.domain.national import national_amount
from services.benchmark.domain.statistics import PERCENTS

VISIT = Service("99285", "", "professional")
MEDIAN = PERCENTS.index(50)


def rates(*pairs: tuple[str, str], service: Service = VISIT) -> list[Observed]:
    return [Observed(service, contract, Decimal(rate)) for contract, rate in pairs]


@pytest.mark.parametrize(
    ("observed", "n", "median"),
    [
        (rates(("a", "100"), ("b", "300"), ("c", "200")), 3, "200"),
        (rates(("a", "100"), ("b", "200"), ("c", "301"), ("d", "900")), 4, "250.50"),  # mean of the middle two
        # a rate that covers many providers or claims is one rate of its contract
        (rates(*[("a", "100")] * 9, ("b", "200"), ("c", "300")), 3, "200"),
        # two rates of one contract are two contracted rates (149.140(b)(2)(i))
        (rates(("a", "100"), ("a", "120"), ("b", "200"), ("c", "300")), 4, "160"),
        (rates(("a", "100"), ("a", "110"), ("b", "200")), 3, "110"),
        # the same rate under different contracts counts for each
        (rates(("a", "100"), ("b", "100"), ("c", "100"), ("d", "500"), ("e", "500")), 5, "100"),
    ],
)
def test_median(observed: list[Observed], n: int, median: str) -> None:
    (row,) = rows_of(observed).rows
    assert (row.n, row.amounts[MEDIAN]) == (n, Decimal(median))


def test_fewer_than_three_contracted_rates_are_not_sufficient_information() -> None:
    """149.140(a)(15)(i) counts rates, not contracts."""
    found = rows_of(rates(*[("a", "100")] * 5, ("b", "200")))
    assert (found.rows, found.insufficient) == ([], 1)


def test_a_contract_counts_where_its_providers_practise_and_in_the_file_as_a_whole() -> None:
    where = {1: ("zip3:770", "state:TX"), 2: ("zip3:787", "state:TX"), 3: ("zip3:100", "state:NY")}
    observed = [Observed(VISIT, f"c{n}", Decimal(100 * n), (1 + n % 3,)) for n in range(1, 10)]
    found = rows_of(observed, places=where)
    assert {row.geography: row.n for row in found.rows} == {
        "us": 9,
        "state:TX": 6,
        "state:NY": 3,
        "zip3:770": 3,
        "zip3:787": 3,
        "zip3:100": 3,
    }


def test_a_rate_for_both_classes_counts_in_each() -> None:
    both = rates(("a", "1"), ("b", "2"), ("c", "3"), service=Service("99285", "", "both"))
    assert {row.billing_class for row in rows_of(both).rows} == {"professional", "institutional"}


def _apart(network: str = "", basis: str = "negotiated", places: str = "", rate: int = 100) -> list[Observed]:
    return [Observed(VISIT, f"c{n}", Decimal(rate + n), (), RateContext(network, basis, places)) for n in range(3)]


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ({"network": "Open"}, {"network": "Select"}, ("network",)),
        ({"basis": "negotiated"}, {"basis": "fee schedule"}, ("basis",)),
        ({"places": "facility"}, {"places": "office"}, ("places",)),
        ({"network": "Open", "places": "office"}, {"network": "Select", "places": "facility"}, ("network", "places")),
    ],
)
def test_what_was_agreed_otherwise_has_a_median_of_its_own(
    one: dict[str, str], other: dict[str, str], differ: tuple[str, ...]
) -> None:
    found = rows_of([*_apart(**one, rate=100), *_apart(**other, rate=900)])  # pyright: ignore[reportArgumentType]
    assert sorted(row.amounts[MEDIAN] for row in found.rows) == [Decimal(101), Decimal(901)]
    assert found.mixed() == differ
    assert rows_of(_apart()).mixed() == ()


def test_a_rate_for_anywhere_counts_in_facilities_and_offices_where_these_differ() -> None:
    found = rows_of([*_apart(places="facility", rate=500), *_apart(rate=100)])
    assert {apart.places: row.n for row, apart in zip(found.rows, found.apart, strict=True)} == {
        "facility": 6,
        "office": 3,
    }


@pytest.mark.parametrize(
    ("rate", "medicare", "plain"),
    [
        ("0.01", "190.63", False),
        ("4400000", "190.63", False),
        ("19.06", "190.63", False),
        ("19.07", "190.63", True),
        ("5718.90", "190.63", True),
        ("5718.91", "190.63", False),
        ("0.01", None, False),  # without Medicare's amount: a hundredth of the median 100 is 1
        ("1.00", None, True),
        ("10000", None, True),
        ("10001", None, False),
    ],
)
def test_rates_that_are_not_plausible_are_listed(rate: str, medicare: str | None, plain: bool) -> None:
    observed = rates(("a", "100"), ("b", "100"), ("c", "100"), ("d", rate))
    amount = None if medicare is None else Decimal(medicare)
    kept, outliers = plausible(observed, lambda _: amount)
    assert len(kept) + len(outliers) == 4
    assert [one.observed.rate for one in outliers] == ([] if plain else [Decimal(rate)])


def test_two_rates_without_medicare_s_amount_are_not_judged() -> None:
    kept, outliers = plausible(rates(("a", "0.01"), ("b", "5000")), lambda _: None)
    assert (len(kept), outliers) == (2, [])


@pytest.mark.parametrize(
    ("service", "amount"),
    [
        (VISIT, "168.85"),  # (4.00 + 0.79 + 0.43) 5.22 × 32.3465
        (Service("71046", "26", "professional"), "10.03"),  # 0.31
        (Service("64483", "", "institutional"), "890.29"),
        (Service("80053", "", "professional"), None),
    ],
)
def test_medicare_s_national_amounts(service: Service, amount: str | None) -> None:
    found = national_amount(shipped_reference(), service, date(2025, 11, 3))
    assert found == (None if amount is None else Decimal(amount))


def test_anesthesia_is_held_against_the_conversion_factor() -> None:
    found = national_amount(shipped_reference(), Service("00670", "", "professional"), date(2025, 11, 3))
    assert found is not None and Decimal(19) < found < Decimal(22)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.decimals("0.01", "9999", places=2)), min_size=1))
def test_the_median_lies_among_the_rates_and_the_order_of_the_file_changes_nothing(
    pairs: list[tuple[str, Decimal]],
) -> None:
    observed = [Observed(VISIT, contract, rate) for contract, rate in pairs]
    found = rows_of(observed)
    assert found == rows_of(reversed(observed))
    for row in found.rows:
        assert min(rate for _, rate in pairs) <= row.amounts[MEDIAN] <= max(rate for _, rate in pairs)
        assert list(row.amounts) == sorted(row.amounts)
