"""The answers to an input, written a piece at a time from what was noted of it while it was read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Literal

import msgspec

from recoup_x12.acknowledgments.lists import Lists, LongList
from recoup_x12.core.writing import Route, bare_interchange, envelope, rows
from recoup_x12.sets.ack999.write import SetAnswer
from recoup_x12.sets.status277ca.write import ClaimStatus, Judged, Ruling, StatusSet, StatusWriter, Totals

PER_PIECE = 500
"""Claims of one piece of a 277CA, and of one event about them."""
_LINES = 2_000
_BREATHE = 500


class Piece(msgspec.Struct, frozen=True):
    """A part of an answer's text, and the claims that it tells of: of one 837, `first` counting its claims from 0."""

    text: str
    transaction: str = ""
    first: int = 0
    claims: tuple[Judged, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """One interchange to send back. `answers` is the control number (ISA13) of what it answers.

    `sets` are those that a 999 does not plainly accept, at most 500.
    """

    kind: Literal["TA1", "999", "277"]
    answers: str
    pieces: Callable[[], Iterator[Piece]]
    verdict: str = "A"
    receiver: str = ""
    codes: tuple[str, ...] = ()
    sets: tuple[SetAnswer, ...] = ()
    sets_received: int = 0
    sets_accepted: int = 0
    claims_accepted: int = 0
    claims_refused: int = 0
    test: bool = False

    @property
    def text(self) -> str:
        """The whole of it, where it is known to be short."""
        return "".join(piece.text for piece in self.pieces())


class Received(msgspec.Struct, array_like=True):
    """What the answers to one interchange are written from; ranges are (first, count) in the lists."""

    route: Route
    control: str
    sender: str
    wants_ta1: bool
    ta1: tuple[str, str, str] = ("", "", "")  # segment, TA104, TA105
    is_acknowledgment: bool = False  # it holds 999s itself, and gets no TA1
    acks: tuple[int, int] = (0, 0)
    groups: int = 0
    verdicts: set[str] = set()
    sets_received: int = 0
    sets_accepted: int = 0
    sets: list[SetAnswer] = []
    statuses: tuple[int, int] = (0, 0)

    @property
    def test(self) -> bool:
        """Return True if it was sent as a test; its answers are tests too."""
        return self.route.usage == "T"


class Notes:
    """What is kept of an input for its answers; `acks` are the segments of the 999s."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.claims = lists.new(ClaimStatus)
        self.rulings = lists.new(Ruling)
        self.acks = lists.new(str)
        self.sets = lists.new(StatusSet)
        self.ended = lists.new(Received, 16)


class Answering:
    """Writes the answers out of notes, as `name`, with control numbers from `control` on."""

    def __init__(self, notes: Notes, name: str, now: datetime, control: int) -> None:
        self._notes = notes
        self._name = name
        self._now = now
        self._control = control

    def answers(self) -> Iterator[Answer | None]:
        """Answers to the interchanges that have ended.

        None among them is a pause: adding up a large 277CA takes a while, and others may want their turn.
        """
        rulings = _Rulings(self._notes.rulings, 0)
        for ended in self._notes.ended.read():
            if ended.wants_ta1:
                segment, verdict, code = ended.ta1
                text = bare_interchange(ended.route, self._next(), self._now, [segment])
                yield Answer(
                    "TA1", ended.control, partial(_whole, text), verdict, ended.sender, (code,), test=ended.test
                )
            if ended.groups:
                yield Answer(
                    "999", ended.control, partial(self._pieces_999, ended, self._next()), _worst(ended.verdicts),
                    ended.sender, (), tuple(ended.sets), ended.sets_received, ended.sets_accepted, test=ended.test,
                )  # fmt: skip
            if ended.statuses[1]:
                begun = rulings.at
                several, total = self._notes.lists.new(Totals), Totals()
                for one in self._notes.sets.read(*ended.statuses):
                    totals = Totals()
                    for n, claim in enumerate(self._judged(one, rulings), 1):
                        totals.add(claim.status)
                        if n % _BREATHE == 0:
                            yield None
                    several.append(totals)
                    total.take(totals)
                yield Answer(
                    "277", ended.control, partial(self._pieces_277, ended, self._next(), several, begun),
                    total.verdict, ended.sender, claims_accepted=total.good, claims_refused=total.bad,
                    test=ended.test,
                )  # fmt: skip

    def _pieces_999(self, ended: Received, control: int) -> Iterator[Piece]:
        head, tail = envelope(ended.route, control, self._now, "FA", "005010X231A1", ended.groups)
        yield Piece(rows(head))
        lines = self._notes.acks.read(*ended.acks)
        while some := list(islice(lines, _LINES)):
            yield Piece(rows(some))
        yield Piece(rows(tail))

    def _pieces_277(self, ended: Received, control: int, several: LongList[Totals], begun: int) -> Iterator[Piece]:
        version = "005010X214"
        head, tail = envelope(ended.route, control, self._now, "HN", version, ended.statuses[1])
        yield Piece(rows(head))
        rulings = _Rulings(self._notes.rulings, begun)
        pairs = zip(self._notes.sets.read(*ended.statuses), several.read(), strict=True)
        for n, (one, totals) in enumerate(pairs, 1):
            writer = StatusWriter(one, totals, self._name, self._now)
            head = [f"ST*277*{n:04}*{version}", *writer.head()]
            count, first = len(head), 0
            yield Piece(rows(head))
            claims = self._judged(one, rulings)
            while some := tuple(islice(claims, PER_PIECE)):
                lines = writer.claims(claim.status for claim in some)
                count += len(lines)
                yield Piece(rows(lines), one.transaction, first, some)
                first += len(some)
            yield Piece(rows([f"SE*{count + 1}*{n:04}"]))
        yield Piece(rows(tail))

    def _judged(self, one: StatusSet, rulings: _Rulings) -> Iterator[Judged]:
        """The claims of a set as they were ruled on; those that nothing was ruled on are as they were read."""
        for status in self._notes.claims.read(one.first, one.count):
            ruling = rulings.on(status.serial)
            if ruling is None:
                yield Judged(status)
            else:
                yield Judged(status.ruled(ruling.code) if ruling.code and status.accepted else status, ruling.claim_id)

    def _next(self) -> int:
        self._control += 1
        return self._control - 1


class _Rulings:
    """Goes through the rulings in step with the claims; both are in the order of the input."""

    def __init__(self, rulings: LongList[Ruling], at: int) -> None:
        self.at = at
        self._rest = rulings.read(at)
        self._next = next(self._rest, None)

    def on(self, serial: int) -> Ruling | None:
        """The ruling on a claim, if there is one; asked for in ascending order."""
        while self._next is not None and self._next.serial < serial:
            self._next = next(self._rest, None)
            self.at += 1
        return self._next if self._next is not None and self._next.serial == serial else None


def _whole(text: str) -> Iterator[Piece]:
    yield Piece(text)


def _worst(verdicts: set[str]) -> str:
    """What several functional groups come to together."""
    if len(verdicts) > 1 and "R" in verdicts:
        return "P"
    return next((v for v in ("R", "P", "E") if v in verdicts), "A")
