"""Cuts bytes into segments, whatever delimiters and line breaks each interchange uses.

Memory stays at one block plus one segment. Delimiters come from byte positions of the ISA segment, which is
fixed at 106 bytes: element separator is byte 3, repetition separator ISA11, component separator byte 104,
segment terminator byte 105. Text is UTF-8 where it decodes as such, else Latin-1, so no name is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.envelope import delimiters_used
from recoup_x12.core.limits import Limits

ISA_BYTES = 106
_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_GROUP_BYTES = 256
"""Behind ISA: a GS and the beginning of an ST, with the blanks between them."""
_BLANK = b" \t\r\n\x00\x1a"
_LEADING = (" ", "\t")
_DEBRIS = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class Opening(msgspec.Struct, frozen=True):
    """An ISA segment: the delimiters of its interchange and sixteen elements (values kept as padded).

    `differs`: the delimiters used are others than those of the segment.
    """

    delimiters: Delimiters
    elements: tuple[str, ...]
    differs: bool = False


class Batch(msgspec.Struct, frozen=True):
    """Consecutive segments of the open interchange; `indented` where blanks stand before some of them."""

    segments: list[str]
    indented: bool = False


class Fault(msgspec.Struct, frozen=True):
    """Bytes that cannot be cut into segments.

    `isa` is 1-16 where one ISA element has the wrong width. `offset` is the byte in the input.
    """

    kind: Literal["not_x12", "bad_isa", "truncated_isa", "giant_segment", "truncated", "terminator", "garbage", "empty"]
    offset: int
    isa: int = 0


class Debris(msgspec.Struct, frozen=True):
    """Bytes that stand in no interchange, told after the fault they come with."""

    content: bytes


Token = Opening | Batch | Fault | Debris


class Tokenizer:
    """Iterates tokens of one input. `offset` is how many bytes have been consumed.

    `openers` are IDs of segments that are looked for outside interchanges, and kept where the input breaks off in one;
    `groups` the kinds of group that are read by the delimiters they have, whatever ISA says.
    """

    def __init__(
        self, chunks: Iterable[bytes], limits: Limits, openers: Iterable[str] = (), groups: frozenset[str] = frozenset()
    ) -> None:
        self._openers = [opener.encode() for opener in openers]
        self._groups = groups
        self._chunks = _slices(chunks, limits.block_bytes)
        self._limits = limits
        self._buffer = b""
        self._ended = False
        self._passed: list[bytes] = []
        self.offset = 0

    def _more(self) -> bool:
        """Add at least one block's worth of input to the buffer; False at the end of input."""
        if self._ended:
            return False
        parts = [self._buffer]
        size = 0
        for chunk in self._chunks:
            parts.append(chunk)
            size += len(chunk)
            if size >= self._limits.block_bytes:
                break
        else:
            self._ended = True
        self._buffer = b"".join(parts)
        return size > 0

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]
        self.offset += count

    def __iter__(self) -> Iterator[Token]:
        self._more()
        if self._buffer.startswith(_BOM):
            self._drop(3)
        anything = False
        while True:
            self._skip_blank()
            while len(self._buffer) < ISA_BYTES and self._more():
                self._skip_blank()
            if not self._buffer:
                if not anything:
                    yield Fault("empty", self.offset)
                return
            if not self._buffer.startswith(b"ISA"):
                yield Fault("garbage" if anything else "not_x12", self.offset)
                more = self._seek_isa()
                yield from self._debris()
                if not more:
                    return
                continue
            anything = True
            opening = self._opening()
            if isinstance(opening, Fault):
                yield opening
                if opening.kind == "truncated_isa":
                    return
                self._drop(3)
                more = self._seek_isa()
                yield from self._debris()
                if not more:
                    return
                continue
            yield opening
            yield from self._interchange(opening.delimiters)

    def _skip_blank(self) -> None:
        stripped = self._buffer.lstrip(_BLANK)
        self._drop(len(self._buffer) - len(stripped))
        while not self._buffer and self._more():
            stripped = self._buffer.lstrip(_BLANK)
            self._drop(len(self._buffer) - len(stripped))

    def _seek_isa(self) -> bool:
        """Move to the next `ISA` that a byte no letter follows or precedes; False where there is none."""
        start = 0
        while True:
            at = self._buffer.find(b"ISA", start)
            while at >= 0:
                before, after = self._buffer[at - 1 : at], self._buffer[at + 3 : at + 4]
                if after and not after.isalnum() and not before.isalnum():
                    self._pass(at)
                    return True
                at = self._buffer.find(b"ISA", at + 1)
            self._pass(max(0, len(self._buffer) - 4))
            start = 0
            if not self._more():
                self._pass(len(self._buffer))
                return False

    def _pass(self, count: int) -> None:
        """Go past bytes that no interchange holds; up to a limit they are looked through for openers."""
        if sum(map(len, self._passed)) < _DEBRIS:
            self._passed.append(self._buffer[:count])
        self._drop(count)

    def _debris(self, *, within: bool = False) -> Iterator[Token]:
        """What was passed; `within` an interchange only where it holds an opener, for its sets go on behind it."""
        passed, self._passed = b"".join(self._passed), []
        capitals = passed.upper() if within else b""
        if passed.strip() and any(not within or opener in capitals for opener in self._openers):
            yield Debris(passed)

    def _opening(self) -> Opening | Fault:
        raw = self._buffer[:ISA_BYTES]
        if len(raw) < ISA_BYTES:
            return Fault("truncated_isa", self.offset)
        separator = raw[3:4]
        text = raw.decode("latin-1")
        at = 3
        for number, width in enumerate(_ISA_WIDTHS, 1):
            if raw[at : at + 1] != separator or separator in raw[at + 1 : at + 1 + width]:
                return Fault("bad_isa", self.offset, max(1, number - 1 if raw[at : at + 1] != separator else number))
            at += width + 1
        elements = tuple(text[4:105].split(text[3]))
        repetition, component, terminator = text[82], text[104], text[105]
        marks = [text[3], component, terminator]
        if any(m.isalnum() or m == " " for m in marks) or len(set(marks)) < 3:
            return Fault("bad_isa", self.offset, 16)
        if repetition.isalnum() or repetition in (*marks, " "):
            repetition = ""
        declared = Delimiters(text[3], repetition, component, terminator)
        while len(self._buffer) < ISA_BYTES + _GROUP_BYTES and self._more():
            pass
        used = delimiters_used(declared, self._buffer[ISA_BYTES : ISA_BYTES + _GROUP_BYTES], self._groups)
        return Opening(used, elements, used != declared)

    def _interchange(self, delimiters: Delimiters) -> Iterator[Token]:
        """Batches up to the end of the segment that starts with IEA, or to the next ISA, or to the end."""
        terminator = delimiters.terminator.encode("latin-1")
        self._drop(ISA_BYTES)
        tail = b"IEA" + delimiters.element.encode("latin-1")
        head = b"ISA" + delimiters.element.encode("latin-1")
        while True:
            end, closes = self._cut(terminator, tail, head)
            if end > 0:
                block = self._buffer[:end]
                self._drop(end)
                segments, indented = _split(block, terminator.decode("latin-1"))
                if segments:
                    yield Batch(segments, indented)
            if closes:
                return
            giant = end == 0 and len(self._buffer) > self._limits.segment_bytes
            ended = not giant and not self._more()
            other = self._other_terminator(terminator, delimiters) if giant or ended else b""
            if other:
                yield Fault("terminator", self.offset)
                terminator = other
                continue
            if giant:
                yield Fault("giant_segment", self.offset)
                while terminator not in self._buffer:
                    self._pass(len(self._buffer))
                    if not self._more():
                        break
                self._pass(self._buffer.find(terminator) + 1)
                yield from self._debris(within=True)
                continue
            if ended:
                rest = self._buffer.strip(_BLANK)
                if rest.startswith(tail):
                    yield Batch([_decode(rest)])  # a last terminator left out; IEA02 tells whether it is whole
                elif rest:
                    opener = next((name for name in self._openers if rest.startswith(name)), None)
                    if opener is not None:  # what of it is whole: the element that it breaks off in is not
                        whole, cut, _ = _decode(rest).rpartition(delimiters.element)
                        yield Batch([whole if cut else opener.decode()])
                    yield Fault("truncated", self.offset)
                    if opener is None:  # segments may stand in it that end otherwise than ISA says
                        self._pass(len(self._buffer))
                        yield from self._debris()
                self._drop(len(self._buffer))
                return

    def _other_terminator(self, terminator: bytes, delimiters: Delimiters) -> bytes:
        """What ends segments from here on, where what there is has no terminator, and yet an opener within."""
        if not self._openers or terminator in self._buffer:
            return b""
        openers, element = b"|".join(self._openers), delimiters.element.encode("latin-1")
        found = re.search(
            rb"([^\w\s]|[\r\n])\s*(?:%b)%b\S" % (openers, re.escape(element)),
            self._buffer.lstrip(_BLANK),  # a line break here stands behind the last terminator, and is none
        )
        if found is None or found[1] == element:
            return b""
        if found[1].isspace() or found[1] == delimiters.component.encode("latin-1"):
            return b"\n" if b"\n" in found[0] else found[1] if found[1].isspace() else b""
        return found[1]

    def _cut(self, terminator: bytes, tail: bytes, head: bytes) -> tuple[int, bool]:
        """How many bytes of the buffer are whole segments of this interchange, and whether it ends there."""
        limit = len(self._buffer)
        at = self._find_segment(head, terminator, 0)
        closes = at >= 0
        if closes:
            limit = at
        ending = self._find_segment(tail, terminator, 0)
        if 0 <= ending < limit:
            stop = self._buffer.find(terminator, ending)
            if stop >= 0:
                return stop + 1, True
        if closes:
            return limit, True
        return self._buffer.rfind(terminator) + 1, False

    def _find_segment(self, mark: bytes, terminator: bytes, start: int) -> int:
        """Where a segment that begins with `mark` begins: at the start, or after a terminator and blanks."""
        at = self._buffer.find(mark, start)
        while at >= 0:
            before = self._buffer[max(0, at - 64) : at].rstrip(_BLANK)
            if at == 0 or before.endswith(terminator) or (not before and at <= 64):
                return at
            if terminator.isspace() and self._buffer[at - 1 : at].isspace():
                return at
            at = self._buffer.find(mark, at + 1)
        return -1


def _split(block: bytes, terminator: str) -> tuple[list[str], bool]:
    """Whole segments of a block, without the line breaks and blanks between them, and if blanks led some of them."""
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError:
        parts = [_decode(part) for part in block.split(terminator.encode("latin-1"))]
        return [t for part in parts if (t := part.strip("\r\n\x00\x1a").lstrip())], False
    text = text.lstrip("\r\n")
    after = text.find(terminator) + 1
    separator = terminator
    if text.startswith("\r\n", after):
        separator = terminator + "\r\n"
    elif text.startswith(("\n", "\r"), after):
        separator = terminator + text[after]
    # The common case: every terminator is followed by the same line break (or none), and nothing else strays.
    body = text[: -len(separator)] if text.endswith(separator) else text.removesuffix(terminator)
    segments = body.split(separator)
    breaks = len(segments) - 1
    stray = any(body.count(mark) != (breaks if mark in separator else 0) for mark in ("\n", "\r", terminator)) or (
        "\x00" in text or "\x1a" in text or "" in segments
    )
    if stray or terminator in "\r\n":
        return [t for s in text.split(terminator) if (t := s.strip("\r\n\x00\x1a").lstrip())], False
    if text[:1] in _LEADING or separator + " " in body or separator + "\t" in body:
        return [segment.lstrip() for segment in segments], True
    return segments, False


def _decode(part: bytes) -> str:
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        return part.decode("latin-1")


def _slices(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Chunks of at most `size` bytes, so that one huge chunk is not copied whole."""
    for chunk in chunks:
        if len(chunk) <= size:
            yield bytes(chunk)
        else:
            view = memoryview(chunk)
            for at in range(0, len(view), size):
                yield bytes(view[at : at + size])
