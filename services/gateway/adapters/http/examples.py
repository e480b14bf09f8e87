"""Examples in the OpenAPI document; none is a real claim."""

from __future__ import annotations

from typing import Any

_ID = "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"

CLAIM: dict[str, Any] = {
    "claim_id": _ID,
    "tenant": "riverside-em",
    "state": "negotiating",
    "final": False,
    "masked": False,
    "patient_control_number": "RVS-100482",
    "payer_claim_number": "2026031512345",
    "form": "professional",
    "payer": {"id": "60054", "name": "EXAMPLE HEALTH PLAN"},
    "provider": {"billing_npi": "1234567893", "rendering_npi": "1234567893", "facility_npi": ""},
    "service": {"from": "2026-03-02", "to": "2026-03-02", "state": "TX"},
    "specialty": "emergency_medicine",
    "forum": "open_negotiation",
    "amounts": {
        "billed": "1240.00",
        "allowed": "182.40",
        "paid_at_first": "145.92",
        "paid": "145.92",
        "recovered": "0.00",
        "patient_share": "36.48",
        "paid_by_others": "0.00",
        "deposited": "145.92",
    },
    "assessment": {
        "verdict": "underpaid",
        "policy": "2026-1",
        "floor": "480.00",
        "target": "612.50",
        "stretch": "790.00",
        "shortfall": "430.10",
        "expected_net": "250.00",
        "confidence": 82,
        "reasons": ["the payer allowed 30 % of the 80th percentile of charges in the area"],
    },
    "cases": [
        {"case_id": "c1", "forum": "open_negotiation", "level": 1, "opened_on": "2026-03-20"},
    ],
    "offers": [{"offer_id": "o1", "by": "payer", "round": 1, "amount": "310.00", "on": "2026-03-28"}],
    "settlement": None,
    "books": None,
    "deadlines": [{"kind": "negotiation_ends", "on": "2026-05-01"}],
    "disputes": [
        {
            "case_id": "c1",
            "state": "negotiating",
            "forum": "open_negotiation",
            "lines": [1],
            "allowed": "182.40",
            "target": "612.50",
            "at_stake": "430.10",
            "offer": {"offer_id": "o1", "by": "payer", "round": 1, "amount": "310.00", "on": "2026-03-28"},
            "settlement": None,
            "recovered": "0.00",
            "deadlines": [{"kind": "negotiation_ends", "on": "2026-05-01"}],
            "next_deadline": "2026-05-01",
            "closed": "",
        }
    ],
    "documents": [],
    "moments": {
        "received": "2026-03-03T15:04:05Z",
        "adjudicated": "2026-03-18T08:00:00Z",
        "flagged": "2026-03-18T08:00:01Z",
        "settled": None,
        "closed": None,
    },
    "remittances": 1,
    "events": 6,
    "illegal_transitions": 0,
    "last_event": {"type": "recoup.offer.received.v1", "at": "2026-03-28T10:00:00Z"},
    "history": False,
}

CLAIM_PAGE: dict[str, Any] = {"items": [CLAIM], "next": "eyJzb3J0IjoiLXJlY2VpdmVkX2F0In0"}

TIMELINE: dict[str, Any] = {
    "items": [
        {
            "position": 1,
            "event_id": "01960f3c-0000-7000-8000-000000000001",
            "type": "recoup.claim.received.v1",
            "source": "intake",
            "occurred_at": "2026-03-03T15:04:05Z",
            "recorded_at": "2026-03-03T15:04:05Z",
            "state_before": "none",
            "state_after": "received",
            "legal": True,
            "sentence": "Claim received: $1,240.00 on 1 line, service of March 2, 2026.",
            "data": {"claim_id": _ID},
        }
    ],
    "next": None,
}

ACCESS_PAGE: dict[str, Any] = {
    "items": [
        {
            "id": 7,
            "access": {
                "at": "2026-03-29T14:00:00Z",
                "principal": "key:4f1c",
                "role": "negotiator",
                "action": "claim",
                "phi": True,
                "tenants": ["riverside-em"],
                "claim_ids": [_ID],
                "client": "192.0.2.10",
                "outcome": "allowed",
            },
        }
    ],
    "next": None,
}

ME: dict[str, Any] = {
    "id": "key:4f1c",
    "role": "negotiator",
    "tenants": ["riverside-em"],
    "scopes": ["claims:act", "claims:phi", "claims:read", "patients:contact", "portfolio:read", "stream:read"],
    "authority": "negotiator",
    "name": "Ada Lovelace",
    "undo_seconds": 10,
    "today": "2026-04-09",
    "time_zone": "America/New_York",
    "known_tenants": ["riverside-em"],
}
