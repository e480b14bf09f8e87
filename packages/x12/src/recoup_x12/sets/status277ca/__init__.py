"""277CA: what became of each claim (005010X214)."""

from __future__ import annotations

from recoup_x12.core.plain_reader import PLAIN
from recoup_x12.core.sets import TransactionSet
from recoup_x12.sets.status277ca.read import StatusReader

SET = TransactionSet("277", "HN", {"005010X214": PLAIN}, ("X214",), StatusReader)
