"""Whole files damaged as happens: cut, miscounted, nested, wrongly encoded, swollen. Always a clear refusal."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup_x12 import (
    ClaimRead,
    GroupEnd,
    InterchangeEnd,
    Item,
    Limits,
    RemittanceRead,
    TransactionEnd,
    Unreadable,
    has_errors,
    read,
)
from recoup_x12.core.parser import UnitParser, unit_parser
from recoup_x12.core.values import day
from tests.unit.x12.files import PROFESSIONAL, encoded, envelope, professional

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.edi"))
SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "x12"
FILES = [path.read_bytes() for path in [*EXAMPLES, *(sorted(SAMPLES.rglob("*.*")) if SAMPLES.is_dir() else [])]]
SOUND = [data for path, data in zip(EXAMPLES, FILES, strict=False) if "broken" not in path.name]


def standing(items: list[Item]) -> int:
    """Claims and payments that stand: sound ones, in sets that were not refused."""
    count = held = 0
    for item in items:
        if isinstance(item, ClaimRead | RemittanceRead):
            held += item.accepted
        elif isinstance(item, TransactionEnd):
            count += held if item.verdict != "R" else 0
            held = 0
    assert held == 0, "claims without the end of their set"
    return count


def complaints(items: list[Item]) -> bool:
    return any(isinstance(i, Unreadable) or has_errors(getattr(i, "problems", ())) for i in items)


def parsed(data: bytes) -> list[Item]:
    items = list(read([data]))
    ends = (InterchangeEnd, GroupEnd, TransactionEnd)
    assert all(i.verdict in "AER" for i in items if isinstance(i, ends))
    return items


def test_the_examples_are_sound() -> None:
    assert len(SOUND) > 10
    assert not any(complaints(parsed(data)) for data in SOUND)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True))
def test_cut_anywhere(data: bytes, part: float) -> None:
    """What stands after a cut stood before it, and the cut is told."""
    cut = data.rstrip()[: int(len(data.rstrip()) * part)]
    items = parsed(cut)
    assert standing(items) <= standing(parsed(data))
    # Only where the cut falls between two interchanges is there nothing to tell.
    between = len(data.rstrip()) - len(cut) <= 1 or (cut.rstrip().endswith(b"~") and b"IEA" in cut[-30:])
    assert complaints(items) or between


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SOUND), st.sampled_from(["SE", "GE", "IEA"]), st.integers(0, 10**9), st.sampled_from([1, 2]))
def test_counts_and_control_numbers_changed(data: bytes, segment: str, value: int, element: int) -> None:
    rows = data.decode().split("~")
    at = next(i for i, row in enumerate(rows) if row.strip().startswith(segment + "*"))
    parts = rows[at].split("*")
    if parts[element].lstrip("0") == str(value).lstrip("0"):
        value += 1
    parts[element] = str(value)
    rows[at] = "*".join(parts)
    items = parsed("~".join(rows).encode())
    assert complaints(items)
    whole = standing(parsed(data))
    if segment == "SE" and b"ST*837" in data:
        # A set of claims that may have lost segments does not stand; payments are judged one by one.
        assert standing(items) < whole or whole == 0
    else:
        assert standing(items) == whole  # what its own SE proves whole does


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SOUND), st.sampled_from(SOUND), st.floats(0, 1))
def test_one_file_inside_another(outer: bytes, inner: bytes, part: float) -> None:
    at = int(len(outer) * part)
    items = parsed(outer[:at] + inner + outer[at:])
    ends = [item for item in items if isinstance(item, InterchangeEnd)]
    assert standing(items) <= standing(parsed(outer)) + standing(parsed(inner))
    assert ends or complaints(items)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SOUND), st.sampled_from(["utf-16", "utf-16-le", "utf-32", "cp037", "utf-7"]))
def test_other_encodings(data: bytes, encoding: str) -> None:
    items = parsed(data.decode().encode(encoding))
    if encoding == "utf-7":  # as ASCII, but for a few signs: read, or refused by what they turn into
        return
    assert complaints(items)
    assert standing(items) == 0


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SOUND), st.binary(min_size=1, max_size=4), st.floats(0, 1, exclude_max=True))
def test_bytes_overwritten(data: bytes, noise: bytes, part: float) -> None:
    at = int(len(data) * part)
    parsed(data[:at] + noise + data[at + len(noise) :])


SLOW = (b"ST", b"GS", b"HL", b"ISA*")  # each makes something of its own
HEAD = encoded(envelope(PROFESSIONAL))[: encoded(envelope(PROFESSIONAL)).index(b"HL*1*")]


def swollen(repeated: bytes, size: int) -> Iterator[bytes]:
    yield HEAD
    block = repeated * (1 + (1 << 14) // len(repeated))
    for _ in range(size // len(block)):
        yield block


@pytest.mark.parametrize(
    "repeated",
    [
        b"~",
        b"A",
        b"*",
        b":",
        b"REF*G1*1~",
        b"HL*1**20*1~",
        b"HL*2*1*22*0~SBR*P~",
        b"ST*837*0001*005010X222A1~",
        b"GS*HC*A*B*20250601*1200*1*X*005010X222A1~",
        b"LX*1~",
        b"\x00",
        b"\n",
        b"ISA",
        professional()[:106],
    ],
    ids=repr,
)
def test_bombs_are_bounded(repeated: bytes) -> None:
    """Memory does not follow the size of the input: 512 KiB of one thing would take more if kept."""
    limits = Limits(block_bytes=1 << 14, unit_segments=500, problems_per_transaction=500)
    refused = False
    tracemalloc.start()
    try:
        for item in read(swollen(repeated, 1 << (16 if repeated.startswith(SLOW) else 19)), limits):
            refused |= isinstance(item, Unreadable) or has_errors(getattr(item, "problems", ()))
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert refused


def test_other_claims_survive_a_swollen_one() -> None:
    rows = list(PROFESSIONAL)
    at = next(i for i, row in enumerate(rows) if row.startswith("REF*D9"))
    rows[at : at + 1] = ["NTE*ADD*" + "X" * 9_000] * 200
    first, second = (i for i in parsed(encoded(envelope(rows))) if isinstance(i, ClaimRead))
    assert not first.accepted and second.accepted


def test_parsers_outlive_files_and_remember_no_patient() -> None:
    """Names, birth dates, addresses and identifiers of patients stay in no memory that the next file shares."""
    unit_parser.cache_clear()
    day.cache_clear()
    rows = [row.replace("19800101", "19810203").replace("2 OAK ST", "7 ELM WAY") for row in PROFESSIONAL]
    assert standing(parsed(encoded(envelope(rows)))) == 2
    kept = [obj for obj in gc.get_objects() if isinstance(obj, UnitParser)]
    remembered = " ".join(text for parser in kept for text in parser._cache)  # pyright: ignore[reportPrivateUsage]
    assert "NM1*PR" in remembered  # it does remember what files repeat
    for personal in ("PEREZ", "ANA", "7 ELM WAY", "78702", "19810203", "W1", "CH1"):
        assert personal not in remembered
    assert day.cache_info().currsize <= 3  # the days of service


NOTES = ("REF*D9", "NTE", lambda n: [f"NTE*ADD*NOTE {i}" for i in range(4 * n)])
BAD_LINES = ("LX*", "HL*", lambda n: [s for i in range(n) for s in (f"LX*{i + 2}", *_LINE)])
_LINE = ("SV1*HC:99213*100*UN*1***9", "DTP*472*D8*20250512", "REF*6R*L")


@pytest.mark.parametrize("grown", [NOTES, BAD_LINES], ids=["many of one segment", "many lines, each with problems"])
def test_a_unit_costs_in_proportion_to_its_segments(grown: tuple[str, str, Callable[[int], list[str]]]) -> None:
    """Four times the segments take four times as long, not sixteen times."""
    start, until, more = grown

    def seconds(n: int) -> float:
        rows = list(PROFESSIONAL)
        at = next(i for i, row in enumerate(rows) if row.startswith(start))
        stop = next(i for i in range(at + 1, len(rows)) if rows[i].startswith(until) or until == "NTE")
        rows[at:stop] = more(n)
        data = encoded(envelope(rows))
        best = 10.0
        for _ in range(2):
            begun = process_time()
            found = parsed(data)
            best = min(best, process_time() - begun)
        assert sum(isinstance(item, ClaimRead) for item in found) == 2
        return best

    assert seconds(4_000) < 9 * seconds(1_000)
