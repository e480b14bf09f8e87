"""A practice of some size, made up: 24 months of claims with their answers, and what another system left open of them.

A month is an 837 and an 835: a fourth of its claims was denied, a fourth paid in full, half below the fair amount.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.e2e.payments import CHARGES, FULL, PAID, SERVED, Line, Pay, Set, claims, remittance

MONTHS = 24
_ANSWERED_AFTER = timedelta(days=30)
_LAST = 41
"""Days; no month is answered within a week of the 180 days that bar it, so that a run over midnight counts the same."""
_REFUSED = tuple(Line(number, "0", (("CO", "50", charge),)) for number, (_, charge, _) in CHARGES.items())
_WHOLE = tuple(Line(number, charge) for number, (_, charge, _) in CHARGES.items())
_PAYMENTS = 200
"""Claim payments in one 835 transaction set."""


@dataclass(frozen=True)
class Month:
    """The claims served on a day and answered on another, by their control numbers."""

    served: date
    paid: date
    numbers: tuple[str, ...]

    @property
    def disputed(self) -> tuple[str, ...]:
        """Those that were denied or paid too little."""
        return tuple(number for number in self.numbers if _kind(number) != 1)

    def files(self) -> tuple[bytes, bytes]:
        """The 837 and the 835."""
        sets = [
            Set(f"T{self.served:%y%m}{start}", tuple(map(_answered, self.numbers[start : start + _PAYMENTS])))
            for start in range(0, len(self.numbers), _PAYMENTS)
        ]
        return self._dated(claims(self.numbers)), self._dated(remittance(*sets))

    def _dated(self, text: bytes) -> bytes:
        served, paid = (f"{day:%Y%m%d}".encode() for day in (self.served, self.paid))
        return text.replace(SERVED.encode(), served).replace(PAID.encode(), paid)


def _kind(number: str) -> int:
    return int(number[2:]) // MONTHS % 4


def _answered(number: str) -> Pay:
    kind = _kind(number)
    if kind == 0:
        return Pay(number, _REFUSED, status="4")
    return Pay(number, _WHOLE if kind == 1 else FULL)


def practice(count: int, today: date) -> list[Month]:
    """`count` claims over the months before `today`, the oldest first."""
    months: list[Month] = []
    for n in range(MONTHS):
        numbers = tuple(f"QP{index:05d}" for index in range(n, count, MONTHS))
        served = today - timedelta(days=_LAST + 30 * (MONTHS - n))
        months.append(Month(served, served + _ANSWERED_AFTER, numbers))
    return months


def write(months: list[Month], folder: Path) -> list[str]:
    """The files of all months, in the order in which they are to be sent."""
    names: list[str] = []
    for n, month in enumerate(months):
        for kind, content in zip(("837", "835"), month.files(), strict=True):
            path = folder / f"{n:02d}.{kind}"
            path.write_bytes(content)
            names.append(str(path))
    return names


def left_open(months: list[Month], count: int, today: date) -> Iterator[str]:
    """The lines of a file of open items: second appeals that were filed last month, and wait for their answer."""
    yield "claim,payer_number,forum,level,filed_on,reference,due"
    filed, due = today - timedelta(days=15), today + timedelta(days=45)
    disputed = [number for month in months for number in month.disputed]
    for number in disputed[-count:]:
        yield f"{number},I{number},commercial_appeal,2,{filed},APL-{number},{due}"
