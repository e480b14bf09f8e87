"""What the routes show: accounts, their ledgers and decisions, what waits for people. Reads only."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

from services.settlement.adapters.sql import fees, journal, payer_histories, tasks, worklist
from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.application.read_ports import ReceivableFees, RecordVersion, WaitingClaim, WaitingTask
from services.settlement.domain.account import Account, DecisionRecord
from services.settlement.domain.calibration import Forecast
from services.settlement.domain.ledger import Entry
from services.settlement.domain.proof import prove
from shared.db.pool import Connection, Pool
from shared.transactions import UnknownClaim
from shared.worklist import Place


class Reader:
    """Reads of settlement's tables, each method in a snapshot. Documented at its port, `application/read_ports.py`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def account(self, claim_id: UUID, tenant: str) -> Account:
        async with self._snapshot() as conn:
            return await _account(conn, claim_id, tenant)

    async def ledger(self, claim_id: UUID, tenant: str) -> tuple[Account, list[Entry]]:
        async with self._snapshot() as conn:
            account = await _account(conn, claim_id, tenant)
            entries = await journal.entries_of(conn, str(claim_id))
        prove(account, entries)
        return account, entries

    async def decisions(self, claim_id: UUID, tenant: str) -> list[DecisionRecord]:
        async with self._snapshot() as conn:
            await _account(conn, claim_id, tenant)
            return await journal.decisions_of(conn, str(claim_id))

    async def waiting(self, tenant: str, limit: int) -> list[WaitingClaim]:
        async with self._snapshot() as conn:
            return await worklist.waiting(conn, tenant, limit)

    async def tasks(self, tenant: str, today: date, after: Place | None, limit: int) -> tuple[list[WaitingTask], int]:
        async with self._snapshot() as conn:
            return await tasks.page(conn, tenant=tenant, today=today, after=after, limit=limit)

    async def fees_receivable(self, tenant: str, after: str, limit: int) -> ReceivableFees:
        async with self._snapshot() as conn:
            return await fees.receivable(conn, tenant, after, limit)

    async def audit(self, tenant: str) -> list[str]:
        async with self._snapshot() as conn:
            return await journal.audit(conn, tenant)

    async def record_versions(self) -> list[RecordVersion]:
        async with self._snapshot() as conn:
            return await payer_histories.stored(conn)

    async def forecasts(
        self, tenant: str, *, forum: str = "", policy: str = "", since: date | None = None
    ) -> list[Forecast]:
        async with self._snapshot() as conn:
            return await payer_histories.forecasts(conn, tenant=tenant, forum=forum, policy=policy, since=since)

    @asynccontextmanager
    async def _snapshot(self) -> AsyncGenerator[Connection]:
        async with (
            self._pool.acquire() as conn,
            conn.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield conn


async def _account(conn: Connection, claim_id: UUID, tenant: str) -> Account:
    found = await ACCOUNTS.read(conn, str(claim_id), tenant)
    if found is None:
        raise UnknownClaim
    return found
