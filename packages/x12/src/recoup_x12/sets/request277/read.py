"""277 Request for Additional Information (005010X213): the levels, and each claim about which a payer asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from recoup_x12.core.guide import Node
from recoup_x12.core.items import Item
from recoup_x12.core.parser import Unit
from recoup_x12.core.party import EMPTY_PARTY
from recoup_x12.core.problem import Problem
from recoup_x12.core.segments import Dated, dated, reference_of
from recoup_x12.core.source import Source
from recoup_x12.core.transaction import TransactionReader
from recoup_x12.core.values import day
from recoup_x12.sets.request277.items import RequestRead
from recoup_x12.sets.request277.model import Question, RecordsRequest
from recoup_x12.sets.request277.values import Status

_LEVELS = {"20": "2000A", "21": "2000B", "19": "2000C", "PT": "2000D"}
_ORDER = ("2000A", "2000B", "2000C", "2000D")


class RequestReader(TransactionReader):
    """Yields a `RequestRead` for each TRN (loop 2200D). A fault in a level refuses the requests under it, no others."""

    boundaries = frozenset({"HL", "TRN"})
    unit_roots = frozenset({"2200D"})

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._levels: dict[str, tuple[str, Node, tuple[Problem, ...]]] = {}
        self._header_problems: tuple[Problem, ...] = ()

    def root_of(self, text: str) -> str:
        if text.startswith("TRN"):
            return "2200D"
        return self.level_of(text, _LEVELS, "2000D")

    def close_unit(self, root: str, unit: Unit) -> Item | None:
        if root == "2200D":
            return self._request(unit)
        if root == "HEADER":
            self._header_problems = tuple(replace(p, level="transaction") for p in unit.problems)
            self.keep(self._header_problems)
        else:
            self._level(root, unit)
        return None

    def broken(self, control: str, problem: Problem, source: Source) -> Item | None:
        return RequestRead((problem,), "", None)

    def _level(self, root: str, unit: Unit) -> None:
        """One HL: those below the level it opens are closed; HL02 names the one above."""
        e = [*(unit.node.get("base") or ["HL"]), *[""] * 5][:5]
        at = _ORDER.index(root)
        above = self._levels.get(_ORDER[at - 1]) if at else None
        found: list[Problem] = []
        if e[3] not in _LEVELS:
            found.append(self._fault(root, unit.first, 3, "735", "not a level of this guide", "use 20, 21, 19 or PT"))
        elif at and (above is None or above[0] != e[2]):
            how_to_fix = "name HL01 of the level this one belongs to"
            found.append(self._fault(root, unit.first, 2, "734", "the parent is not the level above it", how_to_fix))
        for below in _ORDER[at:]:
            self._levels.pop(below, None)
        problems = unit.problems + tuple(found)
        self._levels[root] = (e[1], unit.node, problems)
        if root != "2000D":
            self.keep(problems)

    @staticmethod
    def _fault(root: str, position: int, element: int, number: str, message: str, how_to_fix: str) -> Problem:
        return Problem("claim", 1, "HL", message, how_to_fix, root, position, element, data_element=number, code="7")

    def _request(self, unit: Unit) -> RequestRead:
        node = unit.node
        problems = self._header_problems
        for name in _ORDER:
            level = self._levels.get(name)
            if level is None:
                problems += (Problem("claim", 1, "HL", f"the request stands under no level {name}",
                                     f"send loop {name} first", name, unit.first, code="3"),)  # fmt: skip
            else:
                problems += level[2]
        problems = tuple([_bearable(p) for p in problems + unit.problems])
        trace = [*(node.get("trn") or ()), "", "", ""][:3]
        references = node.get("references", ())
        request: RecordsRequest | None = None
        if trace[2]:
            served = dated(node.get("dates", ()), "472")
            due = dated(node.get("dates", ()), "106")
            statuses: tuple[Status, ...] = node.get("statuses", ())
            request = RecordsRequest(
                trace[2],
                self._party("2000C", "provider"),
                self._party("2000A", "payer"),
                self._party("2000D", "patient"),
                (*_questions(statuses), *(q for line in node.get("lines", ()) for q in _asked_of(line))),
                control_number=reference_of(references, "EJ"),
                payer_claim_number=reference_of(references, "1K"),
                bill_type=reference_of(references, "BLT"),
                medical_record=reference_of(references, "EA"),
                clearinghouse_number=reference_of(references, "D9"),
                requested_on=next((d for s in statuses if (d := day(s.date))), None),
                due_on=due.start if due else None,
                served_from=served.start if served else None,
                served_to=served.end if served else None,
                receiver=self._party("2000B", "receiver"),
                reply_to=self.place.parties,
            )
        self.note(problems)
        return RequestRead(problems, reference_of(references, "EJ"), request)

    def _party(self, level: str, field: str) -> Any:
        found = self._levels.get(level)
        return (found[1].get(field) if found else None) or EMPTY_PARTY

    def finish(self) -> Iterator[Item]:
        if not self.claims:
            self.problems.append(
                Problem("transaction", 2, "TRN", "the transaction set asks about no claim", "send loop 2200D", "2200D",
                        self.position, code="3")
            )  # fmt: skip
        return iter(())


def _bearable(problem: Problem) -> Problem:
    """A code that its list does not know is no reason to leave a question unheard: no 999 would tell of it."""
    return replace(problem, severity="warning") if problem.snip > 2 else problem


def _questions(statuses: tuple[Status, ...]) -> Iterator[Question]:
    for status in statuses:
        for category, code, code_list in status.codes:
            yield Question(category, code, code_list)


def _asked_of(line: Node) -> Iterator[Question]:
    """What is asked of one service line (loop 2220D)."""
    served: Dated | None = dated(line.get("dates", ()), "472")
    base = line.get("base")
    for question in _questions(line.get("statuses", ())):
        yield replace(
            question,
            line_number=reference_of(line.get("references", ()), "FJ"),
            procedure=base[0].code if base else "",
            served_from=served.start if served else None,
            served_to=served.end if served else None,
        )
