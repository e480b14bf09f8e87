"""The pursuit protocol walked to each of its endings, with every cent accounted for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from services.settlement.application.decider import SettlementDecider, shipped_rulebook
from shared.decider import IllegalTransition
from shared.events import assessment, claims
from shared.events.base import Event
from shared.events.settlement import (
    BooksRestated,
    ClaimClosed,
    ClaimReopened,
    ClaimSettled,
    NegotiationFailed,
    OfferCountered,
    RemittanceOverdue,
    SettlementPaid,
    SettlementReinstated,
    SettlementShort,
)
from tests.unit.settlement.world import CLAIM, D, World


def places(world: World) -> dict[str, Decimal]:
    return {k: v for k, v in world.account.books.balances.items() if v and k != "billed"}


def test_paid_fairly_closes_at_once() -> None:
    w = World()
    w.received()
    w.remitted("R1", "850.00", "50.00")
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
    closed = w.last(ClaimClosed)
    assert w.names() == ["ClaimClosed"]
    assert (closed.reason, closed.billed, closed.allowed, closed.paid) == ("paid_fairly", D(1000), D(900), D(850))
    assert (closed.recovered, closed.costs, closed.patient_share) == (0, 0, D(50))
    assert places(w) == {"payer_paid": D(850), "patient_share": D(50), "disallowed": D(100)}


def test_shortfall_is_in_dispute_from_the_flag_on() -> None:
    w = World()
    w.underpaid()
    # billed 1000 = paid 160 + patient 40 + in dispute (600 - 200) + the rest
    assert places(w) == {"payer_paid": D(160), "patient_share": D(40), "in_dispute": D(400), "disallowed": D(400)}


def test_good_offer_is_accepted_paid_by_reversal_and_correction_and_closed() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    out = w.offer("800.00")  # our opening demand is the stretch value of 800: met
    assert [type(e).__name__ for e in out] == ["OfferReceived", "ClaimSettled"]
    settled = w.last(ClaimSettled)
    assert (settled.amount, settled.additional_due, settled.patient_share) == (D(800), D(600), D(40))
    assert settled.payment_due_on == w.today + timedelta(days=30)
    # target 600 was in dispute with 400; 200 more come from what was disallowed
    assert places(w) == {"payer_paid": D(160), "patient_share": D(40), "agreed": D(600), "disallowed": D(200)}
    assert w.remitted("R1-rev", "-160.00", "-40.00", "22") == []
    out = w.remitted("R2", "760.00", "40.00")
    assert [type(e).__name__ for e in out] == ["SettlementPaid", "ClaimClosed"]
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.paid, closed.recovered) == ("settled_and_paid", D(760), D(600))
    assert w.last(SettlementPaid).recovered == D(600)
    assert places(w) == {"payer_paid": D(760), "patient_share": D(40), "disallowed": D(200)}


def test_supplementary_payment_without_reversal_is_as_good() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    w.remitted("R2", "600.00")
    assert w.last(ClaimClosed).paid == D(760)


def test_low_offer_is_countered_from_the_top_down() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("300.00", "O1")
    first = w.last(OfferCountered)
    # opening 800 (stretch), floor 0.85 x 600 = 510, first concession 0
    assert (first.round, first.amount, first.offer_id) == (1, D("800.00"), "O1")
    w.offer("350.00", "O2")
    second = w.last(OfferCountered)
    # 800 - 0.4 x (800 - 510) = 684
    assert (second.round, second.amount) == (2, D("684.00"))
    w.offer("684.00", "O3", final=True)  # the payer agrees to our counter
    assert w.last(ClaimSettled).amount == D("684.00")
    assert w.last(ClaimSettled).basis == "offer_accepted"


def test_final_low_offer_fails_the_talks_once_and_idr_awards() -> None:
    w = World(scale=10)
    w.underpaid()
    w.negotiation()
    w.offer("210.00", final=True)
    # a gain of 100 against an IDR worth well above it: talks fail
    failed = w.last(NegotiationFailed)
    assert (failed.last_offer, failed.last_demand) == (D(2100), D(8000)) and failed.expected_value > 1000
    w.offer("212.00", "O2", final=True)
    assert w.names().count("NegotiationFailed") == 1
    w.idr()
    assert w.account.costs == D("535.00")
    w.determined("600.00")
    settled = w.last(ClaimSettled)
    assert (settled.basis, settled.additional_due) == ("idr_award", D(4000))
    w.remitted("R2", "400.00")
    closed = w.last(ClaimClosed)
    # the prevailing side gets the entity fee back; the administrative fee is gone
    assert (closed.recovered, closed.costs) == (D(4000), D(15))


def test_small_final_offer_is_taken_where_idr_costs_more_than_it_brings() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("210.00", final=True)
    assert w.last(ClaimSettled).amount == D(210)


def test_lost_idr_costs_the_entity_fee_and_closes_at_once() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.idr()
    out = w.determined("200.00", "payer")
    assert [type(e).__name__ for e in out] == ["ClaimSettled", "SettlementPaid", "ClaimClosed"]
    closed = w.last(ClaimClosed)
    assert (closed.recovered, closed.costs) == (0, D(535))
    assert places(w)["written_off"] == D(400)


def test_award_below_what_was_allowed_is_owed_back() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.idr()
    w.determined("180.00", "payer")
    assert w.last(ClaimSettled).additional_due == D(-20)
    assert w.account.books.balance("overpaid") == D(-20)


def test_settling_during_idr_splits_the_entity_fee() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.idr()
    w.offer("600.00", "O9")
    assert w.last(ClaimSettled).basis == "offer_accepted"
    assert w.account.costs == D("15.00") + D("260.00")


def test_overturned_appeal_of_a_denial_leaves_the_cost_share_to_the_plan() -> None:
    w = World()
    w.received()
    w.remitted("R1", "0.00", status="4")
    w.receive(
        assessment.ClaimDenied(
            claim_id=CLAIM,
            remittance_id="R1",
            specialty="emergency",
            charge=D(1000),
            target=D(600),
            notice_on=w.today,
            carcs=("50",),
        )
    )
    assert places(w) == {"in_dispute": D(600), "disallowed": D(400)}
    w.appeal()
    w.appeal_decided("overturned", "550.00")
    settled = w.last(ClaimSettled)
    assert (settled.amount, settled.additional_due) == (D(550), D(550))
    # the corrected remittance allows 550: 440 paid, 110 coinsurance set by the plan
    w.remitted("R2", "440.00", "110.00")
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.paid, closed.recovered, closed.patient_share) == (
        "settled_and_paid",
        D(440),
        D(440),
        D(110),
    )
    assert places(w) == {
        "payer_paid": D(440),
        "patient_share": D(110),
        "written_off": D(50),
        "disallowed": D(400),
    }


def test_payer_cannot_pay_a_settlement_out_of_the_patients_pocket() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    out = w.remitted("R2", "660.00", "140.00")  # 800 allowed, but 100 moved to the patient
    assert [type(e).__name__ for e in out] == ["SettlementShort"]
    assert (w.last(SettlementShort).due, w.last(SettlementShort).paid) == (D(600), D(500))
    assert w.account.lawful_share == D(40)
    assert places(w)["agreed"] == D(100)


def test_partial_decision_is_taken_or_left() -> None:
    w = World()
    w.underpaid()
    w.appeal()
    out = w.appeal_decided("partially_overturned", "590.00")
    assert [type(e).__name__ for e in out] == ["ClaimSettled"]
    assert w.last(ClaimSettled).basis == "appeal_decision"
    other = World()
    other.underpaid()
    other.appeal()
    out = other.appeal_decided("partially_overturned", "201.00")
    assert [type(e).__name__ for e in out] == ["NegotiationFailed"]


def test_exhausted_partial_decision_is_taken_because_nothing_follows() -> None:
    w = World()
    w.underpaid()
    w.appeal(level=2)
    w.appeal_decided("partially_overturned", "201.00", exhausted=True)
    assert w.last(ClaimSettled).amount == D("201.00")


def test_upheld_to_the_end() -> None:
    w = World()
    w.underpaid()
    w.appeal()
    assert w.appeal_decided("upheld", exhausted=True) == []
    w.ended()
    assert w.last(ClaimClosed).reason == "pursuit_ended"
    assert places(w)["written_off"] == D(400)


def test_denial_stands() -> None:
    w = World()
    w.received()
    w.remitted("R1", "0.00", status="4")
    w.receive(
        assessment.ClaimDenied(
            claim_id=CLAIM,
            remittance_id="R1",
            specialty="emergency",
            charge=D(1000),
            target=D(600),
            notice_on=w.today,
            carcs=("29",),
        )
    )
    w.ended()
    assert w.last(ClaimClosed).reason == "denial_stands"


def test_corrected_remittance_in_pursuit_settles_when_it_reaches_the_target() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    out = w.remitted("R2", "560.00", "40.00")
    assert [type(e).__name__ for e in out] == ["OfferReceived", "ClaimSettled", "SettlementPaid", "ClaimClosed"]
    assert w.last(ClaimSettled).basis == "corrected_remittance"
    assert (w.last(ClaimClosed).recovered, w.last(ClaimSettled).additional_due) == (D(400), 0)


def test_smaller_correction_narrows_the_dispute() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    out = w.remitted("R2", "260.00", "40.00")
    assert [type(e).__name__ for e in out] == ["OfferReceived"]
    assert places(w)["in_dispute"] == D(300)
    assert w.account.dispute is not None and w.account.dispute.allowed == D(300)


def test_verdict_about_a_payment_that_was_corrected_meanwhile() -> None:
    w = World()
    w.received()
    w.remitted("R1", "160.00", "40.00")
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    w.remitted("R2", "560.00", "40.00")
    w.flagged("R1")
    assert w.names() == ["ClaimClosed"], "nothing was filed yet: the payer put it right by itself"
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.paid, closed.recovered) == ("paid_fairly", D(560), D(0))


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


def paid_fairly(w: World, taken_back_by: str = "") -> list[Event]:
    return w.receive(
        assessment.ClaimPaidFairly(
            claim_id=CLAIM,
            remittance_id="R1",
            allowed=D("900.00"),
            paid=D("850.00"),
            patient_share=D("50.00"),
            policy="p",
            reasons=(),
            taken_back_by=taken_back_by,
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
    w.flagged("R1", "150.00", "100.00", "50.00", taken_back_by="W1")
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
    w.flagged("R1", "250.00", "200.00", "50.00", taken_back_by="W1")  # benchmark had not heard of W2
    assert w.account.dispute is not None and w.account.dispute.allowed == D(150)
    assert places(w) == {"payer_paid": D(100), "patient_share": D(50), "in_dispute": D(450), "disallowed": D(400)}


def test_a_reversal_without_a_correction_is_disputed_by_the_new_verdict() -> None:
    w = closed_as_fair()
    w.remitted("R1-rev", "-850.00", "-50.00", "22")
    out = w.wait_until(w.today + timedelta(days=shipped_rulebook().policy.days.recoupment + 1))
    assert [type(e).__name__ for e in out] == ["ClaimReopened"]
    w.flagged("R1", "0.00", "0.00", "0.00", taken_back_by="R1-rev")
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


@pytest.mark.parametrize("stage", ["received", "remitted", "pursued", "settled"])
def test_void_closes_from_anywhere(stage: str) -> None:
    w = World()
    w.received()
    if stage != "received":
        w.remitted("R1", "160.00", "40.00")
    if stage in ("pursued", "settled"):
        w.flagged()
        w.negotiation()
    if stage == "settled":
        w.offer("800.00")
    w.receive(claims.ClaimVoided(claim_id=CLAIM))
    assert w.last(ClaimClosed).reason == "voided"
    # nothing is billed any more; what the payer paid is owed back
    paid = D(0) if stage == "received" else D(160)
    assert places(w) == ({"payer_paid": paid, "overpaid": -paid} if paid else {})
    assert w.account.books.balance("billed") == 0


def test_unjudged_claim_waits_for_a_person_and_then_closes_as_it_stands() -> None:
    w = World()
    w.received()
    w.remitted("R1", "160.00", "40.00")
    w.receive(
        assessment.ClaimUnjudged(
            claim_id=CLAIM, remittance_id="R1", allowed=D(200), paid=D(160), reasons=("no benchmark",)
        )
    )
    out = w.wait_until(w.today + timedelta(days=61))
    assert [type(e).__name__ for e in out] == ["ClaimClosed"]


def test_offer_before_its_claim_and_before_its_forum_is_held_and_then_answered() -> None:
    early, usual = World(), World()
    early.offer("300.00")
    assert early.names() == []
    early.underpaid()
    assert early.names() == ["OfferReceived"]
    early.negotiation()
    usual.underpaid()
    usual.negotiation()
    usual.offer("300.00")
    assert early.names() == usual.names() == ["OfferReceived", "OfferCountered"]
    assert early.last(OfferCountered).amount == usual.last(OfferCountered).amount


def test_repeated_and_late_offers_have_no_effect() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    assert w.offer("800.00") == []
    assert w.offer("900.00") == []  # the accepted offer binds
    w.remitted("R2", "600.00")
    assert [type(e).__name__ for e in w.offer("990.00", "O7")] == ["OfferReceived"]
    assert w.account.closed == "settled_and_paid"


def test_everything_after_the_end_leaves_it_alone() -> None:
    w = World()
    w.underpaid()
    w.ended()
    for late in (w.negotiation, w.appeal, w.idr, w.ended, lambda: w.appeal_decided("overturned", "600.00")):
        assert late() == []
    assert w.account.closings == 1


def test_an_event_before_the_claim_is_impossible() -> None:
    with pytest.raises(IllegalTransition):
        World().ended()


@pytest.mark.parametrize("order", ["decision first", "in between", "decision last"])
def test_decision_and_its_payment_may_come_in_any_order(order: str) -> None:
    w = World()
    w.underpaid()
    w.appeal()
    if order == "decision first":
        w.appeal_decided("overturned", "580.00")
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    if order == "in between":
        w.appeal_decided("overturned", "580.00")
    w.remitted("R2", "540.00", "40.00")
    if order == "decision last":
        w.appeal_decided("overturned", "580.00")
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.paid, closed.recovered, closed.patient_share) == (
        "settled_and_paid",
        D(540),
        D(380),
        D(40),
    )
    assert places(w) == {"payer_paid": D(540), "patient_share": D(40), "written_off": D(20), "disallowed": D(400)}


def test_end_of_pursuit_between_reversal_and_correction_states_what_stands() -> None:
    w = World()
    w.underpaid()
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    w.ended()
    assert (w.last(ClaimClosed).paid, w.last(ClaimClosed).patient_share) == (D(160), D(40))
    assert w.remitted("R2", "160.00", "40.00") == []
    assert w.account.closed == "pursuit_ended"


@pytest.mark.parametrize("won", [True, False])
def test_a_pursuit_counts_to_the_policy_it_began_under_however_it_ends(won: bool) -> None:
    w = World(shipped_rulebook("firm"))
    w.underpaid()
    w.negotiation()
    w.decider = SettlementDecider(shipped_rulebook("standard"))  # another policy comes into force meanwhile
    if won:
        w.offer("1000.00")
        assert w.last(ClaimSettled).policy == "standard@2026-11"
        w.remitted("R2", "800.00")
    else:
        w.ended()
    assert (w.last(ClaimClosed).reason, w.last(ClaimClosed).policy) == (
        "settled_and_paid" if won else "pursuit_ended",
        "firm@2026-11",
    )


def test_a_claim_that_is_not_pursued_counts_to_no_policy() -> None:
    w = World()
    w.received()
    w.receive(claims.ClaimVoided(claim_id=CLAIM))
    assert w.last(ClaimClosed).policy == ""


def test_money_after_the_end_restates_the_books_and_opens_nothing() -> None:
    w = settled_and_paid()
    (told,) = w.remitted("R9", "50.00")
    assert isinstance(told, BooksRestated)
    assert (told.reason, told.paid, told.recovered, told.allowed) == ("settled_and_paid", D(810), D(650), D(850))
    (told,) = w.recouped("W9", "50.00")  # what was paid too much may go back
    assert isinstance(told, BooksRestated) and (told.paid, told.recovered) == (D(760), D(600))
    assert w.account.phase == "closed"
    assert w.wait_until(w.today + timedelta(days=400)) == []


def test_a_correction_that_changes_nothing_restates_nothing() -> None:
    w = settled_and_paid()
    assert w.remitted("R2-rev", "-600.00", "0.00", "22") == []
    assert w.remitted("R3", "600.00") == []
    assert w.account.phase == "closed"
