"""999: how a functional group and its sets were judged (005010X231A1)."""

from __future__ import annotations

from recoup_x12.core.plain_reader import PLAIN
from recoup_x12.core.sets import TransactionSet
from recoup_x12.sets.ack999.read import AckReader

SET = TransactionSet("999", "FA", {"005010X231A1": PLAIN, "005010X231": PLAIN}, ("X231A1",), AckReader)
