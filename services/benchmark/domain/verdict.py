"""The verdict on a claim from its assessed lines, and whether a shortfall is worth its pursuit (`_weigh`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec

from services.benchmark.domain.policy import Policy
from shared.adjustments import claim_allowed, cost_share
from shared.events.assessment import AssessedLine, Verdict
from shared.events.claims import RemittanceFacts
from shared.money import ZERO, cents, total

_WEAK = "weak evidence: of no underpaid line an independent rate lies above what was allowed"


class Assessment(msgspec.Struct, frozen=True, gc=False):
    """The verdict on a claim, with the sums of its lines in dispute: those underpaid, and those denied. Dollars."""

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
    weak_evidence: bool = False


def judge(
    specialty: str,
    remittance: RemittanceFacts,
    lines: tuple[AssessedLine, ...],
    policy: Policy,
    packaged: Sequence[bool] = (),
) -> Assessment:
    """The verdict on the claim from its lines.

    Lines that Medicare pays with others (`packaged`, in the order of the lines) are judged with those: where any other
    line is charged, what is unknown of a claim is counted over the others.
    """
    low: list[AssessedLine] = []
    denied: list[AssessedLine] = []
    unknown: list[AssessedLine] = []
    for line in lines:
        verdict = line.verdict
        if verdict == "underpaid":
            low.append(line)
        elif verdict == "denied":
            denied.append(line)
        elif verdict == "unjudged":
            unknown.append(line)

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
    weighed = _weigh(result, low, denied, policy) if low else None
    if weighed is not None and weighed.verdict != "paid_fairly":
        return weighed
    if denied:
        return _denied(result, denied, len(lines))
    counted = _counted(lines, packaged)
    unknown = [line for line in counted if line.verdict == "unjudged"] if counted is not lines else unknown
    if unknown and (charge := _charge(unknown)) and charge > _charge(counted) * policy.unjudged_share:
        unknown_reasons = dict.fromkeys(reason for line in unknown for reason in line.reasons)
        found = result("unjudged", "cannot judge: most of the charge has no benchmark", *unknown_reasons)
        return found if weighed is None else msgspec.structs.replace(found, lines=weighed.lines)
    if weighed is not None:
        return weighed
    kinds = dict.fromkeys([line.verdict for line in lines])
    return result("paid_fairly", f"no line is underpaid ({', '.join(kinds)})")


def _counted(lines: tuple[AssessedLine, ...], packaged: Sequence[bool]) -> tuple[AssessedLine, ...]:
    """The lines without those that are paid with others; all of them where no other is charged."""
    if True not in packaged:
        return lines
    others = tuple([line for line, with_another in zip(lines, packaged, strict=True) if not with_another])
    return others if _charge(others) else lines


def _charge(lines: Iterable[AssessedLine]) -> Decimal:
    return total(line.charge for line in lines)


def fair_amounts(lines: Iterable[AssessedLine]) -> dict[str, Decimal]:
    """What lines in dispute are allowed together and ought to be, in dollars; without a benchmark the charge counts."""
    allowed = floor = target = stretch = ZERO
    for line in lines:
        low, middle, high = line.fair
        allowed, floor, target, stretch = allowed + line.allowed, floor + low, target + middle, stretch + high
    return {"disputed_allowed": allowed, "floor": floor, "target": target, "stretch": stretch}


def _denied(result: Callable[..., Assessment], denied: list[AssessedLine], count: int) -> Assessment:
    """A denial is disputed whatever it is worth, and also where other lines were paid: its right runs out by itself."""
    target = fair_amounts(denied)["target"]
    return result("denied", f"{len(denied)} of {count} lines denied", target=target)


def _weigh(
    result: Callable[..., Assessment], low: list[AssessedLine], denied: list[AssessedLine], policy: Policy
) -> Assessment:
    """True if the shortfall is worth its pursuit; what was denied beside it is disputed with it, or by itself."""
    sums = fair_amounts(low)
    shortfall = sums["target"] - sums["disputed_allowed"]
    net = cents(shortfall * policy.chance) - policy.cost_of_pursuit
    count = f"{len(low)} line{'s are' if len(low) > 1 else ' is'}"
    summary = f"{count} ${shortfall!s} short of the fair target of ${sums['target']!s}"
    confidence = min([line.confidence for line in low])
    if net < policy.minimum_net:
        reason = f"pursuit would be expected to bring ${net!s} after its cost: below ${policy.minimum_net!s}"
        if denied:
            short = _denied(result, denied, 0)
            short = msgspec.structs.replace(short, reasons=(f"{len(denied)} of its lines denied", summary, reason))
        else:
            short = result("paid_fairly", summary, reason, **sums, expected_net=net, confidence=confidence)
        lines = [_not_worthwhile(line) if line.verdict == "underpaid" else line for line in short.lines]
        return msgspec.structs.replace(short, lines=tuple(lines))
    expected = (f"pursuit is expected to bring ${net!s} after its cost",)
    if denied:
        sums = fair_amounts([*low, *denied])
        expected = (*expected, f"{len(denied)} more line{'s were' if len(denied) > 1 else ' was'} denied")
    weak = all(line.weak_evidence for line in low)
    expected = (*expected, _WEAK) if weak else expected
    return result("underpaid", summary, *expected, **sums, expected_net=net, confidence=confidence, weak_evidence=weak)


def _not_worthwhile(line: AssessedLine) -> AssessedLine:
    return msgspec.structs.replace(line, verdict="below_threshold", weak_evidence=False)
