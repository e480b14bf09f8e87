"""Information that the IDR entity asks for: a day beside the steps of IDR, which moves none of them.

Each party submits what the entity requests relating to its offer (45 CFR 149.510(c)(4)(i)(A)(2)); the rule names no
period, the entity does. What is not sent in time the entity need not weigh, and the dispute goes on.
"""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain.case import Deadline
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.extensions import RULE as EXTENDED
from services.appeals.domain.idr_beside import Information
from services.appeals.domain.steps import Stage
from shared.decider import IllegalTransition

KIND = "information"
RULE = "45 CFR 149.510(c)(4)(i)(A)(2)"
_LIMIT = "nsa.information"
IN_IDR: frozenset[Stage] = frozenset(("selection", "offers", "determination"))


def asked(builder: DecisionBuilder, reference: str, on: date, due: date | None) -> None:
    """The entity asked for information on a day; the same request again with another last day moves it.

    Where no last day was told, our own is taken and marked as assumed.
    """
    case = builder.case
    _in_idr(builder, reference, on)
    until = due or builder.rule_set.schedule.after(_LIMIT, on)
    if until < on:
        raise IllegalTransition(f"information: asked for on {on.isoformat()}, it cannot be due before; {RULE}")
    request = Information(reference=reference, asked_on=on, due_on=until, assumed=due is None)
    known = next((one for one in case.information if one.reference == reference), None)
    if known is not None and (known.sent_on is not None or (known.asked_on, known.due_on) == (on, until)):
        return
    builder.change(information=(*(one for one in case.information if one is not known), request))
    plan(builder)
    planned = builder.case.deadline(KIND)
    if known is not None and planned is not None and planned.until != known.due_on:
        builder.corrected(planned, known.due_on, "the entity named another day")


def sent(builder: DecisionBuilder, reference: str, on: date) -> None:
    """What the entity asked for went to it on a day, also after its last day."""
    known = next((one for one in builder.case.information if one.reference == reference), None)
    if known is None:
        raise IllegalTransition(
            f"information: the entity asked for nothing under {reference or 'no reference'}; {RULE}"
        )
    if known.sent_on is not None:
        return
    if not known.asked_on <= on <= builder.today:
        raise IllegalTransition(
            f"information: asked for on {known.asked_on.isoformat()}, and this day cannot be; {RULE}"
        )
    done = msgspec.structs.replace(known, sent_on=on)
    late = f"sent on {on.isoformat()}, after {known.due_on.isoformat()}: ask whether it counts"
    left = _not_sent(builder, besides=known)
    builder.change(
        information=tuple(done if one is known else one for one in builder.case.information),
        escalated="; ".join(part for part in (late if on > known.due_on else "", left) if part),
    )
    plan(builder)


def missed(builder: DecisionBuilder, item: Deadline) -> None:
    """The day passed: the dispute goes on without it, and a person asks whether it is still taken.

    What else the entity asked for keeps its own day.
    """
    builder.change(
        information_due=None,
        deadlines=tuple(d for d in builder.case.deadlines if d is not item),
        escalated=_not_sent(builder),
    )
    plan(builder)


def extended(builder: DecisionBuilder, item: Deadline, until: date) -> None:
    """Move the last day of the requests behind a deadline, as was approved; another request may then be the first."""
    later = tuple(
        msgspec.structs.replace(one, due_on=until, assumed=False, extended=True)
        if one.sent_on is None and one.due_on == item.until
        else one
        for one in builder.case.information
    )
    builder.change(information=later)
    plan(builder)


def plan(builder: DecisionBuilder) -> None:
    """Plan the deadline of the first request that is open and not past; none where there is none."""
    waiting = [one for one in builder.case.information if one.sent_on is None and one.due_on >= builder.today]
    first = min(waiting, key=lambda one: one.due_on, default=None)
    due = None
    if first is not None:
        rule = f"{RULE}; {EXTENDED}" if first.extended else RULE
        due = msgspec.structs.replace(builder.ours(KIND, first.due_on, rule), assumed=first.assumed)
    others = tuple(d for d in builder.case.deadlines if d.kind != KIND)
    builder.change(information_due=due, deadlines=(*others, due) if due is not None else others)


def _not_sent(builder: DecisionBuilder, besides: Information | None = None) -> str:
    """Return what a person is told of requests past their day without a record of an answer; "" where none is."""
    past = sorted(
        one.due_on
        for one in builder.case.information
        if one is not besides and one.sent_on is None and one.due_on < builder.today
    )
    if not past:
        return ""
    days = " and ".join(day.isoformat() for day in past)
    return f"what the entity asked for by {days} is not recorded as sent: send it and ask whether it counts; {RULE}"


def _in_idr(builder: DecisionBuilder, reference: str, on: date) -> None:
    if builder.case.stage not in IN_IDR:
        raise IllegalTransition(f"information: the case does not stand in IDR before its determination; {RULE}")
    if not reference.strip():
        raise IllegalTransition(f"information: name the request, so that it is told once; {RULE}")
    if on > builder.today:
        raise IllegalTransition(f"information: the day lies in the future; {RULE}")
