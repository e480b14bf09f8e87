"""FHIR R4 `ExplanationOfBenefit` → `Remittance`, as payers publish it (CARIN consumer directed payer data exchange).

Claim: `claim.identifier` or supporting information `patientaccountnumber` is CLP01, the EOB's own identifier CLP07, a
cancelled one a reversal. Lines: `submitted` is the charge, `benefit` or `paidtoprovider` the payment, `eligible` or
`allowed` the allowed amount. An adjudication with a claim adjustment reason code is a CAS adjustment, its group given
by a second coding; deductible, coinsurance and copay are PR 1, 2 and 3. Amounts must balance as those of an 835.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from recoup_x12 import Problem, validate_remittance
from recoup_x12.model import (
    Adjustment,
    Amount,
    Dated,
    OutpatientAdjudication,
    Party,
    Payment,
    Procedure,
    Reference,
    Remittance,
    ServicePayment,
)
from services.intake.adapters.fhir import systems as s
from services.intake.adapters.fhir.resources import (
    Document,
    coded,
    codings,
    identifier,
    instant,
    money,
    person,
    provider,
    read_each,
)
from services.intake.adapters.json_api.lines import period
from services.intake.adapters.json_api.reading import ZERO, Node, Problems

SHARES = {"deductible": "1", "coinsurance": "2", "copay": "3"}
_PAID = ("paidtoprovider", "benefit")
_ALLOWED = ("eligible", "allowed")


class FhirRemittance(msgspec.Struct, frozen=True):
    """What reading one ExplanationOfBenefit gave; `problems` have FHIR paths in `segment`, or X12 segments."""

    remittance: Remittance | None
    problems: tuple[Problem, ...]
    test: bool = False

    @property
    def accepted(self) -> bool:
        """True if nothing refuses it."""
        return self.remittance is not None and all(p.severity != "error" for p in self.problems)


def read_remittances(document: bytes | str | dict[str, Any]) -> list[FhirRemittance]:
    """Every ExplanationOfBenefit of a Bundle, or the one that the document is; never empty, never raises."""
    return read_each(
        document, "ExplanationOfBenefit", _read, lambda problems: FhirRemittance(None, problems),
        ("is not an ExplanationOfBenefit, nor a Bundle with one", "Send one."),
    )  # fmt: skip


def _read(document: Document, value: dict[str, Any], path: str) -> FhirRemittance:
    problems = Problems()
    node = Node(value, path, problems)
    number = _control_number(node)
    if not number:
        how_to_fix = "Send claim.identifier, or supportingInfo patientaccountnumber."
        problems.add(node.at("claim"), "does not say the patient control number", how_to_fix)
    lines = tuple(_line(row) for row in node.children("item", most=999))
    adjustments, amounts = _adjudications(node, "adjudication")
    totals = {category: total for row in node.children("total", most=20) for category, total in _total(row)}
    charge = totals.get("submitted")
    if charge is None:
        charge = sum((line.charge for line in lines), ZERO)
    paid = next((totals[name] for name in _PAID if name in totals), None)
    payment = node.child("payment")
    if paid is None:
        paid = money(payment, "amount") if payment is not None else None
    if paid is None:
        paid = sum((line.paid for line in lines), ZERO) - sum((a.amount for a in adjustments), ZERO)
    shares = [a.amount for a in adjustments if a.group == "PR"]
    shares += [a.amount for line in lines for a in line.adjustments if a.group == "PR"]
    remittance = Remittance(
        number,
        _status(node, paid),
        charge,
        paid,
        sum(shares, ZERO),
        _filing(document, node),
        identifier(node),
        adjustments=adjustments,
        parties=_parties(document, node),
        outpatient=_outpatient(_remarks(node)),
        dates=_dates(node),
        amounts=amounts,
        lines=lines,
        payment=_payment(document, node, payment, paid),
    )
    if not any(p.severity == "error" for p in problems.found):
        problems.found += validate_remittance(remittance)
    return FhirRemittance(remittance, tuple(problems.found), document.is_test(value))


def _outpatient(remarks: list[str]) -> OutpatientAdjudication | None:
    """MOA with up to five remark codes."""
    if not remarks:
        return None
    one, two, three, four, five = (*remarks[:5], "", "", "", "", "")[:5]
    return OutpatientAdjudication(remark1=one, remark2=two, remark3=three, remark4=four, remark5=five)


def _control_number(node: Node) -> str:
    claim = node.child("claim")
    held = claim.child("identifier") if claim is not None else None
    if held is not None and (value := held.text("value", most=38)):
        return value
    for row in node.children("supportingInfo", most=50):
        if coded(row, "category") == "patientaccountnumber":
            code = row.child("code")
            return row.text("valueString", most=38) or (code.text("text", most=38) if code is not None else "")
    return ""


def _status(node: Node, paid: Decimal) -> str:
    """CLP02: 22 for a cancelled one, 4 for one that is denied and pays nothing, else by its precedence."""
    if node.text("status", most=30) == "cancelled":
        return "22"
    if node.text("outcome", most=30) == "error" or (not paid and coded(node, "decision") == "denied"):
        return "4"
    precedence = node.number("precedence")
    return {2: "2", 3: "3"}.get(int(precedence or 1), "1")


def _total(node: Node) -> list[tuple[str, Decimal]]:
    amount = money(node, "amount")
    return [(coded(node, "category"), amount)] if amount is not None else []


def _line(node: Node) -> ServicePayment:
    adjustments, amounts = _adjudications(node, "adjudication")
    by_category: dict[str, Decimal] = {}
    for row in node.children("adjudication", most=60):
        amount = money(row, "amount")
        if amount is not None:
            by_category.setdefault(coded(row, "category"), amount)
    charge = by_category.get("submitted")
    if charge is None:
        charge = money(node, "net", required=True) or ZERO
    paid = next((by_category[name] for name in _PAID if name in by_category), None)
    if paid is None:
        paid = charge - sum((a.amount for a in adjustments), ZERO)
    code = coded(node, "productOrService", *s.PROCEDURES).upper()
    modifiers = tuple(c.upper() for m in node.children("modifier", most=4) for _, c in codings(m)[:1])
    quantity = node.child("quantity")
    answered = node.texts("itemSequence", most=1, each=6)
    sequence = answered[0] if answered else node.text("sequence", most=6)
    return ServicePayment(
        Procedure("HC" if code else "", code, modifiers),
        charge,
        paid,
        coded(node, "revenue", s.REVENUE),
        quantity.number("value") if quantity is not None else None,
        dates=_served(node),
        adjustments=adjustments,
        references=(Reference("6R", sequence),) if sequence else (),
        amounts=amounts,
        remarks=tuple(Reference("HE", code) for code in _remarks(node)),
    )


def _adjudications(node: Node, name: str) -> tuple[tuple[Adjustment, ...], tuple[Amount, ...]]:
    """CAS adjustments and the allowed amount (AMT*B6)."""
    found: list[Adjustment] = []
    amounts: list[Amount] = []
    for row in node.children(name, most=60):
        category = coded(row, "category")
        amount = money(row, "amount")
        if amount is None:
            continue
        if category in _ALLOWED:
            amounts.append(Amount("B6", amount))
            continue
        reasons = dict(codings(row.child("reason")))
        carc = reasons.get(s.CARC, SHARES.get(category, ""))
        if not carc or not amount:
            continue
        group = reasons.get(s.ADJUSTMENT_GROUP, "") or ("PR" if carc in SHARES.values() else "OA")
        found.append(Adjustment(group, carc, amount))
    return tuple(found), tuple(amounts[:1])


def _remarks(node: Node) -> list[str]:
    """RARCs, wherever a coding of their system stands in the adjudications."""
    found: dict[str, None] = {}
    for row in node.children("adjudication", most=60):
        for name in ("reason", "category"):
            for system, code in codings(row.child(name)):
                if system == s.RARC:
                    found[code] = None
    return list(found)


def _served(node: Node) -> tuple[Dated, ...]:
    if node.has("servicedPeriod"):
        between = node.child("servicedPeriod")
        start = instant(between, "start") if between is not None else None
        end = instant(between, "end") if between is not None else None
    else:
        start, end = node.day("servicedDate"), None
    return (period("472", start, end),) if start else ()


def _dates(node: Node) -> tuple[Dated, ...]:
    between = node.child("billablePeriod")
    if between is None:
        return ()
    found = [(q, instant(between, name)) for q, name in (("232", "start"), ("233", "end"))]
    return tuple(period(q, day, None) for q, day in found if day)


def _filing(document: Document, node: Node) -> str:
    rows = node.children("insurance", most=10)
    focal = next((row for row in rows if row.raw("focal") is True), rows[0] if rows else None)
    coverage = document.resolve(focal, "coverage") if focal is not None else None
    return coded(coverage, "type", s.FILING) if coverage is not None else ""


def _parties(document: Document, node: Node) -> tuple[Party, ...]:
    found: list[Party] = []
    patient = document.resolve(node, "patient")
    if patient is not None:
        found.append(person(patient, "QC", identifier(patient)))
    for row in node.children("careTeam", most=20):
        if s.CARE_TEAM_ROLES.get(coded(row, "role") or "rendering") == "82":
            member = document.resolve(row, "provider")
            if member is not None:
                found.append(provider(member, "82", ""))
                break
    return tuple(found)


def _payment(document: Document, node: Node, payment: Node | None, paid: Decimal) -> Payment:
    payer = document.resolve(node, "insurer")
    payee_row = node.child("payee")
    payee = document.resolve(payee_row, "party") if payee_row is not None else None
    payee = payee or document.resolve(node, "provider", required=True)
    trace = payment.child("identifier") if payment is not None else None
    paid_on = payment.day("date") if payment is not None else None
    return Payment(
        amount=money(payment, "amount") or paid if payment is not None else paid,
        paid_on=paid_on or instant(node, "created"),
        trace_number=trace.text("value", most=50) if trace is not None else "",
        payer=_payer(payer) if payer is not None else Party("PR"),
        payee=provider(payee, "PE", "") if payee is not None else Party("PE"),
    )


def _payer(node: Node) -> Party:
    found = identifier(node)
    references = (Reference("2U", found),) if found else ()
    return Party("PR", name=node.text("name", most=60), references=references)
