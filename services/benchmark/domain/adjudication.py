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
ACT_REMARKS = frozenset({"N859", "N860", "N862", "N869", "N870"})
"""Remarks by which the payer says that the No Surprises Act set the cost share (CMS's RARC guidance for the Act)."""
DENIAL_STATUS = "4"


def owes_beside_share(line: RemittanceLine, remark_codes: tuple[str, ...]) -> bool:
    """Return True if the payer owes for a line though all that it allowed is the patient's share.

    Under the No Surprises Act it pays what the out-of-network rate exceeds the cost share by, whether or not the
    deductible is met (42 USC 300gg-111(a)(1)(C)(iv)(II), (b)(1)(D); 26 USC 223(c)(2)(F)). That the Act set the share is
    the payer's own word: a QPA disclosed for the line (45 CFR 149.140(d)(1)), or a remark, also of the whole claim.
    """
    disclosed = line.qpa is not None and line.qpa > 0
    return disclosed or not ACT_REMARKS.isdisjoint((*line.remark_codes, *remark_codes))


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
