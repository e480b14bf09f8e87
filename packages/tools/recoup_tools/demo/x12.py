"""Writing X12 envelopes: ISA/IEA, GS/GE and ST/SE with right counts and control numbers (TR3 appendix B).

Segments are built as text with the usual delimiters and translated where a file uses others; the values written
here never contain a delimiter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

PROFESSIONAL = "005010X222A1"
INSTITUTIONAL = "005010X223A2"
REMITTANCE = "005010X221A1"


class Delimiters(msgspec.Struct, frozen=True):
    """The four delimiters an ISA announces, and whether a line break follows each segment."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"
    line_breaks: bool = True

    def translate(self, text: str) -> str:
        """The text, written with the usual delimiters, in these."""
        if (self.element, self.component, self.repetition, self.segment) == ("*", ":", "^", "~"):
            return text
        table = {"*": self.element, ":": self.component, "^": self.repetition, "~": self.segment}
        return text.translate(str.maketrans(table))


class Route(msgspec.Struct, frozen=True):
    """Who sends an interchange to whom; at most 15 characters each (ISA06, ISA08)."""

    sender: str
    receiver: str


class Interchange:
    """One interchange of one functional group, written transaction by transaction to `sink`."""

    def __init__(
        self,
        sink: Callable[[str], object],
        *,
        functional: str,
        version: str,
        route: Route,
        control: int,
        written_at: datetime,
        delimiters: Delimiters | None = None,
    ) -> None:
        self._sink = sink
        self._delimiters = delimiters or Delimiters()
        self._version = version
        self._control = f"{control % 1_000_000_000:09d}"
        self._group = str(control % 1_000_000_000 or 1)
        self._sets = 0
        day = f"{written_at:%Y%m%d}"
        isa = (
            f"ISA*00*          *00*          *ZZ*{route.sender:<15.15}*ZZ*{route.receiver:<15.15}"
            f"*{day[2:]}*{written_at:%H%M}*^*00501*{self._control}*0*P*:"
        )
        gs = f"GS*{functional}*{route.sender}*{route.receiver}*{day}*{written_at:%H%M}*{self._group}*X*{version}"
        self._write([isa, gs])

    def transaction(self, identifier: str, segments: Sequence[str]) -> None:
        """Write one transaction set (`837` or `835`); `segments` is everything between ST and SE."""
        self._sets += 1
        number = f"{self._sets:04d}"
        # X221A1 has no use for ST03; the 837 guides require it to repeat GS08
        head = f"ST*{identifier}*{number}" if identifier == "835" else f"ST*{identifier}*{number}*{self._version}"
        self._write([head, *segments, f"SE*{len(segments) + 2}*{number}"])

    def close(self) -> None:
        """Write the trailers."""
        self._write([f"GE*{self._sets}*{self._group}", f"IEA*1*{self._control}"])

    def _write(self, segments: Sequence[str]) -> None:
        end = "~\n" if self._delimiters.line_breaks else "~"
        self._sink(self._delimiters.translate(end.join(segments) + end))


def amount(value: Decimal) -> str:
    """An amount as X12 wants it (type R): no leading zeros, no trailing zeros after the point."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in ("", "-0", "-"):
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def day(value: date) -> str:
    """A date as CCYYMMDD (format D8)."""
    return f"{value:%Y%m%d}"


def trimmed(segment: str) -> str:
    """The segment without empty elements at its end, which X12 forbids."""
    return segment.rstrip("*")


def npi(base: int) -> str:
    """The ten-digit NPI of a nine-digit base: Luhn check digit over the prefix 80840 (45 CFR 162.406)."""
    digits = f"{base:09d}"
    total = 24  # what the prefix 80840 adds
    for place, digit in enumerate(reversed(digits)):
        number = int(digit)
        total += sum(divmod(number * 2, 10)) if place % 2 == 0 else number
    return f"{digits}{-total % 10}"
