"""What another policy would have said of the payments that were judged: shown before it is applied."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.claim_file import ClaimFile
from shared.events.assessment import AssessedLine, ClaimBenchmarked
from shared.money import ZERO


class Change(msgspec.Struct, frozen=True):
    """One claim whose verdict or fair target would be another. Dollars, over all its lines."""

    claim_id: str
    remittance_id: str
    verdict_before: str
    verdict_after: str
    target_before: Decimal
    target_after: Decimal


class Repriced(msgspec.Struct, frozen=True):
    """The whole of it: how many were looked at, the verdicts before and after, and every claim that would change.

    `shortfall_before` and `shortfall_after` are what underpaid lines lack to their targets.
    """

    policy: str
    claims: int
    verdicts_before: dict[str, int]
    verdicts_after: dict[str, int]
    moves: dict[str, int]
    shortfall_before: Decimal
    shortfall_after: Decimal
    changes: list[Change]


class Repricing:
    """Judges last remittances received from `since` again, by `assessor`'s policy and reference. Changes nothing."""

    def __init__(self, assessor: Assessor, since: date) -> None:
        self._assessor = assessor
        self._since = since
        self._before: dict[str, int] = {}
        self._after: dict[str, int] = {}
        self._moves: dict[str, int] = {}
        self._shortfall_before = self._shortfall_after = ZERO
        self._changes: list[Change] = []
        self._claims = 0

    def add(self, claim_id: str, file: ClaimFile) -> None:
        """Take in one claim."""
        assessment, remittance = file.assessment, file.remittance
        if assessment is None or remittance is None or file.voided or remittance.received_on < self._since:
            return
        found = self._assessor.assess(file.claim, remittance)
        self._claims += 1
        self._before[assessment.verdict] = self._before.get(assessment.verdict, 0) + 1
        self._after[found.verdict] = self._after.get(found.verdict, 0) + 1
        self._shortfall_before += _lacking(assessment)
        self._shortfall_after += found.target - found.disputed_allowed if found.verdict == "underpaid" else ZERO
        targets = _target(assessment.lines), _target(found.lines)
        if assessment.verdict != found.verdict:
            move = f"{assessment.verdict} -> {found.verdict}"
            self._moves[move] = self._moves.get(move, 0) + 1
        if assessment.verdict != found.verdict or targets[0] != targets[1]:
            self._changes.append(
                Change(claim_id, assessment.remittance_id, assessment.verdict, found.verdict, *targets)
            )

    def result(self) -> Repriced:
        """What would change."""
        return Repriced(
            self._assessor.policy.version,
            self._claims,
            dict(sorted(self._before.items())),
            dict(sorted(self._after.items())),
            dict(sorted(self._moves.items())),
            self._shortfall_before,
            self._shortfall_after,
            sorted(self._changes, key=lambda change: change.claim_id),
        )


def _target(lines: Iterable[AssessedLine]) -> Decimal:
    return sum((line.target or ZERO for line in lines), ZERO)


def _lacking(assessment: ClaimBenchmarked) -> Decimal:
    if assessment.verdict != "underpaid":
        return ZERO
    low = (line for line in assessment.lines if line.verdict == "underpaid")
    return sum(((line.target or ZERO) - line.allowed for line in low), ZERO)
