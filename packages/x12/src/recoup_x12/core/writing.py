"""Formatting of segments and envelopes for everything that this service writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from recoup_x12.core.delimiters import STANDARD, Delimiters
from recoup_x12.core.party import Party

Part = str | int | Decimal | None
Field = Part | Sequence[Part]
"""An element, or the components of a composite."""


class Unwritable(ValueError):
    """A value holds a delimiter; X12 has no escape. `segment` and `element` tell where, the value is not told."""

    def __init__(self, segment: str, element: int) -> None:
        super().__init__(f"{segment}{element:02} holds a delimiter: choose others")
        self.segment = segment
        self.element = element


CHOICES = (STANDARD, Delimiters("|", "^", ">", "~"), Delimiters("\x1d", "\x1f", "\x1e", "\x1c"))
"""Delimiters that are tried in turn where a value holds one."""


def first_writable(write: Callable[[Delimiters], str], choices: Iterable[Delimiters] = CHOICES) -> str:
    """What `write` makes with the first delimiters that none of its values holds; `Unwritable` where all are held."""
    refusal = Unwritable("ISA", 0)
    for delimiters in choices:
        try:
            return write(delimiters)
        except Unwritable as error:
            refusal = error
    raise refusal


class Route(msgspec.Struct, frozen=True):
    """From whom to whom an interchange goes, and as production (P) or test (T). Identifiers up to 15 characters."""

    sender: str
    receiver: str
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    usage: str = "P"
    group_sender: str = ""
    group_receiver: str = ""


class Writer:
    """Writes segments with one set of delimiters, each on a line of its own."""

    def __init__(self, delimiters: Delimiters = STANDARD) -> None:
        self.delimiters = delimiters
        self._bad = [d for d in delimiters.text if d]
        self.lines: list[str] = []

    def add(self, segment: str, *fields: Field) -> None:
        """Append a segment; trailing empty elements and components are left out. Raises `Unwritable`."""
        texts = [segment]
        for at, field in enumerate(fields, 1):
            if isinstance(field, (str, int, Decimal)) or field is None:
                texts.append(self._text(segment, at, field))
            else:
                parts = [self._text(segment, at, part) for part in field]
                while parts and not parts[-1]:
                    parts.pop()
                texts.append(self.delimiters.component.join(parts))
        while len(texts) > 1 and not texts[-1]:
            texts.pop()
        self.lines.append(self.delimiters.element.join(texts))

    def raw(self, text: str, written_with: str) -> None:
        """Append a segment kept as it was read, from its delimiters (`Source.delimiters`) into these."""
        table = {written_with[0]: self.delimiters.element, written_with[2]: self.delimiters.component}
        if self.delimiters.repetition and written_with[1] != " ":
            table[written_with[1]] = self.delimiters.repetition
        self.lines.append(text.translate(str.maketrans(table)))

    def _text(self, segment: str, at: int, value: Part) -> str:
        if value is None:
            return ""
        if isinstance(value, Decimal):
            return format(value, "f")
        text = str(value)
        for mark in self._bad:
            if mark in text:
                raise Unwritable(segment, at)
        return text


def days(first: date, last: date) -> tuple[str, str]:
    """DTP02 and DTP03 of one day (D8) or of a span of them (RD8)."""
    start, end = first.strftime("%Y%m%d"), last.strftime("%Y%m%d")
    return ("D8", start) if first == last else ("RD8", f"{start}-{end}")


def add_birth(writer: Writer, person: Party) -> None:
    """DMG: when a person was born, and their gender where it is F or M; nothing where the day is not known."""
    known = person.demographics
    if known is not None and known.born is not None:
        gender = known.gender if known.gender in ("F", "M") else ""
        writer.add("DMG", "D8", known.born.strftime("%Y%m%d"), gender)


def interchange(
    route: Route, control: int, now: datetime, code: str, version: str, sets: Iterable[tuple[str, list[str]]],
    delimiters: Delimiters = STANDARD,
) -> str:  # fmt: skip
    """Write one interchange of one functional group.

    Args:
        route: The sender and the receiver.
        control: The interchange control number, of which the last nine digits are written.
        now: The date and time that the envelope bears.
        code: GS01, the kind of group.
        version: GS08 and ST03, the implementation guide.
        sets: Of each set its ST01 and its segments between ST and SE.
        delimiters: The delimiters.

    Returns:
        The interchange, ISA to IEA.

    Raises:
        Unwritable: A value of the envelope holds a delimiter.
    """
    d = delimiters
    body = Writer(d)
    count = 0
    for kind, segments in sets:
        count += 1
        body.add("ST", kind, f"{count:04}", version)
        body.lines.extend(segments)
        body.add("SE", len(segments) + 2, f"{count:04}")
    head, tail = envelope(route, control, now, code, version, count, d)
    return rows([*head, *body.lines, *tail], d)


def one_set(
    route: Route, control: int, now: datetime, code: str, version: str, kind: str,
    segments: Callable[[Delimiters], list[str]],
) -> str:  # fmt: skip
    """One interchange of one set, its segments between ST and SE made with the first delimiters that they can do."""
    return first_writable(lambda d: interchange(route, control, now, code, version, [(kind, segments(d))], d))


def envelope(
    route: Route, control: int, now: datetime, code: str, version: str, sets: int, d: Delimiters = STANDARD
) -> tuple[list[str], list[str]]:
    """ISA and GS, GE and IEA of an interchange of one functional group of so many sets."""
    number = f"{control % 1_000_000_000:09}"
    group = str(control % 1_000_000_000 or 1)
    sender, receiver = route.group_sender or route.sender, route.group_receiver or route.receiver
    head, tail = Writer(d), Writer(d)
    head.lines.append(_isa(route, number, now, d, "0"))
    head.add("GS", code, sender, receiver, now.strftime("%Y%m%d"), now.strftime("%H%M"), group, "X", version)
    tail.add("GE", sets, group)
    tail.add("IEA", 1, number)
    return head.lines, tail.lines


def rows(segments: Iterable[str], d: Delimiters = STANDARD) -> str:
    """Segments as text, each on a line of its own."""
    end = f"{d.terminator}\n"
    return "".join(f"{segment}{end}" for segment in segments)


def bare_interchange(route: Route, control: int, now: datetime, segments: list[str], d: Delimiters = STANDARD) -> str:
    """Write an interchange without groups, as a TA1 travels.

    Args:
        route: The sender and the receiver.
        control: The interchange control number, of which the last nine digits are written.
        now: The date and time that the envelope bears.
        segments: What stands between ISA and IEA.
        d: The delimiters.

    Returns:
        The interchange, ISA to IEA.
    """
    number = f"{control % 1_000_000_000:09}"
    return rows([_isa(route, number, now, d, "0"), *segments, d.element.join(("IEA", "0", number))], d)


def _isa(route: Route, number: str, now: datetime, d: Delimiters, acknowledge: str) -> str:
    fields = (
        "ISA", "00", " " * 10, "00", " " * 10, route.sender_qualifier, f"{route.sender:<15.15}",
        route.receiver_qualifier, f"{route.receiver:<15.15}", now.strftime("%y%m%d"), now.strftime("%H%M"),
        d.repetition or "^", "00501", number, acknowledge, route.usage, d.component,
    )  # fmt: skip
    return d.element.join(fields)
