"""Proof by the bank: beside what the payer says it paid, what has come, whatever the claim's phase."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.settlement.domain.bank_deposits import deposited as in_bank
from services.settlement.domain.bank_deposits import in_transit, settled_in_bank_on
from services.settlement.domain.ledger import Books, LedgerError, check
from shared.events.claims import RemittanceDeposited
from tests.unit.settlement.lines import FIRST, SECOND, two
from tests.unit.settlement.world import CLAIM, D, World

ON = date(2026, 3, 4)


def deposited(w: World, name: str, amount: str, *, undone: bool = False) -> None:
    event = RemittanceDeposited(
        claim_id=CLAIM, remittance_id=name, amount=D(amount), deposited_on=ON, trace_number="T1", undone=undone
    )
    assert w.receive(event) == []  # nothing follows from it


def proof(w: World) -> tuple[Decimal, Decimal]:
    check(w.account.books)
    return in_bank(w.account), in_transit(w.account)


def test_what_is_remitted_is_in_transit_until_it_is_deposited() -> None:
    w = World()
    w.received()
    w.remitted("R1", "850.00", "50.00")
    assert proof(w) == (0, D(850))
    deposited(w, "R1", "850.00")
    assert proof(w) == (D(850), 0)
    deposited(w, "R1", "850.00")  # told twice, booked once
    assert proof(w) == (D(850), 0)
    assert w.account.books.balance("payer_paid") == D(850)
    assert w.account.books.balance("deposit_proof") == -D(850)


def test_a_deposit_matched_by_mistake_is_in_transit_again() -> None:
    w = World()
    w.received()
    w.remitted("R1", "850.00", "50.00")
    deposited(w, "R1", "850.00", undone=True)  # of which nothing is known
    deposited(w, "R1", "850.00")
    deposited(w, "R1", "850.00", undone=True)
    assert (proof(w), w.account.deposits) == ((0, D(850)), ())
    deposited(w, "R1", "850.00")
    assert proof(w) == (D(850), 0)


def test_the_deposit_of_a_payment_that_is_in_no_books_is_not_booked() -> None:
    w = World()
    w.received()
    w.remitted("R1", "850.00", "50.00")
    deposited(w, "OTHER-PAYER", "100.00")
    assert proof(w) == (0, D(850))


def test_a_settlement_is_paid_by_a_remittance_and_then_deposited() -> None:
    w = World()
    w.underpaid()
    deposited(w, "R1", "160.00")
    w.negotiation()
    w.offer("800.00")
    assert settled_in_bank_on(w.account) is None
    w.remitted("R1-rev", "-160.00", "-40.00", "22")
    w.remitted("R2", "760.00", "40.00")
    assert w.account.settlement is not None and w.account.settlement.paid_on is not None
    # 160 - 160 + 760 were remitted, 160 of that deposited: 600 are in transit
    assert (proof(w), settled_in_bank_on(w.account)) == ((D(160), D(600)), None)
    # the reversal lessened the 835 of the correction, which came as 600
    deposited(w, "R1-rev", "-160.00")
    deposited(w, "R2", "760.00")
    assert (proof(w), settled_in_bank_on(w.account)) == ((D(760), 0), ON)


def test_money_withheld_from_another_payment_was_never_in_transit() -> None:
    w = World()
    w.received()
    w.remitted("R1", "850.00", "50.00")
    deposited(w, "R1", "850.00")
    w.recouped("W1", "100.00")
    assert proof(w) == (D(850), 0)


def test_books_whose_proof_differs_do_not_hold() -> None:
    with pytest.raises(LedgerError):
        check(Books({"deposited": D(5), "awaiting": -D(5)}))


def test_one_payment_of_two_disputes_is_deposited_once_for_the_claim() -> None:
    w = two()
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.initiates(FIRST)
    w.awards(FIRST, D("600.00"))
    w.decided(SECOND, "overturned")
    w.pays("R2", {1: (D("400.00"), D(0)), 2: (D("300.00"), D(0))})
    assert (in_bank(w.account), in_transit(w.account)) == (0, D(860))  # 160 at first, then 700
    event = RemittanceDeposited(claim_id=CLAIM, remittance_id="R2", amount=D("700.00"), deposited_on=ON)
    assert w.receive(event) == [] == w.receive(event)
    assert (in_bank(w.account), in_transit(w.account)) == (D(700), D(160))
    assert w.account.balances["deposited"] == D(700)
