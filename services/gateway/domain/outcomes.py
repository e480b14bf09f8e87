"""What claims came to, with how sure one can be of it: shares with intervals, distributions with their quantiles.

A pursuit counts once it has ended; what is still open has neither won nor lost. Money is dollars, to the cent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from shared.intervals import Z90, wilson

QUANTILES = (
    0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.475, 0.49, 0.5, 0.51, 0.525, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8,
    0.85, 0.9, 0.95,
)  # fmt: skip
"""The quantiles that a distribution is computed at; close around the median, whose interval is taken from them."""


class Share(msgspec.Struct, frozen=True):
    """`part` of `whole`, with the 90 % interval (Wilson) of the share that such claims have in the long run."""

    part: int
    whole: int
    value: Decimal
    low: Decimal
    high: Decimal


class Bin(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Claims from `from` (inclusive) to `to` (exclusive); null where the bin is open to that side."""

    from_: Decimal | None
    to: Decimal | None
    claims: int


class Spread(msgspec.Struct, frozen=True):
    """A distribution over `n` claims: quantiles that are values of claims, and a histogram.

    `median_low` to `median_high` holds the median of such claims with a chance of 90 % at least; null where there are
    too few claims to say.
    """

    n: int
    p10: Decimal
    p25: Decimal
    median: Decimal
    p75: Decimal
    p90: Decimal
    median_low: Decimal | None
    median_high: Decimal | None
    bins: list[Bin]


class Outcome(msgspec.Struct, frozen=True):
    """Claims that share a value (`key`, shown as `name`): what payers paid, what was pursued, what that brought.

    `underpaid_share` is of the claims `judged`; `won_share` and `recovery_rate` (`recovered` / `shortfall`, both of
    pursuits that ended) say how pursuits end. `uplift` is dollars recovered on each, `uplift_ratio` the same as a
    share of its first payment, for those that were paid something; `days_to_cash` from the day that the short payment
    or denial was received to the day of the payment that was won.
    """

    key: str
    name: str
    claims: int
    judged: int
    underpaid: int
    denied: int
    pursued: int
    ended: int
    won: int
    billed: Decimal
    paid_at_first: Decimal
    paid: Decimal
    shortfall: Decimal
    recovered: Decimal
    costs: Decimal
    underpaid_share: Share | None
    won_share: Share | None
    recovery_rate: Decimal | None
    uplift: Spread | None
    uplift_ratio: Spread | None
    days_to_cash: Spread | None


def share(part: int, whole: int) -> Share | None:
    """The share and its Wilson score interval; None of nothing."""
    if not whole:
        return None
    low, high = wilson(part, whole)
    return Share(part, whole, ratio(part, whole), low, high)


def ratio(part: Decimal | int, whole: Decimal | int) -> Decimal:
    """Four decimals; 0 of nothing."""
    return (Decimal(part) / whole).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) if whole else Decimal("0.0000")


def spread(n: int, values: Sequence[Decimal] | None, edges: Sequence[Decimal], counts: Sequence[int]) -> Spread | None:
    """A distribution from its values at `QUANTILES` and the claims below, between and above `edges`."""
    if not n or values is None:
        return None
    at = dict(zip(QUANTILES, values, strict=True))
    low, high = median_interval(n)
    bounds = [None, *edges, None]
    return Spread(
        n=n,
        p10=at[0.1],
        p25=at[0.25],
        median=at[0.5],
        p75=at[0.75],
        p90=at[0.9],
        median_low=None if low is None else at[low],
        median_high=None if high is None else at[high],
        bins=[Bin(bounds[i], bounds[i + 1], count) for i, count in enumerate(counts)],
    )


def median_interval(n: int) -> tuple[float | None, float | None]:
    """Return the quantiles between which the median lies with a chance of 90 % at least.

    How many of n claims lie below it is binomial, taken as normal with half a claim to spare, and the ranks are rounded
    outwards.
    """
    reach = Z90 * 0.5 / math.sqrt(n) + 0.5 / n
    low = max((q for q in QUANTILES if q <= 0.5 - reach), default=None)
    high = min((q for q in QUANTILES if q >= 0.5 + reach), default=None)
    return low, high
