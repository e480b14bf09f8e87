"""Taking up a forum and filing in it, whichever forum it is."""

from __future__ import annotations

from datetime import date

from services.appeals.domain import receipt, reviews
from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.filing import may_file, name_the_remedy
from services.appeals.domain.forums.protocol import Submission
from services.appeals.domain.forums.registry import DEFAULT, FORUMS, check_move, forum_in
from services.appeals.domain.steps import ForumName


def start_level(builder: DecisionBuilder, name: ForumName, level: int, anchor: date) -> None:
    """Begin a forum's level: plan its deadline, then file at once, wait for its first day, or wait for a person."""
    forum = FORUMS[name]
    opens = forum.opens_on(builder, anchor)
    due, rule = forum.file_by(builder, level, anchor)
    blocked = forum.blocked_by(builder.case)
    beside = builder.case.reviews if forum.traits.reviews_beside else ()
    deadline = receipt.bounded(builder.dispute, builder.ours("file", due, rule, opens=opens))
    builder.change(forum=name, level=level, stage="prepare", blocked=blocked)
    builder.change(deadlines=(deadline, *forum.beside(builder, anchor), *beside))
    forum.begun(builder, anchor)
    name_the_remedy(builder, forum)
    if builder.today > deadline.until and forum.traits.appealed_if_missed and is_open(builder, DEFAULT.name, anchor):
        appeal_instead(builder, f"{forum.traits.label} ended on {deadline.until.isoformat()}; {rule}")
    elif builder.today > deadline.until:
        receipt.too_late(builder, forum, level, anchor, deadline)
    elif not blocked and files_by_itself(builder) and (opens is None or opens <= builder.today):
        file(builder)


def appeal_instead(builder: DecisionBuilder, why: str) -> None:
    """Take the plan's appeal with the days it has left, since another right is over; a person is told why."""
    start_level(builder, DEFAULT.name, 1, builder.dispute.notice_on)
    if not builder.case.live:
        return
    if DEFAULT.traits.reviews_beside:
        reviews.plan(builder, builder.dispute.notice_on)
    left = (DEFAULT.file_by(builder, 1, builder.dispute.notice_on)[0] - builder.today).days
    builder.change(escalated=f"{why}: {DEFAULT.traits.label} is open, {left} days are left")


def files_by_itself(builder: DecisionBuilder) -> bool:
    """Return True if the service files without a person's attestation where the case stands."""
    case, rule_set = builder.case, builder.rule_set
    if case.forum is None or case.forum in rule_set.policy.attest:
        return False
    return not FORUMS[case.forum].by_person(case, rule_set)


def is_open(builder: DecisionBuilder, name: ForumName, anchor: date) -> bool:
    """Return True if a first filing in a forum would still be in time."""
    return builder.today <= FORUMS[name].file_by(builder, 1, anchor)[0]


def file(
    builder: DecisionBuilder,
    *,
    on: date | None = None,
    reference: str = "",
    batch: BatchPart | None = None,
    despite: str = "",
) -> None:
    """File what the case stands before; refuses steps that are illegal, blocked, early or late.

    `on` is today if not given; `despite` is a person's reason to initiate IDR inside a cooling-off period.
    """
    check_move(builder, "file")
    forum = forum_in(builder.case)
    assert forum is not None
    day = on or builder.today
    may_file(builder.case, day)
    forum.file(builder, Submission(day=day, reference=reference, batch=batch, despite=despite))
