"""What settlement writes beside its states, in the same transaction: new ledger entries and decisions, set-based."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from services.settlement.adapters.sql.tables import DECISION_COLUMNS, LEDGER_COLUMNS
from services.settlement.domain.account import Account, DecisionRecord
from services.settlement.domain.ledger import Entry, Place
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.batch_processor import ReceivedEvent
from shared.runtime.bulk import insert_rows
from shared.runtime.state_table import Stored
from shared.runtime.unit_of_work import UnitOfWork


class _EntryRow(Row):
    seq: int
    booked_on: date
    why: str
    source: Place
    target: Place
    amount: Decimal
    case_id: str


class _DecisionRow(Row):
    taken: str


class _OddRow(Row):
    claim_id: UUID


_encoder = msgspec.json.Encoder(decimal_format="string")
# With a calendar that stands still two transactions may share an instant; then entries written before come again.
_ONCE = "ON CONFLICT DO NOTHING"


async def write_journal(uow: UnitOfWork, _: Sequence[ReceivedEvent], rows: Sequence[Stored[Account]]) -> None:
    """A projection for `BatchProcessor`: the entries and decisions this transaction made, one statement each."""
    entries: list[tuple[Any, ...]] = []
    decisions: list[tuple[Any, ...]] = []
    for row in rows:
        books = row.state.books
        if books.fresh_at == uow.now:
            entries += [
                (row.claim_id, e.seq, e.on, e.why, e.source, e.target, e.amount, e.case_id) for e in books.fresh
            ]
        if row.state.fresh_at == uow.now:
            decisions += [_decision(row.claim_id, record) for record in row.state.fresh]
    await insert_rows(uow.conn, "ledger", LEDGER_COLUMNS, entries, suffix=_ONCE)
    await insert_rows(uow.conn, "decisions", DECISION_COLUMNS, decisions, suffix=_ONCE)


def _decision(claim_id: str, record: DecisionRecord) -> tuple[Any, ...]:
    choice, inputs = record.choice, record.inputs
    text = _encoder.encode(record).decode()
    return (claim_id, record.number, record.on, choice.action, choice.role, inputs.policy, text)


async def entries_of(conn: Connection, claim_id: str) -> list[Entry]:
    """A claim's ledger, oldest first."""
    rows = await conn.fetch(
        "SELECT seq, booked_on, why, source, target, amount, case_id FROM ledger WHERE claim_id = $1 ORDER BY seq",
        claim_id,
        record_class=_EntryRow,
    )
    return [Entry(r.seq, r.booked_on, r.why, r.source, r.target, r.amount, r.case_id) for r in rows]


async def decisions_of(conn: Connection, claim_id: str) -> list[DecisionRecord]:
    """A claim's decisions with their inputs, oldest first."""
    rows = await conn.fetch(
        "SELECT taken FROM decisions WHERE claim_id = $1 ORDER BY number", claim_id, record_class=_DecisionRow
    )
    return [msgspec.json.decode(row.taken, type=DecisionRecord) for row in rows]


async def audit(conn: Connection, tenant: str = "") -> list[str]:
    """Claims whose ledger does not add up to their state, or whose places do not hold the charge; set-based.

    Empty where all is well. Of one tenant where one is named.
    """
    rows = await conn.fetch(
        """
        WITH sums AS (
            SELECT claim_id, place, sum(amount) AS balance, max(seq) AS last, count(DISTINCT seq) AS entries FROM (
                SELECT claim_id, seq, target AS place, amount FROM ledger
                UNION ALL
                SELECT claim_id, seq, source, -amount FROM ledger
            ) e GROUP BY claim_id, place
        ), books AS (
            SELECT claim_id, jsonb_object_agg(place, balance) FILTER (WHERE balance <> 0) AS balances, max(last) AS last
            FROM sums GROUP BY claim_id
        )
        SELECT a.claim_id FROM accounts a LEFT JOIN books b USING (claim_id)
        CROSS JOIN LATERAL (SELECT jsonb_build_array(a.state) || coalesce(a.state -> 'beside', '[]') AS all_) d
        WHERE ($1 = '' OR a.tenant = $1) AND (
           coalesce((a.state #>> '{books,entries}')::int, 0) <> coalesce(b.last, 0)
           OR EXISTS (
               SELECT 1 FROM jsonb_array_elements(d.all_) one,
                   jsonb_each_text(coalesce(one #> '{books,balances}', '{}')) s(place, amount)
               GROUP BY s.place
               HAVING sum(s.amount::numeric) <> coalesce((b.balances ->> s.place)::numeric, 0)
           )
           OR (a.phase = 'closed' AND a.state ->> 'reversal_until' IS NULL
               AND EXISTS (SELECT 1 FROM unnest(ARRAY['awaiting', 'in_dispute', 'agreed']) p(place)
                           WHERE coalesce((b.balances ->> p.place)::numeric, 0) <> 0)))
        ORDER BY a.claim_id
        """,
        tenant,
        record_class=_OddRow,
    )
    return [str(row.claim_id) for row in rows]
