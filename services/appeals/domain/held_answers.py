"""Answers from outside that are not taken as they came: each is kept for a person, and moves nothing.

A decision ends a level and a determination binds, so one that cannot be (dated before its filing, or in the future), or
that says something else than the one recorded, must not act by itself. A person asks whoever decided, enters the right
one, takes the held one where the case still allows it, or lays it aside.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.statements import AnswerOutcome, HeldAnswer
from shared.decider import IllegalTransition

_OTHER_ZONES = timedelta(days=1)
"""The sender's day may be a day ahead of ours."""
_MOST = 20
WON: frozenset[AnswerOutcome] = frozenset(("overturned", "partially_overturned", "provider"))
_DECISIONS: frozenset[AnswerOutcome] = frozenset(("overturned", "partially_overturned", "upheld", "dismissed"))


class Answer(msgspec.Struct, frozen=True):
    """What an answer says of a filing: its outcome, its day, and the allowed amount it grants, if it names one."""

    outcome: AnswerOutcome
    day: date
    amount: Decimal | None = None

    def words(self) -> str:
        """The answer in a few words."""
        amount = "" if self.amount is None else f" with ${self.amount:,.2f}"
        side = " prevails" if self.outcome in ("provider", "payer") else ""
        return f"{self.outcome.replace('_', ' ')}{side}{amount}, of {self.day.isoformat()}"


def recorded(filing: Filing) -> Answer | None:
    """The answer that a filing is recorded with; None where it has none (a withdrawal or a miss is ours)."""
    outcome = filing.prevailing or filing.outcome
    if filing.decided_on is None or outcome is None or (filing.prevailing is None and outcome not in _DECISIONS):
        return None
    return Answer(outcome, filing.decided_on, filing.awarded)


def doubt(case: AppealCase, filing: Filing, answer: Answer, today: date) -> str:
    """Why an answer to a filing must not be taken by itself; empty where it may, or says what is recorded."""
    known = recorded(filing)
    if known is not None:
        return "" if known == answer else f"recorded is: {known.words()}; now told: {answer.words()}"
    ended = case.stage == "ended"
    if ended and _of_no_effect(case, answer):
        return ""
    if answer.day < filing.filed_on:
        return f"told: {answer.words()}, which is before the filing of {filing.filed_on.isoformat()}"
    if answer.day > today + _OTHER_ZONES:
        return f"told: {answer.words()}, which is after the day it came, {today.isoformat()}"
    return f"told: {answer.words()}, when the case had ended ({case.ended})" if ended else ""


def doubt_of_amount(case: AppealCase, answer: Answer) -> str:
    """Why an amount told from outside cannot be what was granted, in dollars; empty where it may be.

    An allowed amount is no more than was billed, and whoever wins has no less than was allowed before: of two offers in
    IDR the provider's is the higher one (45 CFR 149.510(c)(4)(ii)). A person's own word is not measured so.
    """
    if answer.amount is None or case.stage == "ended":
        return ""
    if answer.amount > case.facts.charge:
        return f"told: {answer.words()}, more than the ${case.facts.charge:,.2f} billed"
    before = case.dispute.allowed if case.dispute is not None else Decimal(0)
    if answer.outcome in WON and answer.amount < before:
        return f"told: {answer.words()}, less than the ${before:,.2f} that the payer had allowed"
    return ""


def _of_no_effect(case: AppealCase, answer: Answer) -> bool:
    """Return True if an answer after the end changes nothing: a refusal, or one about what was settled or voided."""
    if answer.outcome not in _DECISIONS:
        return case.ended == "voided"
    return answer.outcome not in WON or case.ended == "voided" or case.ended.startswith("settled: ")


def hold(builder: DecisionBuilder, filing: Filing, answer: Answer, why: str) -> None:
    """Keep an answer for a person, once; raises `IllegalTransition` where too many wait already."""
    case = builder.case
    amount = "" if answer.amount is None else f"-{answer.amount}"
    key = f"{case.round}-{filing.number}-{answer.outcome}-{answer.day.isoformat()}{amount}"
    if any(item.key == key for item in case.held):
        return
    if len(case.held) >= _MOST:
        raise IllegalTransition(f"{_MOST} answers of this case were held for a person; this one is set aside")
    item = HeldAnswer(
        key=key, case_id=case.case_id, number=filing.number, outcome=answer.outcome, day=answer.day,
        amount=answer.amount, held_on=builder.today, why=why,
        filing=f"{filing.forum.replace('_', ' ')}, level {filing.level},",
    )  # fmt: skip
    builder.change(held=(*case.held, item), escalated=item.words)


def close(builder: DecisionBuilder, item: HeldAnswer) -> None:
    """A person has dealt with a held answer."""
    case = builder.case
    done = tuple(msgspec.structs.replace(h, open=False) if h.key == item.key else h for h in case.held)
    builder.change(held=done, escalated="" if case.escalated == item.words else case.escalated)


def answered(builder: DecisionBuilder, filing: Filing) -> None:
    """The filing has its answer now: what was held because it could not be is done with."""
    for item in builder.case.held:
        if item.open and (item.case_id, item.number) == (builder.case.case_id, filing.number):
            close(builder, item)


def waiting(case: AppealCase, key: str) -> HeldAnswer:
    """The held answer a person names; raises `IllegalTransition` where none waits under the key."""
    found = next((item for item in case.held if item.key == key and item.open), None)
    if found is None:
        raise IllegalTransition("no answer under this key waits for a person")
    return found
