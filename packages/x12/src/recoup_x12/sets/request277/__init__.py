"""277: a payer's request for additional information (005010X213)."""

from __future__ import annotations

from recoup_x12.core.guide import ADD, Assembly, compile_guide
from recoup_x12.core.sets import TransactionSet
from recoup_x12.sets.request277 import guide
from recoup_x12.sets.request277.read import RequestReader
from recoup_x12.sets.request277.values import request_values

REQUEST = compile_guide(
    "request",
    guide.TABLE,
    Assembly(
        fields={"STC": (ADD, "statuses")},
        values=request_values,
        makers={"asked": lambda node: node},
        lines=frozenset({"asked"}),
        personal_roots=frozenset({"2000D", "2200D"}),
    ),
)

SET = TransactionSet("277", "HN", {"005010X213": REQUEST}, ("X213",), RequestReader)
