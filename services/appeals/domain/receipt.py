"""The day of receipt: rights that had ended when they came to us, and the day that a person has to state.

Last days run from the day on which payment or denial was received (45 CFR 149.510(b)(1)(i); 29 CFR
2560.503-1(h)(3)(i)). Where that day is assumed, the earliest it can have been bounds what is done; what only a later
day would leave open is for a person, who states the day.
"""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain import idr, pursuit
from services.appeals.domain.case import Deadline
from services.appeals.domain.filing import forum_in_words
from services.appeals.domain.ladder import Forum
from services.appeals.domain.turn import Turn
from shared.events.pursuit import AppealDecided

WANTED = "day_of_receipt"
"""What blocks a case whose rights hang on the day of receipt."""
ASSUMED = "assumed: nobody has said when the payment or denial was received, and the earliest day was taken"
_WITHDRAWN: tuple[Forum, ...] = ("open_negotiation", "commercial_appeal", "state_process")


def ask(turn: Turn, forum: Forum, arrived_on: date) -> None:
    """Hold a case that is barred if received on the assumed day, and open if on the day it arrived: for a person."""
    day = turn.dispute.notice_on
    last, rule = pursuit.file_by(turn, forum, 1, day)
    until, _ = pursuit.file_by(turn, forum, 1, arrived_on)
    others = ""
    if forum != "commercial_appeal":
        appeal, _ = pursuit.file_by(turn, "commercial_appeal", 1, day)
        others = f"; the plan's appeal {'until' if turn.today <= appeal else 'ended on'} {appeal.isoformat()}"
    reason = (
        f"state the day of receipt: received on {day.isoformat()}, its own date, {forum_in_words(forum)} ended on "
        f"{last.isoformat()}{others}; received on {arrived_on.isoformat()}, when it arrived, it is open until "
        f"{until.isoformat()}"
    )
    deadline = msgspec.structs.replace(turn.ours("file", until, rule), assumed=True)
    turn.change(forum=forum, level=1, stage="prepare", blocked=(WANTED,), deadlines=(deadline,), escalated=reason)
    pursuit.name_the_remedy(turn, forum)
    turn.notice("escalation", deadline, reason)


def assumption(deadline: Deadline) -> str:
    """What was assumed for a deadline, empty where it is certain."""
    if not deadline.assumed:
        return ""
    return ASSUMED if deadline.kind == "file" else idr.ASSUMED


def withdraw(turn: Turn, why: str) -> bool:
    """Withdraw the first filing where the day of receipt as it is known now makes it late; whether that was done.

    Nothing of it may have been answered yet. IDR, which others have a part in, is left to a person.
    """
    case = turn.case
    if len(case.filings) != 1 or case.stage not in ("open", "await"):
        return False
    (first,) = case.filings
    if first.forum not in _WITHDRAWN or first.forum != case.forum or first.level != 1 or first.outcome is not None:
        return False
    last, rule = pursuit.file_by(turn, first.forum, 1, turn.dispute.notice_on)
    if first.filed_on <= last:
        return False
    reason = f"withdrawn: begun on {first.filed_on.isoformat()}, after its last day, {last.isoformat()}; {why}; {rule}"
    turn.emit(
        AppealDecided(
            claim_id=case.claim_id,
            case_id=case.case_id_in(first.forum),
            forum=first.forum,  # type: ignore[arg-type]
            level=1,
            outcome="withdrawn",
            decided_on=turn.today,
            exhausted=False,
            reason=reason,
        )
    )
    done = msgspec.structs.replace(first, outcome="withdrawn", decided_on=turn.today)
    turn.change(filings=(done,), stage="prepare", negotiation_on=None, deadlines=(), escalated="")
    return True
