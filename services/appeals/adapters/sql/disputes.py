"""Disputes for IDR planning, and who is cooling off with whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from services.appeals.adapters.sql.tables import CASES
from services.appeals.domain.batch_filing import disputed_of
from services.appeals.domain.batching import Disputed
from services.appeals.domain.cooling_off import Cooling, Period
from services.appeals.domain.deadlines import OF
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.tables import Rules
from shared.db.pool import Connection
from shared.db.rows import ClaimId, Row
from shared.runtime.state_table import STORED


class _StateRow(Row):
    state: str | None
    packed: bytes | None


class _PeriodRow(Row):
    payer_id: str
    tin: str
    code: str
    determined_on: date
    group_number: str
    plan_name: str
    until: date


_PLANNED = (
    [forum.name for forum in FORUMS.values() for _ in forum.traits.may_share_filing],
    [stage for forum in FORUMS.values() for stage in forum.traits.may_share_filing],
)
"""Forums and stages at which a claim may be planned into a shared filing."""
_GATHERING = (
    [forum.name for forum in FORUMS.values() if forum.traits.batch_stage],
    [forum.traits.batch_stage for forum in FORUMS.values() if forum.traits.batch_stage],
)
"""Where a claim waits for others to be filed with."""


_AT = "((c.forum, c.stage) IN (SELECT * FROM unnest($3::text[], $4::text[])) OR c.state ? 'beside')"
"""Claims whose leading dispute stands at one of these steps, or that have several disputes: theirs are looked at."""


async def open_disputes(conn: Connection, tenant: str, payer_id: str | None, rules: Rules) -> list[Disputed]:
    """Disputes in open negotiation, or standing before IDR initiation."""
    rows = await conn.fetch(
        f"SELECT {STORED} FROM cases c WHERE tenant = $1 AND next_on IS NOT NULL "  # noqa: S608 - a text of ours
        f"AND ($2::text IS NULL OR payer_id = $2) AND {_AT}",
        tenant,
        payer_id,
        *_PLANNED,
        record_class=_StateRow,
    )
    return [found for row in rows for found in disputed_of(CASES.read_stored(row.state, row.packed), rules)]


async def awaiting_batch(conn: Connection, claim_ids: Sequence[str], now: datetime) -> list[str]:
    """The claims that may be filed together with those of these claims that are due to be initiated; all their ids."""
    rows = await conn.fetch(
        "WITH due AS (SELECT DISTINCT c.tenant, c.payer_id, coalesce(c.tin, '') AS tin FROM cases c JOIN timers t "  # noqa: S608
        f"USING (claim_id) WHERE c.claim_id = ANY($1::uuid[]) AND {_AT} "
        "AND split_part(t.kind, $5, 1) = 'gather_due' AND t.due <= $2) "
        "SELECT c.claim_id::text FROM cases c JOIN due d ON c.tenant = d.tenant AND c.payer_id = d.payer_id "
        f"AND coalesce(c.tin, '') = d.tin WHERE {_AT} ORDER BY 1",
        claim_ids,
        now,
        *_GATHERING,
        OF,
        record_class=ClaimId,
    )
    return [row.claim_id for row in rows]


# A determination of before its day was kept was 90 days before its period's end.
_UNTIL = "CASE WHEN state ? 'beside' THEN (one->>'cooling_off_until')::date ELSE cooling_off_until END"
_PERIODS = (
    "SELECT payer_id, coalesce(tin, '') AS tin, code, "  # noqa: S608 - a text of ours
    f"coalesce((one->>'determined_on')::date, {_UNTIL} - 90) AS determined_on, "
    "coalesce(one->'facts'->>'group_number', '') AS group_number, "
    f"coalesce(one->'facts'->>'plan_name', '') AS plan_name, max({_UNTIL}) AS until "
    "FROM cases, jsonb_array_elements(jsonb_build_array(state) || coalesce(state->'beside', '[]')) AS one, "
    "jsonb_array_elements_text(one->'dispute'->'codes') AS code "
    f"WHERE cooling_off_until >= $1 AND {_UNTIL} >= $1 AND {{among}} GROUP BY 1, 2, 3, 4, 5, 6"
)
"""Periods that determinations began, of each of a claim's disputes; the column has the last of the claim's."""


async def cooling_off_of(conn: Connection, claim_ids: Sequence[str], on: date) -> Cooling:
    """The periods that may bind the parties of these claims on a day: one query for a whole batch of timers."""
    rows = await conn.fetch(
        _PERIODS.format(
            among="(payer_id, coalesce(tin, '')) IN (SELECT payer_id, coalesce(tin, '') "
            "FROM cases c WHERE claim_id = ANY($2::uuid[]) AND " + _AT + ")"
        ),
        on,
        claim_ids,
        *_PLANNED,
        record_class=_PeriodRow,
    )
    return _cooling(rows)


async def cooling_off(conn: Connection, on: date, disputes: Iterable[Disputed]) -> Cooling:
    """The periods that may bind the parties of these disputes on a day; they bind whatever the tenant."""
    tins = sorted({dispute.tin for dispute in disputes})
    return _cooling(
        await conn.fetch(
            _PERIODS.format(among="coalesce(tin, '') = ANY($2::text[])"), on, tins, record_class=_PeriodRow
        )
    )


def _cooling(rows: Iterable[_PeriodRow]) -> Cooling:
    found: dict[tuple[str, str, str], tuple[Period, ...]] = {}
    for row in rows:
        key = (row.payer_id, row.tin, row.code)
        period = Period(
            until=row.until,
            determined_on=row.determined_on,
            group_number=row.group_number,
            plan_name=row.plan_name,
        )
        found[key] = (*found.get(key, ()), period)
    return found
