"""Reads X12 interchanges: envelopes, then each transaction set by its guide.

`read(chunks)` is the door: bytes in from anywhere, items out in file order, memory bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recoup_x12.core.controls import Controls, PartnersControls
from recoup_x12.core.envelope import element_of, in_capitals, not_read, of_envelope, of_fault, of_giant, of_set, safe
from recoup_x12.core.items import (
    GroupEnd,
    GroupStart,
    InterchangeAckRead,
    InterchangeEnd,
    InterchangeStart,
    Item,
    TransactionEnd,
    TransactionStart,
    Unreadable,
    Verdict,
    has_errors,
)
from recoup_x12.core.limits import DEFAULT, Limits
from recoup_x12.core.problem import Level, Problem
from recoup_x12.core.sets import Registry, Rescue, TransactionSet
from recoup_x12.core.tokenizer import Batch, Debris, Fault, Opening, Tokenizer
from recoup_x12.core.transaction import ENVELOPE, Place, TransactionReader

_VERSIONS = frozenset({"00501"})


def read(chunks: Iterable[bytes], sets: Registry, limits: Limits = DEFAULT) -> Iterator[Item]:
    """Items of every interchange in the input. Never raises for what the input holds."""
    return _Reader(Tokenizer(chunks, limits, sets.openers, sets.rescued_groups), sets, limits).run()


class _Reader:
    def __init__(self, tokenizer: Tokenizer, sets: Registry, limits: Limits) -> None:
        self._tokens = tokenizer
        self._sets_known = sets
        self._limits = limits
        self._seen_interchanges = PartnersControls()
        self._interchange: InterchangeStart | None = None
        self._group: GroupStart | None = None
        self._reader: TransactionReader | None = None
        self._skipping = ""
        self._at: int = 0
        self._reset()

    def _reset(self) -> None:
        self._isa_problems: list[Problem] = []
        self._gs_problems: list[Problem] = []
        self._groups = self._sets = self._good_sets = self._counted = 0
        self._any_refused = False
        self._group_controls = Controls()
        self._set_controls = Controls()
        self._closed = False
        self._indented = False
        self._unread = False  # inside a set that is not read here
        self._lower = False  # names of segments are in lower case
        self._kind_alone = False  # of a group that is skipped: its kind is all that is wrong with it

    def run(self) -> Iterator[Item]:
        for token in self._tokens:
            if isinstance(token, Batch):
                self._indented |= token.indented
                yield from self._segments(token.segments)
            elif isinstance(token, Opening):
                yield from self._end_interchange("ISA")
                yield from self._open(token)
            elif isinstance(token, Debris):
                found = list(self._sets_known.salvage(token.content, self._limits))
                yield from (*(self._end_set(None) if found else ()), *found)  # nothing found: the set goes on
            else:
                yield from self._fault(token)
        yield from self._end_interchange("")

    # --- interchange -------------------------------------------------------------------------------------

    def _open(self, token: Opening) -> Iterator[Item]:
        self._reset()
        e = [v.strip() for v in token.elements]
        control = token.elements[12]
        problems: list[Problem] = []
        if e[11] not in _VERSIONS:
            problems.append(of_envelope("interchange", "ISA", 12, "003", f"version {safe(e[11])} is not supported",
                                      "send version 00501, the one that 45 CFR 162.920 adopts"))  # fmt: skip
        if not (control.isdigit() and control.isascii()):
            problems.append(of_envelope("interchange", "ISA", 13, "018", "the control number is not nine digits",
                                      "send nine digits"))  # fmt: skip
        elif control in self._seen_interchanges.of(tuple(e[4:8])):
            problems.append(of_envelope("interchange", "ISA", 13, "025", "the control number repeats in this input",
                                      "give each interchange its own control number"))  # fmt: skip
        if e[14] not in ("P", "T"):
            problems.append(of_envelope("interchange", "ISA", 15, "020", "usage is neither P nor T", "send P or T"))
        if not token.delimiters.repetition:
            problems.append(of_envelope("interchange", "ISA", 11, "022", "the repetition separator is no "
                                      "free delimiter, so nothing repeats", "send ^ in ISA11", warn=True))  # fmt: skip
        if token.differs:
            problems.append(of_envelope("interchange", "ISA", 16, "004", "the delimiters are others than ISA says",
                                        "let ISA have the delimiters that are used", warn=True))  # fmt: skip
        self._seen_interchanges.of(tuple(e[4:8])).add(control)
        self._isa_problems = problems
        self._interchange = InterchangeStart(
            token.delimiters, e[4], e[5], e[6], e[7], e[8], e[9], e[11], control, e[13], e[14], tuple(problems)
        )
        self._skipping = "ISA" if has_errors(problems) else ""
        yield self._interchange

    def _end_interchange(self, cause: str) -> Iterator[Item]:
        if self._interchange is None:
            return
        yield from self._end_group(None)
        if not self._closed:
            message = "an ISA comes before the IEA" if cause else "the input ends before the IEA"
            self._isa_problems.append(
                of_envelope("interchange", "IEA", 0, "023", message, "send the whole interchange")
            )
        rejected = self._skipping == "ISA"
        verdict: Verdict = "R" if rejected else "E" if self._isa_problems else "A"
        yield InterchangeEnd(self._interchange.control, self._groups, verdict, tuple(self._isa_problems))
        self._interchange = None
        self._skipping = ""

    def _iea(self, e: list[str]) -> Iterator[Item]:
        yield from self._end_group(None)
        if self._interchange is None:
            return
        self._closed = True
        if element_of(e, 2) != self._interchange.control:
            self._isa_problems.append(of_envelope("interchange", "IEA", 2, "001", "the control number is not that of "
                                                "ISA13", "repeat ISA13 in IEA02"))  # fmt: skip
        if self._skipping != "ISA" and element_of(e, 1).lstrip("0") != (str(self._groups) if self._groups else ""):
            self._isa_problems.append(of_envelope("interchange", "IEA", 1, "021", "the count of groups is wrong",
                                                f"IEA01 should be {self._groups}"))  # fmt: skip
        yield from self._end_interchange("")

    def _fault(self, fault: Fault) -> Iterator[Item]:
        if fault.kind == "giant_segment" and self._reader is not None:
            self._reader.problems.append(of_giant(self._reader.position + 1))
        elif self._interchange is not None and not self._closed:
            self._isa_problems.append(of_fault(fault.kind, fault.isa))
        else:
            yield Unreadable(of_fault(fault.kind, fault.isa), fault.offset)

    # --- groups ------------------------------------------------------------------------------------------

    def _segments(self, segments: list[str]) -> Iterator[Item]:
        at: int = 0
        if self._lower:
            segments = [in_capitals(text, self._separator()) for text in segments]
        while at < len(segments):
            if self._reader is not None:
                yield from self._read_on(self._reader, segments, at)
                at = self._at
                if at >= len(segments):
                    return
            if segments[at][:1].islower():
                self._read_in_capitals(segments, at)
            text = segments[at]
            name = text[:3].rstrip(self._separator())
            if name == "ST" and self._group is not None and (not self._skipping or self._stands_alone(text)):
                yield from self._st(text)
                if self._reader is None:
                    at += 1
                continue
            e = text.split(self._separator())
            stray = self._stray_unit(name, text, element_of(e, 1))
            if stray is not None:
                at = self._astray(segments, at, e, *stray)
                continue
            if name == "SE":
                self._unread = False
                yield from self._end_set(e)
            elif name == "GS":
                yield from self._gs(e)
            elif name == "GE":
                yield from self._end_group(e)
            elif name == "IEA" and len(e) > 1:  # one without an element ends nothing
                yield from self._iea(e)
                return
            elif name == "TA1":
                yield InterchangeAckRead(*(element_of(e, n) for n in range(1, 6)))
            elif not self._skipping and not self._unread:
                self._stray(name)
            at += 1

    def _stray_unit(self, name: str, text: str, first: str) -> tuple[TransactionSet, Rescue] | None:
        """The set that a segment outside its own begins a unit of, whatever name it has; None where it begins none."""
        known = self._sets_known.astray(name, first, self._group.code if self._group else "")
        return known if known or name in ENVELOPE else self._sets_known.damaged(text, self._separator())

    def _read_on(self, reader: TransactionReader, segments: list[str], at: int) -> Iterator[Item]:
        """Read on in the set that is open; `_at` is where to go on."""
        within = self._astray_within(segments, at, reader.place.kind)
        if within is None:
            yield from reader.read(segments, at)
            self._at = reader.stopped
            return
        yield from reader.read(segments[:within], at)
        yield from self._end_set(None)
        e = segments[within].split(self._separator())
        self._at = self._astray(segments, within, e, *self._sets_known.rescued[0])

    def _astray_within(self, segments: list[str], at: int, kind: str) -> int | None:
        """Where units of a set that is judged one by one begin within a set of another kind; None where they do not."""
        known, separator = self._sets_known, self._separator()
        if kind in known.rescued_ids:
            return None
        marks = [one + separator for one in known.strays]
        for found in [i for i in range(at, len(segments)) if segments[i][:4] in marks]:
            ends = any(text.partition(separator)[0] in ENVELOPE for text in segments[at + 1 : found])
            return None if ends else found
        return None

    def _read_in_capitals(self, segments: list[str], at: int) -> None:
        """From here to the end of the interchange, where units that are judged one by one begin in lower case."""
        name, kind = [*segments[at].upper().split(self._separator(), 2), ""][:2]
        if self._lower or not self._sets_known.is_rescued(name, kind):
            return
        self._lower = True
        self._isa_problems.append(of_envelope("interchange", name, 0, "024", "the names of segments are in lower case",
                                              "write them in capitals"))  # fmt: skip
        segments[at:] = [in_capitals(text, self._separator()) for text in segments[at:]]

    def _astray(self, segments: list[str], at: int, e: list[str], kind: TransactionSet, rescue: Rescue) -> int:
        """Read units outside any set that can be read, so that a person gets them; return where to go on."""
        assert self._interchange is not None
        if self._skipping == "ISA":
            problem = next(p for p in self._isa_problems if p.severity == "error")
        elif self._skipping == "GS":
            problem = next(p for p in self._gs_problems if p.severity == "error")
        else:
            problem = Problem("transaction", 1, "ST", rescue.message, rescue.how_to_fix, position=1, code="1")
        started = e[0] == "ST"
        group = self._group.control if self._group else ""
        control = element_of(e, 2) if started else ""
        place = Place(self._interchange.control, group, control, kind.id, "")
        self._unread = False
        self._reader = rescue.read(self._interchange.delimiters, self._limits, place, problem)
        if not started:
            segments.insert(at, self._separator().join(("ST", kind.id, "")))
        return at

    def _separator(self) -> str:
        return self._interchange.delimiters.element if self._interchange else "*"

    def _stray(self, name: str) -> None:
        target = self._gs_problems if self._group else self._isa_problems
        if len(target) < self._limits.problems_per_unit:
            level: Level = "group" if self._group else "interchange"
            code = "022" if level == "interchange" else ""  # AK905 has none for it
            target.append(of_envelope(level, name[:3] if name.isalnum() else "", 0, code,
                                    "a segment stands outside any transaction set",
                                    "send segments between ST and SE"))  # fmt: skip

    def _gs(self, e: list[str]) -> Iterator[Item]:
        yield from self._end_group(None)
        if self._interchange is None or self._skipping == "ISA":
            return
        self._groups += 1
        self._sets = self._good_sets = self._counted = 0
        self._any_refused = False
        self._set_controls = Controls()
        self._gs_problems = []
        self._unread = False
        e = [value.strip(" ") for value in e]
        group = self._group = GroupStart(
            element_of(e, 1),
            element_of(e, 2),
            element_of(e, 3),
            element_of(e, 4),
            element_of(e, 5),
            element_of(e, 6),
            element_of(e, 8),
        )
        if group.version[:6] != "005010":
            self._gs_problems.append(of_envelope("group", "GS", 8, "2",
                                               f"version {safe(group.version)} is not supported",
                                               "send a 005010 implementation; 4010 ended in 2012"))  # fmt: skip
        elif not self._sets_known.reads_group(group.code):
            self._gs_problems.append(of_envelope("group", "GS", 1, "1",
                                               "functional groups of this kind are not read here",
                                               f"send {self._sets_known.groups_wanted}"))  # fmt: skip
        if group.control in self._group_controls:
            self._gs_problems.append(of_envelope("group", "GS", 6, "19", "the control number repeats in this "
                                                  "interchange", "give each group its own control number"))  # fmt: skip
        self._group_controls.add(group.control)
        if has_errors(self._gs_problems):
            self._skipping = "GS"
            self._kind_alone = [p.code for p in self._gs_problems if p.severity == "error"] == ["1"]
        yield group

    def _stands_alone(self, text: str) -> bool:
        """Return True for a set in a group that is refused for its kind (GS01) alone, where that is nothing to it."""
        e = [value.strip(" ") for value in text.split(self._separator())]
        if self._skipping != "GS" or not self._kind_alone or self._group is None:
            return False
        implementation = element_of(e, 3) or self._group.version
        return self._sets_known.astray_in(implementation, element_of(e, 1), self._group.code) is not None

    def _end_group(self, e: list[str] | None) -> Iterator[Item]:
        yield from self._end_set(None)
        if self._group is None:
            return
        declared = 0
        if e is None:
            self._gs_problems.append(of_envelope("group", "GE", 0, "3", "the group has no trailer", "close it with GE"))
        else:
            declared = int(element_of(e, 1)) if element_of(e, 1).isdecimal() and len(element_of(e, 1)) < 10 else 0
            if element_of(e, 2) != self._group.control:
                self._gs_problems.append(of_envelope("group", "GE", 2, "4", "the control number is not that of GS06",
                                                   "repeat GS06 in GE02"))  # fmt: skip
            if declared != self._sets and self._skipping != "GS":
                self._gs_problems.append(of_envelope("group", "GE", 1, "5", "the count of transaction sets is wrong",
                                                   f"GE01 should be {self._sets}"))  # fmt: skip
        verdict: Verdict = "A"
        if self._skipping == "GS" or (self._sets and not self._good_sets):
            verdict = "R"
        elif self._gs_problems or self._any_refused:
            verdict = "E"
        yield GroupEnd(self._group.control, declared, self._sets, self._good_sets, verdict, tuple(self._gs_problems))
        self._group = None
        if self._skipping == "GS":
            self._skipping = ""

    # --- transaction sets --------------------------------------------------------------------------------

    def _st(self, text: str) -> Iterator[Item]:
        yield from self._end_set(None)
        self._unread = False
        group, interchange = self._group, self._interchange
        if group is None or interchange is None:
            return
        e = [value.strip(" ") for value in text.split(interchange.delimiters.element)]
        kind, control = element_of(e, 1), element_of(e, 2)
        implementation = element_of(e, 3) or group.version
        self._sets += 1
        yield TransactionStart(kind, control, implementation)
        parties = (interchange.sender_qualifier, interchange.sender, interchange.receiver_qualifier,
                   interchange.receiver, group.sender, group.receiver, interchange.usage)  # fmt: skip
        place = Place(interchange.control, group.control, control, kind, implementation, parties)
        delimiters = interchange.delimiters
        sets = self._sets_known
        known, rescuing = sets.find(implementation, kind, group.code), sets.rescuing(kind, group.code)
        astray = sets.astray_in(implementation, kind, group.code) if known is None else None
        if known is not None and known[0].reader is not None:
            self._reader = known[0].reader(known[1], delimiters, self._limits, place)
        elif astray is not None and astray[0].reader is not None:
            self._reader = astray[0].reader(astray[1], delimiters, self._limits, place)
            self._reader.problems.append(not_read(sets, group, kind, implementation))
        elif rescuing is not None:
            place = Place(interchange.control, group.control, control, rescuing[0].id, implementation, parties)
            self._reader = rescuing[1].read(
                delimiters, self._limits, place, not_read(sets, group, kind, implementation)
            )  # fmt: skip
        else:
            problem = not_read(sets, group, kind, implementation)
            self._any_refused = True
            self._unread = True
            yield TransactionEnd(kind, control, "R", 0, problems=(problem,))
            return
        if control in self._set_controls:
            self._reader.problems.append(of_set("ST", 2, "23", "the control number repeats in this group",
                                              "give each transaction set its own control number", 1))  # fmt: skip
        self._set_controls.add(control)
        if element_of(e, 3) and element_of(e, 3) != group.version:
            self._reader.problems.append(of_set("ST", 3, "I6", "the implementation is not that of GS08",
                                              "repeat GS08 in ST03", 1))  # fmt: skip

    def _end_set(self, e: list[str] | None) -> Iterator[Item]:
        reader = self._reader
        if reader is None:
            return
        self._reader = None
        count = reader.position + (1 if e else 0)
        problems: list[Problem] = []
        if self._indented and reader.place.kind not in self._sets_known.rescued_ids:
            problems.append(of_set("ST", 0, "5", "blanks stand before the segments", "begin each segment with its "
                                   "name, right after the terminator or the line break", 1))  # fmt: skip
        if e is None:
            problems.append(of_set("SE", 0, "2", "the transaction set has no trailer: it is cut short",
                                 "send it whole, up to SE", count))  # fmt: skip
        else:
            if element_of(e, 2) != reader.place.transaction:
                problems.append(
                    of_set("SE", 2, "3", "the control number is not that of ST02", "repeat ST02 in SE02", count)
                )
            if element_of(e, 1).lstrip("0") != str(count):
                problems.append(of_set("SE", 1, "4", "the count of segments is wrong: some may be lost",
                                     f"SE01 should be {count}, ST and SE counted", count))  # fmt: skip
        for item in reader.close(problems, count):
            if isinstance(item, TransactionEnd):
                if item.verdict != "R":
                    self._good_sets += 1
                if item.verdict != "A":
                    self._any_refused = True
            yield item
