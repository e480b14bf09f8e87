"""The day of receipt: rights that had ended when they came to us, and the day that a person has to state.

Last days run from the day on which payment or denial was received (45 CFR 149.510(b)(1)(i); 29 CFR
2560.503-1(h)(3)(i)). Where that day is assumed, the earliest it can have been bounds what is done; what only a later
day would leave open is for a person, who states the day.
"""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain.case import Deadline, Dispute
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.filing import end, give_up, name_the_remedy
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.protocol import Forum
from services.appeals.domain.forums.registry import DEFAULT, FORUMS, forum_in
from services.appeals.domain.statements import Lapse
from shared.events.pursuit import AppealDecided

WANTED = "day_of_receipt"
"""What blocks a case whose rights hang on the day of receipt."""
ASSUMED = "assumed: nobody has said when the payment or denial was received, and the earliest day was taken"


def too_late(builder: DecisionBuilder, forum: Forum, level: int, anchor: date, deadline: Deadline) -> None:
    """End what cannot be filed any more: missed by us, or barred before it came to us."""
    dispute, last = builder.dispute, deadline.until
    if level == 1 and anchor == dispute.notice_on and last < (dispute.judged_on or builder.today):
        what = (
            f"{forum.traits.label} was open until {last.isoformat()}, counted from the receipt on {anchor.isoformat()}"
        )
        end(builder, f"barred before it came to us: {what}", deadline.rule)
        builder.change(lapsed=Lapse(forum=forum.name, level=level, until=last, rule=deadline.rule, barred=True))
        return
    give_up(builder, forum, last, f"the time to file ended on {last.isoformat()}", deadline.rule)


def ask(builder: DecisionBuilder, forum: Forum, arrived_on: date) -> None:
    """Hold a case that is barred if received on the assumed day, and open if on the day it arrived: for a person."""
    day = builder.dispute.notice_on
    last, rule = forum.file_by(builder, 1, day)
    until, _ = forum.file_by(builder, 1, arrived_on)
    others = ""
    if forum is not DEFAULT:
        appeal, _ = DEFAULT.file_by(builder, 1, day)
        others = f"; {DEFAULT.traits.label} {'until' if builder.today <= appeal else 'ended on'} {appeal.isoformat()}"
    reason = (
        f"state the day of receipt: received on {day.isoformat()}, its own date, {forum.traits.label} ended on "
        f"{last.isoformat()}{others}; received on {arrived_on.isoformat()}, when it arrived, it is open until "
        f"{until.isoformat()}"
    )
    deadline = msgspec.structs.replace(builder.ours("file", until, rule), assumed=True)
    builder.change(
        forum=forum.name, level=1, stage="prepare", blocked=(WANTED,), deadlines=(deadline,), escalated=reason
    )
    name_the_remedy(builder, forum)
    builder.notice("escalation", deadline, reason)


def bounded(dispute: Dispute | None, deadline: Deadline) -> Deadline:
    """The deadline of a first filing, marked where the day it is counted from is assumed."""
    assumed = dispute is not None and dispute.arrived_on is not None
    return msgspec.structs.replace(deadline, assumed=True) if assumed else deadline


def assumption(deadline: Deadline) -> str:
    """What was assumed for a deadline, empty where it is certain."""
    if not deadline.assumed:
        return ""
    if deadline.kind == "file":
        return ASSUMED
    return next(
        (f.traits.assumptions[deadline.kind] for f in FORUMS.values() if deadline.kind in f.traits.assumptions), ""
    )


def withdraw(builder: DecisionBuilder, why: str) -> bool:
    """Withdraw the first filing where the day of receipt as it is known now makes it late; whether that was done.

    Nothing of it may have been answered yet. IDR, which others have a part in, is left to a person.
    """
    case = builder.case
    if len(case.filings) != 1 or case.stage not in ("open", "await"):
        return False
    (first,) = case.filings
    forum = forum_in(case)
    if forum is None or not forum.traits.withdrawn_if_late or forum.traits.event_name is None:
        return False
    if first.forum != forum.name or first.level != 1 or first.outcome is not None:
        return False
    last, rule = forum.file_by(builder, 1, builder.dispute.notice_on)
    if first.filed_on <= last:
        return False
    reason = f"withdrawn: begun on {first.filed_on.isoformat()}, after its last day, {last.isoformat()}; {why}; {rule}"
    builder.emit(
        AppealDecided(
            claim_id=case.claim_id,
            case_id=case_id_in(case, forum),
            forum=forum.traits.event_name,
            level=1,
            outcome="withdrawn",
            decided_on=builder.today,
            exhausted=False,
            reason=reason,
        )
    )
    done = msgspec.structs.replace(first, outcome="withdrawn", decided_on=builder.today)
    builder.change(filings=(done,), stage="prepare", negotiation_on=None, deadlines=(), escalated="")
    return True
