"""Which day a payment was received: as stated, as it arrived, or assumed from its own dates."""

from __future__ import annotations

from datetime import date

import pytest

from recoup_x12.model import Dated, Payment
from services.intake.domain.receipt import Receipt, Received, Stated, stated_day, stated_receipt

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
    receipt = Receipt(date.fromisoformat(arrived), Stated(day(stated)))
    arrival = date.fromisoformat(arrived) if assumed else None
    assert receipt.of_payment(payment) == Received(date.fromisoformat(received), arrival)


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


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("", Stated()),
        ("2025-03-12", Stated(date(2025, 3, 12))),
        ("history", Stated(history=True)),
        ("history+5", Stated(history=True, mail_days=5)),
        ("history:2025-03-12", Stated(date(2025, 3, 12), history=True)),
    ],
)
def test_what_a_sender_states(text: str, stated: Stated) -> None:
    assert stated_receipt(text, date(2026, 11, 28)) == stated


@pytest.mark.parametrize(
    "text", ["History", "history+", "history+x", "history:", "history:2026-11-29", "history+123", "old"]
)
def test_what_nobody_can_state(text: str) -> None:
    with pytest.raises(ValueError, match="the stated day of receipt"):
        stated_receipt(text, date(2026, 11, 28))


@pytest.mark.parametrize(
    ("paid", "produced", "stated", "received", "assumed"),
    [
        # the earlier of BPR16 and DTM*405, and the days of mail after it
        ("2025-03-10", "2025-03-12", "history", "2025-03-10", True),
        ("2025-03-10", "", "history+5", "2025-03-15", True),
        # a payment of yesterday is history too where its sender says so; nothing is received after it came in
        ("2026-11-27", "", "history+5", "2026-11-28", True),
        ("", "", "history", "2026-11-28", True),
        ("2025-03-10", "", "history:2025-04-01", "2025-04-01", False),
    ],
)
def test_history_was_received_on_its_own_day(
    paid: str, produced: str, stated: str, received: str, assumed: bool
) -> None:
    arrived = date(2026, 11, 28)
    dates = (Dated("405", start=date.fromisoformat(produced)),) if produced else ()
    receipt = Receipt(arrived, stated_receipt(stated, arrived))
    on = date.fromisoformat(received)
    # no later day opens a right: what was assumed is the latest day, too
    assert receipt.of_payment(Payment(paid_on=day(paid), dates=dates)) == Received(on, on if assumed else None, True)


@pytest.mark.parametrize(
    ("paid", "produced", "stated", "expected"),
    [
        ("2026-10-30", "", "", Received(date(2026, 10, 30), date(2026, 10, 30), True)),  # the day before
        ("2026-11-02", "2026-10-30", "", Received(date(2026, 10, 30), date(2026, 10, 30), True)),  # its earlier date
        ("2026-10-31", "", "2026-11-02", Received(date(2026, 11, 2))),  # received with this system in use
        ("2026-11-02", "", "2026-10-31", Received(date(2026, 10, 31), history=True)),
        ("2026-11-01", "", "", Received(date(2026, 11, 3))),  # two business days old
        ("", "", "", Received(date(2026, 11, 3))),  # it says no date: it came when it came
        ("2026-11-02", "", "history", Received(date(2026, 11, 2), date(2026, 11, 2), True)),  # a sender's word goes on
        ("2026-10-20", "", "history+3", Received(date(2026, 10, 23), date(2026, 10, 23), True)),
    ],
)
def test_payments_of_before_the_cutover_are_history(paid: str, produced: str, stated: str, expected: Received) -> None:
    arrived = date(2026, 11, 3)
    dates = (Dated("405", start=date.fromisoformat(produced)),) if produced else ()
    receipt = Receipt(arrived, stated_receipt(stated, arrived), cutover=date(2026, 11, 1))
    assert receipt.of_payment(Payment(paid_on=day(paid), dates=dates)) == expected


@pytest.mark.parametrize(
    ("made_on", "stated", "history"),
    [
        ("2026-10-31", "", True),  # it left by the system before, and may have been answered there
        ("2026-11-01", "", False),
        ("", "", False),
        ("2026-11-02", "history", True),
        ("", "history", True),
    ],
)
def test_claims_made_out_before_the_cutover_are_history(made_on: str, stated: str, history: bool) -> None:
    arrived = date(2026, 11, 3)
    receipt = Receipt(arrived, stated_receipt(stated, arrived), cutover=date(2026, 11, 1))
    assert receipt.is_history(day(made_on)) is history
    assert not Receipt(arrived).is_history(day("2020-01-01")), "no cutover day was told"
