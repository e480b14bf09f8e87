"""What a case waits for us to do: the tasks of the worklist, each with its day, its words and its rule.

The rule is here and nowhere else: the table keeps the day of a case's first task beside it, so that pages are read by
an index, and the words are made from the state. Every step that is ours, or both sides', is a task.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain import idr_outcomes, payer_duties
from services.appeals.domain.case import AppealCase, Deadline
from services.appeals.domain.duty import DUTIES, Duty
from services.appeals.domain.extensions import KIND
from services.appeals.domain.forums.registry import FORUMS, forum_in, step_of
from services.appeals.domain.receipt import WANTED, assumption
from services.appeals.domain.statements import HeldAnswer
from shared.calendar import NO_DAY

_WORDS: dict[str, str] = {
    KIND: "file what had been missed, by the extension, and attest it",
    "next_level": "appeal to the next level, unless payment or an agreement comes",
    "further_lines": "appeal for the lines that the filed case does not cover",
    "records": "send the records that the payer asked for",
    "misdirected": "ask for money that the plan sent to somebody else, tell the plan, and record both letters",
    **{kind: words for forum in FORUMS.values() for kind, words in forum.traits.tasks.items()},
}
_OVERDUE = {
    "decision": "ask for the decision that is overdue, or enter it",
    "determination": "ask for the determination that is overdue, or enter it",
    "further_decision": "ask for the decision on the lines that were appealed beside, and say what became of it",
    "payment": "ask for the payment that is overdue",
    "misdirected_answer": "ask again for money that the plan sent to somebody else, or give it up",
    "agreement": "ask for the payment or the talks that the decision calls for",
}


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do, by `day` (None: as soon as it can be done) and not before `opens`.

    `case_id` is the dispute it is about, where that is not the claim's only or first.
    `kind` is that of the deadline behind it, else `step` or `escalated`. `last` is the day the law names where `day` is
    a business day before it. `why` says by which rule, what blocks it, or what happened.
    """

    kind: str
    task: str
    why: str
    day: date | None = None
    opens: date | None = None
    last: date | None = None
    case_id: str = ""


def tasks(case: AppealCase) -> tuple[Task, ...]:
    """What we have to do about the case, the earliest day first; none where somebody else's time runs, or it ended.

    Each deadline of ours is one; so is the selection of an entity, which is both sides', and what others let pass. An
    answer that was held is one also after the end. A
    case that was escalated, or whose step is ours, is never without one, even if no date is.
    """
    found = _tasks(case)
    for one in case.beside:
        found += [msgspec.structs.replace(task, case_id=one.case_id) for task in _tasks(one)]
    return tuple(sorted(found, key=lambda task: (task.day or NO_DAY, task.kind)))


def _tasks(case: AppealCase) -> list[Task]:
    """Of one dispute."""
    held = [_of_answer(item) for item in case.held if item.open]
    found = [_of(case, item) for item in case.deadlines if _is_ours(item)]
    escalated = case.escalated and case.escalated not in {task.why for task in held}
    if not found and case.stage != "ended" and (escalated or _our_step(case)):
        found = [undated(case)]
    if case.settlement_untold is not None:
        words = "tell the Departments and the entity of the settlement all the same, and record the day"
        since = f"due on {case.settlement_untold.isoformat()}; {idr_outcomes.RULE}"
        found.append(Task(kind=idr_outcomes.NOTICE, task=words, why=since, day=case.settlement_untold))
    return [*found, *held, *(_of_duty(duty) for duty in payer_duties.to_act_on(case))]


def first_day(case: AppealCase) -> date | None:
    """The day of the first task, `NO_DAY` where it has none; None where nothing waits for us."""
    found = tasks(case)
    return (found[0].day or NO_DAY) if found else None


def _is_ours(item: Deadline) -> bool:
    return item.ours or item.kind == "entity_selection" or item.since is not None


def _of_answer(item: HeldAnswer) -> Task:
    words = "ask what was decided, and enter it, take what was told, or set it aside"
    return Task(kind="answer", task=words, why=item.words, day=item.held_on)


def _of_duty(duty: Duty) -> Task:
    """What a payer owed by the Act and did not do: for a person, by a day of our own, and blocks nothing."""
    words, rule = DUTIES[duty.kind]
    notes = [rule]
    if duty.lines:
        notes.append(f"no QPA of line {', '.join(map(str, duty.lines))}")
    if duty.due_on is not None:
        notes.append(f"due on {duty.due_on.isoformat()}")
    if duty.done_on is not None:
        notes.append(f"done on {duty.done_on.isoformat()}")
    return Task(kind=duty.kind, task=words, why="; ".join(notes), day=duty.act_by)


def _our_step(case: AppealCase) -> bool:
    return case.live and step_of(case.forum, case.stage).mover in ("provider", "both")


def _of(case: AppealCase, item: Deadline) -> Task:
    notes = [item.rule, assumption(item), case.escalated]
    if item.kind == "file" and WANTED in case.blocked:
        words = "state the day on which payment or denial was received: what is still open hangs on it"
    elif item.kind == "file" and case.blocked:
        missing = ", ".join(name.replace("_", " ") for name in case.blocked)
        words, notes = f"get the {missing}", ["nothing can be filed without it", *notes]
    elif item.kind == "file":
        words = _filing(case)
    elif item.since is not None:
        words = _OVERDUE.get(item.kind) or _WORDS.get(item.kind, f"see to the {item.kind.replace('_', ' ')}")
        notes = [f"due on {item.since.isoformat()}", *notes]
    else:
        words = _WORDS.get(item.kind) or step_of(case.forum, case.stage).label
    why = "; ".join(dict.fromkeys(note for note in notes if note))
    day = item.first_due
    return Task(kind=item.kind, task=words, why=why, day=day, opens=item.opens, last=item.last)


def _filing(case: AppealCase) -> str:
    forum = forum_in(case)
    return step_of(case.forum, case.stage).label if forum is None else forum.filing_task(case)


def at_stake(case: AppealCase) -> Decimal | None:
    """The dollars that hang on a case; None while nothing is in dispute."""
    forum = forum_in(case)
    if forum is not None:
        return forum.at_stake(case)
    return case.dispute.target - case.dispute.allowed if case.dispute is not None else None


def undated(case: AppealCase) -> Task:
    """What to do about a case that has no deadline of ours: see to what was escalated, or take its step."""
    step = step_of(case.forum, case.stage)
    day = min((item.due for item in case.deadlines), default=None)
    if case.escalated:
        return Task(kind="escalated", task="see what happened, and act on it", why=case.escalated, day=day)
    return Task(kind="step", task=step.label, why=step.rule, day=day)
