"""An award below the payer's first payment is paid back within 30 calendar days, 45 CFR 149.510(c)(4)(ix), and an
agreement during IDR is paid within 30 business days, 45 CFR 149.510(c)(2)(i). Worked out by hand.

The payer allowed 2,000.00 at first: 1,600.00 paid, 400.00 of the patient's.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.settlement.application.decider import shipped_rulebook
from services.settlement.domain.commands import pay_back, run
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.tasks import tasks
from shared.events.idr import IdrDetermined
from shared.events.settlement import BooksRestated, ClaimSettled
from tests.unit.settlement.world import CLAIM, START, World

D = Decimal


def awarded(award: str, prevailing: str = "payer", on: date = START) -> World:
    w = World(scale=10)
    w.underpaid()
    w.negotiation()
    w.idr()
    w.today = on
    event: Any = IdrDetermined(
        claim_id=CLAIM, case_id="C1", determined_on=on, prevailing=prevailing, award=D(award), fees_owed=D(0),  # pyright: ignore
        payment_due_on=on + timedelta(days=30),
    )  # fmt: skip
    w.receive(event)
    return w


def paid_back(w: World, amount: str, reference: str = "CHK-1", on: date | None = None) -> None:
    rule = pay_back(D(amount), on or w.today, reference)
    w.command(lambda account, now: run(account, now, shipped_rulebook(), rule))


def task_of(w: World) -> tuple[str, date | None] | None:
    return next(((t.task, t.day) for t in tasks(w.account) if t.kind == "refund"), None)


# the award, what is owed back, and its last day: 30 calendar days after the determination
@pytest.mark.parametrize(
    ("award", "on", "owed", "due"),
    [
        ("1500.00", date(2026, 12, 15), "$500.00", date(2027, 1, 14)),
        ("0.01", date(2026, 12, 15), "$1,999.99", date(2027, 1, 14)),
        ("1999.99", date(2027, 1, 30), "$0.01", date(2027, 3, 1)),  # February has 28 days
        ("1600.00", date(2028, 1, 31), "$400.00", date(2028, 3, 1)),  # a leap year
    ],
)
def test_what_an_award_below_the_first_payment_leaves_to_pay_back_is_a_task(
    award: str, on: date, owed: str, due: date
) -> None:
    w = awarded(award, on=on)
    assert w.account.phase == "closed" and w.account.closed == "settled_and_paid"
    found = task_of(w)
    assert found is not None and owed in found[0] and found[1] == due


@pytest.mark.parametrize("award", ["2000.00", "2000.01", "6000.00"])
def test_an_award_of_the_first_payment_or_more_leaves_nothing_to_pay_back(award: str) -> None:
    w = awarded(award)
    assert task_of(w) is None
    with pytest.raises(OfferRefused, match="is not owed back"):
        paid_back(w, "0.01")


def test_what_we_paid_back_is_in_the_books_once() -> None:
    w = awarded("1500.00", on=date(2026, 12, 15))
    w.today = date(2026, 12, 20)
    paid_back(w, "300.00")
    assert w.account.books.balance("overpaid") == D("-200.00")
    found = task_of(w)
    assert found is not None and "$200.00" in found[0]
    paid_back(w, "300.00")  # told twice
    assert w.account.books.balance("overpaid") == D("-200.00")
    paid_back(w, "200.00", "CHK-2")
    assert task_of(w) is None and w.account.phase == "closed"
    assert w.last(BooksRestated).paid == D("1100.00")
    assert w.last(BooksRestated).recovered == D("-500.00")
    with pytest.raises(OfferRefused):
        paid_back(w, "0.01", "CHK-3")


def test_what_the_payer_kept_back_itself_is_not_owed_any_more_and_beyond_it_is_short() -> None:
    w = awarded("1500.00", on=date(2026, 12, 15))
    w.recouped("PLB-1", "50.00")  # times the scale
    assert task_of(w) is None and w.account.phase == "closed"
    w.recouped("PLB-2", "1.00")
    assert w.account.phase == "settled", "ten dollars more than the award leaves it are owed again"


def test_kept_back_after_we_paid_it_back_is_owed_again() -> None:
    w = awarded("1500.00", on=date(2026, 12, 15))
    paid_back(w, "500.00")
    w.recouped("PLB-1", "50.00")
    assert w.account.phase == "settled" and w.account.books.balance("agreed") == D("500.00")


@pytest.mark.parametrize(
    ("amount", "on"),
    [("500.01", date(2026, 12, 15)), ("1.00", date(2026, 12, 14)), ("1.00", date(2026, 12, 16))],
)
def test_more_than_is_owed_and_days_that_cannot_be_are_refused(amount: str, on: date) -> None:
    w = awarded("1500.00", on=date(2026, 12, 15))
    before = w.account
    with pytest.raises(OfferRefused):
        paid_back(w, amount, on=on)
    assert w.account == before


# 45 CFR 149.510(c)(2)(i): thirty business days after the agreement, the day of which is day 0
AGREED = {
    date(2026, 11, 2): date(2026, 12, 16),  # Veterans Day and Thanksgiving are off
    date(2026, 12, 21): date(2027, 2, 4),  # Christmas, New Year's Day, Martin Luther King's day
    date(2027, 6, 1): date(2027, 7, 15),  # Juneteenth is a Saturday, off on Friday the 18th; 4 July on Monday the 5th
}


@pytest.mark.parametrize(("on", "due"), AGREED.items())
def test_an_agreement_in_idr_is_paid_within_thirty_business_days(on: date, due: date) -> None:
    w = World(scale=10)
    w.underpaid()
    w.negotiation()
    w.idr()
    w.today = on
    w.offer("700.00", final=True)
    assert w.last(ClaimSettled).payment_due_on == due


def test_an_agreement_in_open_negotiation_is_paid_within_thirty_days() -> None:
    """42 USC 300gg-111(c)(6)."""
    w = World(scale=10)
    w.underpaid()
    w.negotiation()
    w.offer("700.00", final=True)
    assert w.last(ClaimSettled).payment_due_on == date(2026, 12, 2)
