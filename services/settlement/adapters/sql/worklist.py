"""Claims that wait for a person, the most money first."""

from __future__ import annotations

from decimal import Decimal

from services.settlement.application.read_ports import WaitingClaim
from shared.db.pool import Connection
from shared.db.rows import Row


class _WaitingRow(Row):
    claim_id: str
    phase: str
    waits_for: str
    payer_id: str
    charge: Decimal
    in_dispute: Decimal
    owed: Decimal
    why: str


_WAITING = """
SELECT claim_id::text, phase, waits_for, payer_id, charge, in_dispute, owed,
    CASE WHEN waits_for <> '' THEN 'decision waits'
         WHEN state ->> 'unplaced' IS NOT NULL THEN 'money names no dispute'
         WHEN phase <> 'expected' AND state ->> 'held' IS NOT NULL THEN 'offer names no dispute'
         WHEN phase = 'settled' OR jsonb_path_exists(state, '$.beside[*].settlement.chase_until')
         THEN 'settlement not paid'
         WHEN phase = 'received' AND state ->> 'refusal' IS NOT NULL THEN 'rejected by the payer'
         WHEN phase = 'received' THEN 'no answer of the payer'
         WHEN state ->> 'unanswered' IS NOT NULL THEN 'lines not answered yet'
         WHEN phase = 'adjudicated' THEN 'no verdict since'
         ELSE 'cannot be judged' END AS why
FROM accounts
WHERE ($2 = '' OR tenant = $2) AND (waits_for <> '' OR phase = 'unjudged'
    OR phase = 'settled' AND state #>> '{settlement,chase_until}' IS NOT NULL
    OR phase = 'received' AND (state ->> 'inquiries' IS NOT NULL OR state ->> 'refusal' IS NOT NULL
        OR state #>> '{said,code}' ~ '^[FR]') OR state ->> 'unanswered' IS NOT NULL
    OR phase = 'adjudicated' AND state ->> 'review_on' IS NOT NULL
    OR state ->> 'unplaced' IS NOT NULL OR phase <> 'expected' AND state ->> 'held' IS NOT NULL
    OR jsonb_path_exists(state, '$.beside[*].settlement.chase_until'))
ORDER BY in_dispute + owed DESC, charge DESC, claim_id LIMIT $1
"""


async def waiting(conn: Connection, tenant: str, limit: int) -> list[WaitingClaim]:
    """Claims of a tenant (of all where it is empty), each with why it waits."""
    rows = await conn.fetch(_WAITING, limit, tenant, record_class=_WaitingRow)
    return [
        WaitingClaim(
            claim_id=row.claim_id,
            phase=row.phase,
            waits_for=row.waits_for,
            payer_id=row.payer_id,
            charge=row.charge,
            in_dispute=row.in_dispute,
            owed=row.owed,
            why=row.why,
        )
        for row in rows
    ]
