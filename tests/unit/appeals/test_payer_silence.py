"""A payer that never answers: the complaint of the late initial payment opens by itself, and closes by what comes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.appeals.domain.commands import Commands
from services.appeals.domain.tasks import tasks
from shared.events.claims import ClaimReplaced, ClaimVoided
from tests.unit.appeals.cases import CLAIM, Story, at, claim
from tests.unit.appeals.test_corrected_claim import rejected
from tests.unit.appeals.test_payer_duties import answer, duty_of, kinds, told

D = date.fromisoformat
# 42 USC 300gg-111(a)(1)(C)(iv)(I): 30 calendar days from 1 September 2026 end with 1 October
SENT, LAST = D("2026-09-01"), D("2026-10-01")


def unanswered(sent: date | None = SENT, **fields: Any) -> Story:
    story = Story(today=SENT)
    story.receive(claim(received_on=sent, **fields))
    return story


def federal(story: Story) -> Story:
    """Staff found out that the plan is self-funded: federal law governs an emergency."""
    commands = Commands(story.decider.rule_set, at(story.today))
    story.state = commands.record_facts(story.case, plan={"funding": "self_funded"}).state
    return story


def test_a_payer_that_never_answers_is_complained_of_by_itself_once_its_time_is_over() -> None:
    story = federal(unanswered())
    story.until(LAST)
    assert kinds(story) == []
    story.until(D("2026-10-02"))
    duty = duty_of(story, "late_initial_payment")
    assert (duty.due_on, duty.done_on, duty.amount) == (LAST, None, None)
    (task,) = tasks(story.case)
    assert (task.kind, task.day) == ("late_initial_payment", duty.act_by)
    story.until(D("2027-03-01"))
    assert len(story.case.duties) == 1, "once"
    told(story, "duty_complained", "late_initial_payment", on=D("2026-10-20"))
    assert tasks(story.case) == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"sent": None},  # nobody knows when it left
        {"filing_indicator": "MB"},  # Medicare
        {"place": "11", "codes": ("99214",)},  # an office visit
    ],
)
def test_nothing_is_awaited_where_the_act_sets_no_time(fields: dict[str, Any]) -> None:
    story = unanswered(**fields)
    story.until(D("2027-03-01"))
    assert kinds(story) == []


def test_an_answer_in_time_leaves_nothing_and_one_dated_in_time_closes_it() -> None:
    story = federal(unanswered())
    story.receive(answer("180.00", paid_on=D("2026-09-20")), on=D("2026-09-22"))
    story.until(D("2027-03-01"))
    assert kinds(story) == []
    story = federal(unanswered())
    story.until(D("2026-10-02"))
    story.receive(answer("180.00", paid_on=LAST), on=D("2026-10-05"))
    duty = duty_of(story, "late_initial_payment")
    assert duty.closed and duty.done_on == LAST


def test_a_late_answer_completes_the_complaint_that_was_made() -> None:
    story = federal(unanswered())
    story.until(D("2026-10-02"))
    told(story, "duty_complained", "late_initial_payment", on=D("2026-10-02"))
    story.receive(answer("180.00", paid_on=D("2026-10-05")), on=D("2026-10-05"))
    duty = duty_of(story, "late_initial_payment")
    assert (duty.complained_on, duty.done_on, duty.amount) == (D("2026-10-02"), D("2026-10-05"), Decimal("150.00"))


def test_a_bill_that_the_payer_did_not_take_is_awaited_from_its_next_sending() -> None:
    story = federal(unanswered())
    story.receive(rejected(), on=D("2026-09-03"))
    story.until(D("2026-10-10"))
    assert kinds(story) == []
    story.receive(ClaimReplaced(claim_id=CLAIM, claim=claim(received_on=D("2026-10-10")).claim), on=D("2026-10-10"))
    story.until(D("2026-11-09"))
    assert kinds(story) == []
    story.until(D("2026-11-10"))
    assert duty_of(story, "late_initial_payment").due_on == D("2026-11-09")


def test_a_claim_that_was_voided_is_not_awaited() -> None:
    story = federal(unanswered())
    story.receive(ClaimVoided(claim_id=CLAIM), on=D("2026-09-03"))
    story.until(D("2027-03-01"))
    assert kinds(story) == []
