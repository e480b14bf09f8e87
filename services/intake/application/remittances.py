"""Receiving remittances: each claim payment finds its claim, waits for it, or goes to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Remittance
from services.intake.application.duplicate_payments import count_once
from services.intake.application.held import HeldResult, held_payment, held_result
from services.intake.application.parts_of_lines import join_parts
from services.intake.application.ports import Delivered, HeldPayment, KeptRemittance, Placement, Store
from services.intake.domain.facts import remittance_facts
from services.intake.domain.identity import lookup_keys, payer_keys, remittance_id
from services.intake.domain.matching import CLEAR_BY, MATCHED, Ambiguous, Candidate, Matched, match, patient_to_compare
from services.intake.domain.paper import ORIGIN as PAPER
from services.intake.domain.reasons import STANDS_TWICE
from services.intake.domain.receipt import Receipt
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import RemittanceReceived, RemittanceReversed


class Placed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one claim payment."""

    remittance_id: str
    control_number: str
    placement: Placement
    score: int = 0
    reason: str = ""
    claim_id: str | None = None
    test: bool = False
    problems: tuple[Problem, ...] = ()
    held: HeldResult | None = None


class PaymentRead(msgspec.Struct, frozen=True):
    """A claim payment as an adapter read it; `test` where its sender says that it is one."""

    remittance: Remittance
    interchange_id: str
    serial: int = 0
    superseded: bool = False
    test: bool = False
    problems: tuple[Problem, ...] = ()
    """What was found wrong with it that leaves its money and its lines certain."""


def mark_superseded(reads: Sequence[PaymentRead]) -> list[PaymentRead]:
    """The payments of one stretch of an interchange, those marked that a later one of them reverses."""
    live = [(n, read) for n, read in enumerate(reads) if not read.test]
    over = _superseded([(read.interchange_id, read.remittance) for _, read in live])
    reversed_ones = {live[at][0] for at in over}
    return [
        msgspec.structs.replace(read, superseded=True) if n in reversed_ones else read for n, read in enumerate(reads)
    ]


def _superseded(payments: Sequence[tuple[str, Remittance]]) -> set[int]:
    """Positions of payments reversed later in their interchange (CLP02 22: same CLP01, CLP03 and CLP04 negated).

    A payer that corrects itself at once has said its last word with the correction; what it took back is not contested.
    """
    reversals: Counter[tuple[str, str, Decimal, Decimal]] = Counter()
    found: set[int] = set()
    for n, (interchange_id, payment) in reversed(list(enumerate(payments))):
        place = (interchange_id, payment.control_number, abs(payment.charge), abs(payment.paid))
        if payment.is_reversal:
            reversals[place] += 1
        elif reversals[place]:
            reversals[place] -= 1
            found.add(n)
    return found


async def receive_remittances(
    store: Store, reads: Sequence[PaymentRead], *, tenant: str, receipt: Receipt
) -> list[Placed]:
    """Apply claim payments in their order, in the transaction of `store`. Test payments pay nothing, live or test.

    Args:
        store: The claims with their payments, and the events about them.
        reads: The payments.
        tenant: The organization whose payments they are.
        receipt: The day on which each counts as received.

    Returns:
        Where each was placed, in their order.
    """
    live = [read for read in reads if not read.test]
    others = iter(await _receive_live(store, live, tenant, receipt) if live or not reads else [])
    return [_tested(read) if read.test else next(others) for read in reads]


async def _receive_live(store: Store, reads: Sequence[PaymentRead], tenant: str, receipt: Receipt) -> list[Placed]:
    ids = [remittance_id(read.remittance, tenant) for read in reads]
    known = await store.known_remittances(ids)
    new: dict[str, PaymentRead] = {}
    for name, read in zip(ids, reads, strict=True):
        if name not in known:
            new.setdefault(name, read)
    keys = {name: tuple(lookup_keys(read.remittance)) for name, read in new.items()}
    claims_of = await store.resolve_keys(sorted({key for several in keys.values() for key in several}))
    records = await store.load(sorted({claim for several in claims_of.values() for claim in several}))
    fresh = [_fresh(name, read, keys[name], receipt) for name, read in new.items()]
    parts = join_parts(await _placed(store, fresh, claims_of, records), records)
    counted = await count_once(store, parts.placed, records)
    kept = counted.kept
    await announce(store, kept, records)
    await store.save()
    await store.keep_remittances([*kept, *counted.cancelled, *parts.others])
    await store.supersede_held(kept)
    twice = {
        at: _twice(name, read, receipt)
        for at, (name, read) in enumerate(zip(ids, reads, strict=True))
        if _repeats(read, new.get(name), known.get(name))
    }
    doubtful = [*counted.held.values(), *twice.values()]
    await store.expect(
        [(one.remittance.payment, one.received_on) for one in doubtful if one.remittance and not one.history]
    )
    stands = await store.hold(doubtful) | counted.settled
    await store.end_held(counted.settled)
    placed = {keep.remittance_id: keep for keep in kept}
    placed |= {name: placed[first] for name, first in parts.first_of.items() if first in placed}
    answers: list[Placed] = []
    for at, (name, read) in enumerate(zip(ids, reads, strict=True)):
        keep = placed.pop(name, None)
        number = read.remittance.control_number
        before = known.get(name)
        held = twice.get(at) or (counted.held.get(name) if new.get(name) is read else None)
        if held is not None:
            item = held_result(held, "held" if stands[held.held_id] == "open" else "duplicate")
            answers.append(Placed(held.held_id, number, item.outcome, 0, item.reason, held.claim_id, held=item))
            continue
        if new.get(name) is read and name in counted.duplicates:
            answers.append(Placed(name, number, "duplicate", reason=counted.duplicates[name]))
            continue
        if before is not None and (before.interchange_id, before.serial) == (read.interchange_id, read.serial):
            # the same input, tried again after a crash
            answers.append(
                Placed(name, number, before.outcome, before.score, before.reason, before.claim_id)  # type: ignore[arg-type]
            )
        else:
            answers.append(_placement(name, read, keep))
    return answers


def _placement(name: str, read: PaymentRead, keep: KeptRemittance | None) -> Placed:
    number = read.remittance.control_number
    if keep is None:
        return Placed(name, number, "duplicate", reason="received before")
    return Placed(name, number, keep.status, keep.score, keep.reason, keep.claim_id, problems=read.problems)


def _repeats(read: PaymentRead, first: PaymentRead | None, before: Delivered | None) -> bool:
    """Return True if it stands a second time in one 835, or on one paper, where its payer may have paid it twice."""
    if before is not None:
        return before.interchange_id == read.interchange_id and before.serial != read.serial
    if first is None or first is read or first.interchange_id != read.interchange_id:
        return False
    one, other = first.remittance.source, read.remittance.source
    if one is None or other is None:  # no X12: each claim payment of an entry from paper has a place of its own
        return read.remittance.origin == PAPER and first.serial != read.serial
    return (one.interchange, one.group, one.transaction) == (other.interchange, other.group, other.transaction)


def _twice(name: str, read: PaymentRead, receipt: Receipt) -> HeldPayment:
    source = read.remittance.source
    problem = msgspec.structs.replace(STANDS_TWICE, position=source.first if source else 0)
    held_id = str(uuid5(UUID(name), str(read.serial)))
    received = receipt.of_payment(read.remittance.payment)
    return held_payment(
        held_id, read.remittance, (problem,), received_on=received.on, interchange_id=read.interchange_id,
        serial=read.serial, arrived_on=received.latest, history=received.history,
    )  # fmt: skip


def _fresh(name: str, read: PaymentRead, keys: tuple[str, ...], receipt: Receipt) -> KeptRemittance:
    """A payment that has not looked for its claim yet."""
    received = receipt.of_payment(read.remittance.payment)
    return KeptRemittance(
        name,
        "waiting",
        0,
        "",
        read.remittance,
        keys,
        received.on,
        read.interchange_id,
        superseded=read.superseded,
        serial=read.serial,
        arrived_on=received.latest,
        history=received.history,
    )


def _tested(read: PaymentRead) -> Placed:
    return Placed("", read.remittance.control_number, "test", reason="sent as a test: it pays no claim", test=True)


async def place_waiting(store: Store, keys: Mapping[str, Sequence[str]], records: Mapping[str, ClaimRecord]) -> int:
    """Match remittances that waited for the claims now arriving.

    A remittance that came before its claim may lie on the worklist, because another claim was a little like it: that
    one waits too.

    Args:
        store: The claims with their payments, and the events about them.
        keys: The match keys of each claim that arrives.
        records: The claims that were loaded, by claim.

    Returns:
        How many were matched now, or fit other claims than before.
    """
    claims_of: dict[str, list[str]] = {}
    for claim, several in keys.items():
        for key in several:
            claims_of.setdefault(key, []).append(claim)
    waiting = await store.waiting_for(sorted(claims_of))
    if not waiting:
        return 0
    changed: list[KeptRemittance] = []
    for kept in waiting:
        if kept.status == "ambiguous" and kept.score >= MATCHED:
            continue  # several claims fit; a further one does not make the choice easier
        strangers = _strangers(_to_compare(kept, claims_of, records), claims_of)
        placed = _beside_others(kept, _place(kept, claims_of, records, strangers))
        if placed.status == "matched" or placed.candidates != kept.candidates:
            changed.append(placed)
    parts = join_parts(changed, records)
    counted = await count_once(store, parts.placed, records)
    moved = [
        *counted.kept,
        *parts.others,
        *(
            msgspec.structs.replace(kept, status="dismissed", reason=counted.duplicates[kept.remittance_id])
            for kept in changed
            if kept.remittance_id in counted.duplicates
        ),
    ]
    over = _superseded([(kept.interchange_id, kept.remittance) for kept in moved])
    moved = [msgspec.structs.replace(kept, superseded=n in over) for n, kept in enumerate(moved)]
    await announce(store, moved, records)
    await store.keep_remittances(moved)
    await store.hold(list(counted.held.values()))
    await store.end_held(counted.settled)
    return len(changed)


def _found_by(
    waiting: KeptRemittance, claims_of: Mapping[str, Sequence[str]], records: Mapping[str, ClaimRecord]
) -> dict[str, list[str]]:
    """The claims known under a payment's keys, each with the keys it was found under, in the order of their ids."""
    found_by: dict[str, list[str]] = {}
    for key in waiting.keys:
        for claim in claims_of.get(key, ()):
            if claim not in waiting.excluded and claim in records:
                found_by.setdefault(claim, []).append(key)
    return {claim: found_by[claim] for claim in sorted(found_by)}


def _to_compare(
    waiting: KeptRemittance, claims_of: Mapping[str, Sequence[str]], records: Mapping[str, ClaimRecord]
) -> dict[str, list[str]]:
    """The claims whose patient its own keys do not compare, with those that do."""
    asked = {
        claim: patient_to_compare(waiting.remittance, by, records[claim].facts)
        for claim, by in _found_by(waiting, claims_of, records).items()
    }
    return {claim: keys for claim, keys in asked.items() if keys}


def _strangers(compared: Mapping[str, Sequence[str]], owners: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The claims that none of the keys which name the payment's patient leads to."""
    return frozenset(claim for claim, keys in compared.items() if not any(claim in owners.get(key, ()) for key in keys))


def _place(
    waiting: KeptRemittance,
    claims_of: Mapping[str, Sequence[str]],
    records: Mapping[str, ClaimRecord],
    strangers: frozenset[str] = frozenset(),
) -> KeptRemittance:
    """Match one payment to the claims known under its keys; `strangers` are those of another patient."""
    found = match(
        waiting.remittance,
        [
            Candidate(claim, records[claim].facts, tuple(by), claim in strangers, bool(waiting.candidates))
            for claim, by in _found_by(waiting, claims_of, records).items()
        ],
    )
    if isinstance(found, Matched):
        return msgspec.structs.replace(
            waiting, status="matched", score=found.score, reason=found.reason, claim_id=found.claim_id
        )
    if isinstance(found, Ambiguous):
        return msgspec.structs.replace(
            waiting, status="ambiguous", score=found.score, reason=found.reason, candidates=tuple(found.claim_ids)
        )
    return msgspec.structs.replace(waiting, reason=found.reason)


async def _placed(
    store: Store,
    fresh: Sequence[KeptRemittance],
    claims_of: Mapping[str, Sequence[str]],
    records: Mapping[str, ClaimRecord],
) -> list[KeptRemittance]:
    """Match payments; where a payment's own day or payee errs, its patient is compared by those of the claim."""
    compared = [_to_compare(keep, claims_of, records) for keep in fresh]
    wanted = sorted({key for some in compared for several in some.values() for key in several})
    owners = await store.resolve_keys(wanted) if wanted else {}
    return [
        _place(keep, claims_of, records, _strangers(keys, owners)) for keep, keys in zip(fresh, compared, strict=True)
    ]


async def placed_by_keys(store: Store, kept: KeptRemittance) -> tuple[KeptRemittance, dict[str, ClaimRecord]]:
    """Match one payment to the claims known now; its placement, and the records of these claims."""
    claims_of = await store.resolve_keys(kept.keys)
    records = await store.load(sorted({claim for several in claims_of.values() for claim in several}))
    (placed,) = await _placed(store, [kept], claims_of, records)
    return placed, records


def _beside_others(before: KeptRemittance, placed: KeptRemittance) -> KeptRemittance:
    """The new placement, seen beside the likely claims known before: a claim matches only if it is clear of them too.

    `placed` was scored against the claims now arriving alone.
    """
    scored = {placed.claim_id} if placed.status == "matched" else set(placed.candidates)
    others = tuple(claim for claim in before.candidates if claim not in scored)
    if not others or placed.status == "waiting":
        return placed
    if placed.status == "matched":
        if placed.score - before.score >= CLEAR_BY:
            return placed
        reason = f"another claim scores {before.score}: {placed.reason}"
        mine = (placed.claim_id,) if placed.claim_id else ()
        placed = msgspec.structs.replace(placed, status="ambiguous", reason=reason, claim_id=None, candidates=mine)
    likelier_first = (placed.candidates, others) if placed.score >= before.score else (others, placed.candidates)
    return msgspec.structs.replace(
        placed, score=max(placed.score, before.score), candidates=tuple(c for some in likelier_first for c in some)
    )


async def announce(store: Store, kept: Sequence[KeptRemittance], records: Mapping[str, ClaimRecord]) -> None:
    """Emit the event of every matched payment, and make its claim findable by the payer's number.

    A payer that pays a claim has it, whatever it said before: a change needs frequency 7 again.

    Args:
        store: Where the events and the keys are written.
        kept: The payments; those that are not matched are passed over.
        records: The claims that were loaded, by claim.
    """
    numbers: dict[str, list[str]] = {}
    for keep in kept:
        if keep.claim_id is None or keep.status != "matched":
            continue
        record = records[keep.claim_id]
        facts = remittance_facts(
            keep.remittance, keep.remittance_id, record.facts, keep.received_on, keep.arrived_on, history=keep.history
        )
        if keep.remittance.is_reversal:
            store.emit(
                RemittanceReversed(claim_id=keep.claim_id, remittance=facts, from_other_payer=keep.from_other_payer)
            )
        else:
            store.emit(
                RemittanceReceived(
                    claim_id=keep.claim_id,
                    remittance=facts,
                    match_score=keep.score,
                    match_reason=keep.reason,
                    superseded=keep.superseded,
                    from_other_payer=keep.from_other_payer,
                    counted_again=keep.counted_again,
                )
            )
            if record.refused_on is not None and not keep.from_other_payer:
                store.put(keep.claim_id, msgspec.structs.replace(record, refused_on=None))
        numbers.setdefault(keep.claim_id, []).extend(payer_keys(keep.remittance))
    await store.add_keys(numbers)
