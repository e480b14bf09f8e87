"""Money and offers that say for none of a claim's disputes: kept, seen, and placed by a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.settlement.domain.account import Unplaced
from services.settlement.domain.agreement import verify
from services.settlement.domain.money_in import book, conclude, corrected, settle_leftover
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.turn import Turn, restate
from shared.events.payer import PayerOffer
from shared.money import ZERO


def keep(turn: Turn, reference: str, on: date, paid: Decimal, share: Decimal) -> None:
    """Money of the claim has moved, and it is not said for which dispute: it is in the books as unexplained."""
    known = next((one for one in turn.account.unplaced if one.reference == reference), None)
    others = tuple(one for one in turn.account.unplaced if one is not known)
    if known is not None:
        paid, share = paid + known.paid, share + known.share
    kept = (Unplaced(reference=reference, on=on, paid=paid, share=share),) if paid or share else ()
    before = turn.account.loose
    turn.change(unplaced=(*others, *kept))
    turn.journal.move(turn.account.loose - before, "overpaid", "payer_paid", "moved, and not said for which dispute")


def note(turn: Turn, name: str) -> None:
    """Remember a payment that said nothing of this dispute: the same again is known."""
    a = turn.account
    turn.change(seen=(*a.seen, (name, a.covered)))


def take(turn: Turn, reference: str, paid: Decimal, share: Decimal) -> None:
    """Take dollars out of what is not placed; raises `OfferRefused` for more than there is."""
    found = next((one for one in turn.account.unplaced if one.reference == reference), None)
    if found is None:
        raise OfferRefused("no money of this remittance waits for a dispute")
    if not _within(paid, found.paid) or not _within(share, found.share):
        raise OfferRefused(f"{found.paid} paid and {found.share} left to the patient wait, no more")
    keep(turn, reference, found.on, -paid, -share)


def put(turn: Turn, reference: str, on: date, paid: Decimal, share: Decimal) -> None:
    """Money that a person placed in this dispute: as if the payment had named its lines."""
    a = turn.account
    standing, gain = a.standing, paid + share
    taken_back = None if a.taken_back is None else (a.taken_back[0] + paid, a.taken_back[1] + share)
    covered = a.covered + gain
    turn.change(
        paid=a.paid + paid,
        share=a.share + share,
        taken_back=taken_back,
        seen=(*a.seen, (f"+{reference}", covered)),
    )
    if paid > ZERO:
        turn.change(last_paid_on=on, last_remittance=reference)
    book(turn)
    if paid < ZERO:
        conclude(turn, standing, "the payer took money back")
        return
    settle_leftover(turn)
    a = turn.account
    if a.phase == "pursued":
        unasked = a.is_unasked(on)
        if unasked:
            turn.change(unasked=a.unasked + paid)
        corrected(turn, gain, unasked=unasked)
    elif a.phase == "settled":
        verify(turn, on, reference)
    else:
        restate(turn)


def keep_offer(turn: Turn, event: PayerOffer) -> None:
    """An offer that does not say which dispute it is about waits for a person, who enters it for one."""
    forget_offer(turn, event.offer_id)
    turn.change(held=(*turn.account.held, event))


def forget_offer(turn: Turn, offer_id: str) -> None:
    """The offer was entered for a dispute, or taken back."""
    held = tuple(offer for offer in turn.account.held if offer.offer_id != offer_id)
    if len(held) != len(turn.account.held):
        turn.change(held=held)


def _within(part: Decimal, whole: Decimal) -> bool:
    return ZERO <= part <= whole if whole >= ZERO else whole <= part <= ZERO
