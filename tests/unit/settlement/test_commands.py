"""People's commands: authority, refusals, agreements line by line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.settlement.domain.commands import (
    Actor,
    NotAllowed,
    accept_offer,
    counter_offer,
    decide_waiting,
    leave_talks,
    rescind_settlement,
    run,
    withdraw_offer,
    write_off,
)
from services.settlement.domain.offers import OfferRefused
from shared.events.settlement import (
    ClaimClosed,
    ClaimSettled,
    NegotiationFailed,
    OfferCountered,
    OfferExpired,
    OfferWithdrawn,
    SettlementRescinded,
)
from tests.unit.settlement.test_walks import places
from tests.unit.settlement.world import D, World

NINA, MAX = Actor("nina", "negotiator"), Actor("max", "manager")


def do(w: World, rule: Any) -> list[str]:
    return [type(e).__name__ for e in w.command(lambda a, now: run(a, now, w.decider.book, rule))]


def waiting(amount: str = "400.00") -> World:
    """200 times the usual claim: a final offer above the engine's 25,000 waits for a person."""
    w = World(scale=200)
    w.underpaid()
    w.negotiation()
    w.offer(amount, final=True)
    return w


def test_large_offer_waits_and_a_person_decides() -> None:
    w = waiting("600.00")
    approval = w.account.approval
    assert approval is not None and (approval.role, approval.action) == ("manager", "accept")
    with pytest.raises(NotAllowed):
        do(w, decide_waiting(NINA, approval.decision, approve=True, why="good"))
    assert do(w, decide_waiting(MAX, approval.decision, approve=True, why="good")) == ["ClaimSettled"]
    assert w.account.settlement is not None and w.account.settlement.by == "max"
    (kept,) = w.account.fresh
    assert (kept.number, kept.by, kept.why) == (2, "max: approve to accept at 120000.00", "good")
    assert kept.choice.action == "accept", "beside what the engine would do"


def test_refused_proposal_fails_the_talks() -> None:
    w = waiting("600.00")
    approval = w.account.approval
    assert approval is not None
    assert do(w, decide_waiting(MAX, approval.decision, approve=False, why="IDR")) == ["NegotiationFailed"]
    with pytest.raises(OfferRefused):
        do(w, decide_waiting(MAX, approval.decision, approve=True, why="late"))


def test_nobody_decides_in_time() -> None:
    w = waiting("600.00")
    approval = w.account.approval
    assert approval is not None
    out = w.wait_until(approval.until.replace(day=approval.until.day + 1))
    assert [type(e) for e in out] == [NegotiationFailed] and w.account.approval is None


def test_payer_withdraws_what_waited() -> None:
    w = waiting("600.00")
    assert do(w, withdraw_offer("payer", "O1")) == ["OfferWithdrawn", "NegotiationFailed"]
    gone = w.last(OfferWithdrawn)
    assert (gone.offer_id, gone.side, gone.amount, gone.withdrawn_on) == ("O1", "payer", D(120_000), w.today)
    with pytest.raises(OfferRefused, match="withdrawn already"):
        do(w, accept_offer(MAX, "O1", 1, why="too late"))


def test_withdrawal_as_an_event_is_the_same_and_too_late_after_an_acceptance() -> None:
    w = waiting("600.00")
    assert [type(e) for e in w.withdrawal("O1")] == [OfferWithdrawn, NegotiationFailed]
    assert w.withdrawal("O1") == [], "a repetition"
    w = waiting("600.00")
    do(w, accept_offer(MAX, "O1", 1, why="fair"))
    assert w.withdrawal("O1") == [] and w.account.phase == "settled"


def test_withdrawal_before_the_claim_takes_the_held_offer_away() -> None:
    w = World()
    w.offer("800.00", "O1")
    w.offer("700.00", "O2")
    w.withdrawal("O1")
    assert [o.offer_id for o in w.account.held] == ["O2"]


def test_expiry_is_told_for_both_sides() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("300.00", "O1")
    counter = w.last(OfferCountered)
    out = w.wait_until(w.today + timedelta(days=15))  # our counter stands for 10 days, in force on its last
    expired = w.last(OfferExpired)
    assert [type(e) for e in out] == [OfferExpired]
    assert (expired.offer_id, expired.side, expired.amount) == (counter.counter_id, "provider", counter.amount)
    w = waiting("600.00")
    approval = w.account.approval
    assert approval is not None
    w.offer("610.00", "O2", final=True, expires_in=2)
    out = w.wait_until(w.today + timedelta(days=3))
    assert [type(e) for e in out] == [OfferExpired, NegotiationFailed]
    assert (w.last(OfferExpired).offer_id, w.last(OfferExpired).side) == ("O2", "payer")


def test_pursuit_that_ends_leaves_the_last_offer_to_the_person() -> None:
    w = waiting("600.00")
    assert w.ended() == []
    approval = w.account.approval
    assert approval is not None
    assert do(w, decide_waiting(MAX, approval.decision, approve=True, why="good")) == ["ClaimSettled"]
    other = waiting("600.00")
    other.ended()
    approval = other.account.approval
    assert approval is not None
    do(other, decide_waiting(MAX, approval.decision, approve=False, why="no"))
    assert other.last(ClaimClosed).reason == "pursuit_ended"


def test_counter_by_a_person() -> None:
    w = waiting("600.00")
    with pytest.raises(OfferRefused, match="above the offer"):
        do(w, counter_offer(MAX, "O1", 1, D(120000), why="no"))
    with pytest.raises(OfferRefused, match=r"no more than the \$200,000.00 billed"):
        do(w, counter_offer(MAX, "O1", 1, D("200000.01"), why="a slip of the finger"))
    with pytest.raises(NotAllowed):
        do(w, counter_offer(NINA, "O1", 1, D(130000), why="more"))
    assert do(w, counter_offer(MAX, "O1", 1, D(130000), why="more")) == ["OfferCountered"]
    assert w.last(OfferCountered).amount == D(130000)
    # the payer agrees to it: a demand that is met is accepted
    w.offer("650.00", "O2", final=True)
    approval = w.account.approval
    assert approval is not None and approval.action == "accept" and approval.amount == D(130000)


def test_an_offer_before_any_talks_is_not_countered_but_stays_and_can_be_answered() -> None:
    w = World(scale=200)
    w.underpaid()
    w.offer("600.00", final=True)
    assert w.account.proceeding is None
    with pytest.raises(OfferRefused, match="no talks are open"):
        do(w, counter_offer(MAX, "O1", 1, D(130000), why="more"))
    assert [offer.status for offer in w.account.offers] == ["open"]
    assert do(w, accept_offer(MAX, "O1", 1, why="good")) == ["ClaimSettled"]


def test_leaving_and_writing_off() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    assert do(w, leave_talks(NINA, why="no answer")) == ["NegotiationFailed"]
    with pytest.raises(NotAllowed):
        do(w, write_off(NINA))
    assert do(w, write_off(MAX)) == ["ClaimClosed"]
    assert w.last(ClaimClosed).reason == "written_off"


def agreed_and_short() -> World:
    """Settled at 800 allowed, 600 more than before; 100 of them came, after the due day."""
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    w.wait_until(w.last(ClaimSettled).payment_due_on + timedelta(days=2))
    w.remitted("R2", "100.00")
    return w


def test_an_agreement_whose_money_does_not_come_is_rescinded_by_a_manager() -> None:
    w = agreed_and_short()
    with pytest.raises(NotAllowed):
        do(w, rescind_settlement(NINA, why="they never paid"))
    assert do(w, rescind_settlement(MAX, why="they never paid")) == ["SettlementRescinded"]
    told = w.last(SettlementRescinded)
    assert (told.allowed, told.reason) == (D(300), "they never paid")  # 200 at first and the 100 since
    assert (w.account.phase, w.account.settlement, w.account.earlier[0].rescinded_on) == ("pursued", None, w.today)
    # the fair 600 less the 300 allowed now are in dispute; above fair value nothing is
    assert places(w) == {"payer_paid": D(260), "patient_share": D(40), "in_dispute": D(300), "disallowed": D(400)}
    w.negotiation()
    w.offer("600.00", "O2", final=True)
    assert (w.last(ClaimSettled).amount, w.last(ClaimSettled).additional_due) == (D(600), D(300))
    w.remitted("R3", "300.00")
    assert (w.last(ClaimClosed).paid, w.last(ClaimClosed).recovered) == (D(560), D(400))


def test_what_was_given_up_for_an_agreement_is_in_dispute_again() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("560.00", final=True)
    assert places(w)["written_off"] == D(40)
    do(w, rescind_settlement(MAX, why="a mistake"))
    assert places(w) == {"payer_paid": D(160), "patient_share": D(40), "in_dispute": D(400), "disallowed": D(400)}
    assert w.ended() and w.last(ClaimClosed).reason == "pursuit_ended"


def test_what_binds_or_is_paid_is_not_rescinded() -> None:
    w = World()
    w.underpaid()
    with pytest.raises(OfferRefused, match="no agreement"):
        do(w, rescind_settlement(MAX, why="x"))
    w.negotiation()
    w.idr()
    w.determined("800.00")
    with pytest.raises(OfferRefused, match="binds"):
        do(w, rescind_settlement(MAX, why="x"))
    paid = agreed_and_short()
    paid.remitted("R3", "500.00")
    with pytest.raises(OfferRefused, match="no agreement"):
        do(paid, rescind_settlement(MAX, why="x"))
