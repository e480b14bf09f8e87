"""What the forums of appeals mean for the money: where talks are held, what a decision or award settles."""

from __future__ import annotations

from msgspec.structs import replace

from services.settlement.domain import bargaining, idr_fees, negotiation_end, offer_checks, results
from services.settlement.domain.account import Proceeding
from services.settlement.domain.agreement import of_the_rest, settle
from services.settlement.domain.decision import DecisionBuilder, days_from, reopen
from services.settlement.domain.offers import Offer
from shared.events.idr import IdrClosed, IdrDetermined, IdrInitiated, IdrReopened
from shared.events.pursuit import AppealDecided, AppealFiled, NegotiationOpened, PursuitEnded, PursuitResumed
from shared.events.state_process import StateTalksBegun


def _forum(builder: DecisionBuilder, proceeding: Proceeding) -> None:
    """The dispute moves to a forum: whatever waited from before is answered there."""
    a = builder.account
    if a.phase != "pursued":
        return
    before = a.proceeding
    if a.filed_on is None:
        builder.change(filed_on=proceeding.since)
    if before is not None:
        results.left(builder)
        proceeding = replace(
            proceeding,
            rounds=before.rounds,
            demand=proceeding.demand or before.demand,
            offers_before=results.offers_so_far(a),
        )
    else:  # offers that overtook the notice of the forum are rounds of it all the same
        proceeding = replace(proceeding, rounds=max((offer.round for offer in a.offers), default=0))
    builder.change(proceeding=results.with_win_chance(builder, proceeding))
    builder.value_idr()  # before offers are answered by it
    bargaining.answer_open(builder)


def on_negotiation_opened(builder: DecisionBuilder, event: NegotiationOpened) -> None:
    """Open negotiation under the No Surprises Act began."""
    builder.change(federal=True)
    _forum(
        builder,
        Proceeding(forum="open_negotiation", case_id=event.case_id, since=event.notice_on, ends_on=event.ends_on),
    )


def on_state_talks_begun(builder: DecisionBuilder, event: StateTalksBegun) -> None:
    """The talks before a state's process began, or their days are told otherwise: level 0 of that forum.

    What lies ahead of them is its first level. They say nothing of federal law.
    """
    a, before = builder.account, builder.account.proceeding
    talks = Proceeding(
        forum="state_process", level=0, case_id=event.case_id, since=event.begun_on, ends_on=event.ends_on
    )
    if before is not None and before.forum == talks.forum and a.phase == "pursued":
        if before.level == 0:
            builder.change(proceeding=replace(before, since=event.begun_on, ends_on=event.ends_on))
        return  # the state's process itself is under way
    _forum(builder, talks)


def on_appeal_filed(builder: DecisionBuilder, event: AppealFiled) -> None:
    """An appeal level began."""
    _forum(
        builder,
        Proceeding(
            forum=event.forum,
            level=event.level,
            case_id=event.case_id,
            since=event.filed_on,
            undecided=True,
            demand=event.amount_sought,
        ),
    )


def on_appeal_decided(builder: DecisionBuilder, event: AppealDecided) -> None:
    """An appeal level ended: settle what it grants, or decide about a part."""
    a = builder.account
    if a.phase != "pursued" or a.dispute is None:
        return
    if event.outcome == "withdrawn":  # begun on a wrong day of receipt: that says nothing of the forum
        builder.change(proceeding=replace(a.proceeding, undecided=False) if a.proceeding is not None else None)
        return
    proceeding = a.proceeding or Proceeding(forum=event.forum, level=event.level, case_id=event.case_id)
    if event.outcome in ("overturned", "partially_overturned"):
        proceeding = replace(proceeding, undecided=False, over=False)
    builder.change(proceeding=proceeding)
    not_stated = a.dispute.target if event.outcome == "overturned" else a.dispute.allowed
    granted = not_stated if event.awarded is None else of_the_rest(builder, event.awarded)
    won = event.outcome in ("overturned", "partially_overturned") and granted > a.dispute.allowed
    results.decided(builder, event.forum, event.level, event.decided_on, won=won, amount=granted)
    if event.outcome == "overturned":
        settle(
            builder,
            basis="appeal_decision",
            amount=granted,
            settled_on=event.decided_on,
            payment_due_on=days_from(event.decided_on, builder.days.pay),
            reasons=(f"{event.forum} level {event.level} overturned the payer's decision",),
        )
    elif event.outcome == "partially_overturned":
        award = Offer(
            offer_id=f"{event.case_id}-{event.level}",
            side="payer",
            source="appeal_decision",
            amount=granted,
            made_on=event.decided_on,
            final=True,
        )
        bargaining.take_award(builder, award, exhausted=event.exhausted)


def on_idr_initiated(builder: DecisionBuilder, event: IdrInitiated) -> None:
    """Federal IDR began: its fees are borne from now on."""
    idr_fees.begun(builder, event.initiated_on, event.administrative_fee, event.entity_fee, "IDR initiated")
    _forum(
        builder,
        Proceeding(
            forum="federal_idr",
            case_id=event.case_id,
            since=event.initiated_on,
            undecided=True,
            demand=event.offer,
            administrative_fee=event.administrative_fee,
            entity_fee=event.entity_fee,
        ),
    )


def on_idr_determined(builder: DecisionBuilder, event: IdrDetermined) -> None:
    """The IDR entity chose: its award binds both sides."""
    a = builder.account
    if a.phase != "pursued":
        return
    # who did not prevail bears the entity's fee, of a filing of several lines by their number; the rest of ours comes
    # back (42 USC 300gg-111(c)(5)(F), 45 CFR 149.510(d)(1))
    idr_fees.bear(builder, event.fees_owed, "IDR: entity fee refunded")
    award = of_the_rest(builder, event.award)
    won = event.prevailing == "provider"
    results.decided(builder, "federal_idr", 1, event.determined_on, won=won, amount=award)
    settle(
        builder,
        basis="idr_award",
        amount=award,
        settled_on=event.determined_on,
        payment_due_on=event.payment_due_on,
        reasons=(_chosen(event),),
        awards={one.line: one.award for one in event.lines or ()},
    )


def _chosen(event: IdrDetermined) -> str:
    """Whose offer was chosen, and why where one side made none."""
    if event.lines:
        won = sum(one.prevailing == "provider" for one in event.lines)
        return f"the IDR entity chose the provider's offer on {won} of {len(event.lines)} lines"
    default = f", since the {event.default_of} made none or paid no fee" if event.default_of else ""
    return f"the IDR entity chose the {event.prevailing}'s offer{default}"


def on_idr_closed(builder: DecisionBuilder, event: IdrClosed) -> None:
    """IDR ended without a determination: what comes back of the entity's fee is not cost any more, once."""
    proceeding = builder.account.proceeding
    if builder.account.phase != "pursued" or proceeding is None or not proceeding.awards:
        return
    back = min(event.fee_returned, proceeding.entity_fee)
    why = f"IDR closed ({event.outcome}): entity fee {'not due' if event.unpaid else 'returned'}"
    idr_fees.bear(builder, proceeding.entity_fee - back, why, unpaid=event.unpaid)
    builder.change(proceeding=replace(proceeding, entity_fee=proceeding.entity_fee - back, undecided=False))


def on_idr_reopened(builder: DecisionBuilder, event: IdrReopened) -> None:
    """A closed dispute is open again: what had come back of the entity's fee is borne again."""
    if builder.account.phase != "pursued":
        return
    proceeding = builder.account.proceeding
    in_idr = proceeding is not None and proceeding.awards
    idr_fees.due_again(builder, event.entity_fee, "IDR opened again: entity fee due again")
    since = proceeding.since if proceeding is not None and in_idr else event.reopened_on
    demand = proceeding.demand if proceeding is not None else None
    again = Proceeding(
        forum="federal_idr",
        case_id=event.case_id,
        since=since,
        undecided=True,
        demand=demand,
        entity_fee=event.entity_fee,
    )
    _forum(builder, again)


def on_pursuit_ended(builder: DecisionBuilder, event: PursuitEnded) -> None:
    """No remedy is left: the claim ends, unless a last offer waits for a person."""
    a = builder.account
    if a.phase != "pursued":
        return
    accepted = a.act is not None and a.act.waits and a.act.act == "accept"
    if accepted or (a.approval is not None and a.approval.action == "accept") or offer_checks.in_doubt(a):
        builder.change(ended=event.reason or "ended")  # the last offer still waits for a person
        return
    negotiation_end.end_pursuit(builder)


def on_pursuit_resumed(builder: DecisionBuilder, event: PursuitResumed) -> None:
    """A claim that was closed since no remedy was left is reopened, and waits for its new judgement."""
    if builder.account.phase == "closed" and builder.account.closed in ("pursuit_ended", "denial_stands"):
        reopen(builder, event.reason)
