"""Reads JSON objects field by field, remembering where each problem is by its JSON path.

A `Node` never raises: what cannot be read becomes a problem and an empty value, so that one pass tells the sender
everything. Problems name the path, never the value. Fields that nobody asked for are reported as not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast

import msgspec

from recoup_x12 import Problem, Severity

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}").fullmatch
_AMOUNT = re.compile(r"-?\d{1,10}(?:\.\d{1,2})?").fullmatch
_NUMBER = re.compile(r"-?\d{1,10}(?:\.\d{1,6})?").fullmatch
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)").fullmatch
_GREATEST, _PLACES = 10**30, 30  # numbers beyond are never meant, and costly to spell
_MOST_PROBLEMS = 100
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
ZERO = Decimal(0)


class NotJson(ValueError):
    """The text is not a JSON object; says where it stops being one, never what it holds."""


def decode(text: bytes | str) -> dict[str, Any]:
    """One JSON object with exact numbers; `NotJson` otherwise."""
    try:
        found = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation) as error:
        place = re.search(r"byte (\d+)", str(error))
        raise NotJson(f"not JSON at byte {place.group(1)}" if place else "not JSON, or cut short") from None
    if not isinstance(found, dict):
        raise NotJson("a JSON object is expected")
    return cast("dict[str, Any]", found)


def day_of(text: str) -> date | None:
    """A day, CCYYMMDD or CCYY-MM-DD; None where it is none."""
    parts = _DAY(text)
    try:
        return date(int(parts[1]), int(parts[2]), int(parts[3])) if parts else None
    except ValueError:
        return None


class Problems:
    """Problems of one document, at most a hundred."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, path: str, message: str, how_to_fix: str, *, snip: int = 2, severity: Severity = "error") -> None:
        """Note a problem at a JSON path (kept in `Problem.segment`, where X12 names a segment)."""
        if len(self.found) < _MOST_PROBLEMS:
            self.found.append(Problem("claim", snip, path, message, how_to_fix, severity=severity))


class Node:
    """One JSON object of a document, at a path."""

    def __init__(self, value: dict[str, Any], path: str, problems: Problems) -> None:
        self._value = value
        self.path = path
        self.problems = problems
        self._asked: set[str] = set()
        self._below: list[Node] = []
        self.top: Node = self
        """The object that holds this one at any depth: the document, or a resource of it."""

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name

    @property
    def values(self) -> dict[str, Any]:
        """The object as it came."""
        return self._value

    def has(self, name: str) -> bool:
        """Return True if a field holds something."""
        return self._value.get(name) not in (None, "", [], {})

    def raw(self, name: str) -> Any:
        """A field's value as it came, None where it is absent."""
        self._asked.add(name)
        return self._value.get(name)

    def see_all(self) -> None:
        """Take every field here as read."""
        self._asked.update(self._value)

    def text(self, name: str, *, required: bool = False, most: int = 80) -> str:
        """A string (numbers are taken as written), trimmed; at most `most` characters."""
        value = self.raw(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value) if abs(value) < _GREATEST else "too great"
        elif isinstance(value, Decimal):
            value = f"{value:f}" if abs(value.adjusted()) < _PLACES else "too great"
        if value is not None and not isinstance(value, str):
            self.problems.add(self.at(name), "is not a string", "Send a string.", snip=1)
            return ""
        found = (value or "").strip()
        if not found:
            if required:
                self.problems.add(self.at(name), "is required", "Send it.")
            return ""
        if len(found) > most:
            self.problems.add(self.at(name), f"is longer than {most} characters", f"Send at most {most}.", snip=1)
            return found[:most]
        if _CONTROL.search(found):
            self.problems.add(self.at(name), "holds control characters", "Send printable characters only.", snip=1)
            return ""
        return found

    def code(self, name: str, *, required: bool = False, most: int = 10) -> str:
        """A code: a string without white space, in capitals."""
        found = self.text(name, required=required, most=most).upper()
        if any(ch.isspace() for ch in found):
            self.problems.add(self.at(name), "holds white space", "Send the code alone.", snip=1)
        return found

    def money(self, name: str, *, required: bool = False) -> Decimal | None:
        """Exact dollars, as a string or a number."""
        return self._number(name, required, _AMOUNT, "an amount in dollars with at most two decimals")

    def number(self, name: str, *, required: bool = False) -> Decimal | None:
        """An exact number, as a string or a number."""
        return self._number(name, required, _NUMBER, "a number")

    def _number(self, name: str, required: bool, shape: Any, what: str) -> Decimal | None:
        text = self.text(name, required=required, most=24)
        if not text:
            return None
        if not shape(text):
            self.problems.add(self.at(name), f"is not {what}", f'Send {what}, such as "125.50".', snip=1)
            return None
        return Decimal(text)

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day, CCYYMMDD or CCYY-MM-DD."""
        text = self.text(name, required=required, most=10)
        if not text:
            return None
        found = day_of(text)
        if found is None:
            self.problems.add(self.at(name), "is not a date", "Send CCYYMMDD or CCYY-MM-DD.", snip=1)
        return found

    def child(self, name: str, *, required: bool = False) -> Node | None:
        """An object below, None where it is absent."""
        value = self.raw(name)
        if value is None:
            if required:
                self.problems.add(self.at(name), "is required", "Send it.")
            return None
        if not isinstance(value, dict):
            self.problems.add(self.at(name), "is not an object", "Send an object.", snip=1)
            return None
        return self._down(cast("dict[str, Any]", value), self.at(name))

    def children(self, name: str, *, required: bool = False, most: int = 1000) -> list[Node]:
        """The objects of an array below, in order; a lone object counts as one."""
        value = self.raw(name)
        if isinstance(value, dict):
            return [self._down(cast("dict[str, Any]", value), self.at(name))]
        if value is None or value == []:
            if required:
                self.problems.add(self.at(name), "is required", "Send at least one.")
            return []
        if not isinstance(value, list):
            self.problems.add(self.at(name), "is not an array", "Send an array.", snip=1)
            return []
        rows = cast("list[Any]", value)
        if len(rows) > most:
            self.problems.add(self.at(name), f"holds more than {most}", f"Send at most {most}.", snip=1)
        found: list[Node] = []
        for index, row in enumerate(rows[:most]):
            if isinstance(row, dict):
                found.append(self._down(cast("dict[str, Any]", row), f"{self.at(name)}[{index}]"))
            else:
                self.problems.add(f"{self.at(name)}[{index}]", "is not an object", "Send an object.", snip=1)
        return found

    def texts(self, name: str, *, most: int = 20, each: int = 30) -> list[str]:
        """The strings of an array below."""
        value = self.raw(name)
        if value is None:
            return []
        rows = cast("list[Any]", value) if isinstance(value, list) else [value]
        if len(rows) > most:
            self.problems.add(self.at(name), f"holds more than {most}", f"Send at most {most}.", snip=1)
        within = Node({str(n): row for n, row in enumerate(rows[:most])}, "", Problems())
        found = [within.text(str(n), most=each) for n in range(len(rows[:most]))]
        for problem in within.problems.found:
            self.problems.add(
                f"{self.at(name)}[{problem.segment}]", problem.message, problem.how_to_fix, snip=problem.snip
            )
        return [text for text in found if text]

    def _down(self, value: dict[str, Any], path: str) -> Node:
        below = Node(value, path, self.problems)
        below.top = self.top
        self._below.append(below)
        return below

    def unread(self) -> Iterator[str]:
        """Paths of fields that hold something and that nobody asked for, here and below."""
        for name in self._value:
            if name not in self._asked and self.has(name):
                yield self.at(name if _NAME(name) else "(a field)")
        for below in self._below:
            yield from below.unread()
