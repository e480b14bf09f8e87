"""837: HL hierarchy and claims (005010X222A1, X223A3, X224A2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from services.intake.adapters.x12.assemble import Node
from services.intake.adapters.x12.items import ClaimRead, Item
from services.intake.adapters.x12.parser import Unit
from services.intake.adapters.x12.transaction import TransactionReader
from services.intake.domain.claim import EMPTY_PARTY, Claim
from services.intake.domain.segments import Coverage
from services.intake.domain.snip.claims import validate_claim
from services.intake.domain.snip.problem import Problem

_LEVELS = {"20": "2000A", "22": "2000B", "23": "2000C"}
_PARENT = {"2000B": "2000A", "2000C": "2000B"}
_UNITS = {"2000A": "2000A", "2010A": "2000A", "2000B": "2000B", "2010B": "2000B", "2000C": "2000C", "2010C": "2000C"}
_NO_NODE: Node = {}


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

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._form: Any = self._guide.name
        self._header = _NO_NODE
        self._header_text = ""
        self._header_problems: tuple[Problem, ...] = ()
        self._levels: dict[str, _Level] = {}
        self._numbers: dict[str, str] = {}
        self._last_number = 0
        self._context: tuple[Any, ...] | None = None
        self._context_problems: tuple[Problem, ...] = ()
        self._context_extra: tuple[str, ...] = ()

    def root_of(self, text: str) -> str:
        if text.startswith("CLM"):
            return "2300"
        elements = text.split(self.delimiters.element)
        return _LEVELS.get(elements[3] if len(elements) > 3 else "", "2000C")

    def close_unit(self, root: str, unit: Unit) -> Iterator[Item]:
        if root == "2300":
            yield self._claim(unit)
        elif root == "HEADER":
            self._header = unit.node
            self._header_text = unit.text.split(self.delimiters.terminator, 1)[1]
            self._header_problems = tuple(replace(p, level="transaction") for p in unit.problems)
            self.problems.extend(self._header_problems)
        else:
            self._level(root, unit)

    def _level(self, root: str, unit: Unit) -> None:
        self._context = None
        elements: list[str] = unit.node.pop("base", None) or ["HL"]
        elements = [*elements, *[""] * 5][:5]
        number, parent = elements[1], elements[2]
        problems = (*unit.problems, *self._hierarchy(root, unit.first, elements))
        level = _Level(number, unit, problems)
        for below in ("2000A", "2000B", "2000C")[("2000A", "2000B", "2000C").index(root) :]:
            old = self._levels.pop(below, None)
            if old is not None:
                self._barren(old)
        self._levels[root] = level
        if root == "2000B" or root == "2000A":
            self._numbers = {k: v for k, v in self._numbers.items() if v == "2000A"} if root == "2000B" else {}
        self._numbers[number] = root
        del parent

    def _hierarchy(self, root: str, position: int, elements: list[str]) -> list[Problem]:
        """HL01 counts up from 1; HL02 names the open level above; HL03 is one of 20, 22, 23."""
        found: list[Problem] = []

        def add(element: int, message: str, mend: str, code: str, warn: bool = False) -> None:
            found.append(
                Problem(
                    "claim",
                    4,
                    "HL",
                    message,
                    mend,
                    root,
                    position,
                    element,
                    code=code,
                    data_element=("628", "734", "735", "736")[element - 1],
                    severity="warning" if warn else "error",
                    status=("A7", "0"),
                )
            )

        _, number, parent, code, child = elements
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
            self.problems.extend(replace(p, level="transaction") if p.severity == "error" and not self.claims
                                 else p for p in level.problems)  # fmt: skip

    def _open_context(self) -> tuple[Any, ...]:
        """The fields of Claim from submitter to batch_type, built once per change of level."""
        levels = [self._levels.get(name) for name in ("2000A", "2000B", "2000C")]
        a, b, p = [level.node if level else _NO_NODE for level in levels]
        problems = list(self._header_problems)
        for name, level in zip(("2000A", "2000B"), levels, strict=False):
            if level is None:
                problems.append(
                    Problem(
                        "claim",
                        4,
                        "HL",
                        f"the claim stands under no level {name}",
                        f"send loop {name} first",
                        name,
                        self.position,
                        code="3",
                        status=("A7", "0"),
                    )
                )
        for level in levels:
            if level is not None:
                problems.extend(level.problems)
        self._context_problems = tuple(problems)
        self._context_extra = (
            *self._header.get("extra", ()), *a.get("extra", ()), *b.get("extra", ()), *p.get("extra", ()),
        )  # fmt: skip
        bht = [*(self._header.get("bht") or ()), *[""] * 7][:7]
        billing = a.get("billing") or EMPTY_PARTY
        if "specialty" in a:
            billing = replace(billing, specialty=a["specialty"])
        context = (
            self._header.get("submitter") or EMPTY_PARTY, self._header.get("receiver") or EMPTY_PARTY,
            billing, a.get("pay_to"), a.get("pay_to_plan"), a.get("currency") or "",
            b.get("coverage") or Coverage(), b.get("subscriber") or EMPTY_PARTY, b.get("pat"),
            b.get("payer") or EMPTY_PARTY, p.get("patient"), p.get("pat"),
            bht[2], bht[3], bht[4] + bht[5], bht[6],
        )  # fmt: skip
        self._context = context
        return context

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
        return ClaimRead(claim, problems, control, source)

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
