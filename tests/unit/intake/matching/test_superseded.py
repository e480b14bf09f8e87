"""A payment that its own interchange takes back is known as such before anybody contests it."""

from __future__ import annotations

import msgspec
import pytest

from recoup_x12.model import Remittance
from services.intake.application.remittances import PaymentRead, mark_superseded
from tests.unit.intake.identity.examples import paid_line, payment

PAID = payment()
OTHER = msgspec.structs.replace(payment(), control_number="OTHER")


def taken_back(of: Remittance) -> Remittance:
    return msgspec.structs.replace(of, status="22", charge=-of.charge, paid=-of.paid)


@pytest.mark.parametrize(
    ("payments", "superseded"),
    [
        ([PAID], [False]),
        ([PAID, taken_back(PAID), PAID], [True, False, False]),
        ([taken_back(PAID), PAID], [False, False]),  # the reversal is of an earlier day's payment
        ([PAID, OTHER, taken_back(OTHER)], [False, True, False]),
        ([PAID, PAID, taken_back(PAID)], [False, True, False]),  # one reversal takes back one payment, the latest
        ([PAID, taken_back(payment(paid_line(charge="140.00")))], [False, False]),  # another charge
    ],
)
def test_a_later_reversal_of_the_same_claim_and_charge_supersedes(
    payments: list[Remittance], superseded: list[bool]
) -> None:
    assert [read.superseded for read in mark_superseded([PaymentRead(p, "I1") for p in payments])] == superseded


def test_a_reversal_in_another_interchange_supersedes_nothing() -> None:
    reads = [PaymentRead(PAID, "I1"), PaymentRead(taken_back(PAID), "I2")]
    assert [read.superseded for read in mark_superseded(reads)] == [False, False]
