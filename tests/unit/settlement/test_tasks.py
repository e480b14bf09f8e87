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
from shared.decider import IllegalTransition
from shared.events import assessment, claims, statuses
from tests.unit.settlement.test_acts import accept, do, fire, waiting
from tests.unit.settlement.world import CLAIM, START, D, World


def told(world: World) -> list[tuple[str, str, date | None]]:
    return [(task.kind, task.role, task.day) for task in tasks(world.account)]


def unjudged(world: World) -> None:
    world.receive(assessment.ClaimUnjudged(claim_id=CLAIM, remittance_id="R1", allowed=D(200), paid=D(160), reasons=()))


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


def rejected(w: World, file_by: date | None, **fields: object) -> None:
    w.receive(
        statuses.PayerRejectedClaim(
            claim_id=CLAIM, report_id="S1", kind="277CA", statuses=(statuses.ClaimStatus("A7", "562", "85"),),
            received_on=START, reported_on=START, file_by=file_by, **fields,  # type: ignore[arg-type]
        )
    )  # fmt: skip


def test_a_claim_its_payer_rejected_waits_to_be_sent_again_until_the_limit_for_filing() -> None:
    w = World()
    w.received()
    rejected(w, START + timedelta(days=60))
    assert told(w) == [("payer_rejected", "negotiator", START + timedelta(days=60))]
    (task,) = tasks(w.account)
    assert "frequency 1" in task.task and "A7:562:85" in task.why
    w.wait_until(START + timedelta(days=200))
    assert w.account.inquiries == 0, "nobody is asked about a claim that nobody has"
    w.receive(claims.ClaimReplaced(claim_id=CLAIM, claim=w.facts()))
    assert told(w) == [] and w.account.answer_on is not None
    w.wait_until(w.account.answer_on + timedelta(days=1))
    assert [kind for kind, _, _ in told(w)] == ["unanswered"], "the clock for the answer began again"


def test_a_rejection_without_a_known_limit_is_due_at_once() -> None:
    w = World()
    w.received()
    rejected(w, None)
    assert told(w) == [("payer_rejected", "negotiator", None)]
    assert "limit for filing is not known" in tasks(w.account)[0].why


def test_a_rejection_after_the_payer_has_answered_is_no_task() -> None:
    w = World()
    w.underpaid()
    before = told(w)
    rejected(w, START)
    assert told(w) == before


@pytest.mark.parametrize(
    ("category", "left"),
    [
        ("P1", []),  # at work: the inquiry is answered
        ("A2", []),
        ("F1", ["remittance_missing"]),
        ("F2", ["remittance_missing"]),
        ("R3", ["payer_asks"]),
        ("E1", ["unanswered"]),  # the question was not answered
        ("D0", ["unanswered"]),
    ],
)
def test_the_answer_closes_the_inquiry(category: str, left: list[str]) -> None:
    w = World()
    w.received()
    first = w.account.answer_on
    assert first is not None
    w.wait_until(first + timedelta(days=1))
    assert [kind for kind, _, _ in told(w)] == ["unanswered"]
    w.receive(
        statuses.PayerReportedStatus(
            claim_id=CLAIM, report_id="S2", kind="277", statuses=(statuses.ClaimStatus(category, "20"),),
            received_on=w.today, inquiry="I1",
        )
    )  # fmt: skip
    assert [kind for kind, _, _ in told(w)] == left
    again = w.account.answer_on
    assert again is not None
    w.wait_until(again + timedelta(days=1))
    assert "unanswered" in [kind for kind, _, _ in told(w)], "still nothing: asked again"


def inquired(status: str, on: date, **more: object) -> statuses.ClaimInquired:
    return statuses.ClaimInquired(claim_id=CLAIM, key="K1", status=status, on=on, number=1, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "more", "words", "why"),
    [
        ("sent", {}, "wait for the payer's answer to the inquiry about the claim", "asked by a 276 on "),
        ("rejected", {"codes": ("IK5 R",)}, "ask the payer about the claim", "could not be asked by a 276: IK5 R"),
        ("impossible", {"reason": "Illegible."}, "ask the payer about the claim", "by a 276: Illegible."),
    ],
)
def test_what_became_of_the_inquiry_is_on_the_list_until_the_next(
    status: str, more: dict[str, object], words: str, why: str
) -> None:
    w = World()
    w.received()
    first = w.account.answer_on
    assert first is not None
    w.wait_until(first + timedelta(days=1))
    w.receive(inquired(status, w.today, **more))
    (task,) = tasks(w.account)
    assert task.task.startswith(words) and "complain under" in task.task
    assert why in task.why and "no answer after an inquiry" in task.why
    again = w.account.answer_on
    assert again is not None and again == first + timedelta(days=46), "45 days after the day on which it was asked"
    w.wait_until(again + timedelta(days=1))
    (task,) = tasks(w.account)
    assert task.why == "no answer after 2 inquiries", "the second has not been sent yet"


def test_an_inquiry_into_a_claim_that_is_answered_changes_nothing() -> None:
    w = World()
    w.received()
    w.remitted("R1", "160.00", "40.00")
    w.receive(inquired("sent", w.today))
    assert w.account.last_inquiry is None
