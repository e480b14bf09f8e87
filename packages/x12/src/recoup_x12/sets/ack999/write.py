"""999 (005010X231A1): how one transaction set was judged, with the faults of its segments and elements."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from recoup_x12.core.items import TransactionEnd, TransactionStart
from recoup_x12.core.problem import Problem
from recoup_x12.core.writing import Writer

MAX_SEGMENT_ERRORS = 1_000
"""IK3 segments reported for one transaction set; more help nobody."""

_IK3 = frozenset(["1", "2", "3", "4", "5", "6", "7", "8", "I4", "I6", "I7", "I8", "I9"])
_IK4 = frozenset(
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13", "I6", "I9", "I10", "I11", "I12", "I13"]
)
_IK5 = frozenset(
    [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
        "11",
        "12",
        "13",
        "15",
        "16",
        "17",
        "18",
        "19",
        "23",
        "24",
        "25",
        "26",
        "27",
        "I5",
        "I6",
    ]
)


class SetAnswer(msgspec.Struct, frozen=True):
    """One transaction set as a 999 judges it: GS06, ST02, IK501, and the IK502 codes."""

    group_control: str
    control: str
    verdict: str
    codes: tuple[str, ...] = ()


def set_segments(
    start: TransactionStart, end: TransactionEnd, found: Sequence[tuple[Problem, str]]
) -> tuple[list[str], str, list[str]]:
    """AK2 to IK5 of a set, IK501, and the IK502 codes; `found` are problems with the CLM01 or CLP01 they were in."""
    w = Writer()
    w.add("AK2", clean(start.kind, 3), clean(start.control, 9), clean(start.implementation, 35))
    by_place: dict[tuple[int, str, str], list[tuple[Problem, str]]] = {}
    for problem, control in found:
        if problem.level != "transaction" or problem.segment not in ("ST", "SE"):
            by_place.setdefault((problem.position, problem.segment, problem.loop), []).append((problem, control))
    for place in sorted(by_place)[:MAX_SEGMENT_ERRORS]:
        _segment_errors(w, place, by_place[place])
    codes = [p.code for p in end.problems if p.segment in ("ST", "SE", "") and p.code in _IK5]
    if by_place:
        codes.append("5")
    verdict = end.verdict
    if verdict == "E" and not by_place and not codes:
        verdict = "A"  # what else there is to say of the claims, the 277CA says
    reported = list(dict.fromkeys(codes))[:5] if verdict != "A" else []
    w.add("IK5", verdict, *reported)
    return w.lines, verdict, reported


def _segment_errors(w: Writer, place: tuple[int, str, str], found: list[tuple[Problem, str]]) -> None:
    position, segment, loop = place
    loop = "" if loop in ("HEADER", "PLB") else loop
    seen: set[tuple[object, ...]] = set()
    elements = [p for p, _ in found if p.element and p.code in _IK4]
    for problem, control in found:
        code = "8" if problem.element else problem.code if problem.code in _IK3 else "8"
        if ("IK3", code) in seen:
            continue
        seen.add(("IK3", code))
        w.add("IK3", segment, max(position, 1), clean(loop, 4), code)
        if control and code == "8":
            w.add("CTX", ("CLM01", clean(control, 35)))
        if code != "8":
            continue
        for fault in elements:
            key = (fault.element, fault.component, fault.repeat, fault.code)
            if key not in seen:
                seen.add(key)
                where = (fault.element, fault.component or None, fault.repeat or None)
                w.add("IK4", where, fault.data_element or None, fault.code)


def clean(text: str, length: int) -> str:
    """A received identifier, safe to send back: no delimiters, no control characters, not too long."""
    return "".join(ch for ch in text if ch.isprintable() and ch not in "*^:~")[:length]
