"""Look-ups over tables in compact form: a row is made when it is first asked for, a ZIP code is found in its range.

A year of the fee schedule has 9,000 rows a quarter and the country 43,000 ZIP codes, of which a run asks for few.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, overload

from services.benchmark.domain.fee_schedule import RelativeValues

D = TypeVar("D")
_DIGITS = 5


class Rows(Mapping[str, RelativeValues]):
    """Relative values by `code` or `code-modifier`.

    Args:
        at: The number of each key's row.
        row: Makes a row by key and number.
        made: Rows by number as they were made, which releases of a year share.
    """

    __slots__ = ("_at", "_made", "_row")

    def __init__(
        self, at: dict[str, int], row: Callable[[str, int], RelativeValues], made: dict[int, RelativeValues]
    ) -> None:
        self._at = at
        self._row = row
        self._made = made

    def __getitem__(self, key: str) -> RelativeValues:
        number = self._at[key]
        found = self._made.get(number)
        if found is None:
            found = self._made[number] = self._row(key, number)
        return found

    @overload
    def get(self, key: str, /) -> RelativeValues | None: ...
    @overload
    def get(self, key: str, /, default: RelativeValues | D) -> RelativeValues | D: ...
    def get(self, key: str, /, default: RelativeValues | D | None = None) -> RelativeValues | D | None:
        """A key's row, or the default."""
        return self[key] if key in self._at else default

    def __contains__(self, key: object) -> bool:
        return key in self._at

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)


class ZipRanges(Mapping[str, str]):
    """What holds for ranges of ZIP codes of five digits, such as their locality.

    Args:
        first: The first ZIP code of each range, as a number, ascending.
        last: The last of each.
        of: The number in `names` of what holds for each.
        names: What holds.
    """

    __slots__ = ("_first", "_last", "_of", "names")

    def __init__(self, first: list[int], last: list[int], of: list[int], names: list[str]) -> None:
        self._first = first
        self._last = last
        self._of = of
        self.names = names

    def _at(self, key: object) -> int:
        """The number of a ZIP code's range, below zero where it is in none."""
        if not isinstance(key, str) or len(key) != _DIGITS or not key.isdecimal():
            return -1
        number = int(key)
        at = bisect_right(self._first, number) - 1
        return at if at >= 0 and number <= self._last[at] else -1

    def __getitem__(self, key: str) -> str:
        at = self._at(key)
        if at < 0:
            raise KeyError(key)
        return self.names[self._of[at]]

    @overload
    def get(self, key: str, /) -> str | None: ...
    @overload
    def get(self, key: str, /, default: str | D) -> str | D: ...
    def get(self, key: str, /, default: str | D | None = None) -> str | D | None:
        """What holds for a ZIP code, or the default."""
        at = self._at(key)
        return self.names[self._of[at]] if at >= 0 else default

    def __contains__(self, key: object) -> bool:
        return self._at(key) >= 0

    def __iter__(self) -> Iterator[str]:
        for first, last in zip(self._first, self._last, strict=True):
            for number in range(first, last + 1):
                yield f"{number:05}"

    def __len__(self) -> int:
        return sum(self._last) - sum(self._first) + len(self._first)
