"""The worklist of recoupments that found no claim, or several."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.db.pool import Connection
from shared.db.rows import Row


class _RecoupmentRow(Row):
    recoupment_id: UUID
    outcome: str
    amount: Decimal
    paid_on: date | None
    trace_number: str
    payer_claim_number: str
    received_at: datetime
    candidates: list[str]


async def open_recoupments(conn: Connection, tenant: str, limit: int = 500) -> list[dict[str, Any]]:
    """Recoupments that wait for a person, oldest first; `candidates` bear its number now, as the payer's or as ours."""
    rows = await conn.fetch(
        "SELECT r.recoupment_id, r.outcome, r.amount, r.paid_on, r.trace_number, r.payer_claim_number, r.received_at, "
        "ARRAY(SELECT k.claim_id::text FROM claim_keys k WHERE k.tenant = r.tenant "
        "AND k.key IN (r.key, 'n:' || split_part(r.key, '|', 2)) AND r.payer_claim_number <> '' "
        "ORDER BY k.claim_id LIMIT 20) AS candidates FROM recoupments r "
        "WHERE r.outcome IN ('unmatched', 'ambiguous') AND r.tenant = $1 "
        "ORDER BY r.received_at, r.recoupment_id LIMIT $2",
        tenant,
        limit,
        record_class=_RecoupmentRow,
    )
    return [
        {
            "recoupment_id": str(row.recoupment_id),
            "status": row.outcome,
            "amount": f"{row.amount:f}",
            "paid_on": row.paid_on.isoformat() if row.paid_on else None,
            "trace_number": row.trace_number,
            "payer_claim_number": row.payer_claim_number,
            "candidates": row.candidates,
            "received_at": row.received_at.isoformat(),
        }
        for row in rows
    ]
