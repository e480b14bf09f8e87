"""271: what a payer says of a person's coverage (005010X279A1); the 270 that asks is written here."""

from __future__ import annotations

from recoup_x12.core.plain_reader import PLAIN
from recoup_x12.core.sets import TransactionSet
from recoup_x12.sets.eligibility271.read import EligibilityReader

SET = TransactionSet("271", "HB", {"005010X279A1": PLAIN, "005010X279": PLAIN}, ("X279A1",), EligibilityReader)
