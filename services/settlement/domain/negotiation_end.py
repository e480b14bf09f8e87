"""How offers and negotiations end other than by agreement: withdrawn, expired, declined, given up."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from services.settlement.domain import offer_checks, offers, results
from services.settlement.domain.account import Approval
from services.settlement.domain.agreement import settle_parts
from services.settlement.domain.decision import DecisionBuilder, close
from services.settlement.domain.decision_inputs import opening_demand
from services.settlement.domain.offers import Offer, OfferRefused, Side
from shared.events.payer import PayerOfferWithdrawn
from shared.events.settlement import NegotiationFailed, OfferExpired, OfferWithdrawn


def on_withdrawal(builder: DecisionBuilder, event: PayerOfferWithdrawn) -> None:
    """The payer says that its offer no longer stands; too late where the offer has ended already."""
    a = builder.account
    if a.phase == "expected":
        builder.change(held=tuple(offer for offer in a.held if offer.offer_id != event.offer_id))
        return
    try:
        withdraw(builder, "payer", event.offer_id)
    except OfferRefused:
        return  # whoever was first has won


def withdraw(builder: DecisionBuilder, side: Side, offer_id: str) -> None:
    """End an offer in the name of the side that made it; `OfferRefused` where it has ended already."""
    a = builder.account
    offer = offers.find(a.offers, offer_id)
    if offer is None or offer.side != side:
        raise OfferRefused("no such offer of this side on this claim")
    after = offers.withdraw(offers.expire(a.offers, builder.today), offer_id, builder.today)
    builder.change(offers=after)
    builder.emit(
        OfferWithdrawn(
            claim_id=a.claim_id,
            offer_id=offer_id,
            side=side,
            round=offer.round,
            amount=offer.amount,
            withdrawn_on=builder.today,
        )
    )
    if a.approval is not None and a.approval.offer_id == offer_id:
        turned_down(builder, a.approval, "the payer withdrew its offer")
    else:
        end_unless_waiting(builder)


def expire(builder: DecisionBuilder) -> None:
    """End what is past its last day, and say so."""
    a = builder.account
    after = offers.expire(a.offers, builder.today)
    if after is a.offers:
        return
    builder.change(offers=after)
    for was, offer in zip(a.offers, after, strict=True):
        if offer is not was and offer.expires_on is not None:
            builder.emit(
                OfferExpired(
                    claim_id=a.claim_id,
                    offer_id=offer.offer_id,
                    side=offer.side,
                    round=offer.round,
                    amount=offer.amount,
                    expires_on=offer.expires_on,
                )
            )


def decline(builder: DecisionBuilder, offer: Offer) -> None:
    """Turn one offer down, and with it what was proposed about it; the talks go on."""
    a = builder.account
    about_it = a.approval is not None and (a.approval.offer_id, a.approval.version) == (offer.offer_id, offer.version)
    after = offers.decline(a.offers, offer.offer_id, offer.version, builder.today)
    builder.change(offers=after, approval=None if about_it else a.approval)
    end_unless_waiting(builder)


def on_offer_expiry(builder: DecisionBuilder) -> None:
    """Offers past their last day end; a decision that waited about one of them has nothing left to decide."""
    expire(builder)
    approval = builder.account.approval
    if approval is not None:
        offer = offers.find(builder.account.offers, approval.offer_id, approval.version)
        if offer is not None and offer.status == "expired":
            turned_down(builder, approval, "the offer expired before a person decided")
            return
    end_unless_waiting(builder)


def leave(builder: DecisionBuilder, offer: Offer | None, expected_value: Decimal, reasons: tuple[str, ...]) -> None:
    """Turn the offer down.

    Where the forum waits for our word (open negotiation, a partial decision) talks have failed; elsewhere the forum's
    own decision is still to come and nothing needs saying.
    """
    a = builder.account
    proceeding = a.proceeding
    assert proceeding is not None
    after = a.offers
    if offer is not None and any(
        o is offer or (o.offer_id, o.version) == (offer.offer_id, offer.version) for o in after
    ):
        found = offers.find(after, offer.offer_id, offer.version)
        if found is not None and found.status == "open":
            after = offers.decline(after, offer.offer_id, offer.version, builder.today)
    builder.change(offers=after, approval=None)
    if proceeding.undecided or proceeding.over or (offer is not None and a.in_part(offer.lines)):
        return
    dispute = a.dispute
    assert dispute is not None
    rule = builder.book.policy.rule_for(
        specialty=a.specialty, payer=a.payer_id, forum=proceeding.forum, amount=dispute.amount
    )
    builder.change(proceeding=replace(proceeding, over=True))
    builder.emit(
        NegotiationFailed(
            claim_id=a.claim_id,
            last_offer=offer.amount if offer else None,
            last_demand=opening_demand(rule, dispute) if proceeding.demand is None else proceeding.demand,
            rounds=proceeding.rounds,
            expected_value=expected_value,
            policy=builder.book.policy.label,
            reasons=reasons,
        )
    )


def on_approval_due(builder: DecisionBuilder) -> None:
    """Nobody with the authority answered in time: nothing is agreed to."""
    on_offer_expiry(builder)  # on the day both end it is the offer's end that counts
    approval = builder.account.approval
    if approval is not None:
        turned_down(builder, approval, "no person with the authority decided in time")


def turned_down(builder: DecisionBuilder, approval: Approval, why: str) -> None:
    """The decision that waited is not taken; the dispute goes on, or ends where nothing is left to go on with."""
    a = builder.account
    builder.change(approval=None)
    if a.ended:
        end_unless_waiting(builder)
        return
    leave(builder, offers.find(a.offers, approval.offer_id, approval.version), approval.expected_value, (why,))


def end_unless_waiting(builder: DecisionBuilder) -> None:
    """End a pursuit that has nothing left to pursue, once no offer waits for a person any more."""
    a = builder.account
    if a.phase == "pursued" and a.ended and a.approval is None and not a.act_waits and not offer_checks.in_doubt(a):
        end_pursuit(builder)


def end_pursuit(builder: DecisionBuilder) -> None:
    """Nothing is left to pursue: what was agreed line by line is settled, else the claim closes."""
    results.left(builder)
    a = builder.account
    if a.parts:
        settle_parts(builder, ("the other lines are pursued no further",))
    else:
        close(builder, "denial_stands" if a.denied else "pursuit_ended")
