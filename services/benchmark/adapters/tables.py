"""Reads percentile tables: our documented CSV or Parquet shape, and CMS's Provider and Service file.

Our shape (docs/benchmark.md) has a header line with `code`, `modifier`, `billing_class`, `geography`, `n`, optionally
`payer`, and a column `pNN` for each percentile, ascending amounts in dollars of one unit.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import re
import zlib
from array import array
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from services.benchmark.adapters.packed import PackedTable
from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.domain.anesthesia import is_anesthesia
from services.benchmark.domain.distributions import SURGERY_CENTER, Row, TableKind, key_of
from services.benchmark.domain.schedules import drg_of
from services.benchmark.domain.statistics import PERCENTS, weighted_percentiles
from shared.money import cents
from shared.procedures import plain_code

_NEEDED = ("code", "modifier", "billing_class", "geography", "n")
_CODE = re.compile(r"[A-Z0-9]{3,7}|DRG \d{3}")
_GEOGRAPHY = re.compile(r"zip3:\d{3}|state:[A-Z]{2}|us")
_PERCENT = re.compile(r"p(\d{1,2})")
_CLASSES = ("professional", "institutional", SURGERY_CENTER)
_COMPONENTS = ("", "26", "TC", "53")
_SPILT = "\n"
Fields = tuple[int, Mapping[str, str]]


def read_table_file(
    path: Path, *, name: str, kind: TableKind, effective_from: date, effective_to: date, source: str = ""
) -> PackedTable:
    """A table from a CSV (plain or .gz) or Parquet file in our shape; `ReferenceFileError` names every bad row."""
    with readable(path):
        return _read_table(path, name, kind, effective_from, effective_to, source)


def _read_table(path: Path, name: str, kind: TableKind, first: date, last: date, source: str) -> PackedTable:
    rejects = Rejects()
    titles, rows = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    missing = [title for title in _NEEDED if title not in titles]
    percents = {int(match[1]): title for title in titles if (match := _PERCENT.fullmatch(title))}
    if missing or not percents:
        lacking = ", ".join(missing) or "percentile columns (p50, p80, …)"
        raise ReferenceFileError(f"{path.name}: the header lacks {lacking}")
    ordered = sorted(percents)
    found: dict[str, Row] = {}
    for line, fields in rows:
        row = _row(path, line, fields, [percents[p] for p in ordered], rejects)
        if row is None:
            continue
        key = key_of(row.code, row.modifier, row.billing_class, row.geography, row.payer)
        if key in found:
            rejects.add(path, line, f"the same service and place as line {found[key].line}")
        found[key] = row
    rejects.stop()
    if not found:
        raise ReferenceFileError(f"{path.name}: no rows under the header")
    return PackedTable(name, kind, first, last, ordered, list(found.values()), source or path.name)


@contextmanager
def readable(path: Path) -> Generator[None]:
    """Tells what is wrong with a file that is damaged, of another encoding or no such file at all."""
    try:
        yield
    except UnicodeDecodeError:
        raise ReferenceFileError(f"{path.name}: not UTF-8 text; save it as CSV in UTF-8") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ReferenceFileError(f"{path.name}: not a whole gzip file") from None
    except csv.Error as error:
        raise ReferenceFileError(f"{path.name}: not a CSV file ({error})") from None
    except OSError as error:
        raise ReferenceFileError(f"{path.name}: cannot be read ({error.strerror or type(error).__name__})") from None


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path, "rb"), "utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _csv(path: Path) -> tuple[list[str], Iterator[Fields]]:
    file = _open(path)
    reader = csv.DictReader(file)
    titles = [title.strip().lower() for title in reader.fieldnames or ()]
    reader.fieldnames = titles

    def rows() -> Iterator[Fields]:
        with file:
            for fields in reader:
                yield reader.line_num, _cells(fields)

    return titles, rows()


def _cells(fields: Mapping[Any, Any]) -> dict[str, str]:
    """A row's cells; more or fewer of them than titles are told under a title that no file has."""
    spilt = None in fields or None in fields.values()
    return {k: v for k, v in fields.items() if isinstance(v, str)} | ({_SPILT: "yes"} if spilt else {})


def _parquet(path: Path) -> tuple[list[str], Iterator[Fields]]:
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError:
        raise ReferenceFileError(
            f"{path.name}: reading Parquet needs pyarrow; install recoup[parquet], or convert the file to CSV"
        ) from None
    try:
        file = parquet.ParquetFile(path)
    except ValueError:  # pyarrow's own errors are ValueErrors
        raise ReferenceFileError(f"{path.name}: not a Parquet file") from None

    def rows() -> Iterator[Fields]:
        line = 1  # as a CSV of the same rows would count, its header on line 1
        for batch in file.iter_batches(batch_size=20_000):
            for fields in batch.to_pylist():
                line += 1
                yield line, {k.lower(): "" if v is None else str(v) for k, v in fields.items()}

    return [str(title).lower() for title in file.schema_arrow.names], rows()


def _row(path: Path, line: int, fields: Mapping[str, str], titles: list[str], rejects: Rejects) -> Row | None:
    before = len(rejects.found)
    if _SPILT in fields:
        rejects.add(path, line, "the row has more or fewer cells than the header")
        return None
    code, modifier = plain_code(fields["code"]), plain_code(fields["modifier"])
    if drg := drg_of(code):
        code = f"DRG {drg}"
    billing_class, geography = fields["billing_class"].strip().lower(), fields["geography"].strip()
    if not _CODE.fullmatch(code):
        rejects.add(path, line, "code is not a HCPCS, CPT or revenue code, or a stay's DRG")
    if modifier not in _COMPONENTS:
        rejects.add(path, line, "modifier is none of blank, 26, TC, 53")
    if billing_class not in _CLASSES:
        rejects.add(path, line, "billing_class is none of professional, institutional, surgery_center")
    if not _GEOGRAPHY.fullmatch(geography):
        rejects.add(path, line, "geography is none of zip3:NNN, state:XX, us")
    n = rejects.number(fields["n"], path, line, "n")
    amounts: list[Decimal] = []
    for title in titles:
        if not (fields.get(title) or "").strip():
            rejects.add(path, line, f"{title} is empty")
            continue
        amounts.append(cents(rejects.number(fields[title], path, line, title)))
    if amounts != sorted(amounts):
        rejects.add(path, line, "amounts do not ascend with their percentiles")
    if amounts and amounts[0] <= 0:
        rejects.add(path, line, "amounts are not above zero")
    if n != int(n) or n < 1:
        rejects.add(path, line, "n is not a whole number above zero")
    if len(rejects.found) > before:
        return None
    return Row(code, modifier, billing_class, geography, int(n), tuple(amounts), line, fields.get("payer", "").strip())


_PUF = ("Rndrng_Prvdr_State_Abrvtn", "Rndrng_Prvdr_Zip5", "HCPCS_Cd", "Tot_Srvcs", "Avg_Sbmtd_Chrg")


def read_provider_and_service(
    path: Path,
    *,
    name: str,
    effective_from: date,
    effective_to: date,
    codes: frozenset[str] = frozenset(),
    minimum: int = 5,
) -> PackedTable:
    """Charge percentiles from CMS's "Medicare Physician & Other Practitioners - by Provider and Service" file.

    Each row is one provider's average submitted charge for one code, weighted here by its services: an estimate of the
    area's charges, with the number of providers as its sample. Places with fewer than `minimum` providers are left out;
    `codes`, if given, are the only ones read. Anesthesia is left out: its averages are of whole cases, not of units.
    """
    rejects = Rejects()
    with readable(path):
        seen = _charges(path, codes, rejects)
    rejects.stop()
    rows = [
        Row(code, "", "professional", place, len(found), found.percentiles())
        for (code, place), found in sorted(seen.items())
        if len(found) >= minimum
    ]
    if not rows:
        raise ReferenceFileError(f"{path.name}: no code has {minimum} providers in one place")
    return PackedTable(
        name, "ucr_charge", effective_from, effective_to, list(PERCENTS), rows, "CMS by Provider and Service", True
    )


class _Charges:
    """Average charges of one code in one place with their services, 16 bytes each: the public file has 10 million."""

    def __init__(self) -> None:
        self._cents, self._services = array("q"), array("q")

    def __len__(self) -> int:
        return len(self._cents)

    def add(self, cents: int, services: int) -> None:
        """One provider: its average charge in cents, its services in thousandths."""
        self._cents.append(cents)
        self._services.append(services)

    def percentiles(self) -> tuple[Decimal, ...]:
        """In dollars, at `PERCENTS`."""
        pairs = zip(self._cents, self._services, strict=True)
        return weighted_percentiles([(Decimal(c).scaleb(-2), Decimal(w).scaleb(-3)) for c, w in pairs])


def _charges(path: Path, codes: frozenset[str], rejects: Rejects) -> dict[tuple[str, str], _Charges]:
    seen: dict[tuple[str, str], _Charges] = defaultdict(_Charges)
    with _open(path) as file:
        reader = csv.reader(file)
        header = [title.strip() for title in next(reader, list[str]())]
        missing = [title for title in _PUF if title not in header]
        if missing:
            raise ReferenceFileError(f"{path.name}: the header lacks {', '.join(missing)}")
        state_at, zip_at, code_at, services_at, charge_at = (header.index(title) for title in _PUF)
        for cells in reader:
            if len(cells) != len(header):
                rejects.add(path, reader.line_num, "the row has more or fewer cells than the header")
                continue
            code = cells[code_at].strip()
            if is_anesthesia(code) or (codes and code not in codes):
                continue
            before = len(rejects.found)
            charge = cents(rejects.number(cells[charge_at], path, reader.line_num, "Avg_Sbmtd_Chrg"))
            services = rejects.number(cells[services_at], path, reader.line_num, "Tot_Srvcs")
            if len(rejects.found) > before:
                continue
            if charge <= 0 or services <= 0:
                rejects.add(path, reader.line_num, "Tot_Srvcs or Avg_Sbmtd_Chrg is not above zero")
                continue
            for place in _places(cells[zip_at].strip()[:3], cells[state_at].strip()):
                seen[code, place].add(int(charge * 100), max(int(services * 1000), 1))
    return seen


def _places(zip3: str, state: str) -> Iterator[str]:
    if len(zip3) == 3 and zip3.isdigit():
        yield f"zip3:{zip3}"
    if len(state) == 2 and state.isalpha():
        yield f"state:{state}"
    yield "us"
