"""What stands of a payment that the payer took back without a correction, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from shared.adjustments import line_share
from shared.events.assessment import AssessedLine
from shared.events.claims import RemittanceLine


class Remaining(msgspec.Struct, frozen=True):
    """A line of the remittance as it stands, and what of its payment and share was taken back since, in dollars."""

    line: RemittanceLine
    allowed: Decimal | None
    paid: Decimal
    payment_back: Decimal = Decimal(0)
    share_back: Decimal = Decimal(0)


def remaining_of(paid_lines: Sequence[RemittanceLine], left: Sequence[AssessedLine]) -> list[Remaining]:
    """What stands of each line as it was `paid_lines`: by what a verdict found `left` of some of them, by number."""
    now = {line.line: line for line in left}
    found: list[Remaining] = []
    for number, line in enumerate(paid_lines, 1):
        rest = now.get(line.line or number)
        if rest is None or rest.paid >= line.paid:
            found.append(Remaining(line, line.allowed, line.paid))
        else:
            share = line_share(line) - rest.patient_share
            found.append(Remaining(line, rest.allowed, rest.paid, line.paid - rest.paid, share))
    return found
