"""Reads CMS's files as unzipped, of any year, in any of their forms.

A folder holds, of the physician fee schedule, PPRRVU* and GPCI*, and as far as there are any ZIP5*, ZIP9*, ANES*
(locality conversion factors), ANESBASE* (code and base units), OPPSCAP*; of other systems what `facilities` and
`fee_files` read.
Traps: localities repeat across states, so everything is keyed by (MAC, locality); PPRRVU has one column more from 2026;
a statistics program in between leaves a global period of 90 for 090 and 1.2029999999999998 for 1.203; sub-localities of
a cap may lack a GPCI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from services.benchmark.adapters.cms_files import (
    Rows,
    is_fixed_width,
    lines_of,
    needed,
    optional,
    rows_of,
    titled,
)
from services.benchmark.adapters.facilities import read_ambulatory, read_outpatient, read_outpatient_rules
from services.benchmark.adapters.fee_files import read_fee_schedules
from services.benchmark.adapters.packed import PackedRelease
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.fee_schedule import PRICED_STATUS, Gpci, RelativeValues

_CENT, _THOUSANDTH = Decimal("0.01"), Decimal("0.001")
_FEWEST_COLUMNS = 25
_PRICES = "PPRRVU|PPRVU"
_INDICES = "GPCI"
_GPCI_COLUMNS = {
    "contractor": r"administrative contractor|^mac$",
    "locality": r"^locality.number",
    "work GPCI": r"pw gpci|gpci_work|work gpci",
    "PE GPCI": r"pe gpci|gpci_pe",
    "MP GPCI": r"mp gpci|gpci_mp",
    "state": r"^state$",
    "work GPCI with floor": r"gpci \(with 1\.0",
}


def read_cms(folder: Path, *, name: str, effective_from: date, effective_to: date) -> PackedRelease:
    """A release from a folder; raises `ReferenceFileError` with every row that does not read, and then nothing.

    Without a ZIP file in the folder it goes by the one that is shipped.
    """
    rejects = Rejects()
    packed = PackedRelease(name, effective_from, effective_to, Decimal(0), [], [], {}, [])
    packed.outpatient = read_outpatient(folder, rejects)
    packed.outpatient_rules = read_outpatient_rules(folder, rejects)
    read_ambulatory(folder, packed, rejects)
    others = read_fee_schedules(folder, packed, rejects) or packed.outpatient or packed.ambulatory
    if optional(folder, _PRICES) or optional(folder, _INDICES) or not others:
        _physician(folder, packed, rejects)
    rejects.stop()
    return packed


def _physician(folder: Path, packed: PackedRelease, rejects: Rejects) -> None:
    factor, values, unpriced = _values(needed(folder, _PRICES, "PPRRVU*"), rejects)
    anesthesia = _anesthesia_factors(optional(folder, r"ANES[0-9_]"), rejects)
    zip_file = optional(folder, "ZIP5")
    located = list(_zip_rows(zip_file, rejects)) if zip_file else []
    states = {locality: state for _, locality, _, state, _, _ in located}
    packed.conversion_factor, packed.values = factor, values
    packed.unpriced = {status: " ".join(sorted(codes)) for status, codes in sorted(unpriced.items())}
    packed.gpcis = _gpcis(needed(folder, _INDICES, "GPCI*"), anesthesia, states, rejects)
    known = {gpci.locality for gpci in packed.gpcis}
    if zip_file:
        packed.zips, packed.split_zips = _zips(zip_file, located, known, rejects)
        areas = {area: sorted(int(digits) for _, _, digits, _, _, one in located if one == area) for area in "BR"}
        packed.rural = {area: list(_ranges(numbers)) for area, numbers in areas.items() if numbers}
    packed.plus_four = _plus_four(optional(folder, "ZIP9"), known, rejects)
    packed.caps = _caps(optional(folder, "OPPSCAP"), known, rejects)
    packed.anesthesia_base = _base_units(optional(folder, "ANESBASE"), rejects)


# --- PPRRVU ---------------------------------------------------------------------------------------------------------


def _values(path: Path, rejects: Rejects) -> tuple[Decimal, list[RelativeValues], dict[str, list[str]]]:
    """Conversion factor, rows with relative values, and the codes of the others by their status."""
    found: dict[tuple[str, str], RelativeValues] = {}
    factors: dict[Decimal, int] = {}
    unpriced: dict[str, list[str]] = {}
    for row, cells in _fixed_values(path, rejects) if is_fixed_width(path) else _listed_values(path, rejects):
        factors.setdefault(rejects.number(cells[24], path, row, "conversion factor"), row)
        work, non_facility, facility, malpractice = (
            _rounded(rejects.number(cells[i], path, row, what), _CENT)
            for i, what in ((5, "work RVU"), (6, "non-facility PE RVU"), (8, "facility PE RVU"), (10, "MP RVU"))
        )
        key = (_code(cells[0]), cells[1])
        if cells[3] not in PRICED_STATUS or not (work or non_facility or facility or malpractice):
            unpriced.setdefault(cells[3], []).append("-".join(filter(None, key)))
            continue
        pre, intra, post = (
            _rounded(rejects.number(cells[i], path, row, "share of the global package"), _CENT) for i in (15, 16, 17)
        )
        capped_expense, capped_malpractice = (
            _rounded(rejects.number(cells[i], path, row, "value for the outpatient cap"), _CENT) for i in (28, 30)
        )
        if key in found:
            rejects.add(path, row, "this code and modifier stood on an earlier line")
            continue
        multiple, bilateral, assistant, co_surgeon, team = cells[18:23]
        period = cells[14].zfill(3) if cells[14].isdigit() else cells[14]
        na = "N" * (cells[7] == "NA") + "F" * (cells[9] == "NA")
        found[key] = RelativeValues(
            *key,
            cells[3],
            work,
            non_facility,
            facility,
            malpractice,
            multiple,
            bilateral,
            assistant,
            co_surgeon,
            team,
            period,
            pre,
            intra,
            post,
            cells[23],
            cells[13],
            na,
            capped_expense,
            capped_malpractice,
        )
    if not found:
        raise ReferenceFileError(f"{path.name}: no header line that begins HCPCS,MOD, or no rows under it")
    if len(factors) > 1:
        other = list(factors)[1]
        rejects.add(path, factors[other], "a second conversion factor; load such a year's files apart")
    return next(iter(factors)), list(found.values()), unpriced


def _listed_values(path: Path, rejects: Rejects) -> Rows:
    """Rows in the order of columns until 2025: in 2026 an indicator was put before the endoscopic base."""
    factor = 0
    for row, raw in rows_of(path):
        cells = [cell.strip() for cell in raw]
        if not factor:
            if cells[:2] == ["HCPCS", "MOD"]:
                factor = next((i for i, title in enumerate(cells) if title == "FACTOR"), 0)
                if factor < _FEWEST_COLUMNS - 1:
                    raise ReferenceFileError(f"{path.name} line {row}: column {_FEWEST_COLUMNS} is not the factor")
            continue
        if not cells or not cells[0]:
            continue
        if len(cells) <= factor:
            rejects.add(path, row, f"{len(cells)} columns, at least {factor + 1} are needed")
            continue
        whole = [*cells, *[""] * (factor + 7 - len(cells))]
        yield row, [*whole[:23], whole[factor - 1], *whole[factor:]]


_WIDTHS = (
    (0, 5),
    (5, 7),
    (7, 7),
    (57, 58),
    (58, 59),
    (59, 65),
    (65, 72),
    (72, 74),
    (74, 81),
    (81, 83),
    (83, 89),
    (89, 96),
    (96, 102),
    (102, 103),
    (103, 106),
    (106, 109),
    (109, 112),
    (112, 115),
    (115, 116),
    (116, 117),
    (117, 118),
    (118, 119),
    (119, 120),
)
_TAIL = re.compile(r"(?P<base>\d{5})?\s+(?P<factor>\d+\.\d{4})\s+\S+\s+\S+\s+(?P<a>\S+)\s+(?P<b>\S+)\s+(?P<c>\S+)\s*$")


def _fixed_values(path: Path, rejects: Rejects) -> Rows:
    """The text form; behind the indicators stand endoscopic base, factor, two indicators and three capped values."""
    for row, line in lines_of(path):
        if line.startswith("HDR"):
            continue
        tail = _TAIL.search(line, 120)
        if tail is None:
            rejects.add(path, row, "no conversion factor behind column 120")
            continue
        cells = [line[first:last].strip() for first, last in _WIDTHS]
        yield row, [*cells, tail["base"] or "", tail["factor"], "", "", "", tail["a"], tail["b"], tail["c"]]


def _code(text: str) -> str:
    """A code as Excel may give it: a number without its leading zeros."""
    return text.zfill(5) if text.isdigit() else text


def _rounded(number: Decimal, step: Decimal) -> Decimal:
    return number.quantize(step, ROUND_HALF_UP)


# --- localities -----------------------------------------------------------------------------------------------------


def _locality(contractor: str, number: str) -> str:
    return f"{contractor.strip().zfill(5)}-{number.strip().zfill(2)}"


def _anesthesia_factors(path: Path | None, rejects: Rejects) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    if path is None:
        return found
    if not is_fixed_width(path):
        columns = {
            "Contractor": "^contractor",
            "Locality": "^locality$",
            "factor": "anes.*(conv|cf)|conversion",
            "of others than participants": "non-?qualifying|non.?q?pp|non.?apm",
        }
        for row, (contractor, number, factor, other) in titled(path, columns, 3):
            if contractor.isdigit():
                amount = rejects.number(other or factor, path, row, "anesthesia conversion factor")
                found[_locality(contractor, number)] = _rounded(amount, _CENT)
        return found
    for row, line in lines_of(path):
        if not (line[:5].isdigit() and line[12:14].strip().isdigit()):
            rejects.add(path, row, "no contractor and locality at columns 1-5 and 13-14")
            continue
        cents = rejects.number(line.split()[-1], path, row, "anesthesia conversion factor")
        found[_locality(line[:5], line[12:14])] = cents / 100
    return found


def _gpcis(path: Path, anesthesia: dict[str, Decimal], states: dict[str, str], rejects: Rejects) -> list[Gpci]:
    found: list[Gpci] = []
    for row, cells in _fixed_gpcis(path) if is_fixed_width(path) else _listed_gpcis(path):
        contractor, number, state, *indices = cells
        work, expense, malpractice = (
            _rounded(rejects.number(one, path, row, "GPCI"), _THOUSANDTH).normalize() + 0 for one in indices
        )
        locality = _locality(contractor, number)
        if work:  # a line of zeros ends some years' files
            found.append(
                Gpci(locality, state or states.get(locality, ""), work, expense, malpractice, anesthesia.get(locality))
            )
    if not found:
        raise ReferenceFileError(f"{path.name}: no line begins with a contractor number")
    return found


def _fixed_gpcis(path: Path) -> Rows:
    for row, line in lines_of(path):
        cells = line.split()
        if len(cells) > 5 and cells[0].isdigit():
            yield row, [cells[0], cells[2], cells[1], *cells[-3:]]


def _listed_gpcis(path: Path) -> Rows:
    """By titles; without any, in the order of CMS's file."""
    try:
        for row, cells in titled(path, _GPCI_COLUMNS, 5):
            contractor, number, work, expense, malpractice, state, floored = cells
            if contractor.isdigit():
                yield row, [contractor, number, state, floored or work, expense, malpractice]
    except ReferenceFileError:
        for row, cells in rows_of(path):
            if len(cells) >= 7 and cells[0].strip().isdigit():
                yield row, [cells[0], cells[2], cells[1].strip(), *cells[4:7]]


_Located = tuple[int, str, str, str, bool, str]


def _zip_rows(path: Path, rejects: Rejects) -> Iterator[_Located]:
    """Line, locality, ZIP code, state, whether the +4 decides, and R or B where it is rural or super rural."""
    if not is_fixed_width(path):
        columns = {
            "state": "^state",
            "ZIP code": "^zip",
            "carrier": "^carrier",
            "locality": "^locality|pricing locality",
            "plus four flag": "plus (4|four) flag|plus.?4",
            "rural": "^rural ind",
        }
        for row, (state, digits, carrier, number, flag, rural) in titled(path, columns, 4):
            yield row, _locality(carrier, number), digits.zfill(5), state, flag == "1", rural
        return
    for row, line in lines_of(path):
        if len(line) < 14 or not line[2:7].isdigit():
            rejects.add(path, row, "no ZIP code at columns 3-7")
        else:
            yield row, f"{line[7:12]}-{line[12:14]}", line[2:7], line[:2], line[20:21] == "1", line[14:15].strip()


def _zips(
    path: Path, rows: list[_Located], known: set[str], rejects: Rejects
) -> tuple[dict[str, list[str]], list[str]]:
    by_locality: dict[str, list[int]] = {}
    split: list[str] = []
    for row, locality, digits, _, plus_four, _ in rows:
        if locality not in known:
            rejects.add(path, row, f"locality {locality} has no GPCI")
            continue
        by_locality.setdefault(locality, []).append(int(digits))
        if plus_four:
            split.append(digits)
    return {locality: list(_ranges(sorted(numbers))) for locality, numbers in sorted(by_locality.items())}, split


def _plus_four(path: Path | None, known: set[str], rejects: Rejects) -> dict[str, list[str]]:
    """Ranges of nine-digit ZIP codes by locality, of the ZIP codes whose +4 decides (CMS's ZIP9 record)."""
    found: dict[str, list[int]] = {}
    for row, line in lines_of(path) if path else ():
        assert path is not None
        locality, digits = f"{line[7:12]}-{line[12:14]}", line[2:7] + line[21:25]
        if line[20:21] != "1":
            continue
        if len(digits) != 9 or not digits.isdigit():
            rejects.add(path, row, "no ZIP code at columns 3-7 and +4 at 22-25")
        elif locality not in known:
            rejects.add(path, row, f"locality {locality} has no GPCI")
        else:
            found.setdefault(locality, []).append(int(digits))
    return {locality: list(_ranges(sorted(set(numbers)), 9)) for locality, numbers in sorted(found.items())}


def _ranges(numbers: list[int], width: int = 5) -> Iterator[str]:
    start = previous = numbers[0]
    for number in [*numbers[1:], -1]:
        if number != previous + 1:
            first, last = f"{start:0{width}}", f"{previous:0{width}}"
            yield first if start == previous else f"{first}-{last}"
            start = number
        previous = number


def _caps(path: Path | None, known: set[str], rejects: Rejects) -> dict[str, dict[str, Decimal]]:
    """Caps of codes with a national price (status A); contractor-priced ones (C) cap what we do not price."""
    found: dict[str, dict[str, Decimal]] = {}
    if path is None:
        return found
    if is_fixed_width(path):
        rows = ((row, [line[:5], line[5:7].strip(), *line[7:].split()]) for row, line in lines_of(path))
    else:
        titles = ("hcpcs", "mod", "procstat", "carrier", "locality", "facility.price")
        rows = titled(path, {title: f"^{title}" for title in titles}, 6)
    for row, cells in rows:
        if len(cells) < 6 or cells[2] != "A":
            continue
        locality = _locality(cells[3], cells[4])
        if locality in known:
            key = f"{_code(cells[0])}-{cells[1]}" if cells[1] else _code(cells[0])
            found.setdefault(key, {})[locality] = _rounded(rejects.number(cells[5], path, row, "cap"), _CENT)
    return found


def _base_units(path: Path | None, rejects: Rejects) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row, cells in rows_of(path) if path else ():
        assert path is not None
        if len(cells) > 1 and len(cells[0].strip()) == 5 and cells[0].strip()[:4].isdigit():
            found[cells[0].strip()] = rejects.number(cells[1], path, row, "base units")
    return found
