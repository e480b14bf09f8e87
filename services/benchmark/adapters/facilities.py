"""Reads CMS's tables of facilities' systems: OPPS Addenda A, B, J, M, P and ASC AA, BB, FF, by their columns' titles.

CMS moves columns and rewords titles from year to year; what stands under a title is read, wherever it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import optional, titled
from services.benchmark.adapters.packed import PackedRelease
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.outpatient import OutpatientRate, OutpatientRules
from services.benchmark.domain.releases import SurgeryCenterRules

_CODE = re.compile(r"[0-9A-Z]{5}")
_OPPS_COLUMNS = {
    "HCPCS Code": "hcpcs.?code",
    "SI": r"^si$|status indicator",
    "Payment Rate": "payment rate",
    "APC": "^apc$",
}
_ASC_COLUMNS = {
    "HCPCS Code": "hcpcs.?code",
    "Payment Rate": "payment rate$",
    "Payment Indicator": "(?<!comment )indicator$",
    "discount": "multiple.procedure.discount",
}
_ASC_DEVICES = {"HCPCS": "^hcpcs", "Device Offset Amount": "device (?:offset|portion)(?!.*percent)"}
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


def _rows(
    folder: Path, pattern: str, columns: dict[str, str], book: Path | None = None
) -> Iterator[tuple[Path, int, list[str]]]:
    """Rows in which every column is filled, of a file or of a sheet of a `book` that may lack it."""
    path = optional(folder, pattern) or book
    try:
        rows = list(titled(path, columns, len(columns))) if path else []
    except ReferenceFileError:
        if path != book:
            raise
        rows = []
    for row, cells in rows:
        if path and all(cells):
            yield path, row, cells


def read_ambulatory(folder: Path, packed: PackedRelease, rejects: Rejects) -> None:
    """Put ASC Addenda AA (procedures), BB (what is paid beside them) and FF (devices) into the release.

    Each as its own file, or all as sheets of one book. BB has no column that says whether a procedure is discounted
    beside others; where AA has none either, every procedure is.
    """
    book = optional(folder, r"(?:.*[ _.-])?ASC[ _-]*Addenda")
    indicators: dict[str, str] = {}
    ancillary: set[str] = set()
    for addendum in ("AA", "BB"):
        path = optional(folder, _addendum(addendum)) or (book if addendum == "AA" else None)
        rows = 0
        for row, (named, rate, indicator, discount) in titled(path, _ASC_COLUMNS, 2) if path else ():
            code = named.upper()
            if path is None or not _CODE.fullmatch(code) or code in indicators:
                continue  # a book's later sheets name procedures again
            rows += 1
            indicators[code] = indicator.upper()
            if addendum == "BB" or (path == book and not discount):
                ancillary.add(code)
            if rate not in _NO_FIGURE:
                packed.ambulatory[code] = rejects.number(rate, path, row, "payment rate")
            if discount.upper() == "N" or code in ancillary:
                packed.ambulatory_undiscounted.append(code)
        if path and not rows:
            raise ReferenceFileError(f"{path.name}: no header with HCPCS Code and Payment Rate, or no rows under it")
    devices: dict[str, Decimal] = {}
    for path, row, (code, amount) in _rows(folder, _addendum("FF"), _ASC_DEVICES, book):
        if _CODE.fullmatch(code.upper()) and amount not in _NO_FIGURE:
            devices[code.upper()] = rejects.number(amount, path, row, "device offset amount")
    packed.ambulatory_rules = SurgeryCenterRules(indicators, frozenset(ancillary), devices)
