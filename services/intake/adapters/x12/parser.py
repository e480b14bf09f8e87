"""Parses single segments, once per distinct text, and collects runs of them into units.

A unit is what is validated and assembled at a time: the batch header, one HL level, one claim, one claim
payment. Files repeat themselves (payers, dates, codes, places), so each distinct segment is split, checked
and turned into its value once and remembered, within a cap.
"""

from __future__ import annotations

from typing import Any

import msgspec

from services.intake.adapters.x12 import assemble
from services.intake.adapters.x12.check import Check, compile_check, explain, notes_hold
from services.intake.adapters.x12.codecheck import CodeCheck
from services.intake.adapters.x12.delimiters import Delimiters
from services.intake.adapters.x12.dictionary import DICTIONARY, SegmentSpec
from services.intake.adapters.x12.guide import QUALIFIED, Guide, Loop
from services.intake.adapters.x12.limits import Limits
from services.intake.adapters.x12.structure import Plan, plan
from services.intake.adapters.x12.values import Values
from services.intake.domain.snip.problem import Problem

Entry = tuple[str, Any, Any, str]
"""A parsed segment: key, value (None where unreadable), problems (or None), segment ID."""

Faults = dict[int, tuple[Problem, ...]]
"""Problems by id() of the spec they were found against, for keys whose spec depends on the loop."""

_UNIQUE = frozenset({"CLM", "HL", "LX", "CLP", "NM1*IL", "NM1*QC", "ST", "BHT", "REF*6R", "REF*D9", "TRN"})
_PLANS = 4_000
_PLAN_SEGMENTS = 500


class Unit(msgspec.Struct):
    """One assembled unit: its fields, its problems with their places, and its original text."""

    node: dict[str, Any]
    problems: tuple[Problem, ...]
    text: str
    first: int
    last: int
    keys: tuple[str, ...]
    shape: Plan

    def locate(self, problem: Problem) -> Problem:
        """A problem of a business rule, placed at the first segment of its ID in its service line."""
        if problem.position:
            return problem
        lines, loops = self.shape.lines, self.shape.loops
        for index, key in enumerate(self.keys):
            if lines[index] == problem.line and key.partition("*")[0] == problem.segment:
                loop = problem.loop or loops[index]
                return msgspec.structs.replace(problem, position=self.first + index, loop=loop)
        return msgspec.structs.replace(problem, position=self.first, loop=problem.loop or loops[0])


class UnitParser:
    """Parses the segments of one root loop under one set of delimiters."""

    def __init__(self, guide: Guide, root: str, delimiters: Delimiters, limits: Limits) -> None:
        self.root = guide.roots[root]
        self._guide = guide
        self._delimiters = delimiters
        self._limits = limits
        self._codes = CodeCheck(delimiters)
        self._builders = Values(delimiters).builders
        self._specs: dict[str, list[SegmentSpec]] = {}
        self._collect(self.root, set())
        self._checks: dict[int, Check] = {}
        self._cache: dict[str, Entry] = {}
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._terminator = delimiters.terminator
        self.lookup = self._cache.get

    def _collect(self, loop: Loop, seen: set[int]) -> None:
        if id(loop) in seen:
            return
        seen.add(id(loop))
        uses = {id(use): (key, use) for key, use in loop.uses.items()}
        for key, use in [("", loop.opener), *((k, u) for k, u in loop.uses.items())]:
            for name in {key or use.key, use.id}:
                specs = self._specs.setdefault(name, [])
                if use.spec not in specs and (name == key or name == use.key or not specs):
                    specs.append(use.spec)
        for _, use in uses.values():
            if use.loop is not None:
                self._collect(use.loop, seen)

    def parse(self, text: str) -> Entry:
        """Parse, check and remember one segment."""
        elements = text.split(self._delimiters.element)
        segment = elements[0].strip("\r\n ")
        elements[0] = segment
        key = self._key(segment, elements)
        if key.startswith("?") or len(elements) < 2:
            return self._unknown(key, segment, elements)
        specs = self._specs.get(key) or self._specs[segment]
        faults: Any = None
        if len(specs) == 1:
            faults = self._check(specs[0], text, elements) or None
        else:
            by_spec = {id(spec): self._check(spec, text, elements) for spec in specs}
            if any(by_spec.values()):
                faults = by_spec
        try:
            value = self._builders[segment](elements.copy())
        except (ValueError, IndexError, ArithmeticError):
            value = None
            if not faults:
                faults = (Problem("claim", 1, segment, "the segment cannot be read", "send it as the guide "
                                  "has it", code="8"),)  # fmt: skip
        entry: Entry = (key, value, faults, segment)
        if key not in _UNIQUE and segment != "HL" and len(text) < 400:
            if len(self._cache) >= self._limits.cache_segments:
                self._cache.clear()
            self._cache[text] = entry
        return entry

    def _key(self, segment: str, elements: list[str]) -> str:
        if segment in QUALIFIED and len(elements) > 1:
            qualifier = elements[1].partition(self._delimiters.component)[0]
            key = f"{segment}*{qualifier}"
            if key in self._specs:
                return key
            if segment in self._specs and len(qualifier) < 4:
                return key if segment in ("NM1", "N1") else f"{segment}*{qualifier}"
        elif segment == "HL":
            return f"HL*{elements[3]}" if len(elements) > 3 else "HL"
        if segment in self._specs:
            return segment
        if segment in DICTIONARY:
            return "?" + segment
        return "?" + segment[:3] if segment.isalnum() and segment.isascii() else "?"

    def _unknown(self, key: str, segment: str, elements: list[str]) -> Entry:
        if key.startswith("?"):
            return (key, None, None, segment)
        missing = Problem("claim", 1, segment, "the segment has no elements", "supply them", code="8")
        return (key, None, (missing,), segment)

    def _check(self, spec: SegmentSpec, text: str, elements: list[str]) -> tuple[Problem, ...]:
        check = self._checks.get(id(spec))
        if check is None:
            check = self._checks[id(spec)] = compile_check(spec, self._delimiters)
        found: list[Problem] = []
        if len(elements) - 1 > self._limits.elements:
            found.append(Problem("claim", 1, spec.id, "too many elements", "remove the excess", code="8"))
        elif check(text) is None or not notes_hold(spec, elements):
            found = explain(spec, elements, self._delimiters)
        if elements[-1] == "":
            found.append(
                Problem(
                    "claim",
                    1,
                    spec.id,
                    "element separators trail the segment",
                    "leave them out",
                    element=len(elements) - 1,
                    code="3",
                    severity="warning",
                )
            )
        found.extend(self._codes.check(spec.id, elements))
        return tuple(found)

    def unit(self, entries: list[Entry], texts: list[str], first: int) -> Unit:
        """Assemble a run of parsed segments whose first stands at position `first` of its transaction."""
        keys = tuple([entry[0] for entry in entries])
        shape = self._plans.get(keys)
        if shape is None:
            shape = plan(self.root, keys, self._guide.segments)
            if len(keys) <= _PLAN_SEGMENTS:
                if len(self._plans) >= _PLANS:
                    self._plans.clear()
                self._plans[keys] = shape
        problems: list[Problem] = []
        for index, problem in shape.problems:
            problems.append(msgspec.structs.replace(problem, position=first + index))
        for index, entry in enumerate(entries):
            if entry[2] is not None:
                problems.extend(self._placed(shape, index, entry[2], first + index))
        if len(problems) > self._limits.problems_per_unit:
            kept = problems[: self._limits.problems_per_unit]
            more = Problem("claim", 1, problems[0].segment, "there are more problems than are listed here",
                           "mend these and send again", problems[0].loop, first, severity="warning")  # fmt: skip
            problems = [*kept, more]
        node = assemble.run(shape.ops, entries, texts)
        terminator = self._terminator
        text = terminator.join(texts) + terminator
        return Unit(node, tuple(problems), text, first, first + len(entries) - 1, keys, shape)

    def _placed(self, shape: Plan, index: int, faults: Any, position: int) -> list[Problem]:
        if isinstance(faults, dict):
            by_spec: Faults = faults
            faults = by_spec.get(id(shape.specs[index]), ())
        loop, line = shape.loops[index], shape.lines[index]
        return [msgspec.structs.replace(p, position=position, loop=loop, line=line) for p in faults]
