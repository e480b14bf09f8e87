"""Disputes for IDR planning, and who is cooling off with whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from services.appeals.domain.batch_filing import disputed
from services.appeals.domain.batching import Disputed
from services.appeals.domain.case import AppealCase
from services.appeals.domain.cooling import Cooling, Period
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.tables import Rules
from shared.db.pool import Connection

_PLANNED = (
    [forum.name for forum in FORUMS.values() for _ in forum.traits.may_share_filing],
    [stage for forum in FORUMS.values() for stage in forum.traits.may_share_filing],
)
"""Forums and stages at which a claim may be planned into a shared filing."""
_GATHERING = (
    [forum.name for forum in FORUMS.values() if forum.traits.gathers_at],
    [forum.traits.gathers_at for forum in FORUMS.values() if forum.traits.gathers_at],
)
"""Where a claim waits for others to be filed with."""
_decoder = msgspec.json.Decoder(AppealCase)


async def open_disputes(conn: Connection, tenant: str, payer_id: str | None, rules: Rules) -> list[Disputed]:
    """Claims in open negotiation, or standing before IDR initiation."""
    rows = await conn.fetch(
        "SELECT state FROM cases WHERE tenant = $1 AND next_on IS NOT NULL AND ($2::text IS NULL OR payer_id = $2) AND "
        "(forum, stage) IN (SELECT * FROM unnest($3::text[], $4::text[]))",
        tenant,
        payer_id,
        *_PLANNED,
    )
    return [found for row in rows if (found := disputed(_decoder.decode(row["state"]), rules)) is not None]


async def gathering(conn: Connection, claim_ids: Sequence[str], now: datetime) -> list[str]:
    """The claims that may be filed together with those of these claims that are due to be initiated; all their ids."""
    rows = await conn.fetch(
        "WITH due AS (SELECT DISTINCT c.tenant, c.payer_id, coalesce(c.tin, '') AS tin FROM cases c JOIN timers t "
        "USING (claim_id) WHERE c.claim_id = ANY($1::uuid[]) "
        "AND (c.forum, c.stage) IN (SELECT * FROM unnest($3::text[], $4::text[])) "
        "AND t.kind = 'gather_due' AND t.due <= $2) "
        "SELECT c.claim_id::text AS id FROM cases c JOIN due d ON c.tenant = d.tenant AND c.payer_id = d.payer_id "
        "AND coalesce(c.tin, '') = d.tin "
        "WHERE (c.forum, c.stage) IN (SELECT * FROM unnest($3::text[], $4::text[])) ORDER BY 1",
        claim_ids,
        now,
        *_GATHERING,
    )
    return [row["id"] for row in rows]


# A determination of before its day was kept was 90 days before its period's end.
_PERIODS = (
    "SELECT payer_id, coalesce(tin, '') AS tin, code, "
    "coalesce((state->>'determined_on')::date, cooling_off_until - 90) AS determined_on, "
    "coalesce(state->'facts'->>'group_number', '') AS group_number, "
    "coalesce(state->'facts'->>'plan_name', '') AS plan_name, max(cooling_off_until) AS until "
    "FROM cases, jsonb_array_elements_text(state->'dispute'->'codes') AS code "
    "WHERE cooling_off_until >= $1 AND {among} GROUP BY 1, 2, 3, 4, 5, 6"
)


async def cooling_off_of(conn: Connection, claim_ids: Sequence[str], on: date) -> Cooling:
    """The periods that may bind the parties of these claims on a day: one query for a whole batch of timers."""
    rows = await conn.fetch(
        _PERIODS.format(
            among="(payer_id, coalesce(tin, '')) IN (SELECT payer_id, coalesce(tin, '') "
            "FROM cases WHERE claim_id = ANY($2::uuid[]) "
            "AND (forum, stage) IN (SELECT * FROM unnest($3::text[], $4::text[])))"
        ),
        on,
        claim_ids,
        *_PLANNED,
    )
    return _cooling(rows)


async def cooling_off(conn: Connection, on: date, disputes: Iterable[Disputed]) -> Cooling:
    """The periods that may bind the parties of these disputes on a day; they bind whatever the tenant."""
    tins = sorted({dispute.tin for dispute in disputes})
    return _cooling(await conn.fetch(_PERIODS.format(among="coalesce(tin, '') = ANY($2::text[])"), on, tins))


def _cooling(rows: Iterable[Any]) -> Cooling:
    found: dict[tuple[str, str, str], tuple[Period, ...]] = {}
    for row in rows:
        key = (row["payer_id"], row["tin"], row["code"])
        period = Period(
            until=row["until"],
            determined_on=row["determined_on"],
            group_number=row["group_number"],
            plan_name=row["plan_name"],
        )
        found[key] = (*found.get(key, ()), period)
    return found
