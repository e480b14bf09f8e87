"""Answers to what we received: TA1 per interchange, 999 per functional group, 277CA per 837.

An `Acknowledger` watches the items of `read` go by and keeps what the answers need: structural problems of the set that
is being read, within a cap, and in long lists what grows with the input: the 999s' segments, a record of each claim and
what was ruled on it. Answers are written out of these a piece at a time, so memory is bounded whatever the input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from recoup_x12.acknowledgments.answering import Answer, Answering, Notes, Received
from recoup_x12.acknowledgments.lists import Lists, MemoryLists
from recoup_x12.core.items import (
    GroupEnd,
    GroupStart,
    InterchangeEnd,
    InterchangeStart,
    Item,
    TransactionEnd,
    TransactionStart,
    UnitRead,
)
from recoup_x12.core.problem import Problem
from recoup_x12.core.sets import Registry
from recoup_x12.core.writing import Route, Writer
from recoup_x12.sets import SETS
from recoup_x12.sets.ack999.write import MAX_SEGMENT_ERRORS, SetAnswer, clean, set_segments
from recoup_x12.sets.claim837.items import ClaimRead
from recoup_x12.sets.status277ca.write import ClaimStatus, Ruling, StatusSet

LISTED = 500
"""Sets of a 999 that an answer lists where they were not plainly accepted."""

_AK9 = frozenset(
    ["1", "2", "3", "4", "5", "6", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "23", "24", "25", "26"]
)
_TA1 = frozenset(f"{n:03}" for n in range(32))


class _Set:
    """The transaction set that is being read."""

    def __init__(self, start: TransactionStart, first: int, reported_snip: int) -> None:
        self.start = start
        self._deepest = reported_snip  # of a claim the 277CA tells more; of a payment nothing else does
        self.found: list[tuple[Problem, str]] = []
        self.statuses = StatusSet(start.control, first)

    def keep(self, problems: Iterable[Problem], control: str) -> None:
        for problem in problems:
            is_reported = problem.snip <= 2 or (problem.snip <= self._deepest and problem.severity == "error")
            if is_reported and problem.segment and len(self.found) < 4 * MAX_SEGMENT_ERRORS:
                self.found.append((problem, control))


class _Group:
    """The functional group that is being read: its sets counted, and as the 999 judges them."""

    def __init__(self, start: GroupStart, row: int) -> None:
        self.start = start
        self.row = row
        self.sets = self.accepted = 0
        self.noted = False


class Acknowledger:
    """Feeds on items; `answers` then gives the interchanges to send back, each with its own control number.

    `name` is the organisation that answers, `control` the first control number, `want_ta1` asks for a TA1 whatever
    ISA14 says. `lists` keep what grows with the input: in memory, or where a caller wants it.

    A sound claim may still not be taken in (a duplicate, say). What became of claims is told by `rule`, in the order
    of the input, before `answers` is asked; claims are counted from 1 in the order they are seen.
    """

    def __init__(
        self,
        now: datetime,
        control: int = 1,
        name: str = "RECOUP",
        want_ta1: bool = False,
        lists: Lists | None = None,
        sets: Registry = SETS,
    ) -> None:
        self._sets = sets
        self._now = now
        self._control = control
        self._name = name
        self._want_ta1 = want_ta1
        self._notes = Notes(lists or MemoryLists())
        self._open: Received | None = None
        self._group: _Group | None = None
        self._set: _Set | None = None

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, seen on the way."""
        for item in items:
            self.see(item)
            yield item

    def see(self, item: Item) -> None:
        """Take one item into account; items come in the order in which the reader yields them."""
        if isinstance(item, ClaimRead):
            assert self._set is not None
            self._set.keep(item.problems, item.control_number)
            self._set.statuses.add(item)
            self._notes.claims.append(ClaimStatus.of(item, len(self._notes.claims) + 1))
        elif isinstance(item, UnitRead):
            if self._set is not None:  # none: a payment outside any set, of which no 999 can speak
                self._set.keep(item.problems, item.control_number)
        elif isinstance(item, TransactionStart):
            self._set = _Set(item, len(self._notes.claims), self._sets.reported_snip(item.kind))
        elif isinstance(item, TransactionEnd):
            self._end_set(item)
        elif isinstance(item, GroupStart):
            self._start_group(item)
        elif isinstance(item, GroupEnd):
            self._end_group(item)
        elif isinstance(item, InterchangeStart):
            self._start(item)
        elif isinstance(item, InterchangeEnd):
            self._end(item)

    # --- what became of claims -----------------------------------------------------------------------------

    def rule(self, serial: int, code: str, claim_id: str = "") -> None:
        """Keep what was ruled on a claim, for the 277CA.

        Args:
            serial: The claim's place in the input.
            code: Why it was not taken in; empty where it was.
            claim_id: The id it has here; empty where it has none.
        """
        self._notes.rulings.append(Ruling(serial, code, claim_id))

    @property
    def ruled(self) -> int:
        """How many rulings there are: a mark that `unrule` goes back to."""
        return len(self._notes.rulings)

    def unrule(self, mark: int) -> None:
        """Forget the rulings since `mark`: what they were about was not taken in."""
        self._notes.rulings.cut(mark)

    # --- reading -------------------------------------------------------------------------------------------

    def _start(self, start: InterchangeStart) -> None:
        usage = start.usage if start.usage in ("P", "T") else "P"
        route = Route(
            start.receiver, start.sender, start.receiver_qualifier or "ZZ", start.sender_qualifier or "ZZ", usage
        )
        self._open = Received(
            route, start.control, start.sender, self._want_ta1 or start.acknowledgment == "1",
            ta1=(start.date, start.time, ""), acks=(len(self._notes.acks), 0), statuses=(len(self._notes.sets), 0),
        )  # fmt: skip
        self._group = self._set = None

    def _start_group(self, start: GroupStart) -> None:
        assert self._open is not None
        self._group = None
        if start.code == "FA":
            self._open.is_acknowledgment = True
            return
        if not self._open.groups:
            self._open.route = msgspec.structs.replace(
                self._open.route, group_sender=start.receiver, group_receiver=start.sender
            )
        self._open.groups += 1
        self._group = _Group(start, len(self._notes.acks))
        w = Writer()
        w.add("ST", "999", f"{self._open.groups:04}", "005010X231A1")
        w.add("AK1", clean(start.code, 2), clean(start.control, 9), clean(start.version, 12))
        self._write(w.lines)

    def _end_set(self, end: TransactionEnd) -> None:
        current, self._set = self._set, None
        if current is None or self._open is None or self._group is None:
            return
        current.keep(end.problems, "")
        lines, verdict, codes = set_segments(current.start, end, current.found)
        self._write(lines)
        self._group.sets += 1
        self._group.accepted += verdict != "R"
        self._group.noted |= verdict == "E"
        self._open.sets_received += 1
        self._open.sets_accepted += verdict != "R"
        if verdict != "A" and len(self._open.sets) < LISTED:
            self._open.sets.append(SetAnswer(self._group.start.control, current.start.control, verdict, tuple(codes)))
        if current.statuses.count and not _whole_refused(end):
            self._notes.sets.append(current.statuses)

    def _end_group(self, end: GroupEnd) -> None:
        group, self._group = self._group, None
        if group is None or self._open is None:
            return
        codes = [p.code for p in end.problems if p.code in _AK9]
        refused = end.verdict == "R" and not group.sets
        if refused or (group.sets and not group.accepted):
            verdict = "R"
        elif group.accepted < group.sets:
            verdict = "P"
        else:
            verdict = "E" if end.problems or group.noted else "A"
        w = Writer()
        w.add("AK9", verdict, end.declared or group.sets, group.sets, group.accepted, *dict.fromkeys(codes))
        self._write(w.lines)
        self._write([f"SE*{len(self._notes.acks) - group.row + 1}*{self._open.groups:04}"])
        self._open.verdicts.add(verdict)

    def _end(self, end: InterchangeEnd) -> None:
        ended, self._open = self._open, None
        if ended is None:
            return
        date, time, _ = ended.ta1
        code = next((p.code for p in end.problems if p.code in _TA1 and p.severity == "error"), "000")
        control = ended.control if ended.control.isdigit() else "000000000"
        verdict = end.verdict if code != "000" else "A"
        ended.wants_ta1 = not ended.is_acknowledgment and (ended.wants_ta1 or end.verdict != "A")
        ended.ta1 = ("*".join(("TA1", control, date, time, verdict, code)), verdict, code)
        ended.acks = (ended.acks[0], len(self._notes.acks) - ended.acks[0])
        ended.statuses = (ended.statuses[0], len(self._notes.sets) - ended.statuses[0])
        self._notes.ended.append(ended)

    def _write(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._notes.acks.append(line)

    def answers(self) -> Iterator[Answer | None]:
        """Answers to the interchanges that have ended, as they stand now; None among them is a pause."""
        return Answering(self._notes, self._name, self._now, self._control).answers()


def _whole_refused(end: TransactionEnd) -> bool:
    """Return True if the set was refused as a whole, so that only the 999 answers it."""
    return any(p.level == "transaction" and p.severity == "error" for p in end.problems)
