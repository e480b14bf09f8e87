"""Of several disputes of one claim, each has its own answers that are held, and its own right that was given up."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.appeals.domain.commands import Commands
from services.appeals.domain.dispute_selection import command
from services.appeals.domain.tasks import tasks
from shared.decider import IllegalTransition
from tests.unit.appeals.cases import NOTICE, at
from tests.unit.appeals.test_dispute_selection import both, decision, told
from tests.unit.appeals.test_held_answers import closed
from tests.unit.appeals.test_tasks import BY_HAND


def test_a_held_answer_is_a_task_of_its_own_dispute_and_refused_from_a_person() -> None:
    story = told()
    first, (second,) = story.case.case_id, story.case.beside
    wrong = decision(second.case_id, "upheld", date(2025, 11, 27))
    with pytest.raises(IllegalTransition, match="2025-11-27"):
        Commands(story.decider.rule_set, at(NOTICE)).refuse_doubtful(story.case, wrong)
    assert story.receive(wrong) == [] and not story.case.held
    (item,) = story.case.beside[0].held
    (task,) = [task for task in tasks(story.case) if task.kind == "answer"]
    assert task.case_id == second.case_id != first
    commands = Commands(story.decider.rule_set, at(NOTICE))
    done = command(story.case, second.case_id, lambda case: commands.deal_with_answer(case, item.key, take=False))
    assert [task.kind for task in tasks(done.state) if task.kind == "answer"] == []


def test_a_right_given_up_in_a_dispute_beside_the_first_is_not_opened_again() -> None:
    story = told(BY_HAND)
    story.until(date(2027, 4, 10))  # 180 days from 5 October had ended on 3 April
    (second,) = story.case.beside
    assert second.stage == "ended" and second.lapsed is not None
    commands = Commands(story.decider.rule_set, at(story.today))
    with pytest.raises(IllegalTransition, match="beside the claim's first"):
        command(story.case, second.case_id, lambda case: commands.attest_filing(case, date(2026, 11, 2), "M-1"))


def test_a_corrected_day_of_receipt_holds_for_the_denied_lines_too_when_the_claim_is_judged_anew() -> None:
    story = told(BY_HAND)
    commands = Commands(story.decider.rule_set, at(NOTICE))
    decided, _ = commands.correct_notice(replace(story.case, beside=()), date(2026, 10, 2))
    story.state = decided.state
    story.receive(closed("pursuit_ended"))
    story.receive(both())
    assert [one.dispute.notice_on for one in story.case.disputes if one.dispute] == [date(2026, 10, 2)] * 2
