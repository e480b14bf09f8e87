"""Small parts: amounts, NPIs, draws, the spreading of cents."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup_tools.demo.dice import Dice
from recoup_tools.demo.payer_remittance import spread
from recoup_tools.demo.x12 import amount, npi
from tests.unit.demo.x12_check import luhn


@pytest.mark.parametrize(
    ("value", "text"),
    [("100.00", "100"), ("12.50", "12.5"), ("0.50", ".5"), ("-0.05", "-.05"), ("0.00", "0"), ("1000", "1000")],
)
def test_amounts_have_no_idle_zeros(value: str, text: str) -> None:
    assert amount(Decimal(value)) == text


def test_npi_of_the_regulations_example() -> None:
    # CMS's own worked example of the check digit: 123456789 gives 3
    assert npi(123456789) == "1234567893"


@given(st.integers(100_000_000, 299_999_999))
def test_npis_pass_luhn(base: int) -> None:
    assert luhn(npi(base))


def test_dice_are_fixed_for_ever() -> None:
    # SplitMix64's published first output for state 0 is 0xE220A8397B1DCDAF
    dice = Dice("x")
    dice._state = 0  # pyright: ignore[reportPrivateUsage]
    assert dice.below(1 << 64) == 0xE220A8397B1DCDAF
    assert [Dice("a", 1).below(1000) for _ in range(3)] == [Dice("a", 1).below(1000)] * 3
    assert Dice("a", 1).below(1 << 60) != Dice("a1").below(1 << 60)


def test_weights_are_kept() -> None:
    dice = Dice("weights")
    drawn = Counter(dice.weighted((("a", 1), ("b", 3), ("c", 0))) for _ in range(8000))
    assert drawn["c"] == 0
    assert 0.70 < drawn["b"] / 8000 < 0.80


def test_ratio_stays_within_its_ends() -> None:
    dice = Dice("ratio")
    drawn = {dice.ratio(Decimal("0.1"), Decimal("0.1003")) for _ in range(200)}
    assert drawn == {Decimal("0.1000"), Decimal("0.1001"), Decimal("0.1002"), Decimal("0.1003")}


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("10.00", ["1", "1"], ["5.00", "5.00"]),
        ("0.01", ["1", "1"], ["0.01", "0.00"]),
        ("1.00", ["1", "1", "1"], ["0.34", "0.33", "0.33"]),
        ("10.00", ["0", "3"], ["0.00", "10.00"]),
        ("9.00", ["0", "0"], ["4.50", "4.50"]),
        ("-1.00", ["1", "1", "1"], ["-0.34", "-0.33", "-0.33"]),
    ],
)
def test_spreading_cents(total: str, weights: list[str], parts: list[str]) -> None:
    assert spread(Decimal(total), [Decimal(w) for w in weights]) == [Decimal(p) for p in parts]


@given(
    st.decimals(-100_000, 100_000, places=2),
    st.lists(st.decimals(0, 10_000, places=2), min_size=1, max_size=9),
)
def test_no_cent_is_lost(total: Decimal, weights: list[Decimal]) -> None:
    assert sum(spread(total, weights), Decimal(0)) == total
