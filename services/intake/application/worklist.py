"""A person's decision about a claim payment that could not be matched by itself.

It takes the way that matching takes: under the locks of claim and payment, with the same event, once.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from services.intake.application.ports import HeldPayment, KeptRemittance, Store
from services.intake.application.remittances import announce, placed_by_keys
from services.intake.domain.identity import lookup_keys
from services.intake.domain.matching import Candidate, score

HeldChoice = Literal["post", "dismiss"]
"""It is posted as it is, to its claim or to the one named; or it is laid aside, with a reason."""

Choice = Literal["claim", "none", "dismiss"]
"""It is for this claim; for none of the candidates, so it waits on; for no claim of ours at all."""

RefusalCode = Literal[
    "unknown_remittance", "unknown_recoupment", "unknown_request", "unknown_claim", "decided", "no_candidates",
    "unknown_held", "unreadable", "reason_wanted",
]  # fmt: skip


class Refused(Exception):
    """The decision cannot be taken: `code` says why."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code)
        self.code: RefusalCode = code


class Resolved(msgspec.Struct, frozen=True):
    """The payment as it stood and as it stands; the same where the decision had been taken before."""

    before: KeptRemittance
    after: KeptRemittance


async def resolve(store: Store, remittance_id: str, choice: Choice, claim_id: str | None, tenant: str) -> Resolved:
    """Take a decision in the transaction of `store`; raises `Refused`. The same decision again changes nothing."""
    # claims before payments, as everywhere: two that lock in one order cannot block each other
    records = await store.load([claim_id]) if choice == "claim" and claim_id else {}
    before = await store.remittance(remittance_id)
    if before is None:
        raise Refused("unknown_remittance")
    record = records.get(claim_id or "")
    if choice == "claim" and (record is None or record.facts.tenant != tenant):
        raise Refused("unknown_claim")
    if before.status == "matched":
        if choice == "claim" and before.claim_id == claim_id:
            return Resolved(before, before)
        raise Refused("decided")
    if choice == "claim" and record is not None and claim_id is not None:
        scored = score(before.remittance, Candidate(claim_id, record.facts))
        after = msgspec.structs.replace(
            before,
            status="matched",
            claim_id=claim_id,
            score=scored.score,
            reason=f"chosen by a person: {scored.reason}",
            candidates=(),
        )
        await announce(store, [after], records)
        await store.save()
    elif choice == "none":
        if not before.candidates and before.status == "waiting":
            if before.excluded:
                return Resolved(before, before)
            raise Refused("no_candidates")
        after = msgspec.structs.replace(
            before,
            status="waiting",
            score=0,
            reason="none of the candidates, a person found",
            candidates=(),
            excluded=tuple(dict.fromkeys((*before.excluded, *before.candidates))),
        )
    else:
        after = msgspec.structs.replace(before, status="dismissed", reason="laid aside by a person")
    if after != before:
        await store.keep_remittances([after])
    return Resolved(before, after)


async def settle(
    store: Store, held_id: str, choice: HeldChoice, claim_id: str | None, note: str, tenant: str
) -> tuple[HeldPayment, HeldPayment]:
    """Post a held payment as it is, or lay it aside; the item before and after. Raises `Refused`.

    Posted to `claim_id`, or where that is None to the claim that matching finds; without one it waits like any payment.
    """
    record = (await store.load([claim_id])).get(claim_id) if claim_id else None
    before = await store.held(held_id)
    if before is None:
        raise Refused("unknown_held")
    if claim_id and (record is None or record.facts.tenant != tenant):
        raise Refused("unknown_claim")
    done = "posted" if choice == "post" else "dismissed"
    if before.status != "open":
        if before.status == done and (claim_id is None or claim_id == before.claim_id):
            return before, before
        raise Refused("decided")
    if choice == "dismiss":
        if not note.strip():
            raise Refused("reason_wanted")
        await store.settle_held(held_id, "dismissed", None)
        return before, msgspec.structs.replace(before, status="dismissed")
    if before.remittance is None:
        raise Refused("unreadable")
    kept = KeptRemittance(
        held_id, "waiting", 0, "", before.remittance, tuple(lookup_keys(before.remittance)), before.received_on,
        before.interchange_id, serial=before.serial,
    )  # fmt: skip
    if claim_id is not None and record is not None:
        scored = score(before.remittance, Candidate(claim_id, record.facts))
        reason = f"chosen by a person: {scored.reason}"
        kept = msgspec.structs.replace(kept, status="matched", claim_id=claim_id, score=scored.score, reason=reason)
        records = {claim_id: record}
    else:
        kept, records = await placed_by_keys(store, kept)
    await announce(store, [kept], records)
    await store.save()
    await store.keep_remittances([kept])
    await store.settle_held(held_id, "posted", kept.claim_id)
    return before, msgspec.structs.replace(before, status="posted", claim_id=kept.claim_id)
