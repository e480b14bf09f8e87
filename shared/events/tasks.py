"""What a claim waits for people to do, as appeals and settlement tell it whenever it changes.

The whole list each time, so that the newest event is all there is to know; an empty one says that nothing waits. The
rules are those of each service's worklist. No text of a person and no patient data is in it.
"""

from __future__ import annotations

from datetime import date

from shared.events.base import Event, Part, contract
from shared.events.life import ANYWHERE, DisputeScope, Transition


class WaitingTask(Part, frozen=True):
    """One thing to do, by the end of `day` (None: as soon as it can be done), and not before `opens`.

    `case_id` names its dispute, empty for the claim's only or first; `forum` is where that stands. `last` is the day
    the law names where `day` is a business day before it. `why` says by which rule or what happened. `blocked_by` is
    what is missing, by name. `role` is who may decide it, empty for anybody; `offer_id` the payer's offer that it is
    about.
    """

    kind: str
    task: str
    why: str = ""
    case_id: str = ""
    forum: str = ""
    day: date | None = None
    opens: date | None = None
    last: date | None = None
    role: str = ""
    offer_id: str = ""
    blocked_by: tuple[str, ...] = ()


@contract("recoup.case.tasks-changed.v1", source="appeals", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class CaseTasksChanged(Event, frozen=True, omit_defaults=True):
    """What the pursuit of a claim waits for people to do, the earliest day first; `assignee` is who has the case."""

    tasks: tuple[WaitingTask, ...] = ()
    assignee: str = ""


@contract("recoup.account.tasks-changed.v1", source="settlement", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class AccountTasksChanged(Event, frozen=True, omit_defaults=True):
    """What a claim's offers and money wait for people to do, the earliest day first.

    `open_offers` are the payer's offers that can still be answered, by id: one that was told of and is not among them
    has ended.
    """

    tasks: tuple[WaitingTask, ...] = ()
    open_offers: tuple[str, ...] = ()
