"""What a pursuit waits for is told on the log whenever it changes: the whole list, with what is missing and by whom."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from services.appeals.domain.task_events import tasks_changed
from services.appeals.domain.tasks import tasks
from shared.events.tasks import CaseTasksChanged
from tests.unit.appeals.cases import CLAIM
from tests.unit.appeals.steps_by_hand import OFFICE
from tests.unit.appeals.test_pursuit import begun


def test_a_filing_that_is_blocked_is_told_with_what_is_missing() -> None:
    case = begun(assignment_of_benefits=False, **OFFICE).case
    (event,) = tasks_changed(None, case)
    assert isinstance(event, CaseTasksChanged)
    (task,) = event.tasks
    assert (task.kind, task.task, task.day) == ("file", "get the assignment of benefits", date(2027, 4, 2))
    assert task.blocked_by == ("assignment_of_benefits",)
    assert task.forum == case.forum


def test_who_has_the_case_is_told_when_that_changes() -> None:
    case = begun(assignment_of_benefits=False, **OFFICE).case
    given = replace(case, assignee="ada")
    (event,) = tasks_changed(case, given)
    assert isinstance(event, CaseTasksChanged)
    assert event.assignee == "ada" and len(event.tasks) == len(tasks(case))
    assert tasks_changed(given, given) == tasks_changed(case, replace(case)) == ()


def test_the_end_leaves_nothing() -> None:
    case = begun(assignment_of_benefits=False, **OFFICE).case
    over = replace(case, stage="ended", deadlines=(), blocked=())
    assert tasks_changed(case, over) == (CaseTasksChanged(claim_id=CLAIM),)
