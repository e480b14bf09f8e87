"""A claim of several disputes, by hand: each with its own talks, money and end; the claim's are their sums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from services.settlement.domain.account import Account
from services.settlement.domain.commands import (
    Actor,
    DisputeNotNamed,
    accept_offer,
    enter_offer,
    leave_talks,
    place_payment,
    run,
)
from services.settlement.domain.tasks import tasks
from shared.decider import Decision
from shared.events.base import Event
from shared.events.claims import RemittanceRecouped
from shared.events.payer import PayerOfferWithdrawn
from shared.events.settlement import (
    ClaimClosed,
    ClaimSettled,
    DisputeClosed,
    OfferReceived,
    SettlementPaid,
    SettlementShort,
)
from tests.unit.settlement.lines import FIRST, SECOND, THIRD, Lines, two
from tests.unit.settlement.world import D

NINA, MAX = Actor("nina", "negotiator"), Actor("max", "manager")


def commanded(w: Lines, rule: Callable[[Account, datetime], Decision[Account]]) -> list[Event]:
    return w.command(rule)


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(type(e).__name__, getattr(e, "case_id", "") or "") for e in events]


def books(one: Account) -> dict[str, Decimal]:
    return {place: amount for place, amount in one.books.balances.items() if amount and place != "billed"}


def command(w: Lines, rule: Any, case_id: str = "") -> list[tuple[str, str]]:
    return told(commanded(w, lambda a, now: run(a, now, w.decider.book, rule, case_id)))


def test_lines_that_get_a_dispute_of_their_own_take_their_money_and_books_along() -> None:
    w = Lines(1, 2)
    w.begin(1, 2)
    # 1,500 billed; line 1 allowed 200 of fair 600, line 2 nothing of fair 300; 400 + 300 in dispute
    assert books(w.account) == {
        "payer_paid": D(160), "patient_share": D(40), "in_dispute": D(700), "disallowed": D(600)
    }  # fmt: skip
    assert w.opens(SECOND, 2) == []
    first, second = w.account.disputes
    assert (first.case_id, first.lines, second.case_id, second.lines) == (FIRST, (), SECOND, (2,))
    assert books(first) == {
        "payer_paid": D(160), "patient_share": D(40), "in_dispute": D(400), "disallowed": D(400)
    }  # fmt: skip
    assert books(second) == {"in_dispute": D(300), "disallowed": D(200)}
    assert (first.charge, second.charge) == (D(1000), D(500))
    assert first.dispute is not None and (first.dispute.allowed, first.dispute.target) == (D(200), D(600))
    assert second.dispute is not None and (second.dispute.allowed, second.dispute.target) == (D(0), D(300))
    assert {k: v for k, v in w.account.balances.items() if v} == {
        "billed": D(-1500), "payer_paid": D(160), "patient_share": D(40), "in_dispute": D(700), "disallowed": D(600)
    }  # fmt: skip


def test_idr_and_the_plans_appeal_run_at_once_and_one_payment_pays_both() -> None:
    w = two()
    assert told(w.negotiates(FIRST)) == []
    assert told(w.appeals(SECOND)) == []
    w.initiates(FIRST)
    assert [one.proceeding and one.proceeding.forum for one in w.account.disputes] == [
        "federal_idr",
        "commercial_appeal",
    ]
    assert told(w.awards(FIRST, D("600.00")))[-1] == ("ClaimSettled", "")
    # the claim is not over: the appeal goes on
    assert w.account.stage == "pursued"
    assert told(w.decided(SECOND, "overturned"))[-1] == ("ClaimSettled", SECOND)
    assert w.account.stage == "settled"
    settled = w.last(ClaimSettled)
    assert (settled.amount, settled.additional_due) == (D(300), D(300))
    out = w.pays("R2", {1: (D("400.00"), D(0)), 2: (D("300.00"), D(0))})
    assert told(out) == [
        ("SettlementPaid", ""), ("DisputeClosed", ""), ("SettlementPaid", SECOND), ("ClaimClosed", "")
    ]  # fmt: skip
    paid: list[SettlementPaid] = [e for e in out if isinstance(e, SettlementPaid)]
    # line 1: 160 at first and 400; line 2: nothing at first and 300
    assert [(e.paid, e.recovered) for e in paid] == [(D(560), D(400)), (D(300), D(300))]
    closed = w.last(ClaimClosed)
    # IDR was won: the administrative fee of 15 is borne, the entity's 520 come back
    assert (closed.reason, closed.billed, closed.allowed) == ("settled_and_paid", D(1500), D(900))
    assert (closed.paid_at_first, closed.paid, closed.recovered, closed.costs) == (D(160), D(860), D(700), D(15))
    assert closed.patient_share == D(40)
    ended = w.last(DisputeClosed)
    assert (ended.reason, ended.paid, ended.recovered, ended.costs) == ("settled_and_paid", D(560), D(400), D(15))


def test_a_line_settled_in_one_dispute_does_not_settle_the_other() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.decided(SECOND, "overturned")
    out = w.pays("R2", {2: (D("300.00"), D(0))})
    assert told(out) == [("SettlementPaid", SECOND), ("DisputeClosed", SECOND)]
    first, second = w.account.disputes
    assert (first.phase, second.phase, w.account.stage) == ("pursued", "closed", "pursued")
    assert first.dispute is not None and first.dispute.allowed == D(200), "no dollar of line 2 is in dispute 1"
    assert ClaimClosed not in [type(e) for e in w.events]
    out = w.gives_up(FIRST)
    assert told(out) == [("ClaimClosed", "")]
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.paid, closed.recovered) == ("settled_and_paid", D(460), D(300))
    assert books(w.account.disputes[0])["written_off"] == D(400)


def test_a_payment_that_is_short_in_one_dispute_is_chased_there_alone() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    w.decided(SECOND, "overturned")
    out = w.pays("R2", {1: (D("400.00"), D(0)), 2: (D("100.00"), D(0))})
    assert told(out) == [("SettlementPaid", ""), ("DisputeClosed", ""), ("SettlementShort", SECOND)]
    short = w.last(SettlementShort)
    assert (short.due, short.paid) == (D(300), D(100))
    assert [(task.kind, task.case_id) for task in tasks(w.account)] == [("unpaid", SECOND)]
    out = w.pays("R3", {2: (D("200.00"), D("0.00"))})
    assert told(out) == [("SettlementPaid", SECOND), ("ClaimClosed", "")]
    assert w.last(ClaimClosed).recovered == D(700)


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ([(SECOND, "upheld"), (FIRST, "over")], "pursuit_ended"),
        ([(FIRST, "over"), (SECOND, "upheld")], "pursuit_ended"),
        ([(FIRST, "over"), (SECOND, "overturned")], "settled_and_paid"),
    ],
)
def test_the_claim_ends_with_its_last_dispute(ends: list[tuple[str, str]], reason: str) -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    said: list[tuple[str, str]] = []
    for case_id, how in ends:
        if how == "overturned":
            w.decided(SECOND, "overturned")
            said += told(w.pays("R2", {2: (D("300.00"), D(0))}))
        else:
            said += told(w.gives_up(case_id))
    assert [name for name, _ in said].count("ClaimClosed") == 1 and said[-1][0] == "ClaimClosed"
    assert ("DisputeClosed", "" if ends[0][0] == FIRST else SECOND) in said
    assert w.last(ClaimClosed).reason == reason
    assert w.account.end == reason


def test_a_line_answered_weeks_later_gets_its_own_dispute_while_the_first_is_in_idr() -> None:
    w = Lines(1, 3, scale=100)  # 100,000 billed on line 1; fair 60,000, allowed 20,000
    w.begin(1)
    w.negotiates(FIRST)
    w.initiates(FIRST)
    w.offers(D("70000.00"), "O1", final=True)  # above the engine's authority: it waits for a person
    before = w.account
    assert before.approval is not None and before.offers[-1].status == "open"
    w.pays("R2", {3: (D("0.00"), D("0.00"))})
    w.widened(3)
    w.opens(THIRD, 3)
    first, third = w.account.disputes
    assert [(o.offer_id, o.status) for o in first.offers] == [(o.offer_id, o.status) for o in before.offers]
    assert first.approval == before.approval and first.proceeding == before.proceeding
    assert first.dispute is not None and (first.dispute.target, first.dispute.amount) == (D(60000), D(40000))
    assert third.dispute is not None and (third.dispute.target, third.charge, third.paid) == (D(5000), D(10000), D(0))
    assert (first.books.balance("in_dispute"), third.books.balance("in_dispute")) == (D(40000), D(5000))
    w.appeals(THIRD)
    w.awards(FIRST, D("60000.00"))
    assert w.last(ClaimSettled).additional_due == D(40000)
    assert told(w.pays("R3", {1: (D("40000.00"), D(0))})) == [("SettlementPaid", ""), ("DisputeClosed", "")]
    assert told(w.gives_up(THIRD)) == [("ClaimClosed", "")]
    closed = w.last(ClaimClosed)
    assert (closed.reason, closed.billed, closed.paid, closed.recovered) == (
        "settled_and_paid", D(110000), D(56000), D(40000)
    )  # fmt: skip


def test_a_line_denied_after_the_others_were_settled_is_pursued_at_once() -> None:
    w = Lines(1, 3)
    w.begin(1)
    w.negotiates(FIRST)
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    w.pays("R2", {3: (D("0.00"), D("0.00"))})
    w.widened(3)
    w.opens(THIRD, 3)
    first, third = w.account.disputes
    assert (first.phase, third.phase, first.widened) == ("settled", "pursued", False)
    assert first.books.balance("agreed") == D(400) and third.books.balance("in_dispute") == D(50)
    assert told(w.pays("R3", {1: (D("400.00"), D(0))})) == [("SettlementPaid", ""), ("DisputeClosed", "")]
    w.appeals(THIRD)
    w.decided(THIRD, "overturned")
    assert told(w.pays("R4", {3: (D("50.00"), D(0))})) == [("SettlementPaid", THIRD), ("ClaimClosed", "")]
    assert w.last(ClaimClosed).recovered == D(450)


def test_a_line_denied_after_the_first_dispute_was_paid_is_pursued_while_another_lives() -> None:
    w = Lines(1, 2, 3)
    w.begin(1, 2)
    w.opens(SECOND, 2)
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    w.pays("R2", {1: (D("400.00"), D("0.00"))})
    w.pays("R3", {3: (D("0.00"), D("0.00"))})
    w.widened(3)
    w.opens(THIRD, 3)
    assert [one.phase for one in w.account.disputes] == ["closed", "pursued", "pursued"]
    assert w.account.disputes[2].books.balance("in_dispute") == D(50)
    w.appeals(THIRD)
    w.gives_up(SECOND)
    assert told(w.gives_up(THIRD)) == [("ClaimClosed", "")], "nothing is left to judge again"
    closed = w.last(ClaimClosed)
    assert (closed.billed, closed.paid, closed.recovered) == (D(1600), D(560), D(400))


def test_three_disputes_and_each_offer_finds_its_own() -> None:
    w = Lines(1, 2, 3)
    w.begin(1, 2, 3)
    w.opens(SECOND, 2)
    w.opens(THIRD, 3)
    for case_id in (SECOND, THIRD):
        w.appeals(case_id)
    w.negotiates(FIRST)
    w.offers(D("10.00"), "A", case_id=THIRD)
    w.offers(D("20.00"), "B", lines=(2,))
    w.offers(D("210.00"), "C", lines=(1,))
    w.offers(D("25.00"), "B")  # revised: known by its id
    held = [[(o.offer_id, o.version) for o in one.offers if o.side == "payer"] for one in w.account.disputes]
    assert held == [[("C", 1)], [("B", 1), ("B", 2)], [("A", 1)]]
    heard = [e for e in w.events if isinstance(e, OfferReceived)]
    assert [(e.offer_id, e.case_id or "") for e in heard] == [
        ("A", THIRD), ("B", SECOND), ("C", ""), ("B", SECOND)
    ]  # fmt: skip


def test_an_offer_that_names_no_dispute_waits_for_a_person() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    assert w.offers(D("500.00"), "O1") == []
    assert w.offers(D("510.00"), "O2", lines=(1, 2)) == []
    assert [task.kind for task in tasks(w.account)] == ["unplaced_offer", "unplaced_offer"]
    entered = enter_offer("O1", D("500.00"), w.today)
    with pytest.raises(DisputeNotNamed) as asked:
        command(w, entered)
    assert [(one.known_as, one.phase) for one in asked.value.disputes] == [(FIRST, "pursued"), (SECOND, "pursued")]
    assert command(w, entered, FIRST)[0] == ("OfferReceived", "")
    assert [offer.offer_id for offer in w.account.held] == ["O2"]
    w.receive(PayerOfferWithdrawn(claim_id=w.claim, offer_id="O2", withdrawn_on=w.today))
    assert w.account.held == ()


def test_a_command_names_its_dispute_while_several_are_open() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    with pytest.raises(DisputeNotNamed):
        command(w, leave_talks(NINA, why="enough"))
    with pytest.raises(DisputeNotNamed):
        command(w, leave_talks(NINA, why="enough"), "no such id")
    w.gives_up(FIRST)
    # one is open: nothing has to be named any more
    assert command(w, enter_offer("P1", D("1.00"), w.today)) == [("OfferReceived", SECOND), ("OfferCountered", SECOND)]


def test_accepting_in_one_dispute_leaves_the_offers_of_the_other() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    commanded(w, lambda a, now: run(a, now, w.decider.book, enter_offer("P1", D("220.00"), w.today), FIRST))
    commanded(
        w, lambda a, now: run(a, now, w.decider.book, enter_offer("P2", D("290.00"), w.today, final=True), SECOND)
    )
    second = w.account.disputes[1]
    if second.phase == "pursued":
        version = second.offers[-1].version
        command(w, accept_offer(MAX, "P2", version, why="near to the fair amount"), SECOND)
    first, second = w.account.disputes
    assert (first.phase, second.phase) == ("pursued", "settled")
    assert second.settlement is not None and second.settlement.amount == D("290.00")
    assert first.books.balance("in_dispute") == D(400)


def test_money_that_names_no_line_waits_and_a_person_places_it() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.decided(SECOND, "overturned")
    out = w.pays("R2", {}, claim_level=D("300.00"))
    assert out == []
    assert w.account.unapplied_paid == D(300)
    assert w.account.balances["payer_paid"] == D(460) and w.account.balances["overpaid"] == D(-300)
    assert [task.kind for task in tasks(w.account)] == ["unplaced"]
    w.pays("R2", {}, claim_level=D("300.00"))  # the same again
    assert w.account.unapplied_paid == D(300)
    placed = commanded(
        w,
        lambda a, now: place_payment(
            a, now, w.decider.book, actor=NINA, reference="R2", case_id=SECOND, paid=D("300.00"), share=D(0)
        ),
    )
    assert told(placed) == [("SettlementPaid", SECOND), ("DisputeClosed", SECOND)]
    assert w.account.unapplied == () and w.account.balances["overpaid"] == D(0)


def test_a_recoupment_names_no_line_and_waits_while_two_disputes_live() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    recouped = RemittanceRecouped(
        claim_id=w.claim, recoupment_id="W1", amount=D("60.00"), paid_on=w.today, received_on=w.today
    )
    w.receive(recouped)
    w.receive(recouped)
    assert w.account.unapplied_paid == D(-60) and w.account.balances["payer_paid"] == D(100)
    commanded(
        w,
        lambda a, now: place_payment(
            a, now, w.decider.book, actor=NINA, reference="W1", case_id=FIRST, paid=D("-60.00"), share=D(0)
        ),
    )
    first = w.account.disputes[0]
    # 60 less are paid of line 1, and 60 more are in dispute
    assert first.dispute is not None and first.dispute.allowed == D(140)
    assert (first.paid, first.books.balance("in_dispute")) == (D(100), D(460))
