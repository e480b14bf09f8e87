"""Provider adjustments (PLB) of 835s as they came: what was withheld from payments or added to them, and why.

WOs are applied to claims elsewhere; all are kept here, once however often their 835 comes, for people to read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from recoup_x12.model import Payment, ProviderAdjustment
from services.intake.domain.bank.advice import advice_id
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.bulk import insert_rows
from shared.runtime.unit_of_work import UnitOfWork


class _AdjustmentRow(Row):
    adjustment_id: UUID
    reason: str
    reference: str
    amount: Decimal
    provider_id: str
    fiscal_period: str
    trace_number: str
    payer: str
    paid_on: date | None
    received_at: datetime


_COLUMNS = {
    "adjustment_id": "uuid",
    "tenant": "text",
    "reason": "text",
    "reference": "text",
    "amount": "numeric",
    "provider_id": "text",
    "fiscal_period": "text",
    "trace_number": "text",
    "payer": "text",
    "paid_on": "date",
    "received_at": "timestamptz",
}


async def keep_adjustments(
    uow: UnitOfWork, tenant: str, given: Iterable[tuple[Payment, Iterable[ProviderAdjustment]]]
) -> None:
    """Keep the adjustments of 835s; those of one that came before are the same."""
    rows: dict[str, tuple[Any, ...]] = {}
    for payment, adjustments in given:
        named, seen = UUID(advice_id(payment, tenant)), Counter[str]()
        for one in adjustments:
            parts = (one.provider_id, one.fiscal_period, one.reason, one.reference, f"{one.amount:.2f}")
            name = "\x1f".join(parts)
            seen[name] += 1
            known = str(uuid5(named, f"{name}\x1f{seen[name]}"))
            rows[known] = (
                known, tenant, one.reason, one.reference, one.amount, one.provider_id, one.fiscal_period,
                payment.trace_number, payment.payer.name, payment.paid_on, uow.now,
            )  # fmt: skip
    if rows:
        await insert_rows(
            uow.conn, "provider_adjustments", _COLUMNS, list(rows.values()), suffix="ON CONFLICT DO NOTHING"
        )


async def newest_adjustments(conn: Connection, tenant: str, limit: int = 500) -> list[dict[str, Any]]:
    """Provider adjustments, the newest first."""
    rows = await conn.fetch(
        "SELECT * FROM provider_adjustments WHERE tenant = $1 ORDER BY ordinal DESC LIMIT $2",
        tenant,
        limit,
        record_class=_AdjustmentRow,
    )
    return [
        {
            "adjustment_id": str(row.adjustment_id),
            "reason": row.reason,
            "reference": row.reference,
            "amount": f"{row.amount:f}",
            "provider_id": row.provider_id,
            "fiscal_period": row.fiscal_period,
            "trace_number": row.trace_number,
            "payer": row.payer,
            "paid_on": row.paid_on.isoformat() if row.paid_on else None,
            "received_at": row.received_at.isoformat(),
        }
        for row in rows
    ]
