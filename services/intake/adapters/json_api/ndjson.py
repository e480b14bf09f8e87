"""NDJSON: one claim a line, read as a stream in bounded memory. A bad line does not sink its neighbours.

A document that is written over several lines is told as that, once: each of its lines would be a bad one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from services.intake.adapters.json_api.claims import JsonClaim, read_claim
from services.intake.adapters.json_api.reading import Problems

MOST_BYTES = 4 * 1024 * 1024
"""Bytes in one line; a longer one is refused and passed over."""
_OVER_SEVERAL = ("one JSON document over several lines, not a claim a line",
                 "Write each claim on one line, or send one claim to /v1/claims.")  # fmt: skip

_MARK = b"\xef\xbb\xbf"


class Row(msgspec.Struct, frozen=True):
    """One line: its number from 1, what was read, and its text as it came ("" where it was too long)."""

    number: int
    read: JsonClaim
    text: str


def read_ndjson(chunks: Iterable[bytes], most: int = MOST_BYTES) -> Iterator[Row]:
    """Every line that is not blank, in order, in whatever pieces the bytes come. A byte order mark is passed over."""
    number, kept, too_long = 0, bytearray(), False
    for chunk in chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            piece = chunk[start:end]
            number += 1
            too_long = too_long or len(kept) + len(piece) > most
            if not too_long:
                kept += piece
            if number == 1 and bytes(kept).removeprefix(_MARK).strip() in (b"{", b"["):
                yield Row(number, _refused(*_OVER_SEVERAL), "")
                return
            yield from _row(number, bytes(kept), too_long, most)
            kept.clear()
            too_long, start = False, end + 1
        rest = chunk[start:]
        too_long = too_long or len(kept) + len(rest) > most
        if too_long:
            kept.clear()
        else:
            kept += rest
    if kept or too_long:
        yield from _row(number + 1, bytes(kept), too_long, most)


def _row(number: int, line: bytes, too_long: bool, most: int) -> Iterator[Row]:
    if number == 1:
        line = line.removeprefix(_MARK)
    if too_long:
        yield Row(number, _refused(f"the line is longer than {most} bytes", "Send one claim a line."), "")
        return
    if not line.strip():
        return
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        yield Row(number, _refused(f"not UTF-8 at byte {error.start}", "Send UTF-8."), "")
        return
    yield Row(number, read_claim(text), text)


def _refused(message: str, how_to_fix: str) -> JsonClaim:
    problems = Problems()
    problems.add("", message, how_to_fix, snip=1)
    return JsonClaim(None, tuple(problems.found))
