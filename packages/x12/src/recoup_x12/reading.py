"""Reads X12 interchanges as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recoup_x12.core import reader
from recoup_x12.core.items import Item
from recoup_x12.core.limits import DEFAULT, Limits
from recoup_x12.core.sets import Registry
from recoup_x12.sets import SETS


def read(chunks: Iterable[bytes], limits: Limits = DEFAULT, sets: Registry = SETS) -> Iterator[Item]:
    """Read every interchange in the input.

    Args:
        chunks: the input, cut anywhere.
        limits: caps on memory and time.
        sets: the transaction sets to read.

    Returns:
        What was read, in the order of the input. Never raises for what the input holds.
    """
    return reader.read(chunks, sets, limits)
