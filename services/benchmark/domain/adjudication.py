"""What kind of answer the payer gave for a line: denied is not underpaid, nor is bundled, nor in-network.

What each CARC does to the money is in `shared/adjustments.py`.
"""

from __future__ import annotations

from typing import Literal

from shared.adjustments import is_bundled, is_duplicate, line_allowed, line_share, refused_amount, side_of
from shared.events.claims import RemittanceLine
from shared.money import total

Kind = Literal["paid", "denied", "bundled", "duplicate", "patient_responsibility", "in_network", "no_charge"]

IN_NETWORK_REMARKS = frozenset({"N381"})
"""Remarks that point to a contract between payer and provider. CARC 45 alone is no such signal: payers use it out of
network."""
DENIAL_STATUS = "4"


def kind_of(line: RemittanceLine, claim_status: str) -> Kind:
    """Tell the kinds of answer apart, by CARC first and money second.

    A line that reports a service (99024, Category II codes) without a charge has nothing to deny.
    """
    if not line.paid:
        if not line.charge:
            return "no_charge"
        sides = {side_of(adjustment.carc) for adjustment in line.adjustments}
        if "duplicate" in sides and is_duplicate(line):
            return "duplicate"
        if is_bundled(line):
            return "bundled"
        if "contract" in sides:
            return "in_network"
        if claim_status == DENIAL_STATUS:
            return "denied"
        refused = refused_amount(line)
        explained = total([a.amount for a in line.adjustments]) - refused
        if refused > 0 and refused >= line.charge - explained:
            return "denied"
        if not line_share(line) and not line_allowed(line) and "earlier" not in sides:
            return "denied"
    if line.remark_codes and not IN_NETWORK_REMARKS.isdisjoint(line.remark_codes):
        return "in_network"
    if not line.paid and line_share(line):
        return "patient_responsibility"
    return "paid"
