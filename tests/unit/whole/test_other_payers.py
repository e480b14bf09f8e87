"""What other payers paid, and adjustments of the whole claim."""

from __future__ import annotations

import pytest

from shared.events.assessment import (
    ClaimDenied,
    ClaimPaidFairly,
    ClaimUnjudged,
    UnderpaymentFlagged,
)
from shared.events.claims import OtherLinePayment, OtherPayment
from shared.lifecycle import State
from tests.unit.whole.test_parts import ECG_DENIED, VISIT_DENIED, WHOLE, nothing_recovered, sums, told
from tests.unit.whole.world import LINES, D, Whole, back, claimed, line, payment


def test_what_another_payer_pays_is_shown_apart_and_moves_nothing() -> None:
    """W02, U09: a secondary payer pays $300 while the primary is in dispute."""
    second = payment(
        line("99285", "1050", "290", ("OA", "23", "760"), number=1, allowed="290"),
        line("93010", "60", "10", ("OA", "23", "50"), number=2, allowed="10"),
        status="2",
        number="SEC",
    )
    before, whole = told(WHOLE), told(WHOLE)
    assert whole.pays(second, other_payer=True) == ["RemittanceReceived"]
    assert whole.view.paid_by_others == D("300")
    assert sums(whole) == sums(before)
    assert (whole.account.dispute, whole.account.paid) == (before.account.dispute, before.account.paid)
    assert whole.pays(back(second), other_payer=True) == ["RemittanceReversed"]
    assert whole.view.paid_by_others == D("0")
    nothing_recovered(whole)
    alone = Whole()
    alone.pays(second, other_payer=True)
    assert (alone.view.state, alone.account.phase) == (State.RECEIVED, "received")


def _tertiary(*paid: str, by_line: bool = False) -> Whole:
    others = tuple(
        OtherPayment(paid=D(amount), sequence=n, lines=(OtherLinePayment(line=1, paid=D(amount)),) if by_line else ())
        for n, amount in zip("PS", paid, strict=False)
    )
    return Whole(claimed(*LINES, payer_sequence="T", other_payments=others))


@pytest.mark.parametrize("by_line", [True, False])
def test_a_later_payer_is_not_short_of_what_others_paid(by_line: bool) -> None:
    """Two payers paid $300 and $60; the third $44.40 and leaves $11.10: $415.50 in all."""
    third = payment(
        line("99285", "1050", "36.40", ("OA", "23", "1004.90"), ("PR", "2", "8.70"), number=1),
        line("93010", "60", "8", ("OA", "23", "49.60"), ("PR", "2", "2.40"), number=2),
        status="3",
    )
    whole = told(third, whole=_tertiary("300", "60", by_line=by_line))
    assert not whole.said(UnderpaymentFlagged) and not whole.said(ClaimDenied)
    assert whole.account.closed == "paid_fairly"


def test_a_later_payers_short_payment_is_for_a_person() -> None:
    third = payment(
        line("99285", "1050", "36.40", ("OA", "23", "1013.60"), number=1),
        line("93010", "60", "8", ("OA", "23", "52"), number=2),
        status="3",
    )
    whole = told(third, whole=_tertiary("20"))
    assert not whole.said(UnderpaymentFlagged)
    assert "coordination of benefits" in " ".join(whole.said(ClaimUnjudged)[0].reasons)


def test_nothing_left_to_pay_is_no_denial() -> None:
    third = payment(
        line("99285", "1050", "0", ("OA", "23", "1050"), number=1),
        line("93010", "60", "0", ("OA", "23", "60"), number=2),
        status="3",
    )
    whole = told(third, whole=_tertiary("500", "30"))
    assert not whole.said(ClaimDenied)
    assert whole.account.closed == "paid_fairly"


def test_a_later_payers_denial_is_disputed_for_what_others_left() -> None:
    whole = told(payment(VISIT_DENIED, ECG_DENIED, status="4"), whole=_tertiary("300"))
    full = told(payment(VISIT_DENIED, ECG_DENIED, status="4"))
    (denial,), (of_all,) = whole.said(ClaimDenied), full.said(ClaimDenied)
    assert denial.target == of_all.target - D("300")


# --- adjustments of the whole claim --------------------------------------------------------------------------------

AT_THE_CLAIM = (("CO", "45", "878"), ("PR", "2", "46.40"))


def test_what_the_claim_was_cut_by_is_never_allowed_in_full() -> None:
    """W07: 1,110 less 878 is 232 allowed, of which the patient owes 46.40; by line it is not told."""
    whole = told(payment(line("99285", "1050", "1050"), line("93010", "60", "60"), own=AT_THE_CLAIM))
    assert not whole.said(ClaimPaidFairly)
    assert tuple(D(amount) for amount in sums(whole)) == (D("232"), D("185.60"), D("46.40"))
    assert "claim as a whole" in " ".join(whole.said(ClaimUnjudged)[0].reasons)


def test_stated_amounts_by_line_judge_it_and_the_claims_share_is_the_patients() -> None:
    """X04."""
    lines = (line("99285", "1050", "1050", allowed="220"), line("93010", "60", "60", allowed="12"))
    whole = told(payment(*lines, own=AT_THE_CLAIM))
    assert len(whole.said(UnderpaymentFlagged)) == 1
    assert tuple(D(amount) for amount in sums(whole)) == (D("232"), D("185.60"), D("46.40"))
    assert whole.account.share == D("46.40")


def test_one_adjustment_that_takes_all_denies_every_line() -> None:
    lines = (line("99285", "1050", "1050"), line("93010", "60", "60"))
    whole = told(payment(*lines, own=(("CO", "197", "1110"),)))
    (denial,) = whole.said(ClaimDenied)
    assert [one.line for one in denial.lines] == [1, 2]
    assert denial.charge == D("1110")


# --- parts that come when the others have ended --------------------------------------------------------------------
