"""Reads CMS's tables of facilities' systems: OPPS Addenda A, B, J, M, P and ASC Addendum AA, by their columns' titles.

CMS moves columns and rewords titles from year to year; what stands under a title is read, wherever it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import optional, titled
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.outpatient import OutpatientRate, OutpatientRules

_CODE = re.compile(r"[0-9A-Z]{5}")
_OPPS_COLUMNS = {
    "HCPCS Code": "hcpcs.?code",
    "SI": r"^si$|status indicator",
    "Payment Rate": "payment rate",
    "APC": "^apc$",
}
_ASC_COLUMNS = {"HCPCS Code": "hcpcs.?code", "Payment Rate": "payment rate$", "discount": "multiple.procedure.discount"}
_PAIRS = {
    "Primary HCPCS Code": "primary hcpcs",
    "Secondary HCPCS Code": "secondary .*hcpcs",
    "APC Assignment": "complexity adjusted apc",
}
_RANKS = {"HCPCS Code": "^hcpcs", "Rank": "rank"}
_COMPOSITES = {"HCPCS Code": "^hcpcs", "Composite APC": "composite"}
_DEVICES = {"HCPCS": "^hcpcs", "Device Offset Amount": "device offset amount"}
_NO_FIGURE = frozenset({"", ".", "-", "N/A", "NA", "*"})


def read_outpatient(folder: Path, rejects: Rejects) -> list[OutpatientRate]:
    """OPPS Addendum B: status indicator and national unadjusted rate of each code."""
    path = optional(folder, _addendum("B"))
    if path is None:
        return []
    found: list[OutpatientRate] = []
    for row, (code, status, rate, apc) in titled(path, _OPPS_COLUMNS, 3):
        if _CODE.fullmatch(code.upper()) and status:
            amount = None if rate in _NO_FIGURE else rejects.number(rate, path, row, "payment rate")
            found.append(OutpatientRate(code.upper(), status, amount, apc))
    if not found:
        raise ReferenceFileError(f"{path.name}: no header line that begins with HCPCS Code, or no rows under it")
    return found


def read_outpatient_rules(folder: Path, rejects: Rejects) -> OutpatientRules:
    """What the other addenda of OPPS say, as far as they lie there: A, J (pairs, ranks), M, P."""
    apcs: dict[str, Decimal] = {}
    for path, row, (apc, rate) in _rows(folder, _addendum("A"), {"APC": "^apc$", "Payment Rate": "^payment rate"}):
        if rate not in _NO_FIGURE:
            apcs[apc] = rejects.number(rate, path, row, "payment rate")
    pairs = {
        f"{primary}+{secondary}": apc
        for _, _, (primary, secondary, apc) in _rows(folder, _addendum("J") + "(?!.*rank)", _PAIRS)
    }
    ranks: dict[str, int] = {}
    for path, row, (code, rank) in _rows(folder, _addendum("J") + "(?!.*complex)", _RANKS):
        if rank not in _NO_FIGURE:
            ranks[code] = int(rejects.number(rank, path, row, "rank"))
    composites = {
        code: tuple(re.findall(r"\d{4}", apcs_of))
        for _, _, (code, apcs_of) in _rows(folder, _addendum("M"), _COMPOSITES)
    }
    devices: dict[str, Decimal] = {}
    for path, row, (code, amount) in _rows(folder, _addendum("P"), _DEVICES):
        if amount not in _NO_FIGURE:
            devices[code] = rejects.number(amount, path, row, "device offset amount")
    return OutpatientRules(apcs, pairs, ranks, composites, devices)


def _addendum(letter: str) -> str:
    """The name of an addendum's file, in whatever CMS calls the archive."""
    return rf"(?:.*[ _.-])?Addendum[ _.-]*{letter}(?![A-Z])"


def _rows(folder: Path, pattern: str, columns: dict[str, str]) -> Iterator[tuple[Path, int, list[str]]]:
    path = optional(folder, pattern)
    for row, cells in titled(path, columns, len(columns)) if path else ():
        if path and all(cells):
            yield path, row, cells


def read_ambulatory(folder: Path, rejects: Rejects) -> tuple[dict[str, Decimal], list[str]]:
    """ASC Addenda AA (procedures) and BB (what is paid beside them).

    Rates by code, and the codes that the multiple-procedure discount leaves alone; without that column, every procedure
    is discounted.
    """
    found: dict[str, Decimal] = {}
    undiscounted: list[str] = []
    for letters in ("AA", "BB"):
        path = optional(folder, _addendum(letters))
        before = len(found)
        for row, (code, rate, discount) in titled(path, _ASC_COLUMNS, 2) if path else ():
            if path is None or not _CODE.fullmatch(code.upper()) or rate in _NO_FIGURE:
                continue
            found[code.upper()] = rejects.number(rate, path, row, "payment rate")
            if discount.upper() == "N" or letters == "BB":
                undiscounted.append(code.upper())
        if path and len(found) == before:
            raise ReferenceFileError(f"{path.name}: no header with HCPCS Code and Payment Rate, or no rows under it")
    return found, undiscounted
