"""What every step of a pursuit shares: recording a filing, its reasons, and the end."""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.papers import case_id_in, references
from services.appeals.domain.forums.protocol import Forum
from services.appeals.domain.statements import Lapse
from services.appeals.domain.tables import APPEAL_UNDERPAYMENT, NEGOTIATE
from shared.decider import IllegalTransition
from shared.events.pursuit import AppealDecided, PursuitEnded


def add_filing(
    builder: DecisionBuilder, forum: Forum, day: date, due: date, reference: str, batch: BatchPart | None = None
) -> Filing:
    """Record a filing in a forum with its documents; its answer is `due` on a day."""
    case = builder.case
    bare = Filing(
        number=len(case.filings) + 1,
        forum=forum.name,
        level=case.level,
        remedy=forum.remedy(case),
        filed_on=day,
        due_on=due,
        sought=forum.sought(case),
        by_line=forum.sought_by_line(case),
        reference=reference,
        batch=batch,
    )
    filing = msgspec.structs.replace(bare, documents=references(case, bare, forum, builder.rule_set.rules))
    builder.change(filings=(*case.filings, filing))
    return filing


def draft(case: AppealCase, forum: Forum, on: date, rule_set: RuleSet) -> Filing:
    """The filing the case stands before, as it would be if it were sent on a day, with the day its answer is due."""
    due, _ = forum.decide_by(DecisionBuilder(rule_set, case, on), case.level, on)
    return Filing(
        number=len(case.filings) + 1,
        forum=forum.name,
        level=case.level,
        remedy=forum.remedy(case),
        filed_on=on,
        due_on=due,
        sought=forum.sought(case),
        by_line=forum.sought_by_line(case),
    )


def may_file(case: AppealCase, day: date) -> None:
    """Raise `IllegalTransition` with the rule where a filing is blocked, or the day is too early or too late."""
    deadline = case.deadline("file")
    if case.blocked:
        raise IllegalTransition(f"file: blocked by {', '.join(case.blocked)}")
    if deadline is not None and deadline.opens is not None and day < deadline.opens:
        raise IllegalTransition(f"file: not before {deadline.opens.isoformat()}; {deadline.rule}")
    if deadline is not None and day > deadline.until:
        raise IllegalTransition(f"file: the time ended on {deadline.until.isoformat()}; {deadline.rule}")


def require_after_earlier(case: AppealCase, forum: Forum, day: date) -> None:
    """Raise `IllegalTransition` where a filing that a person attests lies before what it is about."""
    last = next((f for f in reversed(case.filings) if f.outcome != "withdrawn"), None)
    before: list[tuple[date, str]] = []
    if last is not None:
        before.append((last.filed_on, f"the filing before it of {last.filed_on.isoformat()}"))
        if last.decided_on is not None:
            before.append((last.decided_on, f"the answer of {last.decided_on.isoformat()}"))
    elif forum.papers.about == "dispute" and case.dispute is not None:
        received = case.dispute.notice_on
        before.append((received, f"the receipt on {received.isoformat()} of what it disputes; correct that day first"))
    if forum.papers.about == "debt" and case.owed is not None and case.owed.settled_on is not None:
        before.append((case.owed.settled_on, f"the settlement of {case.owed.settled_on.isoformat()}"))
    earliest, what = max(before, default=(day, ""))
    if day < earliest:
        raise IllegalTransition(f"attest: {day.isoformat()} lies before {what}; {forum.steps['prepare'].rule}")


def name_the_remedy(builder: DecisionBuilder, forum: Forum) -> None:
    """An underpayment is argued in the forum it came to: what is said there is not what another would hear."""
    cause, traits = builder.case.cause, forum.traits
    if cause is None or cause.remedy not in (NEGOTIATE, APPEAL_UNDERPAYMENT) or cause.remedy == traits.underpayment:
        return
    named = msgspec.structs.replace(cause, remedy=traits.underpayment, source=traits.underpayment_source)
    builder.change(cause=named)


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


def give_up(builder: DecisionBuilder, forum: Forum | None, until: date, reason: str, rule: str) -> None:
    """End the pursuit after the last day `until` was missed, which is said first and kept: it may be taken back."""
    level = builder.case.level
    if forum is not None:
        record_missed(builder, forum, until, reason, rule, exhausted=True)
    end(builder, reason, rule)
    if forum is not None:
        builder.change(lapsed=Lapse(forum=forum.name, level=level, until=until, rule=rule))


def record_missed(
    builder: DecisionBuilder, forum: Forum, until: date, reason: str, rule: str, *, exhausted: bool
) -> None:
    """Say that a filing was not made by its last day, and keep it: a filing attested later may show that it was."""
    case = builder.case
    if forum.traits.event_name is not None:
        builder.emit(
            AppealDecided(
                claim_id=case.claim_id,
                case_id=case_id_in(case, forum),
                forum=forum.traits.event_name,
                level=case.level,
                outcome="missed",
                decided_on=builder.today,
                exhausted=exhausted,
                reason=reason,
            )
        )
    builder.change(lapsed=Lapse(forum=forum.name, level=case.level, until=until, rule=rule))


def end(builder: DecisionBuilder, reason: str, rule: str) -> None:
    """No remedy is left, or none is worth taking."""
    case = builder.case
    builder.emit(PursuitEnded(claim_id=case.claim_id, case_id=case.case_id, reason=reason, rule=rule))
    builder.change(stage="ended", ended=reason, deadlines=(), blocked=())
