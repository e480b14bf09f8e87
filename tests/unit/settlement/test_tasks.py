"""What waits for people is on the list with its day: decisions, offers, acts, payments, claims without a verdict."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.settlement.domain import offers
from services.settlement.domain.account import Account
from services.settlement.domain.tasks import at_stake, first_day, tasks
from shared.calendar import NO_DAY
from shared.events import assessment
from shared.fold import IllegalTransition
from tests.unit.settlement.test_acts import accept, do, fire, waiting
from tests.unit.settlement.world import CLAIM, START, D, World


def told(world: World) -> list[tuple[str, str, date | None]]:
    return [(task.kind, task.role, task.day) for task in tasks(world.account)]


def unjudged(world: World) -> None:
    world.hear(assessment.ClaimUnjudged(claim_id=CLAIM, remittance_id="R1", allowed=D(200), paid=D(160), reasons=()))


def test_a_decision_above_the_engine_waits_for_its_role_until_the_approval_ends() -> None:
    w = waiting()
    # ten days for an approval; the offer stands for thirty
    assert told(w) == [("decision", "manager", START + timedelta(days=10))]
    (task,) = tasks(w.account)
    assert task.task == "decide, as a manager: the engine proposes to accept at $120,000.00" and task.why
    assert at_stake(w.account) == D(80_000)  # 600 - 200 dollars, times 200
    assert first_day(w.account) == START + timedelta(days=10)


def test_an_act_that_is_held_is_shown_and_gone_when_it_is_carried_out() -> None:
    w = waiting()
    do(w, accept())
    (task,) = tasks(w.account)
    assert (task.kind, "max decided to accept at $120,000.00" in task.task) == ("held_act", True)
    assert task.day == START + timedelta(days=30)
    fire(w)
    assert told(w) == [], "agreed: the payer has its time to pay"


def test_an_offer_that_nothing_has_answered_waits_until_it_expires() -> None:
    w = World()
    w.underpaid()
    w.offer("300.00", expires_in=20)  # before its forum is known
    assert told(w) == [("offer", "negotiator", START + timedelta(days=20))]
    w.negotiation()
    assert told(w) == [], "the engine has countered"


def test_a_payment_that_does_not_come_is_chased_until_it_is_written_off() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    assert told(w) == [], "not due yet"
    w.wait_until(START + timedelta(days=32))
    # due on 2 December, short since the day after; 180 days to chase it
    assert told(w) == [("unpaid", "negotiator", w.account.settlement.chase_until)]  # pyright: ignore[reportOptionalMemberAccess]
    assert at_stake(w.account) == D(600)


def test_claims_not_answered_or_not_judged_are_listed() -> None:
    w = World()
    w.received()
    assert told(w) == []
    w.wait_until(START + timedelta(days=60))
    assert [kind for kind, *_ in told(w)] == ["unanswered"]
    w.remitted("R1", "160.00", "40.00")
    unjudged(w)
    assert [kind for kind, *_ in told(w)] == ["unjudged"]
    assert tasks(w.account)[0].day == w.account.review_on


def test_what_is_closed_waits_for_nobody() -> None:
    w = World()
    w.underpaid()
    w.ended()
    assert w.account.phase == "closed" and tasks(w.account) == () and first_day(w.account) is None


def _must_be_listed(a: Account) -> bool:
    """The brief of the list, told without it."""
    if a.phase == "pursued":
        return a.approval is not None or a.act_waits or bool(offers.open_offers(a.offers, "payer"))
    if a.phase == "settled":
        return a.settlement is not None and a.settlement.chase_until is not None
    return a.phase == "unjudged" or bool(a.unanswered) or (a.phase == "received" and a.inquiries > 0)


STEPS: dict[str, Callable[[World], object]] = {
    "received": lambda w: w.received(),
    "short": lambda w: w.remitted("R1", "160.00", "40.00"),
    "flagged": lambda w: w.flagged(),
    "unjudged": unjudged,
    "negotiation": lambda w: w.negotiation(),
    "low": lambda w: w.offer("300.00", "O1"),
    "final": lambda w: w.offer("600.00", "O2", final=True),
    "open end": lambda w: w.offer("400.00", "O3", expires_in=None),
    "idr": lambda w: w.idr(),
    "award": lambda w: w.determined("600.00"),
    "paid": lambda w: w.remitted("R2", "400.00"),
    "back": lambda w: w.remitted("R3", "-160.00", "-40.00", "22"),
    "week": lambda w: w.wait_until(w.today + timedelta(days=7)),
    "quarter": lambda w: w.wait_until(w.today + timedelta(days=90)),
}


@pytest.mark.parametrize("scale", [1, 50, 200])
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
@settings(max_examples=150, deadline=None)
def test_none_is_missing_whatever_happens(scale: int, steps: list[str]) -> None:
    w = World(scale=scale)
    w.received()
    w.remitted("R1", "160.00", "40.00")
    for step in ["flagged", *steps] if len(steps) % 3 else steps:
        try:
            STEPS[step](w)
        except IllegalTransition:
            continue
        a = w.account
        day = first_day(a)
        if _must_be_listed(a):
            assert day is not None, (a.phase, step)
        if a.phase in ("closed", "expected") and not a.unanswered:
            assert day is None
        assert all(task.task and (task.day is None or task.day < NO_DAY) for task in tasks(a))
