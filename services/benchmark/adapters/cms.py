"""Reads CMS's files as published, of any year.

A folder holds PPRRVU*, GPCI* and ZIP5* (needed), and as far as there are any: ANES* (locality anesthesia conversion
factors), ANESBASE* (base units: CSV of code and units), OPPSCAP*, OPPS_Addendum_B*, ASC_Addendum_AA* (CSV or tab
separated, with a header). Plain or gzipped. Traps: localities repeat across states, so everything is keyed by (MAC,
locality); the conversion factor is zero-based column 24 of PPRRVU; sub-localities of a cap may lack a GPCI.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from services.benchmark.adapters.packed import PackedRelease
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.fee_schedule import PRICED_STATUS, Gpci, RelativeValues
from services.benchmark.domain.outpatient import OutpatientRate

_FACTOR_COLUMN = 24


def read_cms(folder: Path, *, name: str, effective_from: date, effective_to: date) -> PackedRelease:
    """A release from a folder; raises `ReferenceFileError` with every row that does not read, and then nothing."""
    rejects = Rejects()
    factor, values, unpriced = _values(_needed(folder, "PPRRVU*"), rejects)
    anesthesia = _anesthesia_factors(_optional(folder, "ANES[0-9]*"), rejects)
    gpcis = _gpcis(_needed(folder, "GPCI*"), anesthesia, rejects)
    known = {gpci.locality for gpci in gpcis}
    zips, split = _zips(_needed(folder, "ZIP5_*"), known, rejects)
    ambulatory, undiscounted = _ambulatory(_optional(folder, "ASC_Addendum_AA*"), rejects)
    packed = PackedRelease(
        name,
        effective_from,
        effective_to,
        factor,
        values,
        gpcis,
        zips,
        _outpatient(_optional(folder, "OPPS_Addendum_B*"), rejects),
        split,
        _caps(_optional(folder, "OPPSCAP*"), known, rejects),
        _pairs(_optional(folder, "ANESBASE*"), 0, 1, rejects),
        ambulatory,
        undiscounted,
        unpriced,
    )
    rejects.stop()
    return packed


def _optional(folder: Path, pattern: str) -> Path | None:
    found = [path for path in sorted(folder.glob(pattern)) if "lyout" not in path.name]
    if len(found) > 1:
        raise ReferenceFileError(f"{folder}: {len(found)} files fit {pattern}, one is needed")
    return found[0] if found else None


def _needed(folder: Path, pattern: str) -> Path:
    found = _optional(folder, pattern)
    if found is None:
        raise ReferenceFileError(f"{folder}: no file fits {pattern}")
    return found


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("latin-1").rstrip("\x1a")
    except (OSError, EOFError, zlib.error) as error:
        raise ReferenceFileError(f"{path.name}: not a gzip file ({error})") from None


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(_text(path)))
    for cells in reader:
        yield reader.line_num, cells


def _values(path: Path, rejects: Rejects) -> tuple[Decimal, list[RelativeValues], dict[str, str]]:
    """Conversion factor, rows with relative values, and the codes of the others by their status."""
    found: dict[tuple[str, str], RelativeValues] = {}
    factors: dict[Decimal, int] = {}
    unpriced: dict[str, list[str]] = {}
    started = False
    for row, cells in _rows(path):
        if not started:
            started = cells[:2] == ["HCPCS", "MOD"]
            if started and (len(cells) <= _FACTOR_COLUMN or cells[_FACTOR_COLUMN] != "FACTOR"):
                raise ReferenceFileError(f"{path.name} line {row}: column {_FACTOR_COLUMN + 1} is not the factor")
            continue
        if not cells or not cells[0].strip():
            continue
        if len(cells) <= _FACTOR_COLUMN:
            rejects.add(path, row, f"{len(cells)} columns, at least {_FACTOR_COLUMN + 1} are needed")
            continue
        factors.setdefault(rejects.number(cells[_FACTOR_COLUMN], path, row, "conversion factor"), row)
        work, non_facility, facility, malpractice = (
            rejects.number(cells[i], path, row, what)
            for i, what in ((5, "work RVU"), (6, "non-facility PE RVU"), (8, "facility PE RVU"), (10, "MP RVU"))
        )
        if cells[3] not in PRICED_STATUS or not (work or non_facility or facility or malpractice):
            unpriced.setdefault(cells[3], []).append("-".join(filter(None, (cells[0].strip(), cells[1].strip()))))
            continue
        absent = "N" * (cells[7] == "NA") + "F" * (cells[9] == "NA")
        pre, intra, post = (rejects.number(cells[i], path, row, "share of the global package") for i in (15, 16, 17))
        key = (cells[0].strip(), cells[1].strip())
        if key in found:
            rejects.add(path, row, "this code and modifier stood on an earlier line")
            continue
        multiple, bilateral, assistant, co_surgeon, team = (cells[i].strip() for i in (18, 19, 20, 21, 22))
        found[key] = RelativeValues(
            *key, cells[3], work, non_facility, facility, malpractice, multiple, bilateral, assistant, co_surgeon, team,
            cells[14].strip(), pre, intra, post, cells[23].strip(), cells[13].strip(), absent,
        )  # fmt: skip
    if not started or not found:
        raise ReferenceFileError(f"{path.name}: no header line that begins HCPCS,MOD, or no rows under it")
    if len(factors) > 1:
        other = list(factors)[1]
        rejects.add(path, factors[other], "a second conversion factor; load such a year's files apart")
    return next(iter(factors)), list(found.values()), {status: " ".join(codes) for status, codes in unpriced.items()}


def _anesthesia_factors(path: Path | None, rejects: Rejects) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row, line in enumerate(_text(path).splitlines() if path else (), 1):
        if not line.strip():
            continue
        if path and not (line[:5].isdigit() and line[12:14].strip().isdigit()):
            rejects.add(path, row, "no contractor and locality at columns 1-5 and 13-14")
        elif path:
            cents = rejects.number(line.split()[-1], path, row, "anesthesia conversion factor")
            found[f"{line[:5]}-{line[12:14]}"] = cents / 100
    return found


def _gpcis(path: Path, anesthesia: dict[str, Decimal], rejects: Rejects) -> list[Gpci]:
    found: list[Gpci] = []
    for row, cells in _rows(path):
        if len(cells) >= 7 and cells[0].strip().isdigit():
            work, expense, malpractice = (rejects.number(cells[i], path, row, "GPCI") for i in (4, 5, 6))
            locality = f"{cells[0].strip().zfill(5)}-{cells[2].strip().zfill(2)}"
            state = cells[1].strip()
            found.append(Gpci(locality, state, work, expense, malpractice, anesthesia.get(locality)))
    if not found:
        raise ReferenceFileError(f"{path.name}: no line begins with a contractor number")
    return found


def _zips(path: Path, known: set[str], rejects: Rejects) -> tuple[dict[str, list[str]], list[str]]:
    by_locality: dict[str, list[int]] = {}
    split: list[str] = []
    for row, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        locality, digits = f"{line[7:12]}-{line[12:14]}", line[2:7]
        if len(line) < 14 or not digits.isdigit():
            rejects.add(path, row, "no ZIP code at columns 3-7")
        elif locality not in known:
            rejects.add(path, row, f"locality {locality} has no GPCI")
        else:
            by_locality.setdefault(locality, []).append(int(digits))
            if line[20:21] == "1":
                split.append(digits)
    return {locality: list(_ranges(sorted(numbers))) for locality, numbers in sorted(by_locality.items())}, split


def _ranges(numbers: list[int]) -> Iterator[str]:
    start = previous = numbers[0]
    for number in [*numbers[1:], -1]:
        if number != previous + 1:
            yield f"{start:05}" if start == previous else f"{start:05}-{previous:05}"
            start = number
        previous = number


def _outpatient(path: Path | None, rejects: Rejects) -> list[OutpatientRate]:
    found: list[OutpatientRate] = []
    started = False
    for row, line in enumerate(_text(path).splitlines() if path else (), 1):
        assert path is not None
        cells = [cell.strip().strip('"') for cell in line.split("\t")]
        if not started:
            started = cells[0] == "HCPCS Code"
            continue
        if len(cells) > 6 and len(cells[0]) == 5 and cells[3]:
            rate = rejects.number(cells[6], path, row, "payment rate") if cells[6] else None
            found.append(OutpatientRate(cells[0], cells[3], rate))
    if path and not found:
        raise ReferenceFileError(f"{path.name}: no header line that begins with HCPCS Code, or no rows under it")
    return found


def _caps(path: Path | None, known: set[str], rejects: Rejects) -> dict[str, dict[str, Decimal]]:
    """Caps of codes with a national price (status A); contractor-priced ones (C) cap what we do not price."""
    found: dict[str, dict[str, Decimal]] = {}
    for row, cells in _rows(path) if path else ():
        assert path is not None
        if len(cells) < 7 or cells[2] != "A":
            continue
        locality = f"{cells[3].strip()}-{cells[4].strip()}"
        if locality in known:
            key = f"{cells[0]}-{cells[1]}" if cells[1] else cells[0]
            found.setdefault(key, {})[locality] = rejects.number(cells[6], path, row, "cap")
    return found


def _pairs(path: Path | None, code: int, value: int, rejects: Rejects) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row, cells in _rows(path) if path else ():
        assert path is not None
        if len(cells) > max(code, value) and len(cells[code].strip()) == 5 and cells[code].strip()[:4].isdigit():
            found[cells[code].strip()] = rejects.number(cells[value], path, row, "base units")
    return found


def _ambulatory(path: Path | None, rejects: Rejects) -> tuple[dict[str, Decimal], list[str]]:
    """ASC Addendum AA: rates by code, and the codes that the multiple-procedure discount leaves alone. The columns are
    found by their titles, which CMS moves from year to year; without that of the discount, every code is discounted."""
    if path is None:
        return {}, []
    text = _text(path)
    separator = "\t" if "\t" in text else ","
    found: dict[str, Decimal] = {}
    undiscounted: list[str] = []
    code = rate = discount = -1
    for row, cells in enumerate(csv.reader(io.StringIO(text), delimiter=separator), 1):
        if rate < 0:
            titles = [" ".join(cell.split()).lower() for cell in cells]
            if "hcpcs code" in titles:
                code = titles.index("hcpcs code")
                rate = _column(titles, "payment rate")
                discount = _column(titles, "multiple procedure discounting")
            continue
        if len(cells) > max(code, rate) and len(cells[code].strip()) == 5 and cells[rate].strip():
            found[cells[code].strip()] = rejects.number(cells[rate], path, row, "payment rate")
            if -1 < discount < len(cells) and cells[discount].strip().upper() == "N":
                undiscounted.append(cells[code].strip())
    if not found:
        raise ReferenceFileError(f"{path.name}: no header with HCPCS Code and Payment Rate, or no rows under it")
    return found, undiscounted


def _column(titles: list[str], ending: str) -> int:
    return next((i for i, title in enumerate(titles) if title.endswith(ending)), -1)
