"""Statistics that several services show figures with."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

Z90 = 1.645
"""Standard deviations on either side that hold 90 % of a normal distribution."""


def wilson(part: int, whole: int) -> tuple[Decimal, Decimal]:
    """The 90 % score interval (Wilson 1927) of a share counted as `part` of `whole`, to four decimals; `whole` > 0."""
    p, z2 = part / whole, Z90**2
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    reach = Z90 * math.sqrt(p * (1 - p) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    return four(max(middle - reach, 0.0)), four(min(middle + reach, 1.0))


def four(value: float) -> Decimal:
    """Four decimals: the same on every machine, whatever the last bit of its mathematics library."""
    return Decimal(repr(value)).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
