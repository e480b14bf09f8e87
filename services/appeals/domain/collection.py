"""Making agreed money come: demand, complaint, counsel.

A settlement binds and an award is paid within 30 calendar days (42 USC 300gg-111(c)(6), 45 CFR 149.510(c)(4)(ix)). What
comes short, late or is taken back needs no new argument about the amount, so it is not appealed: the payer is sent a
demand that names the agreement and the sum; then the authority that answers for the plan gets a complaint, which only a
person may file; last a person hands the matter to counsel. The money ends it wherever it stands.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from services.appeals.domain.case import AppealCase, Owed
from services.appeals.domain.filing import add_filing
from services.appeals.domain.turn import Turn
from shared.events.pursuit import PaymentDemanded
from shared.events.settlement import ClaimSettled, SettlementShort
from shared.fold import IllegalTransition

StepName = Literal["demand", "complaint", "counsel"]
STEPS: tuple[StepName, ...] = ("demand", "complaint", "counsel")
BY_A_PERSON = 2
"""The first level that only a person files: a complaint to an authority is signed by somebody."""
_AWARD = "45 CFR 149.510(c)(4)(ix)"


class Addressee(msgspec.Struct, frozen=True):
    """Who a step is addressed to, and the rule that makes them answer for it; whether it is the state's authority."""

    name: str
    rule: str
    of_state: bool = False


def agreed(turn: Turn, event: ClaimSettled) -> None:
    """Keep what was agreed, in case it does not come."""
    turn.change(
        owed=Owed(
            settlement_id=event.settlement_id,
            amount=event.additional_due,
            outstanding=event.additional_due,
            due_on=event.payment_due_on,
            basis=event.basis,
            settled_on=event.settled_on,
        )
    )


def fell_short(turn: Turn, event: SettlementShort) -> None:
    """Money under a settlement is missing: begin to collect it, or go on about the sum as it stands now."""
    case = turn.case
    if case.dispute is None or case.cause is None:
        return
    known = case.owed if case.owed is not None and case.owed.settlement_id == event.settlement_id else None
    owed = Owed(
        settlement_id=event.settlement_id,
        amount=event.due,
        outstanding=event.due - event.paid,
        due_on=event.due_on,
        basis=known.basis if known else "",
        settled_on=known.settled_on if known else None,
    )
    turn.change(owed=owed)
    if case.live and case.forum != "collection":
        raise IllegalTransition("a settlement is short while its claim is still pursued")
    if not case.live:
        _prepare(turn, 1)


def file(turn: Turn, day: date, reference: str) -> None:
    """Send the step the case stands before."""
    case = turn.case
    owed = case.owed
    assert owed is not None
    if case.level >= BY_A_PERSON and not reference:
        raise IllegalTransition("file: a complaint and a referral need a person and the reference they were given")
    step = STEPS[case.level - 1]
    limit = turn.house.rules.limit(f"collection.{step}", day)
    due = turn.house.schedule.days.add(day, limit.count, limit.unit)
    filing = add_filing(turn, day, due, owed.outstanding, reference, remedy=remedy_of(case.level))
    to = addressee(turn, case.level)
    turn.change(stage="await", escalated="", deadlines=(turn.waiting("payment", due, limit.rule),))
    turn.emit(
        PaymentDemanded(
            claim_id=case.claim_id,
            case_id=case.case_id_in("collection"),
            settlement_id=owed.settlement_id,
            step=step,
            addressee=to.name,
            outstanding=owed.outstanding,
            sent_on=day,
            answer_due_on=due,
            rule=to.rule,
            reference=reference,
            documents=filing.documents,
        )
    )


def unpaid(turn: Turn) -> None:
    """The time a step gave passed without the money: the next step, or nothing is left but the books."""
    turn.check("unpaid")
    if turn.case.level < len(STEPS):
        _prepare(turn, turn.case.level + 1)
    else:
        finish(turn, "the money did not come after demand, complaint and counsel")


def missed(turn: Turn) -> None:
    """Nobody took the step in time. What is owed stays owed: a person is told, and the step is due anew."""
    turn.check("missed")
    step = STEPS[turn.case.level - 1]
    _prepare(turn, turn.case.level)
    turn.change(escalated=f"no {step} was filed in time; what is owed stays owed")


def finish(turn: Turn, how: str) -> None:
    """Stop collecting; the books say what was not paid."""
    turn.change(stage="ended", ended=how, deadlines=(), blocked=())


def remedy_of(level: int) -> str:
    """The remedy that a filing of the level is recorded under; the letters' argument goes by it."""
    return f"payment_{STEPS[level - 1]}"


def addressee(turn: Turn, level: int) -> Addressee:
    """Who the demand, the complaint or the referral goes to."""
    case = turn.case
    assert case.owed is not None
    award = case.owed.basis == "idr_award"
    if level == 1:
        return Addressee(case.facts.payer_name or "the payer", _AWARD if award else "the agreement")
    if level > BY_A_PERSON:
        return Addressee("counsel", "42 USC 300gg-111(c)(5)(E)" if award else "the agreement")
    return _authority(case, turn, award=award)


def _authority(case: AppealCase, turn: Turn, *, award: bool) -> Addressee:
    """The authority that answers for the plan; where the plan's kind is not known, both that may are named."""
    law = case.governing.law if case.governing else "unknown"
    if award or law == "federal":
        return Addressee("CMS No Surprises Help Desk", "45 CFR 149.150")
    row = turn.house.rules.state(case.facts.state, case.facts.service_from)
    department = row.body if row is not None and law == "state" else f"insurance department of {case.facts.state}"
    if law == "state":
        return Addressee(department, row.law if row is not None else "state law", of_state=True)
    if case.governing is not None and case.governing.plan == "fehb":
        return Addressee("Office of Personnel Management", "5 USC 8902(j)")
    funding = turn.payer.funding if turn.payer is not None else "unknown"
    if funding == "self_funded":
        return Addressee("Employee Benefits Security Administration", "29 USC 1134")
    if funding == "insured":
        return Addressee(department, "state law", of_state=True)
    return Addressee(
        f"{department}, or Employee Benefits Security Administration where the plan is self-funded", "29 USC 1134"
    )


def _prepare(turn: Turn, level: int) -> None:
    limit = turn.house.rules.limit("collection.file", turn.today)
    due = turn.house.schedule.days.add(turn.today, limit.count, limit.unit)
    turn.change(
        forum="collection",
        level=level,
        stage="prepare",
        blocked=(),
        ended="",
        deadlines=(turn.ours("file", due, limit.rule),),
    )
    if level < BY_A_PERSON and "collection" not in turn.house.policy.attest:
        file(turn, turn.today, "")
