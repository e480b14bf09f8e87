"""BAI2, the balance report of US banks: the credits among its 16 records.

Records: 01 file, 02 group, 03 account, 16 transaction, 88 continuation, 49/98/99 trailers with control totals, amounts
in cents without a point. Fields are parted by commas; a record ends with `/`, save where its last field is text, which
may hold commas and slashes and runs to the line's end. A file whose totals or counts do not hold is not taken: it may
have lost a part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from services.intake.domain.bank.deposit import (
    BankFile,
    BankFileError,
    Deposit,
    Fault,
    Method,
    cents_of,
    traces_in,
    yymmdd,
)

_MOST_DEPOSITS = 100_000
_LINES = re.compile(r"\r\n|\n|\r")
_BREAK = "\n"
"""Where the text of one line goes on in the next."""
_CREDITS = range(101, 400)
"""Type codes of credits in detail; 100 and their kind in 03 records are sums of them."""
_DEBITS = range(400, 700)
_METHODS: dict[str, Method] = {
    "142": "ach", "143": "ach", "164": "ach", "165": "ach", "166": "ach", "168": "ach", "169": "ach",
    "115": "check", "116": "check", "170": "check", "171": "check", "172": "check", "173": "check", "174": "check",
    "175": "check", "176": "check", "301": "check", "195": "wire", "191": "wire", "206": "wire", "208": "wire",
}  # fmt: skip
_NOT_DEPOSITS = frozenset({"357", "366"})
"""Credit adjustment, and its kind: corrections of the bank."""
_GROUP = {"2": "deletes", "4": "is a test"}


class _Record(msgspec.Struct):
    """One logical record: its lines joined, with the number of its first line and how many lines it has."""

    code: str
    body: str
    line: int
    lines: int = 1


class _Sums(msgspec.Struct):
    """What a trailer must confirm."""

    amount: Decimal = Decimal(0)
    records: int = 0
    parts: int = 0


def read_bai2(text: str) -> BankFile:
    """Read a BAI2 file; raises `BankFileError` naming each line, field and remedy."""
    run = _Reader()
    for record in _records(text):
        run.take(record)
    return run.finish()


def _records(text: str) -> Iterator[_Record]:
    """Logical records: a line with its 88 lines, which continue its fields, or its text where it had begun."""
    current: _Record | None = None
    for number, raw in enumerate(_LINES.split(text), 1):
        line = raw.rstrip()
        if not line:
            continue
        code, _, body = line.partition(",")
        if code == "88":
            if current is None:
                raise BankFileError([Fault(number, "record", "an 88 record continues nothing", _WHOLE)])
            current.body = _joined(current.body, body)
            current.lines += 1
            continue
        if current is not None:
            yield current
        current = _Record(code, body, number)
    if current is not None:
        yield current


_WHOLE = "ask the bank for the whole file and send it again"


def _joined(before: str, more: str) -> str:
    """A record's body with its continuation: the ending slash of the line before was no part of a field.

    Text goes on without a mark; some banks break it within a word, others between two.
    """
    return f"{before[:-1]},{more}" if before.endswith("/") else f"{before}{_BREAK}{more}"


class _Reader:
    """Takes the records of one file in their order."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._deposits: list[Deposit] = []
        self._debits: list[Deposit] = []
        self._passed = 0
        self._day: date | None = None
        self._currency = ""
        self._account = ""
        self._account_currency = ""
        self._sums = {"49": _Sums(), "98": _Sums(), "99": _Sums()}
        self._ended = False
        self._counts = True

    def take(self, record: _Record) -> None:
        """Take one record."""
        for sums in self._sums.values():
            sums.records += record.lines
        if self._ended:
            self._fault(record, "record", "there are records after the file's trailer (99)", "send one file at a time")
        elif record.code == "16":
            self._transaction(record)
        elif record.code == "02":
            self._group(record)
        elif record.code == "03":
            self._begin_account(record)
        elif record.code in self._sums:
            self._trailer(record)
        elif record.code != "01":
            self._fault(record, "record", "the record's code is none of BAI2", "send the file as the bank made it")

    def finish(self) -> BankFile:
        """What was read; raises `BankFileError`."""
        if not self._ended and not self._faults:
            self._faults.append(Fault(0, "99", "the file has no trailer (99): it may be cut off", _WHOLE))
        if self._faults:
            raise BankFileError(self._faults)
        return BankFile("bai2", tuple(self._deposits), self._passed, tuple(self._debits))

    def _fault(self, record: _Record, field: str, message: str, how_to_fix: str) -> None:
        if len(self._faults) < 100:
            self._faults.append(Fault(record.line, field, message, how_to_fix))

    def _group(self, record: _Record) -> None:
        fields = [*_plain(record.body).split(","), *[""] * 7]
        self._sums["98"] = _Sums(records=record.lines)
        self._sums["99"].parts += 1
        status = fields[2].strip()
        if status in _GROUP:
            self._fault(record, "02 group status", f"the group {_GROUP[status]}", "send a file of updates (status 1)")
        self._currency = fields[5].strip()
        self._day = yymmdd(fields[3])
        if self._day is None:
            self._fault(record, "02 as-of date", "the as-of date is not a date of the form YYMMDD", _WHOLE)

    def _begin_account(self, record: _Record) -> None:
        fields = _plain(record.body).split(",")
        self._sums["49"] = _Sums(records=record.lines)
        self._sums["98"].parts += 1
        self._account = fields[0].strip()
        self._account_currency = fields[1].strip() if len(fields) > 1 else ""
        at = 2
        while at + 1 < len(fields) and fields[at].strip():
            amount = cents_of(fields[at + 1]) if fields[at + 1].strip() else Decimal(0)
            if amount is None:
                self._fault(record, "03 amount", "a balance is not a number of cents", _WHOLE)
                return
            self._sums["49"].amount += amount
            kind = fields[at + 3].strip() if at + 3 < len(fields) else ""
            at += 4 + _width(kind, fields, at + 4)

    def _transaction(self, record: _Record) -> None:
        fields = record.body.split(",")
        code, amount = fields[0].strip(), cents_of(fields[1]) if len(fields) > 1 and fields[1].strip() else Decimal(0)
        if amount is None:
            self._fault(record, "16 amount", "the amount is not a number of cents", _WHOLE)
            return
        if not (code.isdigit() and len(code) == 3):
            self._fault(record, "16 type code", "the type code is not three digits", _WHOLE)
            return
        self._sums["49"].amount += amount
        debit = int(code) in _DEBITS
        if not (debit or int(code) in _CREDITS) or code in _NOT_DEPOSITS or amount <= 0:
            self._passed += 1
            return
        self._passed += debit
        if (self._account_currency or self._currency or "USD") != "USD" and not debit:
            self._fault(record, "currency", "the account is not in US dollars", "leave it out: payers pay in dollars")
            return
        kind = fields[2].strip().rstrip("/") if len(fields) > 2 else ""
        width = _width(kind, fields, 3)
        at = 3 + width
        day = self._value_day(record, kind, fields) if kind == "V" else self._day
        if day is None:
            return
        bank, customer = (_field(fields, at), _field(fields, at + 1))
        text = ",".join(fields[at + 2 :]).strip()
        narrative = text.replace(_BREAK, " ")
        traces, payers = (_both(*pair) for pair in zip(traces_in(narrative), _rejoined(text), strict=True))
        if len(self._deposits) >= _MOST_DEPOSITS:
            raise BankFileError([Fault(record.line, "file", "the file has too many deposits", "send it in parts")])
        deposit = Deposit(
            day, -amount if debit else amount, traces, payers, "", _name(narrative), _METHODS.get(code, ""),
            tuple(dict.fromkeys(n for n in (customer, bank) if n)), bank, self._account, narrative, record.line,
        )  # fmt: skip
        if not debit:
            self._deposits.append(deposit)
        elif traces:
            self._debits.append(deposit)

    def _value_day(self, record: _Record, kind: str, fields: list[str]) -> date | None:
        """The day of funds type V: value dated."""
        text = _field(fields, 3)
        if not text:
            return self._day
        day = yymmdd(text)
        if day is None:
            self._fault(record, f"16 funds type {kind}", "the value date is not a date of the form YYMMDD", _WHOLE)
        return day

    def _trailer(self, record: _Record) -> None:
        sums = self._sums[record.code]
        fields = [field.strip() for field in _plain(record.body).split(",")]
        if fields[0] and cents_of(fields[0]) != sums.amount:
            self._fault(record, f"{record.code} control total", "the control total is not the sum of the amounts",
                        _WHOLE)  # fmt: skip
        if record.code == "49":
            count = fields[1] if len(fields) > 1 else ""
            self._sums["98"].amount += sums.amount
            self._account = self._account_currency = ""
        else:
            parts, count = (fields[1] if len(fields) > 1 else ""), (fields[2] if len(fields) > 2 else "")
            if parts and parts != str(sums.parts):
                self._fault(record, f"{record.code} number of parts", "it is not what the file has", _WHOLE)
            if record.code == "98":
                self._sums["99"].amount += sums.amount
            else:
                self._ended = True
        if count and (not count.isdigit() or int(count) != sums.records):
            self._fault(record, f"{record.code} number of records", "it is not what the file has", _WHOLE)


def _rejoined(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The traces of a text whose lines are broken within words."""
    return traces_in(text.replace(_BREAK, "")) if _BREAK in text else ((), ())


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _plain(body: str) -> str:
    return body.split("/", 1)[0]


def _field(fields: list[str], at: int) -> str:
    return fields[at].strip().rstrip("/").strip() if at < len(fields) else ""


def _width(kind: str, fields: list[str], at: int) -> int:
    """How many fields follow a funds type: S three amounts, V date and time, D a number of pairs."""
    if kind == "S":
        return 3
    if kind == "V":
        return 2
    if kind == "D":
        count = _field(fields, at)
        return 1 + 2 * int(count) if count.isdigit() and len(count) <= 3 else 1
    return 0


def _name(narrative: str) -> str:
    """The originator where the narrative names it the way ACH reports do."""
    upper = narrative.upper()
    for mark in ("ORIG CO NAME:", "ORIGINATOR:", "COMPANY NAME:"):
        at = upper.find(mark)
        if at >= 0:
            rest = narrative[at + len(mark) :].strip()
            return rest.split("  ")[0].split(" ORIG ID")[0].split(",")[0].split(";")[0].strip()[:60]
    return ""
