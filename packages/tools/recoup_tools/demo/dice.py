"""Repeatable draws: every number depends on its key alone, on any machine and any Python.

SplitMix64 (Steele, Lea, Flood 2014) over a BLAKE2b digest of the key. The standard library's `random` promises
the same sequence for `random()` only; this promises it for every draw, in integers, so that no float touches money.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_TEN_THOUSANDTH = Decimal("0.0001")


class Dice:
    """A stream of draws for one key; two of the same key give the same stream."""

    __slots__ = ("_state",)

    def __init__(self, *key: object) -> None:
        text = "\x1f".join(map(str, key)).encode()
        self._state = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` − 1. The bias is under bound / 2⁶⁴."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((mixed ^ (mixed >> 31)) * bound) >> 64

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, per_mille: int) -> bool:
        """True in `per_mille` of 1,000 draws."""
        return self.below(1000) < per_mille

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, each as likely."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[T, int]]) -> T:
        """One of the items, as likely as its weight; an item of weight 0 is never drawn."""
        left = self.below(sum(weight for _, weight in items))
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        raise AssertionError("weights must be whole numbers of at least 0, not all 0")

    def ratio(self, low: Decimal, high: Decimal) -> Decimal:
        """A decimal from `low` to `high` in steps of 0.0001."""
        steps = int((high - low) / _TEN_THOUSANDTH)
        return low + self.between(0, steps) * _TEN_THOUSANDTH
