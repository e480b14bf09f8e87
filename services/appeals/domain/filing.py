"""What every step of a pursuit shares: recording a filing, its reasons, and the end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain.case import AppealCase, BatchPart, Deadline, Dispute, Filing
from services.appeals.domain.ladder import Forum
from services.appeals.domain.papers import references
from services.appeals.domain.turn import Turn
from shared.events.pursuit import AppealDecided, PursuitEnded


def add_filing(
    turn: Turn,
    day: date,
    due: date,
    sought: Decimal,
    reference: str,
    *,
    remedy: str = "",
    batch: BatchPart | None = None,
) -> Filing:
    """Record a filing with its documents; `remedy` where it is another than the cause's."""
    case = turn.case
    assert case.forum is not None and case.cause is not None
    bare = Filing(
        number=len(case.filings) + 1,
        forum=case.forum,
        level=case.level,
        remedy=remedy or case.cause.remedy,
        filed_on=day,
        due_on=due,
        sought=sought,
        reference=reference,
        batch=batch,
    )
    filing = msgspec.structs.replace(bare, documents=references(case, bare, turn.house.rules))
    turn.change(filings=(*case.filings, filing))
    return filing


def reasons(case: AppealCase) -> tuple[str, ...]:
    """Why this step is taken: the law and rule that decided, what is not certain, and the denial's cause."""
    lines: list[str] = []
    if case.governing is not None:
        last = case.governing.fired[-1] if case.governing.fired else None
        lines.append(f"governing law: {case.governing.law}" + (f" ({last.finding}; {last.source})" if last else ""))
        lines += [f"missing to be sure: {item}" for item in case.governing.missing]
    if case.cause is not None and case.cause.carc:
        lines.append(f"CARC {case.cause.carc}: {case.cause.cause}; {case.cause.remedy}")
    return tuple(lines)


def give_up(turn: Turn, reason: str, rule: str, *, missed: bool = False) -> None:
    """End the pursuit; a missed deadline is said explicitly first."""
    case = turn.case
    if missed and case.forum is not None and case.forum not in ("collection", "records"):
        turn.emit(
            AppealDecided(
                claim_id=case.claim_id,
                case_id=case.case_id_in(case.forum),
                forum=case.forum,
                level=case.level,
                outcome="missed",
                decided_on=turn.today,
                exhausted=True,
                reason=reason,
            )
        )
    end(turn, reason, rule)


def end(turn: Turn, reason: str, rule: str) -> None:
    """No remedy is left, or none is worth taking."""
    case = turn.case
    turn.emit(PursuitEnded(claim_id=case.claim_id, case_id=case.case_id, reason=reason, rule=rule))
    turn.change(stage="ended", ended=reason, deadlines=(), blocked=())


def too_late(turn: Turn, forum: Forum, level: int, anchor: date, deadline: Deadline) -> None:
    """End what cannot be filed any more: missed by us, or barred before it came to us."""
    dispute, last = turn.dispute, deadline.until
    if level == 1 and anchor == dispute.notice_on and last < (dispute.told_on or turn.today):
        open_until = f"{forum_in_words(forum)} was open until {last.isoformat()}"
        what = f"{open_until}, counted from the receipt on {anchor.isoformat()}"
        end(turn, f"barred before it came to us: {what}", deadline.rule)
        return
    give_up(turn, f"the time to file ended on {last.isoformat()}", deadline.rule, missed=True)


def bounded(dispute: Dispute | None, deadline: Deadline) -> Deadline:
    """The deadline of a first filing, marked where the day it is counted from is assumed."""
    assumed = dispute is not None and dispute.arrived_on is not None
    return msgspec.structs.replace(deadline, assumed=True) if assumed else deadline


def forum_in_words(forum: Forum) -> str:
    return "the plan's appeal" if forum == "commercial_appeal" else forum.replace("_", " ")
