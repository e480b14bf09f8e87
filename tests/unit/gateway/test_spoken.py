"""What a text in the search may mean."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.gateway.domain.spoken import spoken


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-02", date(2026, 3, 2)),
        ("3/2/2026", date(2026, 3, 2)),
        ("03/02/26", date(2026, 3, 2)),
        ("13/02/2026", None),
        ("2026-02-30", None),
    ],
)
def test_days_are_read_as_americans_and_iso_write_them(text: str, day: date | None) -> None:
    assert spoken(text).day == day


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$1,234.50", Decimal("1234.50")),
        ("1234.50", Decimal("1234.50")),
        ("$900", Decimal("900")),
        ("1,000", Decimal("1000")),
        ("900", None),
        ("1,23", None),
    ],
)
def test_an_amount_has_a_dollar_sign_a_comma_or_cents(text: str, amount: Decimal | None) -> None:
    assert spoken(text).amount == amount


def test_the_reference_on_a_letter_is_how_an_id_begins() -> None:
    assert spoken("04DEEA71").ids == (
        "04deea71-0000-0000-0000-000000000000", "04deea71-ffff-ffff-ffff-ffffffffffff",
    )  # fmt: skip
    whole = "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"
    assert spoken(whole).ids == (whole, whole)
    assert spoken("MERIDIAN").ids is None
    assert spoken("abcd").ids is None, "too short to mean one"


@pytest.mark.parametrize(("text", "code"), [("99284-25", "99284"), ("j3490", "J3490"), ("0512T", "0512T"), ("992", "")])
def test_codes_may_have_modifiers(text: str, code: str) -> None:
    assert spoken(text).code == code


def test_whatever_has_letters_may_be_a_payer_and_everything_may_be_a_number() -> None:
    assert (spoken(" Meridian ").name, spoken(" Meridian ").number) == ("Meridian", "Meridian")
    assert (spoken("60054").name, spoken("60054").number) == ("", "60054")
