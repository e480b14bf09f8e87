"""What another system began and hands over: the case stands in the middle of the ladder, where that one left it.

Nothing is filed for it again: what was filed keeps its day and its reference. A right that is over by the day of
receipt is not opened by being handed over.
"""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain import pursuit, reviews
from services.appeals.domain.case import Deadline
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.federal_idr.initiation import without_denied
from services.appeals.domain.forums.filing import name_the_remedy, require_after_earlier
from services.appeals.domain.forums.protocol import Forum, Submission
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.statements import HandedOver
from shared.decider import IllegalTransition
from shared.events.base import Event
from shared.events.pursuit import AppealFiled, NegotiationOpened

CANNOT = "it was taken over from another system and cannot stand there: "
_TOLD = "taken over from another system"


def start(builder: DecisionBuilder, item: HandedOver) -> None:
    """Let a new round stand where it was left; raises `IllegalTransition` with the rule where it cannot."""
    builder.change(handed_over=msgspec.structs.replace(item, begun=True))
    if item.forum == FEDERAL_IDR.name:
        _initiated(builder, item)
    elif item.filed_on is None:
        _before_filing(builder, FORUMS[item.forum], item)
    else:
        _filed(builder, FORUMS[item.forum], item, item.filed_on)
    builder.events = [_as_taken_over(event) for event in builder.events]
    if item.offer is not None:
        task = f"{_TOLD} with an offer of the payer of ${item.offer:,.2f}: enter it, if it still stands, and answer it"
        builder.change(escalated=f"{builder.case.escalated}; {task}" if builder.case.escalated else task)


def _before_filing(builder: DecisionBuilder, forum: Forum, item: HandedOver) -> None:
    due, rule = _file_by(builder, forum, item)
    blocked = forum.blocked_by(builder.case)
    _stand(builder, forum, item.level, blocked, builder.ours("file", due, rule))
    if not blocked and pursuit.files_by_itself(builder):
        pursuit.file(builder)


def _file_by(builder: DecisionBuilder, forum: Forum, item: HandedOver) -> tuple[date, str]:
    """The last day to file: of a first level by the day of receipt, else as it was told."""
    if item.level == 1 and forum.traits.counted_from_receipt:
        received = builder.dispute.notice_on
        last, rule = forum.file_by(builder, 1, received)
        if builder.today > last:
            raise IllegalTransition(
                f"{forum.traits.label} was open until {last.isoformat()}, counted from the receipt on "
                f"{received.isoformat()}; correct that day first, where it was another; {rule}"
            )
        return min(item.due_on or last, last), rule
    if item.due_on is None:
        raise IllegalTransition(f"{forum.traits.label}, level {item.level}: the last day to file is needed in `due`")
    if builder.today > item.due_on:
        raise IllegalTransition(f"{forum.traits.label} was due on {item.due_on.isoformat()}: nothing of it is open")
    return item.due_on, f"as told when it was {_TOLD}"


def _filed(builder: DecisionBuilder, forum: Forum, item: HandedOver, filed_on: date) -> None:
    _stand(builder, forum, item.level, ())
    require_after_earlier(builder.case, forum, filed_on)
    late = _late(builder, forum, item, filed_on)
    if late and forum.traits.federal_process:
        raise IllegalTransition(late)
    if forum.traits.reviews_beside:
        reviews.plan(builder, builder.dispute.notice_on)
    forum.file(builder, Submission(day=filed_on, reference=item.reference))
    builder.change(escalated=late)
    window = builder.case.deadline("idr_window")
    if window is not None:
        _window(builder, item, window)
    elif builder.case.deadline("decision") is not None:
        _answer_due(builder, item)


def _late(builder: DecisionBuilder, forum: Forum, item: HandedOver, filed_on: date) -> str:
    """Why what was filed was late by the day of receipt; empty where it was in time."""
    if item.level != 1 or not forum.traits.counted_from_receipt:
        return ""
    last, rule = forum.file_by(builder, 1, builder.dispute.notice_on)
    if filed_on <= last:
        return ""
    received = builder.dispute.notice_on.isoformat()
    return (
        f"filed on {filed_on.isoformat()}, after {last.isoformat()}, the last day counted from the receipt on "
        f"{received}; correct that day, where it was another; {rule}"
    )


def _window(builder: DecisionBuilder, item: HandedOver, window: Deadline) -> None:
    """Open negotiation: nothing of it is open once its window for IDR is over."""
    if item.due_on not in (None, window.due, window.until):
        raise IllegalTransition(
            f"`due`: the window for IDR ends on {window.until.isoformat()} by the notice's day; leave `due` empty; "
            f"{window.rule}"
        )
    if builder.today > window.until:
        raise IllegalTransition(f"its window for IDR ended on {window.until.isoformat()}; {window.rule}")


def _answer_due(builder: DecisionBuilder, item: HandedOver) -> None:
    """The answer is due on the day told, else by the rule; one that is overdue already is asked for from today on."""
    case = builder.case
    waiting = case.deadline("decision")
    assert waiting is not None
    due = item.due_on or waiting.due
    rule = f"as told when it was {_TOLD}" if item.due_on is not None else waiting.rule
    if due < builder.today:
        overdue = f"the answer was due on {due.isoformat()} and is not known: ask for it"
        builder.change(escalated=f"{case.escalated}; {overdue}" if case.escalated else overdue)
    awaited = msgspec.structs.replace(waiting, due=max(due, builder.today), rule=rule)
    *others, filing = builder.case.filings
    builder.change(
        deadlines=tuple(awaited if d is waiting else d for d in case.deadlines),
        filings=(*others, msgspec.structs.replace(filing, due_on=due)),
    )
    builder.events = [
        msgspec.structs.replace(event, decision_due_on=due) if isinstance(event, AppealFiled) else event
        for event in builder.events
    ]


def _initiated(builder: DecisionBuilder, item: HandedOver) -> None:
    """Federal IDR, after the open negotiation that alone opens it (45 CFR 149.510(b)(2)(i))."""
    assert FEDERAL_IDR.papers.proven_by is not None
    negotiation = FORUMS[FEDERAL_IDR.papers.proven_by]
    if item.negotiation_on is None or item.filed_on is None:
        raise IllegalTransition(
            f"{FEDERAL_IDR.name}: the days of the negotiation's notice and of the initiation are needed; what is not "
            f"initiated yet is handed over as {negotiation.name}, filed on the day of its notice"
        )
    if item.due_on is not None:
        raise IllegalTransition(f"{FEDERAL_IDR.name}: leave `due` empty; its days are counted from the initiation")
    _stand(builder, negotiation, 1, ())
    require_after_earlier(builder.case, negotiation, item.negotiation_on)
    negotiation.file(builder, Submission(day=item.negotiation_on, reference=item.reference))
    window = builder.case.deadline("idr_window")
    assert window is not None
    if item.filed_on > window.until:
        raise IllegalTransition(f"its window for IDR ended on {window.until.isoformat()}; {window.rule}")
    dispute = without_denied(builder.dispute)
    builder.change(forum=FEDERAL_IDR.name, level=1, stage="prepare", deadlines=(), dispute=dispute)
    FEDERAL_IDR.file(builder, Submission(day=item.filed_on, reference=item.reference, despite=_TOLD))


def _stand(builder: DecisionBuilder, forum: Forum, level: int, blocked: tuple[str, ...], *deadlines: Deadline) -> None:
    unavailable = forum.unavailable(builder.case, builder.rule_set.rules)
    if unavailable:
        raise IllegalTransition(unavailable)
    builder.change(
        forum=forum.name, level=level, stage="prepare", blocked=blocked, deadlines=deadlines, ended="", escalated=""
    )
    name_the_remedy(builder, forum)


def _as_taken_over(event: Event) -> Event:
    if isinstance(event, AppealFiled | NegotiationOpened) and _TOLD not in event.reasons:
        return msgspec.structs.replace(event, reasons=(_TOLD, *event.reasons))
    return event
