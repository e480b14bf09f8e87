"""The events that tell a verdict, and what a later part of the payer's answer adds to a dispute."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from services.benchmark.domain.policy import Policy
from services.benchmark.domain.recouped import Recouped
from services.benchmark.domain.verdict import Assessment, fair_amounts
from shared.events.assessment import (
    AssessedLine,
    ClaimDenied,
    ClaimPaidFairly,
    ClaimUnjudged,
    DisputeWidened,
    HistoryJudged,
    UnderpaymentFlagged,
)
from shared.events.base import Event
from shared.events.claims import RemittanceFacts
from shared.money import ZERO, total

DISPUTED = ("underpaid", "denied")


def verdict_event(
    claim_id: str, remittance: RemittanceFacts, found: Assessment, policy: Policy, recouped: Recouped | None = None
) -> Event:
    """The event that tells the verdict."""
    notice_on = remittance.received_on if recouped is None else recouped.on
    arrived_on = remittance.arrived_on if recouped is None else recouped.arrived_on
    by = "" if recouped is None else recouped.by
    if found.verdict == "underpaid":
        return UnderpaymentFlagged(
            claim_id=claim_id,
            remittance_id=remittance.remittance_id,
            specialty=found.specialty,
            policy=policy.version,
            allowed=found.disputed_allowed,
            paid=found.paid,
            patient_share=found.patient_share,
            floor=found.floor,
            target=found.target,
            stretch=found.stretch,
            shortfall=found.target - found.disputed_allowed,
            expected_net=found.expected_net,
            confidence=found.confidence,
            notice_on=notice_on,
            lines=tuple(line for line in found.lines if line.verdict in DISPUTED),
            carcs=_carcs(remittance),
            remark_codes=_remarks(remittance),
            reasons=found.reasons,
            recouped=ZERO if recouped is None else recouped.amount,
            recouped_by=by,
            arrived_on=arrived_on,
            weak_evidence=found.weak_evidence,
        )
    if found.verdict == "denied":
        return _denial(claim_id, remittance, found, notice_on, arrived_on)
    if found.verdict == "unjudged":
        return ClaimUnjudged(
            claim_id=claim_id,
            remittance_id=remittance.remittance_id,
            allowed=found.allowed,
            paid=found.paid,
            reasons=found.reasons,
        )
    return ClaimPaidFairly(
        claim_id=claim_id,
        remittance_id=remittance.remittance_id,
        allowed=found.allowed,
        paid=found.paid,
        patient_share=found.patient_share,
        policy=policy.version,
        reasons=found.reasons,
        recouped_by=by,
    )


def history_judged(claim_id: str, remittance: RemittanceFacts, found: Assessment, policy: Policy) -> HistoryJudged:
    """The event that tells what was found of a claim of which nothing but history is known: what its verdict would."""
    verdict = verdict_event(claim_id, remittance, found, policy)
    disputed = verdict if isinstance(verdict, UnderpaymentFlagged | ClaimDenied) else None
    return HistoryJudged(
        claim_id=claim_id,
        remittance_id=remittance.remittance_id,
        verdict=found.verdict,
        specialty=found.specialty,
        policy=policy.version,
        allowed=verdict.allowed if isinstance(verdict, UnderpaymentFlagged) else ZERO,
        target=disputed.target if disputed else ZERO,
        notice_on=remittance.received_on,
        lines=disputed.lines if disputed else (),
        carcs=disputed.carcs if disputed else _carcs(remittance),
        remark_codes=disputed.remark_codes if disputed else _remarks(remittance),
        reasons=found.reasons,
        arrived_on=remittance.arrived_on,
    )


def _denial(
    claim_id: str, remittance: RemittanceFacts, found: Assessment, notice_on: date, arrived_on: date | None
) -> ClaimDenied:
    """Of the whole claim, or of some of its lines: then with the reasons the payer gave for these alone."""
    denied = tuple(line for line in found.lines if line.verdict == "denied")
    whole = all(line.verdict in ("denied", "bundled") for line in found.lines)
    of = remittance if whole else of_lines(remittance, (line.line for line in denied))
    return ClaimDenied(
        claim_id=claim_id,
        remittance_id=remittance.remittance_id,
        specialty=found.specialty,
        charge=remittance.charge if whole else total(line.charge for line in denied),
        target=found.target,
        notice_on=notice_on,
        carcs=_carcs(of),
        remark_codes=_remarks(of),
        reasons=found.reasons,
        lines=denied,
        arrived_on=arrived_on,
    )


def widened(
    claim_id: str, remittance: RemittanceFacts, found: Assessment, new: frozenset[int]
) -> DisputeWidened | None:
    """What the lines `new`, just answered, add to a dispute that is on already; None where they add nothing."""
    lines = tuple(line for line in found.lines if line.line in new and line.verdict in DISPUTED)
    if not lines:
        return None
    of = of_lines(remittance, (line.line for line in lines))
    sums = fair_amounts(lines)
    return DisputeWidened(
        claim_id=claim_id,
        remittance_id=remittance.remittance_id,
        allowed=sums["disputed_allowed"],
        floor=sums["floor"],
        target=sums["target"],
        stretch=sums["stretch"],
        notice_on=remittance.received_on,
        lines=lines,
        carcs=_carcs(of),
        remark_codes=_remarks(of),
        reasons=tuple(reason for line in lines for reason in _first(line)),
        weak_evidence=any(line.verdict == "underpaid" for line in lines)
        and all(line.weak_evidence for line in lines if line.verdict == "underpaid"),
    )


def _first(line: AssessedLine) -> tuple[str, ...]:
    return tuple(f"line {line.line}: {reason}" for reason in line.reasons[:1])


def of_lines(remittance: RemittanceFacts, numbers: Iterable[int]) -> RemittanceFacts:
    """The remittance with these lines only, and what it says of the claim as a whole."""
    wanted = frozenset(numbers)
    return replace(remittance, lines=tuple(line for line in remittance.lines if line.line in wanted))


def _carcs(remittance: RemittanceFacts) -> tuple[str, ...]:
    own = [adjustment.carc for adjustment in remittance.adjustments]
    return tuple(dict.fromkeys(own + [a.carc for line in remittance.lines for a in line.adjustments]))


def _remarks(remittance: RemittanceFacts) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys([*remittance.remark_codes, *(r for line in remittance.lines for r in line.remark_codes)])
    )
