"""Exact money.

Amounts are `decimal.Decimal` in US dollars with at most two decimals on every boundary (events, HTTP,
SQL `numeric`), never floats. Intermediate products may carry more digits; `cents` rounds them once, at the
end, half up, as payers' remittances and CMS's published fee schedules do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

Money = Decimal
ZERO = Decimal("0.00")
_CENT = Decimal("0.01")
_LIMIT = Decimal(100_000_000_000)


def cents(amount: Decimal) -> Decimal:
    """The amount in dollars rounded half up to whole cents."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def require_dollars(amount: Decimal) -> None:
    """Raise `ValueError` unless `amount` is a sum of money that somebody outside may name.

    That is zero or more dollars in whole cents, below a hundred billion. JSON strings such as `NaN`, `Infinity` or
    `1E+99` decode to decimals too, and would poison every sum they enter.
    """
    if not amount.is_finite():
        raise ValueError("an amount must be a finite number of dollars")
    if not ZERO <= amount < _LIMIT:
        raise ValueError("an amount must be from 0 to below 100000000000 dollars")
    if amount != amount.quantize(_CENT):
        raise ValueError("an amount must be in whole cents")


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of amounts in dollars; `0.00` for none."""
    return sum(amounts, ZERO)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` dollars over the weights, exactly; odd cents go to the largest remainders, the first of equal ones."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO] * len(weights)
    exact = [amount * weight / whole for weight in weights]
    shares = [share.quantize(_CENT, ROUND_FLOOR) for share in exact]
    odd = int((amount - sum(shares, ZERO)) / _CENT)
    for at in sorted(range(len(shares)), key=lambda n: (shares[n] - exact[n], n))[:odd]:
        shares[at] += _CENT
    return shares
