"""277: what a payer says of a claim it was asked about (005010X212)."""

from __future__ import annotations

from typing import ClassVar

from recoup_x12.core.plain_reader import PLAIN
from recoup_x12.core.sets import TransactionSet
from recoup_x12.sets.status277ca.read import StatusReader


class InquiredStatusReader(StatusReader):
    """Yields a `StatusRead` for each STC; claims stand under the subscriber, or the dependent who is the patient."""

    levels: ClassVar[dict[str, str]] = {"20": "payer", "21": "receiver", "19": "provider", "22": "claim", "23": "claim"}
    inquired = True


SET = TransactionSet("277", "HN", {"005010X212": PLAIN}, ("X212",), InquiredStatusReader)
