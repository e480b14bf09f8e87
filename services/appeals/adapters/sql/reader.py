"""What the routes show: cases, their history, the worklist, tasks and disputes. Reads only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from services.appeals.adapters.sql import tasks, worklist
from services.appeals.adapters.sql.disputes import cooling_off, open_disputes
from services.appeals.adapters.sql.tables import CASES
from services.appeals.application.ports import OwnedCase
from services.appeals.application.read_ports import Search
from services.appeals.domain.batching import Disputed
from services.appeals.domain.case import AppealCase
from services.appeals.domain.cooling_off import Cooling
from services.appeals.domain.tables import Rules
from shared.db.pool import Pool
from shared.db.rows import Row
from shared.worklist import Place


class _ClaimRow(Row):
    claim_id: UUID


_BATCH = 500


class Reader:
    """Reads of appeals' tables, each method by itself. Documented at its port, `application/read_ports.py`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def case(self, claim_id: UUID, tenant: str = "") -> AppealCase | None:
        async with self._pool.acquire() as conn:
            return await CASES.read(conn, str(claim_id), tenant)

    async def owned_case(self, claim_id: UUID) -> OwnedCase | None:
        async with self._pool.acquire() as conn:
            case, tenant = await CASES.read(conn, str(claim_id)), await CASES.tenant_of(conn, str(claim_id))
        return OwnedCase(tenant, case) if case is not None and tenant is not None else None

    async def tenant_of(self, claim_id: UUID) -> str:
        async with self._pool.acquire() as conn:
            return await CASES.tenant_of(conn, str(claim_id)) or ""

    async def beside(self, claim_id: UUID) -> dict[str, Any]:
        async with self._pool.acquire() as conn:
            return {
                "history": await worklist.history(conn, claim_id),
                "outbox": await worklist.filings_of(conn, claim_id),
                "attachments": await worklist.attachments_of(conn, claim_id),
            }

    async def filings_of(self, claim_id: UUID) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await worklist.filings_of(conn, claim_id)

    async def worklist(self, search: Search, today: date) -> tuple[list[dict[str, Any]], dict[str, int]]:
        async with self._pool.acquire() as conn:
            rows = await worklist.search(conn, search, today)
            return rows, await worklist.counts(conn, search.tenant, today)

    async def tasks(
        self, tenant: str, today: date, after: Place | None, limit: int
    ) -> tuple[list[dict[str, Any]], int]:
        async with self._pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            return await tasks.page(conn, tenant=tenant, today=today, after=after, limit=limit)

    async def disputes(
        self, tenant: str, payer_id: str | None, on: date, rules: Rules
    ) -> tuple[list[Disputed], Cooling]:
        async with self._pool.acquire() as conn:
            disputes = await open_disputes(conn, tenant, payer_id, rules)
            return disputes, await cooling_off(conn, on, disputes)

    def waiting(self, tenant: str) -> AsyncIterator[Sequence[AppealCase]]:
        return self._batches(tenant, "task_on IS NOT NULL")

    def history(self, tenant: str) -> AsyncIterator[Sequence[AppealCase]]:
        return self._batches(tenant, "state ? 'history'")

    async def _batches(self, tenant: str, which: str) -> AsyncIterator[Sequence[AppealCase]]:
        after = UUID(int=0)
        while True:
            async with self._pool.acquire() as conn:
                rows = await conn.fetch(
                    f"SELECT claim_id FROM cases WHERE tenant = $1 AND {which} AND claim_id > $2 "  # noqa: S608
                    "ORDER BY claim_id LIMIT $3",
                    tenant,
                    after,
                    _BATCH,
                    record_class=_ClaimRow,
                )
                states = await CASES.read_many(conn, [str(row.claim_id) for row in rows])
            if not rows:
                return
            yield list(states.values())
            after = rows[-1].claim_id

    async def profile(self, tenant: str, kind: str, key: str) -> Mapping[str, str] | None:
        async with self._pool.acquire() as conn:
            facts = await conn.fetchval(
                "SELECT facts FROM profiles WHERE tenant = $1 AND kind = $2 AND key = $3", tenant, kind, key
            )
        return None if facts is None else msgspec.json.decode(facts, type=dict[str, str])
