"""How a member of the shape says what it is, how long it may be, and where in an 837 it stands."""

from __future__ import annotations

from typing import Literal

from msgspec import Meta

PLACE = "x-x12"
"""Member of the JSON schema that names loop, segment and element of the 837, with the qualifier where there is one."""
MONEY = r"^(-?\d{1,10}(\.\d{1,2})?)?$"
NUMBER = r"^(-?\d{1,10}(\.\d{1,6})?)?$"
DAY = r"^(\d{4}-?\d{2}-?\d{2})?$"
YesNo = Literal["", "Y", "N"]


def at(place: str, text: str, most: int | None = None, *, pattern: str | None = None) -> Meta:
    """A member's meaning, its greatest length or form, and its place in the 837."""
    return Meta(description=text, max_length=most, pattern=pattern, extra_json_schema={PLACE: place})


def money(place: str, text: str) -> Meta:
    """An amount in dollars, exact: at most two decimals."""
    return at(place, f"{text}; dollars, such as 125.50", pattern=MONEY)


def number(place: str, text: str) -> Meta:
    """An exact number."""
    return at(place, text, pattern=NUMBER)


def day(place: str, text: str) -> Meta:
    """A day, CCYYMMDD or CCYY-MM-DD."""
    return at(place, f"{text}; CCYYMMDD or CCYY-MM-DD", pattern=DAY)


def many(place: str, text: str, most: int) -> Meta:
    """A list of at most so many."""
    return Meta(description=text, max_length=most, extra_json_schema={PLACE: place})
