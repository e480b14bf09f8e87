"""Lines that the case as it is filed does not reach: a person appeals for them, or says why not.

They have a deadline of their own beside the pursuit's, kept by the case through all its steps (`further_due`). Once
appealed, the day of the plan's decision stands in its place, until a person says what became of it.
"""

from __future__ import annotations

from datetime import date

from services.appeals.domain.case import AppealCase, Deadline
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.registry import DEFAULT
from services.appeals.domain.statements import FurtherFiling
from shared.decider import IllegalTransition

KIND = "further_lines"
DECISION = "further_decision"
MISSED = "missed: lines not appealed by "
"""How a miss is said."""


def plan(builder: DecisionBuilder, notice_on: date) -> None:
    """A date for a person's appeal against lines whose denial or payment was received on a day."""
    due, rule = DEFAULT.file_by(builder, 1, notice_on)
    known = builder.case.further_due
    if builder.today <= due and (known is None or known.kind == DECISION or due < known.due):
        _put(builder, KIND, due, rule, ours=True)
        builder.change(further_from=notice_on)


def appealed(builder: DecisionBuilder, on: date, reference: str) -> None:
    """A person appealed for the lines on a day, under a reference; also after the day we had, which was said missed."""
    case, item, emitted_on = builder.case, builder.case.further_due, builder.case.further_from
    if case.dispute is None or (emitted_on is None and item is None) or (item is not None and item.kind == DECISION):
        raise IllegalTransition("further lines: none wait for an appeal; 29 CFR 2560.503-1(h)(3)(i)")
    if emitted_on is not None:
        last, rule = DEFAULT.file_by(builder, 1, emitted_on)
    else:  # kept by a release that did not keep the day it is counted from
        assert item is not None
        last, rule = item.until, item.rule
    if on > last:
        raise IllegalTransition(f"further lines: the time ended on {last.isoformat()}; {rule}")
    if emitted_on is not None and on < emitted_on:
        raise IllegalTransition(f"further lines: the payer's word on them came on {emitted_on.isoformat()}; {rule}")
    builder.change(further_filed=FurtherFiling(on=on, reference=reference))
    _settle_escalation(builder)
    due, rule = DEFAULT.decide_by(builder, 1, on)
    _put(builder, DECISION, due, rule, ours=False)


def done(builder: DecisionBuilder) -> None:
    """A person said why no appeal is made, or what became of the one that was: nothing is waited for any more."""
    if builder.case.further_due is None:
        raise IllegalTransition("further lines: none wait for an appeal or a decision; 29 CFR 2560.503-1(h)(3)(i)")
    _settle_escalation(builder)
    builder.change(further_due=None, further_from=None, deadlines=_others(builder.case))


def _put(builder: DecisionBuilder, kind: str, due: date, rule: str, *, ours: bool) -> None:
    item = builder.ours(kind, due, rule) if ours else builder.waiting(kind, due, rule)
    builder.change(deadlines=(*_others(builder.case), item), further_due=item)


def _others(case: AppealCase) -> tuple[Deadline, ...]:
    return tuple(d for d in case.deadlines if d.kind not in (KIND, DECISION))


def _settle_escalation(builder: DecisionBuilder) -> None:
    """What was escalated about them is seen to."""
    if builder.case.escalated.startswith((KIND, DECISION, MISSED)):
        builder.change(escalated="")
