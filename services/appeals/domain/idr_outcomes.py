"""How an IDR dispute ends without a determination, and what follows: the fee that comes back, and where we go next.

An entity finds a dispute ineligible, wrongly batched or bundled (which may be sent once more, in the right form), or
closes it for unpaid fees; parties withdraw it; it is dismissed. A closed dispute may be opened again.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, Decimal

import msgspec

from services.appeals.domain import idr_information, pursuit, reviews
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.filing import end
from services.appeals.domain.forums.protocol import Forum
from services.appeals.domain.forums.registry import DEFAULT, check_move, forum_in, forum_under
from services.appeals.domain.judgement import Fired
from shared.decider import IllegalTransition
from shared.events.idr import IdrClosed, IdrOutcome, IdrReopened, IneligibleFor
from shared.events.payer import Reporter

RULE = "45 CFR 149.510(c)"
NOTICE = "settlement_notice"
"""The deadline to tell of an agreement during IDR."""
_RESENT: frozenset[IdrOutcome] = frozenset(("improperly_batched", "improperly_bundled"))
_STATE_LAW: frozenset[IneligibleFor] = frozenset(("state_law", "all_payer_model"))


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody told of the end: as what, on which day, for which reason of ineligibility, and in which words.

    `fee_returned` dollars of the entity's fee come back; None where nobody has said, and the table of outcomes decides.
    """

    outcome: IdrOutcome
    closed_on: date
    reported_by: Reporter = "entity"
    ineligible_for: IneligibleFor = ""
    words: str = ""
    fee_returned: Decimal | None = None


def close(builder: DecisionBuilder, closure: Closure) -> None:
    """The dispute was closed. What the payer alone says of it is told to a person, and moves nothing."""
    filing = FEDERAL_IDR.initiation(builder.case)
    if filing is not None and filing.closed_as == closure.outcome and filing.decided_on == closure.closed_on:
        return  # told twice
    check_move(builder, "closed")
    assert filing is not None  # the step has one
    if closure.closed_on > builder.today or closure.closed_on < filing.filed_on:
        began = filing.filed_on.isoformat()
        raise IllegalTransition(f"close: IDR was initiated on {began}, and this day cannot be; {RULE}")
    if closure.reported_by == "payer":
        words = f"the payer says that IDR was closed as {_words(closure)} on {closure.closed_on.isoformat()}"
        builder.change(escalated=f"{words}: look at the portal, and record what it says")
        return
    resend = closure.outcome in _RESENT and not _was_resent(builder.case)
    due = builder.rule_set.schedule.after("nsa.resubmission", closure.closed_on) if resend else None
    unpaid = closure.fee_returned is None and not _paid(builder.case, filing)
    done = msgspec.structs.replace(
        filing, outcome="withdrawn" if closure.outcome == "withdrawn" else "dismissed", decided_on=closure.closed_on,
        closed_as=closure.outcome,
    )  # fmt: skip
    filings = tuple(done if f.number == filing.number else f for f in builder.case.filings)
    builder.change(filings=filings, entity_on=None, entity_assumed=False, payer_entity_on=None, offer_on=None)
    builder.change(deadlines=(), escalated="")
    _, entity = FEDERAL_IDR.fees_of(builder, filing)
    builder.emit(
        IdrClosed(
            claim_id=builder.case.claim_id,
            case_id=builder.case.case_id,
            outcome=closure.outcome,
            closed_on=closure.closed_on,
            fee_returned=entity if unpaid else _returned(closure, entity),
            ineligible_for=closure.ineligible_for,
            reported_by=closure.reported_by,
            resubmit_by=due,
            unpaid=unpaid,
        )
    )
    if due is not None:
        _send_once_more(builder, filing, due)
    else:
        _go_on(builder, closure)


def _paid(case: AppealCase, filing: Filing) -> bool:
    """Return True if the entity's fee of a filing was paid, as far as it was told: it is due with the offer.

    Source: 45 CFR 149.510(d)(1)(ii), read in 29 CFR 2590.716-8(c)(2)(ii) and (d): each party pays it when it offers.
    """
    return case.offer_on is not None or any(key.startswith("entity paid ") for key in filing.reported_fees)


def _returned(closure: Closure, entity_fee: Decimal) -> Decimal:
    """The entity's fee that comes back, in dollars; the administrative fee never does (45 CFR 149.510(d)(2)).

    All of it where the entity decided nothing; half where the parties withdrew it, as where they agree on an amount
    (42 USC 300gg-111(c)(2)(B)).
    """
    if closure.fee_returned is not None:
        return min(closure.fee_returned, entity_fee)
    if closure.outcome == "withdrawn":
        return (entity_fee / 2).quantize(Decimal("0.01"), rounding=ROUND_DOWN)
    return entity_fee


def _send_once_more(builder: DecisionBuilder, filing: Filing, due: date) -> None:
    """One resubmission in the right form, under the number of the dispute before it."""
    rule = builder.rule_set.rules.limit("nsa.resubmission", filing.filed_on).rule
    builder.change(
        stage="prepare", deadlines=(builder.ours("file", due, rule),), entity=None, information=(), information_due=None
    )  # fmt: skip
    number = f" {filing.reference}" if filing.reference else ""
    builder.change(escalated=f"sent back: file it once more in the right form, under the dispute{number}, by {due}")
    if FEDERAL_IDR.by_itself(builder.rule_set) and builder.today <= due:
        FEDERAL_IDR.initiate_today(builder)


def _go_on(builder: DecisionBuilder, closure: Closure) -> None:
    """To the state's process or the plan's appeal where one is open with days left; else the pursuit ends, and why."""
    case, notice_on = builder.case, builder.dispute.notice_on
    what = f"IDR closed as {_words(closure)} on {closure.closed_on.isoformat()}"
    if closure.ineligible_for in _STATE_LAW and case.governing is not None:
        fired = Fired("idr_ineligible", what, RULE)
        law = "unknown" if closure.ineligible_for == "state_law" else "commercial"
        builder.change(
            governing=msgspec.structs.replace(
                case.governing, law=law, fired=(*case.governing.fired, fired),
                missing=("whether the state's process governs, as the IDR entity found",) if law == "unknown" else (),
            )
        )  # fmt: skip
    for forum in _next(closure):
        filed = any(f.forum == forum.name and f.level == 1 for f in case.filings)
        if filed or forum.unavailable(case, builder.rule_set.rules):
            continue
        if pursuit.is_open(builder, forum.name, notice_on):
            builder.change(negotiation_on=None)
            pursuit.start_level(builder, forum.name, 1, notice_on)
            if forum.traits.reviews_beside and builder.case.live:
                reviews.plan(builder, notice_on)
            left = (forum.file_by(builder, 1, notice_on)[0] - builder.today).days
            if not builder.case.escalated:
                builder.change(escalated=f"{what}: {forum.traits.label} is open, {left} days are left")
            return
    last, rule = DEFAULT.file_by(builder, 1, notice_on)
    end(builder, f"{what}; {DEFAULT.traits.label} ended on {last.isoformat()}", rule)


def _next(closure: Closure) -> tuple[Forum, ...]:
    return (forum_under("state"), DEFAULT) if closure.ineligible_for == "state_law" else (DEFAULT,)


def _words(closure: Closure) -> str:
    words = closure.outcome.replace("_", " ")
    reason = closure.ineligible_for.replace("_", " ")
    return f"{words} ({reason})" if reason else words


def settled(builder: DecisionBuilder, on: date) -> None:
    """An agreement ended a dispute that stood in IDR: the Departments and the entity are told within three days.

    The case has ended; the day stays with it until a person says that they were told (45 CFR 149.510(c)(2)(i)).
    """
    limit = builder.rule_set.rules.limit("nsa.settlement_notice", on)
    due = builder.rule_set.schedule.after("nsa.settlement_notice", on)
    builder.change(deadlines=(builder.ours(NOTICE, due, limit.rule),))


def report_settlement(builder: DecisionBuilder, on: date) -> None:
    """A person told the Departments and the entity of the settlement on a day, in time or late."""
    due = builder.case.deadline(NOTICE)
    if due is None and builder.case.settlement_untold is None:
        raise IllegalTransition(f"told: no settlement in IDR waits to be told; {RULE}")
    if on > builder.today:
        raise IllegalTransition(f"told: the day lies in the future; {RULE}")
    kept = tuple(d for d in builder.case.deadlines if d is not due)
    builder.change(deadlines=kept, settlement_untold=None, escalated="" if due is not None else builder.case.escalated)


def not_told(builder: DecisionBuilder, due: date) -> None:
    """The time to tell of a settlement passed: it is still to be told, and the day of that to be recorded."""
    kept = tuple(d for d in builder.case.deadlines if d.kind != NOTICE)
    escalated = builder.case.escalated  # that it nears its day is true no more; the task says what is
    builder.change(deadlines=kept, settlement_untold=due, escalated="" if escalated.startswith(NOTICE) else escalated)


def reopen(builder: DecisionBuilder, on: date, reported_by: Reporter, due: date | None) -> None:
    """A closed dispute was opened again: it waits for the determination, and a fee that came back is due again.

    What was begun after the closing keeps its filings; an answer to them is heard as a late one is.
    """
    case = builder.case
    filing = FEDERAL_IDR.initiation(case)
    if filing is None or not filing.closed_as:
        raise IllegalTransition(f"reopen: no closed IDR dispute is recorded; {RULE}")
    if not case.live:
        raise IllegalTransition(
            f"reopen: the case has ended ({case.ended}); note what was told, and claim what is awarded; {RULE}"
        )
    if filing.decided_on is not None and not filing.decided_on <= on <= builder.today:
        raise IllegalTransition(f"reopen: it was closed on {filing.decided_on.isoformat()}; {RULE}")
    if reported_by == "payer":
        builder.change(escalated=f"the payer says that IDR was opened again on {on.isoformat()}: look at the portal")
        return
    forum = forum_in(case)
    open_again = msgspec.structs.replace(filing, outcome=None, decided_on=None, closed_as="")
    filings = tuple(open_again if f.number == filing.number else f for f in case.filings)
    waiting = builder.waiting("determination", due or builder.rule_set.schedule.determination_due(on), RULE)
    waiting = msgspec.structs.replace(waiting, assumed=due is None)
    other = "" if forum is None or forum is FEDERAL_IDR else f"IDR was opened again: withdraw {forum.traits.label}"
    builder.change(
        filings=filings, forum=FEDERAL_IDR.name, level=1, stage="determination", blocked=(), deadlines=(waiting,),
        escalated=other,
    )  # fmt: skip
    idr_information.plan(builder)
    _, entity = FEDERAL_IDR.fees_of(builder, filing)
    builder.emit(
        IdrReopened(
            claim_id=case.claim_id, case_id=case.case_id, reopened_on=on, entity_fee=entity, reported_by=reported_by,
            determination_due_on=waiting.due,
        )
    )  # fmt: skip


def _was_resent(case: AppealCase) -> bool:
    return sum(f.forum == FEDERAL_IDR.name for f in case.filings) > 1
