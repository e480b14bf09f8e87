"""Reads a 277CA (005010X214): how its receiver judged each claim."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Guide
from recoup_x12.core.items import Item
from recoup_x12.core.limits import Limits
from recoup_x12.core.plain_reader import PlainReader
from recoup_x12.core.transaction import Place
from recoup_x12.core.values import number
from recoup_x12.sets.status277ca.items import StatusRead


class StatusReader(PlainReader):
    """277CA: yields a `StatusRead` for each STC, at payer, receiver, provider and claim level."""

    allowed = frozenset(["ST", "BHT", "HL", "NM1", "TRN", "STC", "QTY", "AMT", "DTP", "REF", "SVC"])
    _levels: ClassVar[dict[str, str]] = {"20": "payer", "21": "receiver", "19": "provider", "PT": "claim"}

    def __init__(self, guide: Guide, delimiters: Delimiters, limits: Limits, place: Place) -> None:
        super().__init__(guide, delimiters, limits, place)
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
