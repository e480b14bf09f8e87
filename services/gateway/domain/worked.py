"""What a claim waits for people to do, as appeals and settlement tell it, and how the payer's offers ended."""

from __future__ import annotations

from msgspec.structs import replace

from services.gateway.domain.view import ClaimView, Offer
from services.gateway.domain.waiting import Belief
from shared.events.settlement import ClaimSettled, IdrValued, OfferCountered, OfferReceived
from shared.events.tasks import AccountTasksChanged, CaseTasksChanged


def of_case(view: ClaimView, event: CaseTasksChanged) -> ClaimView:
    """What the pursuit waits for."""
    return replace(view, worked=replace(view.worked, case=event.tasks, assignee=event.assignee))


def of_account(view: ClaimView, event: AccountTasksChanged) -> ClaimView:
    """What offers and money wait for; an offer of the payer that is not open any more has ended."""
    view = replace(view, worked=replace(view.worked, account=event.tasks))
    over = {o.offer_id for o in view.offers if o.by == "payer" and o.offer_id not in event.open_offers}
    return replace(view, offers=tuple(_end(o, "declined") if o.offer_id in over else o for o in view.offers))


def offered(offers: tuple[Offer, ...], event: OfferReceived) -> tuple[Offer, ...]:
    """A new offer of the payer takes the place of the one before it about the same lines, or under its id."""
    return tuple(
        _end(o, "replaced") if o.by == "payer" and (o.offer_id == event.offer_id or o.lines == event.lines) else o
        for o in offers
    )


def countered(offers: tuple[Offer, ...], event: OfferCountered) -> tuple[Offer, ...]:
    """Our counter ends the offer that it answers, and our own before it about the same lines."""
    answered = tuple(_end(o, "countered") if o.offer_id == event.offer_id else o for o in offers)
    return tuple(_end(o, "replaced") if o.by == "provider" and o.lines == event.lines else o for o in answered)


def ended(offers: tuple[Offer, ...], offer_id: str, how: str) -> tuple[Offer, ...]:
    """One offer ended."""
    return tuple(_end(o, how) if o.offer_id == offer_id else o for o in offers)


def all_ended(offers: tuple[Offer, ...], how: str) -> tuple[Offer, ...]:
    """The talks are over, and every offer with them."""
    return tuple(_end(o, how) for o in offers)


def settled(offers: tuple[Offer, ...], event: ClaimSettled) -> tuple[Offer, ...]:
    """The offer that was agreed on was accepted; the others have lost their object."""
    accepted = next(
        (o.offer_id for o in reversed(offers) if event.basis == "offer_accepted" and _open_at(o, event)), None
    )
    return tuple(_end(o, "accepted" if o.offer_id == accepted else "over") for o in offers)


def _open_at(offer: Offer, event: ClaimSettled) -> bool:
    return not offer.ended and offer.amount == event.amount


def _end(offer: Offer, how: str) -> Offer:
    return offer if offer.ended else replace(offer, ended=how)


def valued(view: ClaimView, event: IdrValued) -> ClaimView:
    """What federal IDR is worth to a dispute, in the place of what was told before."""
    case_id = event.case_id or ""
    others = tuple(one for one in view.beliefs if one.case_id != case_id)
    return replace(
        view,
        beliefs=(*others, Belief(case_id, event.chance, event.chance_low, event.chance_high)),
    )
