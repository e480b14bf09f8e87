"""What an approved extension does to a case: its deadline moves, also after it was missed."""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain import idr_information, reviews
from services.appeals.domain.case import AppealCase, Deadline
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.extensions import DEADLINES, KIND, RULE, Extension
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.registry import FORUMS, forum_in, forum_under
from services.appeals.domain.statements import Lapse
from shared.decider import IllegalTransition


def approve(builder: DecisionBuilder, extension: Extension) -> None:
    """Keep the approval and move the last day it is about; raises `IllegalTransition` where it is about none.

    A case that had ended because the step was missed does not begin again by it: it has a date until which the filing
    can be attested, and goes on from there once it is.
    """
    case = builder.case
    if extension.approved_on > builder.today:
        raise IllegalTransition(f"extend: the approval lies in the future; {RULE}")
    if case.dispute is None or not (case.live or case.lapsed is not None):
        raise IllegalTransition(f"extend: no pursuit is under way, and none was given up for time; {RULE}")
    builder.change(extensions=(*case.extensions, extension))
    why = f"extended until {extension.until.isoformat()}, approved on {extension.approved_on.isoformat()}"
    if not case.live:
        _after_the_end(builder, extension, why)
    elif extension.step in DEADLINES:
        _inside_idr(builder, extension, why)
    else:
        _before_filing(builder, extension, why)


def _after_the_end(builder: DecisionBuilder, extension: Extension, why: str) -> None:
    lapse = builder.case.lapsed
    assert lapse is not None
    begun = any(FORUMS[filing.forum].traits.federal_process for filing in builder.case.filings)
    first = forum_under("federal")
    if extension.step == first.traits.extended_as and not begun:  # whatever ended after it: this right is open
        until = builder.rule_set.schedule.open_negotiation_until(builder.dispute.notice_on)
        lapse = Lapse(forum=first.name, level=1, until=until, rule="45 CFR 149.510(b)(1)(i)")
    if FORUMS[lapse.forum].traits.extended_as != extension.step:
        raise IllegalTransition(f"extend: what was missed is {FORUMS[lapse.forum].traits.label}; {RULE}")
    _must_be_later(extension, lapse.until)
    rule = f"{lapse.rule}; {RULE}" if RULE not in lapse.rule else lapse.rule
    open_until = builder.ours(KIND, extension.until, rule)
    builder.change(
        lapsed=msgspec.structs.replace(lapse, until=extension.until, rule=rule, barred=False),
        deadlines=(open_until,) if builder.today <= extension.until else (),
    )
    builder.corrected(open_until, lapse.until, why)


def _inside_idr(builder: DecisionBuilder, extension: Extension, why: str) -> None:
    case = builder.case
    if forum_in(case) is not FEDERAL_IDR or case.stage not in ("selection", "offers", "determination"):
        raise IllegalTransition(f"extend: the case does not stand in IDR before its determination; {RULE}")
    kind = DEADLINES[extension.step]
    before = case.deadline(kind)
    if before is not None:
        _must_be_later(extension, before.until)
    if extension.step == "offer":
        FEDERAL_IDR.offer_extended(builder, extension.until)
    elif before is None:
        raise IllegalTransition(f"extend: there is no {kind.replace('_', ' ')} that is waited for; {RULE}")
    elif kind == idr_information.KIND:
        idr_information.extended(builder, before, extension.until)
    elif before.ours:
        _replace(builder, before, builder.ours(kind, extension.until, f"{before.rule}; {RULE}"))
    else:
        later = msgspec.structs.replace(
            before, due=extension.until, rule=f"{before.rule}; {RULE}", since=None, notices=0
        )
        _replace(builder, before, later)
    after = builder.case.deadline(kind)
    if after is not None:
        builder.corrected(after, before.due if before else None, why)


def _before_filing(builder: DecisionBuilder, extension: Extension, why: str) -> None:
    """Where the case stands before the step; beside an appeal, the review's date, by which a person takes it up."""
    case, forum = builder.case, forum_in(builder.case)
    begins = forum is not None and forum.traits.extended_as == extension.step
    kind = "file" if case.stage == "prepare" and begins else ""
    if extension.step == "initiation" and case.deadline("idr_window") is not None:
        kind = "idr_window"
    before = case.deadline(kind) if kind else None
    if before is not None:
        _must_be_later(extension, before.until)
        rule = before.rule if RULE in before.rule else f"{before.rule}; {RULE}"
        later = builder.ours(kind, extension.until, rule, opens=before.opens)
        _replace(builder, before, later)
        builder.change(escalated="")
        builder.corrected(later, before.due, why)
    elif case.lapsed is not None and FORUMS[case.lapsed.forum].traits.extended_as == extension.step:
        _after_a_miss(builder, case.lapsed, extension, why)
    elif extension.step == "negotiation" and forum is not None and forum.traits.reviews_beside:
        was = case.deadline("federal_review")
        reviews.plan(builder, builder.dispute.notice_on)
        review = builder.case.deadline("federal_review")
        if review is None:
            raise IllegalTransition(f"extend: open negotiation is not open to this case by {extension.until}; {RULE}")
        if was is None and builder.case.escalated.startswith("missed: federal_review "):
            builder.change(escalated="")
        builder.corrected(review, was.due if was else None, why)
    else:
        raise IllegalTransition(f"extend: the case does not stand before this step; {RULE}")


def _after_a_miss(builder: DecisionBuilder, lapse: Lapse, extension: Extension, why: str) -> None:
    """Keep the later day of a filing that was missed beside the plan's appeal: by it the filing can be attested."""
    _must_be_later(extension, lapse.until)
    rule = f"{lapse.rule}; {RULE}" if RULE not in lapse.rule else lapse.rule
    later = builder.ours(KIND, extension.until, rule)
    kept = tuple(d for d in builder.case.deadlines if d.kind != KIND)
    builder.change(
        lapsed=msgspec.structs.replace(lapse, until=extension.until, rule=rule),
        deadlines=(*kept, later) if builder.today <= extension.until else kept,
    )
    builder.corrected(later, lapse.until, why)


def _must_be_later(extension: Extension, last: date) -> None:
    if extension.until <= last:
        raise IllegalTransition(f"extend: the last day is {last.isoformat()} without it; {RULE}")


def _replace(builder: DecisionBuilder, item: Deadline, by: Deadline) -> None:
    builder.change(deadlines=tuple(by if d is item else d for d in builder.case.deadlines))


def of_everybody(case: AppealCase, item: Deadline, builder: DecisionBuilder) -> Deadline | None:
    """The deadline with the day to which the Departments moved it for everybody, where the table has one by now.

    A row may come after the deadline was planned: what would be said to be missed is then not.
    """
    forum = forum_in(case)
    key = _LIMITS.get(item.kind)
    if item.kind == "file" and forum is not None and forum.traits.extended_as:
        (key,) = forum.steps["prepare"].limits
    if key is None:
        return None
    until = builder.rule_set.schedule.for_everybody(key, item.until)
    if until <= item.until:
        return None
    return builder.ours(item.kind, until, item.rule if RULE in item.rule else f"{item.rule}; {RULE}", opens=item.opens)


_LIMITS = {
    "federal_review": "nsa.open_negotiation_start",
    "idr_window": "nsa.idr_initiation",
    "offer": "nsa.offers",
}
"""The limit of `limits.csv` behind a deadline, by its kind; that of a filing is its forum's."""
