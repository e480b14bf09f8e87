"""837: HL hierarchy and claims (005010X222A1, X223A3, X224A2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from recoup_x12.core.guide import Node
from recoup_x12.core.items import Item
from recoup_x12.core.parser import Unit
from recoup_x12.core.party import EMPTY_PARTY
from recoup_x12.core.problem import Problem
from recoup_x12.core.segments import Coverage
from recoup_x12.core.source import Source
from recoup_x12.core.transaction import TransactionReader
from recoup_x12.sets.claim837.items import ClaimRead
from recoup_x12.sets.claim837.model import Claim
from recoup_x12.sets.claim837.rules import validate_claim

_LEVELS = {"20": "2000A", "22": "2000B", "23": "2000C"}
_BELOW = {"2000A": ("2000A", "2000B", "2000C"), "2000B": ("2000B", "2000C"), "2000C": ("2000C",)}
_PARENT = {"2000B": "2000A", "2000C": "2000B"}
_UNITS = {"2000A": "2000A", "2010A": "2000A", "2000B": "2000B", "2010B": "2000B", "2000C": "2000C", "2010C": "2000C"}
_NO_NODE: Node = {}
_NO_COVERAGE = Coverage()


class _Level:
    """One open HL: its number, fields, problems and text, and whether a claim came under it."""

    __slots__ = ("claims", "node", "number", "problems", "text", "unit")

    def __init__(self, number: str, unit: Unit, problems: tuple[Problem, ...]) -> None:
        self.number = number
        self.node = unit.node
        self.unit = unit
        self.problems = problems
        self.text = unit.text
        self.claims = 0


class ClaimReader(TransactionReader):
    """Yields a `ClaimRead` for each CLM. A fault in an HL level refuses the claims under it, no others."""

    boundaries = frozenset({"HL", "CLM"})
    unit_roots = frozenset({"2300"})

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._form: Any = self._guide.name
        self._header = _NO_NODE
        self._header_text = ""
        self._header_problems: tuple[Problem, ...] = ()
        self._levels: dict[str, _Level] = {}
        self._last_number = 0
        self._context: tuple[Any, ...] | None = None
        self._upper: tuple[Any, ...] | None = None
        self._upper_problems: tuple[Problem, ...] = ()
        self._upper_extra: tuple[str, ...] = ()
        self._batch: tuple[str, ...] = ()
        self._context_problems: tuple[Problem, ...] = ()
        self._context_extra: tuple[str, ...] = ()

    def root_of(self, text: str) -> str:
        if text.startswith("CLM"):
            return "2300"
        return self.level_of(text, _LEVELS, "2000C")

    def close_unit(self, root: str, unit: Unit) -> Item | None:
        if root == "2300":
            return self._claim(unit)
        if root == "HEADER":
            self._header = unit.node
            self._header_text = unit.text.split(self.delimiters.terminator, 1)[1]
            self._header_problems = tuple(replace(p, level="transaction") for p in unit.problems)
            self.keep(self._header_problems)
        else:
            self._level(root, unit)
        return None

    def broken(self, control: str, problem: Problem, source: Source) -> Item | None:
        return ClaimRead((problem,), control, None, source)

    def _level(self, root: str, unit: Unit) -> None:
        self._context = None
        elements: list[str] = unit.node.pop("base", None) or ["HL"]
        elements = elements + [""] * (5 - len(elements))
        problems = unit.problems + tuple(self._hierarchy(root, unit.first, elements))
        levels = self._levels
        for below in _BELOW[root]:
            old = levels.pop(below, None)
            if old is not None and old.problems:
                self._barren(old)
        if root == "2000A":
            self._upper = None
        levels[root] = _Level(elements[1], unit, problems)

    def _hierarchy(self, root: str, position: int, elements: list[str]) -> list[Problem]:
        """HL01 counts up from 1; HL02 names the open level above; HL03 is one of 20, 22, 23."""
        found: list[Problem] = []

        def add(element: int, message: str, how_to_fix: str, code: str, warn: bool = False) -> None:
            found.append(
                Problem(
                    "claim",
                    4,
                    "HL",
                    message,
                    how_to_fix,
                    root,
                    position,
                    element,
                    code=code,
                    data_element=("628", "734", "735", "736")[element - 1],
                    severity="warning" if warn else "error",
                    status=("A7", "0"),
                )
            )

        _, number, parent, code, child = elements[:5]
        if not number.isdigit() or not number.isascii() or len(number) > 12:
            add(1, "the level has no number", "number levels from 1", "1" if not number else "6")
        else:
            if int(number) != self._last_number + 1:
                add(1, "levels do not count up by one from 1", "number levels 1, 2, 3 … within ST", "I12", True)
            self._last_number = int(number)
        if code not in _LEVELS:
            add(3, "not a level of this guide", "use 20, 22 or 23", "7")
            return found
        above = _PARENT.get(root)
        if above is None:
            if parent:
                add(2, "the billing provider's level has no parent", "leave HL02 empty", "I13")
            return found
        if above not in self._levels:
            add(2, f"no level {above} is open above this one", f"send loop {above} first", "7")
        elif self._levels[above].number != parent:
            add(2, "the parent is not the level above it", "name HL01 of the level this one belongs to", "7")
        if root == "2000C" and child == "1":
            add(4, "a dependent has no levels below", "send 0", "7", True)
        return found

    def _barren(self, level: _Level) -> None:
        """Problems of a level under which no claim came would be lost with it: keep them with the set."""
        if not level.claims and level.problems:
            self.keep(replace(p, level="transaction") if p.severity == "error" and not self.claims
                      else p for p in level.problems)  # fmt: skip

    def _open_upper(self) -> None:
        """What all claims of one billing provider share: the batch header and level 2000A."""
        level = self._levels.get("2000A")
        a = level.node if level else _NO_NODE
        header = self._header
        billing = a.get("billing") or EMPTY_PARTY
        if "specialty" in a:
            billing = replace(billing, specialty=a["specialty"])
        bht = [*(header.get("bht") or ()), *[""] * 7][:7]
        self._upper = (
            header.get("submitter") or EMPTY_PARTY, header.get("receiver") or EMPTY_PARTY, billing,
            a.get("pay_to"), a.get("pay_to_plan"), a.get("currency") or "",
        )  # fmt: skip
        self._batch = (bht[2], bht[3], bht[4] + bht[5], bht[6])
        self._upper_problems = self._header_problems + (level.problems if level else (self._absent("2000A"),))
        self._upper_extra = header.get("extra", ()) + a.get("extra", ())

    def _absent(self, name: str) -> Problem:
        return Problem("claim", 4, "HL", f"the claim stands under no level {name}", f"send loop {name} first",
                       name, self.position, code="3", status=("A7", "0"))  # fmt: skip

    def _open_context(self) -> tuple[Any, ...]:
        """The fields of Claim from submitter to batch_type, built once per change of level."""
        if self._upper is None:
            self._open_upper()
        subscriber, patient = self._levels.get("2000B"), self._levels.get("2000C")
        b = subscriber.node if subscriber else _NO_NODE
        p = patient.node if patient else _NO_NODE
        problems = self._upper_problems + (subscriber.problems if subscriber else (self._absent("2000B"),))
        self._context_problems = problems + patient.problems if patient else problems
        self._context_extra = self._upper_extra + b.get("extra", ()) + p.get("extra", ())
        self._context = (
            *(self._upper or ()), b.get("coverage") or _NO_COVERAGE, b.get("subscriber") or EMPTY_PARTY, b.get("pat"),
            b.get("payer") or EMPTY_PARTY, p.get("patient"), p.get("pat"), *self._batch,
        )  # fmt: skip
        return self._context

    def _claim(self, unit: Unit) -> ClaimRead:
        context = self._context or self._open_context()
        node = unit.node
        levels = self._levels
        a, b, p = levels.get("2000A"), levels.get("2000B"), levels.get("2000C")
        for level in (a, b, p):
            if level is not None:
                level.claims += 1
        source = self.source(unit, self._header_text, a.text if a else "", b.text if b else "", p.text if p else "")
        base = node.pop("base", None)
        claim: Claim | None = None
        problems = unit.problems
        control = ""
        if base is not None:
            claim = Claim(
                self._form, self.place.implementation, *base, *context, **node,
                context_extra=self._context_extra, source=source,
            )  # fmt: skip
            control = claim.control_number
            found = validate_claim(claim)
            if found:
                problems += tuple([self._unit_of(f, unit).locate(f) for f in found])
        if self._context_problems:
            problems = self._context_problems + problems
        self.note(problems)
        return ClaimRead(problems, control, claim, source)

    def _unit_of(self, problem: Problem, claim: Unit) -> Unit:
        """The unit that a rule's problem is about: the subscriber's level, the billing provider's, or the claim."""
        level = self._levels.get(_UNITS.get(problem.loop[:5], ""))
        return level.unit if level is not None else claim

    def finish(self) -> Iterator[Item]:
        for level in self._levels.values():
            self._barren(level)
        if not self.claims:
            self.problems.append(
                Problem(
                    "transaction",
                    2,
                    "CLM",
                    "the transaction set holds no claim",
                    "send loop 2300",
                    "2300",
                    self.position,
                    code="3",
                )
            )
        return iter(())
