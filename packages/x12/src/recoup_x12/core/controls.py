"""Control numbers that were used, to tell one that repeats."""

from __future__ import annotations

from bisect import bisect_right

_CAP = 100_000


class Controls:
    """A set of control numbers. Those that count upwards, as nearly all do, are kept as runs and take no room.

    Of others at most `cap` are remembered: that one repeats is not seen any more then.
    """

    def __init__(self, cap: int = _CAP) -> None:
        self._cap = cap
        self._firsts: list[tuple[int, int]] = []  # (number of digits, first number), ascending
        self._lasts: dict[tuple[int, int], int] = {}
        self._current: tuple[int, int] | None = None
        self._others: set[str] = set()

    @property
    def size(self) -> int:
        """How many things are remembered."""
        return len(self._firsts) + len(self._others)

    def __contains__(self, control: str) -> bool:
        if control in self._others:
            return True
        number = _number(control)
        if number is None:
            return False
        key = (len(control), number)
        at = bisect_right(self._firsts, key)
        if not at:
            return False
        first = self._firsts[at - 1]
        return first[0] == key[0] and number <= self._lasts[first]

    def add(self, control: str) -> None:
        """Remember one."""
        if control in self:
            return
        number = _number(control)
        current = self._current
        if current is not None and current[0] == len(control) and self._lasts[current] + 1 == number:
            self._lasts[current] += 1
            return
        if self.size >= self._cap:
            return
        if number is None:
            self._others.add(control)
            return
        self._current = key = (len(control), number)
        self._firsts.insert(bisect_right(self._firsts, key), key)
        self._lasts[key] = number


class PartnersControls:
    """The numbers (ISA13) that each sender gave to interchanges for each receiver: others number theirs alike.

    Of at most `most` pairs they are remembered.
    """

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._of: dict[tuple[str, ...], Controls] = {}

    def of(self, partners: tuple[str, ...]) -> Controls:
        """Those of a sender and a receiver, named by ISA05 to ISA08."""
        if partners in self._of or len(self._of) < self._most:
            return self._of.setdefault(partners, Controls())
        return Controls()


def _number(control: str) -> int | None:
    return int(control) if control.isascii() and control.isdecimal() and len(control) < 19 else None
