"""The pursuit protocol walked to each of its endings, with every cent accounted for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from shared.events import assessment
from shared.events.settlement import (
    ClaimClosed,
    ClaimSettled,
    NegotiationFailed,
    OfferCountered,
    SettlementPaid,
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
