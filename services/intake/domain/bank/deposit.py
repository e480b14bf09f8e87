"""A deposit: money that a bank says has come, and what it says of where from. Pure data, exact dollars."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Literal
from uuid import UUID, uuid5

from recoup_x12.model import Value

Method = Literal["", "ach", "check", "card", "wire"]
"""How the money came, as far as the bank says it."""

_DEPOSITS = UUID("6a7e3a50-55c5-5d0e-9a35-0d7c2f7b1f42")
_MARK = "\x1f"
_TRN = re.compile(r"TRN\*1\*([^*\\~|\s]{1,50})(?:\*([^*\\~|\s]{0,10}))?")
"""The reassociation segment of the 835 (TR3 TRN), as 45 CFR 162.1602(d)(2) has it in the addenda of a CCD+."""
_MONEY = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,2})?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,2})?")


class Deposit(Value, frozen=True):
    """One credit to the provider's account.

    `traces` are the TRN02 that came with it and `payer_ids` the TRN03 beside them; `company_id` is the originator's
    number at its bank, which need not be the payer's. `references` are numbers that the bank or customer gave it, a
    check's number among them. `bank_reference` names it at its bank. `text` is the bank's narrative: it may name a
    patient. `place` is its line in the file.
    """

    posted_on: date
    amount: Decimal
    traces: tuple[str, ...] = ()
    payer_ids: tuple[str, ...] = ()
    company_id: str = ""
    payer_name: str = ""
    method: Method = ""
    references: tuple[str, ...] = ()
    bank_reference: str = ""
    account: str = ""
    text: str = ""
    place: int = 0


class Fault(Value, frozen=True):
    """What keeps a bank file from being read: its line (0: the file), field, what is wrong and how to fix it.

    It never repeats a value, which may be an account number.
    """

    line: int
    field: str
    message: str
    how_to_fix: str


class BankFileError(Exception):
    """A bank file cannot be taken: nothing of it counts until it is corrected."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__("the bank file cannot be read")
        self.faults = tuple(faults)


class BankFile(Value, frozen=True):
    """A file as read: its deposits, and how many entries in it are none (debits, pending, notes without money).

    `debits` are those of the latter that name what they take back, with their amounts negative.
    """

    format: str
    deposits: tuple[Deposit, ...]
    passed_over: int = 0
    debits: tuple[Deposit, ...] = ()


def traces_in(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The TRN02 and TRN03 of every reassociation segment within a text."""
    found = [(trace.strip("/"), payer.strip("/")) for trace, payer in _TRN.findall(text)]
    traces = dict.fromkeys(trace for trace, _ in found if trace)
    return tuple(traces), tuple(dict.fromkeys(payer for _, payer in found if payer))


def money_of(text: str) -> Decimal | None:
    """Dollars as people and banks write them (1234.5, 1,234.50, $12, (5.00), -5, +5); None where they are none."""
    plain = text.strip()
    bracketed = plain.startswith("(") and plain.endswith(")")
    plain = plain[1:-1].strip() if bracketed else plain
    negative = bracketed or plain.startswith("-")
    plain = plain.lstrip("+-").strip().removeprefix("$").strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _MONEY.fullmatch(plain):
        return None
    amount = Decimal(plain).quantize(Decimal("0.01"))
    return -amount if negative else amount


def cents_of(text: str) -> Decimal | None:
    """Dollars from a number of cents without a decimal point, as bank formats have it; None where it is none."""
    digits = text.strip()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-") if digits[:1] in ("+", "-") else digits
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        return None
    return sign * Decimal(int(digits)).scaleb(-2)


def day_of(year: str, month: str, day: str) -> date | None:
    """The day of digits as received, a year of two digits in this century; None where there is no such day."""
    if not all(part.isascii() and part.isdigit() for part in (year, month, day)):
        return None
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def yymmdd(text: str) -> date | None:
    """The day of six digits; None where there is none."""
    plain = text.strip()
    return day_of(plain[:2], plain[2:4], plain[4:]) if len(plain) == 6 else None


def deposit_ids(tenant: str, deposits: Iterable[Deposit]) -> list[str]:
    """The ids of a file's deposits: the same however often, and in whatever file, the bank tells of them.

    A bank's reference names a deposit together with account, day and amount; without one all that is said of it does.
    Several of one file that are alike in all this are several deposits, told apart by their number.
    """
    seen: Counter[str] = Counter()
    ids: list[str] = []
    for one in deposits:
        named = (one.bank_reference,) if one.bank_reference else (*one.references, one.payer_name, one.text)
        account = sha256(one.account.encode()).hexdigest()
        parts = (tenant, account, one.posted_on.isoformat(), f"{one.amount:.2f}", *one.traces, _MARK, *named)
        name = sha256(_MARK.join(parts).encode("utf-8", "replace")).hexdigest()
        seen[name] += 1
        ids.append(str(uuid5(_DEPOSITS, f"{name}{_MARK}{seen[name]}")))
    return ids
