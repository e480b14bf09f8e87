"""Money that the payer paid before our first filing is not a recovery; what it pays afterwards is.

A claim of $1,000 with a fair amount of $600: first 168 paid, later reversed and paid with 462 (294 more).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from shared.events.pursuit import PursuitEnded
from shared.events.settlement import BooksRestated, ClaimClosed, ClaimSettled, OfferReceived
from tests.unit.settlement.world import CLAIM, World

D = Decimal


def corrected(w: World, paid: str = "462.00", on: date | None = None) -> None:
    """The reversal and the correction, both dated `on`."""
    today, w.today = w.today, on or w.today
    w.remitted("R1-rev", "-168.00", "0.00", "22")
    w.remitted("R2", paid, "0.00")
    w.today = today


def flagged(w: World) -> None:
    w.flagged("R1", allowed="168.00", paid="168.00", share="0.00")


def ended(w: World) -> None:
    w.receive(PursuitEnded(claim_id=CLAIM, case_id="C1", reason="barred before it came to us", rule="x"))


def claim() -> World:
    w = World()
    w.received()
    w.remitted("R1", "168.00", "0.00")
    return w


@pytest.mark.parametrize("order", ["before the verdict", "in the pursuit", "after its end"])
def test_what_came_without_a_filing_is_not_recovered(order: str) -> None:
    w = claim()
    if order == "before the verdict":
        corrected(w)
        flagged(w)
    else:
        flagged(w)
        if order == "in the pursuit":
            corrected(w)
    if w.account.phase != "closed":
        ended(w)
    if order == "after its end":
        corrected(w)
    assert w.account.phase == "closed"
    assert (w.account.paid, w.account.recovered) == (D(462), D(0))
    books = w.last(BooksRestated) if order == "after its end" else w.last(ClaimClosed)
    assert (books.paid_at_first, books.paid, books.recovered) == (D(168), D(462), D(0))
    assert not [e for e in w.events if isinstance(e, OfferReceived | ClaimSettled)]


def test_what_reaches_the_fair_amount_without_a_filing_ends_the_claim_as_paid_fairly() -> None:
    w = claim()
    flagged(w)
    corrected(w, "630.00")
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.paid, closed.recovered) == ("paid_fairly", D(630), D(0))
    assert not [e for e in w.events if isinstance(e, OfferReceived | ClaimSettled)]


def test_what_is_paid_after_the_filing_is_recovered() -> None:
    w = claim()
    flagged(w)
    w.negotiation()
    w.today += timedelta(days=10)
    corrected(w, "630.00")
    assert w.last(ClaimSettled).basis == "corrected_remittance"
    assert w.last(ClaimClosed).recovered == D(462)  # 630 - 168


def test_paid_before_the_filing_and_received_after_it_is_not() -> None:
    w = claim()
    flagged(w)
    w.today += timedelta(days=10)
    w.negotiation()
    corrected(w, on=w.today - timedelta(days=1))
    assert not [e for e in w.events if isinstance(e, OfferReceived | ClaimSettled)]
    assert w.account.dispute is not None and w.account.dispute.allowed == D(462)
    assert w.account.recovered == D(0)
    w.today += timedelta(days=20)  # and then pays the rest
    w.remitted("R2-rev", "-462.00", "0.00", "22")
    w.remitted("R3", "630.00", "0.00")
    assert w.last(ClaimClosed).recovered == D(168)  # 630 - 462


def test_what_came_unasked_and_goes_again_is_no_loss_of_the_pursuit() -> None:
    w = claim()
    flagged(w)
    w.today += timedelta(days=10)
    w.negotiation()
    corrected(w, on=w.today - timedelta(days=1))
    w.today += timedelta(days=20)
    w.remitted("R2-rev", "-462.00", "0.00", "22")
    w.remitted("R3", "168.00", "0.00")
    assert (w.account.paid, w.account.recovered) == (D(168), D(0))  # 168 - 168
    w.today += timedelta(days=20)  # what it pays then is brought by the pursuit, all of it
    w.remitted("R3-rev", "-168.00", "0.00", "22")
    w.remitted("R4", "630.00", "0.00")
    assert w.last(ClaimClosed).recovered == D(462)  # 630 - 168


def test_without_a_filing_nothing_is_lost_to_it_either() -> None:
    w = claim()
    flagged(w)
    w.remitted("R1-rev", "-168.00", "0.00", "22")
    w.wait_until(w.today + timedelta(days=120))  # no correction follows
    assert (w.account.paid, w.account.recovered) == (D(0), D(0))


def test_paid_on_the_day_of_the_filing_is_recovered() -> None:
    w = claim()
    flagged(w)
    w.negotiation()
    corrected(w)
    assert w.account.recovered == D(294)
    assert w.last(OfferReceived).source == "corrected_remittance"
