"""Holding what would count money twice: the rulings of `domain.counting` on a batch of payments, in one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Remittance
from services.intake.application.held import held_payment
from services.intake.application.ports import HeldPayment, HeldStatus, KeptRemittance, Store
from services.intake.domain.counting import Counting, Ruling, by_itself
from services.intake.domain.identity import lookup_keys, member_keys
from services.intake.domain.matching import MATCHED, names_a_member
from services.intake.domain.reasons import (
    AWAITING_ANOTHER,
    CHARGED_TWICE,
    LIKELY_DUPLICATE,
    NOTHING_TO_REVERSE,
    TAKEN_BACK_BEFORE,
    UNREVERSED,
)
from services.intake.domain.same_payer import same_payer
from services.intake.domain.submission import ClaimRecord


class Counted(msgspec.Struct, frozen=True):
    """A batch of placed payments, parted: what stands, what is held, and what changes nothing, each by its id.

    `cancelled` are of the last, kept with the reason. `settled` says how items held before ended by this batch.
    """

    kept: list[KeptRemittance]
    held: dict[str, HeldPayment]
    duplicates: dict[str, str]
    cancelled: list[KeptRemittance]
    settled: dict[str, HeldStatus]


async def count_once(store: Store, placed: Sequence[KeptRemittance], records: Mapping[str, ClaimRecord]) -> Counted:
    """Judge payments in their order beside those that stand on their claims already, and those held.

    A held correction waits for its reversal, a held reversal for the payment that it takes back.

    Args:
        store: The claims with their payments.
        placed: The payments, as they were matched.
        records: The claims that were loaded, by claim.

    Returns:
        Which count, which are duplicates, and which are held for a person.
    """
    matched = sorted({keep.claim_id for keep in placed if keep.status == "matched" and keep.claim_id})
    history = await store.standing(matched) if matched else {}
    claims = {claim: Counting(records[claim].facts, history.get(claim, ())) for claim in matched}
    known = await _with_known_member(store, placed, records)
    batch = _Batch(claims, await store.held_of(matched) if matched else [])
    for keep in _in_order(placed, claims):
        batch.take(keep, knows_member=keep.remittance_id in known)
    return batch.counted


class _Batch:
    """The rulings on one batch, and what waits for another payment meanwhile."""

    def __init__(self, claims: Mapping[str, Counting], held: Sequence[HeldPayment]) -> None:
        self.counted = Counted([], {}, {}, [], {})
        self._claims = claims
        self._waiting: dict[str, list[KeptRemittance]] = {}
        for one in held:
            if one.remittance is not None and one.claim_id is not None and _awaits_another(one.reasons):
                self._waiting.setdefault(one.claim_id, []).append(_taken_up(one, one.remittance))
        self._before = {one.held_id for one in held}

    def take(self, keep: KeptRemittance, *, knows_member: bool) -> None:
        """Rule on the next payment."""
        claim = keep.claim_id
        if keep.status != "matched" or claim is None:
            problem = by_itself(keep.remittance)
            if problem is None:
                self.counted.kept.append(keep)
            else:
                self.counted.held[keep.remittance_id] = _held(keep, problem)
            return
        ruling = self._claims[claim].judge(keep.remittance, knows_member=knows_member)
        if ruling.outcome == "post":
            self._post(keep, ruling)
            self._follow(claim, keep)
        elif ruling.outcome == "hold" and ruling.problem is not None:
            if not self._cancelled(claim, keep, ruling.problem):
                self.counted.held[keep.remittance_id] = _held(keep, ruling.problem)
                if _awaits_another((ruling.problem,)):
                    self._waiting.setdefault(claim, []).append(keep)
        else:
            self.counted.duplicates[keep.remittance_id] = ruling.problem.message if ruling.problem else ""

    def _post(self, keep: KeptRemittance, ruling: Ruling) -> None:
        self.counted.kept.append(msgspec.structs.replace(keep, from_other_payer=ruling.from_other_payer))

    def _follow(self, claim: str, posted: KeptRemittance) -> None:
        """Post what waited for the payment or the reversal that was posted."""
        counting = self._claims[claim]
        for one in list(self._waiting.get(claim, ())):
            if one not in self._waiting[claim]:
                continue
            came = posted.remittance.is_reversal
            awaited = not came and one.remittance.is_reversal and counting.reverses(one.remittance, posted.remittance)
            if not awaited and not (came and not one.remittance.is_reversal):
                continue
            ruling = counting.judge(one.remittance)
            if ruling.outcome == "post":
                self._end(claim, one, "posted")
                self._post(one, ruling)
                self._follow(claim, one)

    def _cancelled(self, claim: str, keep: KeptRemittance, problem: Problem) -> bool:
        """True if a payment and its reversal are both here only after the correction: the two cancel each other."""
        if problem not in (UNREVERSED, CHARGED_TWICE, LIKELY_DUPLICATE, NOTHING_TO_REVERSE):
            return False
        counting = self._claims[claim]
        for one in self._waiting.get(claim, ()):
            reversal, payment = (keep, one) if keep.remittance.is_reversal else (one, keep)
            if reversal.remittance.is_reversal and counting.reverses(reversal.remittance, payment.remittance):
                reason = TAKEN_BACK_BEFORE.message
                self._end(claim, one, "superseded")
                self.counted.duplicates[keep.remittance_id] = reason
                self.counted.cancelled.append(msgspec.structs.replace(keep, status="dismissed", reason=reason))
                return True
        return False

    def _end(self, claim: str, one: KeptRemittance, status: HeldStatus) -> None:
        """It waits no more. What was held in this batch is not held at all where it is posted now."""
        self._waiting[claim].remove(one)
        if one.remittance_id in self._before or status != "posted":
            self.counted.settled[one.remittance_id] = status
        else:
            del self.counted.held[one.remittance_id]


def _awaits_another(reasons: Sequence[Problem]) -> bool:
    return len(reasons) == 1 and reasons[0].message in AWAITING_ANOTHER


def _taken_up(held: HeldPayment, remittance: Remittance) -> KeptRemittance:
    """A held payment as one matched to its claim, should it be posted."""
    return KeptRemittance(
        held.held_id, "matched", MATCHED, "held until what it goes with came", remittance,
        tuple(lookup_keys(remittance)), held.received_on, held.interchange_id, held.claim_id, serial=held.serial,
        arrived_on=held.arrived_on,
        history=held.history,
    )  # fmt: skip


async def _with_known_member(
    store: Store, placed: Sequence[KeptRemittance], records: Mapping[str, ClaimRecord]
) -> set[str]:
    """Return payments of payers that are not the claim's by name or number but name the patient by its member number.

    They are asked for in one query, and only where there are such payments.
    """
    strange = [
        keep
        for keep in placed
        if keep.claim_id is not None
        and same_payer(keep.remittance.payment, records[keep.claim_id].facts) is False
        and names_a_member(keep.keys)
    ]
    if not strange:
        return set()
    claims_of = await store.resolve_keys(sorted({key for keep in strange for key in member_keys(keep.keys)}))
    return {
        keep.remittance_id
        for keep in strange
        if any(keep.claim_id in claims_of.get(key, ()) for key in member_keys(keep.keys))
    }


def _in_order(placed: Sequence[KeptRemittance], claims: Mapping[str, Counting]) -> Iterator[KeptRemittance]:
    """The payments in their order, a reversal before its correction whichever of them an 835 has first.

    Each is yielded when all before it were judged.
    """
    reversals = _reversals(placed)
    done: set[int] = set()
    for at, keep in enumerate(placed):
        if at in done:
            continue
        counting = claims.get(keep.claim_id) if keep.claim_id is not None else None
        coming = [place for place in reversals.get((keep.claim_id, keep.interchange_id), ()) if place > at]
        if coming and counting is not None:
            left = [place for place in coming if place not in done]
            ahead = counting.ahead(keep.remittance, [placed[place].remittance for place in left])
            for place in [left[n] for n in ahead]:
                done.add(place)
                yield placed[place]
        yield keep


def _reversals(placed: Sequence[KeptRemittance]) -> dict[tuple[str | None, str], list[int]]:
    """The places of the reversals of each claim and input."""
    found: dict[tuple[str | None, str], list[int]] = {}
    for at, keep in enumerate(placed):
        if keep.claim_id is not None and keep.remittance.is_reversal:
            found.setdefault((keep.claim_id, keep.interchange_id), []).append(at)
    return found


def _held(keep: KeptRemittance, problem: Problem) -> HeldPayment:
    source = keep.remittance.source
    placed = msgspec.structs.replace(problem, position=source.first if source else 0)
    return held_payment(
        keep.remittance_id,
        keep.remittance,
        (placed,),
        received_on=keep.received_on,
        interchange_id=keep.interchange_id,
        serial=keep.serial,
        claim_id=keep.claim_id,
        arrived_on=keep.arrived_on,
        history=keep.history,
    )
