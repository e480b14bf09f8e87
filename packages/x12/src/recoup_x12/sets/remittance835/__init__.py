"""835: claim payment and remittance advice (005010X221A1)."""

from __future__ import annotations

from recoup_x12.core.sets import TransactionSet
from recoup_x12.sets.remittance835.read import REMITTANCE, RemittanceReader
from recoup_x12.sets.remittance835.salvage import RESCUE

SET = TransactionSet(
    "835",
    "HP",
    {"005010X221A1": REMITTANCE, "005010X221": REMITTANCE},
    ("X221A1",),
    RemittanceReader,
    reported_snip=5,
    rescue=RESCUE,
)
