"""ACH files (NACHA): the credits of CCD and CTX batches with what their addenda say.

Records of 94 characters: 1 file, 5 batch, 6 entry, 7 addenda, 8 and 9 trailers. The reassociation segment of a health
care payment (TRN) stands in the payment information of the addenda with type 05: one for a CCD, up to 9,999 for a CTX,
whose information is one text in 80-character pieces. A file whose totals or counts do not hold is not taken.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from services.intake.domain.bank.deposit import BankFile, BankFileError, Deposit, Fault, cents_of, traces_in, yymmdd

_WIDTH = 94
_MOST_DEPOSITS = 100_000
_CREDITS = frozenset({"22", "32", "42", "52"})
"""Transaction codes of money for a checking, savings, ledger or loan account; the others are notes and debits."""
_DEBITS = frozenset({"27", "37", "47", "55", "28", "38", "48"})
_RETURNED = frozenset({"21", "31", "41", "51"})
"""A credit that is returned, or whose account is to be corrected."""
_WHOLE = "ask the bank for the whole file and send it again"


def read_nacha(text: str) -> BankFile:
    """Read an ACH file; raises `BankFileError` naming each line, field and remedy."""
    run = _Reader()
    for number, record in enumerate(_lines(text), 1):
        run.take(number, record)
    return run.finish()


def _lines(text: str) -> list[str]:
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()]
    if len(lines) == 1 and len(lines[0]) > _WIDTH:
        whole = lines[0]
        return [whole[at : at + _WIDTH] for at in range(0, len(whole), _WIDTH)]
    return lines


class _Reader:
    """Takes the records of one file in their order."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._deposits: list[Deposit] = []
        self._back: list[Deposit] = []
        self._passed = 0
        self._batch = ""
        self._day: date | None = None
        self._entry = ""
        self._entry_line = 0
        self._addenda: list[str] = []
        self._credits = self._debits = self._all_credits = self._all_debits = Decimal(0)
        self._records = self._all_records = self._batches = 0
        self._headed = self._ended = False

    def take(self, number: int, record: str) -> None:
        """Take one record."""
        if len(record.rstrip()) > _WIDTH:
            self._fault(number, "record", f"a record has {len(record)} characters, not {_WIDTH}", _WHOLE)
            return
        record = record[:_WIDTH].ljust(_WIDTH)
        kind = record[0]
        if self._ended:
            if record.strip("9 "):
                self._fault(number, "record", "there are records after the file's trailer (9)", "send one at a time")
        elif kind == "1":
            self._headed = True
        elif kind == "5":
            self._begin(number, record)
        elif kind == "6":
            self._flush()
            self._enter(number, record)
        elif kind == "7":
            self._add(number, record)
        elif kind == "8":
            self._flush()
            self._close(number, record)
        elif kind == "9":
            self._end(number, record)
        else:
            self._fault(number, "record", "the record's type is none of an ACH file", _WHOLE)

    def finish(self) -> BankFile:
        """What was read; raises `BankFileError`."""
        self._flush()
        if self._headed and not self._ended:
            self._fault(0, "9", "the file has no trailer (9): it may be cut off", _WHOLE)
        elif self._batch:
            self._fault(0, "8", "a batch has no trailer (8): it may be cut off", _WHOLE)
        if self._faults:
            raise BankFileError(self._faults)
        return BankFile("nacha", tuple(self._deposits), self._passed, tuple(self._back))

    def _fault(self, line: int, field: str, message: str, how_to_fix: str) -> None:
        if len(self._faults) < 100:
            self._faults.append(Fault(line, field, message, how_to_fix))

    def _begin(self, number: int, record: str) -> None:
        if self._batch:
            self._fault(number, "5", "a batch begins before the one before it has ended", _WHOLE)
        self._batch = record
        self._batches += 1
        self._credits = self._debits = Decimal(0)
        self._records = 0
        self._day = yymmdd(record[69:75])
        if self._day is None:
            self._fault(number, "5 effective entry date", "it is not a date of the form YYMMDD", _WHOLE)

    def _enter(self, number: int, record: str) -> None:
        if not self._batch:
            self._fault(number, "6", "an entry stands in no batch", _WHOLE)
            return
        amount = cents_of(record[29:39])
        if amount is None:
            self._fault(number, "6 amount", "the amount is not a number of cents", _WHOLE)
            return
        code = record[1:3]
        if code in _DEBITS:
            self._debits += amount
        else:
            self._credits += amount
        self._records += 1
        self._entry, self._entry_line, self._addenda = record, number, []

    def _add(self, number: int, record: str) -> None:
        self._records += 1
        if not self._entry:
            self._fault(number, "7", "an addenda record belongs to no entry", _WHOLE)
        elif record[1:3] == "05":
            self._addenda.append(record[3:83])
        else:  # 98 and 99: a notice of change, a return
            self._entry = self._entry[:1] + "21" + self._entry[3:]

    def _flush(self) -> None:
        """Turn the entry that is complete now into a deposit, if it is one."""
        entry, self._entry = self._entry, ""
        if not entry:
            return
        amount = cents_of(entry[29:39])
        back = entry[1:3] in _DEBITS or entry[1:3] in _RETURNED
        if not (back or entry[1:3] in _CREDITS) or not amount or self._day is None:
            self._passed += 1
            return
        self._passed += back
        if len(self._deposits) >= _MOST_DEPOSITS:
            raise BankFileError([Fault(self._entry_line, "file", "the file has too many deposits", "send it in parts")])
        text = "".join(self._addenda).rstrip()
        traces, payers = traces_in(text)
        batch = self._batch
        ctx = batch[50:53] == "CTX"
        deposit = Deposit(
            self._day, -amount if back else amount, traces, payers, batch[40:50].strip(), batch[4:20].strip(), "ach",
            tuple(n for n in (entry[39:54].strip(),) if n and not traces), entry[79:94].strip(),
            entry[12:29].strip(), text if not ctx else text[:4000], self._entry_line,
        )  # fmt: skip
        if not back:
            self._deposits.append(deposit)
        elif traces:
            self._back.append(deposit)

    def _close(self, number: int, record: str) -> None:
        if not self._batch:
            self._fault(number, "8", "a batch's trailer without its header", _WHOLE)
            return
        self._check(number, "8", record[4:10], self._records, record[20:32], self._debits, record[32:44], self._credits)
        self._all_records += self._records
        self._all_debits += self._debits
        self._all_credits += self._credits
        self._batch = ""

    def _end(self, number: int, record: str) -> None:
        self._ended = True
        if self._batch:
            self._fault(number, "9", "the file ends within a batch", _WHOLE)
        if record[1:7].strip() and record[1:7].strip() != f"{self._batches:06}":
            self._fault(number, "9 batch count", "it is not what the file has", _WHOLE)
        self._check(number, "9", record[13:21], self._all_records, record[31:43], self._all_debits, record[43:55],
                    self._all_credits)  # fmt: skip

    def _check(
        self, number: int, kind: str, count: str, records: int, debit: str, debits: Decimal, credit: str, paid: Decimal
    ) -> None:
        if not count.strip().isdigit() or int(count) != records:
            self._fault(number, f"{kind} entry and addenda count", "it is not what the file has", _WHOLE)
        if cents_of(debit) != debits:
            self._fault(number, f"{kind} total debits", "it is not the sum of the debits", _WHOLE)
        if cents_of(credit) != paid:
            self._fault(number, f"{kind} total credits", "it is not the sum of the credits", _WHOLE)
