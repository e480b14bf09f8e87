"""Receiving recoupments: each WO of an 835's PLB finds the claim whose money it takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from services.intake.application.ports import Store
from services.intake.domain.recoupment import OVERPAYMENT_RECOVERY, Recoupment, withhold
from shared.events.claims import RemittanceRecouped

RecoupmentOutcome = Literal["matched", "unmatched", "ambiguous", "duplicate"]


class KeptRecoupment(msgspec.Struct, frozen=True):
    """A recoupment with its place: the claim it is about, where exactly one is known by the payer's number."""

    recoupment: Recoupment
    outcome: RecoupmentOutcome
    claim_id: str | None
    received_on: date


async def receive_recoupments(
    store: Store, recoupments: Sequence[Recoupment], *, received_on: date
) -> list[RecoupmentOutcome]:
    """Apply recoupments in their order, in the transaction of `store`; repeated ones have no effect.

    The claim is known under the payer's number once a payment of it was matched, so this comes after the payments.
    """
    claims_of = await store.resolve_keys(sorted({one.key for one in recoupments}))
    kept: list[KeptRecoupment] = []
    for one in recoupments:
        claims = claims_of.get(one.key, ())
        outcome: RecoupmentOutcome = "matched" if len(claims) == 1 else "ambiguous" if claims else "unmatched"
        kept.append(KeptRecoupment(one, outcome, claims[0] if outcome == "matched" else None, received_on))
    records = await store.load(sorted({keep.claim_id for keep in kept if keep.claim_id}))
    new = await store.enter_recoupments(kept)
    for keep in kept:
        one = keep.recoupment
        if keep.claim_id is None or one.recoupment_id not in new:
            continue
        records[keep.claim_id], lost = withhold(records[keep.claim_id], one.amount)
        store.put(keep.claim_id, records[keep.claim_id])
        if lost != 0:
            store.emit(
                RemittanceRecouped(
                    claim_id=keep.claim_id,
                    recoupment_id=one.recoupment_id,
                    amount=lost,
                    paid_on=one.paid_on or received_on,
                    received_on=received_on,
                    reason=OVERPAYMENT_RECOVERY,
                    trace_number=one.trace_number,
                    payer_claim_number=one.payer_claim_number,
                )
            )
    await store.save()
    return [keep.outcome if keep.recoupment.recoupment_id in new else "duplicate" for keep in kept]
