"""Acts that can be undone: kept before they are answered, carried out once when their window ends, never too late."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.settlement.domain import acts
from services.settlement.domain.account import HeldAct
from services.settlement.domain.commands import Actor, NotAllowed, Rule, run, write_off
from services.settlement.domain.offers import OfferRefused
from shared.calendar import EASTERN, day_ends, legal_day
from shared.decider import Timer, TimerDue
from shared.events.settlement import ClaimClosed, ClaimSettled, OfferCountered
from tests.unit.settlement.world import CLAIM, D, World

NINA, MAX, OTTO = Actor("nina", "negotiator"), Actor("max", "manager"), Actor("otto", "negotiator")
TEN = timedelta(seconds=10)


def waiting() -> World:
    """A final offer of 120,000 dollars, above the engine's authority, waits for a manager."""
    w = World(scale=200)
    w.underpaid()
    w.negotiation()
    w.offer("600.00", final=True)
    return w


def do(w: World, rule: Rule) -> list[str]:
    return [type(e).__name__ for e in w.command(lambda a, now: run(a, now, w.decider.book, rule))]


def act_of(w: World) -> HeldAct:
    assert w.account.act is not None
    return w.account.act


def fire(w: World, at: datetime | None = None) -> list[str]:
    """The timers due at an instant fire in their order, as the runtime lets them; by default when the window ends."""
    at = at or act_of(w).due
    out: list[str] = []
    for timer in sorted((t for t in w.decider.timers(w.account) if t.due <= at), key=lambda t: (t.due, t.kind)):
        if timer not in tuple(w.decider.timers(w.account)):
            continue
        decision = w.decider.decide(w.account, TimerDue(CLAIM, timer.kind, timer.due), at)
        assert timer not in tuple(w.decider.timers(decision.state))
        w.state = decision.state
        w.events += decision.events
        out += [type(e).__name__ for e in decision.events]
    return out


def accept(actor: Actor = MAX, window: timedelta = TEN) -> Rule:
    return acts.accept(actor, "O1", 1, why="fair", window=window)


def counter(actor: Actor = MAX, window: timedelta = TEN) -> Rule:
    return acts.counter(actor, "O1", 1, D("130000.00"), why="more", window=window)


def decide(approve: bool, actor: Actor = MAX, window: timedelta = TEN) -> Rule:
    return lambda turn: acts.decide(actor, 1, approve=approve, why="as proposed", window=window)(turn)


KINDS: dict[str, tuple[Any, list[str]]] = {
    "accept": (accept, ["ClaimSettled"]),
    "counter": (counter, ["OfferCountered"]),
    "approve": (lambda *a, **k: decide(True, *a, **k), ["ClaimSettled"]),
    "refuse": (lambda *a, **k: decide(False, *a, **k), ["NegotiationFailed"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_act_is_kept_and_carried_out_once_when_its_window_ends(kind: str) -> None:
    rule, events = KINDS[kind]
    w = waiting()
    assert do(w, rule()) == [], "nothing is said before the window ends"
    act = act_of(w)
    assert (act.act, act.by, act.status) == (kind, "max", "waiting")
    assert act.due - act.taken_at == TEN
    assert Timer("act_due", act.due) in tuple(w.decider.timers(w.account))
    assert fire(w) == events
    assert act_of(w).status == "done"
    assert fire(w, act.due + timedelta(hours=1)) == [], "and never again"
    at_once = waiting()
    assert do(at_once, rule(window=timedelta())) == events, "without a window it is carried out at once"
    assert at_once.account.settlement == w.account.settlement


@pytest.mark.parametrize("kind", KINDS)
def test_an_act_undone_in_time_never_happened(kind: str) -> None:
    rule, _ = KINDS[kind]
    w = waiting()
    before = w.account
    do(w, rule())
    assert do(w, acts.undo(MAX, 1)) == []
    assert act_of(w).status == "undone"
    assert fire(w, act_of(w).due + timedelta(minutes=1)) == []
    assert (w.account.offers, w.account.approval, w.account.proceeding) == (
        before.offers,
        before.approval,
        before.proceeding,
    )
    with pytest.raises(OfferRefused, match="undone"):
        do(w, acts.undo(MAX, 1))
    assert do(w, rule()) == [] and act_of(w).number == 2, "and can be decided again"


def test_what_would_be_refused_is_refused_when_it_is_given() -> None:
    w = waiting()
    for rule, error in (
        (accept(NINA), NotAllowed),
        (counter(NINA), NotAllowed),
        (decide(True, NINA), NotAllowed),
        (acts.accept(MAX, "O1", 2, why="fair", window=TEN), OfferRefused),
        (acts.counter(MAX, "O1", 1, D("120000.00"), why="not above", window=TEN), OfferRefused),
        (acts.decide(MAX, 7, approve=True, why="no such", window=TEN), OfferRefused),
        (acts.undo(MAX, 1), OfferRefused),
    ):
        with pytest.raises(error):
            do(w, rule)
        assert w.account.act is None


def test_one_act_waits_at_a_time_and_who_may_undo_it() -> None:
    w = waiting()
    do(w, accept())
    for other in (counter(), accept(), decide(False), accept(window=timedelta())):
        with pytest.raises(OfferRefused, match="max decided to accept a moment ago"):
            do(w, other)
    with pytest.raises(NotAllowed):
        do(w, acts.undo(NINA, 1))
    w = World(scale=50)  # 30,000 dollars: above the engine, within a negotiator's authority
    w.underpaid()
    w.negotiation()
    w.offer("600.00", final=True)
    do(w, accept(NINA))
    assert do(w, acts.undo(OTTO, 1)) == []


def test_too_late_to_undo() -> None:
    w = waiting()
    do(w, accept())
    late = act_of(w).due  # the timer has not fired yet: the window is over all the same
    with pytest.raises(OfferRefused, match="too late"):
        run(w.account, late, w.decider.book, acts.undo(MAX, 1))
    fire(w)
    with pytest.raises(OfferRefused, match="too late"):
        run(w.account, late, w.decider.book, acts.undo(MAX, 1))


@given(before=st.integers(0, 90_000), window=st.integers(0, 300))
def test_the_window_never_passes_the_offers_last_moment(before: int, window: int) -> None:
    """Whenever it is given on the offer's last day, the act is carried out on that day, and counts."""
    w = World(scale=200)
    w.underpaid()
    w.negotiation()
    w.offer("600.00", expires_in=1)
    offer = w.account.offers[-1]
    assert offer.expires_on is not None
    ends = day_ends(offer.expires_on, EASTERN)
    given_at = ends - timedelta(seconds=before + 1)
    rule = acts.accept(MAX, "O1", 1, why="fair", window=timedelta(seconds=window))
    decision = run(w.account, given_at, w.decider.book, rule)
    act = decision.state.act
    if act is None:
        assert [type(e) for e in decision.events] == [ClaimSettled]
        return
    assert given_at < act.due <= given_at + timedelta(seconds=window) and act.due < ends
    # the service was down, and the timer fires when the offer is over: what was decided in time was in time
    w.state = decision.state
    assert fire(w, ends + timedelta(hours=3))[0] == "ClaimSettled"
    assert w.last(ClaimSettled).settled_on == legal_day(act.due, EASTERN)


@pytest.mark.parametrize("first", ["withdrawn", "replaced", "written off"])
def test_whoever_was_first_has_won_and_the_person_is_told(first: str) -> None:
    w = waiting()
    do(w, accept())
    if first == "withdrawn":
        w.withdrawal("O1")
    elif first == "replaced":
        w.offer("610.00", final=True)
    else:
        do(w, write_off(MAX))
    assert fire(w) == []
    act = act_of(w)
    assert act.status == "overtaken" and act.problem
    assert w.account.settlement is None


def test_a_pursuit_that_ends_leaves_an_acceptance_its_moment() -> None:
    w = World(scale=50)
    w.underpaid()
    w.negotiation()
    w.offer("600.00", final=True)
    w.state = replace(w.account, approval=None)
    do(w, accept(NINA))
    assert w.ended() == [], "the acceptance is still to be carried out"
    assert fire(w) == ["ClaimSettled"]


def test_a_pursuit_that_ended_ends_when_the_acceptance_is_undone() -> None:
    w = waiting()
    w.state = replace(w.account, approval=None)
    do(w, accept())
    w.ended()
    assert do(w, acts.undo(MAX, 1)) == ["ClaimClosed"]
    assert w.last(ClaimClosed).reason == "pursuit_ended"


def test_the_engine_does_not_answer_what_a_person_just_answered() -> None:
    w = waiting()
    do(w, counter())
    w.idr()
    assert OfferCountered not in [type(e) for e in w.events]
    assert act_of(w).waits


def test_an_offer_of_a_decision_has_an_id_that_fits_into_an_address() -> None:
    w = World(scale=50)
    w.underpaid()
    w.appeal()
    w.appeal_decided("partially_overturned", "600.00")
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", w.account.offers[-1].offer_id)
