"""Claims' money taken back out of other payments: the PLB segments of an 835 with reason WO (TR3 1.10.2.17).

A payer recovers an overpayment in one of two ways. It reverses and corrects the claim, and the 835's total falls with
it; or it reverses and corrects the claim, gives the difference back for the time being by a negative WO, and collects
it in a later 835 by a positive one. Some payers send the positive WO alone. The balance of a claim's WOs tells them
apart: only what is withheld beyond what was deferred takes money that no reversal has taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from recoup_x12.model import Payment, ProviderAdjustment
from services.intake.domain.identity import number_key, payee_of, payer_number_under, payer_of
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import ClaimFacts
from shared.money import ZERO

OVERPAYMENT_RECOVERY = "WO"
_RECOUPMENTS = UUID("5d1f7a83-9a0e-5c26-8f5b-6c1f2b7d9e44")
_MARK = "\x1f"


class Recoupment(msgspec.Struct, frozen=True):
    """One WO of a PLB that names a claim by the payer's number. `amount` dollars are withheld; negative: deferred."""

    recoupment_id: str
    key: str
    amount: Decimal
    paid_on: date | None
    trace_number: str
    payer_claim_number: str


def recoupments_of(payment: Payment, adjustments: Sequence[ProviderAdjustment], tenant: str) -> list[Recoupment]:
    """The recoupments among an 835's provider adjustments. The same 835 gives the same ids, however often it is sent.

    PLB03-2 starts with the payer's claim number; what follows after a blank (Medicare: the account) is no part of it.
    """
    found: list[Recoupment] = []
    seen: Counter[str] = Counter()
    for one in adjustments:
        number = one.reference.split()[0] if one.reference.split() else ""
        if one.reason != OVERPAYMENT_RECOVERY or not number_key(number) or one.amount == 0:
            continue
        parts = (tenant, payer_of(payment), payee_of(payment), payment.trace_number, str(payment.paid_on),
                 one.provider_id, one.reference, f"{one.amount:f}")  # fmt: skip
        name = _MARK.join(parts)
        seen[name] += 1
        found.append(
            Recoupment(
                str(uuid5(_RECOUPMENTS, f"{name}{_MARK}{seen[name]}")),
                payer_number_under(payee_of(payment), number),
                one.amount,
                payment.paid_on,
                payment.trace_number,
                number,
            )
        )
    return found


def withhold(record: ClaimRecord, amount: Decimal) -> tuple[ClaimRecord, Decimal]:
    """The record after one WO, and the dollars that the claim lost by it (negative where it got them back)."""
    before, after = record.withheld, record.withheld + amount
    return msgspec.structs.replace(record, withheld=after), max(after, ZERO) - max(before, ZERO)


def doubtful(
    one: Recoupment, facts: ClaimFacts, earlier: Sequence[Recoupment], withheld: Decimal, paid: Decimal
) -> bool:
    """Whether a WO hardly takes this claim's money, so that a person decides: the same amount was taken under another
    trace number and not given back, it would take more than was paid, or it is dated before the service.

    `earlier` are those matched to the claim, `withheld` dollars their balance, `paid` dollars what stands paid.
    """
    sign = 1 if one.amount > 0 else -1
    same = [e for e in earlier if abs(e.amount) == abs(one.amount) and e.trace_number != one.trace_number]
    if sum(sign if e.amount > 0 else -sign for e in same) > 0:
        return True
    if one.amount > 0 and withheld + one.amount > max(paid, ZERO):
        return True
    return one.paid_on is not None and one.paid_on < facts.service_from


def misfits(one: Recoupment, facts: ClaimFacts, paid: Decimal) -> tuple[str, ...]:
    """Why a recoupment is hardly of a claim that a person chose for it; `paid` dollars stand there."""
    found: list[str] = []
    own = {payer_number_under(provider, one.payer_claim_number) for provider in (facts.billing_npi, facts.billing_tin)}
    if one.key not in own:
        found.append("its payee is not the claim's provider")
    if one.amount > max(paid, ZERO):
        found.append(f"it takes ${one.amount:,.2f}, and ${paid:,.2f} stand paid on the claim")
    if one.paid_on is not None and one.paid_on < facts.service_from:
        found.append(f"it is of {one.paid_on}, before the service of {facts.service_from}")
    return tuple(found)
