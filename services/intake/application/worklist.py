"""A person's decision about a claim payment that could not be matched by itself.

It takes the way that matching takes: under the locks of claim and payment, with the same event, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from recoup_x12.model import Remittance
from services.intake.application.doubts import Doubts
from services.intake.application.ports import HeldPayment, KeptRemittance, Store
from services.intake.application.refused import Refused
from services.intake.application.remittances import announce, placed_by_keys
from services.intake.domain.counting import Counting, by_itself
from services.intake.domain.facts import negated, remittance_facts
from services.intake.domain.identity import lookup_keys, member_keys, patient_keys_of, payer_keys
from services.intake.domain.matching import Candidate, Scored, misfits, names_a_member, names_another, score
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import RemittanceReceived, RemittanceReversed
from shared.money import total
from shared.payer_answers import Answers, is_no_answer

HeldChoice = Literal["post", "correct", "split", "dismiss"]
"""It is posted as it is, as a person corrected it, or in parts, to its claim or to the one named; or it is set aside.
All but the first with a reason."""

Choice = Literal["claim", "none", "dismiss", "unmatch"]
"""It is for this claim; for none of the candidates, so it waits on; for no claim of ours at all; not for the claim it
was matched to."""


TAKEN_OFF = "taken off its claim by a person"
_ANY_DAY = date(2000, 1, 1)


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
    """Give a payment its claim, or take it off, as a person decided, in the transaction of `store`.

    The same decision again changes nothing.

    Args:
        store: The open transaction.
        remittance_id: The payment.
        choice: What the person decided.
        claim_id: The claim that was chosen, if one was.
        tenant: The organization whose claims these are.
        note: Why; required with `force`.
        force: It counts although it does not fit the claim.

    Returns:
        What became of the payment.

    Raises:
        Refused: It or the claim is not known, was decided otherwise, or does not fit.
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
        after = _without_candidates(before)
    else:
        after = msgspec.structs.replace(before, status="dismissed", reason="set aside by a person")
    if after != before:
        await store.keep_remittances([after])
    return Resolved(before, after)


def _without_candidates(before: KeptRemittance) -> KeptRemittance:
    """The payment, which is for none of its candidates and waits on; raises `Refused` where it never had one."""
    if not before.candidates and before.status == "waiting":
        if before.excluded:
            return before
        raise Refused("no_candidates")
    return msgspec.structs.replace(
        before,
        status="waiting",
        score=0,
        reason="none of the candidates, a person found",
        candidates=(),
        excluded=tuple(dict.fromkeys((*before.excluded, *before.candidates))),
    )


async def _doubts(store: Store, payment: Remittance, claim_id: str, record: ClaimRecord) -> tuple[Doubts, Scored]:
    """Why a payment is hardly this claim's, or would not count once there, and how it scores."""
    facts = record.facts
    keys = patient_keys_of(payment, facts.billing_npi or facts.billing_tin, facts.service_from)
    asked = list(dict.fromkeys((*lookup_keys(payment), *keys)))
    found = await store.resolve_keys(asked)
    known = tuple(key for key in asked if claim_id in found.get(key, ()))
    same = not names_a_member(keys) or not set(keys).isdisjoint(known)
    scored = score(payment, Candidate(claim_id, facts, known, stranger=not same))
    counting = Counting(facts, (await store.standing([claim_id])).get(claim_id, ()))
    others = counting.from_other_payer(payment)
    again = _is_again(payment, record, _of_payer(counting, counting.payments, others=others))
    ruling = counting.judge(payment, knows_member=not set(member_keys(keys)).isdisjoint(known))
    reasons = misfits(payment, scored, facts, other_patient=not same)
    beside = ruling.problem.message if ruling.problem is not None else ""
    return Doubts((*reasons, beside) if beside else reasons, others, again, beside), scored


def _of_payer(counting: Counting, payments: Sequence[Remittance], *, others: bool) -> list[Remittance]:
    """Those of the payments that are the claim's own payer's, or those of others."""
    return [one for one in payments if counting.from_other_payer(one) == others]


def _is_again(payment: Remittance, record: ClaimRecord, standing: Sequence[Remittance]) -> bool:
    """Return True if money that a payment brings would be taken for that of one that stands: it says the same."""
    if payment.is_reversal or not payment.paid:
        return False
    left = Answers()
    for one in standing:
        left = left.with_payment(remittance_facts(one, "", record.facts, _ANY_DAY))
    return left.is_again(remittance_facts(payment, "", record.facts, _ANY_DAY))


async def _chosen(
    store: Store, before: KeptRemittance, claim_id: str, record: ClaimRecord, *, note: str, force: bool
) -> KeptRemittance:
    """The payment matched to the claim that a person chose; raises `Refused` where it does not fit."""
    doubts, scored = await _doubts(store, before.remittance, claim_id, record)
    doubts.need(note, force=force)
    return msgspec.structs.replace(
        before,
        status="matched",
        claim_id=claim_id,
        score=scored.score,
        reason=doubts.reason(scored),
        candidates=(),
        from_other_payer=doubts.others,
        counted_again=doubts.again,
    )


async def _unmatch(store: Store, before: KeptRemittance, records: Mapping[str, ClaimRecord], note: str) -> Resolved:
    """Take a payment off the claim it was matched to: the claim loses its money again, and a person decides again.

    One that was held before is held again. A payment that the payer itself has taken back is not money of the claim any
    more, and is refused; a reversal taken off lets what it took back stand again.
    """
    claim = before.claim_id
    if before.status != "matched" or claim is None or claim not in records:
        raise Refused("not_matched")
    if not note.strip():
        raise Refused("reason_wanted")
    record = records[claim]
    standing = (await store.standing([claim])).get(claim, [])
    if before.remittance.is_reversal:
        await _restored(store, before, record, standing)
    else:
        again = await store.counted_again(claim)
        _tell_unmatched(store, before, record, standing, again)
    await store.save()
    await store.drop_keys(claim, payer_keys(before.remittance))
    excluded = tuple(dict.fromkeys((*before.excluded, claim)))
    after = msgspec.structs.replace(
        before, status="waiting", score=0, reason=TAKEN_OFF, claim_id=None, candidates=(), excluded=excluded,
        counted_again=False,
    )  # fmt: skip
    if await store.hold_again(before.remittance_id):
        return Resolved(before, msgspec.structs.replace(after, status="held"))
    await store.keep_remittances([after])
    return Resolved(before, after)


def _tell_unmatched(
    store: Store,
    before: KeptRemittance,
    record: ClaimRecord,
    standing: Sequence[Remittance],
    counted_again: Sequence[Remittance],
) -> None:
    """Tell that a payment is the claim's no more.

    Where another one says the same, that stands, and no money goes, unless both count by a person's word.
    """
    claim, named = before.claim_id or "", before.remittance_id
    counting = Counting(record.facts, standing)
    if not counting.stands(before.remittance):
        raise Refused("taken_back")
    others = counting.from_other_payer(before.remittance)
    facts = remittance_facts(before.remittance, named, record.facts, before.received_on, before.arrived_on)
    beside = list(counting.payments)
    for one in (before.remittance, *(() if before.counted_again else counted_again)):
        if one in beside:
            beside.remove(one)
    again = _is_again(before.remittance, record, _of_payer(counting, beside, others=others))
    if is_no_answer(facts) or (again and not before.counted_again):
        return
    store.emit(
        RemittanceReversed(
            claim_id=claim,
            remittance=negated(facts, _named(before, f"unmatched from {claim}, {len(before.excluded)}")),
            from_other_payer=others,
            unmatched=True,
            unmatched_remittance=named,
            unanswered=not others and not counting.answered_beside(before.remittance),
        )
    )


async def _restored(store: Store, before: KeptRemittance, record: ClaimRecord, standing: Sequence[Remittance]) -> None:
    """Tell once more what a reversal took back, payments or lines of one: without it they stand."""
    stood = Counting(record.facts, standing)
    without = Counting(record.facts, [one for one in standing if one != before.remittance])
    claim, stands = before.claim_id or "", list(stood.payments)
    for n, payment in enumerate(without.lost(stood)):
        others = without.from_other_payer(payment)
        named = _named(before, f"off {claim}, {len(before.excluded)}: {n} stands again")
        received_on = await store.received_on(claim, payment) or before.received_on
        store.emit(
            RemittanceReceived(
                claim_id=claim,
                remittance=remittance_facts(payment, named, record.facts, received_on),
                match_score=before.score,
                match_reason="a person took its reversal off the claim",
                from_other_payer=others,
                counted_again=_is_again(payment, record, _of_payer(without, stands, others=others)),
            )
        )
        stands.append(payment)


def _named(before: KeptRemittance, what: str) -> str:
    return str(uuid5(UUID(before.remittance_id), what))


async def settle(
    store: Store,
    held_id: str,
    choice: HeldChoice,
    claim_id: str | None,
    tenant: str,
    *,
    parts: Sequence[Remittance] = (),
    note: str = "",
    force: bool = False,
) -> tuple[HeldPayment, HeldPayment]:
    """Post a held payment as it is, corrected or split, or set it aside; what was set aside can be posted after all.

    Args:
        store: The open transaction.
        held_id: The held payment.
        choice: What the person decided.
        claim_id: The claim; None: matching finds one for each part, and without one it waits like any payment.
        tenant: The organization whose claims these are.
        parts: What it should read, one payment or several, whose payments come to what was held; none: as it is.
        note: Why; required with `force`.
        force: Post it although it does not fit, would not count once, or names another claim or patient.

    Returns:
        The item as it stood, and as it stands.

    Raises:
        Refused: It or the claim is not known, was decided otherwise, lacks a reason, or does not fit.
    """
    record = (await store.load([claim_id])).get(claim_id) if claim_id else None
    before = await store.held(held_id)
    if before is None:
        raise Refused("unknown_held")
    if claim_id and (record is None or record.facts.tenant != tenant):
        raise Refused("unknown_claim")
    if _is_repeated(before, choice, claim_id):
        return before, before
    if choice in ("dismiss", "correct", "split") and not note.strip():
        raise Refused("reason_wanted")
    if choice == "dismiss":
        await store.settle_held(held_id, "dismissed", None)
        return before, msgspec.structs.replace(before, status="dismissed")
    posted = _to_post(before, choice, parts, force=force)
    number = before.control_number if choice == "correct" else ""  # that of several parts may be of none of them
    strange = [names_another(before.remittance, number, part) for part in parts]
    if strange and all(strange) and not force:
        raise Refused("misfit", tuple(dict.fromkeys(reason for reasons in strange for reason in reasons)))
    known = {claim_id: record} if claim_id is not None and record is not None else {}
    kept = [await _posted(store, before, named, payment, known, note=note, force=force) for named, payment in posted]
    claims = {one.claim_id for one in kept}
    claim = claims.pop() if len(claims) == 1 else None
    await store.settle_held(held_id, "posted", claim)
    return before, msgspec.structs.replace(before, status="posted", claim_id=claim)


def _is_repeated(before: HeldPayment, choice: HeldChoice, claim_id: str | None) -> bool:
    """Return True if the same was decided before; raises `Refused` if something else was."""
    done = "dismissed" if choice == "dismiss" else "posted"
    if before.status == "open" or (before.status == "dismissed" and choice != "dismiss"):
        return False
    if before.status == done and (claim_id is None or claim_id == before.claim_id):
        return True
    raise Refused("decided")


def _to_post(
    held: HeldPayment, choice: HeldChoice, parts: Sequence[Remittance], *, force: bool
) -> list[tuple[str, Remittance]]:
    """The payments to post, each with its id; raises `Refused`. A part has an id of its own, the same each time."""
    if choice == "post":
        if held.remittance is None:
            raise Refused("unreadable")
        posted = [(held.held_id, held.remittance)]
    elif held.kind != "payment":
        raise Refused("unreadable")
    else:
        paid = total(part.paid for part in parts)
        if held.amount is not None and paid != held.amount and not force:
            raise Refused("sum_changed", (f"${held.amount:,.2f} is held, ${paid:,.2f} would be posted",))
        names = [held.held_id] if choice == "correct" else [_part(held, n) for n in range(1, len(parts) + 1)]
        posted = list(zip(names, parts, strict=True))
    if any(one.is_reversal and by_itself(one) is not None for _, one in posted):
        raise Refused("not_postable")  # its sign is wrong: nobody can say what it takes back
    return posted


def _part(held: HeldPayment, number: int) -> str:
    return str(uuid5(UUID(held.held_id), f"part {number}"))


async def _posted(
    store: Store,
    held: HeldPayment,
    named: str,
    payment: Remittance,
    known: Mapping[str, ClaimRecord],
    *,
    note: str,
    force: bool,
) -> KeptRemittance:
    """Post one payment of a held item to the claim that is `known`, or to the one that matching finds."""
    kept = KeptRemittance(
        named, "waiting", 0, "", payment, tuple(lookup_keys(payment)), held.received_on,
        held.interchange_id, serial=held.serial, arrived_on=held.arrived_on, history=held.history,
    )  # fmt: skip
    records = dict(known)
    if not known:
        kept, records = await placed_by_keys(store, kept)
    chosen = next(iter(known), None) or kept.claim_id
    if chosen is not None:
        doubts, scored = await _doubts(store, payment, chosen, records[chosen])
        doubts.need(note, force=force)
        kept = msgspec.structs.replace(kept, from_other_payer=doubts.others, counted_again=doubts.again)
        if known or doubts.reasons:
            reason = doubts.reason(scored)
            kept = msgspec.structs.replace(kept, status="matched", claim_id=chosen, score=scored.score, reason=reason)
    await announce(store, [kept], records)
    await store.save()
    await store.keep_remittances([kept])
    return kept
