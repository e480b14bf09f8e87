"""Searches over claims: composed with SQLAlchemy Core, run on asyncpg, paged by key so that no page costs more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    column,
    literal,
    select,
    table,
    tuple_,
)
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from services.gateway.adapters.sql.reader import FoundClaim, Reader
from services.gateway.application.access import Principal

Sort = Literal["-received_at", "received_at", "next_deadline"]

CLAIMS = table(
    "claims",
    column("claim_id", Uuid(as_uuid=False)),
    column("tenant", Text),
    column("state", Text),
    column("updated_at", DateTime(timezone=True)),
    column("status", Text),
    column("patient_control_blind", Text),
    column("payer_claim_blind", Text),
    column("payer_id", Text),
    column("billing_npi", Text),
    column("specialty", Text),
    column("forum", Text),
    column("verdict", Text),
    column("received_at", DateTime(timezone=True)),
    column("next_deadline", Date),
    column("illegal", Text),
)
_C = CLAIMS.c
_Select: TypeAlias = Select[Any, Any, Any, Any, Any, Any]
_DIALECT = asyncpg_dialect.dialect()


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; empty means any. `*_blinds` are the hashes of an account number under each key."""

    patient_control_blinds: tuple[str, ...] = ()
    payer_claim_blinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    payer_id: str = ""
    provider_npi: str = ""
    specialty: str = ""
    forum: str = ""
    verdict: str = ""
    tenant: str = ""
    received_from: datetime | None = None
    received_to: datetime | None = None
    deadline_until: date | None = None
    sort: Sort = "-received_at"
    limit: int = 50
    cursor: Cursor | None = None


class Cursor(msgspec.Struct, frozen=True):
    """The place of the last claim of a page: its sort key (ISO 8601) and its id."""

    sort: Sort
    key: str
    claim_id: str


class Page(msgspec.Struct, frozen=True):
    claims: list[FoundClaim]
    next: Cursor | None


async def search(reader: Reader, who: Principal, query: Query) -> Page:
    """One page of the caller's claims that fit."""
    statement, arguments = compile_query(query, who)
    async with reader.session(who) as conn:
        rows = await conn.fetch(statement, *arguments)
    found = [
        FoundClaim(str(row["claim_id"]), row["tenant"], reader.view(row["state"]), row["updated_at"])
        for row in rows[: query.limit]
    ]
    if len(rows) <= query.limit:
        return Page(found, None)
    last = rows[query.limit - 1]
    return Page(found, Cursor(query.sort, last[_key_of(query.sort)].isoformat(), str(last["claim_id"])))


def compile_query(query: Query, who: Principal) -> tuple[str, Sequence[Any]]:
    """The SQL and its arguments; one row more than the limit tells whether there is a next page."""
    statement = select(_C.claim_id, _C.tenant, _C.state, _C.updated_at, _C.received_at, _C.next_deadline)
    statement = _paged(_filtered(statement, query, who), query).limit(query.limit + 1)
    compiled = statement.compile(dialect=_DIALECT)
    return compiled.string, [compiled.params[name] for name in compiled.positiontup or ()]


def _filtered(statement: _Select, query: Query, who: Principal) -> _Select:
    equal = {
        _C.payer_id: query.payer_id,
        _C.billing_npi: query.provider_npi,
        _C.specialty: query.specialty,
        _C.forum: query.forum,
        _C.verdict: query.verdict,
        _C.tenant: query.tenant,
    }
    conditions: list[Any] = [col == value for col, value in equal.items() if value]
    # Row-level security guards; naming the tenants again lets the planner use the indexes that start with them.
    if not who.sees_every_tenant and not query.tenant:
        conditions.append(_among(_C.tenant, who.tenants))
    for col, blinds in (
        (_C.patient_control_blind, query.patient_control_blinds),
        (_C.payer_claim_blind, query.payer_claim_blinds),
        (_C.status, query.states),
    ):
        if blinds:
            conditions.append(_among(col, blinds))
    if query.received_from:
        conditions.append(_C.received_at >= query.received_from)
    if query.received_to:
        conditions.append(_C.received_at < query.received_to)
    if query.deadline_until:
        conditions.append(_C.next_deadline <= query.deadline_until)
    return statement.where(and_(*conditions)) if conditions else statement


def _among(col: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """`=` for one value, so that an index that goes on with the sort key gives its order; `= ANY` for more."""
    return col == values[0] if len(values) == 1 else col == any_(literal(list(values), ARRAY(Text)))


def _paged(statement: _Select, query: Query) -> _Select:
    key = _C[_key_of(query.sort)]
    if query.sort == "next_deadline":
        statement = statement.where(key.is_not(None))
    if query.cursor:
        kind = date if query.sort == "next_deadline" else datetime
        place = tuple_(kind.fromisoformat(query.cursor.key), query.cursor.claim_id, types=[key.type, _C.claim_id.type])
        here = tuple_(key, _C.claim_id)
        statement = statement.where(here < place if query.sort.startswith("-") else here > place)
    if query.sort.startswith("-"):
        return statement.order_by(key.desc(), _C.claim_id.desc())
    return statement.order_by(key, _C.claim_id)


def _key_of(sort: Sort) -> str:
    return sort.lstrip("-")
