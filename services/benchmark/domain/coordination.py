"""Claims that other payers paid before: the verdict is about what this payer still owes.

Who pays second or third owes what is left of the fair amount at most, and by the plans' rules on coordination of
benefits often less. Nothing is underpaid since another paid; what cannot be told from the amounts is for a person.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from services.benchmark.domain.policy import Policy
from shared.events.assessment import AssessedLine
from shared.events.claims import ClaimFacts
from shared.money import ZERO, cents, total

_FIRST = ("", "P")


def is_coordinated(claim: ClaimFacts) -> bool:
    """Return True if the claim was sent to its payer as a later one, or others paid of it before."""
    return claim.payer_sequence not in _FIRST or any(other.paid for other in claim.other_payments)


def coordinated(claim: ClaimFacts, lines: tuple[AssessedLine, ...], policy: Policy) -> tuple[AssessedLine, ...]:
    """The lines as they are once what others paid is counted in.

    Short lines are fair where all payers together reach the policy's share of the fair target, else a person must look.
    A denied line is in dispute for what others left of its fair amount.
    """
    others = total(other.paid for other in claim.other_payments)
    priced = [line for line in lines if line.target is not None and line.verdict in ("underpaid", "paid_fairly")]
    reached = total(max(line.allowed, line.paid + line.patient_share) for line in priced)
    wanted = total(line.target or ZERO for line in priced)
    spare = max(reached + others - wanted, ZERO)  # of what others paid, left for what this payer denied
    enough = reached + others >= cents(policy.threshold * wanted)
    reason = f"${others} was paid by others before" if claim.other_payments else "what others paid is not known"
    found: list[AssessedLine] = []
    for line in lines:
        if line.verdict == "underpaid":
            found.append(_short(line, enough, reason))
        elif line.verdict == "denied":
            rest, spare = _less(line, spare)
            found.append(rest if rest.verdict == "denied" else replace(rest, reasons=(reason, *rest.reasons)))
        else:
            found.append(line)
    return tuple(found)


def _short(line: AssessedLine, enough: bool, coordination: str) -> AssessedLine:
    if enough:
        return replace(
            line,
            verdict="paid_fairly",
            weak_evidence=False,
            reasons=(f"{coordination}: together it is fair", *line.reasons),
        )
    reason = f"{coordination}: what this payer owes is for the coordination of benefits, and a person must look"
    return replace(line, verdict="unjudged", weak_evidence=False, reasons=(reason, *line.reasons))


def _less(line: AssessedLine, spare: Decimal) -> tuple[AssessedLine, Decimal]:
    """A denied line with its fair amount less what others paid, and what of that is left for the next line."""
    _, target, _ = line.fair
    left = target - min(spare, target)
    if left <= 0:
        return replace(line, verdict="paid_fairly", floor=None, target=ZERO, stretch=None), spare - target
    return replace(line, floor=left, target=left, stretch=left), ZERO
