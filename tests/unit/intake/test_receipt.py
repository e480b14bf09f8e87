"""Which day a payment was received: as stated, as it arrived, or assumed from its own dates."""

from __future__ import annotations

from datetime import date

import pytest

from recoup_x12.model import Dated, Payment
from services.intake.domain.receipt import Receipt, stated_day

# November 2026: Thursday 26 is Thanksgiving, Wednesday 11 is Veterans Day.
CASES = [
    # arrived, BPR16, DTM*405, stated, received, assumed
    ("2026-11-27", "2026-11-25", "", "", "2026-11-27", False),  # one business day old
    # 19, 20, 23, 24, 25, 27 November: six after the 18th, the holiday is none
    ("2026-11-27", "2026-11-18", "", "", "2026-11-18", True),
    # 20, 23, 24, 25, 27 November: five after the 19th
    ("2026-11-27", "2026-11-19", "", "", "2026-11-27", False),
    # with the holiday counted these would be six: 23, 24, 25, 27, 30
    ("2026-11-30", "2026-11-20", "", "", "2026-11-30", False),
    ("2026-12-01", "2026-11-20", "", "", "2026-11-20", True),
    ("2026-11-28", "2024-07-10", "", "", "2024-07-10", True),
    ("2026-11-28", "2026-11-27", "2024-07-09", "", "2024-07-09", True),  # the earlier of its dates
    ("2026-11-28", "2024-07-10", "2024-07-12", "", "2024-07-10", True),
    ("2026-11-28", "", "2024-07-12", "", "2024-07-12", True),
    ("2026-11-28", "", "", "", "2026-11-28", False),  # it does not say when it was paid
    ("2026-11-28", "2026-12-04", "", "", "2026-11-28", False),  # paid by a date to come
    ("2026-11-28", "2024-07-10", "", "2024-07-15", "2024-07-15", False),  # stated days are not assumed
    ("2026-11-28", "2026-11-27", "", "2026-11-27", "2026-11-27", False),
    ("2026-11-28", "0001-01-01", "", "", "2000-01-01", True),  # nonsense bars rights and is shown; it stops nothing
]


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(("arrived", "paid", "produced", "stated", "received", "assumed"), CASES)
def test_the_day_of_receipt(arrived: str, paid: str, produced: str, stated: str, received: str, assumed: bool) -> None:
    dates = (Dated("405", start=date.fromisoformat(produced)),) if produced else ()
    payment = Payment(paid_on=day(paid), dates=dates)
    receipt = Receipt(date.fromisoformat(arrived), day(stated))
    assert receipt.of_payment(payment) == (date.fromisoformat(received), assumed)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-29", "lies in the future"),
        ("1999-12-31", "lies before 2000-01-01"),
        ("2026-02-30", "not a date"),
        ("20261101", "not a date"),
        ("2026-W10-1", "not a date"),
        ("yesterday", "not a date"),
        ("", "not a date"),
    ],
)
def test_an_impossible_day_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        stated_day(text, date(2026, 11, 28))


def test_today_and_days_before_can_be_stated() -> None:
    assert stated_day("2026-11-28", date(2026, 11, 28)) == date(2026, 11, 28)
    assert stated_day("2000-01-01", date(2026, 11, 28)) == date(2000, 1, 1)
