"""Reads CMS's tables of facilities' systems: OPPS Addendum B and ASC Addendum AA, by their columns' titles.

CMS moves columns and rewords titles from year to year; what stands under a title is read, wherever it is.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import optional, titled
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.outpatient import OutpatientRate

_CODE = re.compile(r"[0-9A-Z]{5}")
_OPPS_COLUMNS = {"HCPCS Code": "hcpcs.?code", "SI": r"^si$|status indicator", "Payment Rate": "payment rate"}
_ASC_COLUMNS = {"HCPCS Code": "hcpcs.?code", "Payment Rate": "payment rate$", "discount": "multiple.procedure.discount"}
_NO_FIGURE = frozenset({"", ".", "-", "N/A", "NA", "*"})


def read_outpatient(folder: Path, rejects: Rejects) -> list[OutpatientRate]:
    """OPPS Addendum B: status indicator and national unadjusted rate of each code."""
    path = optional(folder, r"(?:.*OPPS[ _-]*)?(?:.*[ _-])?Addendum[ _-]*B(?![A-Z])")
    if path is None:
        return []
    found: list[OutpatientRate] = []
    for row, (code, status, rate) in titled(path, _OPPS_COLUMNS, 3):
        if _CODE.fullmatch(code.upper()) and status:
            amount = None if rate in _NO_FIGURE else rejects.number(rate, path, row, "payment rate")
            found.append(OutpatientRate(code.upper(), status, amount))
    if not found:
        raise ReferenceFileError(f"{path.name}: no header line that begins with HCPCS Code, or no rows under it")
    return found


def read_ambulatory(folder: Path, rejects: Rejects) -> tuple[dict[str, Decimal], list[str]]:
    """ASC Addendum AA: rates by code, and the codes that the multiple-procedure discount leaves alone; without that
    column, every code is discounted."""
    path = optional(folder, r"(?:.*ASC[ _-]*)?(?:.*[ _-])?Addendum[ _-]*AA(?![A-Z])")
    if path is None:
        return {}, []
    found: dict[str, Decimal] = {}
    undiscounted: list[str] = []
    for row, (code, rate, discount) in titled(path, _ASC_COLUMNS, 2):
        if _CODE.fullmatch(code.upper()) and rate not in _NO_FIGURE:
            found[code.upper()] = rejects.number(rate, path, row, "payment rate")
            if discount.upper() == "N":
                undiscounted.append(code.upper())
    if not found:
        raise ReferenceFileError(f"{path.name}: no header with HCPCS Code and Payment Rate, or no rows under it")
    return found, undiscounted
