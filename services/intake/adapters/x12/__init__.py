"""X12 in and out: 837P/I/D, 835, 277, 999 and TA1 read as a stream; TA1, 999, 277CA, 275 and 837 written."""

from __future__ import annotations

from services.intake.adapters.x12.items import ClaimRead, Item, RemittanceRead, RequestRead, TransactionEnd, has_errors
from services.intake.adapters.x12.limits import DEFAULT, Limits
from services.intake.adapters.x12.reader import read

__all__ = [
    "DEFAULT",
    "ClaimRead",
    "Item",
    "Limits",
    "RemittanceRead",
    "RequestRead",
    "TransactionEnd",
    "has_errors",
    "read",
]
