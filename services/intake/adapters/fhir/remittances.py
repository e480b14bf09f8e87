"""FHIR R4 `ExplanationOfBenefit` → `Remittance`, as payers publish it (CARIN consumer directed payer data exchange).

Claim: `claim.identifier` or supporting information `patientaccountnumber` is CLP01 ("0" where neither is there, as an
835 has it), the EOB's own identifier CLP07. A cancelled one is a reversal, its amounts taken back. Amounts stand with
the lines, or once for the whole (institutional ones may have either). Whoever the payment is for is the payee, else the
provider, else whom the care team names first. What is no payment yet (draft, queued, an estimate) or not any more
(entered in error), pharmacy and vision are refused by name; a payment whose amounts are not explained to the cent is in
doubt, and waits for a person.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from recoup_x12 import Problem, validate_remittance
from recoup_x12.model import (
    Adjustment,
    Dated,
    OutpatientAdjudication,
    Party,
    Payment,
    Procedure,
    Reference,
    Remittance,
    ServicePayment,
    amount_of,
)
from services.intake.adapters.fhir import systems as s
from services.intake.adapters.fhir.amounts import Money, money_of_line, money_of_whole
from services.intake.adapters.fhir.document import Document, read_each
from services.intake.adapters.fhir.resources import (
    MEMBER,
    PAYER,
    coded,
    codings,
    identifier,
    instant,
    money,
    person,
    provider,
)
from services.intake.adapters.json_api.lines import period
from services.intake.adapters.json_api.reading import ZERO, Node, Problems

_NO_NUMBER = "0"
"""CLP01 where the payer has no number of the provider's (TR3 835 2100 CLP01)."""
_PAID_ELEMENT = 4  # CLP04
_READ = ("professional", "institutional", "oral")


class FhirRemittance(msgspec.Struct, frozen=True):
    """What reading one ExplanationOfBenefit gave; `problems` have FHIR paths in `segment`, or X12 segments.

    `doubts` are those of the problems that leave its money uncertain: what is known of it waits for a person.
    """

    remittance: Remittance | None
    problems: tuple[Problem, ...]
    test: bool = False
    doubts: tuple[Problem, ...] = ()

    @property
    def accepted(self) -> bool:
        """True if nothing refuses it, and its money is certain."""
        return self.readable and not self.doubts

    @property
    def readable(self) -> bool:
        """True if nothing but its doubts refuses it."""
        errors = [p for p in self.problems if p.severity == "error"]
        return self.remittance is not None and all(p in self.doubts for p in errors)


def read_remittances(document: bytes | str | dict[str, Any]) -> list[FhirRemittance]:
    """Every ExplanationOfBenefit of a Bundle, or the one that the document is; never empty, never raises."""
    return read_each(
        document, "ExplanationOfBenefit", _read, lambda problems: FhirRemittance(None, problems),
        ("is not an ExplanationOfBenefit, nor a Bundle with one", "Send one."),
    )  # fmt: skip


def _read(document: Document, value: dict[str, Any], path: str) -> FhirRemittance:
    problems = Problems()
    node = Node(value, path, problems)
    test = document.is_test(value)
    if _is_no_payment(node):
        return FhirRemittance(None, tuple(problems.found), test)
    remittance = _remittance(document, node)
    document.name_unread(node)
    if any(p.severity == "error" for p in problems.found):
        return FhirRemittance(remittance, tuple(problems.found), test)
    found = validate_remittance(remittance)
    doubts = tuple(_explained(p, remittance) for p in found if p.severity == "error")
    if node.text("outcome", most=30) == "error" and remittance.paid:
        why = "is error, and yet something was paid"
        doubts += (Problem("claim", 5, node.at("outcome"), why, "Ask the payer what was decided."),)
    problems.found += [*doubts, *(p for p in found if p.severity != "error")]
    return FhirRemittance(remittance, tuple(problems.found), test, doubts)


def _is_no_payment(node: Node) -> bool:
    """Refuse by name what tells of no payment: by status, use, outcome and type."""
    status, outcome = node.text("status", required=True, most=30), node.text("outcome", most=30)
    use, form = node.text("use", most=30), coded(node, "type", s.CLAIM_TYPE) or coded(node, "type")
    refused = (
        ("status", status == "draft", "is draft: nothing is decided", "Send it when it is active."),
        ("status", status == "entered-in-error", "is entered-in-error: it tells of no payment", "Send it no more."),
        ("status", status not in ("", "active", "draft", "cancelled", "entered-in-error"),
         "is no status of an explanation of benefit", "Send active or cancelled."),
        ("use", use not in ("", "claim"), "is not claim: it announces, and pays nothing",
         "Send what was decided of the claim itself."),
        ("outcome", outcome == "queued", "is queued: nothing is decided", "Send it when it is complete."),
        ("type", form in ("pharmacy", "vision"), f"is {form}, which is not read here",
         "Send explanations of professional, institutional or dental claims."),
        ("type", form not in ("", *_READ, "pharmacy", "vision"), "is no type that is read here",
         "Send explanations of professional, institutional or dental claims."),
    )  # fmt: skip
    for name, applies, message, how_to_fix in refused:
        if applies:
            node.problems.add(node.at(name), message, how_to_fix, snip=5)
    return any(applies for _, applies, _, _ in refused)


def _explained(problem: Problem, remittance: Remittance) -> Problem:
    """A doubt with the dollars that nothing explains."""
    if problem.segment == "SVC":
        line = remittance.lines[problem.line - 1]
        left = _unexplained(line.charge, line.paid, line.adjustments, line.allowed)
    elif problem.element == _PAID_ELEMENT:
        every = tuple(a for one in (remittance, *remittance.lines) for a in one.adjustments)
        allowed = amount_of(remittance.amounts, "B6")
        left = _unexplained(remittance.charge, remittance.paid, every, allowed)
    else:
        left = remittance.charge - sum((line.charge for line in remittance.lines), ZERO)
    message = f"{problem.message}: {left:.2f} is explained by no reason, share, discount or eligible amount"
    how_to_fix = "Compare it with the payer's own remittance, and post it as it is or as that says."
    return msgspec.structs.replace(problem, message=message, how_to_fix=how_to_fix)


def _unexplained(
    charge: Decimal, paid: Decimal, adjustments: tuple[Adjustment, ...], allowed: Decimal | None
) -> Decimal:
    """Dollars that are left of the eligible amount, or else of the charge, beside what was paid and adjusted."""
    stated = any(a.reason == "45" for a in adjustments)
    base = allowed if allowed and not stated else charge
    return base - paid - sum((a.amount for a in adjustments), ZERO)


def _remittance(document: Document, node: Node) -> Remittance:
    rows = node.children("item", most=999)
    amounts = [money_of_line(row) for row in rows]
    by_line = any(one.judged for one in amounts)
    whole = money_of_whole(node, by_line=by_line)
    payment = node.child("payment")
    lines = tuple(_line(row, one) for row, one in zip(rows, amounts, strict=True)) if by_line else ()
    charge = whole.charge
    if charge is None:
        charge = sum((line.charge for line in lines), ZERO)
    paid = whole.paid
    if paid is None and payment is not None:
        paid = money(payment, "amount")
    if paid is None and lines:
        paid = sum((line.paid for line in lines), ZERO) - sum((a.amount for a in whole.adjustments), ZERO)
    if paid is None:
        how_to_fix = "Send the explanation with its amounts; one without them (nonfinancial) tells of no payment."
        node.problems.add(node.at("total"), "says no amount paid, nor does an item or the payment", how_to_fix, snip=5)
        paid = ZERO
    if not by_line:
        _not_by_line(node, rows)
    adjustments = whole.adjustments if by_line else whole.explained(charge, paid)
    made = Remittance(
        _control_number(node),
        _status(node, paid),
        charge,
        paid,
        filing_indicator=_filing(document, node),
        payer_claim_number=identifier(node, typed=("uc",), most=50),
        adjustments=adjustments,
        parties=_parties(document, node),
        outpatient=_outpatient(list(whole.remarks)),
        dates=_dates(node),
        amounts=() if by_line else whole.allowed_amount,
        lines=lines,
        payment=_payment(document, node, payment, paid),
    )
    every = [*made.adjustments, *(a for line in made.lines for a in line.adjustments)]
    shares = sum((a.amount for a in every if a.group == "PR"), ZERO)
    made = msgspec.structs.replace(made, patient_responsibility=shares)
    return _as_reversal(made) if made.is_reversal and made.charge > 0 else made


def _not_by_line(node: Node, rows: list[Node]) -> None:
    """What the items say besides amounts is not posted, since an 835's lines have both."""
    for row in rows:
        row.see_all()
    if rows:
        message = "does not say what was paid of it: the amounts of the whole are read, without lines"
        node.problems.add(rows[0].path, message, "Send amounts by line where you have them.", severity="warning")


def _as_reversal(remittance: Remittance) -> Remittance:
    """A cancelled explanation as an 835 reverses a payment: every amount negated (TR3 835, 1.10.2.8)."""
    replace = msgspec.structs.replace
    lines = [
        replace(line, charge=-line.charge, paid=-line.paid, adjustments=_negated(line.adjustments), amounts=())
        for line in remittance.lines
    ]
    return replace(
        remittance,
        charge=-remittance.charge,
        paid=-remittance.paid,
        patient_responsibility=ZERO,
        adjustments=_negated(remittance.adjustments),
        amounts=(),
        lines=tuple(lines),
        payment=replace(remittance.payment, amount=-remittance.payment.amount),
    )


def _negated(adjustments: tuple[Adjustment, ...]) -> tuple[Adjustment, ...]:
    return tuple(msgspec.structs.replace(a, amount=-a.amount) for a in adjustments)


def _outpatient(remarks: list[str]) -> OutpatientAdjudication | None:
    """MOA with up to five remark codes."""
    if not remarks:
        return None
    one, two, three, four, five = (*remarks[:5], "", "", "", "", "")[:5]
    return OutpatientAdjudication(remark1=one, remark2=two, remark3=three, remark4=four, remark5=five)


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
    if coverage is None:
        return ""
    coverage.see_all()  # of the claim, which says it itself
    return coded(coverage, "type", s.FILING)


def _control_number(node: Node) -> str:
    """CLP01: of the claim, or of supporting information; "0", and that, where neither says it."""
    claim = node.child("claim")
    held = claim.child("identifier") if claim is not None else None
    found = held.text("value", most=38) if held is not None else ""
    for row in node.children("supportingInfo", most=50):
        if coded(row, "category") == "patientaccountnumber":
            code = row.child("code")
            text = row.text("valueString", most=38) or (code.text("text", most=38) if code is not None else "")
            found = found or text
        else:
            row.see_all()  # of the claim, which says it itself
    if not found:
        message = "does not say the patient control number; the payer's number, patient and day have to tell the claim"
        how_to_fix = "Send claim.identifier, or supportingInfo patientaccountnumber."
        node.problems.add(node.at("claim"), message, how_to_fix, severity="warning")
    return found or _NO_NUMBER


def _status(node: Node, paid: Decimal) -> str:
    """CLP02: 22 for a cancelled one, 4 for one that is denied and pays nothing, else by its precedence."""
    decision, precedence = coded(node, "decision"), node.number("precedence")
    if node.text("status", most=30) == "cancelled":
        return "22"
    outcome = node.text("outcome", most=30)
    if outcome == "partial":
        message = "is partial: what is not decided yet may come with another"
        node.problems.add(node.at("outcome"), message, "Send the complete one once it is there.", severity="warning")
    if not paid and (outcome == "error" or decision == "denied"):
        return "4"
    return {2: "2", 3: "3"}.get(int(precedence or 1), "1")


def _line(node: Node, amounts: Money) -> ServicePayment:
    charge, paid = amounts.charge, amounts.paid
    if charge is None and not amounts.idle:
        node.problems.add(node.at("net"), "is required", "Send the submitted amount, or net.")
    charge = charge or ZERO
    if paid is None:
        paid = charge - sum((a.amount for a in amounts.adjustments), ZERO)
        if not amounts.judged and not amounts.idle:
            node.problems.add(node.at("adjudication"), "says no amount paid", "Send benefit, or paidtoprovider.")
    code = coded(node, "productOrService", *s.PROCEDURES).upper()
    dental = "" if code else coded(node, "productOrService", *s.DENTAL).upper()
    modifiers = tuple(c.upper() for m in node.children("modifier", most=4) for _, c in codings(m)[:1])
    quantity = node.child("quantity")
    answered = node.texts("itemSequence", most=1, each=6)
    sequence = answered[0] if answered else node.text("sequence", most=6)
    for name in ("diagnosisSequence", "careTeamSequence", "informationSequence", "locationCodeableConcept"):
        _seen(node, name)  # of the claim, which says it itself
    return ServicePayment(
        Procedure("HC" if code else "AD" if dental else "", code or dental, modifiers),
        charge,
        paid,
        coded(node, "revenue", s.REVENUE),
        quantity.number("value") if quantity is not None else None,
        dates=_served(node),
        adjustments=amounts.explained(charge, paid),
        references=(Reference("6R", sequence),) if sequence else (),
        amounts=amounts.allowed_amount,
        remarks=tuple(Reference("HE", code) for code in amounts.remarks),
    )


def _parties(document: Document, node: Node) -> tuple[Party, ...]:
    for name in ("diagnosis", "procedure"):
        _seen(node, name)  # of the claim, which says it itself
    found: list[Party] = []
    patient = document.resolve(node, "patient")
    if patient is not None:
        found.append(person(patient, "QC", identifier(patient, typed=MEMBER)))
    rendering = _member(document, node, _RENDERING)
    if rendering is not None:
        found.append(provider(document, rendering, "82", "", severity="warning"))
    return tuple(found)


_RENDERING = ("82",)
_PAYABLE = ("82", "71", "72")
"""Roles of the care team that may stand for a provider that is not named: rendering, attending, operating."""


def _member(document: Document, node: Node, roles: tuple[str, ...]) -> Node | None:
    """The first of the care team in one of these roles, the likeliest role first."""
    rows = [(s.CARE_TEAM_ROLES.get(coded(row, "role") or "rendering", ""), row) for row in node.children("careTeam")]
    for wanted in roles:
        for role, row in rows:
            _seen(row, "qualification")
            found = document.resolve(row, "provider") if role == wanted else None
            if found is not None:
                return found
    return None


def _payment(document: Document, node: Node, payment: Node | None, paid: Decimal) -> Payment:
    payer = document.resolve(node, "insurer")
    payee_row = node.child("payee")
    if payee_row is not None:
        _seen(payee_row, "type")
    payee = document.resolve(payee_row, "party") if payee_row is not None else None
    named = document.resolve(node, "provider")
    payee = payee or named or _member(document, node, _PAYABLE)
    if payee is None and not node.has("provider"):
        node.problems.add(node.at("provider"), "is required", "Send who was paid, as provider or in the care team.")
    elif payee is None:
        node.problems.add(node.at("provider"), "points to nothing in this document", "Send it in the Bundle.")
    trace = payment.child("identifier") if payment is not None else None
    paid_on = payment.day("date") if payment is not None else None
    return Payment(
        amount=money(payment, "amount") or paid if payment is not None else paid,
        paid_on=paid_on or instant(node, "created"),
        trace_number=trace.text("value", most=50) if trace is not None else "",
        payer=_payer(payer) if payer is not None else Party("PR"),
        payee=provider(document, payee, "PE", "", severity="warning") if payee is not None else Party("PE"),
    )


def _payer(node: Node) -> Party:
    found = identifier(node, typed=PAYER)
    references = (Reference("2U", found),) if found else ()
    return Party("PR", name=node.text("name", most=60), references=references)


def _seen(node: Node, name: str) -> None:
    """Take an element, and all below it, as read."""
    node.raw(name)
