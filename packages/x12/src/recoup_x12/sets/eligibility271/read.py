"""Reads a 271, Health Care Eligibility Benefit Response (005010X279A1): coverage and plan of each person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

import msgspec

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Guide
from recoup_x12.core.items import Item
from recoup_x12.core.limits import Limits
from recoup_x12.core.party import EMPTY_PARTY, Party
from recoup_x12.core.plain_reader import PlainReader
from recoup_x12.core.transaction import Place
from recoup_x12.core.values import dated
from recoup_x12.sets.eligibility271.items import EligibilityRead

_SEGMENTS = frozenset([
    "ST", "BHT", "HL", "TRN", "NM1", "REF", "N3", "N4", "PER", "PRV", "AAA", "DMG", "INS", "HI", "DTP", "MPI", "EB",
    "HSD", "MSG", "III", "LS", "LE",
])  # fmt: skip
_LEVELS = {"20": "payer", "21": "receiver", "22": "subscriber", "23": "dependent"}
_PEOPLE = frozenset({"subscriber", "dependent"})
_ACTIVE = frozenset("12345")
_INACTIVE = frozenset("678")
_PLAN = "30"
"""EB03: the health benefit plan as a whole."""
_BEGINS, _ENDS = ("346", "356", "291", "307"), ("347", "357", "291", "307")
T = TypeVar("T")
_MOST = 50
"""Names, numbers or messages kept of one person: an answer tells a few, in hundreds of benefits."""


class _Person(msgspec.Struct):
    """What is told of one level while it is read; fields as in `EligibilityRead`."""

    level: str
    traces: list[str] = []
    answers: list[str] = []
    active: list[bool] = []
    plan_names: list[str] = []
    groups: list[tuple[str, str]] = []
    plan_numbers: list[str] = []
    insurance_types: list[str] = []
    days: dict[str, tuple[date | None, date | None]] = {}
    rejections: list[str] = []
    messages: list[str] = []

    @property
    def is_stated(self) -> bool:
        """True if anything is said of it: a subscriber may only stand above a dependent."""
        return bool(self.rejections or (self.level in _PEOPLE and (self.traces or self.active)))


class EligibilityReader(PlainReader):
    """Yields an `EligibilityRead` for each person that is told of, and for each level that is rejected whole."""

    allowed = _SEGMENTS

    def __init__(self, guide: Guide, delimiters: Delimiters, limits: Limits, place: Place) -> None:
        super().__init__(guide, delimiters, limits, place)
        self._reference = self._provider = ""
        self._payer = self._subscriber = self._patient = EMPTY_PARTY
        self._at = _Person("")
        self._elsewhere = False
        """Between LS and LE: about who else is to be asked, not about the person."""

    def segment(self, name: str, e: list[str]) -> Iterator[Item]:
        if name == "HL":
            yield from self.last()
            self._hl(e)
        elif name in ("LS", "LE"):
            self._elsewhere = name == "LS"
        elif not self._elsewhere:
            handler = {"BHT": self._bht, "NM1": self._nm1, "TRN": self._trn, "REF": self._ref, "AAA": self._aaa,
                       "DTP": self._dtp, "EB": self._eb, "MSG": self._msg}.get(name)  # fmt: skip
            if handler is not None:
                handler(e)

    def last(self) -> Iterator[Item]:
        """The level that ends here, where it tells anything."""
        at, self._at = self._at, _Person("")
        self._elsewhere = False
        if not at.is_stated:
            return
        begins = next((days[0] for q in _BEGINS if (days := at.days.get(q))), None)
        ends = next((days[1] for q in _ENDS if (days := at.days.get(q))), None)
        person = at.level in _PEOPLE
        yield EligibilityRead(
            level=at.level,
            reference=self._reference,
            traces=tuple(at.answers or at.traces),
            payer=self._payer,
            provider_id=self._provider,
            subscriber=self._subscriber if person else EMPTY_PARTY,
            patient=self._patient if person else EMPTY_PARTY,
            active=any(at.active) if at.active else None,
            plan_names=_kept(at.plan_names),
            groups=_kept(at.groups),
            plan_numbers=_kept(at.plan_numbers),
            insurance_types=_kept(at.insurance_types),
            begins=begins,
            ends=ends,
            rejections=_kept(at.rejections),
            messages=_kept(at.messages),
        )

    def _bht(self, e: list[str]) -> None:
        self._reference = e[3]

    def _hl(self, e: list[str]) -> None:
        level = _LEVELS.get(e[3], "")
        if not level:
            self._problem("HL", 3, "7", "not a level of this guide")
        self._at = _Person(level)
        if level == "subscriber":
            self._subscriber = self._patient = EMPTY_PARTY

    def _nm1(self, e: list[str]) -> None:
        party = Party(e[1], e[2], e[3], e[4], e[5], suffix=e[7], id_qualifier=e[8], id=e[9])
        if self._at.level == "payer":
            self._payer = party
        elif self._at.level == "receiver":
            self._provider = e[9]
        elif self._at.level == "subscriber":
            self._subscriber = self._patient = party
        elif self._at.level == "dependent":
            self._patient = party

    def _trn(self, e: list[str]) -> None:
        self._at.traces.append(e[2])
        if e[1] == "2":
            self._at.answers.append(e[2])

    def _ref(self, e: list[str]) -> None:
        if e[1] in ("6P", "1L") and e[2]:
            self._at.groups.append((e[2], e[3]))
        elif e[1] == "18" and e[2]:
            self._at.plan_numbers.append(e[2])
            if e[3]:
                self._at.plan_names.append(e[3])

    def _aaa(self, e: list[str]) -> None:
        self._at.rejections.append(e[3])

    def _dtp(self, e: list[str]) -> None:
        found = dated(e[1], e[2], e[3])
        self._at.days.setdefault(e[1], (found.start, found.end))

    def _eb(self, e: list[str]) -> None:
        services = e[3].split(self.delimiters.repetition) if self.delimiters.repetition else [e[3]]
        if e[1] not in _ACTIVE | _INACTIVE or not e[1]:
            return
        if _PLAN in services or not e[3]:
            self._at.active.append(e[1] in _ACTIVE)
            if e[4]:
                self._at.insurance_types.append(e[4])
        if e[5]:
            self._at.plan_names.append(e[5])

    def _msg(self, e: list[str]) -> None:
        if e[1]:
            self._at.messages.append(e[1])


def _kept(values: list[T]) -> tuple[T, ...]:
    """Each once, in the order in which they were told."""
    return tuple(dict.fromkeys(values))[:_MOST]
