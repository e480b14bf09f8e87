"""275: documents about a claim, asked for or not (005010X210). Written, not read."""

from __future__ import annotations

from recoup_x12.core.sets import TransactionSet

SET = TransactionSet("275", "PI")
