"""Answers that others send us: 999 (005010X231A1)."""

from __future__ import annotations

from collections.abc import Iterator

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Guide
from recoup_x12.core.items import Item
from recoup_x12.core.limits import Limits
from recoup_x12.core.plain_reader import PlainReader
from recoup_x12.core.transaction import Place
from recoup_x12.sets.ack999.items import AckError, GroupAckRead, TransactionAckRead


class AckReader(PlainReader):
    """999: yields `TransactionAckRead` for each AK2 and `GroupAckRead` for AK9."""

    allowed = frozenset({"ST", "AK1", "AK2", "IK3", "CTX", "IK4", "IK5", "AK9"})

    def __init__(self, guide: Guide, delimiters: Delimiters, limits: Limits, place: Place) -> None:
        super().__init__(guide, delimiters, limits, place)
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
