"""Claim payments that are held for a person, because their money or their lines are not certain, and how each ends.

Held is not a limbo: what is held is kept sealed as it came, counted and told in the answer, listed on the worklist, and
ends by a person's word (posted as it is, or set aside with a reason) or because the payer sent it again, sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Payment, Remittance
from services.intake.application.ports import HeldKind, HeldPayment, Store
from services.intake.domain.identity import payee_of, payer_of
from services.intake.domain.receipt import Receipt

_HELD = UUID("5d0a0c39-0b8b-5a53-9b7d-6c2a7b4f1e10")
_MARK = "\x1f"

HeldOutcome = Literal["held", "duplicate"]


class HeldRead(msgspec.Struct, frozen=True):
    """What an adapter read and could not post. `text` is the X12 it was read from, with patient data."""

    kind: HeldKind
    payment: Payment
    reasons: tuple[Problem, ...]
    text: str
    interchange_id: str
    serial: int = 0
    control_number: str = ""
    charge: Decimal | None = None
    amount: Decimal | None = None
    remittance: Remittance | None = None
    place: int = 0
    """Position of its first segment in the set."""


class HeldResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """One held item as the answer and the worklist name it: amounts in dollars, no patient data."""

    held_id: str
    kind: HeldKind
    control_number: str = ""
    charge: Decimal | None = None
    amount: Decimal | None = None
    trace_number: str = ""
    payer: str = ""
    reason: str = ""
    how_to_fix: str = ""
    outcome: HeldOutcome = "held"
    reasons: tuple[Problem, ...] = ()


def held_result(kept: HeldPayment, outcome: HeldOutcome = "held") -> HeldResult:
    """What is said of it; the first reason stands for all."""
    first = kept.reasons[0] if kept.reasons else None
    return HeldResult(
        kept.held_id,
        kept.kind,
        kept.control_number,
        kept.charge,
        kept.amount,
        kept.trace_number,
        kept.payer,
        first.message if first else "",
        first.how_to_fix if first else "",
        outcome,
        kept.reasons,
    )


def held_payment(
    held_id: str,
    remittance: Remittance,
    reasons: tuple[Problem, ...],
    *,
    received_on: date,
    interchange_id: str,
    serial: int,
    claim_id: str | None = None,
    arrived_on: date | None = None,
    history: bool = False,
) -> HeldPayment:
    """A payment that could be read, and is held for what it says beside what is known.

    Args:
        held_id: The id it is held under.
        remittance: The payment as it was read.
        reasons: Why it is held; the first stands for all.
        received_on: The legal day of receipt.
        interchange_id: The input it came in.
        serial: Its place in the input.
        claim_id: The claim that was found, if one was.
        arrived_on: The day it arrived, where `received_on` is assumed.
        history: It was loaded as history.
    """
    source = remittance.source
    return HeldPayment(
        held_id,
        "payment",
        plain(remittance.control_number),
        remittance.charge,
        remittance.paid,
        plain(remittance.payment.trace_number),
        plain(remittance.payment.payer.name or payer_of(remittance.payment)),
        remittance.payment.paid_on,
        reasons,
        f"{source.header}{source.claim}" if source else "",
        received_on,
        interchange_id,
        serial,
        claim_id=claim_id,
        remittance=remittance,
        arrived_on=arrived_on,
        history=history,
    )


async def receive_held(
    store: Store, reads: Sequence[HeldRead], *, tenant: str, receipt: Receipt
) -> tuple[HeldResult, ...]:
    """Keep payments that could not be posted; what is held already, of the same input or an earlier one, is told again.

    Args:
        store: The held payments, and the 835s that are expected.
        reads: What was read, with the reasons why it cannot be posted.
        tenant: The organization whose payments they are.
        receipt: The day on which each counts as received.

    Returns:
        The result of each: held, or a duplicate of one that a person has decided.
    """
    days = [receipt.of_payment(read.payment) for read in reads]
    kept = [
        HeldPayment(
            _name(tenant, read),
            read.kind,
            plain(read.control_number),
            read.charge,
            read.amount,
            plain(read.payment.trace_number),
            plain(read.payment.payer.name or payer_of(read.payment)),
            read.payment.paid_on,
            read.reasons,
            read.text,
            received.on,
            read.interchange_id,
            read.serial,
            remittance=read.remittance,
            arrived_on=received.latest,
            history=received.history,
        )
        for read, received in zip(reads, days, strict=True)
    ]
    await store.expect(
        [(read.payment, received.on) for read, received in zip(reads, days, strict=True) if not received.history]
    )
    stands = await store.hold(kept)
    return tuple([held_result(one, "held" if stands[one.held_id] == "open" else "duplicate") for one in kept])


def _name(tenant: str, read: HeldRead) -> str:
    """The same for one item of one payment in whatever file it comes; a repetition in one file has its own."""
    payment = read.payment
    content = (
        tenant,
        read.kind,
        payer_of(payment),
        payee_of(payment),
        payment.trace_number,
        str(payment.paid_on),
        str(read.amount),
        str(read.place),
        read.text,
    )
    return str(uuid5(_HELD, sha256(_MARK.join(content).encode("utf-8", "replace")).hexdigest()))


def plain(text: str) -> str:
    """A short text as received, fit for a column and a screen."""
    return "".join(ch for ch in text if ch.isprintable()).strip()[:80]
