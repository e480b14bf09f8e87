"""Pages of the desk's list: by key, so that none costs more than another, and counts of its queues by an index."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from services.gateway.adapters.sql.reader import Reader
from services.gateway.application.access import Principal
from services.gateway.application.case_ports import (
    MOST_WORK,
    NOBODY,
    CasePage,
    CasePlace,
    CaseQuery,
    CaseSort,
    FoundCase,
    QueueCount,
)
from services.gateway.domain.queues import CaseRow
from services.gateway.domain.spoken import Spoken
from shared.calendar import NO_DAY
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.money import ZERO, total

_CENTS = "({}::text::numeric * 100)::bigint"
_KEYS: dict[CaseSort, tuple[str, str, str]] = {
    "-expected": ("expected", "expected_cents", _CENTS),
    "due": ("due", "due", "{}::text::date"),
    "-at_stake": ("at_stake", "at_stake_cents", _CENTS),
    "-offer_share": ("offer_share", "offer_points", "({}::text::numeric * 10000)::bigint"),
    "service_from": ("service_from", "service_from", "{}::text::date"),
    "-updated": ("updated_at", "updated_at", "{}::text::timestamptz"),
}
"""Of each order the column as a cursor names it, the one that an index has, and how the former becomes the latter."""
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


class _NameRow(Row):
    payer_name: str


class _IdRow(Row):
    claim_id: UUID


class _Held(msgspec.Struct, frozen=True):
    """What is looked up before the list is read: the payers' names and the claims that a text may mean."""

    names: tuple[str, ...] = ()
    claim_ids: tuple[str, ...] = ()


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
    """One page of the rows that fit, and what they add up to; whole queues are counted as they are written."""
    mine = _Where()
    _in_tenants(mine, query, who)
    async with reader.session(who) as conn:
        fits = _conditions(query, who, await _held(conn, query, mine))
        queues = [
            QueueCount(row.queue, row.count, row.at_stake)
            for row in await conn.fetch(
                "SELECT queue, sum(count)::bigint AS count, sum(at_stake) AS at_stake "  # noqa: S608 - columns of ours
                f"FROM desk_sums{mine.text} GROUP BY queue",
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


async def work(reader: Reader, who: Principal, tenant: str, owner: str) -> Sequence[FoundCase]:
    """The rows of queues in which a move is ours, the most expected first."""
    fits = _conditions(CaseQuery(tenant=tenant, owner=owner), who, _Held())
    fits.add("expected_cents > {}::bigint", 0)
    async with reader.session(who) as conn:
        rows = await conn.fetch(
            f"SELECT {_SHOWN}, due AS key FROM desk{fits.text} "  # noqa: S608 - columns of ours
            f"ORDER BY expected_cents DESC, claim_id DESC, place DESC LIMIT {MOST_WORK}",
            *fits.arguments,
            record_class=_CaseRow,
        )
    return await asyncio.to_thread(lambda: [_found(row) for row in rows])


def _page(query: CaseQuery, fits: _Where) -> str:
    """The statement of the page, with the place of the page before among the conditions."""
    shown, column, read = _KEYS[query.sort]
    down = query.sort.startswith("-")
    if query.cursor is not None:
        sign = "<" if down else ">"
        fits.add(
            f"({column}, claim_id, place) {sign} ({read}, {{}}::text::uuid, {{}}::smallint)",
            query.cursor.key,
            query.cursor.claim_id,
            query.cursor.place,
        )
    way = "DESC" if down else "ASC"
    return (
        f"SELECT {_SHOWN}, {shown} AS key FROM desk{fits.text} "  # noqa: S608 - columns of ours
        f"ORDER BY {column} {way}, claim_id {way}, place {way} LIMIT {query.limit + 1}"
    )


def _conditions(query: CaseQuery, who: Principal, held: _Held) -> _Where:
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
        where.add("at_stake_cents >= {}::bigint", _cents(query.min_at_stake))
    if query.spoken is not None:
        _meant(where, query.spoken, held)
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


async def _held(conn: Connection, query: CaseQuery, mine: _Where) -> _Held:
    """Look up what is not a column of the list: claims by their numbers, and which payers' names hold the text."""
    said = query.spoken
    if said is None:
        return _Held()
    numbers = _Where()
    numbers.arguments, numbers.conditions = list(mine.arguments), list(mine.conditions)
    numbers.add("number = {}", said.number)
    statements = [f"SELECT claim_id FROM traces{numbers.text}"]  # noqa: S608 - columns of ours
    blinds = {"patient_control_blind": query.account_blinds, "payer_claim_blind": query.payer_number_blinds}
    for column, values in blinds.items():
        if values:
            numbers.arguments.append(list(values))
            place = f"${len(numbers.arguments)}::text[]"
            statements.append(f"SELECT claim_id FROM claims WHERE {column} = ANY({place})")  # noqa: S608
    claims = await conn.fetch(" UNION ".join(statements), *numbers.arguments, record_class=_IdRow)
    names: Sequence[_NameRow] = ()
    if said.name:
        names = await conn.fetch(_names(mine), *mine.arguments, record_class=_NameRow)
    held = tuple(row.payer_name for row in names if said.name.lower() in row.payer_name.lower())
    return _Held(held, tuple(str(row.claim_id) for row in claims))


def _names(mine: _Where) -> str:
    """Every payer's name there is: of one tenant by one step of its index each, which the planner has no scan for."""
    if "tenant = $1" not in mine.conditions:
        return f"SELECT DISTINCT payer_name FROM desk{mine.text}"  # noqa: S608 - columns of ours
    return """
WITH RECURSIVE n AS (
    (SELECT payer_name FROM desk WHERE tenant = $1 ORDER BY payer_name LIMIT 1)
    UNION ALL
    SELECT (SELECT d.payer_name FROM desk d WHERE d.tenant = $1 AND d.payer_name > n.payer_name
            ORDER BY d.payer_name LIMIT 1)
    FROM n WHERE n.payer_name IS NOT NULL
) SELECT payer_name FROM n WHERE payer_name IS NOT NULL
"""


def _meant(where: _Where, said: Spoken, held: _Held) -> None:
    """Any of what the text may mean, each by an index; first what many rows may hold, so that they are read once."""
    any_of = _Where()
    any_of.arguments = where.arguments
    if said.code:
        any_of.add("code = {}", said.code)
    if held.names:
        any_of.add("payer_name = ANY({}::text[])", list(held.names))
    if said.day is not None:
        any_of.add("service_from = {}", said.day)
        any_of.add("due = {}", said.day)
    if said.amount is not None:
        for column in ("billed", "at_stake", "offer", "allowed"):
            any_of.add(f"{column}_cents = {{}}::bigint", _cents(said.amount))
    any_of.add("payer_id = {}", said.number)
    if held.claim_ids:
        any_of.add("claim_id = ANY({}::uuid[])", list(held.claim_ids))
    if said.ids is not None:
        any_of.add("claim_id BETWEEN {}::text::uuid AND {}::text::uuid", *said.ids)
        any_of.add("(case_key >= {} AND case_key < {})", said.begins, said.begins[:-1] + chr(ord(said.begins[-1]) + 1))
    where.conditions.append("(" + " OR ".join(any_of.conditions) + ")")


def _cents(dollars: Decimal) -> int:
    return int(dollars.scaleb(2))


def _found(row: _CaseRow) -> FoundCase:
    content = msgspec.json.decode(row.content, type=CaseRow)
    return FoundCase(str(row.claim_id), row.tenant, content, row.updated_at)


def _text(key: Decimal | date | datetime) -> str:
    if isinstance(key, Decimal):
        return str(key)
    return "infinity" if key == NO_DAY else key.isoformat()
