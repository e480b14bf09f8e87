"""Which WO of a PLB hardly takes the money of the claim whose number it bears."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.intake.domain.recoupment import Recoupment, doubtful
from shared.events.claims import ClaimFacts

SERVED = date(2026, 9, 15)
FACTS = ClaimFacts(
    tenant="t", patient_control_number="A1", form="professional", payer_id="99101", payer_name="EXAMPLE HEALTH",
    billing_npi="1001000011", total_charge=Decimal(1000), service_from=SERVED, service_to=SERVED, lines=(),
)  # fmt: skip


def wo(amount: str, trace: str, on: date = date(2026, 11, 1)) -> Recoupment:
    return Recoupment(trace + amount, "f:1001000011|ICN1", Decimal(amount), on, trace, "ICN1")


@pytest.mark.parametrize(
    ("earlier", "one", "paid", "doubt"),
    [
        ([], wo("173", "T1"), "173", False),
        ([], wo("174", "T1"), "173", True),  # more than was paid
        ([wo("173", "T1")], wo("173", "T2"), "173", True),
        ([wo("50", "T1")], wo("50", "T2"), "173", True),  # the same again under another trace number
        ([wo("50", "T1")], wo("50", "T1"), "173", False),  # one 835 says it twice
        ([wo("50", "T1")], wo("60", "T2"), "173", False),  # a further instalment
        ([wo("50", "T1"), wo("-50", "T2")], wo("50", "T3"), "173", False),  # given back between
        ([wo("-50", "T1")], wo("50", "T2"), "0", False),  # deferred, then collected
        ([wo("-50", "T1")], wo("-50", "T2"), "173", True),
        ([wo("50", "T1")], wo("-50", "T2"), "173", False),
        ([], wo("50", "T1", date(2026, 9, 14)), "173", True),  # dated before the service
    ],
)
def test_which_recoupment_is_for_a_person(earlier: list[Recoupment], one: Recoupment, paid: str, doubt: bool) -> None:
    withheld = sum((before.amount for before in earlier), Decimal(0))
    assert doubtful(one, FACTS, earlier, withheld, Decimal(paid)) is doubt
