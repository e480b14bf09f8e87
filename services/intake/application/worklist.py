"""A person's decision about a claim payment that could not be matched by itself.

It takes the way that matching takes: under the locks of claim and payment, with the same event, once.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from services.intake.application.ports import KeptRemittance, Store
from services.intake.application.remittances import announce
from services.intake.domain.matching import Candidate, score

Choice = Literal["claim", "none", "dismiss"]
"""It is for this claim; for none of the candidates, so it waits on; for no claim of ours at all."""

RefusalCode = Literal[
    "unknown_remittance", "unknown_recoupment", "unknown_request", "unknown_claim", "decided", "no_candidates"
]


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
