"""Receiving what payers say of claims: each report finds the claim it is about, or waits for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from services.intake.application.manual_placement import PlaceChoice, candidates_of, placed_by_hand
from services.intake.application.ports import KeptStatus, StatusOutcome, StatusStore, Store
from services.intake.domain.review.tables import FilingLimit
from services.intake.domain.status_report import StatusReport, find, inquiry_key, keys_of, report_id, reported
from services.intake.domain.submission import ClaimRecord


async def receive_statuses(
    store: Store, kept: StatusStore, reports: Sequence[StatusReport], *, tenant: str, received_on: date,
    limits: Sequence[FilingLimit],
) -> list[StatusOutcome]:  # fmt: skip
    """Apply payers' status reports in their order, in one transaction; repeated ones have no effect.

    Args:
        store: The open transaction.
        kept: The reports that are kept.
        reports: The reports as they were read.
        tenant: The organization whose claims these are.
        received_on: The legal day of receipt.
        limits: Time limits of filing, for claims that a payer rejected.

    Returns:
        What became of each, in the order of `reports`.
    """
    fresh = [KeptStatus(report_id(one, tenant), one, "unmatched", "", None, (), received_on) for one in reports]
    placed, records = await _find(store, kept, fresh)
    new = await kept.enter(list({one.report_id: one for one in reversed(placed)}.values()))
    outcomes: list[StatusOutcome] = []
    for one in placed:
        if one.report_id not in new:
            outcomes.append("duplicate")
            continue
        new.discard(one.report_id)  # the same report twice in one input counts once
        _emit_status(store, one, records, limits)
        outcomes.append("rejected" if one.outcome == "matched" and one.report.rejects else one.outcome)
    await store.save()
    return outcomes


async def place_status(
    store: Store, kept: StatusStore, name: str, choice: PlaceChoice, claim_id: str | None, tenant: str,
    limits: Sequence[FilingLimit],
) -> tuple[KeptStatus, KeptStatus]:  # fmt: skip
    """Give a status report its claim, or set it aside, as a person decided.

    The same decision again changes nothing; what was set aside can be taken up again, what has its claim stays there.

    Args:
        store: The open transaction.
        kept: The reports that are kept.
        name: The report.
        choice: What the person decided.
        claim_id: The claim that was chosen, if one was.
        tenant: The organization whose claims these are.
        limits: Time limits of filing, for a claim that the payer rejected.

    Returns:
        The report as it stood, and as it stands.

    Raises:
        Refused: It or the claim is not known, or it was decided otherwise.
    """
    records = await store.load([claim_id]) if choice == "claim" and claim_id else {}
    before = await kept.report(name)
    after = placed_by_hand(before, choice, claim_id, tenant, records, unknown="unknown_status")
    if before is None or after == before:
        return after, after
    if after.outcome == "matched":
        _emit_status(store, after, dict(records), limits)
        await store.save()
    await kept.place(after)
    return before, after


async def _find(
    store: Store, kept: StatusStore, fresh: Sequence[KeptStatus]
) -> tuple[list[KeptStatus], dict[str, ClaimRecord]]:
    keys = {one.report_id: keys_of(one.report) for one in fresh}
    claims_of = dict(await store.resolve_keys(sorted({key for several in keys.values() for key in several})))
    inquiries = sorted({one.report.inquiry for one in fresh if one.report.inquiry})
    about = await kept.asked(inquiries) if inquiries else {}
    for one in fresh:
        if one.report.inquiry in about:
            named = inquiry_key(one.report.inquiry)
            keys[one.report_id].append(named)
            claims_of[named] = (about[one.report.inquiry],)
    records = await store.load(sorted({claim for several in claims_of.values() for claim in several}))
    return [_placed(one, keys[one.report_id], claims_of, records) for one in fresh], records


def _placed(
    one: KeptStatus, keys: Sequence[str], claims_of: Mapping[str, Sequence[str]], records: Mapping[str, ClaimRecord]
) -> KeptStatus:
    found = find(one.report, candidates_of(keys, claims_of, records))
    return msgspec.structs.replace(
        one, outcome=found.outcome, reason=found.reason, claim_id=found.claim_id, candidates=found.candidates
    )


def _emit_status(store: Store, one: KeptStatus, records: dict[str, ClaimRecord], limits: Sequence[FilingLimit]) -> None:
    """Emit the event of a report that has its claim; a claim that is not taken can be sent as an original again."""
    if one.claim_id is None or one.outcome != "matched":
        return
    record = records[one.claim_id]
    store.emit(reported(one.report, one.report_id, one.claim_id, record.facts, one.received_on, one.reason, limits))
    if one.report.rejects and not record.voided:
        on = one.report.reported_on or one.received_on
        records[one.claim_id] = msgspec.structs.replace(record, refused_on=max(on, record.refused_on or on))
        store.put(one.claim_id, records[one.claim_id])
