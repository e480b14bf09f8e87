"""What the No Surprises Act lets of the patient's stated share stand (42 USC 300gg-111, 300gg-131).

In network or under the Act a patient owes deductible, coinsurance and copay, nothing else (300gg-111(a)(1)(C)). They
are computed on the recognized amount, mostly the lesser of the QPA and the billed charge (300gg-111(a)(3)(H)).
"""

from __future__ import annotations

from decimal import Decimal

from shared.adjustments import COINSURANCE, PAID_TO_PATIENT, is_cost_share, line_allowed, line_share, of_all_levels
from shared.events.claims import Adjustment, RemittanceFacts, RemittanceLine
from shared.money import ZERO, cents, total

_FIVE_PERCENT = Decimal("0.05")


def is_beyond(adjustment: Adjustment) -> bool:
    """Return True if it puts on the patient what is not cost sharing: a balance, or care that is not covered.

    The plan's own payment, sent to the patient, is not a bill to them.
    """
    cost = is_cost_share(adjustment) or adjustment.carc == PAID_TO_PATIENT
    return adjustment.group == "PR" and not cost and adjustment.amount > 0


def beyond(remittance: RemittanceFacts) -> Decimal:
    """Dollars that the payment puts on the patient and that are no cost sharing."""
    return total(a.amount for a in of_all_levels(remittance) if is_beyond(a))


def recognized_amount(line: RemittanceLine) -> Decimal | None:
    """The lesser of QPA and charge where the payer disclosed the QPA; None where it did not."""
    return None if line.qpa is None else min(line.qpa, line.charge)


def excess(remittance: RemittanceFacts) -> Decimal:
    """Dollars of coinsurance that were taken on more than the recognized amounts."""
    return total(line_excess(line) for line in remittance.lines)


def line_excess(line: RemittanceLine) -> Decimal:
    """Coinsurance that fits a round rate (a multiple of 5 %) of the allowed amount instead of the lower recognized one.

    Known only where the payer disclosed the QPA, which it does for what the Act covers.
    """
    base, allowed = recognized_amount(line), line_allowed(line)
    stated = total(a.amount for a in line.adjustments if is_cost_share(a) and a.carc == COINSURANCE)
    other = line_share(line) - stated
    if base is None or stated <= 0 or allowed <= other or base >= allowed:
        return ZERO
    rate = (stated / (allowed - other)).quantize(Decimal("0.0001"))
    if rate % _FIVE_PERCENT or cents(rate * (allowed - other)) != stated:
        return ZERO
    return max(stated - cents(rate * max(base - other, ZERO)), ZERO)
