"""What is too long for memory: read back as it was put, from any place, and unreadable where it lies."""

from __future__ import annotations

import os
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.intake.adapters.disk_buffer import DiskBuffer, Scratch


class Row(msgspec.Struct, frozen=True, array_like=True):
    name: str
    amount: Decimal = Decimal(0)


@given(st.lists(st.text(max_size=6), max_size=60), st.integers(1, 7), st.data())
def test_it_reads_back_any_stretch(texts: list[str], block: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(texts)))
    count = data.draw(st.integers(0, len(texts) - first))
    with Scratch() as scratch:
        spool = DiskBuffer(Row, scratch, block=block)
        for n, text in enumerate(texts):
            spool.append(Row(text, Decimal(n)))
        expected = [Row(text, Decimal(n)) for n, text in enumerate(texts)]
        assert len(spool) == len(texts)
        assert list(spool.read()) == expected
        assert list(spool.read(first, count)) == expected[first : first + count]
        spool.cut(first)
        spool.append(Row("after"))
        assert list(spool.read()) == [*expected[:first], Row("after")]


def test_two_spools_share_one_scratch_and_are_written_while_they_are_read() -> None:
    with Scratch() as scratch:
        names, lines = DiskBuffer(Row, scratch, block=2), DiskBuffer(str, scratch, block=2)
        for n in range(5):
            names.append(Row(f"n{n}"))
            lines.append(f"l{n}")
        seen: list[str] = []
        for row in names.read():
            seen.append(row.name)
            lines.append("more")
        assert seen == ["n0", "n1", "n2", "n3", "n4"]
        assert list(lines.read(0, 6)) == ["l0", "l1", "l2", "l3", "l4", "more"]


def test_little_needs_no_disk_and_what_lies_there_tells_no_name() -> None:
    with Scratch() as scratch:
        spool = DiskBuffer(Row, scratch, block=10)
        for _ in range(9):
            spool.append(Row("PEREZ"))
        assert scratch.descriptor is None
        for _ in range(9):
            spool.append(Row("PEREZ"))
        assert scratch.descriptor is not None
        assert os.fstat(scratch.descriptor).st_nlink == 0  # no name: gone with the process, however it ends
        stored = os.pread(scratch.descriptor, 10_000, 0)
        assert len(stored) > 9 * 5 and b"PEREZ" not in stored
    assert scratch.descriptor is None
