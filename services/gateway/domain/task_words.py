"""What the timeline says of the tasks that a claim waits for."""

from __future__ import annotations

from services.gateway.domain.wording import counted, long_day
from shared.events.tasks import AccountTasksChanged, CaseTasksChanged


def waits(event: CaseTasksChanged | AccountTasksChanged) -> str:
    """The first task with its day, and how many there are beside it."""
    where = "The pursuit" if isinstance(event, CaseTasksChanged) else "The account"
    if not event.tasks:
        return f"{where} waits for nobody here."
    first, *others = event.tasks
    by = f" by {long_day(first.day)}" if first.day is not None else ""
    more = f", and for {counted(len(others), 'other task')}" if others else ""
    return f"{where} waits for a person to {first.task}{by}{more}."
