"""The worklist's queries: what is due, overdue, waiting on whom, and blocked by what."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from services.appeals.adapters.sql.tables import CASES
from services.appeals.application.read_ports import Queue, Search
from services.appeals.domain.case import AppealCase
from services.appeals.domain.forums.registry import sought_now
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.state_table import STORED


class _CountsRow(Row):
    due: int
    overdue: int
    escalated: int
    blocked: int
    waiting: int
    live: int
    misdirected: int


class _AttachmentRow(Row):
    reference: str
    kind: str
    title: str
    sha256: str
    added_by: str
    added_at: datetime
    kept: bool


class _QueueRow(Row):
    claim_id: UUID
    stage: str
    forum: str | None
    waiting_on: str | None
    due: date | None
    waiting_until: date | None
    assignee: str | None
    payer_id: str
    day: date
    state: str | None
    packed: bytes | None


class _JournalRow(Row):
    details: str


class _FilingRow(Row):
    case_id: UUID


_WHERE: dict[Queue, str] = {
    "due": "due IS NOT NULL AND due >= $2",
    "overdue": "(due < $2 OR waiting_until < $2)",
    "escalated": "escalated",
    "blocked": "blocked",
    "waiting": "waiting_until IS NOT NULL",
    "live": "waiting_on IS NOT NULL",
    "misdirected": "misdirected",
}


async def search(conn: Connection, asked: Search, today: date) -> list[dict[str, Any]]:
    """Cases of a queue, the earliest date first."""
    rows = await conn.fetch(
        f"SELECT claim_id, stage, forum, waiting_on, due, waiting_until, blocked, escalated, assignee, payer_id, "  # noqa: S608
        f"next_on AS day, {STORED} FROM cases "
        f"WHERE tenant = $1 AND $2::date IS NOT NULL AND next_on IS NOT NULL AND {_WHERE[asked.queue]} "
        "AND ($3::text IS NULL OR forum = $3) AND ($4::text IS NULL OR waiting_on = $4) "
        "AND ($5::text IS NULL OR coalesce(assignee, '') = $5) "
        "AND ($6::date IS NULL OR (next_on, claim_id) > ($6, $7)) ORDER BY next_on, claim_id LIMIT $8",
        asked.tenant,
        today,
        asked.forum,
        asked.waiting_on,
        asked.assignee,
        asked.after[0] if asked.after else None,
        asked.after[1] if asked.after else None,
        asked.limit,
        record_class=_QueueRow,
    )
    return [_row(row, today) for row in rows]


def _row(row: _QueueRow, today: date) -> dict[str, Any]:
    case = CASES.read_stored(row.state, row.packed)
    leading = case.leading
    return {
        "claim_id": str(row.claim_id),
        "case_id": leading.case_id or None,
        "forum": row.forum,
        "stage": row.stage,
        "waiting_on": row.waiting_on,
        "due": row.due,
        "waiting_until": row.waiting_until,
        "overdue": any(day is not None and day < today for day in (row.due, row.waiting_until)),
        "blocked_by": list(dict.fromkeys(fact for one in case.disputes for fact in one.blocked)),
        "escalated": next((one.escalated for one in (leading, *case.disputes) if one.escalated), ""),
        "assignee": row.assignee or "",
        "governing_law": leading.governing.law if leading.governing is not None else None,
        "payer_id": row.payer_id,
        "amount_sought": None if (sought := sought_now(leading)) is None else str(sought),
        "day": row.day,
        **_elsewhere(case),
    }


def _elsewhere(case: AppealCase) -> dict[str, Any]:
    """Money of the claim that the plan sent to somebody else: how much is outstanding, and who has it."""
    item = case.misdirected
    return {} if item is None or not item.open else {"paid_to": item.to, "outstanding": str(item.outstanding)}


async def counts(conn: Connection, tenant: str, today: date) -> dict[str, int]:
    """How many cases each queue holds."""
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE due >= $2) AS due, "
        "count(*) FILTER (WHERE due < $2 OR waiting_until < $2) AS overdue, "
        "count(*) FILTER (WHERE escalated) AS escalated, count(*) FILTER (WHERE blocked) AS blocked, "
        "count(*) FILTER (WHERE waiting_until IS NOT NULL) AS waiting, count(*) AS live, "
        "count(*) FILTER (WHERE misdirected) AS misdirected "
        "FROM cases WHERE tenant = $1 AND next_on IS NOT NULL",
        tenant,
        today,
        record_class=_CountsRow,
    )
    return {name: row[name] for name in _CountsRow.__annotations__} if row else {}


async def history(conn: Connection, claim_id: UUID) -> list[dict[str, Any]]:
    """What people did to a case, oldest first."""
    rows = await conn.fetch(
        "SELECT at, who, action, reason, details FROM journal WHERE claim_id = $1 ORDER BY id",
        claim_id,
        record_class=_JournalRow,
    )
    return [{**dict(row), "details": msgspec.json.decode(row.details)} for row in rows]


async def filings_of(conn: Connection, claim_id: UUID) -> list[dict[str, Any]]:
    """The filings of a claim with their way out."""
    rows = await conn.fetch(
        "SELECT case_id, number, forum, level, filed_on, status, attempts, channel, proof, problem FROM filings "
        "WHERE claim_id = $1 ORDER BY filed_on, number",
        claim_id,
        record_class=_FilingRow,
    )
    return [{**dict(row), "case_id": str(row.case_id)} for row in rows]


async def attachments_of(conn: Connection, claim_id: UUID) -> list[dict[str, Any]]:
    """Clinical and other attachments, by reference."""
    rows = await conn.fetch(
        "SELECT reference, kind, title, sha256, added_by, added_at, content IS NOT NULL AS kept "
        "FROM attachments WHERE claim_id = $1 ORDER BY added_at, reference",
        claim_id,
        record_class=_AttachmentRow,
    )
    return [dict(row) for row in rows]
