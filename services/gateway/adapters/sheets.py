"""Tables as files that people open in a spreadsheet: CSV and XLSX.

A text that a spreadsheet would take for a formula is written as text: what payers call themselves is not ours to run.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

Cell: TypeAlias = "str | int | Decimal | date | datetime | bool | None"
Format = Literal["csv", "xlsx"]
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def sheet(kind: Format, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as a file.

    Args:
        kind: Which file; CSV is UTF-8 with a byte order mark, by which Excel knows it.
        title: Name of the sheet, at most 31 characters; CSV has none.
        columns: Headings.
        rows: A cell for each column. Money stays a number in XLSX, and its digits in CSV.

    Returns:
        The file's bytes.
    """
    return _csv(columns, rows) if kind == "csv" else _xlsx(title, columns, rows)


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_text(cell) for cell in row])
    return file.getvalue().encode("utf-8-sig")


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _xlsx(title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet(title[:31])
    page.freeze_panes = "A2"
    heads = [WriteOnlyCell(page, name) for name in columns]
    for head in heads:
        head.font = Font(bold=True)
    page.append(heads)
    for row in rows:
        page.append([_cell(cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return safe(cell)
    if isinstance(cell, datetime):
        return cell.isoformat()  # a sheet has no time zone
    return cell
