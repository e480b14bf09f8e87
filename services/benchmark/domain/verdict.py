"""The verdict on a claim from its assessed lines, and whether a shortfall is worth its pursuit (`_weigh`)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from services.benchmark.domain.policy import Policy
from shared.adjustments import claim_allowed, cost_share
from shared.events.assessment import AssessedLine, Verdict
from shared.events.claims import RemittanceFacts
from shared.money import ZERO, cents


class Assessment(msgspec.Struct, frozen=True):
    """The verdict on one remittance, with the sums of its underpaid lines. Dollars."""

    specialty: str
    verdict: Verdict
    lines: tuple[AssessedLine, ...]
    allowed: Decimal
    paid: Decimal
    patient_share: Decimal
    disputed_allowed: Decimal = ZERO
    floor: Decimal = ZERO
    target: Decimal = ZERO
    stretch: Decimal = ZERO
    expected_net: Decimal = ZERO
    confidence: int = 0
    reasons: tuple[str, ...] = ()


def judge(specialty: str, remittance: RemittanceFacts, lines: tuple[AssessedLine, ...], policy: Policy) -> Assessment:
    """The verdict on the claim from its lines."""
    charged = unknown = ZERO
    low: list[AssessedLine] = []
    for line in lines:
        charged += line.charge
        if line.verdict == "underpaid":
            low.append(line)
        elif line.verdict == "unjudged":
            unknown += line.charge

    def result(verdict: Verdict, *reasons: str, **sums: Decimal | int) -> Assessment:
        return Assessment(
            specialty,
            verdict,
            lines,
            claim_allowed(remittance),
            remittance.paid,
            cost_share(remittance),
            reasons=reasons,
            **sums,  # pyright: ignore[reportArgumentType]
        )

    if not lines:
        return result("unjudged", "the remittance has no lines, and a claim-level payment cannot be compared")
    if low:
        return _weigh(result, low, policy)
    denied = [line for line in lines if line.verdict == "denied"]
    if denied and all(line.verdict in ("denied", "bundled", "duplicate") for line in lines):
        target = sum((line.charge if line.target is None else line.target for line in denied), ZERO)
        return result("denied", f"{len(denied)} of {len(lines)} lines denied", target=target)
    if unknown and unknown > charged * policy.unjudged_share:
        told = dict.fromkeys(reason for line in lines if line.verdict == "unjudged" for reason in line.reasons)
        return result("unjudged", "cannot judge: most of the charge has no benchmark", *told)
    kinds = dict.fromkeys(line.verdict for line in lines)
    return result("paid_fairly", f"no line is underpaid ({', '.join(kinds)})")


def _weigh(result: Callable[..., Assessment], low: list[AssessedLine], policy: Policy) -> Assessment:
    """Whether the shortfall is worth its pursuit."""
    disputed = floor = target = stretch = ZERO
    for line in low:
        disputed += line.allowed
        floor += line.floor or ZERO
        target += line.target or ZERO
        stretch += line.stretch or ZERO
    shortfall = target - disputed
    net = cents(shortfall * policy.chance) - policy.cost_of_pursuit
    sums = {
        "disputed_allowed": disputed,
        "floor": floor,
        "target": target,
        "stretch": stretch,
        "expected_net": net,
        "confidence": min([line.confidence for line in low]),
    }
    count = f"{len(low)} line{'s are' if len(low) > 1 else ' is'}"
    told = f"{count} ${shortfall} short of the fair target of ${target}"
    if net < policy.minimum_net:
        reason = f"pursuit would be expected to bring ${net} after its cost: below ${policy.minimum_net}"
        short = result("paid_fairly", told, reason, **sums)
        lines = [_not_worth_it(line) if line.verdict == "underpaid" else line for line in short.lines]
        return msgspec.structs.replace(short, lines=tuple(lines))
    return result("underpaid", told, f"pursuit is expected to bring ${net} after its cost", **sums)


def _not_worth_it(line: AssessedLine) -> AssessedLine:
    return msgspec.structs.replace(line, verdict="below_threshold")
