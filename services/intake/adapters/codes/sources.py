"""Reads code lists and edit tables as CMS, NUCC and X12 publish them; a release is read whole or not at all."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec

from recoup_x12.codes import NAMES, CodeTable, render_table, shapes
from services.intake.adapters.codes.folder import Release
from services.intake.domain.review import parse_authorization, parse_filing, parse_pairs, parse_units
from services.intake.domain.review.tables import Refused, TableError

PAIRS = ("ncci_practitioner", "ncci_hospital")
UNITS = ("mue_practitioner", "mue_hospital")
TEXTS = ("filing", "authorization")
KINDS = (*NAMES, *PAIRS, *UNITS, *TEXTS)

_CODE_COLUMNS = frozenset(
    ["code", "codes", "hcpc", "hcpcs", "hcpcscode", "revenuecode", "carc", "rarc", "taxonomycode", "placeofservicecode"]
)
_STOP_COLUMNS = frozenset(
    ["stop", "stopdate", "deactivationdate", "deactivated", "termdt", "terminationdate", "termdate", "enddate"]
)
_TITLE_COLUMNS = frozenset(["description", "longdescription", "longdesc", "title"])
_ORDER_FILE = re.compile(r"\d{5} ([A-Z0-9]{3,7}) +([01]) ").match

_icd10 = re.compile(r"[A-Z][0-9A-Z]{2,6}").fullmatch  # FY2026 begins QA00, whose second character is a letter
_SHAPES: dict[str, Callable[[str], object]] = {
    "icd10cm": _icd10,
    "hcpcs": shapes.hcpcs,
    "taxonomy": re.compile(r"[0-9A-Z]{10}").fullmatch,  # groupings in NUCC's file end in X as specialties do
    "modifier": shapes.modifier,
    "revenue": shapes.revenue,
    "place_of_service": re.compile(r"\d{2}").fullmatch,
    "carc": shapes.carc,
    "rarc": shapes.rarc,
    "claim_status": re.compile(r"\d{1,3}").fullmatch,
    "claim_status_category": re.compile(r"[A-Z]\d{1,2}[A-Z]?").fullmatch,
}


class Refusal(msgspec.Struct, frozen=True):
    """One row that was refused: file name, line (from 1) and the reason."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.reason}"


class SourceError(ValueError):
    """A source that cannot be loaded; `refused` are its malformed rows, if rows are the trouble."""

    def __init__(self, message: str, refused: Sequence[Refusal] = ()) -> None:
        super().__init__(message)
        self.refused = tuple(refused)


def read_release(
    kind: str, paths: Sequence[Path], *, version: str, valid_from: date, valid_to: date | None = None
) -> Release:
    """One release out of one file, or of several that CMS splits a table over.

    Raises `SourceError` where any row is malformed, a code is given twice with different stop dates, or nothing is
    found.
    """
    refused: list[Refusal] = []
    try:
        if kind in PAIRS:
            content = msgspec.msgpack.encode(_pairs(paths, refused))
        elif kind in UNITS:
            content = msgspec.msgpack.encode(_units(paths, refused))
        elif kind in TEXTS:
            content = _text(kind, paths)
        elif kind in NAMES:
            content = render_table(_codes(kind, paths, version, valid_from, valid_to, refused)).encode()
        else:
            raise SourceError(f"list {kind!r} is unknown: one of {', '.join(KINDS)}")
    except (TableError, OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{paths[0].name}: {error}") from None
    if refused:
        shown = "; ".join(str(one) for one in refused[:3])
        more = f"; and {len(refused) - 3} more" if len(refused) > 3 else ""
        raise SourceError(f"{len(refused)} rows refused, nothing loaded: {shown}{more}", refused)
    return Release(kind, valid_from, valid_to, version, content)


def _lines(path: Path) -> Iterator[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")  # CMS's edit files carry the copyright sign so
    return iter(text.splitlines())


def _pairs(paths: Sequence[Path], refused: list[Refusal]) -> dict[str, bytes]:
    rows: dict[str, bytes] = {}
    for path in paths:
        found: Refused = []
        for code, records in parse_pairs(_lines(path), refused=found).rows.items():
            rows[code] = rows.get(code, b"") + records
        refused += [Refusal(path.name, line, reason) for line, reason in found]
    return rows


def _units(paths: Sequence[Path], refused: list[Refusal]) -> dict[str, tuple[int, int]]:
    limits: dict[str, tuple[int, int]] = {}
    for path in paths:
        found: Refused = []
        limits |= {code: (one.limit, one.indicator) for code, one in parse_units(_lines(path), found).items()}
        refused += [Refusal(path.name, line, reason) for line, reason in found]
    return limits


def _text(kind: str, paths: Sequence[Path]) -> bytes:
    if len(paths) > 1:
        raise SourceError(f"the {kind} table is one file")
    text = "\n".join(_lines(paths[0])) + "\n"
    parsed = parse_filing(text.splitlines()) if kind == "filing" else parse_authorization(text.splitlines())
    if not parsed:
        raise SourceError(f"{paths[0].name}: no row found")
    return text.encode()


def _codes(
    kind: str, paths: Sequence[Path], version: str, valid_from: date, valid_to: date | None, refused: list[Refusal]
) -> CodeTable:
    shape = _SHAPES[kind]
    codes: set[str] = set()
    flagged: set[str] = set()
    stops: dict[str, date] = {}
    for path in paths:
        for line, code, title, stop in _rows(kind, path):
            if not shape(code):
                refused.append(Refusal(path.name, line, f"not shaped like a code of {kind}"))
                continue
            day = _day(stop) if stop else None
            if stop and day is None:
                refused.append(Refusal(path.name, line, "the stop date is neither CCYYMMDD, CCYY-MM-DD nor MM/DD/CCYY"))
            elif code in codes and stops.get(code) != day:
                refused.append(Refusal(path.name, line, "the code was given before with another stop date"))
            codes.add(code)
            if day is not None:
                stops.setdefault(code, day)
            if kind == "icd10cm" and "unspecified" in title.lower():
                flagged.add(code)
    if not codes and not refused:
        raise SourceError(f"{paths[0].name}: no code found")
    return CodeTable(kind, version, frozenset(codes), frozenset(flagged), valid_from, valid_to, stops)


def _rows(kind: str, path: Path) -> Iterator[tuple[int, str, str, str]]:
    """Line, code, title and stop date of each row: of a table with a header, or of lines that begin with the code."""
    lines = list(_lines(path))
    head = next((text for text in lines if text.strip()), "")
    mark = "\t" if "\t" in head else ","
    names = [re.sub(r"[^a-z]", "", cell.lower()) for cell in next(csv.reader([head], delimiter=mark), list[str]())]
    at = _column(names, _CODE_COLUMNS)
    if at is None and mark in head and kind != "icd10cm":
        raise SourceError(f"{path.name}: no column of its header is named code")
    if at is None:
        for number, text in enumerate(lines, 1):
            found = _plain(kind, text)
            if found is not None:
                yield (number, *found, "")
        return
    title, stop = _column(names, _TITLE_COLUMNS), _column(names, _STOP_COLUMNS)
    reader = csv.reader(lines, delimiter=mark)
    for cells in reader:
        if any(cell.strip() for cell in cells) and reader.line_num > 1 + lines.index(head):
            yield reader.line_num, _cell(cells, at), _cell(cells, title), _cell(cells, stop)


def _plain(kind: str, text: str) -> tuple[str, str] | None:
    """Code and title of a line that begins with a code; None for a blank line or a heading of CMS's order file."""
    order = _ORDER_FILE(text) if kind == "icd10cm" else None
    if order is not None:
        return (order[1], text[77:]) if order[2] == "1" else None  # 0: a heading, not a code to bill
    code, _, title = text.strip().partition(" ")
    return (code, title) if code else None


def _column(names: Sequence[str], wanted: frozenset[str]) -> int | None:
    return next((at for at, name in enumerate(names) if name in wanted), None)


def _cell(cells: Sequence[str], at: int | None) -> str:
    return cells[at].strip() if at is not None and at < len(cells) else ""


def _day(text: str) -> date | None:
    for form in ("%Y%m%d", "%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day, not an instant
        except ValueError:
            continue
    return None
