"""What modifiers and company do to a fee schedule amount (Medicare Claims Processing Manual, ch. 12, §§ 20.4, 40).

Bilateral surgery 150 % where the indicator allows it; the second and later multiple procedures of a claim 50 %;
assistant at surgery 16 % (a physician), 13.6 % (a non-physician); co-surgeons 62.5 % each.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from services.benchmark.domain.fee_schedule import RelativeValues

_BILATERAL = Decimal("1.5")
_ASSISTANT = Decimal("0.16")
_ASSISTANT_NON_PHYSICIAN = Decimal("0.136")
_CO_SURGEON = Decimal("0.625")
_LATER_PROCEDURE = Decimal("0.5")
_ONE = Decimal(1)
COMPONENTS = ("26", "TC", "53")
SURGICAL_REDUCTION = frozenset("23")
"""Multiple-procedure indicators whose later lines are reduced by half (3: endoscopies, whose family rule is not
modelled; half is the cautious side)."""


def component_of(modifiers: Sequence[str]) -> str:
    """The modifier that selects another row of the schedule, or an empty string."""
    return next((modifier for modifier in modifiers if modifier in COMPONENTS), "")


def factor_of(values: RelativeValues, modifiers: Sequence[str]) -> tuple[Decimal, str]:
    """What the modifiers multiply the amount by, and the reason in words ("" for nothing)."""
    if "50" in modifiers and values.bilateral == "1":
        return _BILATERAL, "bilateral procedure at 150 %"
    if any(m in modifiers for m in ("80", "81", "82")) and values.assistant != "9":
        return _ASSISTANT, "assistant at surgery at 16 %"
    if "AS" in modifiers and values.assistant != "9":
        return _ASSISTANT_NON_PHYSICIAN, "non-physician assistant at surgery at 13.6 %"
    if "62" in modifiers and values.co_surgeon in ("1", "2"):
        return _CO_SURGEON, "co-surgeon at 62.5 %"
    return _ONE, ""


def reductions(prices: Sequence[tuple[RelativeValues | None, Decimal]]) -> list[Decimal]:
    """The multiple-procedure factor of each line of a claim: the dearest in full, the others that it covers at half."""
    ranked = sorted(
        (i for i, (values, _) in enumerate(prices) if values is not None and values.multiple in SURGICAL_REDUCTION),
        key=lambda i: (-prices[i][1], i),
    )
    reduced = set(ranked[1:])
    return [_LATER_PROCEDURE if i in reduced else _ONE for i in range(len(prices))]
