"""Pages of the desk's list: by key, so that none costs more than another, and counts of its queues by an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from services.gateway.adapters.sql.reader import Reader
from services.gateway.application.access import Principal
from services.gateway.application.case_ports import (
    NOBODY,
    CasePage,
    CasePlace,
    CaseQuery,
    CaseSort,
    FoundCase,
    QueueCount,
)
from services.gateway.domain.queues import CaseRow
from shared.calendar import NO_DAY
from shared.db.rows import Row
from shared.money import ZERO, total

_KEYS: dict[CaseSort, tuple[str, str]] = {
    "-expected": ("expected", "numeric"),
    "due": ("due", "date"),
    "-at_stake": ("at_stake", "numeric"),
    "-offer_share": ("offer_share", "numeric"),
    "service_from": ("service_from", "date"),
    "-updated": ("updated_at", "timestamptz"),
}
_SHOWN = "claim_id, place, tenant, content, updated_at"


class _CaseRow(Row):
    claim_id: UUID
    place: int
    tenant: str
    content: str
    updated_at: datetime
    key: Decimal | date | datetime


class _CountRow(Row):
    queue: str
    count: int
    at_stake: Decimal


class _TotalRow(Row):
    count: int
    at_stake: Decimal


class _Where:
    """Conditions and their arguments, in the order in which they are numbered."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.arguments: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition with `{}` where each of its values stands."""
        places = [f"${len(self.arguments) + n}" for n in range(1, len(values) + 1)]
        self.arguments += values
        self.conditions.append(condition.format(*places))

    @property
    def text(self) -> str:
        """The WHERE clause."""
        return " WHERE " + " AND ".join(self.conditions) if self.conditions else ""


async def cases(reader: Reader, who: Principal, query: CaseQuery) -> CasePage:
    """One page of the rows that fit: two statements, and a third where more is asked for than a queue."""
    fits, mine = _conditions(query, who), _Where()
    _in_tenants(mine, query, who)
    async with reader.session(who) as conn:
        queues = [
            QueueCount(row.queue, row.count, row.at_stake)
            for row in await conn.fetch(
                f"SELECT queue, count(*) AS count, sum(at_stake) AS at_stake FROM desk{mine.text} "  # noqa: S608
                "GROUP BY queue",
                *mine.arguments,
                record_class=_CountRow,
            )
        ]
        if query.narrows:
            summed = await conn.fetchrow(
                f"SELECT count(*) AS count, coalesce(sum(at_stake), 0) AS at_stake FROM desk{fits.text}",  # noqa: S608
                *fits.arguments,
                record_class=_TotalRow,
            )
            count, at_stake = (summed.count, summed.at_stake) if summed else (0, ZERO)
        else:
            asked = [one for one in queues if query.queue in ("", one.queue)]
            count, at_stake = sum(one.count for one in asked), total(one.at_stake for one in asked)
        statement = _page(query, fits)
        rows = await conn.fetch(statement, *fits.arguments, record_class=_CaseRow)
    more = rows[query.limit - 1] if len(rows) > query.limit else None
    place = CasePlace(query.sort, _text(more.key), str(more.claim_id), more.place) if more else None
    return CasePage([_found(row) for row in rows[: query.limit]], place, count, at_stake, queues)


async def rows_of(reader: Reader, who: Principal, claim_id: str) -> Sequence[FoundCase]:
    """The rows of one claim."""
    async with reader.session(who) as conn:
        rows = await conn.fetch(
            f"SELECT {_SHOWN}, due AS key FROM desk WHERE claim_id = $1 ORDER BY place",  # noqa: S608 - columns of ours
            claim_id,
            record_class=_CaseRow,
        )
    return [_found(row) for row in rows]


def _page(query: CaseQuery, fits: _Where) -> str:
    """The statement of the page, with the place of the page before among the conditions."""
    column, kind = _KEYS[query.sort]
    down = query.sort.startswith("-")
    if query.cursor is not None:
        sign = "<" if down else ">"
        fits.add(
            f"({column}, claim_id, place) {sign} ({{}}::text::{kind}, {{}}::text::uuid, {{}}::smallint)",
            query.cursor.key,
            query.cursor.claim_id,
            query.cursor.place,
        )
    way = "DESC" if down else "ASC"
    return (
        f"SELECT {_SHOWN}, {column} AS key FROM desk{fits.text} "  # noqa: S608 - columns of ours
        f"ORDER BY {column} {way}, claim_id {way}, place {way} LIMIT {query.limit + 1}"
    )


def _conditions(query: CaseQuery, who: Principal) -> _Where:
    where = _Where()
    _in_tenants(where, query, who)
    for column in ("queue", "payer_id", "code", "forum", "state", "role"):
        if value := getattr(query, column):
            where.add(f"{column} = {{}}", value)
    if query.owner:
        where.add("owner = {}", "" if query.owner == NOBODY else query.owner)
    if query.claim_ids:
        where.add("claim_id = ANY({}::uuid[])", list(query.claim_ids))
    if query.due_until is not None:
        where.add("due <= {}", query.due_until)
    if query.service_from is not None:
        where.add("service_from >= {}", query.service_from)
    if query.service_to is not None:
        where.add("service_from <= {}", query.service_to)
    if query.min_at_stake is not None:
        where.add("at_stake >= {}", query.min_at_stake)
    if query.spoken is not None:
        _meant(where, query)
    return where


def _in_tenants(where: _Where, query: CaseQuery, who: Principal) -> None:
    """Row-level security guards; naming the tenants again lets the planner use the indexes that start with them."""
    if query.tenant:
        where.add("tenant = {}", query.tenant)
    elif not who.sees_every_tenant:
        first, *others = sorted(set(who.tenants)) or [""]
        if others:
            where.add("tenant = ANY({}::text[])", [first, *others])
        else:
            where.add("tenant = {}", first)


def _meant(where: _Where, query: CaseQuery) -> None:
    """Any of what the text may mean."""
    said = query.spoken
    assert said is not None
    any_of = _Where()
    any_of.arguments = where.arguments
    any_of.add("claim_id IN (SELECT claim_id FROM traces WHERE number = {})", said.number)
    any_of.add("payer_id = {}", said.number)
    blinds = {"patient_control_blind": query.account_blinds, "payer_claim_blind": query.payer_number_blinds}
    for column, values in blinds.items():
        if values:
            matching = f"SELECT claim_id FROM claims WHERE {column} = ANY({{}}::text[])"  # noqa: S608 - columns of ours
            any_of.add(f"claim_id IN ({matching})", list(values))
    if said.ids is not None:
        any_of.add("claim_id BETWEEN {}::text::uuid AND {}::text::uuid", *said.ids)
        any_of.add("starts_with(replace(case_id, '-', ''), {})", said.begins)
    if said.day is not None:
        any_of.add("service_from = {}", said.day)
        any_of.add("due = {}", said.day)
    if said.amount is not None:
        any_of.add("{} IN (billed, at_stake, offer, allowed)", said.amount)
    if said.code:
        any_of.add("code = {}", said.code)
    if said.name:
        any_of.add("strpos(lower(payer_name), lower({})) > 0", said.name)
    where.conditions.append("(" + " OR ".join(any_of.conditions) + ")")


def _found(row: _CaseRow) -> FoundCase:
    content = msgspec.json.decode(row.content, type=CaseRow)
    return FoundCase(str(row.claim_id), row.tenant, content, row.updated_at)


def _text(key: Decimal | date | datetime) -> str:
    if isinstance(key, Decimal):
        return str(key)
    return "infinity" if key == NO_DAY else key.isoformat()
