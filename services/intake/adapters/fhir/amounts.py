"""What an ExplanationOfBenefit says of money, of a line or of the whole: charge, payment, and what explains the rest.

An adjudication with a claim adjustment reason code is a CAS adjustment. Deductible, coinsurance and copay are PR 1, 2
and 3, what a prior payer paid is OA 23, and what the patient was paid OA 100: it did not come to the provider. What
`eligible` (or `allowed`) leaves of `submitted`, or else the `discount`, is CO 45, and `noncovered` without a code of
its own is reason 96, where the amounts then balance to the cent; else nothing is derived, and the payment is in doubt.
Categories: http://terminology.hl7.org/CodeSystem/adjudication and C4BBAdjudication of CARIN's guide, which says of the
institutional profiles: eligible = submitted - noncovered - discount, and payment = eligible - the member's liability.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from recoup_x12.model import Adjustment, Amount
from services.intake.adapters.fhir import systems as s
from services.intake.adapters.fhir.resources import coded, codings, money
from services.intake.adapters.json_api.reading import ZERO, Node

SHARES = {"deductible": "1", "coinsurance": "2", "copay": "3"}
_NOT_OURS = {"priorpayerpaid": "23", "paidtopatient": "100"}
"""What did not come to the provider from this payer, with its reason code, group OA."""
_ALLOWED = ("eligible", "allowed")
_MOST = 60


class Money(msgspec.Struct, frozen=True):
    """The amounts of one line, or of the whole, in dollars; None where it does not say."""

    charge: Decimal | None
    paid: Decimal | None
    allowed: Decimal | None
    noncovered: Decimal
    """Of `noncovered` without a reason code."""
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...] = ()
    idle: bool = False
    """True where amounts are stated, and every one is zero: nothing was charged, nothing paid."""

    @property
    def judged(self) -> bool:
        """True if it says what was paid, or why it was not."""
        return self.paid is not None or bool(self.adjustments)

    def explained(self, charge: Decimal, paid: Decimal) -> tuple[Adjustment, ...]:
        """The adjustments, with those derived that make charge less adjustments the payment; only those stated, else.

        Args:
            charge: what was charged, dollars.
            paid: what was paid, dollars.
        """
        stated = self.adjustments
        left = charge - paid - sum((a.amount for a in stated), ZERO)
        if not left or any(a.reason == "45" for a in stated):
            return stated
        if self.allowed == ZERO and charge:
            return stated  # nothing was allowed: why is not told, and is hardly the contract
        over = charge - self.allowed if self.allowed is not None else ZERO
        for contractual in (over, over - self.noncovered):
            if contractual + self.noncovered == left:
                derived = (Adjustment("CO", "45", contractual), Adjustment("OA", "96", self.noncovered))
                return (*(a for a in derived if a.amount), *stated)
        return stated

    @property
    def allowed_amount(self) -> tuple[Amount, ...]:
        """AMT*B6."""
        return (Amount("B6", self.allowed),) if self.allowed is not None else ()


def money_of(rows: Iterable[Node]) -> Money:
    """The amounts of adjudications, or of totals, of one line or of the whole. The first of a category counts."""
    by_category: dict[str, Decimal] = {}
    adjustments: list[Adjustment] = []
    remarks: dict[str, None] = {}
    noncovered = discount = ZERO
    for row in rows:
        category = coded(row, "category")
        reasons = codings(row.child("reason"))
        for system, code in (*reasons, *codings(row.child("category"))):
            if system == s.RARC:
                remarks[code] = None
        amount = money(row, "amount")
        if amount is None:
            continue
        by_category.setdefault(category, amount)
        if category in _ALLOWED or not amount:
            continue
        coded_reasons = dict(reasons)
        carc = coded_reasons.get(s.CARC, SHARES.get(category, _NOT_OURS.get(category, "")))
        if carc:
            group = coded_reasons.get(s.ADJUSTMENT_GROUP, "") or ("PR" if carc in SHARES.values() else "OA")
            adjustments.append(Adjustment(group, carc, amount))
        elif category == "noncovered":
            noncovered += amount
        elif category == "discount":
            discount += amount
    charge = by_category.get("submitted")
    allowed = next((by_category[name] for name in _ALLOWED if name in by_category), None)
    if allowed is None and discount and charge is not None:
        allowed = charge - noncovered - discount
    return Money(
        charge,
        _paid(by_category),
        allowed,
        noncovered,
        tuple(adjustments),
        tuple(remarks),
        bool(by_category) and not any(by_category.values()),
    )


def _paid(by_category: Mapping[str, Decimal]) -> Decimal | None:
    """What the provider was paid: by its own amount, or the benefit less what the patient was paid of it."""
    if "paidtoprovider" in by_category:
        return by_category["paidtoprovider"]
    patient = by_category.get("paidtopatient")
    if "benefit" in by_category:
        return by_category["benefit"] - (patient or ZERO)
    return None if patient is None else ZERO


def money_of_line(node: Node) -> Money:
    """The amounts of an item; `net` is its charge where no adjudication says it."""
    found = money_of(node.children("adjudication", most=_MOST))
    net = money(node, "net")
    return found if found.charge is not None or net is None else msgspec.structs.replace(found, charge=net)


def money_of_whole(node: Node, *, by_line: bool) -> Money:
    """The amounts of the whole: its adjudications, and its totals for what those do not say.

    `by_line`: the lines have their own, which the totals sum up.
    """
    judged = money_of(node.children("adjudication", most=_MOST))
    totals = money_of(node.children("total", most=_MOST))
    return Money(
        judged.charge if totals.charge is None else totals.charge,
        judged.paid if totals.paid is None else totals.paid,
        judged.allowed if totals.allowed is None else totals.allowed,
        judged.noncovered if by_line or judged.noncovered else totals.noncovered,
        judged.adjustments if by_line or judged.adjustments else totals.adjustments,
        judged.remarks,
    )
