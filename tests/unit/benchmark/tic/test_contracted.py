"""Medians of contracted rates by the rule of 45 CFR 149.140, worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.domain.contracted import Observed, Service, rows_of
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
        # two rates of one contract are two rates, and still one contract
        (rates(("a", "100"), ("a", "120"), ("b", "200"), ("c", "300")), 3, "160"),
        # the same rate under different contracts counts for each
        (rates(("a", "100"), ("b", "100"), ("c", "100"), ("d", "500"), ("e", "500")), 5, "100"),
    ],
)
def test_median(observed: list[Observed], n: int, median: str) -> None:
    (row,) = rows_of(observed).rows
    assert (row.n, row.amounts[MEDIAN]) == (n, Decimal(median))


def test_fewer_than_three_contracts_are_not_sufficient_information() -> None:
    found = rows_of(rates(("a", "100"), ("a", "110"), ("a", "120"), ("b", "200")))
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
