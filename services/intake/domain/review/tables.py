"""Reference tables of the review and their loaders. Nothing here reads files: loaders take lines of text.

NCCI tables come quarterly from CMS (public domain; CPT codes in them are the AMA's). They are not shipped; without them
the rules that need them find nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources

import msgspec

_EPOCH = date(1990, 1, 1)
_NEVER = 0xFFFF
_RECORD = 10  # column 2 code (5), first day (2), day of deletion (2), modifier indicator (1)


class TableError(ValueError):
    """A table that cannot be read, with its line and what was expected."""


class PairEdit(msgspec.Struct, frozen=True, gc=False):
    """One procedure-to-procedure edit in force: `modifier_allowed` is CMS's indicator 1."""

    column1: str
    column2: str
    modifier_allowed: bool


class PairTable:
    """NCCI procedure-to-procedure edits: 10 bytes an edit, so that all 2.5 million fit in some 30 MB."""

    def __init__(self, rows: dict[str, bytes], version: str = "") -> None:
        self.version = version
        self._rows = rows

    @property
    def rows(self) -> Mapping[str, bytes]:
        """The records by column 1 code, as they are packed."""
        return self._rows

    def __len__(self) -> int:
        return sum(len(row) for row in self._rows.values()) // _RECORD

    def __contains__(self, column1: object) -> bool:
        return column1 in self._rows

    def find(self, column1: str, column2: str, day: date) -> PairEdit | None:
        """The edit that bundles `column2` into `column1` on a day of service, if any."""
        row = self._rows.get(column1)
        if row is None:
            return None
        wanted, at = column2.encode(), -1
        while (at := row.find(wanted, at + 1)) >= 0:
            if at % _RECORD:
                continue
            start, end = (int.from_bytes(row[at + n : at + n + 2], "big") for n in (5, 7))
            if start <= (day - _EPOCH).days < end:
                indicator = row[at + 9]
                return None if indicator == 9 else PairEdit(column1, column2, indicator == 1)
        return None


class UnitLimit(msgspec.Struct, frozen=True, gc=False):
    """A medically unlikely edit: units of a code by one provider on one day.

    `indicator` 1 limits each line; 2 (policy) and 3 (clinical) limit the day's sum.
    """

    limit: int
    indicator: int


Units = dict[str, UnitLimit]


class UnitTable:
    """Medically unlikely edits by quarter: CMS's files carry no dates, so each release has its first day."""

    def __init__(self, releases: Mapping[date, Units] | None = None) -> None:
        self._releases = tuple(sorted((releases or {}).items()))

    def on(self, day: date | None) -> Units:
        """The limits in force on a day of service; none before the first release; the newest without a day."""
        chosen: Units = {}
        for first, limits in self._releases:
            if day is None or first <= day:
                chosen = limits
        return chosen

    def __bool__(self) -> bool:
        return bool(self._releases)


class FilingLimit(msgspec.Struct, frozen=True, gc=False):
    """How long after the service a payer takes claims: of one payer, or of all with a filing indicator (SBR09)."""

    payer_id: str
    filing_indicator: str
    months: int
    days: int
    valid_from: date
    valid_to: date
    source: str

    def last_day(self, served: date) -> date:
        """The last day on which the payer takes a claim for a service of this day."""
        month = served.month - 1 + self.months
        year, month = served.year + month // 12, month % 12 + 1
        first = date(year, month, 1)
        days_in_month = (date(year + month // 12, month % 12 + 1, 1) - first).days
        return first + timedelta(days=min(served.day, days_in_month) - 1 + self.days)


class AuthorizationNeed(msgspec.Struct, frozen=True, gc=False):
    """Services for which plans commonly want authorization beforehand: a range of procedure codes, and what it is."""

    first: str
    last: str
    service: str


class Tables(msgspec.Struct, frozen=True, gc=False):
    """Everything the rules consult. Practitioner and hospital edits differ (form of the claim)."""

    pairs_practitioner: PairTable = PairTable({})
    pairs_hospital: PairTable = PairTable({})
    units_practitioner: UnitTable = UnitTable()
    units_hospital: UnitTable = UnitTable()
    filing: tuple[FilingLimit, ...] = ()
    authorization: tuple[AuthorizationNeed, ...] = ()


Refused = list[tuple[int, str]]
"""Line numbers (from 1) and what is wrong with them."""


def parse_pairs(lines: Iterable[str], version: str = "", refused: Refused | None = None) -> PairTable:
    """Read procedure-to-procedure edits as CMS publishes them, tab or comma separated.

    Columns: column 1 code, column 2 code, in existence before 1996, effective date, deletion date (`*` for none),
    modifier indicator (0, 1, 9), rationale. Lines before the first edit (titles, licence) are passed over. A line that
    begins with a code and cannot be read is added to `refused`; without that, it raises `TableError`, as does a text
    without any edit.
    """
    rows: dict[str, bytearray] = {}
    for number, cells in _cells(lines):
        if not cells or not _is_code(cells[0]):
            continue
        try:
            rows.setdefault(cells[0], bytearray()).extend(_record(cells))
        except TableError as error:
            _refuse(refused, number, str(error))
    if not rows and not refused:
        raise TableError("no edit found: expected CMS's procedure-to-procedure layout")
    return PairTable({code: bytes(row) for code, row in rows.items()}, version)


def _record(cells: list[str]) -> bytes:
    if len(cells) < 6 or not _is_code(cells[1]):
        raise TableError("an edit has two codes, two dates and a modifier indicator")
    start, end = _days(cells[3], 0), _days(cells[4], _NEVER)
    indicator = cells[5][:1]
    if indicator not in ("0", "1", "9"):
        raise TableError("the modifier indicator is 0, 1 or 9")
    return cells[1].encode() + start.to_bytes(2, "big") + end.to_bytes(2, "big") + bytes([int(indicator)])


def _refuse(refused: Refused | None, number: int, reason: str) -> None:
    if refused is None:
        raise TableError(f"line {number}: {reason}")
    refused.append((number, reason))


def parse_units(lines: Iterable[str], refused: Refused | None = None) -> Units:
    """Read medically unlikely edits as CMS publishes them: code, units, adjudication indicator, rationale.

    A line that begins with a code and cannot be read is added to `refused`; without that, it raises `TableError`, as
    does a text without any limit.
    """
    limits: Units = {}
    for number, cells in _cells(lines):
        if not cells or not _is_code(cells[0]):
            continue
        if len(cells) < 3 or not cells[1].isdecimal() or cells[2][:1] not in ("1", "2", "3"):
            _refuse(refused, number, "a limit has a code, a number of units and an indicator 1, 2 or 3")
            continue
        limits[cells[0]] = UnitLimit(int(cells[1]), int(cells[2][0]))
    if not limits and not refused:
        raise TableError("no limit found: expected CMS's medically unlikely edits layout")
    return limits


def parse_filing(lines: Iterable[str]) -> tuple[FilingLimit, ...]:
    """Read filing limits: CSV with payer_id, filing_indicator, months, days, valid_from, valid_to, source."""
    found: list[FilingLimit] = []
    for row in csv.DictReader(lines):
        try:
            limit = FilingLimit(
                row["payer_id"],
                row["filing_indicator"],
                int(row["months"] or 0),
                int(row["days"] or 0),
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]),
                row["source"],
            )
        except (KeyError, ValueError, TypeError) as error:
            raise TableError(f"filing limit {len(found) + 1}: {error}") from None
        if not (limit.payer_id or limit.filing_indicator) or not (limit.months or limit.days):
            raise TableError(f"filing limit {len(found) + 1}: name a payer or indicator, and months or days")
        found.append(limit)
    return tuple(found)


def parse_authorization(lines: Iterable[str]) -> tuple[AuthorizationNeed, ...]:
    """Read services that commonly need authorization: CSV with first, last, service."""
    try:
        return tuple(AuthorizationNeed(row["first"], row["last"], row["service"]) for row in csv.DictReader(lines))
    except KeyError as error:
        raise TableError(f"authorization table: column {error} is missing") from None


@cache
def shipped() -> Tables:
    """The tables that come with the service: filing limits set by law and services that commonly need authorization."""
    folder = resources.files("services.intake.domain.review").joinpath("data")
    return Tables(
        filing=parse_filing(folder.joinpath("filing.csv").read_text("utf-8").splitlines()),
        authorization=parse_authorization(folder.joinpath("authorization.csv").read_text("utf-8").splitlines()),
    )


def _cells(lines: Iterable[str]) -> Iterable[tuple[int, list[str]]]:
    for number, text in enumerate(lines, 1):
        row = text.rstrip("\r\n")
        cells = row.split("\t") if "\t" in row else next(csv.reader([row]), list[str]())
        yield number, [cell.strip().strip('"') for cell in cells]


def _is_code(text: str) -> bool:
    return len(text) == 5 and text.isascii() and text.isalnum() and text[1:4].isdigit()


def _days(text: str, otherwise: int) -> int:
    if text in ("", "*"):
        return otherwise
    try:
        return max((date(int(text[:4]), int(text[4:6]), int(text[6:8])) - _EPOCH).days, 0)
    except ValueError:
        raise TableError("a date is CCYYMMDD, or * for none") from None
