"""Loaded reference releases: one immutable row each, so that a load is all or nothing and never overwrites another.

A release's content is its compact form (`adapters/packed.py`); the service keeps every release in memory. A wrong one
is withdrawn: its row stays, with the moment from which it was no longer used.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime

import asyncpg
import msgspec

from services.benchmark.adapters.packed import Packed, PackedTable, read_release, read_table, write_packed
from services.benchmark.adapters.shipped import reference_of, shipped_releases, zip_places
from services.benchmark.application.ports import ListedRelease, ReleaseExists
from services.benchmark.domain.distributions import Table
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Release
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.telemetry.logging import Log
from shared.tenants import owners_of

_log = Log("benchmark")


class _ListedRow(Row):
    size: str


class _IdRow(Row):
    id: int


class _TenantRow(Row):
    tenant: str


class _ContentRow(Row):
    id: int
    kind: str
    content: bytes


TABLES = """
CREATE TABLE reference_releases (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    effective_from date NOT NULL,
    effective_to date NOT NULL,
    source text NOT NULL,
    size jsonb NOT NULL,
    sha256 text NOT NULL,
    content bytea NOT NULL,
    loaded_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    UNIQUE (kind, name),
    CHECK (effective_from <= effective_to)
)
"""

IMMUTABLE = (
    """
    CREATE FUNCTION reference_releases_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL
            AND (to_jsonb(NEW) - 'withdrawn_at' - 'content') = (to_jsonb(OLD) - 'withdrawn_at' - 'content')
            AND NEW.content = OLD.content THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'a reference release is never changed';
    END $$
    """,
    """
    CREATE TRIGGER reference_releases_stay BEFORE UPDATE OR DELETE ON reference_releases
    FOR EACH ROW EXECUTE FUNCTION reference_releases_stay()
    """,
)


async def store(conn: Connection, packed: Packed, size: dict[str, int], now: datetime) -> bool:
    """Keep a release; False where exactly this one is there already. Raises `ReleaseExists`."""
    kind = packed.kind if isinstance(packed, PackedTable) else "cms"
    if kind == "cms" and any(release.name == packed.name for release in shipped_releases()):
        raise ReleaseExists(f"{packed.name} comes with the service; choose another name")
    content = write_packed(packed)
    digest = hashlib.sha256(content).hexdigest()
    source = packed.source if isinstance(packed, PackedTable) else "CMS"
    try:
        await conn.execute(
            "INSERT INTO reference_releases "
            "(kind, name, effective_from, effective_to, source, size, sha256, content, loaded_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            kind,
            packed.name,
            packed.effective_from,
            packed.effective_to,
            source,
            msgspec.json.encode(size).decode(),
            digest,
            content,
            now,
        )
    except asyncpg.UniqueViolationError:
        known = await conn.fetchval(
            "SELECT sha256 FROM reference_releases WHERE kind = $1 AND name = $2", kind, packed.name
        )
        if known == digest:
            return False
        raise ReleaseExists(f"{kind} {packed.name} was loaded before with other content; choose another name") from None
    return True


async def withdraw(conn: Connection, kind: str, name: str, now: datetime) -> bool:
    """Use a release no longer; False where there is none in use."""
    done = await conn.fetchval(
        "UPDATE reference_releases SET withdrawn_at = $3 WHERE kind = $1 AND name = $2 AND withdrawn_at IS NULL "
        "RETURNING id",
        kind,
        name,
        now,
    )
    return done is not None


async def listed(conn: Connection) -> list[ListedRelease]:
    """Every release that was ever loaded, oldest first."""
    rows = await conn.fetch(
        "SELECT kind, name, effective_from, effective_to, source, size, sha256, loaded_at, withdrawn_at "
        "FROM reference_releases ORDER BY id",
        record_class=_ListedRow,
    )
    return [msgspec.convert(dict(row) | {"size": msgspec.json.decode(row.size)}, ListedRelease) for row in rows]


def _read(kind: str, content: bytes) -> Release | Table:
    return read_release(content, zip_places) if kind == "cms" else read_table(content)


class Releases:
    """The releases in use, read again when they changed; what was read once is kept."""

    def __init__(self) -> None:
        self._known: dict[int, Release | Table] = {}
        self._in_use: tuple[int, ...] | None = None

    async def refresh(self, conn: Connection) -> Reference | None:
        """The reference with everything in use; None where nothing changed since the last time."""
        rows = await conn.fetch(
            "SELECT id FROM reference_releases WHERE withdrawn_at IS NULL ORDER BY id", record_class=_IdRow
        )
        ids = tuple(row.id for row in rows)
        if ids == self._in_use:
            return None
        for row in await conn.fetch(
            "SELECT id, kind, content FROM reference_releases WHERE id = ANY($1::bigint[])",
            [i for i in ids if i not in self._known],
            record_class=_ContentRow,
        ):
            read = await asyncio.to_thread(_read, row.kind, row.content)
            self._known[row.id] = await _owned(conn, read) if isinstance(read, Table) else read
        self._known = {i: self._known[i] for i in ids}
        self._in_use = ids
        found = list(self._known.values())
        return reference_of(
            tuple(one for one in found if isinstance(one, Release)),
            tuple(one for one in found if isinstance(one, Table) and (one.tenants or not one.own)),
        )


async def _owned(conn: Connection, table: Table) -> Table:
    """A snapshot of claims with those whose it is; one that names none is nobody's where several have claims."""
    if not table.own or table.tenants:
        return table
    query = "SELECT DISTINCT tenant FROM claim_files ORDER BY tenant"
    known = [row.tenant for row in await conn.fetch(query, record_class=_TenantRow)]
    owners = owners_of((), known)
    if not owners:
        _log.warning("a snapshot names no organisation and judges nobody's claims: take it anew", version=table.name)
    return msgspec.structs.replace(table, tenants=frozenset(owners))
