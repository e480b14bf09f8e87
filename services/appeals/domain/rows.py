"""What every row of the rule tables has: its source, and the days on which it holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row with the source behind it; it holds from `start` to `end`, both included."""

    source: str
    start: date = date(1900, 1, 1)
    end: date = date(9999, 12, 31)


class _Ranged(Protocol):
    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...


R = TypeVar("R", bound=_Ranged)


def in_force(rows: Iterable[R], on: date) -> R | None:
    """The row whose range holds `on`."""
    for row in rows:
        if row.start <= on <= row.end:
            return row
    return None
