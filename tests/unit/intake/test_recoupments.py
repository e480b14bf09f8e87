"""Which provider adjustments are recoupments of claims, and what they take."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup_x12.model import Payment, ProviderAdjustment
from services.intake.domain.recoupment import recoupments_of, withhold
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import ClaimFacts

PAYMENT = Payment(trace_number="T1", payer_tax_id="1512345678", paid_on=date(2026, 11, 2))
FACTS = ClaimFacts(
    tenant="t", patient_control_number="A", form="professional", payer_id="P", payer_name="P", billing_npi="1",
    total_charge=Decimal(1), service_from=date(2026, 1, 1), service_to=date(2026, 1, 1), lines=(),
)  # fmt: skip


def plb(reason: str, reference: str, amount: str) -> ProviderAdjustment:
    return ProviderAdjustment("1234567893", "20261231", reason, reference, Decimal(amount))


def test_only_overpayment_recovery_that_names_a_claim_counts() -> None:
    given = [
        plb("WO", "ICN1 ACCOUNT-9", "20"),
        plb("WO", "ICN1 ACCOUNT-9", "20"),
        plb("WO", "", "5"),
        plb("WO", "0", "5"),
        plb("L6", "ICN1", "-1.25"),
        plb("FB", "T0", "40"),
        plb("72", "ICN1", "-20"),
    ]
    found = recoupments_of(PAYMENT, given, "t")
    assert [(one.payer_claim_number, one.amount) for one in found] == [("ICN1", Decimal(20))] * 2
    assert len({one.recoupment_id for one in found}) == 2, "twice in one 835 is two recoupments"
    assert found == recoupments_of(PAYMENT, given, "t")
    assert {o.recoupment_id for o in found}.isdisjoint(o.recoupment_id for o in recoupments_of(PAYMENT, given, "u"))


@pytest.mark.parametrize(
    ("amounts", "lost"),
    [
        (("40",), ("40",)),  # withheld without a reversal
        (("-40", "40"), ("0", "0")),  # announced with a reversal, collected later
        (("-40", "25", "25"), ("0", "0", "10")),  # 10 more than was announced
        (("40", "-40"), ("40", "-40")),  # given back
        (("40", "-60", "20"), ("40", "-40", "0")),  # given back, and a new recovery announced
    ],
)
def test_what_a_claim_loses(amounts: tuple[str, ...], lost: tuple[str, ...]) -> None:
    record = ClaimRecord(FACTS, ())
    for amount, expected in zip(amounts, lost, strict=True):
        record, moved = withhold(record, Decimal(amount))
        assert moved == Decimal(expected)


@given(st.lists(st.integers(-100, 100)))
def test_all_that_is_lost_is_what_was_withheld_beyond_what_was_deferred(amounts: list[int]) -> None:
    record, total = ClaimRecord(FACTS, ()), Decimal(0)
    for amount in amounts:
        record, moved = withhold(record, Decimal(amount))
        total += moved
        assert total >= 0
    assert total == max(sum(amounts), 0)
