"""CMS's files in a folder as unzipped: which of them speaks, and its rows, whether CSV, text or Excel.

CMS's archives hold one table in several forms (`PPRRVU2025_Oct.csv`, `.txt`, `.xlsx`) and, from 2026, for two
conversion factors (`_nonQPP`, `_QPP`); what others than qualifying participants of alternative payment models are paid
counts here. Descriptors are never read.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.etree import ElementTree

from services.benchmark.adapters.rejects import ReferenceFileError

_FORMS = (".csv", ".csv.gz", ".txt", ".txt.gz", ".xlsx")
_NO_TABLES = re.compile(r"ly?out|readme", re.IGNORECASE)
_OF_PARTICIPANTS = re.compile(r"(?<!non)[_ -]?qpp", re.IGNORECASE)
_FOR_READERS = re.compile(r"(?<!\d)508(?!\d)")
_CELL = re.compile(r"([A-Z]+)\d+")
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_SHEET_NAME = re.compile(r"xl/worksheets/sheet\d+\.xml")
_LARGEST_SHEET = 400_000_000
_END_OF_FILE = "\x1a"
"""Ends some of CMS's files, in a row of its own where a spreadsheet wrote them."""
Rows = Iterator[tuple[int, list[str]]]


def optional(folder: Path, pattern: str) -> Path | None:
    """The file of a folder that a pattern (a regular expression of the start of its name) fits.

    CSV before text before Excel, and a table before its copy for screen readers ("508"). Raises `ReferenceFileError`
    where files of different names fit.
    """
    fits = re.compile(pattern, re.IGNORECASE)
    by_name: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        form = next((one for one in _FORMS if path.name.lower().endswith(one)), None)
        if form and fits.match(path.name) and not _NO_TABLES.search(path.name):
            by_name.setdefault(path.name[: -len(form)].lower(), {})[form] = path
    for again in (_OF_PARTICIPANTS, _FOR_READERS):
        if len(by_name) > 1:
            by_name = {name: forms for name, forms in by_name.items() if not again.search(name)} or by_name
    if len(by_name) > 1:
        names = ", ".join(sorted(path.name for forms in by_name.values() for path in forms.values()))
        raise ReferenceFileError(f"{folder}: {names} fit {pattern}; one table is needed")
    for forms in by_name.values():
        return next(forms[form] for form in _FORMS if form in forms)
    return None


def needed(folder: Path, pattern: str, missing: str) -> Path:
    """As `optional`; raises `ReferenceFileError` where there is none, `missing` as what was looked for."""
    found = optional(folder, pattern)
    if found is None:
        raise ReferenceFileError(f"{folder}: no file fits {missing}")
    return found


def text_of(path: Path) -> str:
    """A text file's content; CMS writes them in Latin-1 and ends some with a control character."""
    raw = path.read_bytes()
    try:
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("latin-1").rstrip(_END_OF_FILE)
    except (OSError, EOFError, zlib.error) as error:
        raise ReferenceFileError(f"{path.name}: not a gzip file ({error})") from None


def is_fixed_width(path: Path) -> bool:
    """Return True if a text file's columns stand at fixed places, and not between tabs or commas."""
    if path.suffix == ".xlsx":
        return False
    head = text_of(path)[:4000]
    return "\t" not in head and ".txt" in path.name.lower() and head.count(",") < 2 * head.count("\n")


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line number, from 1, and text of every line that is not blank."""
    for row, line in enumerate(text_of(path).splitlines(), 1):
        if line.strip(f" {_END_OF_FILE}"):
            yield row, line


def rows_of(path: Path) -> Rows:
    """Line number and cells of every row of a CSV, tab separated or Excel file."""
    if path.suffix == ".xlsx":
        yield from _excel(path)
        return
    text = text_of(path)
    lines = io.StringIO(text, newline="")  # CMS ends lines of some files with a carriage return alone
    reader = csv.reader(lines, delimiter="\t" if "\t" in text[:20_000] else ",")
    for cells in reader:
        if cells and cells[0] == _END_OF_FILE:
            return
        yield reader.line_num, cells


def titled(path: Path, columns: Mapping[str, str], required: int) -> Iterator[tuple[int, list[str]]]:
    """Rows under the header, each as the cells of `columns` in their order ("" where there is no such column).

    `columns` names each and gives a regular expression of its title, blanks and line breaks as one; of several titles
    that fit, the first counts. The header is the first row in which the first `required` columns have titles. Raises
    `ReferenceFileError` where no row is one. A further sheet has a header of its own; one without is passed over.
    """
    found: list[int] | None = None
    any_header, last = False, 0
    patterns = [re.compile(one, re.IGNORECASE) for one in columns.values()]
    for row, cells in rows_of(path):
        if row <= last:
            found = None  # another sheet, which has a header of its own
        last = row
        if found is None:
            titles = [" ".join(cell.replace("\xa0", " ").split()) for cell in cells]
            at = [next((i for i, title in enumerate(titles) if one.search(title)), -1) for one in patterns]
            found = at if -1 not in at[:required] else None
            any_header = any_header or found is not None
        elif any(cell.strip() for cell in cells):
            yield row, [cells[i].strip() if -1 < i < len(cells) else "" for i in found]
    if not any_header:
        raise ReferenceFileError(f"{path.name}: no header line with {', '.join(list(columns)[:required])}")


def _excel(path: Path) -> Rows:
    """The cells of every sheet; numbers as CMS meant them, not as a binary fraction prints.

    An operator's own file; expat bounds what entities expand to.
    """
    try:
        with zipfile.ZipFile(path) as book:
            names = {info.filename: info.file_size for info in book.infolist()}
            sheets = sorted((name for name in names if _SHEET_NAME.fullmatch(name)), key=_number)
            if max(names.values()) > _LARGEST_SHEET:
                raise ReferenceFileError(f"{path.name}: larger than any file of CMS's")
            shared = _shared_texts(book) if "xl/sharedStrings.xml" in names else []
            for sheet in sheets:
                yield from _sheet(book, sheet, shared)
    except (zipfile.BadZipFile, ValueError, IndexError, KeyError, ElementTree.ParseError) as error:
        if isinstance(error, ReferenceFileError):
            raise
        raise ReferenceFileError(f"{path.name}: not an Excel file ({type(error).__name__})") from None


def _sheet(book: zipfile.ZipFile, name: str, shared: list[str]) -> Rows:
    with book.open(name) as file:
        for _, row in ElementTree.iterparse(file):  # noqa: S314
            if row.tag == f"{_SHEET}row":
                yield int(row.get("r", "0")), _cells(row, shared)
                row.clear()


def _number(name: str) -> int:
    return int("".join(filter(str.isdigit, name)))


def _shared_texts(book: zipfile.ZipFile) -> list[str]:
    root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314
    return ["".join(part.text or "" for part in one.iter(f"{_SHEET}t")) for one in root.iter(f"{_SHEET}si")]


def _cells(row: ElementTree.Element, shared: list[str]) -> list[str]:
    found: list[str] = []
    for cell in row.iter(f"{_SHEET}c"):
        place = _CELL.fullmatch(cell.get("r", ""))
        column = _column(place.group(1)) if place else len(found)
        found += [""] * (column - len(found))
        kind, value = cell.get("t"), cell.findtext(f"{_SHEET}v") or ""
        if kind == "s":
            value = shared[int(value)]
        elif kind == "inlineStr":
            value = "".join(part.text or "" for part in cell.iter(f"{_SHEET}t"))
        elif kind in (None, "n") and value:
            value = _plain(value)
        found.append(value)
    return found


def _column(column: str) -> int:
    number = 0
    for letter in column:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _plain(number: str) -> str:
    """`1.0649999999999999` and `1.065E0` as 1.065: a double's 15 sure digits."""
    try:
        return format(Decimal(format(float(number), ".15g")), "f")
    except (ValueError, InvalidOperation):
        return number
