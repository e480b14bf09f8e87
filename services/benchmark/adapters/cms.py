"""Reads CMS's files as published, and writes a release in our compact form.

`python -m services.benchmark.adapters.cms SOURCE_DIR OUT.json.gz` makes what the project ships. Traps: localities
repeat across states, so GPCIs are keyed by (MAC, locality); the conversion factor is zero-based column 24 of PPRRVU.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from services.benchmark.domain.fee_schedule import PRICED_STATUS, Gpci, RelativeValues
from services.benchmark.domain.reference import OutpatientRate, Release

_FACTOR_COLUMN = 24


class ReferenceFileError(ValueError):
    """A published file that does not read as it should: which, where, and what is wrong."""


class Packed(msgspec.Struct):
    """A release on disk. `zips` maps a locality to ranges of ZIP codes, `first-last` or a single one."""

    name: str
    effective_from: date
    effective_to: date
    conversion_factor: Decimal
    values: list[RelativeValues]
    gpcis: list[Gpci]
    zips: dict[str, list[str]]
    outpatient: list[OutpatientRate]


def read_cms(folder: Path, *, name: str, effective_from: date, effective_to: date) -> Packed:
    """A release from the folder with PPRRVU*, GPCI*, ZIP5* and OPPS_Addendum_B* (plain or gzipped)."""
    factor, values = _values(_only(folder, "PPRRVU*"))
    gpcis = _gpcis(_only(folder, "GPCI*"))
    zips = _zips(_only(folder, "ZIP5_*"), {gpci.locality for gpci in gpcis})
    outpatient = _outpatient(_only(folder, "OPPS_Addendum_B*"))
    return Packed(name, effective_from, effective_to, factor, values, gpcis, zips, outpatient)


def _only(folder: Path, pattern: str) -> Path:
    found = [path for path in sorted(folder.glob(pattern)) if "lyout" not in path.name]
    if len(found) != 1:
        raise ReferenceFileError(f"{folder}: {len(found)} files fit {pattern}, one is needed")
    return found[0]


def _text(path: Path) -> str:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode("latin-1")


def _number(text: str, path: Path, row: int) -> Decimal:
    try:
        return Decimal(text.strip() or "0")
    except InvalidOperation:
        raise ReferenceFileError(f"{path.name} line {row}: a number was expected") from None


def _values(path: Path) -> tuple[Decimal, list[RelativeValues]]:
    found: list[RelativeValues] = []
    factor = Decimal(0)
    started = False
    for row, cells in enumerate(csv.reader(io.StringIO(_text(path))), 1):
        if not started:
            started = cells[:2] == ["HCPCS", "MOD"]
            continue
        if len(cells) <= _FACTOR_COLUMN or not cells[0].strip():
            continue
        factor = factor or _number(cells[_FACTOR_COLUMN], path, row)
        numbers = [_number(cells[i], path, row) for i in (5, 6, 8, 10)]
        if cells[3] in PRICED_STATUS and any(numbers):
            work, non_facility, facility, malpractice = numbers
            found.append(
                RelativeValues(
                    cells[0].strip(), cells[1].strip(), cells[3], work, non_facility, facility, malpractice,
                    cells[18].strip(), cells[19].strip(), cells[20].strip(), cells[21].strip(),
                )
            )  # fmt: skip
    if not started or not found:
        raise ReferenceFileError(f"{path.name}: no header line that begins HCPCS,MOD, or no rows under it")
    return factor, found


def _gpcis(path: Path) -> list[Gpci]:
    found: list[Gpci] = []
    for row, cells in enumerate(csv.reader(io.StringIO(_text(path))), 1):
        if len(cells) >= 7 and cells[0].strip().isdigit():
            work, expense, malpractice = (_number(cells[i], path, row) for i in (4, 5, 6))
            locality = f"{cells[0].strip()}-{cells[2].strip().zfill(2)}"
            found.append(Gpci(locality, cells[1].strip(), work, expense, malpractice))
    if not found:
        raise ReferenceFileError(f"{path.name}: no line begins with a contractor number")
    return found


def _zips(path: Path, known: set[str]) -> dict[str, list[str]]:
    by_locality: dict[str, list[int]] = {}
    for row, line in enumerate(_text(path).splitlines(), 1):
        if len(line) < 14:
            continue
        locality = f"{line[7:12]}-{line[12:14]}"
        if locality not in known:
            raise ReferenceFileError(f"{path.name} line {row}: locality {locality} has no GPCI")
        by_locality.setdefault(locality, []).append(int(line[2:7]))
    return {locality: list(_ranges(sorted(numbers))) for locality, numbers in sorted(by_locality.items())}


def _ranges(numbers: list[int]) -> Iterator[str]:
    start = previous = numbers[0]
    for number in [*numbers[1:], -1]:
        if number != previous + 1:
            yield f"{start:05}" if start == previous else f"{start:05}-{previous:05}"
            start = number
        previous = number


def _outpatient(path: Path) -> list[OutpatientRate]:
    found: list[OutpatientRate] = []
    started = False
    for row, line in enumerate(_text(path).splitlines(), 1):
        cells = [cell.strip().strip('"') for cell in line.split("\t")]
        if not started:
            started = cells[0] == "HCPCS Code"
            continue
        if len(cells) > 6 and len(cells[0]) == 5 and cells[3]:
            rate = cells[6].replace("$", "").replace(",", "")
            found.append(OutpatientRate(cells[0], cells[3], _number(rate, path, row) if rate else None))
    if not started or not found:
        raise ReferenceFileError(f"{path.name}: no header line that begins with HCPCS Code")
    return found


def write_packed(packed: Packed, out: Path) -> None:
    """The release as gzipped JSON; the same input gives the same bytes."""
    with out.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="") as stream:
        stream.write(msgspec.json.Encoder(decimal_format="string").encode(packed))


def load_packed(path: Path) -> Release:
    """A release ready for look-ups."""
    packed = msgspec.json.decode(gzip.decompress(path.read_bytes()), type=Packed)
    zips: dict[str, str] = {}
    for locality, ranges in packed.zips.items():
        for text in ranges:
            first, _, last = text.partition("-")
            for number in range(int(first), int(last or first) + 1):
                zips[f"{number:05}"] = locality
    return Release(
        packed.name,
        packed.effective_from,
        packed.effective_to,
        packed.conversion_factor,
        {f"{v.code}-{v.modifier}" if v.modifier else v.code: v for v in packed.values},
        {gpci.locality: gpci for gpci in packed.gpcis},
        zips,
        {rate.code: rate for rate in packed.outpatient},
    )


def main(arguments: list[str]) -> int:
    """Build the shipped release of calendar year 2025."""
    source, out = Path(arguments[0]), Path(arguments[1])
    packed = read_cms(
        source, name="CMS CY2025 (October)", effective_from=date(2025, 1, 1), effective_to=date(2025, 12, 31)
    )
    write_packed(packed, out)
    sys.stdout.write(
        f"{len(packed.values)} relative values, {len(packed.gpcis)} localities, {out.stat().st_size} bytes\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
