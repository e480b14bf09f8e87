"""Answers to what we sent: each is matched to its interchange by control number and told on the claim's log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from services.intake.application.ports import Ledger, Store
from services.intake.domain.outbound_ack import OutboundAck
from services.intake.domain.review.tables import FilingLimit
from services.intake.domain.status_report import of_claim
from shared.events.claims import RecordsAcknowledged
from shared.events.statuses import ClaimInquired, PayerRejectedClaim

OutboundAckOutcome = Literal["accepted", "rejected", "known", "unknown", "test"]
"""It was taken; it was rejected; this was said before; we sent nothing under this number; it was sent as a test."""


async def receive_outbound_acks(
    store: Store, ledger: Ledger, outbound_acks: Sequence[OutboundAck], *, received_on: date,
    limits: Sequence[FilingLimit] = (),
) -> list[OutboundAckOutcome]:  # fmt: skip
    """Apply outbound_acks in their order. A rejection stands over an acceptance, and what was said before says nothing.

    A corrected claim (837) that is rejected never reached the payer; the time for filing runs on (`limits`).
    """
    sent = await ledger.waiting(sorted({one.control for one in outbound_acks}))
    records = dict(await store.load(sorted({one.claim_id for one in sent.values()})))
    standing = {control: one.status for control, one in sent.items()}
    answers: list[OutboundAckOutcome] = []
    for one in outbound_acks:
        status = standing.get(one.control)
        if status is None:
            answers.append("unknown")
            continue
        said: OutboundAckOutcome = "accepted" if one.accepted else "rejected"
        if status in (said, "rejected"):
            answers.append("known")
            continue
        standing[one.control] = said
        await ledger.judge(one.control, one)
        about = sent[one.control]
        record = records.get(about.claim_id)
        if record is not None and about.kind == "837":
            event = of_claim(one, about.claim_id, about.key, record.facts, received_on, limits)
            store.emit(event)
            if isinstance(event, PayerRejectedClaim) and not record.voided:
                records[about.claim_id] = msgspec.structs.replace(record, refused_on=received_on)
                store.put(about.claim_id, records[about.claim_id])
        elif record is not None and about.kind == "276" and not one.accepted:
            store.emit(
                ClaimInquired(
                    claim_id=about.claim_id,
                    key=about.key,
                    status="rejected",
                    on=received_on,
                    control_number=f"{one.control:09}",
                    codes=one.codes,
                )
            )
        elif record is not None and about.kind == "275":
            store.emit(
                RecordsAcknowledged(
                    claim_id=about.claim_id,
                    key=about.key,
                    control_number=f"{one.control:09}",
                    accepted=one.accepted,
                    codes=one.codes,
                    received_on=received_on,
                )
            )
        answers.append(said)
    await store.save()
    return answers
