"""Rows of a source file that do not read as they should: all of them are reported, and none of the file is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

_SHOWN = 5


class Reject(msgspec.Struct, frozen=True):
    """One row that was refused: file name, line (from 1) and the reason."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.reason}"


class ReferenceFileError(ValueError):
    """A source file that cannot be loaded; `rejects` are its malformed rows, if rows are the trouble."""

    def __init__(self, message: str, rejects: Sequence[Reject] = ()) -> None:
        super().__init__(message)
        self.rejects = tuple(rejects)


class Rejects:
    """Collects the refused rows of one load."""

    def __init__(self) -> None:
        self.found: list[Reject] = []

    def add(self, path: Path, line: int, reason: str) -> None:
        """Note a refused row."""
        self.found.append(Reject(path.name, line, reason))

    def number(self, text: str, path: Path, line: int, what: str) -> Decimal:
        """A finite, non-negative decimal; a blank counts as zero. Zero, and a reject, for anything else."""
        try:
            value = Decimal(text.strip().replace(",", "").removeprefix("$") or "0")
        except InvalidOperation:
            self.add(path, line, f"{what} is not a number")
            return Decimal(0)
        if not value.is_finite() or value < 0:
            self.add(path, line, f"{what} is not a number of zero or more")
            return Decimal(0)
        return value

    def stop(self) -> None:
        """Raise where anything was refused."""
        if self.found:
            shown = "; ".join(str(reject) for reject in self.found[:_SHOWN])
            more = f"; and {len(self.found) - _SHOWN} more" if len(self.found) > _SHOWN else ""
            raise ReferenceFileError(f"{len(self.found)} rows refused, nothing loaded: {shown}{more}", self.found)
