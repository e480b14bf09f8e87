"""Money that the plan paid, but not to us: to the patient, their employer or an attorney (CARC 100, 293, 294).

It is no denial and no underpayment: the plan owes nothing twice, and the claim may close as paid fairly while its money
lies with somebody else. So it is a task of its own beside whatever is pursued, from the remittance that tells of it
until the money has come or a person gives it up. Whoever has it is asked to pass it on, and the plan is told that its
payments are due to us. Only what the plan sent is asked for, never a balance.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.appeals.domain.case import AppealCase, Deadline
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.statements import Misdirected, PaidTo
from shared.adjustments import PAID_ELSEWHERE
from shared.decider import IllegalTransition
from shared.events.claims import RemittanceFacts
from shared.money import total

KIND = "misdirected"
ANSWER = "misdirected_answer"
Act = Literal["asked", "payer_notified", "received", "given_up"]
_PAID_TO: dict[str, PaidTo] = {"100": "patient", "293": "employer", "294": "attorney"}
_ASK, _WAIT = "misdirected.ask", "misdirected.answer"


def on_payment(builder: DecisionBuilder, facts: RemittanceFacts) -> None:
    """A remittance, its correction or its reversal tells what was paid to somebody else; history asks for nothing."""
    adjustments = [*facts.adjustments, *(a for line in facts.lines for a in line.adjustments)]
    elsewhere = [a for a in adjustments if a.carc in PAID_ELSEWHERE]
    item = builder.case.misdirected
    if facts.history or (item is None and not elsewhere):
        return
    amount = total(a.amount for a in elsewhere)
    if item is None:
        if amount <= 0:
            return
        item = Misdirected(
            amount=amount,
            to=_PAID_TO[elsewhere[0].carc],
            reported_on=facts.received_on,
            payer_claim_number=facts.payer_claim_number,
        )
    elif not elsewhere and not facts.corrects:
        return
    else:
        now = amount if facts.corrects else item.amount + amount
        more = now > item.amount
        item = msgspec.structs.replace(item, amount=max(now, now * 0))
        if more:  # what was asked before was asked for less
            item = msgspec.structs.replace(
                item,
                reported_on=facts.received_on,
                asked_on=None,
                payer_notified_on=None,
                closed_on=None,
                closed_why="",
            )
    if item.open and item.outstanding <= 0:
        item = msgspec.structs.replace(item, closed_on=builder.today, closed_why="the plan took the payment back")
    _keep(builder, item)


def act(builder: DecisionBuilder, what: Act, on: date, amount: Decimal | None, reason: str) -> None:
    """A person wrote to whoever has the money, told the plan, received some of it, or gives it up."""
    item = builder.case.misdirected
    if item is None or not item.open:
        raise IllegalTransition(f"{what}: no money of the claim is with somebody else; CARC 100, 293, 294")
    if not item.reported_on <= on <= builder.today:
        raise IllegalTransition(f"{what}: the day must lie from {item.reported_on.isoformat()} to today")
    if what == "asked":
        item = msgspec.structs.replace(item, asked_on=on)
    elif what == "payer_notified":
        item = msgspec.structs.replace(item, payer_notified_on=on)
    elif what == "received":
        if amount is None or not 0 < amount <= item.outstanding:
            raise IllegalTransition(f"received: give the dollars that came, at most {item.outstanding}")
        item = msgspec.structs.replace(item, received=item.received + amount)
        if item.outstanding == 0:
            item = msgspec.structs.replace(item, closed_on=on, closed_why="received in full")
    else:
        if not reason.strip():
            raise IllegalTransition("given up: a reason is required")
        item = msgspec.structs.replace(item, closed_on=on, closed_why=f"given up: {reason.strip()}")
    _keep(builder, item)


def dropped(builder: DecisionBuilder, why: str) -> None:
    """The claim is not ours to be paid for any more."""
    item = builder.case.misdirected
    if item is not None and item.open:
        _keep(builder, msgspec.structs.replace(item, closed_on=builder.today, closed_why=why))


def missed(builder: DecisionBuilder, item: Deadline) -> None:
    """Nobody has asked yet: it stays to be done, and a person sees that it is late."""
    words = f"{_whose(builder.case)} was to be asked for by {item.until.isoformat()}"
    _plan(builder, builder.ours(KIND, builder.rule_set.schedule.after(_ASK, builder.today), item.rule))
    builder.change(escalated=builder.case.escalated or words)


def _whose(case: AppealCase) -> str:
    item = case.misdirected
    assert item is not None
    return f"${item.outstanding} that the plan sent to the {item.to}"


def _keep(builder: DecisionBuilder, item: Misdirected) -> None:
    """Keep what is known, and plan the next step: to ask and tell, or to wait for the money."""
    before = builder.case.misdirected
    builder.change(misdirected=item)
    if not item.open:
        _plan(builder, None)
        return
    schedule, rules = builder.rule_set.schedule, builder.rule_set.rules
    if item.asked_on is None or item.payer_notified_on is None:
        if before is None or not before.open or before.reported_on != item.reported_on:
            rule = rules.limit(_ASK, builder.today).rule
            _plan(builder, builder.ours(KIND, schedule.after(_ASK, builder.today), rule))
        return
    last = max(item.asked_on, item.payer_notified_on)
    _plan(builder, builder.waiting(ANSWER, schedule.after(_WAIT, last), rules.limit(_WAIT, last).rule))


def _plan(builder: DecisionBuilder, deadline: Deadline | None) -> None:
    others = tuple(d for d in builder.case.deadlines if d.kind not in (KIND, ANSWER))
    builder.change(misdirected_due=deadline, deadlines=(*others, deadline) if deadline is not None else others)
