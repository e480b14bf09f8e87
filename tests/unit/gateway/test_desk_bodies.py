"""Amounts that are sent with an act are dollars to the cent, within bounds; anything else is refused by its name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.gateway.adapters.http.desk_bodies import LineAgreement, Placement, Refund, plain
from shared.api.reading import unfit

_REFUND = {"paid_on": "2026-04-02", "reference": "R-1"}
_PLACEMENT = {"case_id": "c1", "reference": "r1", "reason": "line 1"}


@pytest.mark.parametrize(
    ("kind", "body", "member", "dollars"),
    [
        (LineAgreement, {"amount": "410.00"}, "amount", "410.00"),
        (LineAgreement, {"amount": 410.5}, "amount", "410.5"),
        (LineAgreement, {"amount": 0}, "amount", "0"),
        (LineAgreement, {"amount": "9999999999.99"}, "amount", "9999999999.99"),
        (Refund, {"amount": "0.01", **_REFUND}, "amount", "0.01"),
        (Placement, {"paid": "-1.00", **_PLACEMENT}, "paid", "-1.00"),
    ],
)
def test_what_is_money_is_taken_exactly(kind: Any, body: dict[str, Any], member: str, dollars: str) -> None:
    taken = msgspec.json.decode(msgspec.json.encode(body), type=kind)
    assert getattr(taken, member) == Decimal(dollars)
    assert plain(taken)[member] == dollars, "passed on as a text"


@pytest.mark.parametrize(
    ("kind", "body", "member"),
    [
        (LineAgreement, {"amount": "-0.01"}, "amount"),
        (LineAgreement, {"amount": "1.001"}, "amount"),
        (LineAgreement, {"amount": "10000000000.00"}, "amount"),
        (LineAgreement, {"amount": "NaN"}, "amount"),
        (LineAgreement, {"amount": "Infinity"}, "amount"),
        (Refund, {"amount": "0.00", **_REFUND}, "amount"),
        (Placement, {"paid": "1.00", "patient_share": "sNaN", **_PLACEMENT}, "patient_share"),
    ],
)
def test_what_is_no_money_is_refused_by_its_name(kind: Any, body: dict[str, Any], member: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode(body), type=kind)
    problem = unfit(refused.value, kind, "body")
    assert (problem.status, problem.slug) == (422, "invalid-request")
    assert f"`{member}`" in str(problem.errors)
    assert body[member] not in str(problem.errors), "what was sent is not repeated"
