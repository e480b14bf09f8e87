"""Reads CMS's tables of inpatient stays (IPPS): 1A, 1B and 1D (amounts), 5 (MS-DRG weights), 2 (wage indices).

Tables 1A to 1E come as one file ("CMS-1833-F Tables 1A - 1E"), or each as its own. From FY 2023 on Table 5 states each
weight before and after the cap on its fall from year to year, and the one with the cap is paid by (42 CFR 412.60(b)).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import optional, rows_of, titled
from services.benchmark.adapters.hospitals import read_wage_indices
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.releases import Inpatient

_NO_FIGURE = frozenset({"", ".", "-", "N/A", "NA", "*", "#N/A"})
_WEIGHTS = {
    "MS-DRG": "^ms-?drg$",
    "Weights": "weight(?!.*before cap)",
    "Geometric mean LOS": r"^geometric mean|^gmlos|^gm ?los",
    "Post-Acute": r"post-?acute",
    "Special Pay": r"special pay",
}
_SECTION = re.compile(r"\W*table 1([A-E])\b", re.IGNORECASE)
_DOLLARS = re.compile(r"\$\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")
_YEAR = re.compile(r"(19|20)\d\d")
_LEAST = Decimal(100)
"""No amount is as small; percentages and years stand in these tables too."""
_AMOUNTS = {"A": 2, "B": 2, "D": 1}
"""How many amounts each table is read for: labor-related and rest, or the capital rate."""


def read_inpatient(folder: Path, rejects: Rejects) -> Inpatient | None:
    """What of IPPS lies in a folder; wage indices may be there without the rest."""
    path, indices = optional(folder, _table("5")), read_wage_indices(folder, rejects)
    if path is None:
        return Inpatient({}, wage_indices=indices) if indices else None
    rows = [
        (row, number.zfill(3), *cells)
        for row, (number, *cells) in titled(path, _WEIGHTS, 2)
        if number.isdigit() and cells[0] not in _NO_FIGURE
    ]
    weights = {drg: rejects.number(weight, path, row, "weight") for row, drg, weight, *_ in rows}
    days = {
        drg: rejects.number(mean, path, row, "geometric mean length of stay")
        for row, drg, _, mean, *_ in rows
        if mean not in _NO_FIGURE
    }
    known = any(after for *_, after, _ in rows)
    post_acute = frozenset(drg for _, drg, *_, after, _ in rows if after.lower() == "yes") if known else None
    special = frozenset(drg for _, drg, *_, half in rows if half.lower() == "yes")
    above, below, capital = _standardized(folder)
    amounts = ((above[0], above[1]), (below[0], below[1]), capital[0])
    return Inpatient(weights, *amounts, indices, days, post_acute, special)


def _table(number: str) -> str:
    return rf"(?:.*[ _-])?Tables?[ _-]*{number}(?![0-9A-Z])"


def _standardized(folder: Path) -> list[list[Decimal]]:
    """The amounts of Tables 1A, 1B and 1D for hospitals with the full update, which stand first in each."""
    combined = optional(folder, _table(r"1A[ _-]*(?:to|through)?[ _-]*1E"))
    found: dict[str, list[Decimal]] = {}
    if combined is not None:
        for letter, amounts in _sections(combined):
            if found.setdefault(letter, amounts) != amounts:
                raise ReferenceFileError(
                    f"{combined.name}: Table 1{letter} stands there twice with different amounts (as of a final rule "
                    "and of what replaced it); leave only the sheet that counts"
                )
    for letter in _AMOUNTS:
        if combined is not None and letter not in found:
            raise ReferenceFileError(f"{combined.name}: no heading of Table 1{letter} with its amounts under it")
        if letter not in found:
            found[letter] = _first_amounts(optional(folder, _table(f"1{letter}")), _AMOUNTS[letter])
    return [found[letter] for letter in _AMOUNTS]


def _sections(path: Path) -> Iterator[tuple[str, list[Decimal]]]:
    """The first amounts under the heading of each table."""
    letter = ""
    for _, cells in rows_of(path):
        heading = next((match for cell in cells if (match := _SECTION.match(cell))), None)
        if heading is not None:
            letter = heading[1].upper()
        many, amounts = _AMOUNTS.get(letter), _amounts(cells)
        if many is not None and len(amounts) >= many:
            yield letter, amounts[:many]
            letter = ""


def _first_amounts(path: Path | None, many: int) -> list[Decimal]:
    if path is None:
        raise ReferenceFileError(
            "IPPS needs Tables 1A, 1B and 1D beside Table 5, as one file (Tables 1A - 1E) or each as its own: its "
            "standardized amounts"
        )
    for _, cells in rows_of(path):
        amounts = _amounts(cells)
        if len(amounts) >= many:
            return amounts[:many]
    raise ReferenceFileError(f"{path.name}: no row with {many} dollar amounts")


def _amounts(cells: list[str]) -> list[Decimal]:
    """Dollars in a row: behind a dollar sign, or a cell that is a number and no year."""
    found: list[Decimal] = []
    for cell in (cell.strip() for cell in cells):
        if "$" in cell:
            found += [Decimal("".join(part).replace(",", "")) for part in _DOLLARS.findall(cell)]
        elif _NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell):
            found.append(Decimal(cell.replace(",", "")))
    return [amount for amount in found if amount >= _LEAST]
