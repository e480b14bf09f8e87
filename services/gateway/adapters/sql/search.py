"""Searches over claims: composed with SQLAlchemy Core, run on asyncpg, paged by key so that no page costs more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    case,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from services.gateway.adapters.sql.reader import Reader
from services.gateway.adapters.sql.tables import CLAIMS as VIEWS
from services.gateway.adapters.sql.tables import HISTORY
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import Cursor, FoundClaim, Page, Query, Sort
from shared.db.rows import Row


class _FoundRow(Row):
    claim_id: UUID
    tenant: str
    state: str | None
    packed: bytes | None
    updated_at: datetime


CLAIMS = table(
    "claims",
    column("claim_id", Uuid(as_uuid=False)),
    column("tenant", Text),
    column("state", Text),
    column("packed", LargeBinary),
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
_STATE = case((_C.packed.is_(None), _C.state)).label("state")
_COLUMNS = (_C.claim_id, _C.tenant, _STATE, _C.packed, _C.updated_at, _C.received_at, _C.next_deadline)
_Select: TypeAlias = Select[Any, Any, Any, Any, Any, Any, Any]
_DIALECT = asyncpg_dialect.dialect()


async def search(reader: Reader, who: Principal, query: Query) -> Page:
    """One page of the caller's claims that fit."""
    statement, arguments = compile_query(query, who)
    async with reader.session(who) as conn:
        rows = await conn.fetch(statement, *arguments, record_class=_FoundRow)
    found = [
        FoundClaim(str(row.claim_id), row.tenant, VIEWS.read_stored(row.state, row.packed), row.updated_at)
        for row in rows[: query.limit]
    ]
    if len(rows) <= query.limit:
        return Page(found, None)
    last = rows[query.limit - 1]
    return Page(found, Cursor(query.sort, last[_key_of(query.sort)].isoformat(), str(last.claim_id)))


def compile_query(query: Query, who: Principal) -> tuple[str, Sequence[Any]]:
    """The SQL and its arguments; one row more than the limit tells whether there is a next page."""
    statement = select(*_COLUMNS)
    tenants, states = _tenants(query, who), _states(query)
    if query.patient_control_blinds or query.payer_claim_blinds or (len(tenants) == 1 and len(states) < 2):
        statement = _limited(_paged(_filtered(statement, query, tenants, states), query), query)
    else:
        statement = _merged(statement, query, tenants, states)
    compiled = statement.compile(dialect=_DIALECT)
    return compiled.string, [compiled.params[name] for name in compiled.positiontup or ()]


def _tenants(query: Query, who: Principal) -> Sequence[str]:
    """The tenants to look among; none means all."""
    return sorted(set(who.tenants)) if not who.sees_every_tenant else [query.tenant] if query.tenant else []


def _states(query: Query) -> Sequence[str]:
    """The states to look in; none means any."""
    return [HISTORY] if query.history else sorted(set(query.states))


def _merged(statement: _Select, query: Query, tenants: Sequence[str], states: Sequence[str]) -> _Select:
    """One page of each tenant and state, merged.

    An index gives the order within one tenant (and state) only; asked over several at once, the database would sort
    everything there is for the sake of one page.
    """
    if tenants:
        tenant = func.unnest(literal(list(tenants), ARRAY(Text))).table_valued("tenant").render_derived(name="t")
    else:
        tenant = text(_EVERY_TENANT).columns(column("tenant", Text)).subquery("t")
    outer: Any = tenant
    conditions = [_C.tenant == tenant.c.tenant]
    if states:
        state = func.unnest(literal(list(states), ARRAY(Text))).table_valued("state").render_derived(name="s")
        conditions.append(_C.status == state.c.state)
        outer = outer.join(state, true())
    inner = _paged(_filtered(statement.where(*conditions), query, (), ()), query)
    inner = _limited(inner, query).lateral("c")
    merged = select(*(inner.c[col.name] for col in _COLUMNS)).select_from(outer.join(inner, true()))
    return _limited(_ordered(merged, query, inner.c[_key_of(query.sort)], inner.c.claim_id), query)


def _limited(statement: _Select, query: Query) -> _Select:
    """Said outright: the plan of a limit that comes as an argument is made for a tenth of the table."""
    return statement.limit(literal_column(str(query.limit + 1), Integer))


# Every tenant there is, by one step of the index each: the planner has no such scan of its own.
_EVERY_TENANT = """
WITH RECURSIVE t AS (
    (SELECT tenant FROM claims ORDER BY tenant LIMIT 1)
    UNION ALL
    SELECT (SELECT n.tenant FROM claims n WHERE n.tenant > t.tenant ORDER BY n.tenant LIMIT 1)
    FROM t WHERE t.tenant IS NOT NULL
) SELECT tenant FROM t WHERE tenant IS NOT NULL
"""


def _filtered(statement: _Select, query: Query, tenants: Sequence[str], states: Sequence[str]) -> _Select:
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
    for col, values in (
        (_C.tenant, tenants),
        (_C.patient_control_blind, query.patient_control_blinds),
        (_C.payer_claim_blind, query.payer_claim_blinds),
        (_C.status, states),
    ):
        if values:
            conditions.append(_among(col, values))
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
    return _ordered(statement, query, key, _C.claim_id)


def _ordered(statement: _Select, query: Query, key: ColumnElement[Any], claim_id: ColumnElement[Any]) -> _Select:
    if query.sort.startswith("-"):
        return statement.order_by(key.desc(), claim_id.desc())
    return statement.order_by(key, claim_id)


def _key_of(sort: Sort) -> str:
    return sort.lstrip("-")
