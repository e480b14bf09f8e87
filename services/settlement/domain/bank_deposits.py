"""Proof by the bank: of what the payer's remittances say it paid, what has come to the provider's account.

A payer's promise is booked as paid when its remittance comes; this books, beside it, that the money came. It changes
nothing of what is owed, disputed or settled. A claim of several disputes keeps it in its first.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.settlement.domain.account import Account
from services.settlement.domain.decision import DecisionBuilder
from services.settlement.domain.ledger import Proof
from shared.events.claims import RemittanceDeposited
from shared.money import total


def deposited(a: Account) -> Decimal:
    """What of the payer's payments is in the bank, in dollars."""
    return a.books.balance("deposited")


def in_transit(a: Account) -> Decimal:
    """What the payer's remittances of a claim say it paid, and no deposit proves yet, in dollars.

    What the payer withheld from another payment never was on its way.
    """
    return total(one.paid + one.recouped for one in a.disputes) + a.unapplied_paid - deposited(a)


def settled_in_bank_on(a: Account) -> date | None:
    """The day on which all money of a claim, that of its paid settlements included, was in the bank; None before."""
    paid = any(one.settlement is not None and one.settlement.paid_on is not None for one in a.disputes)
    if not paid or in_transit(a) > 0:
        return None
    return max((proof.on for proof in a.deposits), default=None)


def on_deposited(builder: DecisionBuilder, event: RemittanceDeposited) -> None:
    """Book a payment as deposited, once, or take that back. What another payer paid is in no books of this claim."""
    a = builder.account
    known = next((proof for proof in a.deposits if proof.remittance_id == event.remittance_id), None)
    if event.undone:
        if known is not None:
            builder.change(deposits=tuple(proof for proof in a.deposits if proof is not known))
            builder.journal.move(known.amount, "deposited", "deposit_proof", "not deposited after all")
        return
    names = (event.remittance_id, f"-{event.remittance_id}")
    if known is not None or not any(name in names for name, _ in a.seen):
        return
    builder.change(deposits=(*a.deposits, Proof(event.remittance_id, event.amount, event.deposited_on)))
    builder.journal.move(event.amount, "deposit_proof", "deposited", "deposited")
