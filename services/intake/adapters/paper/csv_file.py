"""Remittances on paper from CSV: a line a service line, the payment and the claim repeated. See docs/payments.md."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from services.intake.adapters.paper.entry import PaperRemittance
from services.intake.domain.bank.deposit import BankFileError, Fault, money_of

PAYMENT = ("payer", "payer_id", "payee", "payee_npi", "payee_tax_id", "method", "number", "amount", "paid_on",
           "received_on")  # fmt: skip
CLAIM = ("claim", "status", "claim_charge", "claim_paid", "payer_claim_number", "patient_last_name",
         "patient_first_name", "member_id", "claim_adjustments", "claim_remarks")  # fmt: skip
LINE = ("code", "modifiers", "revenue_code", "charge", "paid", "allowed", "units", "service_from", "service_to",
        "line_number", "adjustments", "remarks")  # fmt: skip
PROVIDER = "provider_adjustments"
_NEEDED = ("payer", "number", "amount", "paid_on", "claim", "claim_charge", "claim_paid")
_MONEY = frozenset({"amount", "claim_charge", "claim_paid", "charge", "paid", "allowed"})
_NAMES = {"claim": "control_number", "claim_charge": "charge", "claim_paid": "paid", "line_number": "control_number",
          "claim_adjustments": "adjustments", "claim_remarks": "remark_codes", "remarks": "remark_codes"}  # fmt: skip
_ADJUSTMENT = re.compile(r"(?P<group>[A-Z]{2})[- ](?P<reason>[A-Z0-9]{1,5})=(?P<amount>\S+)")
_PROVIDER = re.compile(r"(?P<reason>[A-Z0-9]{1,2})(?::(?P<reference>[^=;]*))?=(?P<amount>\S+)")
_MOST_LINES = 20_000
_REPEAT = "repeat it, or leave it empty"


def read_paper_csv(text: str) -> list[PaperRemittance]:
    """The remittances of a file, one for each payer, number and day; raises `BankFileError` naming line and column."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    faults: list[Fault] = []
    entries: dict[tuple[str, ...], dict[str, Any]] = {}
    places: dict[tuple[str, ...], int] = {}
    try:
        reader.fieldnames = [name.strip().lower().replace(" ", "_") for name in reader.fieldnames or ()]
        faults += _headings(reader.fieldnames)
        rows: Iterable[dict[str | Any, Any]] = () if faults else reader
        for row in rows:
            line = reader.line_num
            if line > _MOST_LINES:
                raise BankFileError([Fault(line, "file", "the file has too many lines", "send it in parts")])
            cells = {name: (value or "").strip() for name, value in row.items() if isinstance(value, str)}
            faults += _money(cells, line)
            key = (cells.get("payer", ""), cells.get("number", ""), cells.get("paid_on", ""))
            places.setdefault(key, line)
            _add(entries.setdefault(key, _payment(cells)), cells, line, faults)
            if len(faults) >= 100:
                break
    except csv.Error:
        faults.append(Fault(reader.line_num, "line", "quotes or commas are not as CSV has them", "quote such text"))
    read: list[PaperRemittance] = []
    for key, entry in entries.items() if not faults else ():
        try:
            entry["claims"] = list(entry["claims"].values())
            read.append(PaperRemittance.model_validate(entry))
        except ValidationError as error:
            faults += [
                Fault(places[key], ".".join(str(part) for part in e["loc"]), e["msg"], "correct it")
                for e in error.errors(include_input=False)
            ]
    if faults or not read:
        raise BankFileError(faults[:100] or [Fault(0, "file", "the file has no line", "send headings and lines")])
    return read


def _headings(names: Iterable[str]) -> list[Fault]:
    known = {*PAYMENT, *CLAIM, *LINE, PROVIDER}
    faults = [Fault(1, name, "no field has this heading", "see the layout in docs/payments.md")
              for name in names if name not in known]  # fmt: skip
    return faults + [Fault(1, name, "no column has this field", "add it") for name in _NEEDED if name not in names]


def _money(cells: dict[str, str], line: int) -> list[Fault]:
    faults: list[Fault] = []
    for name in _MONEY:
        if cells.get(name):
            amount = money_of(cells[name])
            if amount is None:
                faults.append(Fault(line, name, "it is not a sum of dollars and cents", "write 1234.50"))
            else:
                cells[name] = f"{amount:f}"
    return faults


def _payment(cells: dict[str, str]) -> dict[str, Any]:
    payment: dict[str, Any] = {name: cells[name] for name in PAYMENT if cells.get(name)}
    return payment | {"claims": {}, "provider_adjustments": []}


def _add(entry: dict[str, Any], cells: dict[str, str], line: int, faults: list[Fault]) -> None:
    """Take one line into its payment: its claim where it is new, its service line where it has one."""
    faults += [
        Fault(line, name, "it differs from the payment's first line", _REPEAT)
        for name in PAYMENT
        if cells.get(name) and entry.get(name) != cells[name]
    ]
    claim = entry["claims"].setdefault(cells.get("claim", ""), {"lines": []})
    for name in CLAIM:
        if not cells.get(name) or name.endswith(("_adjustments", "_remarks")):
            continue
        if claim.setdefault(_NAMES.get(name, name), cells[name]) != cells[name]:
            faults.append(Fault(line, name, "it differs from the claim's first line", _REPEAT))
    if cells.get("claim_adjustments"):
        value = _adjustments(cells["claim_adjustments"], "claim_adjustments", line, faults)
        if claim.setdefault("adjustments", value) != value:
            faults.append(Fault(line, "claim_adjustments", "it differs from the claim's first line", _REPEAT))
    if cells.get("claim_remarks"):
        claim["remark_codes"] = _codes(cells["claim_remarks"])
    if cells.get(PROVIDER):
        value = _provider(cells[PROVIDER], line, faults)
        if entry["provider_adjustments"] not in ([], value):
            faults.append(Fault(line, PROVIDER, "it differs from the payment's first line", _REPEAT))
        entry["provider_adjustments"] = value
    if any(cells.get(name) for name in ("code", "revenue_code", "charge")):
        read: dict[str, Any] = {_NAMES.get(name, name): cells[name] for name in LINE if cells.get(name)}
        read |= {"modifiers": _codes(cells.get("modifiers", "")), "remark_codes": _codes(cells.get("remarks", ""))}
        read["adjustments"] = _adjustments(cells.get("adjustments", ""), "adjustments", line, faults)
        claim["lines"].append(read)


def _codes(text: str) -> list[str]:
    return [code for code in re.split(r"[;\s]+", text.upper()) if code]


def _adjustments(text: str, field: str, line: int, faults: list[Fault]) -> list[dict[str, str]]:
    """`CO-45=30.00; PR-3=10.00`."""
    found: list[dict[str, str]] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        one = _ADJUSTMENT.fullmatch(part.upper())
        amount = money_of(one["amount"]) if one else None
        if one is None or amount is None:
            faults.append(Fault(line, field, "an adjustment is not group, reason and amount", "write CO-45=30.00"))
        else:
            found.append({"group": one["group"], "reason": one["reason"], "amount": f"{amount:f}"})
    return found


def _provider(text: str, line: int, faults: list[Fault]) -> list[dict[str, str]]:
    """`WO:ICN7=12.00; L6=-0.31`."""
    found: list[dict[str, str]] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        one = _PROVIDER.fullmatch(part)
        amount = money_of(one["amount"]) if one else None
        if one is None or amount is None:
            faults.append(Fault(line, PROVIDER, "it is not reason, reference and amount", "write WO:NUMBER=12.00"))
        else:
            found.append({"reason": one["reason"], "reference": one["reference"] or "", "amount": f"{amount:f}"})
    return found
