"""837: health-care claims, professional, institutional and dental (005010X222A1, X223A3, X224A2)."""

from __future__ import annotations

from recoup_x12.core.guide import compile_guide
from recoup_x12.core.sets import TransactionSet
from recoup_x12.sets.claim837 import guide_dental, guide_institutional, guide_professional
from recoup_x12.sets.claim837.assemble import ASSEMBLY
from recoup_x12.sets.claim837.read import ClaimReader

PROFESSIONAL = compile_guide("professional", guide_professional.TABLE, ASSEMBLY)
INSTITUTIONAL = compile_guide("institutional", guide_institutional.TABLE, ASSEMBLY)
DENTAL = compile_guide("dental", guide_dental.TABLE, ASSEMBLY)

SET = TransactionSet(
    "837",
    "HC",
    {
        "005010X222A1": PROFESSIONAL,
        "005010X222A2": PROFESSIONAL,
        "005010X222": PROFESSIONAL,
        "005010X223A2": INSTITUTIONAL,
        "005010X223A3": INSTITUTIONAL,
        "005010X223A1": INSTITUTIONAL,
        "005010X223": INSTITUTIONAL,
        "005010X224A2": DENTAL,
        "005010X224A3": DENTAL,
        "005010X224A1": DENTAL,
        "005010X224": DENTAL,
    },
    ("X222A1", "X223A3", "X224A2"),
    ClaimReader,
)
