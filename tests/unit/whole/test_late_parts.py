"""Parts of a claim that are answered when the others have ended."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.facts import remittance_facts
from shared.events.assessment import (
    UnderpaymentFlagged,
)
from shared.events.payer import PayerOffer
from shared.events.pursuit import AppealFiled, DisputeOpened, PursuitEnded
from shared.events.settlement import ClaimClosed, DisputeClosed
from shared.payer_answers import Answers
from tests.unit.whole.test_parts import ECG_DENIED, ECG_FULL, VISIT_DENIED, VISIT_FAIR, VISIT_LOW, of_all, told
from tests.unit.whole.world import CLAIM, PAID, D, Whole, back, claimed, line, payment


def _settled(whole: Whole) -> None:
    dispute = whole.account.dispute
    assert dispute is not None
    whole.receive(PayerOffer(claim_id=CLAIM, offer_id="O1", amount=dispute.target, offered_on=whole.today, final=True))
    assert whole.account.phase == "settled"


def test_a_line_denied_after_the_others_were_settled_is_disputed_at_once() -> None:
    first = payment(VISIT_LOW, number="P1")
    whole = told(first)
    _settled(whole)
    settlement = whole.account.settlement
    assert settlement is not None
    owed = settlement.expected_paid
    whole.pays(payment(ECG_DENIED, number="P2", status="4"))
    assert whole.account.settlement == settlement
    assert [one.phase for one in whole.account.disputes] == ["settled", "pursued"]
    assert whole.said(AppealFiled)[-1].case_id == whole.said(DisputeOpened)[0].case_id
    better = D("176") + settlement.additional_due
    cut = D("1050") - better - D("44")
    fuller = line("99285", "1050", str(better), ("CO", "45", str(cut)), ("PR", "2", "44"), number=1)
    whole.pays(back(first))
    whole.pays(payment(fuller, number="P1A"))
    (ended,) = whole.said(DisputeClosed)
    assert (ended.reason, ended.paid) == ("settled_and_paid", owed)
    assert not whole.said(ClaimClosed)
    assert whole.account.stage == "pursued" and of_all(whole, "paid") == owed
    assert whole.view.illegal == 0


def test_a_part_that_is_paid_while_a_settlement_waits_for_its_money_is_none_of_it() -> None:
    whole = told(payment(VISIT_LOW, number="P1"))
    _settled(whole)
    due = whole.account.books.balance("agreed")
    whole.pays(payment(ECG_FULL, number="P2"))
    assert whole.account.phase == "settled"
    assert whole.account.books.balance("agreed") == due
    assert whole.account.paid_at_first == D("236")
    assert whole.account.recovered == 0


def test_a_line_denied_after_the_claim_was_closed_brings_it_back() -> None:
    whole = told(payment(VISIT_DENIED, number="P1", status="4"))
    whole.receive(PursuitEnded(claim_id=CLAIM, case_id=whole.case.case_id, reason="no remedy is left"))
    assert whole.account.phase == "closed"
    assert whole.account.unanswered == (2,)
    whole.pays(payment(ECG_DENIED, number="P2", status="4"))
    assert whole.account.phase == "pursued"
    assert whole.account.dispute is not None
    assert 2 in {stake.line for stake in whole.account.dispute.stakes}
    assert whole.view.illegal == 0


def test_a_part_that_was_reversed_and_not_corrected_is_judged_by_nothing_while_the_other_stands() -> None:
    paid = payment(VISIT_FAIR, number="P1")
    whole = told(paid, payment(ECG_FULL, number="P2"))
    assert whole.account.closed == "paid_fairly"
    whole.pays(back(paid))
    whole.wait_until(PAID + timedelta(days=200))
    (flag,) = whole.said(UnderpaymentFlagged)
    assert [(one.line, one.allowed) for one in flag.lines] == [(1, D("0"))]


@given(
    shares=st.lists(st.integers(0, 30_000), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
    again=st.integers(0, 5),
)
def test_the_share_over_parts_is_their_sum_however_they_come(shares: list[int], order: Random, again: int) -> None:
    claim = claimed(*(("99285", "1000") for _ in shares))
    parts = [
        payment(
            line("99285", "1000", str(D("1000") - D(share) / 100), ("PR", "2", str(D(share) / 100)), number=n),
            number=f"P{n}",
        )
        for n, share in enumerate(shares, 1)
    ]
    order.shuffle(parts)
    sent = [*parts, parts[again % len(parts)]]
    answers = Answers()
    for number, part in enumerate(sent):
        facts = remittance_facts(part, f"R{number}", claim, PAID)
        if not answers.is_again(facts):
            answers = answers.with_payment(facts)
    assert answers.share == D(sum(shares)) / 100
    assert answers.first == sum((part.paid for part in parts), D(0))
    gone = remittance_facts(back(parts[0]), "B", claim, PAID)
    assert answers.without(gone).share == answers.share - parts[0].patient_responsibility
