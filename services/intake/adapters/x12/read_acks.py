"""Answers that others send us: 999 (005010X231A1) and 277CA (005010X214). TA1 is read with the envelope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from services.intake.adapters.x12.delimiters import Delimiters
from services.intake.adapters.x12.guide import PROFESSIONAL
from services.intake.adapters.x12.items import (
    AckError,
    GroupAckRead,
    Item,
    StatusRead,
    TransactionAckRead,
    TransactionEnd,
    Verdict,
)
from services.intake.adapters.x12.limits import Limits
from services.intake.adapters.x12.transaction import ENVELOPE, Place, TransactionReader
from services.intake.adapters.x12.values import number
from services.intake.domain.snip.problem import Problem


class _PlainReader(TransactionReader):
    """Reads segment by segment, without a guide's tables: answers are short and flat."""

    allowed: frozenset[str] = frozenset()

    def __init__(self, delimiters: Delimiters, limits: Limits, place: Place) -> None:
        super().__init__(PROFESSIONAL, delimiters, limits, place)

    def read(self, segments: list[str], start: int) -> Iterator[Item]:
        for at in range(start, len(segments)):
            e = segments[at].split(self.delimiters.element)
            if e[0] in ENVELOPE and self.position:
                self.stopped = at
                return
            self.position += 1
            if e[0] not in self.allowed:
                self._problem(e[0], 0, "2" if e[0].isalnum() else "1", "the guide has no such segment here")
                continue
            try:
                yield from list(self.segment(e[0], [*e, *[""] * 12]))
            except Exception:
                self._problem(e[0], 0, "8", "the segment could not be read")
        self.stopped = len(segments)

    def segment(self, name: str, e: list[str]) -> Iterator[Item]:
        raise NotImplementedError

    def last(self) -> Iterator[Item]:
        return iter(())

    def _problem(self, segment: str, element: int, code: str, message: str) -> None:
        if len(self.problems) < self.limits.problems_per_unit:
            name = segment[:3] if segment.isalnum() and segment.isascii() else ""
            self.problems.append(
                Problem(
                    "transaction",
                    1,
                    name,
                    message,
                    "send it as the guide has it",
                    position=self.position,
                    element=element,
                    code=code,
                )
            )

    def close(self, trailer: list[Problem], segments: int) -> Iterator[Item]:
        yield from self.last()
        self.problems.extend(trailer)
        verdict: Verdict = "R" if trailer else "E" if self.problems else "A"
        yield TransactionEnd(self.place.kind, self.place.transaction, verdict, segments, problems=tuple(self.problems))


class AckReader(_PlainReader):
    """999: yields `TransactionAckRead` for each AK2 and `GroupAckRead` for AK9."""

    allowed = frozenset({"ST", "AK1", "AK2", "IK3", "CTX", "IK4", "IK5", "AK9"})

    def __init__(self, delimiters: Delimiters, limits: Limits, place: Place) -> None:
        super().__init__(delimiters, limits, place)
        self._ak1 = ["", "", ""]
        self._ak2: list[str] | None = None
        self._errors: list[AckError] = []

    def segment(self, name: str, e: list[str]) -> Iterator[Item]:
        if name == "AK1":
            self._ak1 = e
        elif name == "AK2":
            self._ak2, self._errors = e, []
        elif name == "IK3":
            position = int(e[2]) if e[2].isdecimal() and len(e[2]) < 11 else 0
            if not position:
                self._problem("IK3", 2, "6", "the segment position is not a number")
            if len(self._errors) < 10_000:
                self._errors.append(AckError(e[1], position, e[3], e[4]))
        elif name == "IK4" and self._errors:
            last = self._errors[-1]
            row = (e[1], e[2], e[3])
            self._errors[-1] = AckError(last.segment, last.position, last.loop, last.code, (*last.elements, row)[:50])
        elif name == "IK5":
            if self._ak2 is None:
                self._problem("IK5", 0, "7", "IK5 comes without its AK2")
                return
            yield TransactionAckRead(
                self._ak1[1], self._ak1[2], self._ak2[1], self._ak2[2], e[1], tuple(c for c in e[2:7] if c),
                tuple(self._errors),
            )  # fmt: skip
            self._ak2 = None
        elif name == "AK9":
            counts = [int(c) if c.isdecimal() and len(c) < 10 else 0 for c in e[2:5]]
            yield GroupAckRead(self._ak1[1], self._ak1[2], e[1], counts[0], counts[1], counts[2])


class StatusReader(_PlainReader):
    """277CA: yields a `StatusRead` for each STC, at payer, receiver, provider and claim level."""

    allowed = frozenset(["ST", "BHT", "HL", "NM1", "TRN", "STC", "QTY", "AMT", "DTP", "REF", "SVC"])
    _levels: ClassVar[dict[str, str]] = {"20": "payer", "21": "receiver", "19": "provider", "PT": "claim"}

    def __init__(self, delimiters: Delimiters, limits: Limits, place: Place) -> None:
        super().__init__(delimiters, limits, place)
        self._level = ""
        self._reference = ""
        self._entity = ""
        self._pending: StatusRead | None = None

    def segment(self, name: str, e: list[str]) -> Iterator[Item]:
        if name == "HL":
            yield from self.last()
            self._level = self._levels.get(e[3], "")
            self._reference = self._entity = ""
            if not self._level:
                self._problem("HL", 3, "7", "not a level of the 277CA")
        elif name == "NM1":
            self._entity = e[9]
        elif name == "TRN":
            self._reference = e[2]
        elif name == "STC":
            yield from self.last()
            statuses: list[tuple[str, str, str]] = []
            for text in (e[1], e[10], e[11]):
                parts = [*text.split(self.delimiters.component), "", ""]
                if text:
                    statuses.append((parts[0], parts[1], parts[2]))
            try:
                amount = number(e[4]) if e[4] else None
            except ValueError:
                amount = None
                self._problem("STC", 4, "6", "not an amount")
            self._pending = StatusRead(self._level, self._reference, tuple(statuses), e[3], e[2], amount, "",
                                       self._entity)  # fmt: skip
        elif name == "REF" and e[1] == "1K" and self._pending is not None:
            p = self._pending
            self._pending = StatusRead(p.level, p.reference, p.statuses, p.action, p.date, p.amount, e[2], p.entity_id)

    def last(self) -> Iterator[Item]:
        if self._pending is not None:
            yield self._pending
            self._pending = None
