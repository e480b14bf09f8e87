"""Intake's state table, the facts of every accepted claim, and the columns of what payers sent."""

from __future__ import annotations

from services.intake.domain.submission import ClaimRecord
from shared.runtime.state_table import StateTable

CLAIMS: StateTable[ClaimRecord] = StateTable("claims", ClaimRecord)

REMITTANCES = {
    "remittance_id": "uuid",
    "claim_id": "uuid",
    "status": "text",
    "score": "integer",
    "reason": "text",
    "keys": "text",
    "candidates": "text",
    "sealed": "bytea",
    "received_on": "date",
    "interchange_id": "uuid",
    "received_at": "timestamptz",
    "tenant": "text",
    "serial": "integer",
    "excluded": "text",
    "arrived_on": "date",
    "advice_id": "uuid",
    "paid": "numeric",
    "counted_again": "boolean",
    "history": "boolean",
}
"""Claim payments, waiting or matched."""
RECOUPMENTS = {
    "recoupment_id": "uuid",
    "tenant": "text",
    "claim_id": "uuid",
    "outcome": "text",
    "key": "text",
    "amount": "numeric",
    "paid_on": "date",
    "trace_number": "text",
    "received_on": "date",
    "received_at": "timestamptz",
    "payer_claim_number": "text",
}
"""Money taken back out of other payments (PLB WO)."""
