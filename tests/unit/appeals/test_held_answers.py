"""An answer that cannot be, or contradicts what is recorded, moves nothing: a person sees it, and deals with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest

from services.appeals.domain.commands import Commands
from services.appeals.domain.tasks import first_day, tasks
from shared.decider import IllegalTransition
from shared.events.idr import IdrDetermined
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.events.pursuit import AppealDecided
from shared.events.settlement import ClaimClosed, ClaimSettled, CloseReason
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, denied
from tests.unit.appeals.steps_by_hand import OFFICE
from tests.unit.appeals.test_idr_as_told import INITIATED, initiated
from tests.unit.appeals.test_pursuit import begun, decision, settled
from tests.unit.appeals.test_steps import RUNGS

LEVEL_2 = date(2026, 11, 20)


def appealed() -> Story:
    """A denial appealed by the service on the day of its receipt, 5 October."""
    return begun(verdict=denied("50"), **OFFICE)


def ended_unheard() -> Story:
    """Both levels passed in silence, no review is open (CARC 45 is of price): the pursuit ended, the books closed."""
    story = begun(remarks=(), place="11", codes=("99214",))
    story.until(date(2027, 6, 30))
    assert story.case.stage == "ended"
    return story


def held_why(story: Story) -> str:
    (task,) = [t for t in tasks(story.case) if t.kind == "answer"]
    assert task.day == story.today and first_day(story.case) is not None
    return task.why


IMPOSSIBLE: dict[str, tuple[Callable[[], Story], date]] = {
    f"{forum} level {level}, {why}": (make, day)
    for forum, level, make in (
        ("commercial_appeal", 1, appealed),
        ("external_review", 1, RUNGS["external_review", "await"]),
        ("state_process", 1, RUNGS["state_process", "await"]),
        ("corrected_claim", 1, RUNGS["corrected_claim", "await"]),
    )
    for why, day in (
        ("a year before", date(2025, 11, 27)),
        ("the day before the first filing", date(2026, 10, 4)),
        ("two days ahead", date(2026, 12, 20)),
        ("far ahead", date(2099, 12, 31)),
    )
}


@pytest.mark.parametrize("outcome", ["upheld", "dismissed", "overturned", "partially_overturned"])
@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_decision_with_a_day_that_cannot_be_ends_nothing_and_is_a_task(name: str, outcome: str) -> None:
    make, day = IMPOSSIBLE[name]
    story = make()
    story.until(date(2026, 12, 18) if name.startswith("external") else story.today)
    if "two days ahead" in name:
        day = date.fromordinal(story.today.toordinal() + 2)
    before = story.case
    assert story.receive(decision(story, outcome, day, awarded="500.00"), on=story.today) == []
    after = story.case
    assert (after.stage, after.level, after.filings, after.deadlines) == (
        before.stage, before.level, before.filings, before.deadlines,
    )  # fmt: skip
    why = held_why(story)
    assert day.isoformat() in why and outcome.replace("_", " ") in why and "$500.00" in why
    assert story.case.escalated == why


@pytest.mark.parametrize("ahead", [0, 1])  # the sender's day may be a day ahead of ours
def test_a_decision_of_the_day_of_its_filing_or_of_the_senders_tomorrow_is_taken(ahead: int) -> None:
    story = appealed()
    (decided, *_) = story.receive(decision(story, "upheld", date(2026, 10, 5 + ahead)))
    assert isinstance(decided, AppealDecided) and not story.case.held


def test_one_told_again_is_held_once_and_the_right_one_settles_it() -> None:
    story = appealed()
    wrong = decision(story, "upheld", date(2025, 11, 27))
    story.receive(wrong, wrong)
    assert len(story.case.held) == 1
    story.receive(decision(story, "upheld", date(2026, 11, 18)), on=date(2026, 11, 20))
    assert story.case.level == 2 and [t.kind for t in tasks(story.case)] == []
    assert "not taken" not in story.case.escalated
    story.receive(wrong)
    assert tasks(story.case) == (), "what is done with does not come back"


# first and second answer to level 1; whether the second is of another content
TWICE: list[tuple[tuple[str, str | None], tuple[str, str | None], bool]] = [
    (("upheld", None), ("upheld", None), False),
    (("upheld", None), ("overturned", "700.00"), True),
    (("upheld", None), ("dismissed", None), True),
    (("overturned", "700.00"), ("overturned", "700.00"), False),
    (("overturned", "700.00"), ("overturned", "900.00"), True),
    (("partially_overturned", "300.00"), ("upheld", None), True),
]


@pytest.mark.parametrize(("first", "second", "another"), TWICE)
def test_a_decision_that_says_something_else_goes_to_a_person_with_both_versions(
    first: tuple[str, str | None], second: tuple[str, str | None], another: bool
) -> None:
    story, day = appealed(), date(2026, 11, 2)
    answers = [decision(story, outcome, day, level=1, awarded=awarded) for outcome, awarded in (first, second)]
    story.receive(answers[0], on=day)
    stage, events = story.case.stage, len(story.events)
    story.receive(answers[1])
    assert (story.case.stage, len(story.events)) == (stage, events)
    assert bool(story.case.held) == another
    if another:
        why = held_why(story)
        for outcome, amount in (first, second):
            assert outcome.replace("_", " ") in why and (amount is None or f"${amount}" in why)


def determination(story: Story, prevailing: Literal["provider", "payer"], award: str, on: date) -> Any:
    return PayerIdrDetermination(
        claim_id=CLAIM, case_id=story.case.case_id, prevailing=prevailing, award=Decimal(award), determined_on=on
    )


def closed(reason: CloseReason = "settled_and_paid") -> ClaimClosed:
    return ClaimClosed(
        claim_id=CLAIM, reason=reason, billed=Decimal("900.00"), allowed=Decimal("700.00"),
        paid_at_first=Decimal("150.00"), paid=Decimal("670.00"), recovered=Decimal("0.00"),
        patient_share=Decimal("30.00"), costs=Decimal("0.00"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "awarded", "says"),
    [
        ("overturned", "900.01", "more than the $900.00 billed"),  # of $900 billed, $180 was allowed
        ("partially_overturned", "99999", "more than the $900.00 billed"),
        ("partially_overturned", "179.99", "less than the $180.00 that the payer had allowed"),
        ("overturned", "0", "less than the $180.00 that the payer had allowed"),
    ],
)
def test_a_decision_of_an_amount_that_cannot_be_is_a_persons(outcome: str, awarded: str, says: str) -> None:
    story = begun(remarks=(), place="11", codes=("99214",))
    before = story.case
    assert (before.facts.charge, before.dispute and before.dispute.allowed) == (Decimal(900), Decimal(180))
    assert story.receive(decision(story, outcome, date(2026, 11, 2), awarded=awarded), on=date(2026, 11, 2)) == []
    assert (story.case.stage, story.case.filings) == (before.stage, before.filings)
    assert says in held_why(story)


@pytest.mark.parametrize("awarded", ["180.00", "900.00"])
def test_what_was_allowed_and_what_was_billed_are_the_bounds_of_a_decision(awarded: str) -> None:
    story = begun(remarks=(), place="11", codes=("99214",))
    story.receive(decision(story, "partially_overturned", date(2026, 11, 2), awarded=awarded), on=date(2026, 11, 2))
    assert (story.case.stage, story.case.held) == ("agreement", ())


@pytest.mark.parametrize(
    ("prevailing", "award", "held"),
    [
        ("provider", "900.01", True), ("payer", "900.01", True), ("provider", "179.99", True),
        ("payer", "100.00", False),  # the plan may have offered less than it had paid
        ("provider", "180.00", False),
    ],
)  # fmt: skip
def test_a_determination_of_an_amount_that_cannot_be_is_a_persons(
    prevailing: Literal["provider", "payer"], award: str, held: bool
) -> None:
    story = initiated()
    told, day = determination(story, prevailing, award, date(2026, 12, 21)), date(2026, 12, 21)
    story.receive(told, on=day)
    assert (story.case.stage == "agreement") is not held
    assert [item.amount for item in story.case.held] == ([Decimal(award)] if held else [])
    Commands(story.decider.rule_set, at(day)).refuse_doubtful(initiated().case, told)  # a person's word is taken


@pytest.mark.parametrize("after", ["at once", "settled", "closed"])
def test_a_corrected_determination_is_a_task_with_both_versions_also_after_the_end(after: str) -> None:
    story, day = initiated(), date(2026, 12, 21)
    first = determination(story, "payer", "200.00", day)
    story.receive(first, on=day)
    award = ClaimSettled(
        claim_id=CLAIM, settlement_id="s", basis="idr_award", amount=Decimal("200.00"), additional_due=Decimal("20.00"),
        patient_share=Decimal("30.00"), settled_on=day, payment_due_on=date(2027, 1, 20), policy="default",
    )  # fmt: skip
    story.receive(*{"at once": (), "settled": (award,), "closed": (award, closed())}[after])
    assert story.receive(first) == [] and not story.case.held, "told twice"
    assert story.receive(determination(story, "provider", "1200.00", day), on=date(2026, 12, 23)) == []
    why = held_why(story)
    for part in ("payer prevails", "$200.00", "provider prevails", "$1,200.00", "2026-12-21"):
        assert part in why
    assert [type(e) for e in story.events].count(IdrDetermined) == 1


def test_a_day_that_alone_differs_is_another_version() -> None:
    story, day = initiated(), date(2026, 12, 21)
    story.receive(determination(story, "payer", "200.00", day), on=date(2026, 12, 22))
    story.receive(determination(story, "payer", "200.00", date(2026, 12, 22)))
    assert "2026-12-21" in held_why(story) and "2026-12-22" in held_why(story)


def test_a_determination_after_the_parties_settled_is_for_a_person() -> None:
    """45 CFR 149.510(c)(2)(i): what the parties agreed is the rate; the entity should not have determined."""
    story = initiated()
    story.receive(settled())
    assert story.receive(determination(story, "provider", "900.00", INITIATED)) == []
    assert "settled: offer_accepted" in held_why(story)


def test_a_favourable_decision_after_the_end_is_for_a_person_and_a_refusal_is_nothing() -> None:
    story = ended_unheard()
    story.receive(decision(story, "upheld", date(2027, 6, 30), level=2))
    assert tasks(story.case) == ()
    story.receive(decision(story, "overturned", date(2027, 6, 30), level=2, awarded="900.00"))
    assert "had ended" in held_why(story)


def test_a_person_who_enters_what_cannot_be_is_refused_with_the_reason() -> None:
    story = appealed()
    commands = Commands(story.decider.rule_set, at(NOTICE))
    for day in (date(2025, 11, 27), date(2099, 12, 31)):
        with pytest.raises(IllegalTransition, match=day.isoformat()):
            commands.refuse_doubtful(story.case, decision(story, "upheld", day))
    commands.refuse_doubtful(story.case, decision(story, "upheld", NOTICE))
    story = initiated()
    commands = Commands(story.decider.rule_set, at(INITIATED))
    with pytest.raises(IllegalTransition, match="before the filing of 2026-11-20"):
        commands.refuse_doubtful(story.case, determination(story, "provider", "900.00", date(2026, 11, 19)))


def _deal(story: Story, *, take: bool) -> None:
    (item,) = [h for h in story.case.held if h.open]
    decided = Commands(story.decider.rule_set, at(story.today)).deal_with_answer(story.case, item.key, take=take)
    story.state, story.events = decided.state, [*story.events, *decided.events]


def test_a_person_lays_a_held_answer_aside_and_it_does_not_come_back() -> None:
    story = appealed()
    wrong = decision(story, "upheld", date(2099, 12, 31))
    story.receive(wrong)
    _deal(story, take=False)
    assert tasks(story.case) == () and story.case.escalated == ""
    story.receive(wrong)
    assert tasks(story.case) == ()
    with pytest.raises(IllegalTransition, match="no answer"):
        Commands(story.decider.rule_set, at(story.today)).deal_with_answer(story.case, "nothing", take=True)


def test_a_person_takes_a_favourable_decision_over_the_refusal_that_was_recorded() -> None:
    story, day = appealed(), date(2026, 11, 2)
    first, right = (
        decision(story, o, day, level=1, awarded=a) for o, a in (("upheld", None), ("overturned", "700.00"))
    )
    story.receive(first, right, on=day)
    _deal(story, take=True)
    decided = story.events[-1]
    assert isinstance(decided, AppealDecided)
    assert (decided.level, decided.outcome, decided.awarded) == (1, "overturned", Decimal("700.00"))
    assert story.case.stage == "agreement" and not [t for t in tasks(story.case) if t.kind == "answer"]


@pytest.mark.parametrize("which", ["impossible day", "refusal over a grant", "determination", "ended"])
def test_what_may_not_be_taken_is_refused_by_rule(which: str) -> None:
    day = date(2026, 11, 2)
    story = initiated() if which == "determination" else ended_unheard() if which == "ended" else appealed()
    if which == "impossible day":
        story.receive(decision(story, "overturned", date(2099, 12, 31), awarded="700.00"))
    elif which == "refusal over a grant":
        answers = [decision(story, o, day, level=1, awarded=a) for o, a in (("overturned", "700.00"), ("upheld", None))]
        story.receive(*answers, on=day)
    elif which == "determination":
        story.receive(determination(story, "provider", "900.00", date(2026, 11, 1)))
    else:
        story.receive(decision(story, "overturned", date(2027, 6, 30), level=2, awarded="900.00"))
    before = story.case
    with pytest.raises(IllegalTransition, match=r"^take: "):
        _deal(story, take=True)
    assert story.case == before


def test_no_more_answers_are_kept_than_a_person_can_look_at() -> None:
    story = appealed()
    wrong = [decision(story, "upheld", date(2099, 1, n)) for n in range(1, 22)]
    story.receive(*wrong[:20])
    with pytest.raises(IllegalTransition, match="set aside"):
        story.receive(wrong[20])
    assert isinstance(wrong[0], PayerAppealDecision) and len(story.case.held) == 20
