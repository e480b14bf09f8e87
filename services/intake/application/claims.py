"""Receiving claims: each accepted claim gets its id, its review and its effect on what is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Claim
from services.intake.application.ports import Original, Store
from services.intake.application.remittances import place_waiting
from services.intake.domain.facts import claim_facts
from services.intake.domain.identity import (
    claim_id,
    claim_keys,
    fingerprint,
    number_key,
    patient_keys_on,
    payer_number_key,
)
from services.intake.domain.review import review
from services.intake.domain.submission import REPLACEMENT, VOID, ClaimRecord, Outcome, Submitted, rejected_id, rule
from shared.events.base import Event
from shared.events.claims import ClaimRejected, ClaimReplaced, Finding

TESTED = "sent as a test: checked and acknowledged, and nothing is done about it"


class Read(msgspec.Struct, frozen=True):
    """A claim as an adapter read it, with what it found wrong; `text` is the claim as it was sent.

    `serial` counts the claims of one input: with it an input that is tried again after a crash is told from a claim
    that was sent twice. `test`: its sender says that it is one (ISA15, or what other formats have for it). `sending`
    names the correction that it left as, where it was composed here.
    """

    claim: Claim
    problems: tuple[Problem, ...]
    text: str
    interchange_id: str
    serial: int = 0
    test: bool = False
    sending: str = ""

    @property
    def refused(self) -> bool:
        """True if one of its problems is an error."""
        return any(problem.severity == "error" for problem in self.problems)


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one submitted claim. One that was sent as a test has no id: there is no such claim."""

    claim_id: str
    control_number: str
    outcome: Outcome
    reason: str = ""
    how_to_fix: str = ""
    problems: tuple[Problem, ...] = ()
    code: str = ""
    serial: int = 0
    test: bool = False


def rejected(read: Read, claim_id: str = "") -> Receipt:
    """What is said of a claim that validation refused."""
    number = read.claim.control_number
    return Receipt(
        claim_id, number, "rejected", "validation", "", read.problems, "validation", read.serial, test=read.test
    )


async def receive_claims(
    store: Store,
    reads: Sequence[Read],
    *,
    tenant: str,
    received_on: date,
    past: Callable[[date | None], bool] = lambda _: False,
) -> list[Receipt]:
    """Apply claims in their order, in the transaction of `store`. Test claims are judged, and nothing else.

    Args:
        store: The open transaction.
        reads: The claims as they were read.
        tenant: The organization whose claims these are.
        received_on: The legal day of receipt.
        past: Returns True if a claim made out on a day (BHT04; None: not stated) is from before this system was in
            use.

    Returns:
        What became of each claim, in the order of `reads`.
    """
    receipts = {n: _tested(read) for n, read in enumerate(reads) if read.test}
    live = [(n, read) for n, read in enumerate(reads) if not read.test]
    receipts.update(await _refuse(store, [(n, read) for n, read in live if read.refused], tenant))
    good = [(n, read) for n, read in live if not read.refused]
    submitted = await _identify(store, good, tenant, received_on, past)
    records = await store.load(sorted({known for c in submitted for known in (c.claim_id, c.own_id) if known}))
    submitted = await _compare(store, good, submitted, records)
    originals: list[Original] = []
    keys: dict[str, set[str]] = {}
    rejected: list[tuple[ClaimRejected, str]] = []
    for (n, read), claim in zip(good, submitted, strict=True):
        before = records.get(claim.claim_id)
        ruling = rule(before, claim)
        receipts[n] = Receipt(
            claim.claim_id, read.claim.control_number, ruling.outcome, ruling.reason, ruling.how_to_fix, read.problems,
            ruling.code, read.serial,
        )  # fmt: skip
        if isinstance(ruling.event, ClaimRejected):
            rejected.append((ruling.event, ruling.event.claim_id))
        elif ruling.record is not None and ruling.event is not None:
            records[claim.claim_id] = ruling.record
            store.put(claim.claim_id, ruling.record)
            store.emit(_as_sent(ruling.event, read.sending))
            if before is None or claim.fingerprint not in before.fingerprints:  # else its text is kept already
                text, source = read.text, (read.interchange_id, read.serial)
                originals.append(Original(claim.claim_id, claim.fingerprint, text, *source, ruling.outcome))
            keys.setdefault(claim.claim_id, set()).update(claim_keys(read.claim))
    new = await store.new_rejections([rejected_as for _, rejected_as in rejected])
    for event, rejected_as in rejected:
        if rejected_as in new:
            new.discard(rejected_as)
            store.reject(event)
    await _repeat_answers(store, good, submitted, receipts)
    sorted_keys = {known: sorted(values) for known, values in keys.items()}
    await place_waiting(store, sorted_keys, records)
    await store.save()
    await store.keep_originals(originals)
    await store.add_keys(sorted_keys)
    return [receipts[n] for n in range(len(reads))]


def _as_sent(event: Event, sending: str) -> Event:
    """The event, with the sending that a replacement composed here left as."""
    if sending and isinstance(event, ClaimReplaced):
        return msgspec.structs.replace(event, sending=sending)
    return event


def _tested(read: Read) -> Receipt:
    """What is said of a claim that was sent as a test: whether its content is sound."""
    if read.refused:
        return rejected(read)
    return Receipt("", read.claim.control_number, "test", TESTED, "", read.problems, "", read.serial, test=True)


async def _repeat_answers(
    store: Store, good: Sequence[tuple[int, Read]], submitted: Sequence[Submitted], receipts: dict[int, Receipt]
) -> None:
    """An input tried again after a crash gets the answers that the first try would have given."""
    known = {
        n: (claim.claim_id, claim.fingerprint)
        for (n, _), claim in zip(good, submitted, strict=True)
        if receipts[n].outcome == "duplicate"
    }
    if not known:
        return
    delivered = await store.delivered(sorted(set(known.values())))
    for n, read in good:
        before = delivered.get(known.get(n, ("", "")))
        if before is not None and (before.interchange_id, before.serial) == (read.interchange_id, read.serial):
            receipts[n] = msgspec.structs.replace(receipts[n], outcome=before.outcome, reason="", code="")


async def _identify(
    store: Store,
    reads: Sequence[tuple[int, Read]],
    tenant: str,
    received_on: date,
    past: Callable[[date | None], bool],
) -> list[Submitted]:
    """Name each claim; a replacement or void goes by the payer's number of the original where we know it."""
    numbers = {
        n: payer_number_key(read.claim)
        for n, read in reads
        if read.claim.frequency in (REPLACEMENT, VOID) and read.claim.payer_claim_number
    }
    known = await store.resolve_keys(sorted(set(numbers.values())))
    submitted: list[Submitted] = []
    for n, read in reads:
        claim, made_on = read.claim, _made_on(read.claim)
        originals = known.get(numbers.get(n, ""), ())
        own = claim_id(tenant, claim)
        led = originals[0] if len(originals) == 1 else own
        submitted.append(
            Submitted(
                led,
                claim_facts(tenant, claim, review(claim, received_on=received_on), received_on, history=past(made_on)),
                fingerprint(claim),
                claim.payer_claim_number,
                own if led != own else "",
                made_on=made_on,
            )
        )
    return submitted


def _made_on(claim: Claim) -> date | None:
    text = claim.batch_created[:8]
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


async def _compare(
    store: Store, reads: Sequence[tuple[int, Read]], submitted: list[Submitted], records: Mapping[str, ClaimRecord]
) -> list[Submitted]:
    """Hold what REF*F8 led to against the claim itself: one number mistyped must not void another patient's claim.

    CLM01, or the patient by name or member number, has to be the original's; and CLM01 must not be a third claim's.
    """
    keys: dict[int, list[str]] = {}
    misnamed: set[int] = set()
    for at, ((_, read), claim) in enumerate(zip(reads, submitted, strict=True)):
        original = records.get(claim.claim_id)
        if not claim.own_id or original is None:
            continue
        if claim.own_id in records:
            misnamed.add(at)
        elif number_key(original.facts.patient_control_number) != number_key(read.claim.control_number):
            keys[at] = patient_keys_on(read.claim, original.facts.service_from)
    if not keys and not misnamed:
        return submitted
    known = await store.resolve_keys(sorted({key for some in keys.values() for key in some}))
    misnamed.update(
        at for at, some in keys.items() if not any(submitted[at].claim_id in known.get(key, ()) for key in some)
    )
    return [
        msgspec.structs.replace(claim, claim_id=claim.own_id, misnamed=True) if at in misnamed else claim
        for at, claim in enumerate(submitted)
    ]


async def _refuse(store: Store, reads: Sequence[tuple[int, Read]], tenant: str) -> dict[int, Receipt]:
    """Tell the world, once, of claims that validation refused."""
    named = [(n, read, rejected_id(claim_id(tenant, read.claim), fingerprint(read.claim))) for n, read in reads]
    new = await store.new_rejections([known for _, _, known in named])
    receipts: dict[int, Receipt] = {}
    for n, read, known in named:
        receipts[n] = rejected(read, known)
        if known not in new:
            continue
        new.discard(known)
        store.reject(
            ClaimRejected(
                claim_id=known,
                tenant=tenant,
                patient_control_number=read.claim.control_number,
                total_charge=read.claim.charge,
                problems=tuple(_finding(p) for p in read.problems if p.severity == "error"),
            )
        )
    return receipts


def _finding(problem: Problem) -> Finding:
    place = f"{problem.segment}{problem.element:02}" if problem.element else problem.segment
    rule = f"snip{problem.snip}.{place}"
    return Finding.of(rule, problem.severity, problem.message, problem.how_to_fix, problem.line)
