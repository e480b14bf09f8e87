"""A quote: what the benchmarks say of a service, without a claim."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.policy import Policy
from services.benchmark.domain.reference import NoPrice, Price, Reference
from shared.money import cents


class Asked(msgspec.Struct, frozen=True):
    """A code with its modifiers at a place on a day. `place` is a POS code; `outpatient` asks for OPPS."""

    code: str
    zip: str
    date: date
    modifiers: tuple[str, ...] = ()
    place: str = "11"
    units: Decimal = Decimal(1)
    specialty: str = "general"
    outpatient: bool = False


class Quoted(msgspec.Struct, frozen=True):
    """The Medicare amount with its row, and the policy's fair range in dollars; or why there is none."""

    asked: Asked
    policy: str
    amount: Decimal | None = None
    source: str = ""
    release: str = ""
    row: str = ""
    notes: tuple[str, ...] = ()
    fallback: str = ""
    floor: Decimal | None = None
    target: Decimal | None = None
    stretch: Decimal | None = None
    cannot: str = ""


def quote(asked: Asked, reference: Reference, policy: Policy) -> Quoted:
    """Price one service by the tables of its day."""
    if asked.outpatient:
        price: Price | NoPrice = reference.outpatient(asked.code, asked.units, asked.date)
    else:
        price = reference.professional(asked.code, asked.modifiers, asked.zip, asked.place, asked.units, asked.date)
    if isinstance(price, NoPrice):
        return Quoted(asked, policy.version, cannot=price.reason)
    weights = policy.weights(asked.specialty)
    return Quoted(
        asked,
        policy.version,
        price.amount,
        price.source,
        price.release,
        price.row,
        price.notes,
        price.fallback,
        cents(price.amount * weights.floor),
        cents(price.amount * weights.target),
        cents(price.amount * weights.stretch),
    )
