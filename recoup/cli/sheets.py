"""Rows of a CSV or Excel file that a person made: by the titles of its columns, each with its line.

What is wrong is told of every line at once, with the column and what to write there.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from shared.commands import CommandError, read_file

T = TypeVar("T")
_SHOWN = 50
"""Problems told one by one."""


class Row(msgspec.Struct, frozen=True):
    """A row of the file: its line, from 1, and what stands under each title, trimmed ("" where nothing does)."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, title: str) -> str:
        return self.cells.get(title, "")


class WrongCell(Exception):
    """What is wrong with a cell, and what to write in it."""


def read_rows(file: Path, required: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """Return the rows under the header, blank ones left out; titles may be in any case, with blanks or underscores.

    Raises:
        CommandError: the file cannot be read, a column is missing, or is none of those that are known.
    """
    if file.suffix.lower() in (".xlsx", ".xlsm"):
        lines = _excel(file)
    else:
        lines = _csv(file)
    header: list[str] | None = None
    rows: list[Row] = []
    for number, cells in lines:
        if not any(cells):
            continue
        if header is None:
            header = ["_".join(cell.lower().split()) for cell in cells]
            _check(file, header, required, optional)
            continue
        if any(cells[len(header) :]):
            raise CommandError(f"{file}, line {number}: more cells than titles", "quote cells that hold commas", 2)
        rows.append(Row(number, {title: cell for title, cell in zip(header, cells, strict=False) if title}))
    if header is None:
        raise CommandError(f"{file} is empty", f"its first line names the columns: {', '.join(required)}", 2)
    return rows


def read_each(file: Path, rows: Iterable[Row], read: Callable[[Row], T]) -> list[T]:
    """Read every row; what is wrong with any of them is told together, and then nothing is done.

    Raises:
        CommandError: `read` raised `WrongCell`, or a `CommandError` of its own, for at least one of them.
    """
    good: list[T] = []
    wrong: list[str] = []
    for row in rows:
        try:
            good.append(read(row))
        except WrongCell as error:
            wrong.append(f"line {row.line}, {error}")
        except CommandError as error:
            wrong.append(f"line {row.line}: {error.message}; {(error.hint or '').replace(chr(10), '; ')}")
    if wrong:
        more = [f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
        hint = "\n".join([*wrong[:_SHOWN], *more, "correct these lines and give the file again: nothing was done"])
        raise CommandError(f"{len(wrong)} lines of {file} cannot be taken", hint, 2)
    return good


def day_in(row: Row, title: str, *, needed: bool = False) -> date | None:
    """A day in a cell, as 2026-11-30 or 11/30/2026; None of an empty one."""
    text = row[title]
    if not text and not needed:
        return None
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise WrongCell(f"{title}: {text or 'empty'!r} is no day; write it as 2026-11-30")


def dollars_in(row: Row, title: str) -> Decimal | None:
    """An amount in a cell, as 1234.50 or $1,234.50, not negative; None of an empty one."""
    text = row[title].replace("$", "").replace(",", "").strip()
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0 or amount != round(amount, 2) or amount >= Decimal(10) ** 10:
        raise WrongCell(f"{title}: {row[title]!r} is no amount; write dollars and cents as 1234.50")
    return round(amount, 2)


def one_of(row: Row, title: str, values: Sequence[str], default: str = "") -> str:
    """A word in a cell, of those that are known."""
    text = "_".join(row[title].lower().split()) or default
    if text not in values:
        raise WrongCell(f"{title}: {row[title] or 'empty'!r} is none of {', '.join(v for v in values if v)}")
    return text


def _check(file: Path, header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> None:
    missing = [title for title in required if title not in header]
    if missing:
        hint = f"the first line names the columns: {', '.join([*required, *optional])}"
        raise CommandError(f"{file} has no column {', '.join(missing)}", hint, 2)
    unknown = [title for title in header if title and title not in (*required, *optional)]
    if unknown:  # a column that is passed over in silence may be one that its writer counts on
        hint = f"name it as one of {', '.join([*required, *optional])}, or take it out"
        raise CommandError(f"{file} has a column that is not known: {', '.join(unknown)}", hint, 2)
    twice = sorted({title for title in header if title and list(header).count(title) > 1})
    if twice:
        raise CommandError(f"{file} has two columns {', '.join(twice)}", "leave one of them", 2)


def _csv(file: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = read_file(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not UTF-8 text", "save it as CSV UTF-8", 2) from None
    reader = csv.reader(io.StringIO(text))
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise CommandError(f"{file}, line {reader.line_num}: {error}", "save it as CSV anew", 2) from None


def _excel(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet."""
    import openpyxl

    content = io.BytesIO(read_file(file))
    try:
        book = openpyxl.load_workbook(content, read_only=True, data_only=True)
        sheet: Any = book.worksheets[0]
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, [_text(cell) for cell in cells]
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError) as error:
        raise CommandError(f"{file} is no Excel file ({type(error).__name__})", "save it as .xlsx or CSV", 2) from None


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):  # Excel keeps numbers as binary fractions, with 15 digits that count
        return f"{Decimal(format(cell, '.15g')):f}"
    return str(cell).strip()
