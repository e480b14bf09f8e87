"""Timers: which instants a case waits for, and what happens at each. A late timer acts on the day it fires."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec

from services.appeals.domain import (
    answers,
    extension_effects,
    further_lines,
    idr_information,
    idr_outcomes,
    misdirected,
    pursuit,
    receipt,
    records,
    reviews,
)
from services.appeals.domain.case import AppealCase, Deadline, Policy
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.filing import give_up, record_missed
from services.appeals.domain.forums.protocol import Forum
from services.appeals.domain.forums.registry import DEFAULT, forum_in
from services.appeals.domain.receipt import assumption
from shared.calendar import day_begins, day_ends
from shared.decider import IllegalTransition, Timer

_CHASE = 30


OF = "@"
"""Between the kind of a timer and the dispute beside the first that it is of."""


def timers(case: AppealCase, policy: Policy, zone: ZoneInfo) -> tuple[Timer, ...]:
    """One timer a deadline: its next occasion, as a day begins or when it is over in the time zone."""
    own = tuple(_next(item, case, policy, zone) for item in case.deadlines)
    if not case.beside:
        return own
    others = (
        Timer(f"{timer.kind}{OF}{part.case_id}", timer.due)
        for part in case.beside
        for item in part.deadlines
        for timer in [_next(item, part, policy, zone)]
    )
    return (*own, *others)


def _next(item: Deadline, case: AppealCase, policy: Policy, zone: ZoneInfo) -> Timer:
    forum = forum_in(case)
    own = forum.timer(item) if forum is not None else None
    if own is not None:
        return Timer(own[0], day_begins(own[1], zone))
    if not item.ours:
        grace = policy.answer_grace_days if item.kind == "decision" else 0
        return Timer(f"{item.kind}_due", day_ends(item.due + timedelta(days=grace), zone))
    # told 0: nothing said; 1: reminded; 2: escalated. `opens` is an occasion of its own while nobody may act yet.
    if item.kind == "file" and item.opens is not None and case.stage == "prepare" and item.notices == 0:
        return Timer("file_opens", day_begins(item.opens, zone))
    if item.notices <= 1 and item.remind_on is not None and item.remind_on < item.due and item.notices == 0:
        return Timer(f"{item.kind}_reminder", day_begins(item.remind_on, zone))
    if item.notices <= 1:
        return Timer(f"{item.kind}_escalation", day_begins(item.due, zone))
    return Timer(f"{item.kind}_missed", day_ends(item.until, zone))


def fire(builder: DecisionBuilder, kind: str) -> None:
    """A timer of the case came due: maybe late, so what is said is what is true now."""
    case = builder.case
    for item in case.deadlines:
        if _next(item, case, builder.rule_set.policy, builder.rule_set.zone).kind == kind:
            _act(builder, item, _true_now(item, kind, builder.today))
            return
    raise IllegalTransition(f"timer {kind} does not belong to the case as it stands")


def _true_now(item: Deadline, kind: str, today: date) -> str:
    """After an outage nobody is reminded of a day that has come, nor told to act today on one that has passed."""
    if not kind.endswith(("_reminder", "_escalation")) or today < item.due:
        return kind
    return f"{item.kind}_missed" if today > item.until else f"{item.kind}_escalation"


def _act(builder: DecisionBuilder, item: Deadline, kind: str) -> None:
    forum, assumed = forum_in(builder.case), assumption(item)
    if forum is not None and forum.fire(builder, item, kind):
        return
    if kind == "file_opens":
        _replace(builder, item, msgspec.structs.replace(item, opens=None))
        if not builder.case.blocked and pursuit.files_by_itself(builder) and builder.today <= item.until:
            pursuit.file(builder)
    elif kind.endswith("_reminder"):
        _replace(builder, item, msgspec.structs.replace(item, notices=1))
        builder.notice("reminder", item, assumed)
    elif kind.endswith("_escalation"):
        _replace(builder, item, msgspec.structs.replace(item, notices=2))
        builder.notice("escalation", item, assumed)
        note = f" ({assumed})" if assumed else ""
        builder.change(escalated=f"{item.kind} is due on {item.due.isoformat()}{note}; {item.rule}")
    elif kind.endswith("_missed"):
        _missed(builder, item)
    else:
        _overdue(builder, item)


def _missed(builder: DecisionBuilder, item: Deadline) -> None:
    """Our own deadline passed, unless the Departments moved it for everybody."""
    forum = forum_in(builder.case)
    moved = extension_effects.of_everybody(builder.case, item, builder)
    if moved is not None and builder.today <= moved.until:
        _replace(builder, item, moved)
        builder.corrected(moved, item.due, "the Departments moved it for everybody (extensions.csv)")
        return
    if forum is not None and forum.missed(builder, item):
        return
    later = reviews.renewed(builder, item)
    if later is not None and builder.today <= later.until:
        _replace(builder, item, later)
        builder.corrected(later, item.due, f"not done by {item.until.isoformat()}: {item.rule}; what follows is open")
        return
    builder.notice("missed", item)
    if item.kind == records.KIND:
        records.missed(builder, item)
    elif item.kind == misdirected.KIND:
        misdirected.missed(builder, item)
    elif item.kind == idr_information.KIND:
        idr_information.missed(builder, item)
    elif item.kind == idr_outcomes.NOTICE:
        idr_outcomes.not_told(builder, item.until)
    elif item.kind == further_lines.KIND:
        _drop(builder, item)
        escalated = f"{further_lines.MISSED}{item.until.isoformat()}; {item.rule}"
        builder.change(further_due=None, escalated=escalated)
    elif item.kind == "file" and _appeals_instead(builder, forum, item):
        return
    elif item.kind == "file":
        give_up(builder, forum, item.until, _not_filed(builder.case, item), item.rule)
    else:  # a review or the next level's date: an option lost, the case goes on
        _drop(builder, item)
        builder.change(escalated=f"missed: {item.kind} ended on {item.until.isoformat()}; {item.rule}")


def _not_filed(case: AppealCase, item: Deadline) -> str:
    blocked = f": {', '.join(case.blocked)} was missing" if case.blocked else ""
    return f"not filed by {item.until.isoformat()}{blocked}"


def _appeals_instead(builder: DecisionBuilder, forum: Forum | None, item: Deadline) -> bool:
    """Go on to the plan's appeal where a filing was missed and the appeal is open; False where it is not.

    The right that is open by the same days is not lost with the other. Where nobody stated the day of receipt, nobody
    could file: that is no miss, and where the appeal hangs on that day too, it is asked for.
    """
    case, day = builder.case, builder.dispute.notice_on
    if forum is None or not forum.traits.appealed_if_missed or any(f.forum == DEFAULT.name for f in case.filings):
        return False
    arrived_on = builder.dispute.arrived_on if receipt.WANTED in case.blocked else None
    missed = f"missed: {forum.traits.label} ended on {item.until.isoformat()}"
    if pursuit.is_open(builder, DEFAULT.name, day):
        if receipt.WANTED in case.blocked:
            missed += ", and nobody stated the day of receipt"
        else:
            record_missed(builder, forum, item.until, _not_filed(case, item), item.rule, exhausted=False)
        pursuit.appeal_instead(builder, missed)
    elif arrived_on is not None and pursuit.is_open(builder, DEFAULT.name, arrived_on):
        receipt.ask(builder, DEFAULT, arrived_on)
    else:
        return False
    return True


def _overdue(builder: DecisionBuilder, item: Deadline) -> None:
    """Somebody else's deadline passed."""
    forum = forum_in(builder.case)
    if forum is not None and forum.overdue(builder, item):
        return
    chased = forum is not None and forum.traits.chases_decision and item.notices == 0
    if item.kind == "decision" and not chased:
        answers.no_answer(builder, item.due)
    else:  # a determination or a payment that does not come: chase it for as long as it takes
        _chase(builder, item)


def _chase(builder: DecisionBuilder, item: Deadline) -> None:
    assumed = assumption(item)
    builder.notice("overdue", msgspec.structs.replace(item, due=item.first_due), assumed)
    later = max(builder.today, item.due) + timedelta(days=_CHASE)
    _replace(builder, item, msgspec.structs.replace(item, due=later, notices=item.notices + 1, since=item.first_due))
    note = f" ({assumed})" if assumed else ""
    builder.change(escalated=f"{item.kind} was due on {item.first_due.isoformat()}{note}; {item.rule}")


def _replace(builder: DecisionBuilder, item: Deadline, by: Deadline) -> None:
    builder.change(deadlines=tuple(by if d is item else d for d in builder.case.deadlines))


def _drop(builder: DecisionBuilder, item: Deadline) -> None:
    builder.change(deadlines=tuple(d for d in builder.case.deadlines if d is not item))
