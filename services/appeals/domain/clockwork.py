"""Timers: which instants a case waits for, and what happens at each. A late timer acts on the day it fires."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec

from services.appeals.domain import answers, collection, idr, pursuit, records
from services.appeals.domain.case import AppealCase, Deadline, Policy
from services.appeals.domain.filing import give_up
from services.appeals.domain.receipt import assumption
from services.appeals.domain.turn import Turn
from shared.calendar import day_begins, day_ends
from shared.fold import IllegalTransition, Timer

_CHASE = 30


def timers(case: AppealCase, policy: Policy, zone: ZoneInfo) -> tuple[Timer, ...]:
    """One timer a deadline: its next occasion, as a day begins or when it is over in the time zone."""
    return tuple(_next(item, case, policy, zone) for item in case.deadlines)


def _next(item: Deadline, case: AppealCase, policy: Policy, zone: ZoneInfo) -> Timer:
    if item.kind == "idr_window" and item.opens is not None:
        return Timer("idr_window_opens", day_begins(item.opens, zone))
    if item.kind == "gather":
        return Timer("gather_due", day_begins(item.due, zone))
    if not item.ours:
        grace = policy.answer_grace_days if item.kind == "decision" else 0
        return Timer(f"{item.kind}_due", day_ends(item.due + timedelta(days=grace), zone))
    # told 0: nothing said; 1: reminded; 2: escalated. `opens` is an occasion of its own while nobody may act yet.
    if item.kind == "file" and item.opens is not None and case.stage == "prepare" and item.told == 0:
        return Timer("file_opens", day_begins(item.opens, zone))
    if item.told <= 1 and item.remind_on is not None and item.remind_on < item.due and item.told == 0:
        return Timer(f"{item.kind}_reminder", day_begins(item.remind_on, zone))
    if item.told <= 1:
        return Timer(f"{item.kind}_escalation", day_begins(item.due, zone))
    return Timer(f"{item.kind}_missed", day_ends(item.until, zone))


def fire(turn: Turn, kind: str) -> None:
    """A timer of the case came due: maybe late, so what is said is what is true now."""
    case = turn.case
    for item in case.deadlines:
        if _next(item, case, turn.house.policy, turn.house.zone).kind == kind:
            _act(turn, item, _true_now(item, kind, turn.today))
            return
    raise IllegalTransition(f"timer {kind} does not belong to the case as it stands")


def _true_now(item: Deadline, kind: str, today: date) -> str:
    """After an outage nobody is reminded of a day that has come, nor told to act today on one that has passed."""
    if not kind.endswith(("_reminder", "_escalation")) or today < item.due:
        return kind
    return f"{item.kind}_missed" if today > item.until else f"{item.kind}_escalation"


def _act(turn: Turn, item: Deadline, kind: str) -> None:
    assumed = assumption(item)
    if kind == "idr_window_opens":
        pursuit.window_opens(turn)
    elif kind == "file_opens":
        _replace(turn, item, msgspec.structs.replace(item, opens=None))
        if not turn.case.blocked and turn.case.forum not in turn.house.policy.attest and turn.today <= item.until:
            pursuit.file(turn)
    elif kind == "gather_due":
        _drop(turn, item)
        pursuit.gathered(turn)
    elif kind.endswith("_reminder"):
        _replace(turn, item, msgspec.structs.replace(item, told=1))
        turn.notice("reminder", item, assumed)
    elif kind.endswith("_escalation"):
        _replace(turn, item, msgspec.structs.replace(item, told=2))
        turn.notice("escalation", item, assumed)
        note = f" ({assumed})" if assumed else ""
        turn.change(escalated=f"{item.kind} is due on {item.due.isoformat()}{note}; {item.rule}")
    elif kind.endswith("_missed"):
        _missed(turn, item)
    else:
        _overdue(turn, item)


def _missed(turn: Turn, item: Deadline) -> None:
    """Our own deadline passed."""
    if item.kind == "offer":
        idr.offer_missed(turn, item)
        return
    turn.notice("missed", item)
    if item.kind == records.KIND:
        records.missed(turn, item)
    elif item.kind == "further_lines":
        _drop(turn, item)
        turn.change(further_due=None, escalated=f"missed: lines not appealed by {item.until.isoformat()}; {item.rule}")
    elif turn.case.forum == "collection":
        collection.missed(turn)
    elif item.kind == "file":
        reason = f"not filed by {item.until.isoformat()}"
        if turn.case.blocked:
            reason += f": {', '.join(turn.case.blocked)} was missing"
        give_up(turn, reason, item.rule, missed=True)
    else:  # a federal review or the next level's date: an option lost, the case goes on
        _drop(turn, item)
        turn.change(escalated=f"missed: {item.kind} ended on {item.until.isoformat()}; {item.rule}")


def _overdue(turn: Turn, item: Deadline) -> None:
    """Somebody else's deadline passed."""
    case = turn.case
    if item.kind == "entity_selection" and case.stage == "selection":
        idr.selection_overdue(turn, item)
    elif item.kind == "entity_selection":
        idr.chase_selection(turn, item)
    elif item.kind == "decision" and case.forum in ("external_review", "state_process") and item.told == 0:
        _chase(turn, item)
    elif item.kind == "payment" and case.forum == "collection":
        turn.notice("overdue", item)
        collection.unpaid(turn)
    elif item.kind == "decision":
        answers.no_answer(turn, item.due)
    else:  # a determination or a payment that does not come: chase it for as long as it takes
        _chase(turn, item)


def _chase(turn: Turn, item: Deadline) -> None:
    assumed = assumption(item)
    turn.notice("overdue", msgspec.structs.replace(item, due=item.first_due), assumed)
    later = max(turn.today, item.due) + timedelta(days=_CHASE)
    _replace(turn, item, msgspec.structs.replace(item, due=later, told=item.told + 1, since=item.first_due))
    note = f" ({assumed})" if assumed else ""
    turn.change(escalated=f"{item.kind} was due on {item.first_due.isoformat()}{note}; {item.rule}")


def _replace(turn: Turn, item: Deadline, by: Deadline) -> None:
    turn.change(deadlines=tuple(by if d is item else d for d in turn.case.deadlines))


def _drop(turn: Turn, item: Deadline) -> None:
    turn.change(deadlines=tuple(d for d in turn.case.deadlines if d is not item))
