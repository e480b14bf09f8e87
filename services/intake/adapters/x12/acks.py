"""Answers to what we received: TA1 per interchange, 999 per functional group, 277CA per 837.

An `Acknowledger` watches the items of `read` go by and keeps what the answers need: structural problems within
a cap, and of each claim a short record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

from services.intake.adapters.x12.ack277 import ClaimStatus, StatusBatch, status_segments
from services.intake.adapters.x12.items import (
    ClaimRead,
    GroupEnd,
    GroupStart,
    InterchangeEnd,
    InterchangeStart,
    Item,
    RemittanceRead,
    RequestRead,
    TransactionEnd,
    TransactionStart,
)
from services.intake.adapters.x12.writing import Route, Writer, bare_interchange, interchange
from services.intake.domain.snip.problem import Problem

MAX_SEGMENT_ERRORS = 1_000
"""IK3 segments reported for one transaction set; more help nobody."""

_IK3 = frozenset(["1", "2", "3", "4", "5", "6", "7", "8", "I4", "I6", "I7", "I8", "I9"])
_IK4 = frozenset(
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13", "I6", "I9", "I10", "I11", "I12", "I13"]
)
_IK5 = frozenset(
    [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "10",
        "11",
        "12",
        "13",
        "15",
        "16",
        "17",
        "18",
        "19",
        "23",
        "24",
        "25",
        "26",
        "27",
        "I5",
        "I6",
    ]
)
_AK9 = frozenset(
    ["1", "2", "3", "4", "5", "6", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "23", "24", "25", "26"]
)
_TA1 = frozenset(f"{n:03}" for n in range(32))


class SetAnswer(msgspec.Struct, frozen=True):
    """One transaction set as a 999 judges it: GS06, ST02, IK501, and the IK502 codes."""

    group_control: str
    control: str
    verdict: str
    codes: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """One interchange to send back. `answers` is the control number (ISA13) of what it answers."""

    kind: Literal["TA1", "999", "277"]
    answers: str
    text: str
    verdict: str = "A"
    receiver: str = ""
    codes: tuple[str, ...] = ()
    sets: tuple[SetAnswer, ...] = ()
    batches: tuple[StatusBatch, ...] = ()


class _Set(msgspec.Struct):
    kind: str
    control: str
    implementation: str
    problems: list[tuple[Problem, str]] = []
    end: TransactionEnd | None = None
    statuses: StatusBatch | None = None


class _Group(msgspec.Struct):
    start: GroupStart
    sets: list[_Set] = []
    end: GroupEnd | None = None


class Acknowledger:
    """Feeds on items; `answers` then gives the interchanges to send back, each with its own control number.

    A sound claim may still not be taken in (a duplicate, say). What was ruled otherwise than accepted is told by
    `rule` before `answers` is asked; claims are counted from 1 in the order they are seen.
    """

    def __init__(self, now: datetime, control: int = 1, name: str = "RECOUP", want_ta1: bool = False) -> None:
        self._now = now
        self._control = control
        self._name = name
        self._want_ta1 = want_ta1
        self._start: InterchangeStart | None = None
        self._groups: list[_Group] = []
        self._ended: list[tuple[InterchangeStart, InterchangeEnd, list[_Group]]] = []
        self._rulings: dict[int, str] = {}
        self._seen = 0

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, seen on the way."""
        for item in items:
            self.see(item)
            yield item

    def see(self, item: Item) -> None:
        if isinstance(item, ClaimRead):
            self._seen += 1
            current = self._groups[-1].sets[-1]
            self._problems(current, item.problems, item.control_number)
            if current.statuses is None:
                current.statuses = StatusBatch(current.control)
            current.statuses.add(ClaimStatus.of(item, self._seen), item)
        elif isinstance(item, RemittanceRead | RequestRead):
            self._problems(self._groups[-1].sets[-1], item.problems, item.control_number)
        elif isinstance(item, TransactionStart):
            self._groups[-1].sets.append(_Set(item.kind, item.control, item.implementation))
        elif isinstance(item, TransactionEnd):
            current = self._groups[-1].sets[-1]
            current.end = item
            self._problems(current, item.problems, "")
        elif isinstance(item, GroupStart):
            self._groups.append(_Group(item))
        elif isinstance(item, GroupEnd):
            self._groups[-1].end = item
        elif isinstance(item, InterchangeStart):
            self._start, self._groups = item, []
        elif isinstance(item, InterchangeEnd) and self._start is not None:
            self._ended.append((self._start, item, self._groups))
            self._start, self._groups = None, []

    def answers(self) -> list[Answer]:
        """Answers to the interchanges that have ended; each is given once."""
        ended, self._ended = self._ended, []
        ready: list[Answer] = []
        for start, end, groups in ended:
            ready += self._answer(start, end, groups)
        return ready

    def rule(self, serial: int, code: str) -> None:
        """A claim that was read as sound is not taken in, for the reason `code`."""
        self._rulings[serial] = code

    @staticmethod
    def _problems(current: _Set, problems: Iterable[Problem], control: str) -> None:
        kept = current.problems
        for problem in problems:
            if problem.snip <= 2 and problem.segment and len(kept) < 4 * MAX_SEGMENT_ERRORS:
                kept.append((problem, control))

    def _next(self) -> int:
        self._control += 1
        return self._control - 1

    def _answer(self, start: InterchangeStart, end: InterchangeEnd, groups: list[_Group]) -> Iterator[Answer]:
        route = Route(start.receiver, start.sender, start.receiver_qualifier or "ZZ", start.sender_qualifier or "ZZ",
                      start.usage if start.usage in ("P", "T") else "P")  # fmt: skip
        wanted = self._want_ta1 or start.acknowledgment == "1" or end.verdict != "A"
        if wanted and not any(g.start.code == "FA" for g in groups):
            segment, verdict, code = self._ta1(start, end)
            text = bare_interchange(route, self._next(), self._now, [segment])
            yield Answer("TA1", start.control, text, verdict, start.sender, (code,))
        groups = [g for g in groups if g.start.code != "FA" and g.end is not None]
        if groups:
            first = groups[0].start
            route = msgspec.structs.replace(route, group_sender=first.receiver, group_receiver=first.sender)
            acks = [self._ack(group) for group in groups]
            text = interchange(
                route, self._next(), self._now, "FA", "005010X231A1", [("999", lines) for lines, _, _ in acks]
            )
            judged = tuple(one for _, _, several in acks for one in several)
            yield Answer("999", start.control, text, _worst({v for _, v, _ in acks}), start.sender, (), judged)
        batches = [s.statuses for g in groups for s in g.sets if s.statuses is not None and not _whole_refused(s)]
        if batches:
            for batch in batches:
                batch.rule(self._rulings)
            sets = [("277", status_segments(batch, self._name, self._now)) for batch in batches]
            text = interchange(route, self._next(), self._now, "HN", "005010X214", sets)
            good = {c.accepted for batch in batches for c in batch.claims}
            verdict = "A" if good == {True} else "P" if True in good else "R"
            yield Answer("277", start.control, text, verdict, start.sender, batches=tuple(batches))

    @staticmethod
    def _ta1(start: InterchangeStart, end: InterchangeEnd) -> tuple[str, str, str]:
        code = next((p.code for p in end.problems if p.code in _TA1 and p.severity == "error"), "000")
        control = start.control if start.control.isdigit() else "000000000"
        verdict = end.verdict if code != "000" else "A"
        return "*".join(("TA1", control, start.date, start.time, verdict, code)), verdict, code

    def _ack(self, group: _Group) -> tuple[list[str], str, list[SetAnswer]]:
        """The segments of one 999, its AK901, and each set as it was judged."""
        w = Writer()
        start, end = group.start, group.end
        w.add("AK1", _clean(start.code, 2), _clean(start.control, 9), _clean(start.version, 12))
        accepted = 0
        verdicts: list[str] = []
        judged: list[SetAnswer] = []
        for current in group.sets:
            verdict, codes = self._ack_set(w, current)
            verdicts.append(verdict)
            judged.append(SetAnswer(start.control, current.control, verdict, tuple(codes)))
            accepted += verdict != "R"
        codes = [p.code for p in end.problems if p.code in _AK9] if end else []
        refused = end is not None and end.verdict == "R" and not group.sets
        if refused or (verdicts and not accepted):
            verdict = "R"
        elif accepted < len(verdicts):
            verdict = "P"
        else:
            verdict = "E" if codes or "E" in verdicts or (end is not None and end.problems) else "A"
        declared = end.declared if end else 0
        w.add("AK9", verdict, declared or len(group.sets), len(group.sets), accepted, *dict.fromkeys(codes))
        return w.lines, verdict, judged

    def _ack_set(self, w: Writer, current: _Set) -> tuple[str, list[str]]:
        w.add("AK2", _clean(current.kind, 3), _clean(current.control, 9), _clean(current.implementation, 35))
        by_place: dict[tuple[int, str, str], list[tuple[Problem, str]]] = {}
        for problem, control in current.problems:
            if problem.level != "transaction" or problem.segment not in ("ST", "SE"):
                by_place.setdefault((problem.position, problem.segment, problem.loop), []).append((problem, control))
        for place in sorted(by_place)[:MAX_SEGMENT_ERRORS]:
            _segment_errors(w, place, by_place[place])
        end = current.end
        problems = end.problems if end else ()
        codes = [p.code for p in problems if p.segment in ("ST", "SE", "") and p.code in _IK5]
        if by_place:
            codes.append("5")
        verdict = end.verdict if end else "R"
        if verdict == "E" and not by_place and not codes:
            verdict = "A"  # what else there is to say of the claims, the 277CA says
        told = list(dict.fromkeys(codes))[:5] if verdict != "A" else []
        w.add("IK5", verdict, *told)
        return verdict, told


def _worst(verdicts: set[str]) -> str:
    """What several functional groups come to together."""
    if len(verdicts) > 1 and "R" in verdicts:
        return "P"
    return next((v for v in ("R", "P", "E") if v in verdicts), "A")


def _segment_errors(w: Writer, place: tuple[int, str, str], found: list[tuple[Problem, str]]) -> None:
    position, segment, loop = place
    loop = "" if loop in ("HEADER", "PLB") else loop
    seen: set[tuple[object, ...]] = set()
    elements = [p for p, _ in found if p.element and p.code in _IK4]
    for problem, control in found:
        code = "8" if problem.element else problem.code if problem.code in _IK3 else "8"
        if ("IK3", code) in seen:
            continue
        seen.add(("IK3", code))
        w.add("IK3", segment, max(position, 1), _clean(loop, 4), code)
        if control and code == "8":
            w.add("CTX", ("CLM01", _clean(control, 35)))
        if code != "8":
            continue
        for fault in elements:
            key = (fault.element, fault.component, fault.repeat, fault.code)
            if key not in seen:
                seen.add(key)
                where = (fault.element, fault.component or None, fault.repeat or None)
                w.add("IK4", where, fault.data_element or None, fault.code)


def _whole_refused(current: _Set) -> bool:
    """Whether the set fell as a whole, so that the 999 is all the answer there is."""
    end = current.end
    return end is None or any(p.level == "transaction" and p.severity == "error" for p in end.problems)


def _clean(text: str, length: int) -> str:
    """A received identifier, safe to send back: no delimiters, no control characters, not too long."""
    return "".join(ch for ch in text if ch.isprintable() and ch not in "*^:~")[:length]
