"""What waits for us is on the list: on every rung of every ladder, whatever happened before, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.forums.registry import FORUM_STEPS
from services.appeals.domain.tasks import NO_DAY, first_day, tasks
from services.appeals.settings import ALL_FORUMS
from shared.decider import IllegalTransition
from shared.events.payer import PayerAppealDecision
from tests.unit.appeals.cases import CLAIM, Story, at, claim, denied, flagged
from tests.unit.appeals.steps_by_hand import OFFICE, STEPS_BY_HAND, determination
from tests.unit.appeals.test_collection import unpaid
from tests.unit.appeals.test_pursuit import begun
from tests.unit.appeals.test_records import asked
from tests.unit.appeals.test_robustness import STORIES, _event, _outage  # pyright: ignore[reportPrivateUsage]
from tests.unit.appeals.test_steps import RUNGS

BY_HAND = Policy(attest=ALL_FORUMS)  # as in production: every filing waits for a person
EXPECTED: dict[tuple[str, str], list[tuple[str, date | None]]] = {
    (forum, stage): row.tasks for forum, rows in STEPS_BY_HAND.items() for stage, row in rows.items()
}
OURS = {"provider", "both"}


def told(case: AppealCase) -> list[tuple[str, date | None]]:
    return [(task.task, task.day) for task in tasks(case)]


@pytest.mark.parametrize("rung", RUNGS, ids="/".join)
def test_every_rung_has_the_tasks_that_are_ours(rung: tuple[str, str]) -> None:
    case = RUNGS[rung]().case  # pyright: ignore[reportArgumentType]
    found, expected = told(case), EXPECTED[rung]
    assert [day for _, day in found] == [day for _, day in expected]
    assert all(words.startswith(begin) for (words, _), (begin, _) in zip(found, expected, strict=True)), found
    assert all(task.why for task in tasks(case)), "each says why"
    assert first_day(case) == (expected[0][1] if expected else None)


def test_no_rung_that_is_ours_is_without_a_task() -> None:
    rungs = {(forum, stage): step for forum, stages in FORUM_STEPS.items() for stage, step in stages.items()}
    collection = {rung for rung in rungs if rung[0] == "collection"}
    assert set(EXPECTED) == set(rungs) - collection
    assert {rung for rung in EXPECTED if rungs[rung].mover in OURS} <= {rung for rung, t in EXPECTED.items() if t}  # pyright: ignore[reportArgumentType]


def test_what_is_owed_is_collected_step_by_step() -> None:
    story = unpaid(attest=ALL_FORUMS)
    assert [words for words, _ in told(story.case)] == ["demand the payment that is owed"]
    story = unpaid()
    assert told(story.case) == [], "the demand is out, the payer has its time"
    story.until(date(2026, 12, 19))
    assert [words for words, _ in told(story.case)] == ["file a complaint with the authority that answers for the plan"]
    story.until(date(2027, 1, 20))  # nobody did: the step is due again, and the list says why
    assert "no complaint was filed in time" in tasks(story.case)[0].why


def test_a_filing_that_is_blocked_says_by_what() -> None:
    case = begun(assignment_of_benefits=False, **OFFICE).case
    (task,) = tasks(case)
    assert (task.task, task.day) == ("get the assignment of benefits", date(2027, 4, 2))
    assert "nothing can be filed without it" in task.why


def test_where_the_law_is_open_the_review_stands_before_the_filing() -> None:
    story = begun(policy=BY_HAND, remarks=(), service_state="GA")  # O.C.G.A. 33-20E-9: 60 days
    assert told(story.case) == [
        ("decide whether the federal process governs: open negotiation must be begun by then", date(2026, 11, 17)),
        ("decide whether the state's process governs: it must be begun by then", date(2026, 12, 4)),
        ("file the plan's appeal", date(2027, 4, 2)),
    ]
    assert first_day(story.case) == date(2026, 11, 17)


def test_a_request_for_records_is_a_task_before_and_beside_any_pursuit() -> None:
    story = Story(BY_HAND)
    story.receive(claim(), asked(due_on=date(2026, 11, 20)))
    assert told(story.case) == [("send the records that the payer asked for", date(2026, 11, 20))]
    story.receive(denied("50"))
    assert ("send the records that the payer asked for", date(2026, 11, 20)) in told(story.case)


def test_an_answer_that_does_not_come_is_a_task_from_the_day_it_was_due() -> None:
    story = RUNGS["external_review", "await"]()
    assert told(story.case) == []
    story.until(date(2027, 1, 30))  # 45 days from 2 December are 16 January; five more for the mail
    (task,) = tasks(story.case)
    assert task.task == "ask for the decision that is overdue, or enter it"
    assert task.day == date(2027, 1, 16) and "was due on 2027-01-16" in task.why


def test_what_was_escalated_is_a_task_though_nobody_has_a_day() -> None:
    story = RUNGS["federal_idr", "determination"]()
    story.receive(determination(story.case, date(2026, 1, 5)))  # before the initiation: not taken, a person looks
    (task,) = tasks(story.case)
    assert task.kind == "answer" and "before the filing of" in task.why and task.day is not None


@pytest.mark.parametrize("make", [lambda: begun(policy=BY_HAND), lambda: begun(policy=BY_HAND, **OFFICE)])
def test_a_case_that_ended_waits_for_nobody(make: Callable[[], Story]) -> None:
    story = make()
    ended = Commands(story.decider.rule_set, at(story.today)).withdraw(story.case, "agreed by telephone").state
    assert tasks(ended) == () and first_day(ended) is None


def _must_be_listed(case: AppealCase) -> bool:
    """The brief of the list, told without it: our rung, a date of ours, something missing, something escalated."""
    if (
        any(d.ours for d in case.deadlines)
        or any(h.open for h in case.held)
        or (case.stage != "ended" and case.escalated)
    ):
        return True
    if not case.live or case.forum is None:
        return False
    return bool(case.blocked) or FORUM_STEPS[case.forum][case.stage].mover in OURS


@given(*STORIES)
@settings(max_examples=300, deadline=None)
def test_none_is_missing_whatever_happens(
    remarks: tuple[str, ...], state: str, verdict: str, attested: bool, assigned: bool, steps: list[str]
) -> None:
    story = begun(
        policy=BY_HAND if attested else Policy(), remarks=remarks, service_state=state, assignment_of_benefits=assigned,
        verdict=flagged(remarks) if verdict == "flag" else denied(verdict, remarks=remarks),
    )  # fmt: skip
    for step in ["none", *steps]:
        if step == "outage":
            _outage(story)
        elif step in ("days", "week", "month"):
            story.until(story.today + timedelta(days={"days": 3, "week": 7, "month": 31}[step]))
        elif step != "none":
            try:
                story.receive(_event(story, step))
            except IllegalTransition:
                continue
        case, day = story.case, first_day(story.case)
        if _must_be_listed(case):
            assert day is not None, (case.forum, case.stage, case.escalated)
        if case.stage == "ended" and not any(d.ours for d in case.deadlines) and not any(h.open for h in case.held):
            assert day is None, "an ended case does not lie on the list"
        ours = [d.due for d in case.deadlines if d.ours]
        assert day is None or not ours or day <= min(ours), "no date of ours comes before the case's place"
        assert all(task.day is None or task.day < NO_DAY for task in tasks(case))


def test_the_next_level_is_named() -> None:
    story = begun(policy=Policy(attest=frozenset({"commercial_appeal"})), **OFFICE)
    filed = Commands(story.decider.rule_set, at(story.today)).attest_filing(story.case, story.today, "M-1").state
    story.state = filed
    assert told(story.case) == []
    story.receive(
        PayerAppealDecision(
            claim_id=CLAIM, case_id=story.case.case_id, level=1, outcome="upheld", decided_on=date(2026, 11, 2)
        ),
        on=date(2026, 11, 2),
    )
    # 60 days are 1 January, a holiday: the business day before
    assert told(story.case) == [("file the plan's appeal, level 2", date(2026, 12, 31))]
