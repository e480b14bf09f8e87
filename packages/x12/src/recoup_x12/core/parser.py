"""Parses single segments, once per distinct text, and collects runs of them into units.

A unit is what is validated and assembled at a time: the batch header, one HL level, one claim, one claim
payment. Files repeat themselves (payers, dates, codes, places), so each distinct segment is split, checked
and turned into its value once and remembered, within a cap.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

import msgspec

from recoup_x12.core import assemble
from recoup_x12.core.check import Check, compile_check, compile_notes, explain, notes_hold
from recoup_x12.core.code_rules import CodeCheck, Rule
from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.dictionary import DICTIONARY, SegmentSpec
from recoup_x12.core.guide import QUALIFIED, Guide, Loop
from recoup_x12.core.limits import Limits
from recoup_x12.core.problem import Problem
from recoup_x12.core.structure import Plan, plan
from recoup_x12.core.values import Values

Entry = tuple[str, Any, Any]
"""A parsed segment: key, value (None where unreadable), problems (or None)."""

Faults = dict[int, tuple[Problem, ...]]
"""Problems by id() of the spec they were found against, for keys whose spec depends on the loop."""

_UNIQUE = frozenset({"HL", "ST", "BHT", "REF*6R", "REF*D9", "TRN"})
_PERSONAL = frozenset({"NM1*IL", "NM1*QC", "NM1*74", "N3", "N4", "DMG", "REF", "PER", "NTE", "K3", "PAT", "PWK"})
"""What may tell of a patient is never remembered: parsers outlive the file."""

Match = Callable[[str], object]

_CHARGE = re.compile(r"-?\d{1,14}(?:\.\d{1,4})?", re.ASCII).fullmatch
_PLANS = 4_000
_TRIAL = 500
_WORTHWHILE = 0.8
"""A kind of segment is remembered as long as no more than this share of those met, at least a trial's, was new."""
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
    unread: tuple[str, ...] = ()
    """IDs of segments that gave no value."""
    places: dict[tuple[Any, str], int] | None = None

    def locate(self, problem: Problem) -> Problem:
        """A problem of a business rule, placed at the first segment of its ID in its service line."""
        if problem.position:
            return problem
        lines, loops = self.shape.lines, self.shape.loops
        if problem.code in ("3", "I6"):  # what is missing is missed where the unit begins
            return msgspec.structs.replace(problem, position=self.first, loop=problem.loop or loops[0])
        if self.places is None:
            self.places = {}
            for index, key in enumerate(self.keys):
                self.places.setdefault((lines[index], key.partition("*")[0]), index)
        found = self.places.get((problem.line, problem.segment))
        if found is not None:
            loop = problem.loop or loops[found]
            return msgspec.structs.replace(problem, position=self.first + found, loop=loop)
        return msgspec.structs.replace(problem, position=self.first, loop=problem.loop or loops[0])


class Recipe:
    """How segments of one key are read: pattern, syntax notes, code rule, builder."""

    __slots__ = ("build", "key", "match", "missed", "notes", "remember", "rule", "specs", "stems")

    def __init__(
        self, key: str, specs: list[SegmentSpec], match: Match,
        notes: Callable[[list[str]], bool], rule: Rule | None,
        build: Callable[[list[str]], Any], remember: bool, priced: bool,
    ) -> None:  # fmt: skip
        self.key = key
        self.specs = specs
        self.match = match
        self.notes = notes
        self.rule = rule
        self.build = build
        self.remember = remember
        self.missed = 0
        self.stems: dict[tuple[str, ...], tuple[Any, ...]] | None = {} if priced else None


def _unreadable(segment: str) -> Problem:
    return Problem("claim", 1, segment, "the segment cannot be read", "send it as the guide has it", code="8")


def _trailing(segment: str, element: int) -> Problem:
    return Problem("claim", 1, segment, "element separators trail the segment", "leave them out",
                   element=element, code="3", severity="warning")  # fmt: skip


def _all_of(matches: list[Check]) -> Match:
    """Matches what every one of them does; None, as `re` has it, where not."""

    def match(text: str) -> object:
        for one in matches:
            if one(text) is None:
                return None
        return True

    return match


@lru_cache(maxsize=64)
def unit_parser(guide: Guide, root: str, delimiters: Delimiters, limits: Limits, tables: str) -> UnitParser:
    """The parser of one unit, shared by all input of one delimiter set. `tables` names the code tables in force."""
    del tables
    return UnitParser(guide, root, delimiters, limits)


class UnitParser:
    """Parses the segments of one root loop under one set of delimiters."""

    def __init__(self, guide: Guide, root: str, delimiters: Delimiters, limits: Limits) -> None:
        self.root = guide.roots[root]
        self._guide = guide
        self._delimiters = delimiters
        self._limits = limits
        self._codes = CodeCheck(delimiters)
        self._assembly = assembly = guide.assembly
        self._builders = Values(delimiters, own=assembly.values).builders
        self._trusting = Values(delimiters, Decimal, assembly.values).builders
        self._specs: dict[str, list[SegmentSpec]] = {}
        self._plain_keys: set[str] = set()
        self._collect(self.root, set())
        # Segments that are always qualified in this unit, and those that some loop takes whatever qualifies them.
        self._bare = {k for k in self._specs if k in QUALIFIED and k in self._plain_keys}
        self._mixed = {k.partition("*")[0] for k in self._specs if "*" in k} - {"HL"}
        self._recipes: dict[str, Recipe] = {}
        self._qualified: dict[str, dict[str, Recipe]] = {}
        self._checks: dict[int, Check] = {}
        self._cache: dict[str, Entry] = {}
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._element, self._component = delimiters.element, delimiters.component
        self._cap = limits.cache_segments
        self._terminator = delimiters.terminator
        self.lookup = self._cache.get

    def _collect(self, loop: Loop, seen: set[int]) -> None:
        if id(loop) in seen:
            return
        seen.add(id(loop))
        uses = {id(use): (key, use) for key, use in loop.uses.items()}
        for key, use in [
            *([("", loop.opener)] if loop.opener.key not in loop.uses else []),
            *((k, u) for k, u in loop.uses.items()),
        ]:
            if (key or use.key) == use.id:
                self._plain_keys.add(use.id)
            for name in {key or use.key, use.id}:
                specs = self._specs.setdefault(name, [])
                if use.spec not in specs and (name == key or name == use.key or not specs):
                    specs.append(use.spec)
        for _, use in uses.values():
            if use.loop is not None:
                self._collect(use.loop, seen)

    def parse(self, text: str) -> Entry:
        """Parse, check and remember one segment."""
        elements = text.split(self._element)
        recipe: Any = self._recipes.get(elements[0])
        if recipe is None:
            recipe = self._qualified.get(elements[0])
            if recipe is not None and len(elements) > 1:
                recipe = recipe.get(elements[1]) or recipe.get(elements[1].partition(self._component)[0])
            else:
                recipe = None
            if recipe is None:
                recipe = self._odd(text, elements)
                if recipe.__class__ is tuple:
                    return recipe
        stems: dict[tuple[str, ...], tuple[Any, ...]] | None = recipe.stems
        stem = ()
        if stems is not None and len(elements) > 3:
            # Such a segment is new for its amount alone: the rest has been met, and found sound, before.
            stem = (elements[1], *elements[3:])
            known = stems.get(stem)
            if known is not None and _CHARGE(elements[2]) is not None:
                return (recipe.key, (known[0], Decimal(elements[2]), *known[2:]), None)
        faults: Any = None
        build = recipe.build
        if recipe.match(text) is None or not recipe.notes(elements) or text[-1] == self._element:
            faults = self._faults(recipe, text, elements)
            build = self._builders[elements[0]]
        elif recipe.rule is not None:
            found: list[Problem] = []
            recipe.rule(elements, found)
            if found:
                faults = tuple(found)
        try:
            value = build(elements)
        except (ValueError, IndexError, ArithmeticError):
            value = None
            if not faults:
                faults = (_unreadable(elements[0]),)
        if stems is not None and faults is None and value is not None:
            if len(stems) >= self._cap:
                stems.clear()
            stems[stem] = value
        entry: Entry = (recipe.key, value, faults)
        if recipe.remember and len(text) < 400:
            self._remember(text, entry)
            recipe.missed += 1
        return entry

    def _remember(self, text: str, entry: Entry) -> None:
        """Keep a segment as it was read, for the next like it."""
        if len(self._cache) >= self._cap:
            self._forget()
        self._cache[text] = entry

    def _forget(self) -> None:
        """Start the memory afresh, and stop remembering kinds of segment that hardly ever came again."""
        self._cache.clear()
        met: dict[str, int] = {}
        for keys, shape in self._plans.items():
            for key in keys:
                met[key] = met.get(key, 0) + shape.uses[0]
            shape.uses[0] = 0
        for recipe in (*self._recipes.values(), *(r for table in self._qualified.values() for r in table.values())):
            if recipe.missed > _TRIAL and met.get(recipe.key, 0) * _WORTHWHILE < recipe.missed:
                recipe.remember = False
            recipe.missed = 0

    def _learn(self, segment: str, qualifier: str, key: str, specs: list[SegmentSpec]) -> None:
        """Prepare how segments of one key are read."""
        matches = [compile_check(spec, self._delimiters) for spec in specs]
        # Where the spec depends on the loop, the quick way is for segments that satisfy all of them.
        match = matches[0] if len(specs) == 1 else _all_of(matches)
        notes = compile_notes(specs[0], self._limits.elements)
        assembly = self._assembly
        personal = self.root.id in assembly.personal_roots and (key in _PERSONAL or segment in _PERSONAL)
        remember = key not in _UNIQUE and key not in assembly.unique and segment != "HL" and not personal
        recipe = Recipe(
            key, specs, match, notes, self._codes.rules.get(segment), self._trusting[segment], remember,
            key in assembly.priced,
        )  # fmt: skip
        if qualifier:
            self._qualified.setdefault(segment, {})[qualifier] = recipe
        else:
            self._recipes[segment] = recipe

    def _odd(self, text: str, elements: list[str]) -> Entry | Recipe:
        """A segment of a key not met before (its new recipe), or misspelt, empty or not of this guide."""
        segment = elements[0] = elements[0].strip()
        if len(elements) > 1:
            key = self._key(segment, elements)
            specs = self._specs.get(key) or self._specs.get(segment)
            if specs and not key.startswith("?"):
                # Only qualifiers that the guide names are learnt one by one: what is sent must not fill the table.
                slot = ""
                if segment in self._mixed:
                    qualifier = elements[1].partition(self._delimiters.component)[0]
                    known = f"{segment}*{qualifier}" in self._specs
                    slot = qualifier if known else "*"
                    if not known:
                        key = segment if segment in self._bare else f"{segment}*?"
                        specs = self._specs.get(segment) or specs
                table = self._qualified.get(segment, {}) if slot else self._recipes
                if (slot or segment) not in table:
                    self._learn(segment, slot, key, specs)
                return self._qualified[segment][slot] if slot else self._recipes[segment]
            return (key, None, None)
        if segment in self._specs:
            return (segment, None, (_unreadable(segment),))
        return ("?" + segment[:3] if segment.isalnum() and segment.isascii() else "?", None, None)

    def _key(self, segment: str, elements: list[str]) -> str:
        if segment in QUALIFIED:
            qualifier = elements[1].partition(self._delimiters.component)[0]
            key = f"{segment}*{qualifier}"
            if key in self._specs or (segment in self._specs and segment not in self._bare):
                return key
        elif segment == "HL":
            return self.root.opener.key
        if segment in self._specs:
            return segment
        if segment in DICTIONARY:
            return "?" + segment
        return "?" + segment[:3] if segment.isalnum() and segment.isascii() else "?"

    def _faults(self, recipe: Recipe, text: str, elements: list[str]) -> Any:
        """Problems of a segment; by spec where the spec depends on the loop it will be found in."""
        if len(recipe.specs) == 1:
            return self._check(recipe.specs[0], text, elements) or None
        by_spec = {id(spec): self._check(spec, text, elements) for spec in recipe.specs}
        return by_spec if any(by_spec.values()) else None

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
            found.append(_trailing(spec.id, len(elements) - 1))
        rule = self._codes.rules.get(spec.id)
        if rule is not None:
            with suppress(IndexError):  # too few elements, which `explain` has told
                rule(elements, found)
        return tuple(found)

    def unit(self, entries: list[Entry], texts: list[str], first: int) -> Unit:
        """Assemble a run of parsed segments whose first stands at position `first` of its transaction."""
        keys, values, faults = zip(*entries, strict=True)
        shape = self._plans.get(keys)
        if shape is None:
            shape = plan(self.root, keys, self._guide)
            if len(keys) <= _PLAN_SEGMENTS:
                if len(self._plans) >= _PLANS:
                    self._plans.clear()
                self._plans[keys] = shape
        shape.uses[0] += 1
        problems: list[Problem] = []
        for index, problem in shape.problems:
            problems.append(msgspec.structs.replace(problem, position=first + index))
        if faults.count(None) != len(faults):
            for index, fault in enumerate(faults):
                if fault is not None:
                    problems.extend(self._placed(shape, index, fault, first + index))
        if len(problems) > self._limits.problems_per_unit:
            kept = problems[: self._limits.problems_per_unit]
            more = Problem("claim", 1, problems[0].segment, "there are more problems than are listed here",
                           "how_to_fix these and send again", problems[0].loop, first, severity="warning")  # fmt: skip
            problems = [*kept, more]
        node = assemble.run(shape.ops, values, texts)
        terminator = self._terminator
        text = terminator.join(texts) + terminator
        unread: tuple[str, ...] = ()
        if values.count(None):
            unread = tuple([k.partition("*")[0] for k, v in zip(keys, values, strict=True) if v is None])
        return Unit(node, tuple(problems), text, first, first + len(entries) - 1, keys, shape, unread)

    def _placed(self, shape: Plan, index: int, faults: Any, position: int) -> list[Problem]:
        if isinstance(faults, dict):
            by_spec = cast("Faults", faults)
            faults = by_spec.get(id(shape.specs[index]), ())
        loop, line = shape.loops[index], shape.lines[index]
        return [msgspec.structs.replace(p, position=position, loop=loop, line=line) for p in faults]
