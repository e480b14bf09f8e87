"""Talks: offers are received, valued and answered; what is above the engine's authority waits for a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from msgspec.structs import replace

from services.settlement.domain import offer_checks, offers
from services.settlement.domain.account import Approval, DecisionRecord, Proceeding
from services.settlement.domain.agreement import pay_by, settle, settle_lines
from services.settlement.domain.decision import DecisionBuilder, days_from
from services.settlement.domain.decision_inputs import Question, gather_inputs
from services.settlement.domain.negotiation_end import expire, leave
from services.settlement.domain.offers import Offer, OfferRefused
from services.settlement.domain.valuation import Choice, Inputs, choose
from shared.events.payer import PayerOffer
from shared.events.settlement import OfferCountered, OfferReceived, SettlementBasis

_NAMESPACE = UUID("0b0c1a1e-52c9-5b6d-8f43-6e9a3c7b1d02")
_BASIS: dict[str, SettlementBasis] = {
    "appeal_decision": "appeal_decision",
    "corrected_remittance": "corrected_remittance",
}


def on_offer(builder: DecisionBuilder, event: PayerOffer) -> None:
    """An offer of the payer arrived. Before its claim it is held; outside a pursuit it is only recorded."""
    if builder.account.phase == "expected":
        builder.change(held=(*builder.account.held, event))
        return
    take_offer(
        builder,
        Offer(
            offer_id=event.offer_id,
            side="payer",
            source="payer",
            amount=event.amount,
            made_on=event.offered_on,
            expires_on=event.expires_on,
            final=event.final,
            lines=tuple(sorted(set(event.lines))),
        ),
    )


def take_offer(builder: DecisionBuilder, offer: Offer) -> None:
    """Record an offer and answer it where the claim stands in a forum. A repetition has no effect."""
    a = builder.account
    rounds = (a.proceeding.rounds if a.proceeding else len({o.offer_id for o in a.offers if o.side == "payer"})) + 1
    known = offers.find(a.offers, offer.offer_id)
    offer = replace(
        offer, round=known.round if known else rounds, ahead=offer_checks.is_ahead(offer.made_on, builder.today)
    )
    try:
        after, recorded = offers.receive(a.offers, offer)
    except OfferRefused:
        return  # an accepted offer binds; what comes after under its name is too late
    if recorded is None:
        return
    builder.change(offers=after)
    if a.approval is not None and not offers.is_open(after, a.approval.offer_id, a.approval.version):
        builder.change(approval=None)  # what a person was to decide about has been replaced
    if a.proceeding is not None:
        builder.change(proceeding=replace(a.proceeding, rounds=max(a.proceeding.rounds, offer.round)))
    builder.emit(
        OfferReceived(
            claim_id=a.claim_id,
            offer_id=offer.offer_id,
            round=offer.round,
            amount=offer.amount,
            source=offer.source,
            received_on=builder.today,
            expires_on=offer.expires_on,
            lines=offer.lines,
        )
    )
    if a.phase == "pursued" and a.proceeding is not None:
        answer(builder, recorded)
    elif a.phase in ("settled", "closed"):
        builder.change(offers=offers.close_all(after, builder.today))


def take_award(builder: DecisionBuilder, award: Offer, *, exhausted: bool) -> None:
    """A partial decision is an offer of what it grants: take it, or say that talks have failed."""
    a = builder.account
    offer = replace(award, round=a.proceeding.rounds if a.proceeding else 0)
    after, recorded = offers.receive(a.offers, offer)
    if recorded is None:
        return
    builder.change(offers=after)
    answer(builder, recorded, exhausted=exhausted)


def answer_open(builder: DecisionBuilder) -> None:
    """Answer offers that came before their forum was known, but those that an answer to an earlier one has ended."""
    expire(builder)
    for offer in offers.open_offers(builder.account.offers, "payer"):
        a = builder.account
        if a.phase == "pursued" and a.approval is None and not a.act_waits and offer in a.offers:
            answer(builder, offer)


def answer(builder: DecisionBuilder, offer: Offer, *, exhausted: bool = False) -> None:
    """Value one offer and act on it.

    An offer whose last day has passed is only marked as expired; one that cannot be as it is said waits for a person.
    """
    a = builder.account
    if offer.expires_on is not None and offer.expires_on < builder.today:
        expire(builder)
        return
    if offer_checks.doubt(a, offer):
        return
    if a.dispute_of(offer.lines) is None:  # agreed already
        builder.change(offers=offers.decline(a.offers, offer.offer_id, offer.version, builder.today))
        return
    inputs = inputs_for(builder, offer, exhausted=exhausted)
    choice = choose(inputs)
    number = a.decisions + 1
    builder.record(
        DecisionRecord(
            number=number,
            on=builder.today,
            offer_id=offer.offer_id,
            version=offer.version,
            inputs=inputs,
            choice=choice,
        )
    )
    if choice.role == "automatic":
        act(builder, offer, choice)
        return
    until = days_from(builder.today, builder.days.approval)
    builder.change(
        approval=Approval(
            decision=number,
            offer_id=offer.offer_id,
            version=offer.version,
            action=choice.action,
            amount=choice.amount,
            expected_value=choice.next_value,
            role=choice.role,
            until=until if offer.expires_on is None else min(until, offer.expires_on),
            reasons=choice.reasons,
        )
    )


def inputs_for(builder: DecisionBuilder, offer: Offer, *, exhausted: bool = False) -> Inputs:
    """What a decision about this offer rests on today."""
    a = builder.account
    proceeding, whole = a.proceeding, a.dispute
    dispute = a.dispute_of(offer.lines)
    assert dispute is not None and proceeding is not None and whole is not None
    in_part = a.in_part(offer.lines)
    case = Question(
        as_of=offer.made_on,
        forum=proceeding.forum,
        level=proceeding.level,
        undecided=proceeding.undecided,
        specialty=a.specialty,
        payer=a.payer_id,
        offer=offer.amount,
        final=offer.final or proceeding.over,
        counters_made=proceeding.counters,
        demand=None if in_part else proceeding.demand,
        exhausted=exhausted,
        part=dispute.amount / whole.amount if in_part and whole.amount else Decimal(1),
        idr_value=a.idr_value,
    )
    return gather_inputs(case, dispute, builder.book)


def act(builder: DecisionBuilder, offer: Offer, choice: Choice, *, by: str = "automatic") -> None:
    """Carry a choice out."""
    if choice.action == "accept":
        accept(builder, offer, choice.reasons, by=by)
    elif choice.action == "counter":
        counter(builder, offer, choice.amount, choice.next_value, choice.reasons)
    else:
        leave(builder, offer, choice.next_value, choice.reasons)


def accept(builder: DecisionBuilder, offer: Offer, reasons: tuple[str, ...], *, by: str = "automatic") -> None:
    """Accept exactly this version of an offer; `OfferRefused` where it ended before."""
    a = builder.account
    after, accepted = offers.accept(a.offers, offer.offer_id, offer.version, builder.today)
    dispute = a.dispute_of(accepted.lines)
    if accepted.lines and (dispute is None or accepted.amount < dispute.allowed):
        raise OfferRefused("the lines of this offer are not in dispute, or the payer allows more for them already")
    builder.change(offers=after)
    if accepted.lines:
        builder.change(approval=None)
        settle_lines(builder, accepted.lines, accepted.amount)
        return
    settle(
        builder,
        basis=_BASIS.get(accepted.source, "offer_accepted"),
        amount=accepted.amount,
        settled_on=builder.today,
        payment_due_on=pay_by(builder),
        reasons=reasons,
        by=by,
    )


def counter(
    builder: DecisionBuilder, offer: Offer, amount: Decimal, expected_value: Decimal, reasons: tuple[str, ...]
) -> None:
    """Answer an offer with one of ours; the payer's offer ends with it."""
    a = builder.account
    proceeding = a.proceeding
    assert proceeding is not None
    number = proceeding.counters + 1
    demand = proceeding.demand if a.in_part(offer.lines) else amount
    counter_id = str(uuid5(_NAMESPACE, f"{a.claim_id}/{proceeding.case_id}/{len(a.offers)}"))
    ours = Offer(
        offer_id=counter_id,
        side="provider",
        source="negotiator",
        amount=amount,
        made_on=builder.today,
        round=offer.round,
        expires_on=_counter_expires(builder, proceeding),
        lines=offer.lines,
    )
    after = offers.decline(a.offers, offer.offer_id, offer.version, builder.today)
    after, _ = offers.receive(after, ours)
    builder.change(offers=after, approval=None, proceeding=replace(proceeding, counters=number, demand=demand))
    builder.emit(
        OfferCountered(
            claim_id=a.claim_id,
            offer_id=offer.offer_id,
            counter_id=counter_id,
            round=offer.round,
            amount=amount,
            expected_value=expected_value,
            policy=builder.book.policy.label,
            reasons=reasons,
            lines=offer.lines,
        )
    )


def _counter_expires(builder: DecisionBuilder, proceeding: Proceeding) -> date:
    a = builder.account
    assert a.dispute is not None
    rule = builder.book.policy.rule_for(
        specialty=a.specialty, payer=a.payer_id, forum=proceeding.forum, amount=a.dispute.amount
    )
    expires = days_from(builder.today, rule.counter_days)
    return expires if proceeding.ends_on is None else max(min(expires, proceeding.ends_on), builder.today)
