"""Parts that make up a sum: found only where one set alone does, and chance cannot have."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from math import comb
from typing import Protocol, TypeVar

MOST = 4
"""Most parts of a set that is searched for; a whole group may have more."""
POOL = 24
"""Most parts to choose from."""
ODDS = 1000
"""A sum must have so many cents for each set tried: then chance makes it up once in a thousand times at most."""


class Part(Protocol):
    """What can be added up."""

    @property
    def amount(self) -> Decimal:
        """Dollars."""
        ...


T = TypeVar("T", bound=Part)


def whole(pool: Sequence[T], wanted: Decimal, *, least: int = 1) -> list[T] | None:
    """All parts of a pool, where they are at least so many and make up `wanted` dollars."""
    if len(pool) < least or sum((p.amount for p in pool), Decimal(0)) != wanted:
        return None
    return list(pool) if _trusted(1, wanted) else None


def only(pool: Sequence[T], wanted: Decimal, *, least: int = 1) -> list[T] | None:
    """Return the one set of the pool, of `least` to four parts, that makes up `wanted` dollars.

    None where there is no such set, another one, or so much to choose from that it proves nothing.
    """
    if wanted <= 0 or not least <= len(pool) <= POOL:
        return None
    found: list[T] | None = None
    tried = 0
    for size in range(least, min(MOST, len(pool)) + 1):
        tried += comb(len(pool), size)
        for parts in combinations(pool, size):
            if sum((p.amount for p in parts), Decimal(0)) != wanted:
                continue
            if found is not None or not _trusted(tried, wanted):
                return None
            found = list(parts)
    return found


def _trusted(tried: int, wanted: Decimal) -> bool:
    return tried * ODDS <= abs(wanted) * 100
