"""What the patient lawfully owes, and what nobody may bill.

In network or under the No Surprises Act a patient owes deductible, coinsurance and copay, nothing else (42 USC
300gg-111(a)(1)(C), 300gg-131). Under the Act they are computed on the recognized amount, mostly the lesser of the QPA
and the billed charge (300gg-111(a)(3)(H)); a settlement or an IDR award never changes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from shared.events.claims import Adjustment, RemittanceFacts, RemittanceLine
from shared.money import ZERO, cents, total

COST_SHARE = frozenset({"1", "2", "3", "66"})
"""CARCs of cost sharing: deductible, coinsurance, copay, blood deductible. Their wording is X12's."""
COINSURANCE_BASE = "coinsurance-base"
_COINSURANCE = "2"
_FIVE_PERCENT = Decimal("0.05")


class Finding(msgspec.Struct, frozen=True):
    """One thing wrong with what the payer puts on the patient: dollars that may not be billed, on `line` (0: claim)."""

    rule: str
    line: int
    amount: Decimal
    says: str


def cost_share(remittance: RemittanceFacts) -> Decimal:
    """Dollars of cost sharing in one claim payment (negative in a reversal, as sent).

    A payment without any PR adjustment is taken at its word (CLP05).
    """
    stated = [a for a in _all_adjustments(remittance) if a.group == "PR"]
    if not stated:
        return remittance.patient_responsibility
    return total(a.amount for a in stated if a.carc in COST_SHARE)


def line_allowed(line: RemittanceLine) -> Decimal:
    """The allowed amount of a line: as sent, else paid plus the patient's cost share."""
    if line.allowed is not None:
        return line.allowed
    return line.paid + total(a.amount for a in line.adjustments if a.group == "PR" and a.carc in COST_SHARE)


def balance_billing(remittance: RemittanceFacts) -> tuple[Finding, ...]:
    """What this payment, under the No Surprises Act, puts on the patient beyond the lawful cost share.

    Two rules: any PR amount that is no cost sharing; coinsurance that fits a round rate (a multiple of 5 %) of the
    allowed amount instead of the lower recognized amount, where the payer disclosed the QPA.
    """
    found = [
        Finding("pr-not-cost-share", 0, a.amount, f"PR with CARC {a.carc} is no cost sharing")
        for a in remittance.adjustments
        if a.group == "PR" and a.carc not in COST_SHARE and a.amount > 0
    ]
    for line in remittance.lines:
        found += [
            Finding("pr-not-cost-share", line.line, a.amount, f"PR with CARC {a.carc} is no cost sharing")
            for a in line.adjustments
            if a.group == "PR" and a.carc not in COST_SHARE and a.amount > 0
        ]
        excess = _coinsurance_excess(line)
        if excess > 0:
            found.append(
                Finding(COINSURANCE_BASE, line.line, excess, "coinsurance was taken on more than the recognized amount")
            )
    return tuple(found)


def recognized_amount(line: RemittanceLine) -> Decimal | None:
    """The lesser of QPA and charge where the payer disclosed the QPA; None where it did not."""
    return None if line.qpa is None else min(line.qpa, line.charge)


def lawful_share(remittance: RemittanceFacts) -> Decimal:
    """The cost share recomputed on the recognized amount: what may be billed, dollars for the whole claim payment."""
    return cost_share(remittance) - total(max(_coinsurance_excess(line), ZERO) for line in remittance.lines)


def _coinsurance_excess(line: RemittanceLine) -> Decimal:
    base, allowed = recognized_amount(line), line_allowed(line)
    stated = total(a.amount for a in line.adjustments if a.group == "PR" and a.carc == _COINSURANCE)
    other = total(a.amount for a in line.adjustments if a.group == "PR" and a.carc in COST_SHARE - {_COINSURANCE})
    if base is None or stated <= 0 or allowed - other <= 0 or base >= allowed:
        return ZERO
    rate = (stated / (allowed - other)).quantize(Decimal("0.0001"))
    right = cents(rate * max(base - other, ZERO))
    plausible = rate % _FIVE_PERCENT == 0 and cents(rate * (allowed - other)) == stated
    return max(stated - right, ZERO) if plausible else ZERO


def _all_adjustments(remittance: RemittanceFacts) -> Iterable[Adjustment]:
    yield from remittance.adjustments
    for line in remittance.lines:
        yield from line.adjustments
