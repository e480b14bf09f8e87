"""Checks of an offer's terms: above what was billed, about lines not in dispute, made on a day to come.

The engine neither accepts nor counters such an offer. It stays open and waits for a person, with the reason.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from services.settlement.domain.account import Account
from services.settlement.domain.offers import Offer, OfferRefused, Offers, open_offers
from shared.money import total

_OTHER_ZONE = timedelta(days=1)
"""A payer's day may be the next one where it is."""
_SHOWN = 10


def is_ahead(made_on: date, today: date) -> bool:
    """Return True if an offer bears a day that has come nowhere yet."""
    return made_on > today + _OTHER_ZONE


def doubt(a: Account, offer: Offer) -> str:
    """Why the offer cannot be as it is said, in words; empty where it can, or where that is not known yet.

    What was paid is what was paid: a corrected remittance is never in doubt.
    """
    if offer.side != "payer" or offer.source == "corrected_remittance":
        return ""
    if offer.ahead:
        return f"it is said to be made on {offer.made_on.isoformat()}, which was still to come when it arrived"
    if others := _not_in_dispute(a, offer.lines):
        numbers = ", ".join(str(n) for n in others[:_SHOWN]) + (", …" if len(others) > _SHOWN else "")
        return f"it names lines that are not in dispute: {numbers}"
    billed = charge_of(a, offer.lines)
    if offer.amount > billed:
        return f"{_dollars(offer.amount)} is more than the {_dollars(billed)} billed for what it is about"
    return ""


def in_doubt(a: Account) -> Offers:
    """The payer's open offers that only a person answers."""
    return tuple(offer for offer in open_offers(a.offers, "payer") if doubt(a, offer))


def check_terms(a: Account, offer: Offer) -> None:
    """Raise `OfferRefused` where it is not known for which lines in dispute an amount is offered."""
    if _not_in_dispute(a, offer.lines):
        raise OfferRefused(f"{doubt(a, offer)}; enter it for the lines it is about, or decline it")


def charge_of(a: Account, lines: tuple[int, ...]) -> Decimal:
    """Dollars billed for these lines, for all in dispute where empty; the whole charge where lines' are not known."""
    dispute = a.dispute_of(lines)
    charges = [stake.charge for stake in dispute.stakes if stake.charge is not None] if dispute else []
    if dispute is None or not charges or len(charges) < len(dispute.stakes):
        return a.charge
    return total(charges)


def _not_in_dispute(a: Account, lines: tuple[int, ...]) -> tuple[int, ...]:
    """Of the lines named those that are not in dispute; none where nothing is, or where all are agreed on already."""
    if a.dispute is None or a.phase != "pursued" or set(lines) <= {part.line for part in a.parts}:
        return ()
    disputed = {stake.line for stake in a.dispute.stakes}
    return tuple(line for line in lines if line not in disputed)


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"
