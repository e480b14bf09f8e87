"""Cuts a JSON document into the elements of its top-level arrays, at the speed of the parser and in bounded memory.

The cut is exact whatever the white space, the order of keys or the text inside strings: msgspec skims an element as
`Raw` and tells where it ended. Small elements are skimmed together, up to a likely boundary, and one by one where that
guess was wrong: a run counts only when it is a whole JSON array.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

RUN: Final = 4 * 1024
"""Bytes of small elements that are looked at together."""
LARGEST: Final = 256 * 1024 * 1024
"""Bytes of the largest element taken: one code with all its rates."""

_RAW = msgspec.json.Decoder(msgspec.Raw)
_ENDED = re.compile(r"trailing characters \(byte (\d+)\)")
_BYTE = re.compile(r"\(byte (\d+)\)")
_SPACE = re.compile(rb"[ \t\r\n]*")
_KEY = re.compile(rb'"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*')
_FIRST_KEY = re.compile(rb'\{[ \t\r\n]*("[^"\\]*")')
_BOM = b"\xef\xbb\xbf"


class Malformed(ValueError):
    """No JSON document of this shape; `line` (from 1) and `offset` (bytes) say where."""

    def __init__(self, reason: str, line: int, offset: int) -> None:
        super().__init__(f"line {line}, byte {offset}: {reason}")
        self.reason = reason
        self.line = line
        self.offset = offset


class Run(msgspec.Struct, frozen=True):
    """Consecutive elements of the top-level array `member` as a JSON array, or the value of a member that is none."""

    member: str
    content: bytes
    line: int
    offset: int
    is_array: bool = True


class Cutter:
    """Walks one document; `blocks` are its bytes in pieces of any size."""

    def __init__(self, blocks: Iterator[bytes], *, largest: int = LARGEST, run: int = RUN) -> None:
        self._blocks = blocks
        self._largest = largest
        self._run = run
        self._buffer = b""
        self._at = 0
        self._ended = False
        self._offset = 0  # of the buffer's first byte
        self._line = 1
        self._counted = 0  # up to where in the buffer lines are counted

    def __iter__(self) -> Iterator[Run]:
        if self._next() == _BOM[:1] and self._ahead(3) == _BOM:
            self._at += 3
        self._expect(b"{", "the document is not a JSON object")
        if self._next() == b"}":
            self._at += 1
        else:
            yield from self._members()
        if self._next():
            raise self._malformed("something follows the end of the document")

    def _members(self) -> Iterator[Run]:
        while True:
            name = self._key()
            if self._next() != b"[":
                yield self._value(name, b"", self._here())
            else:
                here = self._here()
                self._at += 1
                if self._next() == b"{":
                    yield from self._elements(name)
                else:
                    yield self._value(name, b"[", here)
            if self._next() == b"}":
                self._at += 1
                return
            self._expect(b",", "a comma or the end of the document is missing")

    def _elements(self, name: str) -> Iterator[Run]:
        boundary: re.Pattern[bytes] | None = None
        size = 0  # of the element before: after a large one no run of small ones is looked for
        while True:
            self._next()
            line, offset = self._here()
            end = (self._guess(boundary) if boundary and size < self._run else 0) or self._end_of_value()
            size = end - self._at
            content = b"[%b]" % self._buffer[self._at : end]
            if boundary is None and (first := _FIRST_KEY.match(content, 1)):
                boundary = re.compile(rb"\}[ \t\r\n]*(?=,[ \t\r\n]*\{[ \t\r\n]*" + re.escape(first[1]) + rb")")
            yield Run(name, content, line, offset)
            self._at = end
            if self._next() == b"]":
                self._at += 1
                return
            self._expect(b",", f"a comma or the end of {name} is missing")
            if self._next() != b"{":
                raise self._malformed(f"an element of {name} is not an object")

    def _guess(self, boundary: re.Pattern[bytes]) -> int:
        """Where a run of whole elements ends; 0 where none could be found."""
        if len(self._buffer) < self._at + self._run:
            self._fill(self._run)
        last = 0
        window = min(self._at + self._run, len(self._buffer))
        for found in boundary.finditer(self._buffer, max(self._at, window - self._run // 2), window):
            last = found.end()
        if not last:
            return 0
        try:
            _RAW.decode(b"[%b]" % self._buffer[self._at : last])
        except msgspec.DecodeError:
            return 0
        return last

    def _end_of_value(self) -> int:
        """Where the value at the present place ends, in the buffer, which grows as needed."""
        while True:
            try:
                with memoryview(self._buffer) as view, view[self._at :] as rest:
                    _RAW.decode(rest)
            except msgspec.DecodeError as error:
                ended = _ENDED.search(str(error))
                if ended:
                    return self._at + int(ended[1]) - 1
                match = _BYTE.search(str(error))
                # a number or a word cut off by the buffer's end is told as malformed, not as truncated
                cut_off = match is not None and int(match[1]) > len(self._buffer) - self._at - 8 and not self._ended
                reason = "the file ends within the value that begins here"
                if "truncated" not in str(error):
                    reason = "malformed JSON in the value that begins here"
                    if not cut_off:
                        raise self._malformed(reason) from None
            else:
                reason = ""  # whole as far as the buffer goes; a number may go on
            held = len(self._buffer) - self._at
            if held > self._largest:
                raise self._malformed(f"a value of more than {self._largest} bytes begins here")
            if not self._fill(2 * held):  # doubling keeps the skimming of a long value linear
                if reason:
                    raise self._malformed(reason)
                return len(self._buffer)

    def _value(self, name: str, behind: bytes, here: tuple[int, int]) -> Run:
        """The value of a member that is not an array of objects; `behind` is its first byte where that was passed."""
        self._here()
        self._offset += self._at - len(behind)
        self._buffer, self._at, self._counted = behind + self._buffer[self._at :], 0, 0
        end = self._end_of_value()
        run = Run(name, self._buffer[self._at : end], *here, is_array=False)
        self._at = end
        return run

    def _key(self) -> str:
        self._next()
        while (found := _KEY.match(self._buffer, self._at)) is None or found.end() == len(self._buffer):
            if len(self._buffer) - self._at > 64 * 1024 or not self._fill(1024):
                raise self._malformed("the name of a member is missing")
        self._at = found.end()
        return found[1].decode("utf-8", "replace")

    def _expect(self, byte: bytes, otherwise: str) -> None:
        if self._next() != byte:
            raise self._malformed(otherwise)
        self._at += 1

    def _next(self) -> bytes:
        """The next byte that is not white space, in place; empty at the end of the file."""
        while True:
            found = _SPACE.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if not self._fill(1):
                return b""

    def _ahead(self, count: int) -> bytes:
        if len(self._buffer) - self._at < count:
            self._fill(count)
        return self._buffer[self._at : self._at + count]

    def _fill(self, more: int) -> bool:
        """Drop what is behind, read at least `more` bytes ahead; False where the input has ended."""
        self._here()
        self._offset += self._at
        pieces = [self._buffer[self._at :]]
        got = 0
        while got < more and not self._ended:
            piece = next(self._blocks, b"")
            self._ended = not piece
            got += len(piece)
            pieces.append(piece)
        self._buffer = b"".join(pieces)
        self._at = self._counted = 0
        return got > 0

    def _malformed(self, reason: str) -> Malformed:
        return Malformed(reason, *self._here())

    def _here(self) -> tuple[int, int]:
        """Line and byte of the present place."""
        self._line += self._buffer.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._line, self._offset + self._at
