"""A remittance on paper that comes out even: the 835 of the integration tests' `payment`, as a person types it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

_ENTRY: dict[str, Any] = {
    "payer": "PAYER",
    "payer_id": "512345678",
    "payee_npi": "1234567893",
    "number": "9001",
    "amount": "100.00",
    "paid_on": "2025-06-01",
    "claims": [
        {
            "control_number": "PCN1",
            "charge": "150.50",
            "paid": "100.00",
            "payer_claim_number": "ICN9",
            "patient_last_name": "Perez",
            "patient_first_name": "Ana",
            "member_id": "W1",
            "lines": [
                {
                    "code": "99213",
                    "modifiers": ["25"],
                    "charge": "100.00",
                    "paid": "60.00",
                    "service_from": "2025-05-10",
                    "adjustments": [
                        {"group": "CO", "reason": "45", "amount": "30.00"},
                        {"group": "PR", "reason": "3", "amount": "10.00"},
                    ],
                    "remark_codes": ["N130"],
                },
                {
                    "code": "85025",
                    "charge": "50.50",
                    "paid": "40.00",
                    "service_from": "2025-05-10",
                    "adjustments": [{"group": "PR", "reason": "2", "amount": "10.50"}],
                },
            ],
        }
    ],
}


def entry(**changed: Any) -> dict[str, Any]:
    """The entry with these fields of the payment changed."""
    return deepcopy(_ENTRY) | changed


def with_claim(**changed: Any) -> dict[str, Any]:
    """The entry with these fields of its claim changed."""
    one = entry()
    one["claims"][0] |= changed
    return one


def with_line(**changed: Any) -> dict[str, Any]:
    """The entry with these fields of its first line changed."""
    one = entry()
    one["claims"][0]["lines"][0] |= changed
    return one
