"""A claim is judged by all its lines over all the payer's answers; money counts once, and only its own payer's.

99285 on $1,050 and 93010 on $60, Houston 2025. 99285 has a fair target far above $220, 93010 one of about $21, so
that $60 for it is fair; both by Medicare × 2.60.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from recoup_x12.model import Reference, Remittance
from shared.events.assessment import (
    ClaimBenchmarked,
    ClaimDenied,
    ClaimPaidFairly,
    ClaimUnjudged,
    DisputeWidened,
    UnderpaymentFlagged,
)
from shared.events.pursuit import AppealFiled, DisputeOpened, NegotiationOpened
from shared.events.settlement import ClaimClosed, OfferReceived, RemittanceOverdue
from shared.lifecycle import State
from tests.unit.whole.world import PAID, D, Whole, back, claimed, line, payment

VISIT_LOW = line("99285", "1050", "176", ("CO", "45", "830"), ("PR", "2", "44"), number=1, allowed="220")
VISIT_DENIED = line("99285", "1050", "0", ("CO", "197", "1050"), number=1)
VISIT_FAIR = line("99285", "1050", "1050", number=1)
ECG_LOW = line("93010", "60", "9.60", ("CO", "45", "48"), ("PR", "2", "2.40"), number=2, allowed="12")
ECG_FULL = line("93010", "60", "60", number=2)
ECG_DENIED = line("93010", "60", "0", ("CO", "197", "60"), number=2)
WHOLE = payment(VISIT_LOW, ECG_LOW, number="ICN0")


def told(*remittances: Remittance, whole: Whole | None = None) -> Whole:
    whole = whole or Whole()
    for remittance in remittances:
        whole.pays(remittance)
    return whole


def sums(whole: Whole) -> tuple[str, str, str]:
    """(allowed, paid, patient share) as the gateway shows them."""
    view = whole.view
    return str(view.allowed), str(view.paid), str(view.patient_share)


def of_all(whole: Whole, name: str) -> Decimal:
    """A sum over the claim's disputes."""
    return sum((getattr(one, name) for one in whole.account.disputes), D("0.00"))


def target(whole: Whole) -> Decimal:
    """What is fair for all that is in dispute."""
    return sum((one.dispute.target for one in whole.account.disputes if one.dispute), D("0.00"))


def nothing_recovered(whole: Whole) -> None:
    assert not whole.said(OfferReceived)
    assert of_all(whole, "recovered") == 0
    assert whole.view.illegal == 0


# --- several claim payments for one claim --------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_split_claim_is_judged_and_shown_by_all_its_parts(order: tuple[int, int]) -> None:
    """S11, S12: $220 + $12 allowed, $176 + $9.60 paid, $44 + $2.40 the patient's; the second part is not an offer."""
    parts = (payment(VISIT_LOW, number="P1"), payment(ECG_LOW, number="P2"))
    whole = told(*(parts[n] for n in order))
    assert tuple(D(amount) for amount in sums(whole)) == (D("232"), D("185.60"), D("46.40"))
    assert (of_all(whole, "paid"), of_all(whole, "share")) == (D("185.60"), D("46.40"))
    assert of_all(whole, "paid_at_first") == whole.view.paid_at_first == D("185.60")
    assert len(whole.said(UnderpaymentFlagged)) == 1
    nothing_recovered(whole)
    together = told(WHOLE)
    assert whole.view.assessment is not None and together.view.assessment is not None
    assert whole.account.dispute is not None and together.account.dispute is not None
    assert {stake.line for stake in together.account.dispute.stakes} <= {1, 2}
    assert target(whole) == target(together)


@pytest.mark.parametrize("first", ["paid", "denied"])
def test_a_line_denied_in_another_part_is_disputed_whichever_part_came_first(first: str) -> None:
    """X01, X02: the $1,050 line is denied with CO 197, the $60 line paid in full."""
    paid, denied = payment(ECG_FULL, number="P1"), payment(VISIT_DENIED, number="P2", status="4")
    whole = told(*((paid, denied) if first == "paid" else (denied, paid)))
    assert not whole.said(ClaimPaidFairly) and not whole.said(ClaimClosed)
    (denial,) = whole.said(ClaimDenied)
    assert [one.line for one in denial.lines] == [1]
    assert (denial.charge, denial.carcs) == (D("1050"), ("197",))
    assert whole.account.dispute is not None
    assert whole.account.dispute.target == denial.target
    assert whole.account.books.balance("in_dispute") == denial.target
    assert len(whole.said(AppealFiled)) == 1
    assert whole.said(AppealFiled)[0].amount_sought == denial.target
    assert tuple(D(amount) for amount in sums(whole)) == (D("60"), D("60"), D("0"))
    nothing_recovered(whole)


def test_a_claim_stays_open_and_is_asked_after_while_a_line_is_unanswered() -> None:
    """X03: only the $60 line was ever answered."""
    whole = told(payment(ECG_FULL))
    assert whole.said(ClaimBenchmarked)[-1].unanswered == (1,)
    assert not whole.said(ClaimPaidFairly)
    assert (whole.view.state, whole.account.phase) == (State.ADJUDICATED, "adjudicated")
    whole.wait_until(PAID + timedelta(days=400))
    asked = whole.said(RemittanceOverdue)
    assert asked and all((one.lines, one.billed) == ((1,), D("1050")) for one in asked)
    assert whole.view.state is State.ADJUDICATED
    whole.pays(payment(VISIT_FAIR, number="P2"))
    assert whole.account.closed == "paid_fairly"


@pytest.mark.parametrize("bundled", ["97", "234"])
def test_lines_that_another_answers_leave_nothing_open(bundled: str) -> None:
    whole = told(payment(VISIT_FAIR, line("93010", "60", "0", ("CO", bundled, "60"), number=2)))
    assert whole.account.closed == "paid_fairly"


def test_an_answer_under_another_code_answers_the_line_of_its_charge() -> None:
    whole = told(payment(VISIT_FAIR, line("93005", "60", "60")))
    assert whole.said(ClaimBenchmarked)[-1].unanswered == ()


def test_a_later_part_that_is_denied_is_appealed_beside_what_is_filed_already() -> None:
    whole = told(payment(VISIT_LOW, number="P1"), payment(ECG_DENIED, number="P2", status="4"))
    (flag,), (more,) = whole.said(UnderpaymentFlagged), whole.said(DisputeWidened)
    assert ([one.line for one in flag.lines], [one.line for one in more.lines]) == ([1], [2])
    assert more.carcs == ("197",)
    (opened,) = whole.said(DisputeOpened)
    assert ([one.line for one in opened.lines], opened.denied) == ([2], True)
    assert target(whole) == flag.target + more.target
    assert [one.dispute and {stake.line for stake in one.dispute.stakes} for one in whole.account.disputes] == [
        {1},
        {2},
    ]
    for one in whole.account.disputes:
        assert one.dispute is not None and one.books.balance("in_dispute") == one.dispute.amount
    assert whole.view.pursuit is not None
    assert whole.view.pursuit.shortfall == sum(one.dispute.amount for one in whole.account.disputes if one.dispute)
    # what is out already is not about this line: it is appealed for itself
    first, second = whole.said(AppealFiled)
    assert (first.amount_sought, second.amount_sought, second.case_id) == (flag.target, more.target, opened.case_id)
    assert [one.case_id for one in whole.case.disputes] == [first.case_id, second.case_id]
    nothing_recovered(whole)


def test_the_correction_of_a_part_is_an_offer_of_its_gain() -> None:
    """The visit is paid $600 more after the other part came: an offer, and $600 recovered."""
    first = payment(VISIT_LOW, number="P1")
    more = line("99285", "1050", "776", ("CO", "45", "230"), ("PR", "2", "44"), number=1, allowed="820")
    whole = told(first, payment(ECG_FULL, number="P2"), back(first), payment(more, number="P1A"))
    assert whole.account.recovered == D("600")
    assert (whole.account.paid, whole.account.share) == (D("836"), D("44"))
    assert whole.view.paid == D("836") and whole.view.patient_share == D("44")
    assert whole.account.closed == "settled_and_paid"


def test_a_correction_that_still_falls_short_is_no_further_part() -> None:
    """Reversed and paid again with $100 more, far below the fair amount: $100 recovered, and one dispute as before."""
    more = line("99285", "1050", "276", ("CO", "45", "730"), ("PR", "2", "44"), number=1, allowed="320")
    whole = told(WHOLE, back(WHOLE), payment(more, ECG_LOW, number="ICN0A"))
    before = told(WHOLE).account.dispute
    assert not whole.said(DisputeWidened)
    assert whole.account.dispute is not None and before is not None
    assert whole.account.dispute.target == before.target
    assert whole.account.dispute.allowed == before.allowed + D("100")
    assert whole.account.recovered == D("100")
    denied = told(payment(VISIT_DENIED, ECG_DENIED, status="4"))
    denied.pays(back(payment(VISIT_DENIED, ECG_DENIED, status="4")))
    denied.pays(payment(VISIT_LOW, ECG_LOW, number="ICN0B"))
    assert not denied.said(DisputeWidened)


def test_a_lower_correction_widens_nothing_and_keeps_the_target() -> None:
    """T12: $185.60, then reversed and corrected to $105, the visit's $95.40: the lines are those in dispute already."""
    lower = payment(
        line("99285", "1050", "95.40", ("CO", "45", "910.60"), ("PR", "2", "44"), number=1),
        line("93010", "60", "9.60", ("CO", "45", "48"), ("PR", "2", "2.40"), number=2),
        number="ICN0A",
    )
    whole = told(WHOLE, back(WHOLE), lower)
    (flag,) = whole.said(UnderpaymentFlagged)
    assert not whole.said(DisputeWidened) and not whole.said(OfferReceived)
    assert whole.account.dispute is not None and whole.account.dispute.target == flag.target
    assert whole.account.dispute.amount == flag.shortfall + D("80.60")
    assert whole.account.books.balance("in_dispute") == whole.account.dispute.amount
    assert whole.view.pursuit is not None and whole.view.pursuit.shortfall == flag.shortfall
    assert whole.view.paid == D("105")


def test_parts_reversed_one_after_the_other_and_corrected_as_one_widen_nothing() -> None:
    first, second = payment(VISIT_LOW, number="P1"), payment(ECG_LOW, number="P2")
    whole = told(first, second)
    before = whole.account.dispute
    widened = len(whole.said(DisputeWidened))
    for remittance in (back(first), back(second), WHOLE):
        whole.pays(remittance)
    assert len(whole.said(DisputeWidened)) == widened
    assert whole.account.dispute is not None and before is not None
    assert whole.account.dispute.target == before.target


# --- denied beside paid --------------------------------------------------------------------------------------------


def test_a_denied_line_beside_one_paid_fairly_is_disputed() -> None:
    """W20."""
    whole = told(payment(VISIT_DENIED, ECG_FULL))
    (denial,) = whole.said(ClaimDenied)
    assert ([one.line for one in denial.lines], denial.charge) == ([1], D("1050"))
    assert whole.account.dispute is not None and whole.account.dispute.target == denial.target
    assert len(whole.said(AppealFiled)) == 1


def test_a_denied_line_beside_an_underpaid_one_is_in_the_target() -> None:
    claim = claimed(("99285", "1050"), ("99291", "2000"))
    critical = line("99291", "2000", "0", ("CO", "197", "2000"), number=2)
    whole = told(payment(VISIT_LOW, critical), whole=Whole(claim))
    (flag,) = whole.said(UnderpaymentFlagged)
    low, denied = flag.lines
    assert (low.verdict, denied.verdict) == ("underpaid", "denied")
    assert flag.target == low.target + denied.target
    assert flag.allowed == D("220")
    assert whole.account.dispute is not None and whole.account.dispute.amount == flag.shortfall


def test_a_shortfall_that_is_worth_nothing_does_not_hide_a_denial_beside_it() -> None:
    claim = claimed(("93010", "60"), ("99291", "2000"))
    low = line("93010", "60", "5", ("CO", "45", "55"), number=1)
    whole = told(payment(low, line("99291", "2000", "0", ("CO", "197", "2000"), number=2)), whole=Whole(claim))
    (denial,) = whole.said(ClaimDenied)
    assert [one.line for one in denial.lines] == [2]


def test_federal_negotiation_is_about_the_payment_and_the_denied_line_is_appealed_beside_it() -> None:
    claim = claimed(("99285", "1050"), ("99291", "2000"))
    facts = payment(VISIT_LOW, line("99291", "2000", "0", ("CO", "197", "2000"), number=2))
    remarked = replace(facts, lines=tuple(replace(one, remarks=_remarks("N877")) for one in facts.lines))
    whole = told(remarked, whole=Whole(claim))
    (negotiation,), (filed,) = whole.said(NegotiationOpened), whole.said(AppealFiled)
    (opened,) = whole.said(DisputeOpened)
    assert (opened.first, opened.case_id) == (negotiation.case_id, filed.case_id)
    window = whole.case.deadline("idr_window")
    assert window is not None and window.opens is not None
    (flag,) = whole.said(UnderpaymentFlagged)
    assert [one.dispute and one.dispute.target for one in whole.case.disputes] == [
        flag.lines[0].target, flag.lines[1].target
    ]  # fmt: skip
    assert whole.view.state is State.NEGOTIATING
    whole.wait_until(window.opens + timedelta(days=1))
    assert whole.view.illegal == 0


def _remarks(*codes: str) -> tuple[Reference, ...]:
    return tuple(Reference("HE", code) for code in codes)


# --- answers that answer nothing -----------------------------------------------------------------------------------


def test_a_line_without_a_charge_is_neither_denied_nor_waited_for() -> None:
    claim = claimed(("99285", "1050"), ("99024", "0"))
    whole = told(payment(VISIT_FAIR, line("99024", "0", "0", number=2)), whole=Whole(claim))
    assert whole.account.closed == "paid_fairly"
    assert told(payment(VISIT_FAIR), whole=Whole(claim)).account.closed == "paid_fairly"
    denied = told(payment(VISIT_DENIED, line("99024", "0", "0", number=2)), whole=Whole(claim))
    assert [one.line for one in denied.said(ClaimDenied)[0].lines] == [1]


def test_a_duplicate_denial_after_the_payment_changes_nothing() -> None:
    """T10."""
    again = payment(
        line("99285", "1050", "0", ("OA", "18", "1050"), number=1, allowed="0"),
        line("93010", "60", "0", ("OA", "18", "60"), number=2, allowed="0"),
        status="4",
        number="DUP",
    )
    before, whole = told(WHOLE), told(WHOLE, again)
    assert sums(whole) == sums(before)
    assert whole.account.dispute == before.account.dispute
    assert whole.view.assessment == before.view.assessment
    nothing_recovered(whole)


def test_the_same_payment_under_other_trace_numbers_counts_once() -> None:
    """U01: a second line of defence behind intake, which holds them."""
    whole = told(WHOLE, replace(WHOLE, payer_claim_number="ICN8"), replace(WHOLE, payer_claim_number="ICN9"))
    assert (whole.account.paid, whole.account.share) == (D("185.60"), D("46.40"))
    assert (whole.view.paid, whole.view.patient_share) == (D("185.60"), D("46.40"))
    nothing_recovered(whole)


def test_a_line_answered_again_has_one_patient_share() -> None:
    """U06: paid again with more, without a reversal: whatever is booked, the patient owes $46.40 once."""
    fuller = payment(
        line("99285", "1050", "476", ("CO", "45", "530"), ("PR", "2", "44"), number=1, allowed="520"),
        ECG_LOW,
        number="ICN2",
    )
    whole = told(WHOLE, fuller)
    assert whole.account.share == whole.view.patient_share == D("46.40")


@pytest.mark.parametrize("status", ["23", "25"])
def test_what_is_neither_payment_nor_denial_leaves_the_claim_as_it_was(status: str) -> None:
    """S08d, T07, T08: handed on to another payer; a predetermination."""
    lines = (
        line("99285", "1050", "0", ("OA", "109", "1050"), number=1),
        line("93010", "60", "0", ("OA", "109", "60"), number=2),
    )
    whole = told(payment(*lines, status=status))
    assert (whole.view.state, whole.account.phase) == (State.RECEIVED, "received")
    assert not whole.said(ClaimDenied) and not whole.said(ClaimUnjudged)
    whole.pays(WHOLE)
    assert len(whole.said(UnderpaymentFlagged)) == 1
    assert whole.account.paid_at_first == D("185.60")


def test_a_predetermination_with_an_amount_is_no_payment() -> None:
    whole = told(replace(WHOLE, status="25"))
    assert (whole.account.paid, whole.view.paid, whole.view.state) == (D("0"), D("0"), State.RECEIVED)


# --- other payers --------------------------------------------------------------------------------------------------
