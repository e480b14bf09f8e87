"""Exact money.

Amounts are `decimal.Decimal` in US dollars with at most two decimals on every boundary (events, HTTP,
SQL `numeric`), never floats. Intermediate products may carry more digits; `cents` rounds them once, at the
end, half up, as payers' remittances and CMS's published fee schedules do.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

Money = Decimal
ZERO = Decimal("0.00")
_CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """The amount in dollars rounded half up to whole cents."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def parse_money(text: str) -> Decimal:
    """A decimal amount in dollars; raises `ValueError` for anything but a plain, finite decimal number."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError("not a decimal amount") from None
    if not amount.is_finite():
        raise ValueError("not a finite amount")
    return amount


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of amounts in dollars; `0.00` for none."""
    return sum(amounts, ZERO)
