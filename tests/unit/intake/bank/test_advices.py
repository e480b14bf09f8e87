"""Which payments money is awaited for: an amount in another currency is not so many dollars."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from recoup_x12.model import Payment
from services.intake.domain.bank.advice import advice_of

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("currency", "awaited"), [("", True), ("USD", True), ("usd ", True), ("CAD", False), ("EUR", False)]
)
def test_no_dollars_are_awaited_for_another_currency(currency: str, awaited: bool) -> None:
    payment = Payment(amount=Decimal("185.60"), trace_number="EFT9", paid_on=DAY, currency=currency)
    advice = advice_of(payment, "clinic", DAY)
    assert (advice is not None) is awaited
    assert advice is None or advice.amount == Decimal("185.60")
