"""Receiving recoupments: each WO of an 835's PLB finds the claim whose money it takes, or a person finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from recoup_x12.model import Remittance
from services.intake.application.ports import KeptRecoupment, RecoupmentOutcome, Store
from services.intake.application.refused import Refused
from services.intake.domain.recoupment import (
    OVERPAYMENT_RECOVERY,
    Bearer,
    Recoupment,
    doubtful,
    keys_of,
    misfits,
    named_by,
    withhold,
)
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import RemittanceRecouped
from shared.money import total

RecoupmentChoice = Literal["claim", "dismiss", "unmatch"]
"""It takes the money of this claim; of no claim of ours; not of the claim it was matched to."""


async def receive_recoupments(
    store: Store, recoupments: Sequence[Recoupment], *, received_on: date
) -> list[RecoupmentOutcome]:
    """Apply recoupments in their order, in the transaction of `store`; repeated ones have no effect.

    The claim is known under the payer's number once a payment of it was matched, so this comes after the payments.

    Args:
        store: The claims, and the events about them.
        recoupments: What a payer took back, by claim.
        received_on: The day they were received.

    Returns:
        The outcome of each; what fits several claims or none is kept on the worklist.
    """
    claims_of = await store.resolve_keys(sorted({key for one in recoupments for key in keys_of(one)}))
    found = sorted({claim for claims in claims_of.values() for claim in claims})
    records = await store.load(found)
    standing = await store.standing(found) if found else {}
    kept: list[KeptRecoupment] = []
    for one in recoupments:
        keys = keys_of(one)
        claims = sorted({claim for key in keys for claim in claims_of.get(key, ()) if claim in records})
        bearers = [Bearer(claim, records[claim].facts, standing.get(claim, ())) for claim in claims]
        placed, named = named_by(one, bearers, claims_of)
        strangers = any(claims_of.get(key) for key in keys if not key.startswith("n:"))
        outcome: RecoupmentOutcome = (
            "matched" if len(named) == 1 else "ambiguous" if named or strangers else "unmatched"
        )
        kept.append(KeptRecoupment(placed, outcome, named[0] if outcome == "matched" else None, received_on))
    claim_ids = sorted({keep.claim_id for keep in kept if keep.claim_id})
    kept = await _doubted(store, kept, claim_ids, records, standing)
    new = await store.enter_recoupments(kept)
    for keep in kept:
        if keep.claim_id is None or keep.recoupment.recoupment_id not in new:
            continue
        _take(store, records, keep.claim_id, keep, keep.recoupment.amount, again=False)
    await store.save()
    return [keep.outcome if keep.recoupment.recoupment_id in new else "duplicate" for keep in kept]


async def _doubted(
    store: Store,
    kept: Sequence[KeptRecoupment],
    claims: Sequence[str],
    records: Mapping[str, ClaimRecord],
    standing: Mapping[str, Sequence[Remittance]],
) -> list[KeptRecoupment]:
    """The recoupments with those left to a person that hardly take their claim's money, each beside all before it."""
    if not claims:
        return list(kept)
    earlier = await store.recoupments_of(claims)
    withheld = {claim: records[claim].withheld for claim in claims}
    found: list[KeptRecoupment] = []
    for keep in kept:
        claim, one = keep.claim_id, keep.recoupment
        before = earlier.setdefault(claim, []) if claim else []
        if claim is None or any(known.recoupment_id in (one.recoupment_id, *one.formerly) for known in before):
            found.append(keep)
            continue
        paid = total(payment.paid for payment in standing.get(claim, ()))
        if doubtful(one, records[claim].facts, before, withheld[claim], paid):
            found.append(msgspec.structs.replace(keep, outcome="ambiguous", claim_id=None))
            continue
        before.append(one)
        withheld[claim] += one.amount
        found.append(keep)
    return found


async def place(
    store: Store,
    recoupment_id: str,
    choice: RecoupmentChoice,
    claim_id: str | None,
    tenant: str,
    *,
    note: str = "",
    force: bool = False,
) -> tuple[KeptRecoupment, KeptRecoupment]:
    """Give a recoupment its claim, or set it aside, as a person decided, in the transaction of `store`.

    What was dismissed can be taken up again; what was matched moves only after it was taken off its claim.

    Args:
        store: The open transaction.
        recoupment_id: The recoupment.
        choice: What the person decided.
        claim_id: The claim that was chosen, if one was.
        tenant: The organization whose claims these are.
        note: Why; required with `force`.
        force: It counts although it does not fit the claim.

    Returns:
        The recoupment as it stood, and as it stands.

    Raises:
        Refused: It or the claim is not known, it was decided otherwise, or it does not fit.
    """
    # claims first, as everywhere: two that lock in one order cannot block each other
    wanted = claim_id
    if choice == "unmatch":
        known = await store.recoupment(recoupment_id)
        wanted = known.claim_id if known else None
    records = await store.load([wanted]) if wanted else {}
    before = await store.recoupment(recoupment_id)
    if before is None:
        raise Refused("unknown_recoupment")
    record = records.get(wanted or "")
    if choice == "unmatch":
        after = _unmatched(store, before, records, note)
        await store.save()
    elif choice == "dismiss":
        if before.outcome == "matched":
            raise Refused("decided")
        after = msgspec.structs.replace(before, outcome="dismissed")
    else:
        if claim_id is None or record is None or record.facts.tenant != tenant:
            raise Refused("unknown_claim")
        if before.outcome == "matched":
            if before.claim_id == claim_id:
                return before, before
            raise Refused("decided")
        await _require_fit(store, before, claim_id, record, note=note, force=force)
        after = msgspec.structs.replace(before, outcome="matched", claim_id=claim_id)
        _take(store, records, claim_id, after, after.recoupment.amount, again=before.decided > 0)
        await store.save()
    if after != before:
        await store.place_recoupment(after)
    return before, after


def _unmatched(store: Store, before: KeptRecoupment, records: dict[str, ClaimRecord], note: str) -> KeptRecoupment:
    """Take it off its claim, which gets the money back; raises `Refused` if it has none, or no reason is given."""
    if before.outcome != "matched" or before.claim_id is None or before.claim_id not in records:
        raise Refused("not_matched")
    if not note.strip():
        raise Refused("reason_wanted")
    _take(store, records, before.claim_id, before, -before.recoupment.amount, again=True)
    return msgspec.structs.replace(before, outcome="unmatched", claim_id=None)


async def _require_fit(
    store: Store, before: KeptRecoupment, claim_id: str, record: ClaimRecord, *, note: str, force: bool
) -> None:
    """Raise `Refused` where it does not fit the claim, and not both `force` and a `note` say otherwise."""
    standing = (await store.standing([claim_id])).get(claim_id, ())
    reasons = misfits(before.recoupment, record.facts, total(one.paid for one in standing))
    if reasons and not (force and note.strip()):
        raise Refused("reason_wanted" if force else "misfit", reasons)


def _take(
    store: Store, records: dict[str, ClaimRecord], claim_id: str, keep: KeptRecoupment, amount: Decimal, *, again: bool
) -> None:
    """Enter one WO of `amount` dollars on its claim's record, and tell what the claim lost by it.

    `again`: it was decided on before. Each decision has a name of its own, for whoever heard of one leaves out the
    same name.
    """
    one = keep.recoupment
    named = str(uuid5(UUID(one.recoupment_id), f"decision {keep.decided + 1}")) if again else one.recoupment_id
    records[claim_id], lost = withhold(records[claim_id], amount)
    store.put(claim_id, records[claim_id])
    if lost != 0:
        store.emit(
            RemittanceRecouped(
                claim_id=claim_id,
                recoupment_id=named,
                amount=lost,
                paid_on=one.paid_on or keep.received_on,
                received_on=keep.received_on,
                reason=OVERPAYMENT_RECOVERY,
                trace_number=one.trace_number,
                payer_claim_number=one.payer_claim_number,
            )
        )
