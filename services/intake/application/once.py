"""Holding what would count money twice: the rulings of `domain.counting` on a batch of payments, in one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from recoup_x12 import Problem
from services.intake.application.held import held_payment
from services.intake.application.ports import HeldPayment, KeptRemittance, Store
from services.intake.domain.counting import Counting, by_itself, same_payer
from services.intake.domain.identity import member_keys
from services.intake.domain.matching import names_a_member
from services.intake.domain.submission import ClaimRecord


class Counted(msgspec.Struct, frozen=True):
    """A batch of placed payments, parted: what stands, what is held, and what changes nothing, each by its id."""

    kept: list[KeptRemittance]
    held: dict[str, HeldPayment]
    duplicates: dict[str, str]


async def count_once(store: Store, placed: Sequence[KeptRemittance], records: Mapping[str, ClaimRecord]) -> Counted:
    """Judge payments in their order beside those that stand on their claims already."""
    matched = sorted({keep.claim_id for keep in placed if keep.status == "matched" and keep.claim_id})
    history = await store.standing(matched) if matched else {}
    claims = {claim: Counting(records[claim].facts, history.get(claim, ())) for claim in matched}
    known = await _knowing_the_member(store, placed, records)
    result = Counted([], {}, {})
    for keep in _in_order(placed, claims):
        if keep.status != "matched" or keep.claim_id is None:
            problem = by_itself(keep.remittance)
            if problem is None:
                result.kept.append(keep)
            else:
                result.held[keep.remittance_id] = _held(keep, problem)
            continue
        ruling = claims[keep.claim_id].judge(keep.remittance, knows_member=keep.remittance_id in known)
        if ruling.outcome == "post":
            result.kept.append(msgspec.structs.replace(keep, from_other_payer=ruling.from_other_payer))
        elif ruling.outcome == "hold" and ruling.problem is not None:
            result.held[keep.remittance_id] = _held(keep, ruling.problem)
        else:
            result.duplicates[keep.remittance_id] = ruling.problem.message if ruling.problem else ""
    return result


async def _knowing_the_member(
    store: Store, placed: Sequence[KeptRemittance], records: Mapping[str, ClaimRecord]
) -> set[str]:
    """Those payments of payers that are not the claim's by name or number which name the patient by the claim's member
    number; asked in one query, and only where there are such payments."""
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
    )
