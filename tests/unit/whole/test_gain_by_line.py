"""What a correction pays more for a line that nobody disputes is no offer about those in dispute, and no recovery.

99285 on $1,050, Houston 2025: $220 allowed, far below its fair amount. Beside it 93010, fair at about $21: $22.40
allowed for it is fair, and whatever the payer adds to that later is its own affair.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from recoup_x12.model import Remittance, ServicePayment
from shared.events.settlement import OfferReceived
from tests.unit.whole.test_parts import VISIT_LOW, of_all, target, told
from tests.unit.whole.world import PAID, D, Whole, back, claimed, line, payment

CHARGED_MORE = (("99285", "1050"), ("93010", "600"))
ECG = line("93010", "600", "20", ("CO", "45", "577.60"), ("PR", "2", "2.40"), number=2, allowed="22.40")
ECG_MORE = line("93010", "600", "57.60", ("CO", "45", "540"), ("PR", "2", "2.40"), number=2, allowed="60")
ECG_ALL = line("93010", "600", "597.60", ("PR", "2", "2.40"), number=2, allowed="600")
VISIT_MORE = line("99285", "1050", "276", ("CO", "45", "730"), ("PR", "2", "44"), number=1, allowed="320")
VISIT_LESS = line("99285", "1050", "150", ("CO", "45", "856"), ("PR", "2", "44"), number=1, allowed="194")
FIRST = payment(VISIT_LOW, ECG, number="ICN0")


def corrected(*lines: ServicePayment) -> Whole:
    """The claim paid $176 + $20, appealed, and a week later reversed and paid anew."""
    whole = told(FIRST, whole=Whole(claimed(*CHARGED_MORE)))
    assert whole.account.dispute is not None and [s.line for s in whole.account.dispute.stakes] == [1]
    whole.wait_until(PAID + timedelta(days=7))
    whole.pays(_later(back(FIRST)))
    whole.pays(_later(payment(*lines, number="ICN0A")))
    return whole


def _later(remittance: Remittance) -> Remittance:
    return replace(remittance, payment=replace(remittance.payment, paid_on=PAID + timedelta(days=7)))


@pytest.mark.parametrize("more", [ECG_MORE, ECG_ALL])
def test_a_gain_on_a_fair_line_is_no_offer_and_settles_nothing(more: ServicePayment) -> None:
    """$37.60 more, or $577.60: more than what the visit is short of."""
    whole = corrected(VISIT_LOW, more)
    assert not whole.said(OfferReceived)
    before = told(FIRST, whole=Whole(claimed(*CHARGED_MORE))).account.dispute
    assert (whole.account.phase, whole.account.dispute) == ("pursued", before)
    assert whole.account.books.balance("in_dispute") == target(whole) - D("220")
    assert of_all(whole, "recovered") == 0
    assert whole.account.paid == D("176") + more.paid
    assert whole.view.illegal == 0


def test_only_the_gain_of_the_line_in_dispute_is_offered_and_recovered() -> None:
    """The visit gains $100, the ECG $37.60: the offer is of $320 for the visit, and $100 are recovered."""
    whole = corrected(VISIT_MORE, ECG_MORE)
    (offer,) = whole.said(OfferReceived)
    assert offer.amount == D("320")
    assert of_all(whole, "recovered") == D("100")
    assert whole.account.dispute is not None
    assert whole.account.dispute.allowed == D("320")


def test_what_the_visit_loses_is_not_made_up_by_a_fair_line() -> None:
    """The visit is paid $26 less, the ECG $37.60 more: nothing is offered, and $26 more are in dispute."""
    whole = corrected(VISIT_LESS, ECG_MORE)
    assert not whole.said(OfferReceived)
    assert whole.account.dispute is not None
    assert whole.account.dispute.allowed == D("194")
    assert of_all(whole, "recovered") <= 0


def test_a_fair_lines_gain_that_is_taken_back_again_leaves_what_was_won() -> None:
    """The visit gains $100 and the ECG $37.60; then the ECG is as it was: $100 are recovered still."""
    whole = corrected(VISIT_MORE, ECG_MORE)
    again = payment(VISIT_MORE, ECG, number="ICN0B")
    whole.pays(_later(back(payment(VISIT_MORE, ECG_MORE, number="ICN0A"))))
    whole.pays(_later(again))
    assert of_all(whole, "recovered") == D("100")
    assert len(whole.said(OfferReceived)) == 1
