"""What we owe the payer back: an award that is less than the payer's first payment and the patient's cost share.

The provider is liable for the difference and pays it to the plan within 30 calendar days of the determination
(45 CFR 149.510(c)(4)(ix)). Until it is paid, or the payer has kept it back itself, it is a task with its day.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.settlement.domain.account import Account
from services.settlement.domain.decision import DecisionBuilder
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.remittance_posting import on_recoupment
from shared.events.claims import RemittanceRecouped
from shared.money import ZERO

RULE = "45 CFR 149.510(c)(4)(ix)"


def owed_back(a: Account) -> Decimal:
    """Dollars of the payer's first payment that an award leaves to be paid back; 0 where nothing is."""
    if a.settlement is None or a.settlement.basis != "idr_award" or a.settlement.additional_due >= ZERO:
        return ZERO
    return max(-a.books.balance("overpaid") - a.unapplied_paid, ZERO)


def pay_back(builder: DecisionBuilder, amount: Decimal, on: date, reference: str) -> None:
    """A person says that we paid the payer dollars back on a day; the books move as where the payer keeps them back.

    Recorded twice under one reference it counts once. Refused for more than is owed, and for a day that cannot be.
    """
    a = builder.account
    name = f"refund {reference}"
    if any(seen == f"~{name}" for seen, _ in a.seen):
        return
    owed = owed_back(a)
    if not ZERO < amount <= owed:
        raise OfferRefused(f"{amount} is not owed back: by the award it is {owed}; {RULE}")
    assert a.settlement is not None
    if not a.settlement.settled_on <= on <= builder.today:
        raise OfferRefused(f"the award is of {a.settlement.settled_on.isoformat()}, and this day cannot be; {RULE}")
    kept = RemittanceRecouped(
        claim_id=a.claim_id, recoupment_id=name, amount=amount, paid_on=on, received_on=builder.today
    )
    on_recoupment(builder, kept)
