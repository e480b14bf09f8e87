"""CAMT.053 (ISO 20022 BankToCustomerStatement): the booked credits of a statement, in any version of the message.

A batch entry whose transactions have amounts that add up to its own is so many deposits, else one. Entities and
document types are refused, so nothing in the file can grow or reach out (defusedxml).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from services.intake.domain.bank.deposit import BankFile, BankFileError, Deposit, Fault, Method, money_of, traces_in

_MOST_DEPOSITS = 100_000
_NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d{2}\}")
_AGAIN = "send the statement as the bank made it"


def read_camt053(body: bytes) -> BankFile:
    """Read a statement; raises `BankFileError` naming each entry (by its number), element and remedy."""
    try:
        root: Any = fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        fault = Fault(0, "document type", "the file declares a document type or entities", _AGAIN)
        raise BankFileError([fault]) from None
    except ParseError as error:
        line = error.position[0]
        raise BankFileError([Fault(line, "file", "the file is not well-formed XML here", _AGAIN)]) from None
    except (LookupError, ValueError):
        raise BankFileError([Fault(0, "file", "the file's encoding is not known", "send it as UTF-8")]) from None
    space = root.tag[: root.tag.find("}") + 1]
    if not (_NAMESPACE.fullmatch(space) and root.tag == f"{space}Document"):
        fault = Fault(0, "Document", "the file is not CAMT.053", "send a camt.053 statement, BAI2, NACHA or CSV")
        raise BankFileError([fault])
    return _Reader(space).read(root)


class _Reader:
    """Reads one document, whose elements are all of the namespace `space`."""

    def __init__(self, space: str) -> None:
        self._space = space
        self._faults: list[Fault] = []
        self._deposits: list[Deposit] = []
        self._debits: list[Deposit] = []
        self._passed = 0
        self._number = 0

    def read(self, root: Element) -> BankFile:
        """The deposits of all statements."""
        statements = self._all(root, "BkToCstmrStmt/Stmt")
        if not statements:
            self._fault("Stmt", "the file holds no statement")
        for statement in statements:
            account = self._text(statement, "Acct/Id/IBAN") or self._text(statement, "Acct/Id/Othr/Id")
            for entry in self._all(statement, "Ntry"):
                self._number += 1
                self._entry(entry, account)
        if self._faults:
            raise BankFileError(self._faults)
        return BankFile("camt053", tuple(self._deposits), self._passed, tuple(self._debits))

    def _fault(self, field: str, message: str, how_to_fix: str = _AGAIN) -> None:
        if len(self._faults) < 100:
            where = f"Ntry {self._number}: {field}" if self._number else field
            self._faults.append(Fault(0, where, message, how_to_fix))

    def _all(self, node: Element, path: str) -> list[Element]:
        return node.findall("/".join(f"{self._space}{part}" for part in path.split("/")))

    def _text(self, node: Element, *paths: str) -> str:
        """The text of the first of these paths that has one."""
        for path in paths:
            for found in self._all(node, path):
                if text := (found.text or "").strip():
                    return text
        return ""

    def _entry(self, entry: Element, account: str) -> None:
        reversal = self._text(entry, "RvslInd") in ("true", "1")
        booked = self._text(entry, "Sts/Cd", "Sts") in ("BOOK", "")
        debit = self._text(entry, "CdtDbtInd") == "DBIT"
        if not booked or (reversal and not debit):
            self._passed += 1
            return
        self._passed += debit
        amount = self._amount(entry, "Amt")
        day = self._day(entry)
        if amount is None or day is None:
            return
        if amount == 0:
            self._passed += not debit
            return
        details = self._all(entry, "NtryDtls/TxDtls")
        amounts = [self._part(detail) for detail in details]
        reference = self._text(entry, "AcctSvcrRef", "NtryRef")
        if len(details) > 1 and sum((a for a in amounts if a), Decimal(0)) == amount and all(amounts):
            for number, (detail, part) in enumerate(zip(details, amounts, strict=True), 1):
                own = self._text(detail, "Refs/AcctSvcrRef") or (f"{reference}/{number}" if reference else "")
                self._keep(entry, [detail], part or amount, day, own, account)
        else:
            self._keep(entry, details, amount, day, reference, account)

    def _amount(self, entry: Element, path: str) -> Decimal | None:
        (node, *_) = [*self._all(entry, path), None]
        amount = money_of(node.text or "") if node is not None and "," not in (node.text or "") else None
        if node is None or amount is None or amount < 0:
            self._fault(path, "the amount is not a sum of dollars and cents")
            return None
        if node.get("Ccy", "USD") != "USD":
            self._fault(path, "the amount is not in US dollars", "leave this account out: payers pay in dollars")
            return None
        return amount

    def _part(self, detail: Element) -> Decimal | None:
        text = self._text(detail, "Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
        return money_of(text) if text else None

    def _day(self, entry: Element) -> date | None:
        for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
            text = self._text(entry, path)
            if text:
                try:
                    return datetime.fromisoformat(text).date()
                except ValueError:
                    self._fault(path, "it is not a date of the form YYYY-MM-DD")
                    return None
        self._fault("BookgDt", "the entry has no day")
        return None

    def _keep(
        self, entry: Element, details: list[Element], amount: Decimal, day: date, reference: str, account: str
    ) -> None:
        if len(self._deposits) >= _MOST_DEPOSITS:
            raise BankFileError([Fault(0, "file", "the file has too many deposits", "send it in parts")])
        texts = [*self._narrative(entry, details)]
        text = " ".join(texts)
        traces, payers = traces_in("\\".join(texts))
        numbers = [
            number
            for detail in details
            for path in ("Refs/EndToEndId", "Refs/ChqNb", "Refs/TxId", "RmtInf/Strd/CdtrRefInf/Ref")
            if (number := self._text(detail, path)) and number != "NOTPROVIDED"
        ]
        code = self._text(entry, "BkTxCd/Domn/Fmly/Cd")
        name = number = ""
        for detail in details:
            name = name or self._text(detail, "RltdPties/Dbtr/Pty/Nm", "RltdPties/Dbtr/Nm")
            ids = ("OrgId/Othr/Id", "OrgId/PrtryId/Id")
            paths = [f"RltdPties/Dbtr/{party}Id/{part}" for party in ("Pty/", "") for part in ids]
            number = number or self._text(detail, *paths)
        debit = self._text(entry, "CdtDbtInd") == "DBIT"
        deposit = Deposit(
            day, -amount if debit else amount, traces, payers, number[:35], name[:140], _method(code),
            tuple(dict.fromkeys(numbers))[:20], reference, account, text[:4000], self._number,
        )  # fmt: skip
        if not debit:
            self._deposits.append(deposit)
        elif traces:
            self._debits.append(deposit)

    def _narrative(self, entry: Element, details: list[Element]) -> Iterator[str]:
        for detail in details:
            # one text in pieces of 140 characters, each an element
            yield "".join((node.text or "") for node in self._all(detail, "RmtInf/Ustrd"))
            yield self._text(detail, "AddtlTxInf")
        yield self._text(entry, "AddtlNtryInf")


def _method(family: str) -> Method:
    """How it came, by the bank transaction code's family (ISO 20022): received credit transfers, checks, cards."""
    if family == "RCHQ":
        return "check"
    if family in ("CCRD", "MCRD"):
        return "card"
    return "ach" if family in ("RCDT", "RRCT") else ""
