"""What the evidence bears: which references may be shown and cited, and what else is recorded that a letter may say.

A letter claims nothing that its own exhibit does not show. A rate is independent where neither the payer nor we made
it; it supports the argument where it lies above what the payer allowed.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Literal

import msgspec

from services.appeals.adapters.documents.evidence import Evidence
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.forums.registry import FORUMS
from shared.events.assessment import AssessedLine, Benchmark

Grade = Literal["supported", "above", "unsupported"]
"""`supported`: independent rates of all lines reach what is sought; `above`: some lie above what the payer allowed;
`unsupported`: none does."""

OURS = frozenset(("billed_charge",))
OF_THE_PAYER = frozenset(("qpa", "payer_history"))
ARGUED_BY_RATES = ("underpayment_appeal",)
"""Remedies whose letter may rest on reference rates, outside the federal process."""
RECORDS = frozenset(("medical_records", "operative_report"))
"""Kinds of attachments that are a record of the services."""
WEAK = "no independent reference rate lies above what the payer allowed"


class Support(msgspec.Struct, frozen=True):
    """How far independent rates bear an underpayment out: `lines` of `of` lines have one above the allowed amount."""

    grade: Grade
    lines: int
    of: int


def independent(line: AssessedLine, use: str) -> tuple[Benchmark, ...]:
    """The rates of a line that may be used so and that neither side made: not from our charges nor their statistics."""
    return tuple(b for b in line.benchmarks if use in b.uses and b.source not in OURS | OF_THE_PAYER and not b.own)


def above(line: AssessedLine, use: str) -> tuple[Benchmark, ...]:
    """The independent rates above what the payer allowed for the line."""
    return tuple(b for b in independent(line, use) if b.amount > line.allowed)


def support_of(evidence: Evidence, use: str, sought: dict[int, Decimal]) -> Support:
    """What independent rates bear of `sought` dollars by line."""
    best = {line.line: max((b.amount for b in above(line, use)), default=None) for line in evidence.lines}
    found = [n for n, amount in best.items() if amount is not None]
    if not found:
        return Support("unsupported", 0, len(best))
    reached = all((amount := best[n]) is not None and amount >= sought[n] for n in best)
    return Support("supported" if reached else "above", len(found), len(best))


def weak(filing: Filing, support: Support) -> str:
    """Why a filing's evidence is weak, empty where it is not; never in the federal process, with its own factors."""
    if filing.remedy not in ARGUED_BY_RATES or not FORUMS[filing.forum].papers.argued_by_rates:
        return ""
    return WEAK if support.grade == "unsupported" else ""


def standing(case: AppealCase, kinds: Collection[str]) -> str:
    """By which right we appeal, as far as it is recorded: a key of [standing] in letters.toml."""
    if "representative_authorization" in kinds:
        return "representative"
    return "assignment" if case.facts.assignment else "provider"
