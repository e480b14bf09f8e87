"""What settlement's routes take: amounts that are money, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.settlement.adapters.http.bodies import Counter, Placement, Refund, SnapshotOrder, WaitingDecision

COUNTER: dict[str, Any] = {"version": 1, "amount": "750.00", "reason": "fair"}
PLACEMENT: dict[str, Any] = {"case_id": "c1", "reference": "R2", "paid": "1.00", "reason": "check"}
REFUND: dict[str, Any] = {"amount": "1.00", "paid_on": "2026-12-01", "reference": "CHK"}


def read(kind: Any, body: dict[str, Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(body), type=kind)


@pytest.mark.parametrize(
    ("kind", "body", "amount"),
    [
        (Counter, COUNTER | {"amount": "0"}, "0"),
        (Counter, COUNTER | {"amount": "9999999999.99"}, "9999999999.99"),
        (Counter, COUNTER | {"amount": 1.1}, "1.1"),  # a number is taken as it is written
        (Refund, REFUND | {"amount": "0.01"}, "0.01"),
    ],
)
def test_amounts_of_at_most_ten_digits_and_two_decimals_are_taken(kind: Any, body: dict[str, Any], amount: str) -> None:
    assert read(kind, body).amount == Decimal(amount)


def test_money_that_was_taken_back_is_placed_as_a_negative_amount() -> None:
    assert read(Placement, PLACEMENT | {"paid": "-5.25", "patient_share": "-1"}).paid == Decimal("-5.25")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Counter, COUNTER | {"amount": "NaN"}),
        (Counter, COUNTER | {"amount": "Infinity"}),
        (Counter, COUNTER | {"amount": "1E+400"}),
        (Counter, COUNTER | {"amount": "10000000000.00"}),
        (Counter, COUNTER | {"amount": "-0.01"}),
        (Counter, COUNTER | {"amount": "1.001"}),
        (Placement, PLACEMENT | {"paid": "-1.001"}),
        (Placement, PLACEMENT | {"patient_share": "NaN"}),
        (Refund, REFUND | {"amount": "0.00"}),
        (Refund, REFUND | {"amount": "-1.00"}),
        (Counter, COUNTER | {"reason": "ok"}),
        (Counter, COUNTER | {"version": 0}),
        (Counter, COUNTER | {"versions": 1}),
        (WaitingDecision, {"approve": True, "reason": "fair", "undo_seconds": 301}),
        (SnapshotOrder, {"version": "a b", "as_of": "2026-12-31"}),
        (SnapshotOrder, {"version": "x" * 41, "as_of": "2026-12-31"}),
    ],
)
def test_what_is_no_money_or_beyond_a_limit_is_refused(kind: Any, body: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        read(kind, body)
    assert "10000000000" not in str(refused.value), "what was sent is not repeated"
