"""How claims end: voids, late and repeated events, orders of events, and money after the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.settlement.application.decider import SettlementDecider, shipped_rulebook
from shared.decider import IllegalTransition
from shared.events import assessment, claims
from shared.events.settlement import (
    BooksRestated,
    ClaimClosed,
    ClaimSettled,
    OfferCountered,
)
from tests.unit.settlement.test_settlement_money import settled_and_paid
from tests.unit.settlement.test_walks import places
from tests.unit.settlement.world import CLAIM, D, World


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
