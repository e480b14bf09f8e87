"""What the patient lawfully owes, and what nobody may bill: `shared/cost_sharing.py` as settlement's findings.

A settlement or an IDR award never changes the patient's share (42 USC 300gg-131).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from shared.adjustments import cost_share
from shared.cost_sharing import excess, is_beyond, line_excess
from shared.events.claims import Adjustment, RemittanceFacts

COINSURANCE_BASE = "coinsurance-base"


class Finding(msgspec.Struct, frozen=True):
    """One thing wrong with what the payer puts on the patient: dollars that may not be billed, on `line` (0: claim)."""

    rule: str
    line: int
    amount: Decimal
    says: str


def balance_billing(remittance: RemittanceFacts) -> tuple[Finding, ...]:
    """What this payment, under the No Surprises Act, puts on the patient beyond the lawful cost share.

    Two rules: any PR amount that is not cost sharing; coinsurance on more than the recognized amount.
    """
    found = list(_not_cost_share(remittance.adjustments, 0))
    for line in remittance.lines:
        found += _not_cost_share(line.adjustments, line.line)
        too_much = line_excess(line)
        if too_much > 0:
            message = "coinsurance was taken on more than the recognized amount"
            found.append(Finding(COINSURANCE_BASE, line.line, too_much, message))
    return tuple(found)


def lawful_share(remittance: RemittanceFacts) -> Decimal:
    """The cost share recomputed on the recognized amount: what may be billed, dollars for the whole claim payment."""
    return cost_share(remittance) - excess(remittance)


def _not_cost_share(adjustments: Iterable[Adjustment], line: int) -> list[Finding]:
    return [
        Finding("pr-not-cost-share", line, a.amount, f"PR with CARC {a.carc} is not cost sharing")
        for a in adjustments
        if is_beyond(a)
    ]
