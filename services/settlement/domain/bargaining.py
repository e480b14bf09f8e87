"""Talks: offers are received, valued and answered; what is above the engine's authority waits for a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from msgspec.structs import replace

from services.settlement.domain import doubts, offers
from services.settlement.domain.account import Approval, Taken, Talks
from services.settlement.domain.agreement import settle, settle_lines
from services.settlement.domain.endings import expire, leave
from services.settlement.domain.gathering import Case, gather
from services.settlement.domain.offers import Offer, OfferRefused
from services.settlement.domain.turn import Turn, days_from
from services.settlement.domain.valuation import Choice, Inputs, choose
from shared.events.payer import PayerOffer
from shared.events.settlement import OfferCountered, OfferReceived, SettlementBasis

_NAMESPACE = UUID("0b0c1a1e-52c9-5b6d-8f43-6e9a3c7b1d02")
_BASIS: dict[str, SettlementBasis] = {
    "appeal_decision": "appeal_decision",
    "corrected_remittance": "corrected_remittance",
}


def on_offer(turn: Turn, event: PayerOffer) -> None:
    """An offer of the payer arrived. Before its claim it is held; outside a pursuit it is only recorded."""
    if turn.account.phase == "expected":
        turn.change(held=(*turn.account.held, event))
        return
    take_offer(
        turn,
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


def take_offer(turn: Turn, offer: Offer) -> None:
    """Record an offer and answer it where the claim stands in a forum. A repetition has no effect."""
    a = turn.account
    rounds = (a.talks.rounds if a.talks else len({o.offer_id for o in a.offers if o.side == "payer"})) + 1
    known = offers.find(a.offers, offer.offer_id)
    offer = replace(offer, round=known.round if known else rounds, ahead=doubts.is_ahead(offer.made_on, turn.today))
    try:
        after, recorded = offers.receive(a.offers, offer)
    except OfferRefused:
        return  # an accepted offer binds; what comes after under its name is too late
    if recorded is None:
        return
    turn.change(offers=after)
    if a.approval is not None and not offers.is_open(after, a.approval.offer_id, a.approval.version):
        turn.change(approval=None)  # what a person was to decide about has been replaced
    if a.talks is not None:
        turn.change(talks=replace(a.talks, rounds=max(a.talks.rounds, offer.round)))
    turn.emit(
        OfferReceived(
            claim_id=a.claim_id,
            offer_id=offer.offer_id,
            round=offer.round,
            amount=offer.amount,
            source=offer.source,
            received_on=turn.today,
            expires_on=offer.expires_on,
            lines=offer.lines,
        )
    )
    if a.phase == "pursued" and a.talks is not None:
        answer(turn, recorded)
    elif a.phase in ("settled", "closed"):
        turn.change(offers=offers.close_all(after, turn.today))


def take_award(turn: Turn, award: Offer, *, exhausted: bool) -> None:
    """A partial decision is an offer of what it grants: take it, or say that talks have failed."""
    a = turn.account
    offer = replace(award, round=a.talks.rounds if a.talks else 0)
    after, recorded = offers.receive(a.offers, offer)
    if recorded is None:
        return
    turn.change(offers=after)
    answer(turn, recorded, exhausted=exhausted)


def answer_open(turn: Turn) -> None:
    """Answer offers that came before their forum was known, but those that an answer to an earlier one has ended."""
    expire(turn)
    for offer in offers.open_offers(turn.account.offers, "payer"):
        a = turn.account
        if a.phase == "pursued" and a.approval is None and not a.act_waits and offer in a.offers:
            answer(turn, offer)


def answer(turn: Turn, offer: Offer, *, exhausted: bool = False) -> None:
    """Value one offer and act on it.

    An offer whose last day has passed is only marked as expired; one that cannot be as it is said waits for a person.
    """
    a = turn.account
    if offer.expires_on is not None and offer.expires_on < turn.today:
        expire(turn)
        return
    if doubts.doubt(a, offer):
        return
    if a.dispute_of(offer.lines) is None:  # agreed already
        turn.change(offers=offers.decline(a.offers, offer.offer_id, offer.version, turn.today))
        return
    inputs = inputs_for(turn, offer, exhausted=exhausted)
    choice = choose(inputs)
    number = a.decisions + 1
    turn.record(
        Taken(
            number=number,
            on=turn.today,
            offer_id=offer.offer_id,
            version=offer.version,
            inputs=inputs,
            choice=choice,
        )
    )
    if choice.role == "automatic":
        act(turn, offer, choice)
        return
    until = days_from(turn.today, turn.days.approval)
    turn.change(
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


def inputs_for(turn: Turn, offer: Offer, *, exhausted: bool = False) -> Inputs:
    """What a decision about this offer rests on today."""
    a = turn.account
    talks, whole = a.talks, a.dispute
    dispute = a.dispute_of(offer.lines)
    assert dispute is not None and talks is not None and whole is not None
    in_part = a.in_part(offer.lines)
    case = Case(
        as_of=offer.made_on,
        forum=talks.forum,
        level=talks.level,
        undecided=talks.undecided,
        specialty=a.specialty,
        payer=a.payer_id,
        offer=offer.amount,
        final=offer.final or talks.over,
        counters_made=talks.counters,
        demand=None if in_part else talks.demand,
        exhausted=exhausted,
        part=dispute.amount / whole.amount if in_part and whole.amount else Decimal(1),
    )
    return gather(case, dispute, turn.book)


def act(turn: Turn, offer: Offer, choice: Choice, *, by: str = "automatic") -> None:
    """Carry a choice out."""
    if choice.action == "accept":
        accept(turn, offer, choice.reasons, by=by)
    elif choice.action == "counter":
        counter(turn, offer, choice.amount, choice.next_value, choice.reasons)
    else:
        leave(turn, offer, choice.next_value, choice.reasons)


def accept(turn: Turn, offer: Offer, reasons: tuple[str, ...], *, by: str = "automatic") -> None:
    """Accept exactly this version of an offer; `OfferRefused` where it ended before."""
    a = turn.account
    after, accepted = offers.accept(a.offers, offer.offer_id, offer.version, turn.today)
    dispute = a.dispute_of(accepted.lines)
    if accepted.lines and (dispute is None or accepted.amount < dispute.allowed):
        raise OfferRefused("the lines of this offer are not in dispute, or the payer allows more for them already")
    turn.change(offers=after)
    if accepted.lines:
        turn.change(approval=None)
        settle_lines(turn, accepted.lines, accepted.amount)
        return
    settle(
        turn,
        basis=_BASIS.get(accepted.source, "offer_accepted"),
        amount=accepted.amount,
        settled_on=turn.today,
        payment_due_on=days_from(turn.today, turn.days.pay),
        reasons=reasons,
        by=by,
    )


def counter(turn: Turn, offer: Offer, amount: Decimal, expected_value: Decimal, reasons: tuple[str, ...]) -> None:
    """Answer an offer with one of ours; the payer's offer ends with it."""
    a = turn.account
    talks = a.talks
    assert talks is not None
    number = talks.counters + 1
    demand = talks.demand if a.in_part(offer.lines) else amount
    counter_id = str(uuid5(_NAMESPACE, f"{a.claim_id}/{talks.case_id}/{len(a.offers)}"))
    ours = Offer(
        offer_id=counter_id,
        side="provider",
        source="negotiator",
        amount=amount,
        made_on=turn.today,
        round=offer.round,
        expires_on=_counter_expires(turn, talks),
        lines=offer.lines,
    )
    after = offers.decline(a.offers, offer.offer_id, offer.version, turn.today)
    after, _ = offers.receive(after, ours)
    turn.change(offers=after, approval=None, talks=replace(talks, counters=number, demand=demand))
    turn.emit(
        OfferCountered(
            claim_id=a.claim_id,
            offer_id=offer.offer_id,
            counter_id=counter_id,
            round=offer.round,
            amount=amount,
            expected_value=expected_value,
            policy=turn.book.policy.label,
            reasons=reasons,
            lines=offer.lines,
        )
    )


def _counter_expires(turn: Turn, talks: Talks) -> date:
    a = turn.account
    assert a.dispute is not None
    rule = turn.book.policy.rule_for(
        specialty=a.specialty, payer=a.payer_id, forum=talks.forum, amount=a.dispute.amount
    )
    expires = days_from(turn.today, rule.counter_days)
    return expires if talks.ends_on is None else max(min(expires, talks.ends_on), turn.today)
