"""What is wrong with envelopes, in the codes of TA105, AK905 and IK502; and segment names that are in lower case."""

from __future__ import annotations

import re

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.items import GroupStart
from recoup_x12.core.problem import Level, Problem
from recoup_x12.core.sets import Registry

FAULTS: dict[str, tuple[str, str, str]] = {
    "not_x12": ("the input does not begin with an ISA segment", "send an X12 interchange, ISA first", "022"),
    "empty": ("the input is empty", "send an X12 interchange", "023"),
    "bad_isa": ("the ISA segment is not laid out as X12 fixes it", "pad ISA elements to their widths", "022"),
    "truncated_isa": ("the input ends inside the ISA segment", "send the whole file", "023"),
    "giant_segment": ("a segment is longer than any guide allows; it was left out", "check the terminator", "022"),
    "truncated": ("the input ends inside a segment", "send the whole file", "023"),
    "terminator": ("segments end otherwise than ISA says", "end each with the terminator that ISA has", "004"),
    "garbage": ("what follows the interchange is not X12", "send interchanges only, one after another", "022"),
}  # fmt: skip
"""What is told of a `Fault`: its message, how to fix it, and the code of TA105."""


def not_read(sets: Registry, group: GroupStart, kind: str, implementation: str) -> Problem:
    """A set of another kind or version than those that are read here, or in a group of another kind."""
    home = sets.groups_of(kind)
    if home and group.code not in home:
        return Problem(
            "transaction", 1, "ST", f"GS01 {safe(group.code)} does not fit: {safe(kind)} travels in groups of "
            f"{' or '.join(home)}", f"send the {safe(kind)} in a group of its own, with GS01 {home[0]}", position=1,
            element=1, code="18",
        )  # fmt: skip
    code = "I6" if home else "1" if kind.isdigit() else "6"
    return Problem(
        "transaction", 1, "ST", f"implementation {safe(implementation)} of {safe(kind)} is not read here",
        f"send {sets.sets_wanted}", position=1, element=3, code=code,
    )  # fmt: skip


def element_of(e: list[str], index: int) -> str:
    """An element of a segment by its number, "" where it has none."""
    return e[index] if index < len(e) else ""


def safe(text: str) -> str:
    """A version or type identifier fit for a message: never PHI, but possibly garbage."""
    return text if text.isalnum() and len(text) <= 12 else "(unreadable)"


def of_envelope(
    level: Level, segment: str, element: int, code: str, message: str, how_to_fix: str, warn: bool = False
) -> Problem:
    """A problem of an interchange or group; `code` is of TA105 or AK905."""
    return Problem(
        level, 1, segment, message, how_to_fix, element=element, code=code, severity="warning" if warn else "error"
    )


def of_set(segment: str, element: int, code: str, message: str, how_to_fix: str, position: int) -> Problem:
    """A problem of a set as a whole; `code` is of IK502."""
    return Problem("transaction", 1, segment, message, how_to_fix, position=position, element=element, code=code)


def in_capitals(text: str, separator: str) -> str:
    """A segment with its name in capitals."""
    name, cut, rest = text.partition(separator)
    return name.upper() + cut + rest


def delimiters_used(declared: Delimiters, following: bytes, groups: frozenset[str]) -> Delimiters:
    """The delimiters of an interchange as its first segments have them, where those of its ISA are others.

    Between GS and ST each shows once. `following` are the bytes behind ISA; looked at for groups of the kinds given
    alone (GS01): what else is sent is judged by what its ISA says.
    """
    head = following.decode("latin-1").lstrip()
    element = head[2:3]
    e = head.split(element, 8) if head[:2].upper() == "GS" and element and not element.isalnum() else []
    if len(e) < 9 or e[1].strip() not in groups:
        return declared
    ends = re.match(rf"\w+ *?([^\w ]|\r\n|[\r\n])\s*ST{re.escape(element)}", e[8], re.IGNORECASE | re.ASCII)
    if ends is None or (declared.terminator in head and element == declared.element):
        return declared
    terminator = declared.terminator if declared.terminator in head else ends[1][-1]
    if element.isspace() or terminator == element:
        return declared
    in_use = (element, terminator)
    component = declared.component if declared.component not in in_use else next(m for m in ":><" if m not in in_use)
    repetition = declared.repetition if declared.repetition not in (*in_use, component) else ""
    return Delimiters(element, repetition, component, terminator)


def of_fault(kind: str, isa: int) -> Problem:
    """What is wrong with an input where it is no X12, or ends too early; `isa` is the element that shows it, or 0."""
    message, how_to_fix, code = FAULTS[kind]
    if isa:
        message = f"{message}: ISA{isa:02} is off"
    return Problem("interchange", 1, "ISA", message, how_to_fix, element=isa, code=code)


def of_giant(position: int) -> Problem:
    """What is wrong with a set in which a segment was left out for its length; `position` is that segment's."""
    message, how_to_fix, _ = FAULTS["giant_segment"]
    return Problem("transaction", 1, "", message, how_to_fix, position=position, code="8")
