"""What comes back of the fees of IDR and has not come, claim by claim."""

from __future__ import annotations

from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.application.read_ports import ReceivableFee, ReceivableFees
from services.settlement.domain.account import Account
from shared.db.pool import Connection
from shared.db.rows import ClaimId

_DUE = "FROM accounts WHERE ($1 = '' OR tenant = $1) AND fees_receivable > 0"


async def receivable(conn: Connection, tenant: str, after: str, limit: int) -> ReceivableFees:
    """A page of fees due back to a tenant (to all where it is empty), by claim, and the dollars of all of them."""
    rows = await conn.fetch(
        f"SELECT claim_id::text {_DUE} AND claim_id::text > $2 ORDER BY claim_id LIMIT $3",
        tenant,
        after,
        limit,
        record_class=ClaimId,
    )
    whole = await conn.fetchval(f"SELECT coalesce(sum(fees_receivable), 0) {_DUE}", tenant)
    accounts = await ACCOUNTS.read_many(conn, [row.claim_id for row in rows])
    found = tuple(fee for row in rows for one in accounts[row.claim_id].disputes for fee in _due(one))
    return ReceivableFees(found, whole, rows[-1].claim_id if len(rows) == limit else None)


def _due(one: Account) -> list[ReceivableFee]:
    since = one.settlement.settled_on if one.settlement else one.closed_on
    return [
        ReceivableFee(
            claim_id=one.claim_id,
            case_id=one.own_name,
            kind=fee.kind,
            filed_on=fee.filed_on,
            invoice=fee.invoice,
            amount=fee.amount,
            owed=fee.owed,
            paid=fee.paid,
            refunded=fee.refunded,
            due_back=fee.due_back,
            since=since,
        )
        for fee in one.idr_fees
        if fee.due_back
    ]
