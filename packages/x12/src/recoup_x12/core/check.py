"""SNIP 1 (and element-level SNIP 2) checks of one segment against its spec.

A spec becomes one regular expression that a sound segment matches in one pass; only where it does not, the
segment is walked element by element to say what is wrong, in the terms of a 999 (IK403).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.dictionary import Element, SegmentSpec
from recoup_x12.core.problem import Problem

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,2})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Check = Callable[[str], re.Match[str] | None]


def compile_check(spec: SegmentSpec, delimiters: Delimiters) -> Check:
    """A quick matcher: what it accepts is sound (notes apart); what it does not, `explain` judges."""
    separator = re.escape(delimiters.element)
    forbidden = "".join(re.escape(d) for d in delimiters.text if d.strip()) + r"\x00-\x1f\x7f"
    texts: list[str] = []
    for element in spec.elements:
        one = _composite(element, delimiters, forbidden) if element.parts else _simple(element, forbidden)
        if element.repeat > 1 and delimiters.repetition:
            one = f"(?:{one}(?:{re.escape(delimiters.repetition)}{one}){{0,{element.repeat - 1}}})"
        texts.append("" if element.unused else one if element.required else f"(?:{one})?")
    last = max((i for i, e in enumerate(spec.elements) if e.required), default=-1)
    head = "".join(separator + t for t in texts[: last + 1])
    tail = ""
    for text in reversed(texts[last + 1 :]):
        tail = f"(?:{separator}{text}{tail})?"
    return re.compile(spec.id + head + tail, re.ASCII).fullmatch


def _simple(element: Element, forbidden: str) -> str:
    if element.codes:
        return "(?:" + "|".join(sorted(element.codes)) + ")"
    low, high = element.min, element.max
    if element.type == "N0":
        return rf"-?\d{{{low},{high}}}"
    if element.type == "R":
        if low == 1 and high > 5:  # the usual forms; rarer ones are judged by `explain`
            return rf"-?\d{{1,{high - 4}}}(?:\.\d{{1,4}})?"
        return rf"-?(?=(?:\.?\d){{{low},{high}}}\.?(?:[{forbidden}]|\Z))\d*\.?\d*"
    if element.type == "DT":
        return r"\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    if element.type == "TM":
        return r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{1,2})?)?"
    return rf"[^{forbidden}]{{{low},{high}}}"


def _composite(element: Element, delimiters: Delimiters, forbidden: str) -> str:
    separator = re.escape(delimiters.component)
    texts = [_simple(p, forbidden) for p in element.parts]
    last = max((i for i, p in enumerate(element.parts) if p.required), default=0)
    texts = [t if p.required else f"(?:{t})?" for t, p in zip(texts, element.parts, strict=True)]
    tail = ""
    for text in reversed(texts[last + 1 :]):
        tail = f"(?:{separator}{text}{tail})?"
    return separator.join(texts[: last + 1]) + tail


def explain(spec: SegmentSpec, elements: list[str], delimiters: Delimiters) -> list[Problem]:
    """What is wrong with a segment; positions of element and component count from 1."""
    found: list[Problem] = []
    if len(elements) - 1 > len(spec.elements):
        found.append(_at(spec, len(spec.elements) + 1, None, "3", "too many data elements", "remove the excess"))
    for index, element in enumerate(spec.elements, 1):
        value = elements[index] if index < len(elements) else ""
        if not value:
            if element.required:
                found.append(_at(spec, index, element, "1", "a required element is missing", "supply it"))
        elif element.unused:
            found.append(
                _at(spec, index, element, "I10", "the guide does not use this element", "leave it out", "warning")
            )
        else:
            _element(spec, index, element, value, delimiters, found)
    found.extend(_note_problems(spec, elements))
    return found


def _element(
    spec: SegmentSpec, index: int, element: Element, value: str, delimiters: Delimiters, found: list[Problem]
) -> None:
    repeats = [value]
    if delimiters.repetition and delimiters.repetition in value:
        repeats = value.split(delimiters.repetition)
        if len(repeats) > element.repeat:
            found.append(_at(spec, index, element, "12", "too many repetitions", "send it once"))
    for text in repeats:
        if not element.parts:
            if delimiters.component in text:
                found.append(_at(spec, index, element, "13", "too many components", "send one value"))
            else:
                _value(spec, index, 0, element, text, found)
            continue
        parts = text.split(delimiters.component)
        if len(parts) > len(element.parts):
            found.append(_at(spec, index, element, "13", "too many components", "remove the excess"))
        for at, part in enumerate(element.parts, 1):
            value = parts[at - 1] if at <= len(parts) else ""
            if value:
                _value(spec, index, at, part, value, found)
            elif part.required:
                problem = _at(spec, index, part, "1", "a required component is missing", "supply it", at=at)
                found.append(problem)


def _value(spec: SegmentSpec, index: int, at: int, element: Element, value: str, found: list[Problem]) -> None:
    kind, length = element.type, len(value)
    if kind in ("R", "N0"):
        if not (_NUMBER if kind == "R" else _INTEGER).fullmatch(value):
            found.append(_at(spec, index, element, "6", "not a plain number", "send digits only", at=at))
            return
        length = sum(c.isdigit() for c in value)
    elif _CONTROL.search(value):
        found.append(_at(spec, index, element, "6", "a control character", "remove it", at=at))
    if length < element.min:
        how_to_fix = f"send at least {element.min} characters"
        found.append(_at(spec, index, element, "4", "the value is too short", how_to_fix, at=at))
    elif length > element.max:
        how_to_fix = f"send at most {element.max} characters"
        found.append(_at(spec, index, element, "5", "the value is too long", how_to_fix, at=at))
    elif element.codes and value not in element.codes:
        allowed = ", ".join(sorted(element.codes))
        found.append(_at(spec, index, element, "7", "the code is not one the guide allows", f"use {allowed}", at=at))
    elif kind == "DT" and not is_date(value):
        found.append(_at(spec, index, element, "8", "not a date", "send CCYYMMDD", at=at))
    elif kind == "TM" and not _TIME.fullmatch(value):
        found.append(_at(spec, index, element, "9", "not a time", "send HHMM", at=at))


@lru_cache(maxsize=50_000)
def is_date(text: str) -> bool:
    """Return True if CCYYMMDD names a day of the calendar."""
    if len(text) != 8 or not text.isdigit() or not text.isascii():
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _note_problems(spec: SegmentSpec, elements: list[str]) -> list[Problem]:
    found: list[Problem] = []
    for kind, places in spec.notes:
        given = [p for p in places if p < len(elements) and elements[p]]
        missing = [p for p in places if p not in given]
        at = 0
        if (kind == "P" and given and missing) or (kind == "C" and places[0] in given and missing):
            at = missing[0]
        elif (kind == "R" and not given) or (kind == "L" and given == [places[0]]):
            at = places[-1] if kind == "R" else places[1]
        elif kind == "E" and len(given) > 1:
            at = given[1]
            how_to_fix = "send only one of them"
            found.append(_at(spec, at, spec.elements[at - 1], "10", "elements exclude each other", how_to_fix))
            continue
        if at:
            text = f"required by what elements {', '.join(str(p) for p in places)} hold together"
            found.append(_at(spec, at, spec.elements[at - 1], "2", text, "supply it"))
    return found


def notes_hold(spec: SegmentSpec, elements: list[str]) -> bool:
    """Return True if the segment keeps its syntax notes (P, R, E, C and L)."""
    return not spec.notes or not _note_problems(spec, elements)


def compile_notes(spec: SegmentSpec, cap: int) -> Callable[[list[str]], bool]:
    """Return a quick test that a split segment keeps the syntax notes and the cap on elements."""
    if len(spec.notes) == 1:
        kind, (first, second, *more) = spec.notes[0]
        if not more and kind == "P":
            return lambda e: (len(e) > first and e[first] != "") == (len(e) > second and e[second] != "")
        if not more and kind == "R":
            return lambda e: (len(e) > first and e[first] != "") or (len(e) > second and e[second] != "")
    # Up to this many elements no note but R can be broken.
    safe = min((_harmless(note) for note in spec.notes), default=cap) + 1
    return lambda e: len(e) <= safe or (len(e) - 1 <= cap and notes_hold(spec, e))


def _harmless(note: tuple[str, tuple[int, ...]]) -> int:
    """How many elements a segment may have without the note mattering."""
    kind, places = note
    if kind == "R":
        return 0
    if kind == "E":
        return places[1] - 1
    return min(places) - 1


def _at(
    spec: SegmentSpec,
    index: int,
    element: Element | None,
    code: str,
    message: str,
    how_to_fix: str,
    severity: str = "error",
    at: int = 0,
) -> Problem:
    return Problem(
        "claim",
        2 if element is not None and (element.codes or element.unused) and code in ("7", "I10") else 1,
        spec.id,
        message,
        how_to_fix,
        element=index,
        component=at,
        data_element=element.number if element and element.type != "C" else "",
        code=code,
        severity="warning" if severity == "warning" else "error",
    )
