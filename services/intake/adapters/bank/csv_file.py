"""Deposits as CSV: a line of headings, then a line for each deposit. The layout is documented in docs/payments.md.

Headings are known by several names each, whatever their case; others are named by the sender. What does not look like
the layout is refused, never guessed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from services.intake.domain.bank.deposit import (
    BankFile,
    BankFileError,
    Deposit,
    Fault,
    Method,
    day_of,
    money_of,
    traces_in,
)

_MOST_DEPOSITS = 100_000
HEADINGS: dict[str, tuple[str, ...]] = {
    "date": ("date", "posted", "posted on", "posting date", "post date", "deposit date", "transaction date"),
    "amount": ("amount", "credit", "credit amount", "deposit amount", "deposit"),
    "debit": ("debit", "debit amount", "withdrawal"),
    "trace": ("trace", "trace number", "trn02", "trn", "eft number", "check number", "check", "reassociation trace"),
    "payer_id": ("payer id", "trn03", "payer tax id", "originating company id"),
    "payer": ("payer", "payer name", "originator", "company name", "originator name"),
    "sign": (
        "sign",
        "debit/credit",
        "credit/debit",
        "debit or credit",
        "credit or debit",
        "dr/cr",
        "cr/dr",
        "d/c",
        "c/d",
        "debit credit indicator",
        "credit debit indicator",
        "indicator",
        "direction",
    ),
    "method": ("method", "type", "payment method", "transaction type"),
    "reference": ("reference", "bank reference", "reference number", "transaction id"),
    "account": ("account", "account number"),
    "description": ("description", "memo", "text", "details", "narrative"),
}
"""The fields and the headings they are known by; blanks, underscores and hyphens are one."""
_NEEDED = ("date", "amount")
_METHODS: dict[str, Method] = {
    "ach": "ach", "eft": "ach", "ccd": "ach", "ctx": "ach", "check": "check", "chk": "check", "cheque": "check",
    "card": "card", "virtual card": "card", "vcc": "card", "wire": "wire", "fedwire": "wire",
}  # fmt: skip
_WORD = re.compile(r"[a-z]+|[+-]")
_IN = frozenset({"credit", "credits", "cr", "c", "deposit", "deposits", "crdt", "in", "+"})
_OUT = frozenset(
    {"debit", "debits", "dr", "db", "d", "dbit", "withdrawal", "withdrawals", "return", "returned", "returns",
     "reversal", "reversed", "chargeback", "fee", "out", "-"}
)  # fmt: skip
"""Words of a sign, or of a type, that say which way money went."""
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"),
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d{2})"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"),
)


def read_csv(text: str, today: date, columns: Mapping[str, str] | None = None) -> BankFile:
    """Read deposits from CSV; raises `BankFileError` naming each line, column and remedy."""
    csv.field_size_limit(64 * 1024)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    faults: list[Fault] = []
    deposits: list[Deposit] = []
    debits: list[Deposit] = []
    passed = 0
    try:
        where = _columns(next(reader, list[str]()), columns or {})
        for row in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            read = _deposit({field: row[at].strip() for field, at in where.items() if at < len(row)}, line, today)
            if isinstance(read, Deposit) and read.amount > 0:
                deposits.append(read)
            elif isinstance(read, Deposit):
                passed += 1
                debits += [read] if read.traces else []
            elif read is None:
                passed += 1
            else:
                faults.extend(read)
            if len(faults) >= 100:
                break
            if len(deposits) > _MOST_DEPOSITS:
                raise BankFileError([Fault(line, "file", "the file has too many deposits", "send it in parts")])
    except csv.Error:
        faults.append(Fault(reader.line_num, "line", "quotes or commas are not as CSV has them", "quote such text"))
    if faults:
        raise BankFileError(faults[:100])
    return BankFile("csv", tuple(deposits), passed, tuple(debits))


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(",;\t|", key=head.count)


def _plain(heading: str) -> str:
    return " ".join(heading.strip().lower().replace("_", " ").replace("-", " ").split())


def _columns(headings: list[str], named: Mapping[str, str]) -> dict[str, int]:
    """Where each field stands; raises `BankFileError` where a needed one does not, or two do."""
    unknown = [field for field in named if field not in HEADINGS]
    if unknown:
        known = ", ".join(HEADINGS)
        raise BankFileError([Fault(0, "columns", "a field is named that there is not", f"fields are {known}")])
    known = {_plain(alias): field for field, aliases in HEADINGS.items() if field not in named for alias in aliases}
    known |= {_plain(heading): field for field, heading in named.items()}
    where: dict[str, int] = {}
    faults: list[Fault] = []
    for at, heading in enumerate(headings):
        field = known.get(_plain(heading))
        if field is not None and field in where:
            how_to_fix = f"name the one that is meant: columns={field}:HEADING"
            faults.append(Fault(1, field, "two columns have a heading of this field", how_to_fix))
        elif field is not None:
            where[field] = at
    for field in (*_NEEDED, *named):
        if field not in where:
            how_to_fix = f"give it the heading {HEADINGS[field][0]}, or name it: columns={field}:HEADING"
            faults.append(Fault(1, field, "no column has this field", how_to_fix))
    if faults:
        raise BankFileError(faults)
    return where


def _deposit(cells: dict[str, str], line: int, today: date) -> Deposit | list[Fault] | None:
    """A line's deposit, of a negative amount where it is a debit; its faults; None where it is none."""
    faults = [*_faults(cells, line, today)]
    if faults:
        return faults
    amount = money_of(cells["amount"]) if cells.get("amount") else None
    debit = money_of(cells["debit"]) if cells.get("debit") else None
    if debit or _goes_out(cells):
        amount = -abs(debit or amount or Decimal(0))
    if not amount:
        return None
    day = _day(cells["date"])
    assert day is not None
    text = cells.get("description", "")
    traces, payers = traces_in(text)
    trace, payer = cells.get("trace", ""), cells.get("payer_id", "")
    method = _METHODS.get(cells.get("method", "").lower(), "")
    return Deposit(
        day, amount, tuple(dict.fromkeys(t for t in (trace, *traces) if t)),
        tuple(dict.fromkeys(p for p in (payer, *payers) if p)), "", cells.get("payer", "")[:140], method, (),
        cells.get("reference", ""), cells.get("account", ""), text[:4000], line,
    )  # fmt: skip


def _goes_out(cells: dict[str, str]) -> bool:
    """Return True where the sign of a line, or else its type, says that the money went out."""
    for field in ("sign", "method"):
        words = {*_WORD.findall(cells.get(field, "").lower())}
        if field == "method":
            words -= {"+", "-", "c", "d", "in", "out"}
        if words & _OUT:
            return not words & _IN
        if words & _IN:
            return False
    return False


def _faults(cells: dict[str, str], line: int, today: date) -> Iterator[Fault]:
    amount, debit = cells.get("amount", ""), cells.get("debit", "")
    if amount and money_of(amount) is None:
        yield Fault(line, "amount", "the amount is not a sum of dollars and cents", "write 1234.50")
    if not amount and not debit:
        yield Fault(line, "amount", "the line has no amount", "write 1234.50, or leave the line out")
    if money_of(debit) is None if debit else False:
        yield Fault(line, "debit", "the amount is not a sum of dollars and cents", "write 1234.50")
    if sign := cells.get("sign", ""):
        known = {*_WORD.findall(sign.lower())} & (_IN | _OUT)
        if not known or (known & _IN and known & _OUT):
            yield Fault(line, "sign", "it says neither credit nor debit", "write credit or debit")
    day = _day(cells.get("date", ""))
    if day is None:
        yield Fault(line, "date", "the date is none", "write YYYY-MM-DD or MM/DD/YYYY")
    elif day > today:
        yield Fault(line, "date", "the date lies in the future", "send what has been posted")
    elif day.year < 2000:
        yield Fault(line, "date", "the date lies before 2000", "write YYYY-MM-DD or MM/DD/YYYY")
    for field in ("trace", "payer_id", "reference"):
        if len(cells.get(field, "")) > 80:
            yield Fault(line, field, "it is longer than 80 characters", "send the number alone")


def _day(text: str) -> date | None:
    for form in _DATES:
        if found := form.fullmatch(text.strip()):
            return day_of(found["year"], found["month"], found["day"])
    return None
