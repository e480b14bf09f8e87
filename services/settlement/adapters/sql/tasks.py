"""The list of what waits for people: accounts by the day of their first task."""

from __future__ import annotations

from datetime import date

from msgspec.structs import asdict

from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.application.read_ports import FurtherTask, WaitingTask
from services.settlement.domain.account import Account
from services.settlement.domain.tasks import Task, at_stake, tasks
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.worklist import Place


class _TaskRow(Row):
    claim_id: str
    task_on: date


_WAITING = "FROM accounts WHERE ($1 = '' OR tenant = $1) AND task_on IS NOT NULL"
_SOURCE = "account"


async def page(
    conn: Connection, *, tenant: str, today: date, after: Place | None, limit: int
) -> tuple[list[WaitingTask], int]:
    """Return rows of a tenant (of all where it is empty) after a place, and how many there are in all.

    The earliest day comes first, those without a day last.
    """
    rows = await conn.fetch(
        f"SELECT claim_id::text, task_on {_WAITING} AND ($2::date IS NULL "
        '    OR (task_on, claim_id::text COLLATE "C", $4) > ($2, $3, $5)) '
        'ORDER BY task_on, claim_id::text COLLATE "C" LIMIT $6',
        tenant,
        *((after.day, after.claim_id) if after else (None, "")),
        _SOURCE,
        after.source if after else "",
        limit,
        record_class=_TaskRow,
    )
    total: int = await conn.fetchval(f"SELECT count(*) {_WAITING}", tenant) or 0
    accounts = await ACCOUNTS.read_many(conn, [row.claim_id for row in rows])
    return [_row(row.task_on, accounts[row.claim_id], today) for row in rows], total


def _row(kept: date, a: Account, today: date) -> WaitingTask:
    # a day that an older release kept may belong to an account that has no task by this one's rule: it is shown
    first, *rest = tasks(a) or (Task(kind="account", task="look at the account", why=""),)
    about = next((one for one in a.disputes if first.case_id and one.case_id == first.case_id), a)
    return WaitingTask(
        claim_id=a.claim_id,
        source=_SOURCE,
        key=Place(kept, a.claim_id, _SOURCE).key,
        **asdict(first),
        opens=None,
        last=None,
        days_left=None if first.day is None else (first.day - today).days,
        also=tuple(FurtherTask(task.task, task.day) for task in rest),
        forum=about.proceeding.forum if about.proceeding else "",
        level=about.proceeding.level if about.proceeding else 0,
        assignee="",
        payer_id=a.payer_id,
        at_stake=at_stake(a),
    )
