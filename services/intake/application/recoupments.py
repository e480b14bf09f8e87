"""Receiving recoupments: each WO of an 835's PLB finds the claim whose money it takes, or a person finds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from services.intake.application.ports import KeptRecoupment, RecoupmentOutcome, Store
from services.intake.application.refused import Refused
from services.intake.domain.recoupment import OVERPAYMENT_RECOVERY, Recoupment, withhold
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import RemittanceRecouped

RecoupmentChoice = Literal["claim", "dismiss"]
"""It takes the money of this claim; of no claim of ours."""


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
        if keep.claim_id is None or keep.recoupment.recoupment_id not in new:
            continue
        _take(store, records, keep.claim_id, keep)
    await store.save()
    return [keep.outcome if keep.recoupment.recoupment_id in new else "duplicate" for keep in kept]


async def place(
    store: Store, recoupment_id: str, choice: RecoupmentChoice, claim_id: str | None, tenant: str
) -> tuple[KeptRecoupment, KeptRecoupment]:
    """A person's decision, in the transaction of `store`: the recoupment as it stood and as it stands.

    Raises `Refused`. The same decision again changes nothing; what was dismissed can be taken up again, what was
    matched cannot be moved.
    """
    # claims first, as everywhere: two that lock in one order cannot block each other
    records = await store.load([claim_id]) if choice == "claim" and claim_id else {}
    before = await store.recoupment(recoupment_id)
    if before is None:
        raise Refused("unknown_recoupment")
    if choice == "dismiss":
        if before.outcome == "matched":
            raise Refused("decided")
        after = msgspec.structs.replace(before, outcome="dismissed")
    else:
        record = records.get(claim_id or "")
        if claim_id is None or record is None or record.facts.tenant != tenant:
            raise Refused("unknown_claim")
        if before.outcome == "matched":
            if before.claim_id != claim_id:
                raise Refused("decided")
            return before, before
        after = msgspec.structs.replace(before, outcome="matched", claim_id=claim_id)
        _take(store, records, claim_id, after)
        await store.save()
    if after != before:
        await store.place_recoupment(after)
    return before, after


def _take(store: Store, records: dict[str, ClaimRecord], claim_id: str, keep: KeptRecoupment) -> None:
    """Enter one WO on its claim's record, and tell what the claim lost by it."""
    one = keep.recoupment
    records[claim_id], lost = withhold(records[claim_id], one.amount)
    store.put(claim_id, records[claim_id])
    if lost != 0:
        store.emit(
            RemittanceRecouped(
                claim_id=claim_id,
                recoupment_id=one.recoupment_id,
                amount=lost,
                paid_on=one.paid_on or keep.received_on,
                received_on=keep.received_on,
                reason=OVERPAYMENT_RECOVERY,
                trace_number=one.trace_number,
                payer_claim_number=one.payer_claim_number,
            )
        )
