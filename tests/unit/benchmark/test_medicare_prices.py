"""Medicare prices against ones worked out by hand from CMS's files (the arithmetic is in medicare_prices.csv)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.domain.fee_schedule import Gpci, RelativeValues, base_price
from services.benchmark.domain.releases import NoPrice, Price
from tests.unit.benchmark.world import D, reference, service

_TABLE = Path(__file__).with_name("medicare_prices.csv")


def _worked() -> Iterator[dict[str, str]]:
    lines = (line for line in _TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    yield from csv.DictReader(lines)


WORKED = list(_worked())


@pytest.mark.parametrize("row", WORKED, ids=lambda r: "-".join((r["code"], r["modifier"], r["zip"], r["setting"])))
def test_price_is_exact_to_the_cent(row: dict[str, str]) -> None:
    modifiers = (row["modifier"],) if row["modifier"] else ()
    place = "22" if row["setting"] == "facility" else "11"
    price = reference().professional(service(row["code"], *modifiers, zip=row["zip"], place=place))
    assert isinstance(price, Price), price
    assert price.amount == D(row["expected"])
    assert f"GPCI {row['locality']}" in price.row


@pytest.mark.parametrize("row", WORKED, ids=lambda r: "-".join((r["code"], r["modifier"], r["zip"], r["setting"])))
def test_arithmetic_written_in_the_table_holds(row: dict[str, str]) -> None:
    total = D(row["work"]) * D(row["gpci_work"]) + D(row["pe"]) * D(row["gpci_pe"]) + D(row["mp"]) * D(row["gpci_mp"])
    assert total == D(row["sum"])
    assert total * D("32.3465") == D(row["product"])


def test_there_are_enough_of_them() -> None:
    assert len(WORKED) >= 40


@pytest.mark.parametrize(
    ("day", "factor"),
    [
        (date(2024, 3, 8), "32.7442"),
        (date(2024, 3, 9), "33.2875"),
        (date(2025, 12, 31), "32.3465"),
        (date(2026, 1, 1), "33.4009"),
    ],
)
def test_the_conversion_factor_is_the_day_s(day: date, factor: str) -> None:
    """99285 in Manhattan: 5.89322 × 32.7442 = 192.9687…, × 33.2875 = 196.1706…, × 33.4009 = 196.8388…"""
    expected = {"32.7442": "192.97", "33.2875": "196.17", "32.3465": "190.63", "33.4009": "196.84"}[factor]
    price = reference().professional(service("99285", day=day))
    assert isinstance(price, Price)
    assert price.amount == D(expected)
    assert (price.fallback == "") == (day.year == 2025)
    if day.year != 2025:
        assert str(day.year) in price.fallback
        assert factor in price.fallback


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (service("99285", zip="00000"), "knows no locality for the ZIP code"),
        (service("00790"), "no anesthesia base units"),
        (service("80053"), "no priced row for 80053"),
        (service("43239", "80"), "pays no assistant"),
        (service("99285", "62"), "pays no co-surgeons"),
    ],
)
def test_no_price_says_why(asked: object, why: str) -> None:
    price = reference().professional(asked)  # pyright: ignore[reportArgumentType]
    assert isinstance(price, NoPrice)
    assert why in price.reason


def test_a_reduced_service_is_priced_with_a_caution() -> None:
    price = reference().professional(service("27447", "52"))
    assert isinstance(price, Price)
    assert price.amount == D("1465.45")
    assert "by report" in price.caution


def test_units_multiply_the_published_fee() -> None:
    """99291 has no multiple-procedure rule; LA: 216.34 × 3."""
    price = reference().professional(service("99291", zip="90012", units=3))
    assert isinstance(price, Price)
    assert price.amount == D("649.02")


_RVU = st.decimals(min_value=0, max_value=200, places=2)
_INDEX = st.decimals(min_value="0.3", max_value="2.6", places=3)
_FACTOR = st.decimals(min_value=20, max_value=50, places=4)


@given(work=_RVU, pe=_RVU, mp=_RVU, more=_RVU, gw=_INDEX, gp=_INDEX, gm=_INDEX, cf=_FACTOR)
def test_more_relative_value_is_never_paid_less(work, pe, mp, more, gw, gp, gm, cf) -> None:  # pyright: ignore
    gpci = Gpci("1-1", "NY", gw, gp, gm)

    def price(w: object, e: object, m: object) -> object:
        values = RelativeValues("1", "", "A", w, e, e, m, "0", "0", "0", "0")  # pyright: ignore[reportArgumentType]
        return base_price(values, gpci, cf, "facility")

    base = price(work, pe, mp)
    assert price(work + more, pe, mp) >= base  # pyright: ignore[reportOperatorIssue]
    assert price(work, pe + more, mp) >= base  # pyright: ignore[reportOperatorIssue]
    assert price(work, pe, mp + more) >= base  # pyright: ignore[reportOperatorIssue]
