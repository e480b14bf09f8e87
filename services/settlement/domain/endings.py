"""How offers and talks end other than by agreement: withdrawn, expired, turned down, given up."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from services.settlement.domain import doubts, offers, results
from services.settlement.domain.account import Approval
from services.settlement.domain.agreement import settle_parts
from services.settlement.domain.gathering import opening_of
from services.settlement.domain.offers import Offer, OfferRefused, Side
from services.settlement.domain.turn import Turn, close
from shared.events.payer import PayerOfferWithdrawn
from shared.events.settlement import NegotiationFailed, OfferExpired, OfferWithdrawn


def on_withdrawal(turn: Turn, event: PayerOfferWithdrawn) -> None:
    """The payer says that its offer no longer stands; too late where the offer has ended already."""
    a = turn.account
    if a.phase == "expected":
        turn.change(held=tuple(offer for offer in a.held if offer.offer_id != event.offer_id))
        return
    try:
        withdraw(turn, "payer", event.offer_id)
    except OfferRefused:
        return  # whoever was first has won


def withdraw(turn: Turn, side: Side, offer_id: str) -> None:
    """End an offer in the name of the side that made it; `OfferRefused` where it has ended already."""
    a = turn.account
    offer = offers.find(a.offers, offer_id)
    if offer is None or offer.side != side:
        raise OfferRefused("no such offer of this side on this claim")
    after = offers.withdraw(offers.expire(a.offers, turn.today), offer_id, turn.today)
    turn.change(offers=after)
    turn.emit(
        OfferWithdrawn(
            claim_id=a.claim_id,
            offer_id=offer_id,
            side=side,
            round=offer.round,
            amount=offer.amount,
            withdrawn_on=turn.today,
        )
    )
    if a.approval is not None and a.approval.offer_id == offer_id:
        turned_down(turn, a.approval, "the payer withdrew its offer")
    else:
        end_unless_waiting(turn)


def expire(turn: Turn) -> None:
    """End what is past its last day, and say so."""
    a = turn.account
    after = offers.expire(a.offers, turn.today)
    if after is a.offers:
        return
    turn.change(offers=after)
    for was, offer in zip(a.offers, after, strict=True):
        if offer is not was and offer.expires_on is not None:
            turn.emit(
                OfferExpired(
                    claim_id=a.claim_id,
                    offer_id=offer.offer_id,
                    side=offer.side,
                    round=offer.round,
                    amount=offer.amount,
                    expires_on=offer.expires_on,
                )
            )


def decline(turn: Turn, offer: Offer) -> None:
    """Turn one offer down, and with it what was proposed about it; the talks go on."""
    a = turn.account
    about_it = a.approval is not None and (a.approval.offer_id, a.approval.version) == (offer.offer_id, offer.version)
    after = offers.decline(a.offers, offer.offer_id, offer.version, turn.today)
    turn.change(offers=after, approval=None if about_it else a.approval)
    end_unless_waiting(turn)


def offers_expired(turn: Turn) -> None:
    """Offers past their last day end; a decision that waited about one of them has nothing left to decide."""
    expire(turn)
    approval = turn.account.approval
    if approval is not None:
        offer = offers.find(turn.account.offers, approval.offer_id, approval.version)
        if offer is not None and offer.status == "expired":
            turned_down(turn, approval, "the offer expired before a person decided")
            return
    end_unless_waiting(turn)


def leave(turn: Turn, offer: Offer | None, expected_value: Decimal, reasons: tuple[str, ...]) -> None:
    """Turn the offer down.

    Where the forum waits for our word (open negotiation, a partial decision) talks have failed; elsewhere the forum's
    own decision is still to come and nothing needs saying.
    """
    a = turn.account
    talks = a.talks
    assert talks is not None
    after = a.offers
    if offer is not None and any(
        o is offer or (o.offer_id, o.version) == (offer.offer_id, offer.version) for o in after
    ):
        found = offers.find(after, offer.offer_id, offer.version)
        if found is not None and found.status == "open":
            after = offers.decline(after, offer.offer_id, offer.version, turn.today)
    turn.change(offers=after, approval=None)
    if talks.undecided or talks.over or (offer is not None and a.in_part(offer.lines)):
        return
    dispute = a.dispute
    assert dispute is not None
    rule = turn.book.policy.rule_for(specialty=a.specialty, payer=a.payer_id, forum=talks.forum, amount=dispute.amount)
    turn.change(talks=replace(talks, over=True))
    turn.emit(
        NegotiationFailed(
            claim_id=a.claim_id,
            last_offer=offer.amount if offer else None,
            last_demand=opening_of(rule, dispute) if talks.demand is None else talks.demand,
            rounds=talks.rounds,
            expected_value=expected_value,
            policy=turn.book.policy.label,
            reasons=reasons,
        )
    )


def approval_lapsed(turn: Turn) -> None:
    """Nobody with the authority answered in time: nothing is agreed to."""
    offers_expired(turn)  # on the day both end it is the offer's end that counts
    approval = turn.account.approval
    if approval is not None:
        turned_down(turn, approval, "no person with the authority decided in time")


def turned_down(turn: Turn, approval: Approval, why: str) -> None:
    """The decision that waited is not taken; the dispute goes on, or ends where nothing is left to go on with."""
    a = turn.account
    turn.change(approval=None)
    if a.ended:
        end_unless_waiting(turn)
        return
    leave(turn, offers.find(a.offers, approval.offer_id, approval.version), approval.expected_value, (why,))


def end_unless_waiting(turn: Turn) -> None:
    """End a pursuit that has nothing left to pursue, once no offer waits for a person any more."""
    a = turn.account
    if a.phase == "pursued" and a.ended and a.approval is None and not a.act_waits and not doubts.in_doubt(a):
        end_pursuit(turn)


def end_pursuit(turn: Turn) -> None:
    """Nothing is left to pursue: what was agreed line by line is settled, else the claim closes."""
    results.left(turn)
    a = turn.account
    if a.parts:
        settle_parts(turn, ("the other lines are pursued no further",))
    else:
        close(turn, "denial_stands" if a.denied else "pursuit_ended")
