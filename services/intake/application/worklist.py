"""A person's decision about a claim payment that could not be matched by itself.

It takes the way that matching takes: under the locks of claim and payment, with the same event, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from services.intake.application.ports import HeldPayment, KeptRemittance, Store
from services.intake.application.refused import Refused
from services.intake.application.remittances import announce, placed_by_keys
from services.intake.domain.counting import Counting
from services.intake.domain.facts import negated, remittance_facts
from services.intake.domain.identity import lookup_keys, patient_keys_of, payer_keys
from services.intake.domain.matching import Candidate, misfits, names_a_member, score
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import RemittanceReversed

HeldChoice = Literal["post", "dismiss"]
"""It is posted as it is, to its claim or to the one named; or it is laid aside, with a reason."""

Choice = Literal["claim", "none", "dismiss", "unmatch"]
"""It is for this claim; for none of the candidates, so it waits on; for no claim of ours at all; not for the claim it
was matched to."""


class Resolved(msgspec.Struct, frozen=True):
    """The payment as it stood and as it stands; the same where the decision had been taken before."""

    before: KeptRemittance
    after: KeptRemittance


async def resolve(
    store: Store,
    remittance_id: str,
    choice: Choice,
    claim_id: str | None,
    tenant: str,
    *,
    note: str = "",
    force: bool = False,
) -> Resolved:
    """Take a decision in the transaction of `store`; raises `Refused`. The same decision again changes nothing.

    A claim that does not fit is refused with the reasons, unless `force` and a `note` say that a person knows better.
    """
    # claims before payments, as everywhere: two that lock in one order cannot block each other
    wanted = claim_id
    if choice == "unmatch":
        known = (await store.known_remittances([remittance_id])).get(remittance_id)
        wanted = known.claim_id if known else None
    records = await store.load([wanted]) if wanted else {}
    before = await store.remittance(remittance_id)
    if before is None:
        raise Refused("unknown_remittance")
    record = records.get(wanted or "")
    if choice == "unmatch":
        return await _unmatch(store, before, records, note)
    if choice == "claim" and (record is None or record.facts.tenant != tenant):
        raise Refused("unknown_claim")
    if before.status == "matched":
        if choice == "claim" and before.claim_id == claim_id:
            return Resolved(before, before)
        raise Refused("decided")
    if choice == "claim" and record is not None and claim_id is not None:
        after = await _chosen(store, before, claim_id, record, note=note, force=force)
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


async def _chosen(
    store: Store, before: KeptRemittance, claim_id: str, record: ClaimRecord, *, note: str, force: bool
) -> KeptRemittance:
    """The payment matched to the claim that a person chose; raises `Refused` where it does not fit."""
    facts, payment = record.facts, before.remittance
    scored = score(payment, Candidate(claim_id, facts))
    keys = patient_keys_of(payment, facts.billing_npi or facts.billing_tin, facts.service_from)
    found = await store.resolve_keys(keys)
    same = not names_a_member(keys) or any(claim_id in claims for claims in found.values())
    counting = Counting(facts, (await store.standing([claim_id])).get(claim_id, ()))
    others = counting.from_other_payer(payment)
    ruling = counting.judge(payment)
    reasons = misfits(payment, scored, facts, other_patient=not same)
    if ruling.problem is not None:
        reasons += (ruling.problem.message,)
    if reasons and not (force and note.strip()):
        raise Refused("reason_wanted" if force else "misfit", reasons)
    return msgspec.structs.replace(
        before,
        status="matched",
        claim_id=claim_id,
        score=scored.score,
        reason=f"chosen by a person: {scored.reason}",
        candidates=(),
        from_other_payer=others,
    )


async def _unmatch(store: Store, before: KeptRemittance, records: Mapping[str, ClaimRecord], note: str) -> Resolved:
    """Take a payment off the claim it was matched to: the claim loses its money again, and a person decides anew."""
    claim = before.claim_id
    if before.status != "matched" or claim is None or claim not in records:
        raise Refused("not_matched")
    if not note.strip():
        raise Refused("reason_wanted")
    standing = (await store.standing([claim])).get(claim, [])
    counting = Counting(records[claim].facts, standing)
    others = counting.from_other_payer(before.remittance)
    facts = remittance_facts(
        before.remittance, before.remittance_id, records[claim].facts, before.received_on, before.arrived_on
    )
    named = str(uuid5(UUID(before.remittance_id), f"unmatched from {claim}, {len(before.excluded)}"))
    store.emit(
        RemittanceReversed(
            claim_id=claim,
            remittance=negated(facts, named),
            from_other_payer=others,
            unmatched=True,
            taken_off=before.remittance_id,
            unanswered=not others and not counting.answered_beside(before.remittance),
        )
    )
    await store.save()
    await store.drop_keys(claim, payer_keys(before.remittance))
    after = msgspec.structs.replace(
        before,
        status="waiting",
        score=0,
        reason="taken off its claim by a person",
        claim_id=None,
        candidates=(),
        excluded=tuple(dict.fromkeys((*before.excluded, claim))),
    )
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
        before.interchange_id, serial=before.serial, arrived_on=before.arrived_on,
    )  # fmt: skip
    if claim_id is not None and record is not None:
        scored = score(before.remittance, Candidate(claim_id, record.facts))
        reason = f"chosen by a person: {scored.reason}"
        kept = msgspec.structs.replace(kept, status="matched", claim_id=claim_id, score=scored.score, reason=reason)
        records = {claim_id: record}
    else:
        kept, records = await placed_by_keys(store, kept)
    if kept.claim_id is not None:
        standing = (await store.standing([kept.claim_id])).get(kept.claim_id, [])
        others = Counting(records[kept.claim_id].facts, standing).from_other_payer(kept.remittance)
        kept = msgspec.structs.replace(kept, from_other_payer=others)
    await announce(store, [kept], records)
    await store.save()
    await store.keep_remittances([kept])
    await store.settle_held(held_id, "posted", kept.claim_id)
    return before, msgspec.structs.replace(before, status="posted", claim_id=kept.claim_id)
