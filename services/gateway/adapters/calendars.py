"""Last days as a calendar that people's own programs read (RFC 5545): no account number, no patient data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import cast

import msgspec
from icalendar import Alarm, Calendar, Component, Event

MEDIA = "text/calendar; charset=utf-8"
_DAY = timedelta(days=1)


class LastDay(msgspec.Struct, frozen=True):
    """A day by which something must be done.

    `uid` names it for ever, so that a day that moved replaces the one before; `changed` is when it was last told.
    """

    uid: str
    on: date
    what: str
    why: str
    url: str
    changed: datetime


def calendar(title: str, days: Iterable[LastDay], *, now: datetime) -> bytes:
    """Days as a calendar.

    Args:
        title: What programs call it.
        days: Each an event of the whole day, in no time zone: a last day of law is a day.
        now: When it is made (DTSTAMP, section 3.8.7.2).

    Returns:
        The file, with a reminder on the day before each.
    """
    book = Calendar()
    _say(book, {"prodid": "-//Recoup//desk//EN", "version": "2.0", "method": "PUBLISH", "x-wr-calname": title})
    for one in days:
        event, reminder = Event(), Alarm()
        said = {"uid": one.uid, "summary": one.what, "description": one.why, "url": one.url, "transp": "TRANSPARENT"}
        until = one.on + _DAY  # the first day that is no longer of it (section 3.6.1)
        _say(event, {**said, "dtstamp": now, "last-modified": one.changed, "dtstart": one.on, "dtend": until})
        _say(reminder, {"action": "DISPLAY", "description": one.what, "trigger": -_DAY})
        event.add_component(reminder)
        book.add_component(event)
    return book.to_ical()


def _say(component: Component, values: Mapping[str, object]) -> None:
    add = cast("Callable[[str, object], None]", component.add)  # pyright: ignore[reportUnknownMemberType]
    for name, value in values.items():
        add(name, value)
