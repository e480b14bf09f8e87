"""Reads of one claim, behind the wall: every query runs as the reader role with the caller's tenants set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from services.gateway.adapters.sql.tables import CLAIMS, READER, details_and_sentence
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import FoundClaim
from services.gateway.application.resources import TimelineEntry
from shared.db.pool import Connection, Pool
from shared.db.rows import Row
from shared.lifecycle import State
from shared.runtime.state_table import STORED


class _ReadClaim(Row):
    tenant: str
    state: str | None
    packed: bytes | None
    updated_at: datetime


class _ClaimRow(Row):
    claim_id: str
    tenant: str
    state: str | None
    packed: bytes | None
    updated_at: datetime


class _TenantRow(Row):
    tenant: str


class _EntryRow(Row):
    position: int
    event_id: UUID
    type: str
    source: str
    occurred_at: datetime
    taken_at: datetime
    before: str
    after: str
    legal: bool
    sentence: str
    details: str
    packed: bytes | None


async def open_reader_pool(dsn: str, *, schema: str, size: int) -> Pool:
    """Connections that can only read, as the role to which row-level security applies."""
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        command_timeout=30,
        timeout=10,
        reset=_nothing_to_reset,
        server_settings={
            "search_path": schema,
            "application_name": "recoup-gateway-reader",
            "role": READER,
            "default_transaction_read_only": "on",
            "idle_in_transaction_session_timeout": "60000",
            "jit": "off",
        },
    )


async def _nothing_to_reset(_: Connection) -> None:
    """Tenants are set for one transaction only, so a connection goes back as it came: one round trip less a request."""


class Reader:
    """What requests read, each seeing the tenants of its caller only."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @asynccontextmanager
    async def session(self, who: Principal) -> AsyncGenerator[Connection]:
        """A read-only transaction that sees the caller's tenants."""
        async with self.pool.acquire() as conn, conn.transaction(readonly=True):
            await conn.execute("SELECT set_config('recoup.tenants', $1, true)", who.tenants_setting)
            yield conn

    async def close(self) -> None:
        """Give the connections back, by force where one does not come."""
        try:
            await asyncio.wait_for(self.pool.close(), timeout=5)
        except TimeoutError:
            self.pool.terminate()

    async def claim(self, who: Principal, claim_id: str) -> FoundClaim | None:
        """One claim by its id: a prepared statement, one round trip."""
        async with self.pool.acquire() as conn:
            row = await conn.fetchrow(
                "SELECT * FROM read_claim_stored($1, $2)", who.tenants_setting, claim_id, record_class=_ReadClaim
            )
        if row is None:
            return None
        return FoundClaim(claim_id, row.tenant, CLAIMS.read_stored(row.state, row.packed), row.updated_at)

    async def claims(self, who: Principal, claim_ids: Sequence[str]) -> dict[str, FoundClaim]:
        """These claims by id, in one query; those that are not there or not the caller's are left out."""
        async with self.session(who) as conn:
            rows = await conn.fetch(
                f"SELECT claim_id::text, tenant, {STORED}, updated_at FROM claims "  # noqa: S608 - columns of ours
                "WHERE claim_id = ANY($1::uuid[])",
                list(claim_ids),
                record_class=_ClaimRow,
            )
        return {
            row.claim_id: FoundClaim(
                row.claim_id, row.tenant, CLAIMS.read_stored(row.state, row.packed), row.updated_at
            )
            for row in rows
        }

    async def tenants(self, who: Principal) -> list[str]:
        """Whose claims there are, as far as the caller may see them: read from the running sums, which are few."""
        async with self.session(who) as conn:
            rows = await conn.fetch(
                "SELECT DISTINCT tenant FROM sums WHERE dimension = 'status' ORDER BY tenant", record_class=_TenantRow
            )
        return [row.tenant for row in rows]

    async def timeline(self, who: Principal, claim_id: str, *, after: int, limit: int) -> list[TimelineEntry]:
        """Entries of one claim in its order, from position `after` + 1."""
        async with self.session(who) as conn:
            rows = await conn.fetch(
                "SELECT * FROM timeline WHERE claim_id = $1 AND position > $2 ORDER BY position LIMIT $3",
                claim_id,
                after,
                limit,
                record_class=_EntryRow,
            )
        return [_timeline_entry(row) for row in rows]


def _timeline_entry(row: _EntryRow) -> TimelineEntry:
    """A row of `timeline` as clients see it."""
    details, sentence = details_and_sentence(row)
    return TimelineEntry(
        position=row.position,
        event_id=str(row.event_id),
        type=row.type,
        source=row.source,
        occurred_at=row.occurred_at,
        recorded_at=row.taken_at,
        state_before=State(row.before),
        state_after=State(row.after),
        legal=row.legal,
        sentence=sentence,
        data=msgspec.Raw(details),
    )
