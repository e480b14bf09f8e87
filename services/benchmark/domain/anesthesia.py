"""Anesthesia: (base units + time units) × the locality's anesthesia conversion factor (42 CFR 414.46).

A time unit is 15 minutes, to one decimal. Medical direction pays half to each (QK, QX, QY); more than four concurrent
cases (AD) pay the physician three base units. CMS publishes the base units in a file of its own; without it nothing
is priced here.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from shared.money import cents

_HALF = Decimal("0.5")
_TENTH = Decimal("0.1")
_QUARTER_HOUR = Decimal(15)
_DIRECTED = frozenset({"QK", "QX", "QY"})
_SUPERVISED_BASE = Decimal(3)


def is_anesthesia(code: str) -> bool:
    """CPT 00100–01999."""
    return len(code) == 5 and "00100" <= code <= "01999"


def time_units(quantity: Decimal, unit_type: str) -> Decimal:
    """Units of 15 minutes, to one decimal, from what was billed: minutes (MJ) or units already (UN)."""
    if unit_type == "MJ":
        return (quantity / _QUARTER_HOUR).quantize(_TENTH, rounding=ROUND_HALF_UP)
    return quantity


def price(
    base: Decimal, time: Decimal, conversion_factor: Decimal, modifiers: Sequence[str]
) -> tuple[Decimal, tuple[str, ...]]:
    """The amount of one case in dollars, and how it comes about."""
    if "AD" in modifiers:
        return cents(_SUPERVISED_BASE * conversion_factor), ("supervision of more than four cases: three base units",)
    whole = (base + time) * conversion_factor
    told = f"{base} base + {time} time units"
    if _DIRECTED & set(modifiers):
        return cents(whole * _HALF), (told, "medical direction at 50 %")
    return cents(whole), (told,)
