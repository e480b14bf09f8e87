"""Fits a run of segments to a guide's loops: which loop each belongs to, and what is missing or misplaced.

Works on segment keys alone (`NM1*82`, `REF*6R`, `SV1`), never on data, so that its outcome can be remembered:
claims of one file have few distinct shapes. The outcome is a `Plan`: assembly instructions and problems.
"""

from __future__ import annotations

from typing import Any

import msgspec

from recoup_x12.core.assemble import make_party
from recoup_x12.core.dictionary import SegmentSpec
from recoup_x12.core.guide import ADD, CLOSE, EXTEND, EXTRA, OPEN, SET, Guide, Loop, Maker, Use
from recoup_x12.core.problem import Problem

_COMMON: dict[str, tuple[int, str]] = {
    "REF": (ADD, "references"), "DTP": (ADD, "dates"), "DTM": (ADD, "dates"), "AMT": (ADD, "amounts"),
    "QTY": (ADD, "quantities"), "PWK": (ADD, "attachments"), "K3": (ADD, "file_information"),
    "NTE": (ADD, "notes"), "CRC": (ADD, "conditions"), "CAS": (EXTEND, "adjustments"), "PER": (ADD, "contacts"),
    "N3": (SET, "n3"), "N4": (SET, "n4"), "DMG": (SET, "demographics"), "PRV": (SET, "specialty"),
    "CN1": (SET, "contract"), "HCP": (SET, "pricing"), "OI": (SET, "insurance"),
    "MIA": (SET, "inpatient"), "MOA": (SET, "outpatient"), "PAT": (SET, "pat"), "CUR": (SET, "currency"),
    "NM1": (ADD, "parties"), "LQ": (ADD, "remarks"), "ST": (SET, "st"), "BHT": (SET, "bht"),
    "TRN": (SET, "trn"), "LX": (SET, "lx"),
}  # fmt: skip
"""Operation and field of the segments that mean the same in every set."""


class Plan(msgspec.Struct, frozen=True):
    """How to assemble a run of segments of one shape.

    `ops` are (operation, field, index, maker or depth); `loops` and `lines` tell the loop and the service line
    (0 above lines) of each index; `problems` are (index, problem without position); `specs` the narrowed
    segment spec of each index, None for misplaced segments.
    """

    ops: tuple[tuple[int, str, int, Any], ...]
    loops: tuple[str, ...]
    lines: tuple[int, ...]
    problems: tuple[tuple[int, Problem], ...]
    specs: tuple[SegmentSpec | None, ...]
    uses: list[int]  # how many units had this shape since the parser last looked


class _Frame:
    __slots__ = ("counts", "loop", "opened", "order")

    def __init__(self, loop: Loop, opened: int) -> None:
        self.loop = loop
        self.opened = opened
        self.order = 0
        self.counts: dict[str, int] = {}


class _Walk:
    def __init__(self, root: Loop, guide: Guide) -> None:
        self.known = guide.segments
        self.assembly = guide.assembly
        self.stack = [_Frame(root, -1)]
        self.ops: list[tuple[int, str, int, Any]] = []
        self.loops: list[str] = []
        self.lines: list[int] = []
        self.problems: list[tuple[int, Problem]] = []
        self.specs: list[SegmentSpec | None] = []
        self.line = 0

    def run(self, keys: tuple[str, ...]) -> Plan:
        root = self.stack[0].loop
        for index, key in enumerate(keys):
            if index == 0 and key == root.opener.key and key not in root.uses:
                self._note(root.id, root.opener.spec)
                self.ops.append((SET, "base", 0, None))
                continue
            self._segment(index, key)
        while len(self.stack) > 1:
            self._close(len(keys))
        self._missing(self.stack[0], len(keys))
        return Plan(tuple(self.ops), tuple(self.loops), tuple(self.lines), tuple(self.problems), tuple(self.specs), [0])

    def _note(self, loop: str, spec: SegmentSpec | None) -> None:
        self.loops.append(loop)
        self.lines.append(self.line)
        self.specs.append(spec)

    def _find(self, key: str) -> tuple[int, Use] | None:
        """The innermost open loop that takes the segment: by key; else by its ID with another qualifier."""
        segment = key.partition("*")[0]
        for depth in range(len(self.stack) - 1, -1, -1):
            uses = self.stack[depth].loop.uses
            use = uses.get(key) or uses.get(segment)
            if use is not None:
                return depth, use
        if segment in ("NM1", "HL", "N1"):
            return None
        for depth in range(len(self.stack) - 1, -1, -1):
            use = self.stack[depth].loop.by_id.get(segment)
            if use is not None and use.loop is None:
                return depth, use
        return None

    def _segment(self, index: int, key: str) -> None:
        found = self._find(key)
        if found is None:
            self._misplaced(index, key)
            return
        depth, use = found
        while len(self.stack) - 1 > depth:
            self._close(index)
        frame = self.stack[-1]
        if use.order < frame.order:
            self._problem(index, frame.loop.id, use.id, "7", "the segment is out of sequence",
                          f"send it before the {self._latest(frame)} segments of loop {frame.loop.id}")  # fmt: skip
        else:
            frame.order = use.order
        exact = key in frame.loop.uses or use.id in frame.loop.uses
        count = frame.counts[key] = frame.counts.get(key, 0) + 1
        if use.loop is not None:
            self._open(index, use, use.loop, count)
            return
        if not exact:
            self._problem(index, frame.loop.id, use.id, "I4", "the guide does not use this qualifier here",
                          "use a qualifier that the guide lists for this loop", 2, "warning", 1)  # fmt: skip
        elif count > use.max:
            self._problem(index, frame.loop.id, use.id, "5", f"the segment may occur {use.max} times here",
                          "remove the excess")  # fmt: skip
        self._note(frame.loop.id, use.spec)
        operation, field = self.assembly.fields.get(use.id) or _COMMON[use.id]
        self.ops.append((operation, field, index, None))

    def _latest(self, frame: _Frame) -> str:
        return next((u.id for u in frame.loop.uses.values() if u.order == frame.order), "following")

    def _open(self, index: int, use: Use, loop: Loop, count: int) -> None:
        if count > use.max:
            self._problem(index, loop.id, use.id, "4", f"the loop may occur {use.max} times here",
                          "remove the excess or split the claim")  # fmt: skip
        if loop.kind in self.assembly.lines:
            self.line += 1
        self.stack.append(_Frame(loop, len(self.ops)))
        self._note(loop.id, use.spec)
        self.ops.append((OPEN, loop.kind, index, None))

    def _close(self, index: int) -> None:
        frame = self.stack.pop()
        loop = frame.loop
        self._missing(frame, index)
        if loop.kind == "party" and len(self.ops) == frame.opened + 1:
            at = self.ops.pop()[2]
            self.ops.append((ADD if loop.many else SET, loop.field, at, None))
        else:
            self.ops.append((CLOSE, loop.field, ADD if loop.many else SET, self._maker(loop.kind)))

    def _maker(self, kind: str) -> Maker:
        return make_party if kind == "party" else self.assembly.makers[kind]

    def _missing(self, frame: _Frame, index: int) -> None:
        for use in frame.loop.required:
            if any(k in frame.counts for k in self._keys(use)):
                continue
            names = use.key.replace("|", " or ")
            severity = "warning" if use.tolerated else "error"
            if use.loop is not None:
                loop, message, how_to_fix = use.loop.id, f"loop {use.loop.id} is missing", f"open it with {names}"
            else:
                loop, message = frame.loop.id, "a required segment is missing"
                how_to_fix = f"send {names} in loop {loop}"
            self._problem(index, loop, use.id, "3", message, how_to_fix, 2, severity)

    @staticmethod
    def _keys(use: Use) -> list[str]:
        return [use.id, *(f"{use.id}*{q}" for q in use.qualifiers)]

    def _misplaced(self, index: int, key: str) -> None:
        keepers = self.assembly.keepers
        depth = next((d for d in range(len(self.stack) - 1, 0, -1) if self.stack[d].loop.kind in keepers), 0)
        segment = key.partition("*")[0].lstrip("?")
        loop = self.stack[-1].loop.id
        if segment in self.known:
            message, code = "the guide has no such segment at this place", "2"
        elif key.startswith("?"):
            message, code = "the segment is not one this transaction set knows", "1"
        else:
            message, code = "the segment is not in this implementation", "6"
        self._problem(index, loop, segment, code, message, "remove it or move it to where the guide has it")
        self._note(loop, None)
        self.ops.append((EXTRA, "extra", index, depth))

    def _problem(
        self, index: int, loop: str, segment: str, code: str, message: str, how_to_fix: str, snip: int = 1,
        severity: str = "error", element: int = 0,
    ) -> None:  # fmt: skip
        problem = Problem(
            "claim", snip, segment, message, how_to_fix, loop, 0, element, 0, 0, "", code,
            "warning" if severity == "warning" else "error", self.line,
        )  # fmt: skip
        self.problems.append((index, problem))


def plan(root: Loop, keys: tuple[str, ...], guide: Guide) -> Plan:
    """Fit keys to the loops under `root` of a guide, whose opening segment is the first key."""
    return _Walk(root, guide).run(keys)
