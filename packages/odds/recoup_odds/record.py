"""Reads CMS's public use files of federal IDR determinations, of any quarter, into one table.

The files are published each half-year by the Departments under 42 USC 300gg-111(c)(7) and 45 CFR 149.510(h)(2)(iv).
Their headers, words and units have changed: columns are found by what their headers say, withheld values are counted,
offers are multiples of the QPA whatever the file prints them in. Names of providers are not read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from recoup_odds.payers import payer_of
from services.settlement.domain.cpt_services import AIR

COLUMNS: dict[str, Any] = {
    "quarter": pl.String, "dispute": pl.String, "kind": pl.String, "outcome": pl.String, "default": pl.Boolean,
    "batched": pl.Boolean, "payer": pl.String, "plan_type": pl.String, "state": pl.String, "code": pl.String,
    "specialty": pl.String, "entity": pl.String, "entity_fee": pl.Float64, "days": pl.Float64,
    "provider_offer": pl.Float64, "payer_offer": pl.Float64, "prevailing_offer": pl.Float64,
}  # fmt: skip
"""The record: a line is one item of a dispute. Offers are multiples of the QPA, the entity's fee is dollars."""

_HEADERS: tuple[tuple[str, str], ...] = (
    ("dispute", r"^dispute number$"),
    ("outcome", r"^payment determination outcome$"),
    ("default", r"^default decision$"),
    ("type", r"^type of dispute$"),
    ("plan_name", r"^health plan issuer name$"),
    ("plan_domain", r"^health plan issuer e ?mail domain$"),
    ("carrier", r"^carrier group$"),
    ("plan_type", r"^health plan type$"),
    ("days", r"^length of time to make determination"),
    ("entity_fee", r"^(certified )?idre? (entity )?compensation$"),
    ("entity", r"^certified idr entity( name)?$"),
    ("code", r"^service code$"),
    ("specialty", r"^(practice facility )?specialty( or type)?$"),
    ("state", r"^(location of service|state)$"),
    ("provider_offer", r"^provider (facility |facility aa provider )?offer as (a )?(percent |)of (the )?qpa$"),
    ("payer_offer", r"^(health plan )?issuer offer as (a )?(percent |)of (the )?qpa$"),
    ("payer_offer", r"^health plan issuer offer as (a )?(percent |)of (the )?qpa$"),
    ("prevailing_offer", r"^prevailing (party )?offer as (a )?(percent |)of (the )?qpa$"),
    ("quarter", r"^quarter$"),
    ("vehicle", r"^(air )?ambulance vehicle type$"),
)
_NEEDED = ("dispute", "outcome", "plan_type", "state", "code")
_WITHHELD = frozenset({"", "nr", "n/r", "^", "+", "*", "<na>", "na", "n/a", "nan", "null", "none"})
_LEAST, _MOST = 0.05, 1000.0
"""Multiples outside are slips of the keyboard: the files hold offers of twenty-three million times the QPA."""
_PERCENT_FROM = 40.0
"""A file whose median offer is above this prints percent: as multiples, medians stand at 2 to 30."""
_ROWS = 50_000
_NOTES = 40
"""Lines of notes that may stand before the headers."""


_OFFERS = ("provider_offer", "payer_offer", "prevailing_offer")


class RecordError(Exception):
    """A file that is not of the record; the message says what is missing and how to fix it."""


class FileCounts(msgspec.Struct, kw_only=True):
    """What was read of one file, and what of it could not be used."""

    file: str
    lines: int = 0
    quarters: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    printed_in: str = "multiples"
    withheld: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    trimmed: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    no_outcome: int = 0


def read(path: Path, quarter: str = "") -> tuple[pl.DataFrame, FileCounts]:
    """Read one public use file.

    Args:
        path: a `.csv`, `.xlsx` or `.parquet` file with a header row.
        quarter: such as `2025Q2`, for files that have no such column and whose name does not tell it.

    Returns:
        The lines in the columns of `COLUMNS`, and what was read and left out.

    Raises:
        RecordError: it has not the columns of such a file, no quarter is known, or it cannot be read.
    """
    counts = FileCounts(file=path.name)
    quarter = quarter or quarter_in(path.name)
    parts: list[pl.DataFrame] = []
    for rows in _tables(path):
        columns = _columns(rows, path)
        if "quarter" not in columns and not quarter:
            raise RecordError(f"{path.name} does not say of which quarter it is: give --quarter, such as 2025Q2")
        parts.append(_line_items(rows, columns, quarter, counts))
    if not parts:
        raise RecordError(f"{path.name} has no lines")
    lines = _in_multiples(pl.concat(parts), counts)
    counts.lines = lines.height
    for name, count in lines.group_by("quarter").len().sort("quarter").iter_rows():
        counts.quarters[name] = count
    return lines.select(list(COLUMNS)), counts


def quarter_in(text: str) -> str:
    """The quarter a file's name tells (`2025Q2`, `q2-2025`, `2025_q2`), or nothing."""
    found = re.search(r"(20\d\d)[ _-]?q([1-4])", text, re.I)
    if found:
        return f"{found[1]}Q{found[2]}"
    found = re.search(r"q([1-4])[ _-]?(20\d\d)", text, re.I)
    return f"{found[2]}Q{found[1]}" if found else ""


def _tables(path: Path) -> Iterator[pl.DataFrame]:
    """The file in tables of text, so many rows at a time."""
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            whole = pl.scan_parquet(path)
            for at in range(0, int(whole.select(pl.len()).collect().item()), _ROWS):
                yield whole.slice(at, _ROWS).collect().cast(pl.String)
        elif kind == ".csv":
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                yield from _packed(csv.reader(file), path)
        elif kind == ".xlsx":
            yield from _sheets(path)
        else:
            raise RecordError(f"{path.name} is no .csv, .xlsx or .parquet file")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise RecordError(f"{path.name} cannot be read: {type(error).__name__}") from None


def _sheets(path: Path) -> Iterator[pl.DataFrame]:
    """Every sheet whose header is one of line items, read as a stream: a quarter has a gigabyte of XML."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, KeyError, ValueError) as error:
        raise RecordError(f"{path.name} is no workbook: {type(error).__name__}") from None
    tables = (_packed(sheet.iter_rows(values_only=True), path) for sheet in book.worksheets)
    found = False
    for table in tables:
        try:
            for part in table:
                found = True
                yield part
        except RecordError:
            continue  # a sheet of notes
    if not found:
        raise RecordError(f"{path.name} has no sheet with the columns Dispute Number and Payment Determination Outcome")


def _packed(lines: Iterable[Sequence[object]], path: Path) -> Iterator[pl.DataFrame]:
    """Rows in tables of text, from the row on that has the headers of line items."""
    header: list[str] = []
    rows: list[list[str | None]] = []
    for at, values in enumerate(lines):
        texts = [None if value is None else str(value) for value in values]
        if not header:
            if at > _NOTES:
                break
            if {"dispute", "plan_type"} <= set(_named([text or "" for text in texts])):
                header = [text or f"column {number}" for number, text in enumerate(texts)]
            continue
        rows.append([*texts, *([None] * (len(header) - len(texts)))][: len(header)])
        if len(rows) == _ROWS:
            yield pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
            rows = []
    if not header:
        raise RecordError(f"{path.name} has no row with the headers Dispute Number and Health Plan Type")
    if rows:
        yield pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")


def _named(headers: list[str]) -> dict[str, list[str]]:
    """The columns of the record among a file's headers, by their names here; the later of two is read where filled."""
    found: dict[str, list[str]] = {}
    for header in headers:
        plain = re.sub(r"[^a-z0-9]+", " ", header.lower().replace("%", " percent ")).strip()
        for name, pattern in _HEADERS:
            if re.fullmatch(pattern, plain):
                found.setdefault(name, []).append(header)
                break
    return found


def _columns(rows: pl.DataFrame, path: Path) -> dict[str, list[str]]:
    found = _named(rows.columns)
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise RecordError(
            f"{path.name} is no file of IDR line items: no column for {', '.join(missing)}; "
            "the tabs OON Emergency and Non-Emergency and OON Air Ambulance of CMS's public use file have them"
        )
    return found


def _line_items(rows: pl.DataFrame, columns: dict[str, list[str]], quarter: str, counts: FileCounts) -> pl.DataFrame:
    texts = {
        name: pl.coalesce(_text(header) for header in headers) if headers else pl.lit(None, pl.String)
        for name, headers in ((name, columns.get(name, [])) for name, _ in _HEADERS)
    }
    for name, headers in columns.items():
        withheld = int(rows.select(_withheld(headers[0]).sum()).item())
        if withheld:
            counts.withheld[name] = counts.withheld.get(name, 0) + withheld
    numbers = {
        name: texts[name].str.replace_all(r"[$,% ]", "").cast(pl.Float64, strict=False).alias(name)
        for name in ("days", "entity_fee", *_OFFERS)
    }
    plain = rows.select(
        (texts["quarter"].fill_null(quarter) if quarter else texts["quarter"]).alias("quarter"),
        texts["dispute"].alias("dispute"),
        _outcome(texts["outcome"]).alias("outcome"),
        _yes(texts["default"]).alias("default"),
        texts["type"].str.to_lowercase().str.contains("batch").fill_null(value=False).alias("batched"),
        texts["plan_type"].alias("plan_type"),
        texts["state"].str.to_uppercase().alias("state"),
        texts["code"].str.to_uppercase().alias("code"),
        texts["specialty"].alias("specialty"),
        texts["entity"].alias("entity"),
        *(texts[name].alias(name) for name in ("carrier", "plan_domain", "plan_name", "vehicle")),
        *numbers.values(),
    )
    counts.no_outcome += int(plain["outcome"].is_null().sum())
    air = pl.col("code").is_in(list(AIR)) | pl.col("vehicle").is_not_null()
    return plain.filter(pl.col("outcome").is_not_null()).with_columns(
        pl.when(air).then(pl.lit("air")).otherwise(pl.lit("medical")).alias("kind"),
        pl.struct("carrier", "plan_domain", "plan_name")
        .map_elements(lambda row: payer_of(row["carrier"], row["plan_domain"], row["plan_name"]), pl.String)
        .alias("payer"),
    )


def _withheld(header: str) -> pl.Expr:
    return pl.col(header).str.strip_chars().str.to_lowercase().is_in(list(_WITHHELD - {""}))


def _text(header: str) -> pl.Expr:
    text = pl.col(header).str.strip_chars()
    return pl.when(text.str.to_lowercase().is_in(list(_WITHHELD))).then(None).otherwise(text)


def _outcome(text: pl.Expr) -> pl.Expr:
    plain = text.str.to_lowercase()
    return (
        pl.when(plain.str.contains("split")).then(pl.lit("split"))
        .when(plain.str.contains("provider|facility")).then(pl.lit("provider"))
        .when(plain.str.contains("plan|issuer")).then(pl.lit("payer"))
    )  # fmt: skip


def _yes(text: pl.Expr) -> pl.Expr:
    plain = text.str.to_lowercase()
    return pl.when(plain == "yes").then(pl.lit(True)).when(plain == "no").then(pl.lit(False))


def _in_multiples(lines: pl.DataFrame, counts: FileCounts) -> pl.DataFrame:
    """Offers as multiples of the QPA, quarter by quarter; what is out of all bounds is none, and counted."""
    medians = lines.group_by("quarter").agg(pl.col("prevailing_offer").median().alias("median"))
    percent = medians.filter(pl.col("median") > _PERCENT_FROM)["quarter"].to_list()
    if percent:
        counts.printed_in = "percent" if len(percent) == medians.height else "percent in " + ", ".join(sorted(percent))
    scaled = [
        pl.when(pl.col("quarter").is_in(percent)).then(pl.col(name) / 100).otherwise(pl.col(name)).alias(name)
        for name in _OFFERS
    ]
    lines = lines.with_columns(scaled)
    for name in _OFFERS:
        out = ((pl.col(name) < _LEAST) | (pl.col(name) > _MOST)).fill_null(value=False)
        nothing = name == "payer_offer"  # an offer of nothing is one
        wild = out & (pl.col(name) != 0) if nothing else out
        count = int(lines.select(wild.sum()).item())
        if count:
            counts.trimmed[name] = count
            lines = lines.with_columns(pl.when(wild).then(None).otherwise(pl.col(name)).alias(name))
    return lines
