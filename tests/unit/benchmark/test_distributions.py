"""Percentile tables: interpolation, the nearest place, the nearest year, the smallest sample."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.domain.distributions import (
    Distribution,
    Distributions,
    Row,
    Table,
    amount_at,
    percentile_of,
    table_of,
)
from services.benchmark.domain.reference import Reference
from tests.unit.benchmark.world import D, released

PERCENTS = (50, 60, 70, 75, 80, 85, 90, 95)
AMOUNTS = tuple(D(a) for a in ("400", "450", "500", "540", "600", "660", "760", "1000"))


@pytest.mark.parametrize(
    ("percentile", "amount"),
    [(50, "400"), (80, "600"), (95, "1000"), (55, "425"), (92, "856"), (72, "516"), (10, "400"), (99, "1000")],
)
def test_amounts_between_percentiles_lie_on_a_line(percentile: int, amount: str) -> None:
    """92: 760 + (1000 − 760) × 2/5; 72: 500 + 40 × 2/5; below 50 and above 95 nothing is invented."""
    assert amount_at(PERCENTS, AMOUNTS, D(percentile)) == D(amount)


@pytest.mark.parametrize(
    ("amount", "percentile"),
    [("399.99", 0), ("400", 50), ("425", 55), ("600", 80), ("856", 92), ("1000", 95), ("1000.01", 100), ("599.99", 79)],
)
def test_where_an_amount_stands(amount: str, percentile: int) -> None:
    assert percentile_of(PERCENTS, AMOUNTS, D(amount)) == percentile


def test_on_a_plateau_the_highest_percentile_counts() -> None:
    assert percentile_of((50, 75, 90), (D(100), D(100), D(200)), D(100)) == 75


_ROWS = st.lists(st.decimals(min_value=1, max_value=9999, places=2), min_size=8, max_size=8).map(
    lambda amounts: tuple(sorted(amounts))
)


@given(amounts=_ROWS, low=st.integers(1, 99), high=st.integers(1, 99))
def test_a_higher_percentile_is_never_a_lower_amount(amounts: tuple[Decimal, ...], low: int, high: int) -> None:
    low, high = sorted((low, high))
    assert amount_at(PERCENTS, amounts, D(low)) <= amount_at(PERCENTS, amounts, D(high))


@given(amounts=_ROWS, percentile=st.integers(50, 95))
def test_interpolation_stays_between_its_neighbours(amounts: tuple[Decimal, ...], percentile: int) -> None:
    below = max(p for p in PERCENTS if p <= percentile)
    above = min(p for p in PERCENTS if p >= percentile)
    amount = amount_at(PERCENTS, amounts, D(percentile))
    assert amounts[PERCENTS.index(below)] <= amount <= amounts[PERCENTS.index(above)]


@given(amounts=_ROWS, one=st.decimals(min_value=0, max_value=10000, places=2))
def test_standing_agrees_with_interpolation(amounts: tuple[Decimal, ...], one: Decimal) -> None:
    stands = percentile_of(PERCENTS, amounts, one)
    if stands == 0:
        assert one < amounts[0]
    elif stands == 100:
        assert one > amounts[-1]
    else:
        assert amount_at(PERCENTS, amounts, D(stands)) <= one + D("0.01")
        assert stands == 95 or amount_at(PERCENTS, amounts, D(stands + 1)) >= one - D("0.01")


def _row(code: str, geography: str, n: int = 100, modifier: str = "", base: str = "100", payer: str = "") -> Row:
    amounts = (D(base), D(base) * 2, D(base) * 3)
    return Row(code, modifier, "professional", geography, n, amounts, line=7, payer=payer)


def _table(year: int, *rows: Row, name: str = "") -> Table:
    first, last = date(year, 1, 1), date(year, 12, 31)
    return table_of(name or f"UCR {year}", "ucr_charge", first, last, (50, 80, 95), rows)


def _find(
    tables: list[Table], *, code: str = "99285", modifier: str = "", day: date, minimum: int = 10
) -> Distribution:
    found = Distributions(tables).find("ucr_charge", "99285", "", "professional", "100", "NY", day, minimum=minimum)
    assert found is not None
    return found


def test_the_nearest_place_counts_and_a_farther_one_is_told() -> None:
    rows = [_row("99285", "us", base="1"), _row("99285", "state:NY", base="2"), _row("99285", "zip3:100", base="3")]
    day = date(2025, 5, 1)
    assert _find([_table(2025, *rows)], day=day).row.geography == "zip3:100"
    assert _find([_table(2025, *rows)], day=day).fallback == ""
    state = _find([_table(2025, *rows[:2])], day=day)
    assert (state.row.geography, "state:NY used" in state.fallback) == ("state:NY", True)
    assert _find([_table(2025, rows[0])], day=day).row.geography == "us"


def test_a_sample_too_small_is_passed_over() -> None:
    rows = [_row("99285", "zip3:100", n=9), _row("99285", "state:NY", n=10)]
    found = _find([_table(2025, *rows)], day=date(2025, 5, 1))
    assert found.row.geography == "state:NY"
    assert "sample of 9 is below 10" in found.fallback


def test_a_claim_is_held_against_the_table_of_its_day() -> None:
    tables = [_table(year, _row("99285", "us", base=str(year))) for year in (2023, 2024, 2025)]
    assert _find(tables, day=date(2024, 3, 1)).table == "UCR 2024"
    assert _find(tables, day=date(2025, 3, 1)).table == "UCR 2025"


def test_without_a_table_of_the_year_the_nearest_earlier_one_and_never_a_later_one() -> None:
    tables = [_table(year, _row("99285", "us")) for year in (2022, 2023, 2027)]
    found = _find(tables, day=date(2025, 3, 1))
    assert found.table == "UCR 2023"
    assert "no table is loaded for 2025" in found.fallback


def test_a_component_is_not_held_against_the_whole() -> None:
    tables = Distributions([_table(2025, _row("71046", "us"))])
    assert tables.find("ucr_charge", "71046", "26", "professional", "100", "NY", date(2025, 5, 1)) is None


def test_one_payer_s_history_is_not_another_s() -> None:
    tables = Distributions([_table(2025, _row("99285", "us", payer="P1"))])
    day = date(2025, 5, 1)
    assert tables.find("ucr_charge", "99285", "", "professional", "100", "NY", day, payer="P2") is None
    assert tables.find("ucr_charge", "99285", "", "professional", "100", "NY", day, payer="P1") is not None


def test_two_rows_of_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="lines 7 and 7"):
        _table(2025, _row("99285", "us"), _row("99285", "us"))


# --- fall-backs, against every choice that could have been made -----------------------------------------------------

_NEAREST = ("zip3:100", "state:NY", "us")
_YEARS = st.dictionaries(
    st.integers(2018, 2028),
    st.dictionaries(st.sampled_from((*_NEAREST, "zip3:101", "state:NJ")), st.integers(1, 30), max_size=5),
    max_size=5,
)


@given(years=_YEARS, year=st.integers(2018, 2028), minimum=st.integers(0, 20), backwards=st.booleans())
def test_of_all_rows_the_nearest_in_time_then_in_place_with_enough_behind_it(
    years: dict[int, dict[str, int]], year: int, minimum: int, backwards: bool
) -> None:
    tables = [_table(y, *(_row("99285", place, n=n) for place, n in rows.items())) for y, rows in years.items()]
    found = Distributions(tables[::-1] if backwards else tables).find(
        "ucr_charge", "99285", "", "professional", "100", "NY", date(year, 7, 1), minimum=minimum
    )
    fitting = [
        (year - y, _NEAREST.index(place), n)
        for y, rows in years.items()
        for place, n in rows.items()
        if y <= year and place in _NEAREST and n >= minimum
    ]
    if not fitting:
        assert found is None
        return
    assert found is not None
    back, step, n = min(fitting)
    assert (found.table, found.row.geography, found.row.n) == (f"UCR {year - back}", _NEAREST[step], n)
    assert (found.fallback == "") == (back == 0 and step == 0)
    assert ("no table is loaded" in found.fallback) == (back > 0)
    assert (_NEAREST[step] in found.fallback) == (step > 0)


@given(years=st.sets(st.integers(2019, 2027), min_size=1), day=st.dates(date(2018, 1, 1), date(2028, 12, 31)))
def test_a_price_is_by_the_release_of_its_year_else_the_nearest_earlier_else_the_first(
    years: set[int], day: date
) -> None:
    shipped = released()
    releases = [
        msgspec.structs.replace(
            shipped, name=f"CMS {year}", effective_from=date(year, 1, 1), effective_to=date(year, 12, 31)
        )
        for year in years
    ]
    in_force = Reference(releases).release_in_force(day)
    earlier = [year for year in years if year <= day.year]
    assert in_force.release.name == f"CMS {max(earlier) if earlier else min(years)}"
    assert (in_force.fallback == "") == (day.year in years)


def test_of_two_releases_for_a_day_the_one_that_took_effect_last() -> None:
    shipped = released()
    july = msgspec.structs.replace(shipped, name="CMS July", effective_from=date(2025, 7, 1))
    for order in ([shipped, july], [july, shipped]):
        reference = Reference(order)
        assert reference.release_in_force(date(2025, 6, 30)).release.name == shipped.name
        assert reference.release_in_force(date(2025, 7, 1)).release.name == "CMS July"
