"""What kind of answer the payer gave for a line: denied is not underpaid, nor is bundled, nor in-network.

CARC meanings are paraphrased; the official wording is X12's.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from shared.events.claims import RemittanceLine
from shared.money import ZERO

Kind = Literal["paid", "denied", "bundled", "duplicate", "patient_responsibility", "in_network"]

BUNDLED = frozenset({"59", "97", "231", "234", "236"})
DUPLICATE = frozenset({"18"})
PRICING = frozenset({"45", "42", "94", "131", "144", "253", "237", "P12"})
"""CARCs that price a line rather than refuse it."""
COST_SHARE = frozenset({"1", "2", "3", "66", "100", "241"})
IN_NETWORK_REMARKS = frozenset({"N381"})
"""Remarks that point to a contract between payer and provider."""
IN_NETWORK_CARCS = frozenset({"24"})
"""Covered by a capitation or managed-care agreement. CARC 45 alone is no such signal: payers use it out of network."""
DENIAL_STATUS = frozenset({"4", "23"})


def kind_of(line: RemittanceLine, claim_status: str) -> Kind:
    """Tell the kinds apart, by CARC first and money second."""
    if not line.paid:
        carcs = {adjustment.carc for adjustment in line.adjustments}
        if carcs & DUPLICATE:
            return "duplicate"
        if carcs & BUNDLED:
            return "bundled"
        if carcs & IN_NETWORK_CARCS:
            return "in_network"
        refused = sum((a.amount for a in line.adjustments if a.carc not in PRICING and a.carc not in COST_SHARE), ZERO)
        if claim_status in DENIAL_STATUS or (refused > 0 and refused >= line.charge - _cut(line)):
            return "denied"
        if not patient_share(line) and not allowed_of(line):
            return "denied"
    if line.remark_codes and not IN_NETWORK_REMARKS.isdisjoint(line.remark_codes):
        return "in_network"
    if not line.paid and patient_share(line):
        return "patient_responsibility"
    return "paid"


def _cut(line: RemittanceLine) -> Decimal:
    return sum((a.amount for a in line.adjustments if a.carc in PRICING or a.carc in COST_SHARE), ZERO)


def patient_share(line: RemittanceLine) -> Decimal:
    """What the payer left to the patient: the PR adjustments, in dollars."""
    share = ZERO
    for adjustment in line.adjustments:
        if adjustment.group == "PR" and adjustment.carc in COST_SHARE:
            share += adjustment.amount
    return share


def allowed_of(line: RemittanceLine) -> Decimal:
    """The allowed amount: as stated, else what was paid and left to the patient."""
    return line.allowed if line.allowed is not None else line.paid + patient_share(line)
