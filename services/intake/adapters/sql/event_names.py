"""Which content an event's name stands for: CloudEvents are told apart by source and id, here of one tenant each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from shared.db.pool import Connection
from shared.db.rows import Row


class _NameRow(Row):
    tenant: str
    source: str
    name: str


class _KnownNameRow(_NameRow):
    sha256: str


class Name(NamedTuple):
    """What names an event: the tenant it is for, the source that sent it (empty: not said) and the id it has there."""

    tenant: str
    source: str
    id: str


async def enter(conn: Connection, contents: Mapping[Name, str], now: datetime) -> tuple[dict[Name, str], set[Name]]:
    """Enter names with the SHA-256 of their contents.

    Returns the content that each stands for, this one or an earlier one, and the names that were not there before.
    Whoever enters a name that another transaction is entering waits here for its end.
    """
    if not contents:
        return {}, set()
    names = sorted(contents)
    columns = [[name.tenant for name in names], [name.source for name in names], [name.id for name in names]]
    fresh = await conn.fetch(
        "INSERT INTO event_names (tenant, source, name, sha256, first_at) "
        "SELECT *, $5::timestamptz FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
        "ON CONFLICT DO NOTHING RETURNING tenant, source, name",
        *columns,
        [contents[name] for name in names],
        now,
        record_class=_NameRow,
    )
    known = await conn.fetch(
        "SELECT tenant, source, name, sha256 FROM event_names "
        "JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted(tenant, source, name) USING (tenant, source, name)",
        *columns,
        record_class=_KnownNameRow,
    )
    recorded = {Name(row.tenant, row.source, row.name): row.sha256 for row in known}
    return recorded, {Name(row.tenant, row.source, row.name) for row in fresh}
