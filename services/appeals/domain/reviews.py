"""Rights that run beside the plan's appeal while it is open which law governs: each has a date for a person's review.

An appeal stops neither the federal clock nor a state's. Which of them holds is for a person to find out in time; until
then each that may hold is a deadline of the case, and the earliest is what the worklist shows first.
"""

from __future__ import annotations

from datetime import date

from services.appeals.domain.case import Deadline
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.registry import FORUMS


def plan(builder: DecisionBuilder, notice_on: date) -> None:
    """Give the case the reviews that the law as judged calls for, counted from the receipt of payment or denial."""
    others = tuple(d for d in builder.case.deadlines if not d.is_review)
    governing = builder.case.governing
    possible = [forum.review(builder, governing, notice_on) for forum in FORUMS.values()] if governing else []
    reviews = sorted((item for item in possible if item is not None), key=lambda item: item.kind)
    builder.change(deadlines=(*others, *(item for item in reviews if builder.today <= item.until)))


def renewed(builder: DecisionBuilder, passed: Deadline) -> Deadline | None:
    """The later day on which a review whose day passed is still open, where its forum has one; else None.

    A process that wants a step before it may be open all the same when that step's day has passed.
    """
    governing = builder.case.governing
    if not passed.is_review or governing is None or builder.case.dispute is None:
        return None
    found = (forum.review(builder, governing, builder.dispute.notice_on) for forum in FORUMS.values())
    return next((r for r in found if r is not None and r.kind == passed.kind and r.until > passed.until), None)
