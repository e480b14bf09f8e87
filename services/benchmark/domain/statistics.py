"""Percentiles of what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from shared.money import cents

PERCENTS = (5, 10, 25, 50, 60, 70, 75, 80, 85, 90, 95)
"""What a computed table holds."""


def percentiles(amounts: Sequence[Decimal], percents: Sequence[int] = PERCENTS) -> tuple[Decimal, ...]:
    """Percentiles in dollars by linear interpolation between the order statistics; `ValueError` for no amounts."""
    ordered = sorted(amounts)
    if not ordered:
        raise ValueError("no observations")
    found: list[Decimal] = []
    for percent in percents:
        place = Decimal(percent) * (len(ordered) - 1) / 100
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        found.append(cents(ordered[low] + (ordered[high] - ordered[low]) * (place - low)))
    return tuple(found)


def weighted_percentiles(
    observations: Sequence[tuple[Decimal, Decimal]], percents: Sequence[int] = PERCENTS
) -> tuple[Decimal, ...]:
    """Percentiles of (amount, weight) pairs: the least amount at or below which that share of the weight lies."""
    ordered = sorted(observations)
    whole = sum((weight for _, weight in ordered), Decimal(0))
    if not whole:
        raise ValueError("no observations")
    found: list[Decimal] = []
    reached, place = Decimal(0), -1
    for percent in sorted(percents):
        while place < 0 or (reached * 100 < whole * percent and place + 1 < len(ordered)):
            place += 1
            reached += ordered[place][1]
        found.append(cents(ordered[place][0]))
    return tuple(found)


def median(amounts: Sequence[Decimal]) -> Decimal:
    """The median; of an even count, the mean of the middle two (45 CFR 149.140(b)(1)(i)), to the cent."""
    ordered = sorted(amounts)
    middle = len(ordered) // 2
    if not ordered:
        raise ValueError("no observations")
    if len(ordered) % 2:
        return cents(ordered[middle])
    return cents((ordered[middle - 1] + ordered[middle]) / 2)
