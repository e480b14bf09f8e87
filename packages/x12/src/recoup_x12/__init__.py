"""X12 005010 health care, read as a stream, and written.

Read: 837, 835, 271, 277, 277CA, 999 and TA1. Written: 837, 270, 275, 276, 277CA, 999 and TA1.
"""

from __future__ import annotations

from recoup_x12.acknowledgments.acknowledger import Acknowledger
from recoup_x12.acknowledgments.answering import PER_PIECE, Answer, Piece
from recoup_x12.acknowledgments.lists import Lists, LongList, MemoryLists
from recoup_x12.core.delimiters import STANDARD, Delimiters
from recoup_x12.core.items import (
    GroupEnd,
    GroupStart,
    InterchangeAckRead,
    InterchangeEnd,
    InterchangeStart,
    Item,
    TransactionEnd,
    TransactionStart,
    UnitRead,
    Unreadable,
    Verdict,
    has_errors,
)
from recoup_x12.core.limits import DEFAULT, Limits
from recoup_x12.core.problem import Level, Problem, Severity
from recoup_x12.core.sets import Registry, TransactionSet
from recoup_x12.core.unpacking import PACKED, PackedLimits, Unpackable, is_packed, unpacked
from recoup_x12.core.writing import Route, Unwritable, bare_interchange, first_writable, interchange
from recoup_x12.reading import read
from recoup_x12.sets import SETS
from recoup_x12.sets.ack999.items import AckError, GroupAckRead, TransactionAckRead
from recoup_x12.sets.attachment275.write import write_attachment
from recoup_x12.sets.claim837.items import ClaimRead
from recoup_x12.sets.claim837.rules import validate_claim
from recoup_x12.sets.claim837.write import write_claims
from recoup_x12.sets.eligibility271.items import EligibilityRead
from recoup_x12.sets.eligibility271.write import write_eligibility
from recoup_x12.sets.remittance835.doubts import doubts_of
from recoup_x12.sets.remittance835.items import PaymentItemRead, ProviderAdjustmentsRead, RemittanceRead
from recoup_x12.sets.remittance835.rules import validate_remittance
from recoup_x12.sets.request277.items import RequestRead
from recoup_x12.sets.status277.write import write_inquiry
from recoup_x12.sets.status277ca.items import StatusRead
from recoup_x12.sets.status277ca.write import Judged

__all__ = [
    "DEFAULT",
    "PACKED",
    "PER_PIECE",
    "SETS",
    "STANDARD",
    "AckError",
    "Acknowledger",
    "Answer",
    "ClaimRead",
    "Delimiters",
    "EligibilityRead",
    "GroupAckRead",
    "GroupEnd",
    "GroupStart",
    "InterchangeAckRead",
    "InterchangeEnd",
    "InterchangeStart",
    "Item",
    "Judged",
    "Level",
    "Limits",
    "Lists",
    "LongList",
    "MemoryLists",
    "PackedLimits",
    "PaymentItemRead",
    "Piece",
    "Problem",
    "ProviderAdjustmentsRead",
    "Registry",
    "RemittanceRead",
    "RequestRead",
    "Route",
    "Severity",
    "StatusRead",
    "TransactionAckRead",
    "TransactionEnd",
    "TransactionSet",
    "TransactionStart",
    "UnitRead",
    "Unpackable",
    "Unreadable",
    "Unwritable",
    "Verdict",
    "bare_interchange",
    "doubts_of",
    "first_writable",
    "has_errors",
    "interchange",
    "is_packed",
    "read",
    "unpacked",
    "validate_claim",
    "validate_remittance",
    "write_attachment",
    "write_claims",
    "write_eligibility",
    "write_inquiry",
]
