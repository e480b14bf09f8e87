"""Receiving what payers say of coverage (271): each answer is told of the claim whose question it answers, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from services.intake.application.ports import Questions, Store
from services.intake.domain.coverage import CoverageReport, names_another, reported

CoverageOutcome = Literal["told", "refused", "doubtful", "duplicate", "unknown", "failed", "test"]
"""Told of its claim; the payer refuses the question; it names another person; it was told before; it answers no
question of ours; it met an error of ours; it was sent as a test."""


async def receive_coverage(
    store: Store, questions: Questions, reports: Sequence[CoverageReport], *, received_on: date
) -> list[CoverageOutcome]:
    """Apply payers' answers about coverage in their order, in one transaction; a repeated one has no effect.

    Args:
        store: The claims, and the events about them.
        questions: The questions that were asked, by which an answer finds its claim.
        reports: The answers.
        received_on: The day they were received.

    Returns:
        The outcome of each; an answer that names another person than its claim is `doubtful`.
    """
    about = await questions.asked(sorted({key for one in reports for key in one.questions}))
    await store.load(sorted(set(about.values())))
    outcomes: list[CoverageOutcome] = []
    for report in reports:
        key = next((key for key in report.questions if key in about), None)
        if key is None:
            outcomes.append("unknown")
            continue
        if not await questions.answered(key, report.fingerprint):
            outcomes.append("duplicate")
            continue
        claim = await questions.claim(about[key])
        doubtful = claim is None or names_another(report, claim)
        event = reported(report, key, about[key], received_on, doubtful=doubtful)
        store.emit(event)
        refused = "refused" if event.outcome == "refused" else "told"
        outcomes.append("doubtful" if doubtful else refused)
    await store.save()
    return outcomes
