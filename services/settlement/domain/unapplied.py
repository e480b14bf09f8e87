"""Money and offers that say for none of a claim's disputes: kept, seen, and placed by a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.settlement.domain.account import UnappliedPayment
from services.settlement.domain.agreement import verify
from services.settlement.domain.decision import DecisionBuilder, restate
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.remittance_posting import book, corrected, place_remainder, weigh_reversal
from shared.events.payer import PayerOffer
from shared.money import ZERO


def keep(builder: DecisionBuilder, reference: str, on: date, paid: Decimal, share: Decimal) -> None:
    """Money of the claim has moved, and it is not said for which dispute: it is in the books as unexplained."""
    known = next((one for one in builder.account.unapplied if one.reference == reference), None)
    others = tuple(one for one in builder.account.unapplied if one is not known)
    if known is not None:
        paid, share = paid + known.paid, share + known.share
    kept = (UnappliedPayment(reference=reference, on=on, paid=paid, share=share),) if paid or share else ()
    before = builder.account.unapplied_paid
    builder.change(unapplied=(*others, *kept))
    builder.journal.move(
        builder.account.unapplied_paid - before, "overpaid", "payer_paid", "moved, and not said for which dispute"
    )


def note(builder: DecisionBuilder, name: str) -> None:
    """Remember a payment that said nothing of this dispute: the same again is known."""
    a = builder.account
    builder.change(seen=(*a.seen, (name, a.covered)))


def take(builder: DecisionBuilder, reference: str, paid: Decimal, share: Decimal) -> None:
    """Take dollars out of what is not placed; raises `OfferRefused` for more than there is."""
    found = next((one for one in builder.account.unapplied if one.reference == reference), None)
    if found is None:
        raise OfferRefused("no money of this remittance waits for a dispute")
    if not _within(paid, found.paid) or not _within(share, found.share):
        raise OfferRefused(f"{found.paid} paid and {found.share} left to the patient wait, no more")
    keep(builder, reference, found.on, -paid, -share)


def put(builder: DecisionBuilder, reference: str, on: date, paid: Decimal, share: Decimal) -> None:
    """Money that a person placed in this dispute: as if the payment had named its lines."""
    a = builder.account
    before, gain = a, paid + share
    before_reversal = None if a.before_reversal is None else (a.before_reversal[0] + paid, a.before_reversal[1] + share)
    covered = a.covered + gain
    builder.change(
        paid=a.paid + paid,
        share=a.share + share,
        before_reversal=before_reversal,
        seen=(*a.seen, (f"+{reference}", covered)),
    )
    if paid > ZERO:
        builder.change(last_paid_on=on, last_remittance=reference)
    book(builder)
    if paid < ZERO:
        weigh_reversal(builder, before, "the payer took money back")
        return
    place_remainder(builder)
    a = builder.account
    if a.phase == "pursued":
        unsolicited = a.is_unsolicited(on)
        if unsolicited:
            builder.change(unsolicited=a.unsolicited + paid)
        corrected(builder, gain, unsolicited=unsolicited)
    elif a.phase == "settled":
        verify(builder, on, reference)
    else:
        restate(builder)


def keep_offer(builder: DecisionBuilder, event: PayerOffer) -> None:
    """An offer that does not say which dispute it is about waits for a person, who enters it for one."""
    forget_offer(builder, event.offer_id)
    builder.change(held=(*builder.account.held, event))


def forget_offer(builder: DecisionBuilder, offer_id: str) -> None:
    """The offer was entered for a dispute, or taken back."""
    held = tuple(offer for offer in builder.account.held if offer.offer_id != offer_id)
    if len(held) != len(builder.account.held):
        builder.change(held=held)


def _within(part: Decimal, whole: Decimal) -> bool:
    return ZERO <= part <= whole if whole >= ZERO else whole <= part <= ZERO
