"""The list of what waits for us: cases by the day of their first task, and letters that do not leave by themselves."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from services.appeals.adapters.sql.tables import CASES
from services.appeals.domain.case import AppealCase
from services.appeals.domain.tasks import Task, at_stake, tasks, undated
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.worklist import Place


class _WaitingRow(Row):
    claim_id: UUID
    source: str
    day: date
    status: str
    problem: str | None


_WAITING = """
    WITH waiting AS (
        SELECT claim_id, 'case' AS source, task_on AS day, '' AS status, '' AS problem
        FROM cases WHERE tenant = $1 AND task_on IS NOT NULL
        UNION ALL
        SELECT f.claim_id, 'letter', min(f.filed_on), max(f.status), string_agg(DISTINCT nullif(f.problem, ''), '; ')
        FROM filings f JOIN cases c USING (claim_id)
        WHERE f.tenant = $1 AND f.status IN ('failed', 'exported', 'waiting') AND c.stage <> 'ended'
            AND (f.case_id::text = c.state ->> 'case_id' OR f.forum = 'records' AND f.status <> 'failed'
                OR EXISTS (SELECT 1 FROM jsonb_array_elements(coalesce(c.state -> 'beside', '[]')) b
                           WHERE b ->> 'case_id' = f.case_id::text AND b ->> 'stage' <> 'ended'))
        GROUP BY f.claim_id
    )
"""
_PLACE = """day, claim_id::text COLLATE "C", source COLLATE "C\""""
_LETTERS = {
    "failed": "see why a letter could not be sent, and send it by hand",
    "exported": "file the letter at the portal, and confirm it with the portal's number",
    "waiting": "complete what a letter lacks: it has not left",
}


async def page(
    conn: Connection, *, tenant: str, today: date, after: Place | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Rows after a place, the earliest day first and those without a day last, and how many there are in all."""
    rows = await conn.fetch(
        f"{_WAITING} SELECT * FROM waiting "  # noqa: S608 - the names are ours
        f"WHERE $2::date IS NULL OR ({_PLACE}) > ($2, $3, $4) ORDER BY {_PLACE} LIMIT $5",
        tenant,
        *(after or (None, "", "")),
        limit,
        record_class=_WaitingRow,
    )
    total: int = await conn.fetchval(f"{_WAITING} SELECT count(*) FROM waiting", tenant) or 0  # noqa: S608
    states = await CASES.read_many(conn, [str(row.claim_id) for row in rows])
    found = [(row, states[str(row.claim_id)]) for row in rows]
    return [_row(row, case, today) for row, case in found], total


def _row(row: _WaitingRow, case: AppealCase, today: date) -> dict[str, Any]:
    if row.source == "letter":
        first = Task(kind="letter", task=_LETTERS[row.status], why=row.problem or "", day=row.day)
        rest: list[Task] = []
    else:  # a day that an older release kept may belong to a case that has no task by this one's rule: it is shown
        first, *rest = tasks(case) or (undated(case),)
    about = next((one for one in case.beside if one.case_id == first.case_id), case)
    return {
        "claim_id": case.claim_id,
        "source": row.source,
        "key": Place(row.day, case.claim_id, row.source).key,
        **msgspec.structs.asdict(first),
        "days_left": None if first.day is None else (first.day - today).days,
        "also": [{"task": task.task, "day": task.day} for task in rest],
        "forum": about.forum or "",
        "level": about.level,
        "assignee": case.assignee,
        "payer_id": case.facts.payer_id,
        "at_stake": at_stake(about),
        "role": "",
    }
