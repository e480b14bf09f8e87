"""The rows of the desk's one list, written in the transaction that changes their claim.

A row stands for a live dispute and is in one queue; what no longer lives has none. Beside them: which claims a
payment's trace number (check or EFT) paid, since people search by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from services.gateway.adapters.sql.tables import wall
from services.gateway.domain.queues import CaseRow, rows
from services.gateway.domain.view import ClaimView
from shared.calendar import NO_DAY
from shared.events.claims import RemittanceReceived
from shared.runtime.batch_processor import ReceivedEvent
from shared.runtime.bulk import insert_rows, insert_statement, transpose
from shared.runtime.state_table import Stored
from shared.runtime.unit_of_work import UnitOfWork

NO_OFFER = Decimal(-1)
"""Sorts a row without an offer behind all that have one, the largest share first."""
FIRST_DAY = date(1900, 1, 1)
_COLUMNS = {
    "claim_id": "uuid",
    "place": "smallint",
    "tenant": "text",
    "queue": "text",
    "case_id": "text",
    "state": "text",
    "forum": "text",
    "payer_id": "text",
    "payer_name": "text",
    "code": "text",
    "service_from": "date",
    "owner": "text",
    "role": "text",
    "due": "date",
    "billed": "numeric",
    "allowed": "numeric",
    "offer": "numeric",
    "at_stake": "numeric",
    "expected": "numeric",
    "offer_share": "numeric",
    "content": "text",
    "updated_at": "timestamptz",
}
_KEPT = [name for name in _COLUMNS if name not in ("claim_id", "place")]

TABLES = (
    """
    CREATE TABLE desk (
        claim_id uuid NOT NULL,
        place smallint NOT NULL,
        tenant text NOT NULL,
        queue text NOT NULL,
        case_id text NOT NULL,
        state text NOT NULL,
        forum text NOT NULL,
        payer_id text NOT NULL,
        payer_name text NOT NULL,
        code text NOT NULL,
        service_from date NOT NULL,
        owner text NOT NULL,
        role text NOT NULL,
        due date NOT NULL,
        billed numeric NOT NULL,
        allowed numeric,
        offer numeric,
        at_stake numeric NOT NULL,
        expected numeric NOT NULL,
        offer_share numeric NOT NULL,
        content text NOT NULL,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (claim_id, place)
    )
    """,
    "CREATE INDEX desk_queue ON desk (tenant, queue) INCLUDE (at_stake)",
    "CREATE INDEX desk_expected ON desk (tenant, expected, claim_id, place)",
    "CREATE INDEX desk_queue_expected ON desk (tenant, queue, expected, claim_id, place)",
    "CREATE INDEX desk_due ON desk (tenant, due, claim_id, place)",
    "CREATE INDEX desk_queue_due ON desk (tenant, queue, due, claim_id, place)",
    """
    CREATE TABLE traces (
        tenant text NOT NULL,
        number text NOT NULL,
        claim_id uuid NOT NULL,
        PRIMARY KEY (tenant, number, claim_id)
    )
    """,
    *wall("desk"),
    *wall("traces"),
)

# What says the same is not written again: most events change nothing of what a row says.
_UPSERT = insert_statement(
    "desk AS d",
    _COLUMNS,
    "ON CONFLICT (claim_id, place) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _KEPT)
    + " WHERE (d.content, d.tenant) IS DISTINCT FROM (excluded.content, excluded.tenant)",
)
_FORGET = """
DELETE FROM desk d WHERE claim_id = ANY($1::uuid[]) AND NOT EXISTS (
    SELECT FROM unnest($2::uuid[], $3::smallint[]) AS n (claim_id, place)
    WHERE n.claim_id = d.claim_id AND n.place = d.place)
"""


async def keep_desk(uow: UnitOfWork, received: Sequence[ReceivedEvent], stored: Sequence[Stored[ClaimView]]) -> None:
    """Write the rows of the claims that changed, and the traces of their payments."""
    if not stored:
        return
    found = [as_row(one, row, uow.now) for one in stored for row in rows(one.state)]
    ids = [one.claim_id for one in stored]
    await uow.conn.execute(_FORGET, ids, [row[0] for row in found], [row[1] for row in found])
    if found:
        await uow.conn.execute(_UPSERT, *transpose(found))
    traces = {
        (h.envelope.tenant, number, h.envelope.claim_id)
        for h in received
        if isinstance(h.envelope.data, RemittanceReceived) and (number := h.envelope.data.remittance.trace_number)
    }
    columns = {"tenant": "text", "number": "text", "claim_id": "uuid"}
    await insert_rows(uow.conn, "traces", columns, sorted(traces), suffix="ON CONFLICT DO NOTHING")


def as_row(one: Stored[ClaimView], row: CaseRow, now: Any) -> tuple[Any, ...]:
    """A row as `_COLUMNS`."""
    return (
        one.claim_id,
        row.place,
        one.tenant,
        row.queue,
        row.case_id,
        row.state,
        row.forum,
        row.payer_id,
        row.payer_name,
        row.code,
        row.service_from or FIRST_DAY,
        row.owner,
        row.move.role,
        row.move.due or NO_DAY,
        row.billed,
        row.allowed,
        row.offer,
        row.at_stake,
        row.expected,
        NO_OFFER if row.offer_share is None else row.offer_share,
        msgspec.json.encode(row).decode(),
        now,
    )
