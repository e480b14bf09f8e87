"""Answers to what we sent: each is matched to its interchange by control number and told on the claim's log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from services.intake.application.ports import Ledger, Store
from services.intake.domain.judgement import Judgement
from shared.events.claims import RecordsAcknowledged

JudgementOutcome = Literal["accepted", "rejected", "known", "unknown", "test"]
"""It was taken; it was rejected; this was said before; we sent nothing under this number; it was sent as a test."""


async def receive_judgements(
    store: Store, ledger: Ledger, judgements: Sequence[Judgement], *, received_on: date
) -> list[JudgementOutcome]:
    """Apply judgements in their order. A rejection stands over an acceptance, and what was said before says nothing."""
    sent = await ledger.waiting(sorted({one.control for one in judgements}))
    records = await store.load(sorted({one.claim_id for one in sent.values()}))
    standing = {control: one.status for control, one in sent.items()}
    answers: list[JudgementOutcome] = []
    for one in judgements:
        status = standing.get(one.control)
        if status is None:
            answers.append("unknown")
            continue
        said: JudgementOutcome = "accepted" if one.accepted else "rejected"
        if status in (said, "rejected"):
            answers.append("known")
            continue
        standing[one.control] = said
        await ledger.judge(one.control, one)
        about = sent[one.control]
        if about.claim_id in records:
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
