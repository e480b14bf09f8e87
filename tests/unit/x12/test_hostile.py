"""Hostile and broken input: no crash, no hang, and never silence about what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from recoup_x12 import ClaimRead, Limits, RemittanceRead, TransactionEnd, read
from tests.unit.x12.files import (
    PROFESSIONAL,
    REMITTANCE,
    all_problems,
    encoded,
    envelope,
    items,
    professional,
    remittance,
)

SOUND = [professional(), remittance()]
LIMITS = Limits(block_bytes=512, segment_bytes=256, unit_segments=200, cache_segments=100)


def consume(data: bytes) -> int:
    return sum(1 for _ in read([data], LIMITS))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SOUND), st.integers(0, 3000), st.binary(max_size=12), st.integers(0, 12))
def test_bytes_spliced_anywhere(data: bytes, at: int, splice: bytes, drop: int) -> None:
    at %= len(data)
    consume(data[:at] + splice + data[at + drop :])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_noise(noise: bytes, with_isa: bool) -> None:
    consume(professional()[:107] + noise if with_isa else noise)
    assert all_problems(noise)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["837", "835"]), st.lists(st.integers(0, 60), min_size=1, max_size=6), st.randoms())
def test_segments_dropped_doubled_and_shuffled(kind: str, places: list[int], rng: object) -> None:
    rows = list(PROFESSIONAL if kind == "837" else REMITTANCE)
    for place in places:
        at = place % len(rows)
        if place % 3 == 0:
            rows.pop(at)
        elif place % 3 == 1:
            rows.insert(at, rows[at])
        else:
            rows[at], rows[-at - 1] = rows[-at - 1], rows[at]
    args = ("HC", "837", "005010X222A1") if kind == "837" else ("HP", "835", "005010X221A1")
    consume(encoded(envelope(rows, *args)))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(PROFESSIONAL) - 1), st.integers(1, 12), st.text(max_size=80))
def test_any_element_replaced(row: int, element: int, value: str) -> None:
    rows = list(PROFESSIONAL)
    parts = rows[row].split("*")
    parts[element % len(parts)] = value
    rows[row] = "*".join(parts)
    found = items(encoded(envelope(rows)))
    assert isinstance(next(i for i in found if isinstance(i, TransactionEnd)), TransactionEnd)


def test_deep_and_endless_levels() -> None:
    levels = [f"HL*{n}*{n - 1 if n > 1 else ''}*{20 if n == 1 else 22 if n % 2 else 23}*1" for n in range(1, 5000)]
    found = items(encoded(envelope([*PROFESSIONAL[:4], *levels])))
    (done,) = [i for i in found if isinstance(i, TransactionEnd)]
    assert done.verdict == "R"


def test_a_million_empty_segments_take_bounded_time() -> None:
    started = time.perf_counter()
    data = encoded(envelope(PROFESSIONAL))
    bomb = data[:200] + b"~" * 1_000_000 + b"A~" * 200_000 + data[200:]
    consume(bomb)
    assert time.perf_counter() - started < 30


def test_many_elements_and_repetitions() -> None:
    wide = encoded(envelope([*PROFESSIONAL[:18], "REF" + "*A" * 5000, "HI*" + "ABK:E119^" * 3000, *PROFESSIONAL[18:]]))
    found = [i for i in read([wide]) if isinstance(i, ClaimRead)]
    assert not found[0].accepted


def test_claims_are_streamed_not_hoarded() -> None:
    """The first claim comes out before the last bytes have gone in."""
    data = professional()
    given_out: list[str] = []

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(data), 200):
            given_out.append("in")
            yield data[at : at + 200]

    stream = read(chunks(), Limits(block_bytes=200))
    given_out.extend("claim" for item in stream if isinstance(item, (ClaimRead, RemittanceRead)))
    last_in = len(given_out) - given_out[::-1].index("in")
    assert given_out.index("claim") < last_in


def test_what_one_sender_sends_leaves_the_next_unharmed() -> None:
    """Parsers are shared and remember; junk qualifiers must not change how sound files are read."""
    before = items(professional())
    junk = [f"REF*{a}{b}{c}*1" for a in "ABCDEFGHIJ" for b in "0123456789" for c in "0123456789"]
    assert all_problems(encoded(envelope([*PROFESSIONAL[:10], *junk, *PROFESSIONAL[10:]])))
    assert items(professional()) == before
