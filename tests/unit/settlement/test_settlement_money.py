"""Money of settlements and of pursued claims: short and late payments, and what payers take back."""

from __future__ import annotations

from datetime import timedelta

from services.settlement.application.decider import shipped_rulebook
from shared.events import assessment
from shared.events.base import Event
from shared.events.settlement import (
    BooksRestated,
    ClaimClosed,
    ClaimReopened,
    ClaimSettled,
    RemittanceOverdue,
    SettlementReinstated,
    SettlementShort,
)
from tests.unit.settlement.test_walks import places
from tests.unit.settlement.world import CLAIM, D, World


def test_short_then_paid() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    w.remitted("R2", "700.00", "40.00")
    short = w.last(SettlementShort)
    assert (short.due, short.paid, short.remittance_id) == (D(600), D(540), "R2")
    w.remitted("R3", "60.00")
    assert w.last(ClaimClosed).recovered == D(600)


def test_missing_payment_is_told_once_and_written_off_in_the_end() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    due = w.last(ClaimSettled).payment_due_on
    assert w.wait_until(due) == []  # the due day itself is in time
    out = w.wait_until(due + timedelta(days=1))
    assert [type(e).__name__ for e in out] == ["SettlementShort"]
    assert w.last(SettlementShort).paid == 0
    out = w.wait_until(due + timedelta(days=400))
    assert [type(e).__name__ for e in out] == ["ClaimClosed"]
    assert w.last(ClaimClosed).reason == "written_off"
    assert places(w)["written_off"] == D(600)


def test_late_payment_still_closes_as_paid() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    w.wait_until(w.last(ClaimSettled).payment_due_on + timedelta(days=5))
    w.remitted("R2", "600.00")
    assert w.last(ClaimClosed).reason == "settled_and_paid"


def test_money_taken_back_from_a_paid_settlement_is_owed_again() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    w.remitted("R2", "600.00")
    assert w.remitted("R2-rev", "-600.00", "0.00", "22") == []
    out = w.wait_until(w.today + timedelta(days=40))
    assert [type(e).__name__ for e in out] == ["SettlementReinstated", "SettlementShort"]
    assert w.last(SettlementReinstated).outstanding == D(600)
    assert places(w) == {"payer_paid": D(160), "patient_share": D(40), "agreed": D(600), "disallowed": D(200)}
    assert w.wait_until(w.today + timedelta(days=140)) == [], "an agreement binds: nothing is given up meanwhile"
    out = w.wait_until(w.today + timedelta(days=41))  # 180 days after it was found short
    assert [type(e).__name__ for e in out] == ["ClaimClosed"]
    assert (w.last(ClaimClosed).reason, w.last(ClaimClosed).paid) == ("written_off", D(160))


def test_what_was_taken_back_and_paid_again_closes_the_claim_again() -> None:
    w = settled_and_paid()
    w.remitted("R2-rev", "-600.00", "0.00", "22")
    out = w.remitted("R3", "500.00")
    assert [type(e).__name__ for e in out] == ["SettlementReinstated", "SettlementShort"]
    assert (w.last(SettlementShort).due, w.last(SettlementShort).paid) == (D(600), D(500))
    out = w.remitted("R4", "100.00")
    assert [type(e).__name__ for e in out] == ["SettlementPaid", "ClaimClosed"]
    assert (w.last(ClaimClosed).paid, w.last(ClaimClosed).recovered) == (D(760), D(600))
    assert places(w) == {"payer_paid": D(760), "patient_share": D(40), "disallowed": D(200)}


def settled_and_paid() -> World:
    """Billed 1,000; first paid 160 and patient 40; settled at 800 and 600 more paid."""
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    w.remitted("R2", "600.00")
    assert w.last(ClaimClosed).paid == D(760)
    return w


def test_a_claim_without_an_answer_is_asked_after_and_never_given_up_by_itself() -> None:
    w = World()
    w.received()
    began = w.today
    w.wait_until(began + timedelta(days=45))
    assert w.names() == [], "the last of the 45 days counts"
    w.wait_until(began + timedelta(days=400))
    told = [e for e in w.events if isinstance(e, RemittanceOverdue)]
    assert [(e.inquiry, e.billed) for e in told] == [(n, D(1000)) for n in (1, 2, 3, 4)]
    assert told[0].days == 46 and w.account.phase == "received"
    w.remitted("R1", "160.00", "40.00")
    w.flagged()
    assert w.account.phase == "pursued"


def test_an_answer_in_time_ends_the_asking() -> None:
    w = World()
    w.underpaid()
    w.wait_until(w.today + timedelta(days=300))
    assert w.names() == []


def test_money_withheld_from_another_payment_reopens_a_paid_settlement() -> None:
    w = settled_and_paid()
    out = w.recouped("W1", "250.00")
    assert [type(e).__name__ for e in out] == ["SettlementReinstated", "SettlementShort"]
    assert w.recouped("W1", "250.00") == [], "the same recoupment again"
    # 760 - 250 are left with us; the 250 are owed as agreed
    assert (w.last(SettlementShort).due, w.last(SettlementShort).paid) == (D(600), D(350))
    assert places(w) == {"payer_paid": D(510), "patient_share": D(40), "disallowed": D(200), "agreed": D(250)}
    w.wait_until(w.today + timedelta(days=181))
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.paid, closed.recovered) == ("written_off", D(510), D(350))


def test_recoupment_that_is_given_back_is_paid_again() -> None:
    w = settled_and_paid()
    w.recouped("W1", "250.00")
    w.recouped("W2", "-250.00")
    assert w.account.paid == D(760) and w.account.recouped == 0
    assert places(w) == {"payer_paid": D(760), "patient_share": D(40), "disallowed": D(200)}


def test_recoupment_before_the_payment_is_due_makes_the_settlement_short() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    out = w.recouped("W1", "60.00")
    # 600 were due and 60 of the first payment are gone too
    assert [type(e).__name__ for e in out] == ["SettlementShort"]
    short = w.last(SettlementShort)
    assert (short.due, short.paid, short.remittance_id) == (D(600), D(-60), "W1")
    assert places(w) == {"payer_paid": D(100), "patient_share": D(40), "agreed": D(660), "disallowed": D(200)}
    w.remitted("R2", "660.00")
    assert w.last(ClaimClosed).paid == D(760)


def test_recoupment_in_a_pursuit_is_more_to_win() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.recouped("W1", "100.00")
    assert w.account.dispute is not None and w.account.dispute.allowed == D(100)
    assert places(w) == {"payer_paid": D(60), "patient_share": D(40), "in_dispute": D(500), "disallowed": D(400)}
    w.offer("800.00")
    assert w.last(ClaimSettled).additional_due == D(700)


def test_payment_judged_fair_that_was_recouped_meanwhile_goes_to_a_person() -> None:
    w = World()
    w.received()
    w.remitted("R1", "850.00", "50.00")
    w.recouped("W1", "850.00")
    w.receive(
        assessment.ClaimPaidFairly(
            claim_id=CLAIM,
            remittance_id="R1",
            allowed=D("900.00"),
            paid=D("850.00"),
            patient_share=D("50.00"),
            policy="p",
            reasons=(),
        )
    )
    assert w.names() == [] and w.account.phase == "unjudged"
    assert places(w) == {"awaiting": D(850), "patient_share": D(50), "disallowed": D(100)}


def paid_fairly(w: World, recouped_by: str = "") -> list[Event]:
    return w.receive(
        assessment.ClaimPaidFairly(
            claim_id=CLAIM,
            remittance_id="R1",
            allowed=D("900.00"),
            paid=D("850.00"),
            patient_share=D("50.00"),
            policy="p",
            reasons=(),
            recouped_by=recouped_by,
        )
    )


def closed_as_fair() -> World:
    w = World()
    w.received()
    w.remitted("R1", "850.00", "50.00")
    paid_fairly(w)
    assert w.account.closed == "paid_fairly"
    return w


def test_money_recouped_from_a_fairly_paid_claim_is_disputed_by_the_new_verdict() -> None:
    w = closed_as_fair()
    (reopened,) = w.recouped("W1", "750.00")
    assert isinstance(reopened, ClaimReopened)
    w.flagged("R1", "150.00", "100.00", "50.00", recouped_by="W1")
    # 850 - 750 are left and the patient's 50; fair are 600, so 450 are in dispute, and no cent is counted twice
    assert w.account.dispute is not None and w.account.dispute.allowed == D(150)
    assert places(w) == {"payer_paid": D(100), "patient_share": D(50), "in_dispute": D(450), "disallowed": D(400)}
    assert w.account.review_on is None
    w.negotiation()
    w.offer("600.00")
    assert w.last(ClaimSettled).additional_due == D(450)
    w.remitted("R2", "450.00")
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.paid, closed.patient_share) == ("settled_and_paid", D(550), D(50))


def test_money_that_moved_after_the_new_verdict_was_made_is_seen_too() -> None:
    w = closed_as_fair()
    w.recouped("W1", "650.00")
    w.recouped("W2", "100.00")
    w.flagged("R1", "250.00", "200.00", "50.00", recouped_by="W1")  # benchmark had not heard of W2
    assert w.account.dispute is not None and w.account.dispute.allowed == D(150)
    assert places(w) == {"payer_paid": D(100), "patient_share": D(50), "in_dispute": D(450), "disallowed": D(400)}


def test_a_reversal_without_a_correction_is_disputed_by_the_new_verdict() -> None:
    w = closed_as_fair()
    w.remitted("R1-rev", "-850.00", "-50.00", "22")
    out = w.wait_until(w.today + timedelta(days=shipped_rulebook().policy.days.recoupment + 1))
    assert [type(e).__name__ for e in out] == ["ClaimReopened"]
    w.flagged("R1", "0.00", "0.00", "0.00", recouped_by="R1-rev")
    assert w.account.dispute is not None and w.account.dispute.allowed == D(0)
    assert places(w) == {"in_dispute": D(600), "disallowed": D(400)}


def test_what_was_left_and_is_fair_closes_the_claim_again() -> None:
    w = closed_as_fair()
    w.recouped("W1", "20.00")
    (closed,) = paid_fairly(w, "W1")
    assert isinstance(closed, ClaimClosed)
    assert (closed.reason, closed.paid, w.account.owed) == ("paid_fairly", D(830), D(830))
    assert places(w) == {"payer_paid": D(830), "patient_share": D(50), "disallowed": D(120)}


def test_fair_of_a_part_of_what_was_taken_goes_to_a_person() -> None:
    w = closed_as_fair()
    w.recouped("W1", "20.00")
    w.recouped("W2", "500.00")
    assert paid_fairly(w, "W1") == [] and w.account.phase == "unjudged"


def test_overpayment_of_a_settlement_taken_back_leaves_it_closed() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    w.remitted("R2", "700.00")  # 100 more than agreed
    assert w.account.owed == D(760)
    (told,) = w.recouped("W1", "100.00")
    assert isinstance(told, BooksRestated) and told.paid == D(760)
    assert w.account.phase == "closed" and places(w)["payer_paid"] == D(760)


def test_reversal_with_correction_leaves_a_closed_claim_closed() -> None:
    w = World()
    w.underpaid()
    w.ended()
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    assert w.remitted("R2", "160.00", "40.00") == []
    assert w.wait_until(w.today + timedelta(days=365)) == []
    assert w.names().count("ClaimClosed") == 1


def test_correction_that_takes_money_back_reopens() -> None:
    w = World()
    w.underpaid()
    w.ended()
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    out = w.remitted("R2", "100.00", "40.00")
    assert isinstance(out[0], ClaimReopened)
    assert w.account.phase == "adjudicated"
