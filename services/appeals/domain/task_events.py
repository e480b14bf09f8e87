"""Telling of what a case waits for people to do, whenever that changes."""

from __future__ import annotations

from collections.abc import Sequence

from services.appeals.domain.case import AppealCase
from services.appeals.domain.tasks import Task, tasks
from shared.events.base import Event
from shared.events.tasks import CaseTasksChanged, WaitingTask


def tasks_changed(before: AppealCase | None, after: AppealCase, _: Sequence[Event] = ()) -> tuple[Event, ...]:
    """The event that tells of the tasks, where they or who has the case are not what they were."""
    if before is after:
        return ()
    now = _list(after)
    was = _list(before) if before is not None else CaseTasksChanged(claim_id=after.claim_id)
    return (now,) if now != was else ()


def _list(case: AppealCase) -> CaseTasksChanged:
    beside = {one.case_id: one for one in case.beside}
    found = tuple(_task(task, beside.get(task.case_id, case)) for task in tasks(case))
    return CaseTasksChanged(claim_id=case.claim_id, tasks=found, assignee=case.assignee)


def _task(task: Task, about: AppealCase) -> WaitingTask:
    return WaitingTask(
        kind=task.kind,
        task=task.task,
        why=task.why,
        case_id=task.case_id,
        forum=about.forum or "",
        day=task.day,
        opens=task.opens,
        last=task.last,
        blocked_by=about.blocked if task.kind == "file" else (),
    )
