"""Answers to what we sent: each is matched to its interchange by control number and told on the claim's log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from recoup_x12 import GroupAckRead, InterchangeAckRead, TransactionAckRead
from services.intake.application.ports import Ledger, SentOut, Store
from services.intake.domain.outbound_ack import OutboundAck, of_group, of_interchange, of_transaction
from services.intake.domain.review.tables import FilingLimit
from services.intake.domain.status_report import of_claim
from services.intake.domain.submission import ClaimRecord
from shared.events.base import Event
from shared.events.records import RecordsAcknowledged
from shared.events.statuses import ClaimInquired, CoverageReported, PayerRejectedClaim

OutboundAckOutcome = Literal["accepted", "rejected", "known", "unknown", "test"]
"""It was taken; it was rejected; this was said before; we sent nothing under this number; it was sent as a test."""


async def receive_outbound_acks(
    store: Store, ledger: Ledger, outbound_acks: Sequence[OutboundAck], *, received_on: date,
    limits: Sequence[FilingLimit] = (),
) -> list[OutboundAckOutcome]:  # fmt: skip
    """Apply acknowledgments of what we sent, in their order; a rejection stands over an acceptance.

    A corrected claim (837) that is rejected never reached the payer; the time for filing runs on.

    Args:
        store: The open transaction.
        ledger: The interchanges we sent.
        outbound_acks: The acknowledgments.
        received_on: The legal day of receipt.
        limits: Time limits of filing, for what was rejected.

    Returns:
        What became of each, in their order.
    """
    sent = await ledger.waiting(sorted({one.control for one in outbound_acks}))
    records = dict(await store.load(sorted({one.claim_id for one in sent.values()})))
    statuses = {control: one.status for control, one in sent.items()}
    answers: list[OutboundAckOutcome] = []
    for one in outbound_acks:
        status = statuses.get(one.control)
        if status is None:
            answers.append("unknown")
            continue
        outcome: OutboundAckOutcome = "accepted" if one.accepted else "rejected"
        if status in (outcome, "rejected"):
            answers.append("known")
            continue
        statuses[one.control] = outcome
        await ledger.judge(one.control, one)
        about = sent[one.control]
        record = records.get(about.claim_id)
        event = _event(one, about, record, received_on, limits) if record is not None else None
        if event is not None:
            store.emit(event)
        if record is not None and isinstance(event, PayerRejectedClaim) and not record.voided:
            records[about.claim_id] = msgspec.structs.replace(record, refused_on=received_on)
            store.put(about.claim_id, records[about.claim_id])
        answers.append(outcome)
    await store.save()
    return answers


def _event(
    one: OutboundAck, about: SentOut, record: ClaimRecord, received_on: date, limits: Sequence[FilingLimit]
) -> Event | None:
    """What is told of the claim: nothing where a question was taken, whose answer is what counts."""
    control = f"{one.control:09}"
    if about.kind == "837":
        return of_claim(one, about.claim_id, about.key, record.facts, received_on, limits)
    if about.kind == "275":
        return RecordsAcknowledged(
            claim_id=about.claim_id, key=about.key, control_number=control, accepted=one.accepted, codes=one.codes,
            received_on=received_on,
        )  # fmt: skip
    if one.accepted:
        return None
    if about.kind == "276":
        return ClaimInquired(
            claim_id=about.claim_id, key=about.key, status="rejected", on=received_on, control_number=control,
            codes=one.codes,
        )  # fmt: skip
    return CoverageReported(
        claim_id=about.claim_id, key=about.key, outcome="rejected", received_on=received_on, codes=one.codes
    )


def outbound_ack_of(item: InterchangeAckRead | TransactionAckRead | GroupAckRead) -> OutboundAck | None:
    """What a TA1, AK2 or AK9 says of an interchange that we may have sent."""
    if isinstance(item, InterchangeAckRead):
        return of_interchange(item.control, item.verdict, _code(item.note))
    if isinstance(item, GroupAckRead):
        return of_group(item.group_code, item.group_control, item.verdict)
    errors = [f"IK3 {_code(e.segment)} {e.position} {_code(e.code)}".strip() for e in item.errors]
    return of_transaction(item.kind, item.group_control, _code(item.verdict), map(_code, item.codes), errors)


def _code(text: str) -> str:
    """A code as received, fit for an event: short and plain, or nothing."""
    return text if text.isalnum() and text.isascii() and len(text) <= 3 else ""
