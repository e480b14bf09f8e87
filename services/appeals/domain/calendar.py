"""Dates that carry the rule behind them, and when an instant or a timer belongs to a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import msgspec

_ONE = timedelta(days=1)
# A day of the log is a day in US Eastern Standard Time; a fixed offset keeps decisions free of time zone tables.
_EASTERN = timedelta(hours=5)


class Dated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One date of a calendar and why it is that date.

    `due` is the day the rule names; `act_by` the last business day on which we can still act, where the move is ours;
    `opens` the first day on which the step may be taken. `mover` says whose move it is, `rule` the law behind it.
    """

    kind: str
    label: str
    mover: str
    due: date
    rule: str
    why: str
    opens: date | None = None
    act_by: date | None = None
    cost: str = ""


def day_of(now: datetime) -> date:
    """The day an instant belongs to, in US Eastern Standard Time."""
    return (now.astimezone(UTC) - _EASTERN).date()


def start_of(day: date) -> datetime:
    """When a timer for `day` fires: 12:00 UTC, which is that day's morning from Eastern to Pacific time."""
    return datetime.combine(day, time(12), UTC)


def end_of(day: date) -> datetime:
    """When `day` is over everywhere in the contiguous states: 12:00 UTC of the next day."""
    return start_of(day + _ONE)
