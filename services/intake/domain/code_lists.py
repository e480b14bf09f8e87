"""Code lists whose days are over: what was billed since may be right, and cannot be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from recoup_x12.codes import expired


class Ended(msgspec.Struct, frozen=True):
    """A list whose newest release here speaks for no day after `valid_to`; `days` ago, counted on a day."""

    name: str
    version: str
    valid_to: date
    days: int


def ended_lists(on: date) -> list[Ended]:
    """The lists that have ended by a day."""
    return [Ended(one.name, one.version, one.valid_to, (on - one.valid_to).days) for one in expired(on) if one.valid_to]


def ended_list_notes(served: Iterable[date | None]) -> tuple[str, ...]:
    """What the answer to an input says of lists that had ended before services billed in it.

    Args:
        served: first days of service of its claims.
    """
    latest = max((day for day in served if day is not None), default=None)
    if latest is None:
        return ()
    return tuple(
        f"{one.name}: {one.version}, the newest release here, ended on {one.valid_to}, and services after it are "
        "billed: codes new since are told as warnings; load the newer release with `recoup codes update`"
        for one in ended_lists(latest)
    )
