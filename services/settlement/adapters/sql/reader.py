"""What the routes show: accounts, their ledgers and decisions, what waits for people. Reads only."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

from services.settlement.adapters.sql import fees, journal, payer_histories, tasks, worklist
from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.domain.account import Account, DecisionRecord
from services.settlement.domain.calibration import Forecast
from services.settlement.domain.ledger import Entry
from services.settlement.domain.proof import prove
from shared.db.pool import Connection, Pool
from shared.transactions import UnknownClaim
from shared.worklist import Place


class Reader:
    """Each method reads by itself, of one moment, and what is a tenant's (of all where it is empty).

    What is asked of one claim raises `UnknownClaim` where it is not there or another tenant's.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def account(self, claim_id: UUID, tenant: str) -> Account:
        """A claim's account as it stands."""
        async with self._snapshot() as conn:
            return await _account(conn, claim_id, tenant)

    async def ledger(self, claim_id: UUID, tenant: str) -> tuple[Account, list[Entry]]:
        """A claim's account with its entries, oldest first; `LedgerError` where they do not make its balances."""
        async with self._snapshot() as conn:
            account = await _account(conn, claim_id, tenant)
            entries = await journal.entries_of(conn, str(claim_id))
        prove(account, entries)
        return account, entries

    async def decisions(self, claim_id: UUID, tenant: str) -> list[DecisionRecord]:
        """A claim's decisions with their inputs, oldest first."""
        async with self._snapshot() as conn:
            await _account(conn, claim_id, tenant)
            return await journal.decisions_of(conn, str(claim_id))

    async def waiting(self, tenant: str, limit: int) -> list[dict[str, Any]]:
        """Claims that wait for a person, the most money first."""
        async with self._snapshot() as conn:
            return await worklist.waiting(conn, tenant, limit)

    async def tasks(
        self, tenant: str, today: date, after: Place | None, limit: int
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of what waits for people, the earliest day first, and how many there are in all."""
        async with self._snapshot() as conn:
            return await tasks.page(conn, tenant=tenant, today=today, after=after, limit=limit)

    async def fees_receivable(self, tenant: str, after: str, limit: int) -> dict[str, Any]:
        """A page of the fees of IDR that come back and have not come, by claim, and the dollars of all of them."""
        async with self._snapshot() as conn:
            return await fees.receivable(conn, tenant, after, limit)

    async def audit(self, tenant: str) -> list[str]:
        """Claims whose ledger does not add up to their state; empty where all is well."""
        async with self._snapshot() as conn:
            return await journal.audit(conn, tenant)

    async def record_versions(self) -> list[dict[str, object]]:
        """All versions of the payers' record, newest first."""
        async with self._snapshot() as conn:
            return await payer_histories.stored(conn)

    async def forecasts(
        self, tenant: str, *, forum: str = "", policy: str = "", since: date | None = None
    ) -> list[Forecast]:
        """Chances of winning with what forums then decided; of one forum, policy, or decided from a day on."""
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
