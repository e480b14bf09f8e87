"""A remittance that came on paper, as a person entered it: where it does not come out even, and by how much.

The rules are those of the 835 (TR3 1.10.2). A person can correct what they type at once, so a fault names its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from recoup_x12.codes import find
from recoup_x12.model import Adjustment, Payment, ProviderAdjustment, Remittance, Value

ORIGIN = "paper"
"""What a claim payment that was entered by hand is marked with."""
_REVERSAL = "22"


class Finding(Value, frozen=True):
    """What is wrong with an entry: in which field (claims and lines are counted from 1), and how to fix it.

    `off_by` dollars are too much there (negative: too little). A warning keeps nothing from being posted.
    """

    field: str
    message: str
    how_to_fix: str
    off_by: Decimal | None = None
    warning: bool = False


def findings(
    payment: Payment, remittances: Sequence[Remittance], adjustments: Sequence[ProviderAdjustment]
) -> list[Finding]:
    """All that does not come out even, of lines, claims and the payment; and codes that the lists do not have."""
    found: list[Finding] = []
    for number, remittance in enumerate(remittances, 1):
        found += _claim(f"claims[{number}]", remittance)
    paid = sum((one.paid for one in remittances), Decimal(0))
    withheld = sum((one.amount for one in adjustments), Decimal(0))
    off = payment.amount - (paid - withheld)
    if off:
        found.append(
            Finding("amount", "the payment is not the claims' payments less the provider adjustments",
                    "look for a missing claim, and for interest or money taken back at the end of the paper", off)
        )  # fmt: skip
    return found


def _claim(where: str, remittance: Remittance) -> Iterator[Finding]:
    yield from _codes(where, remittance.adjustments)
    for number, line in enumerate(remittance.lines, 1):
        at = f"{where}.lines[{number}]"
        yield from _codes(at, line.adjustments)
        off = line.paid - (line.charge - _sum(line.adjustments))
        if off:
            yield Finding(f"{at}.paid", "it is not the line's charge less its adjustments",
                          "look for an adjustment that is missing", off)  # fmt: skip
    lines = remittance.lines
    off = remittance.charge - sum((line.charge for line in lines), Decimal(0))
    if lines and off:
        yield Finding(f"{where}.charge", "it is not the sum of the lines' charges", "look for a missing line", off)
    off = remittance.paid - sum((line.paid for line in lines), Decimal(0)) + _sum(remittance.adjustments)
    if lines and off:
        yield Finding(f"{where}.paid", "it is not the sum of the lines' payments less the claim's own adjustments",
                      "look for a missing line, or an adjustment of the whole claim", off)  # fmt: skip
    off = remittance.paid - (remittance.charge - _sum(remittance.adjustments))
    if not lines and off:
        yield Finding(f"{where}.paid", "it is not the claim's charge less its adjustments",
                      "look for an adjustment that is missing", off)  # fmt: skip
    everything = (*remittance.adjustments, *(a for line in lines for a in line.adjustments))
    off = remittance.patient_responsibility - _sum([a for a in everything if a.group == "PR"])
    if off and remittance.status != _REVERSAL:
        yield Finding(f"{where}.patient_responsibility", "it is not the sum of the PR adjustments",
                      "give adjustments for the patient's part the group PR", off, warning=True)  # fmt: skip


def _codes(where: str, adjustments: Sequence[Adjustment]) -> Iterator[Finding]:
    known = find("carc")
    for number, one in enumerate(adjustments, 1):
        if known is not None and one.reason not in known:
            yield Finding(f"{where}.adjustments[{number}].reason", "no claim adjustment reason has this code",
                          "look whether it was misread", warning=True)  # fmt: skip


def _sum(adjustments: Sequence[Adjustment]) -> Decimal:
    return sum((one.amount for one in adjustments), Decimal(0))
