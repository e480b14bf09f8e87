"""A payment that a person posts anyway, though one that stands says the same: its money counts beside that one's.

The visit and the ECG of `test_parts`: LOW pays $176 and $60 of $1,110, WHOLE $176 and $9.60, FAIR all of it.
"""

from __future__ import annotations

import pytest

from recoup_x12.model import Remittance
from services.intake.domain.facts import negated
from shared.events.assessment import UnderpaymentFlagged
from shared.events.claims import RemittanceReceived, RemittanceReversed
from tests.unit.whole.test_parts import ECG_FULL, VISIT_LOW, WHOLE
from tests.unit.whole.test_unmatched import FAIR, NAME, OTHER, match, seen, unmatch
from tests.unit.whole.world import CLAIM, D, Whole, line, payment

LOW = payment(VISIT_LOW, ECG_FULL, number="P1")


def again(whole: Whole, remittance: Remittance, name: str = OTHER, *, counted: bool = True) -> list[str]:
    facts = whole.facts(remittance, name)
    return whole.receive(RemittanceReceived(claim_id=CLAIM, remittance=facts, counted_again=counted))


def reverse(whole: Whole, remittance: Remittance, name: str) -> None:
    facts = negated(whole.facts(remittance, NAME), name)
    whole.receive(RemittanceReversed(claim_id=CLAIM, remittance=facts))


def paid(whole: Whole) -> tuple[object, ...]:
    """Settlement's sum and ledger, and the gateway's."""
    return whole.account.paid, whole.account.books.balances["payer_paid"], whole.view.paid


@pytest.mark.parametrize(("remittance", "dollars"), [(LOW, "236"), (FAIR, "1110")], ids=["underpaid", "closed"])
def test_its_money_counts_and_the_patients_share_counts_once(remittance: Remittance, dollars: str) -> None:
    whole = Whole()
    match(whole, remittance)
    once, share, stated = whole.account.paid, whole.account.share, whole.view.patient.stated
    assert once == D(dollars)
    again(whole, remittance)
    assert paid(whole) == (2 * once,) * 3
    assert (whole.account.share, whole.view.patient.stated) == (share, stated), "a line has one share"
    assert whole.view.illegal == 0


def test_without_a_persons_word_it_counts_once() -> None:
    whole = Whole()
    match(whole, LOW)
    once = paid(whole)
    again(whole, LOW, counted=False)
    assert paid(whole) == once


def test_told_twice_it_counts_once() -> None:
    whole = Whole()
    match(whole, LOW)
    again(whole, LOW)
    before = whole.account
    again(whole, LOW)
    assert whole.account == before


@pytest.mark.parametrize("remittance", [LOW, WHOLE, FAIR], ids=["underpaid", "whole", "fair"])
@pytest.mark.parametrize("taken_off", [OTHER, NAME], ids=["the second", "the first"])
def test_taken_off_again_its_money_goes(remittance: Remittance, taken_off: str) -> None:
    whole = Whole()
    match(whole, remittance)
    before, flags = seen(whole), len(whole.said(UnderpaymentFlagged))
    once = paid(whole)
    again(whole, remittance)
    unmatch(whole, remittance, taken_off, unanswered=False)
    after = seen(whole)
    assert paid(whole) == once
    for what in ("sums", "ledger", "dispute"):
        assert after[what] == before[what], what
    assert len(whole.said(UnderpaymentFlagged)) == flags and whole.view.illegal == 0
    assert whole.file.remittance is not None and whole.file.assessment is not None
    assert whole.file.remittance.paid == before["verdict"][2].paid
    left = {NAME, OTHER} - {taken_off}
    assert {whole.file.remittance_id} == left
    unmatch(whole, remittance, left.pop(), unanswered=True)
    assert seen(whole)["sums"] == seen(Whole())["sums"] and whole.account.paid == 0


def test_reversed_by_the_payer_one_of_both_is_left_and_stands() -> None:
    whole = Whole()
    match(whole, LOW)
    once = paid(whole)
    again(whole, LOW)
    reverse(whole, LOW, "5f0c9a1e-58f4-5d0b-9d2f-8f6f0a9c1b09")
    assert paid(whole) == once
    assert whole.file.remittance is not None and not whole.file.again, "the other one still answers the claim"
    reverse(whole, LOW, "5f0c9a1e-58f4-5d0b-9d2f-8f6f0a9c1b10")
    assert paid(whole) == (D(0),) * 3 and whole.file.remittance is None


def test_what_says_something_else_is_no_payment_again() -> None:
    """A person may say so of what it turns out not to be: it is taken in like any payment."""
    whole = Whole()
    match(whole, LOW)
    more = payment(line("99285", "1050", "100", ("CO", "45", "950"), number=1), number="P2")
    again(whole, more)
    assert whole.file.again == () and whole.account.paid == D("336")
