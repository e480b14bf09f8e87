"""Reads the guides' tables into loop grammars.

Notation, one line an item, children indented under their loop:
`@LOOP KEY USAGE MAX KIND[=FIELD|+FIELD] narrowing…` opens a loop at segment KEY and builds a KIND that its
parent keeps in FIELD (`=` sets, `+` appends); `KEY USAGE MAX narrowing…` is a segment. USAGE is R (required),
S (situational) or W (required, but its lack is only a warning: a remittance is not refused for it), MAX a
count or `*`. KEY is a segment ID, with `*` and the qualifiers that tell it from its neighbours (`REF*9A|9C`:
each qualifier up to MAX times). Narrowing: `3!` required, `3-` not used, `3=A,B` codes allowed, `1.2!` of a
component. Segments must come in table order; those with one ID may come in any order among themselves, and
so may sibling loops that open with one ID.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.dictionary import DICTIONARY, SegmentSpec

SET, ADD, EXTEND, OPEN, CLOSE, EXTRA = range(6)
"""Assembly: set or append a value to the open node, extend with a tuple, open or close a loop, keep text."""

Node = dict[str, Any]
"""The fields of a loop that is being assembled."""
Maker = Callable[[Node], Any]
Number = Callable[[str], Decimal]
Builder = Callable[[list[str]], Any]
"""Makes the value of a segment that is split into elements, its ID first."""

UNLIMITED = 1_000_000_000
QUALIFIED = frozenset({"NM1", "N1", "REF", "DTP", "DTM", "AMT", "QTY", "CRC", "HI", "PRV", "CUR", "NTE", "LQ", "PER"})


class Use(msgspec.Struct, eq=False):
    """One place where a guide allows a segment, as itself or as the opening of a loop."""

    key: str
    required: bool
    max: int
    order: int
    spec: SegmentSpec
    qualifiers: tuple[str, ...] = ()
    loop: Loop | None = None
    tolerated: bool = False

    @property
    def id(self) -> str:
        """Segment ID."""
        return self.spec.id


class Loop(msgspec.Struct, eq=False):
    """A loop: where it opens, what it builds, what it holds."""

    id: str
    kind: str
    field: str
    many: bool
    opener: Use
    uses: dict[str, Use] = {}
    by_id: dict[str, Use] = {}
    required: list[Use] = []


class Assembly(msgspec.Struct, frozen=True, eq=False):
    """What a transaction set adds to the core: how its own segments and loops become values.

    `fields`: operation (SET, ADD or EXTEND) and field by segment ID. `values`: builders by segment ID, made for one set
    of delimiters and one reader of numbers. `makers`: by loop kind, what makes a value of a loop's fields.
    `keepers`: kinds of inner loops that keep segments the guide does not place. `lines`: kinds of loops that are
    service lines. `unique`: segments that hardly ever come twice, so that none is remembered.
    `personal_roots`: root loops that tell of a patient. `priced`: segments new for their second element (an amount)
    alone, the rest of which is remembered.
    """

    fields: Mapping[str, tuple[int, str]] = MappingProxyType({})
    values: Callable[[Delimiters, Number], dict[str, Builder]] | None = None
    makers: Mapping[str, Maker] = MappingProxyType({})
    keepers: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset()
    personal_roots: frozenset[str] = frozenset()
    priced: frozenset[str] = frozenset()


class Guide(msgspec.Struct, eq=False):
    """One implementation guide: root loops by ID, every segment it uses, and how they are assembled."""

    name: str
    roots: dict[str, Loop]
    segments: frozenset[str]
    assembly: Assembly


def _narrow(spec: SegmentSpec, rules: list[str]) -> SegmentSpec:
    elements = list(spec.elements)
    for rule in rules:
        place, _, codes = rule.partition("=")
        mark = place[-1] if place[-1] in "!-" else ""
        index, _, component = place.rstrip("!-").partition(".")
        at = int(index) - 1
        change: dict[str, object] = {}
        if mark == "!":
            change["required"] = True
        elif mark == "-":
            change["unused"] = True
        if codes:
            change["codes"] = frozenset(codes.split(","))
        if component:
            parts = list(elements[at].parts)
            parts[int(component) - 1] = msgspec.structs.replace(parts[int(component) - 1], **change)
            change = {"parts": tuple(parts)}
        elements[at] = msgspec.structs.replace(elements[at], **change)
    return msgspec.structs.replace(spec, elements=tuple(elements))


def _use(tokens: list[str], order: int) -> tuple[Use, list[str]]:
    """A Use for each key of the line is made by the caller; here the shared one and its rules."""
    key, usage, limit, *rules = tokens
    segment, _, quals = key.partition("*")
    use = Use(
        key,
        usage in "RW",
        UNLIMITED if limit == "*" else int(limit),
        order,
        DICTIONARY[segment],
        tuple(quals.split("|")) if quals else (),
        tolerated=usage == "W",
    )
    return use, rules


def _register(loop: Loop, use: Use) -> None:
    for qualifier in use.qualifiers or ("",):
        key = f"{use.id}*{qualifier}" if qualifier else use.id
        loop.uses.setdefault(key, use)
    loop.by_id.setdefault(use.id, use)
    if use.required:
        loop.required.append(use)


def compile_guide(name: str, table: str, assembly: Assembly = Assembly()) -> Guide:
    """The grammar that a table states; raises `ValueError` or `KeyError` on a table that cannot be read."""
    roots: dict[str, Loop] = {}
    stack: list[tuple[int, Loop]] = []
    seen: set[str] = set()
    for row in table.splitlines():
        if not row.strip():
            continue
        depth = len(row) - len(row.lstrip())
        tokens = row.split()
        while stack and stack[-1][0] >= depth:
            stack.pop()
        parent = stack[-1][1] if stack else None
        loop_id = ""
        kind = field = ""
        many = False
        if tokens[0].startswith("@"):
            loop_id = tokens.pop(0)[1:]
            target = tokens.pop(3)
            many = "+" in target
            kind, _, field = target.replace("+", "=").partition("=")
        order = _order(parent, tokens[0].partition("*")[0])
        use, rules = _use(tokens, order)
        use.spec = _narrow(use.spec, rules)
        seen.add(use.id)
        if loop_id:
            use.loop = Loop(loop_id, kind, field, many, use, {}, {}, [])
            stack.append((depth, use.loop))
            if parent is None:
                roots[loop_id] = use.loop
        if parent is not None:
            _register(parent, use)
    return Guide(name, roots, frozenset(seen), assembly)


def _order(parent: Loop | None, segment: str) -> int:
    """Table order, counted up whenever the segment ID changes."""
    if parent is None or not parent.uses:
        return 1
    last = next(reversed(parent.uses.values()))
    return last.order if last.id == segment else last.order + 1
