"""Offers: versioned, expiring, from any side. Exactly one of acceptance, expiry, withdrawal and replacement wins.

An offer is open until the first of those ends it; an ended offer never changes again, and whoever comes second is
told so. The rules are pure: the row lock of the claim's state decides who comes first.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from shared.events.settlement import OfferSource

Side = Literal["payer", "provider"]
Status = Literal["open", "accepted", "expired", "withdrawn", "superseded", "declined"]


class OfferRefused(Exception):
    """An offer that cannot be made or answered as asked; the message says why, without patient data."""


class Offer(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One version of one offer: `amount` dollars as the allowed amount of `lines` (all lines in dispute where empty).

    It may be accepted up to and including `expires_on`. `round` counts the exchange it belongs to. `ahead`: the day it
    is said to be made on was still to come when it arrived.
    """

    offer_id: str
    side: Side
    source: OfferSource
    amount: Decimal
    made_on: date
    version: int = 1
    round: int = 0
    expires_on: date | None = None
    final: bool = False
    lines: tuple[int, ...] = ()
    status: Status = "open"
    ended_on: date | None = None
    ahead: bool = False


Offers = tuple[Offer, ...]


def find(offers: Offers, offer_id: str, version: int | None = None) -> Offer | None:
    """The newest version of an offer, or the given one."""
    matching = [o for o in offers if o.offer_id == offer_id and version in (None, o.version)]
    return matching[-1] if matching else None


def is_open(offers: Offers, offer_id: str, version: int) -> bool:
    """Return True if this version of an offer can still be answered."""
    offer = find(offers, offer_id, version)
    return offer is not None and offer.status == "open"


def open_offers(offers: Offers, side: Side) -> Offers:
    """The offers of one side that can still be accepted, oldest first."""
    return tuple(o for o in offers if o.side == side and o.status == "open")


def receive(offers: Offers, offer: Offer) -> tuple[Offers, Offer | None]:
    """Take in an offer; the second value is the offer as recorded, None for a repetition.

    The same id again with other terms is a new version, and the only one that can be open; a new offer of a side takes
    the place of its earlier open offers about the same lines. A version whose predecessor was accepted is refused.
    """
    known = find(offers, offer.offer_id)
    if known is not None:
        if _terms(known) == _terms(offer):
            return offers, None
        if known.status == "accepted":
            raise OfferRefused("this offer was accepted already; its terms can no longer change")
        offer = msgspec.structs.replace(offer, version=known.version + 1)
    kept = tuple(
        _end(o, "superseded", offer.made_on)
        if o.status == "open" and (o.offer_id == offer.offer_id or (o.side, o.lines) == (offer.side, offer.lines))
        else o
        for o in offers
    )
    return (*kept, offer), offer


def accept(offers: Offers, offer_id: str, version: int, on: date) -> tuple[Offers, Offer]:
    """Accept exactly this version; raises `OfferRefused` where it is no longer open or its last day has passed."""
    offer = _the_open(offers, offer_id, version)
    if offer.expires_on is not None and on > offer.expires_on:
        raise OfferRefused(f"the offer expired on {offer.expires_on.isoformat()}")
    accepted = _end(offer, "accepted", on)
    rest = tuple(accepted if o is offer else o for o in offers)
    return overtaken(rest, offer.lines, on), accepted


def overtaken(offers: Offers, lines: tuple[int, ...], on: date) -> Offers:
    """Lines (all where empty) were agreed on: whatever is still offered about any of them has lost its object."""
    return tuple(
        _end(o, "superseded", on)
        if o.status == "open" and (not lines or not o.lines or not set(lines).isdisjoint(o.lines))
        else o
        for o in offers
    )


def withdraw(offers: Offers, offer_id: str, on: date) -> Offers:
    """Its maker takes the newest version back; raises `OfferRefused` where it has ended already."""
    return _ended(offers, _the_open(offers, offer_id, None), "withdrawn", on)


def decline(offers: Offers, offer_id: str, version: int, on: date) -> Offers:
    """Turn this version down; raises `OfferRefused` where it has ended already."""
    return _ended(offers, _the_open(offers, offer_id, version), "declined", on)


def expire(offers: Offers, on: date) -> Offers:
    """End every open offer whose last day is before `on`."""
    if not any(_past(o, on) for o in offers):
        return offers
    return tuple(_end(o, "expired", on) if _past(o, on) else o for o in offers)


def close_all(offers: Offers, on: date) -> Offers:
    """The talks are over: what is still open is declined."""
    if not any(o.status == "open" for o in offers):
        return offers
    return tuple(_end(o, "declined", on) if o.status == "open" else o for o in offers)


def _past(offer: Offer, on: date) -> bool:
    return offer.status == "open" and offer.expires_on is not None and offer.expires_on < on


def _the_open(offers: Offers, offer_id: str, version: int | None) -> Offer:
    newest = find(offers, offer_id)
    if newest is None:
        raise OfferRefused("no such offer on this claim")
    if version is not None and newest.version != version:
        raise OfferRefused(f"version {version} was replaced; the newest version is {newest.version}")
    if newest.status != "open":
        raise OfferRefused(f"the offer is {newest.status} already")
    return newest


def _end(offer: Offer, status: Status, on: date) -> Offer:
    return msgspec.structs.replace(offer, status=status, ended_on=on)


def _ended(offers: Offers, offer: Offer, status: Status, on: date) -> Offers:
    return tuple(_end(o, status, on) if o is offer else o for o in offers)


def _terms(offer: Offer) -> tuple[object, ...]:
    return (offer.amount, offer.expires_on, offer.final, offer.lines, offer.side, offer.ahead)
