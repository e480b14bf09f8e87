"""Receiving payers' requests for records: each finds the claim that it names, or waits for a person or the claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from recoup_x12.model import RecordsRequest
from services.intake.application.manual_placement import PlaceChoice, candidates_of, placed_by_hand
from services.intake.application.ports import KeptRequest, RequestOutcome, RequestStore, Store
from services.intake.domain.records_request import announced, find, keys_of, request_id
from services.intake.domain.submission import ClaimRecord


async def receive_requests(
    store: Store, requests: RequestStore, read: Sequence[RecordsRequest], *, tenant: str, received_on: date
) -> list[RequestOutcome]:
    """Apply payers' requests for records in their order, in one transaction; repeated ones have no effect.

    Args:
        store: The open transaction.
        requests: The requests that are kept.
        read: The requests as they were read.
        tenant: The organization whose claims these are.
        received_on: The legal day of receipt.

    Returns:
        What became of each, in the order of `read`.
    """
    fresh = [KeptRequest(request_id(one, tenant), one, "unmatched", "", None, (), received_on) for one in read]
    kept, records = await _find(store, fresh)
    new = await requests.enter(list({keep.request_id: keep for keep in reversed(kept)}.values()))
    answers: list[RequestOutcome] = []
    for keep in kept:
        if keep.request_id not in new:
            answers.append("duplicate")
            continue
        new.discard(keep.request_id)  # the same request twice in one input counts once
        _emit_request(store, keep, records)
        answers.append(keep.outcome)
    await store.save()
    return answers


async def look_again(store: Store, requests: RequestStore, ids: Sequence[str]) -> int:
    """Match requests that waited for a claim which is known now.

    Args:
        store: The claims, and the events about them.
        requests: The payers' requests.
        ids: The requests to look at; those that wait no more are passed over.

    Returns:
        How many found their claim.
    """
    found, records = await _find(store, await requests.waiting(ids))
    matched = [keep for keep in found if keep.outcome == "matched"]
    for keep in matched:
        await requests.place(keep)
        _emit_request(store, keep, records)
    await store.save()
    return len(matched)


async def place_request(
    store: Store, requests: RequestStore, name: str, choice: PlaceChoice, claim_id: str | None, tenant: str
) -> tuple[KeptRequest, KeptRequest]:
    """Give a request its claim, or set it aside, as a person decided.

    The same decision again changes nothing; what was dismissed can be taken up again, what was matched cannot be moved.

    Args:
        store: The open transaction.
        requests: The requests that are kept.
        name: The request.
        choice: What the person decided.
        claim_id: The claim that was chosen, if one was.
        tenant: The organization whose claims these are.

    Returns:
        The request as it stood, and as it stands.

    Raises:
        Refused: It or the claim is not known, or it was decided otherwise.
    """
    records = await store.load([claim_id]) if choice == "claim" and claim_id else {}
    before = await requests.request(name)
    after = placed_by_hand(before, choice, claim_id, tenant, records, unknown="unknown_request")
    if before is None or after == before:
        return after, after
    if after.outcome == "matched":
        _emit_request(store, after, records)
        await store.save()
    await requests.place(after)
    return before, after


async def _find(store: Store, waiting: Sequence[KeptRequest]) -> tuple[list[KeptRequest], dict[str, ClaimRecord]]:
    keys = {keep.request_id: keys_of(keep.request) for keep in waiting}
    claims_of = await store.resolve_keys(sorted({key for several in keys.values() for key in several}))
    records = await store.load(sorted({claim for several in claims_of.values() for claim in several}))
    return [_placed(keep, keys[keep.request_id], claims_of, records) for keep in waiting], records


def _placed(
    keep: KeptRequest, keys: Sequence[str], claims_of: Mapping[str, Sequence[str]], records: Mapping[str, ClaimRecord]
) -> KeptRequest:
    found = find(keep.request, candidates_of(keys, claims_of, records))
    return msgspec.structs.replace(
        keep, outcome=found.outcome, reason=found.reason, claim_id=found.claim_id, candidates=found.candidates
    )


def _emit_request(store: Store, keep: KeptRequest, records: Mapping[str, ClaimRecord]) -> None:
    """Emit the event of a matched request."""
    if keep.claim_id is None or keep.outcome != "matched":
        return
    lines = {line.control_number: line.line for line in records[keep.claim_id].facts.lines if line.control_number}
    store.emit(announced(keep.request, keep.request_id, keep.claim_id, keep.received_on, keep.reason, lines))
