"""What the routes show: claims, inputs, worklists, deposits, what was sent. Reads only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

from services.intake.adapters.sql import (
    adjustments,
    answers,
    bank_files,
    held,
    interchanges,
    kept_inputs,
    outgoing,
    paper,
    recoupments,
    requests,
    statuses,
    worklist,
)
from services.intake.adapters.sql.tables import CLAIMS
from services.intake.application.outgoing_ports import Sent
from services.intake.domain.submission import ClaimRecord
from shared.db.pool import Pool
from shared.sealing import Vault
from shared.submitted import ClaimReceipt, InterchangeEntry


class Reader:
    """Reads of intake's tables, each by its own connection. Documented at its port, `application/read_ports.py`."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    async def claim(self, claim_id: str, tenant: str) -> ClaimRecord | None:
        async with self._pool.acquire() as conn:
            return await CLAIMS.read(conn, claim_id, tenant)

    async def original(self, claim_id: str) -> str | None:
        async with self._pool.acquire() as conn:
            return await interchanges.original(conn, self._vault, claim_id)

    async def interchange(self, interchange_id: str, tenant: str) -> str | None:
        async with self._pool.acquire() as conn:
            return await interchanges.read(conn, interchange_id, tenant)

    async def interchanges(
        self, tenant: str, before: tuple[datetime, str] | None, limit: int
    ) -> list[InterchangeEntry]:
        async with self._pool.acquire() as conn:
            return await interchanges.newest(conn, tenant, before, limit)

    async def receipts(self, interchange_id: str, tenant: str, after: int, limit: int) -> list[ClaimReceipt] | None:
        async with self._pool.acquire() as conn:
            return await interchanges.receipts(conn, interchange_id, tenant, after, limit)

    async def answers(self, interchange_id: str, tenant: str, kind: str) -> AsyncIterator[str] | None:
        if not await answers.are_kept(self._pool, interchange_id, tenant):
            return None
        await answers.check_openable(self._pool, self._vault, interchange_id)
        parts = answers.read_answers(self._pool, self._vault, interchange_id, tenant, kind)
        return (text async for _, _, text in parts)

    async def input(self, interchange_id: str, tenant: str, by: str, at: datetime) -> AsyncIterator[bytes] | None:
        return await kept_inputs.open_input(self._pool, self._vault, tenant, interchange_id, by, at)

    async def adjustments(self, tenant: str) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await adjustments.newest_adjustments(conn, tenant)

    async def sent(self, tenant: str, key: str) -> Sent | None:
        async with self._pool.acquire() as conn:
            return await outgoing.find(conn, tenant, key)

    async def sent_text(self, tenant: str, key: str) -> str | None:
        async with self._pool.acquire() as conn:
            return await outgoing.text_of(conn, self._vault, tenant, key)

    async def open_counts(self, tenant: str, overdue_before: date) -> dict[str, int]:
        async with self._pool.acquire() as conn:
            counts = await worklist.open_counts(conn, tenant)
            return counts | await bank_files.open_counts(conn, tenant, overdue_before)

    async def open_remittances(self, tenant: str) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await worklist.open_remittances(conn, tenant)

    async def open_held(self, tenant: str) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await held.open_held(conn, tenant)

    async def open_recoupments(self, tenant: str) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await recoupments.open_recoupments(conn, tenant)

    async def open_requests(self, tenant: str) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await requests.open_requests(conn, self._vault, tenant)

    async def open_statuses(self, tenant: str) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await statuses.open_statuses(conn, self._vault, tenant)

    async def open_deposits(self, tenant: str) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await bank_files.open_deposits(conn, self._vault, tenant)

    async def undeposited(self, tenant: str, before: date) -> list[dict[str, Any]]:
        async with self._pool.acquire() as conn:
            return await bank_files.undeposited(conn, tenant, before)

    async def deposit(self, tenant: str, deposit_id: str) -> dict[str, Any] | None:
        async with self._pool.acquire() as conn:
            return await bank_files.one_deposit(conn, self._vault, tenant, deposit_id)

    async def bank_file(self, tenant: str, file_id: str) -> bytes | None:
        async with self._pool.acquire() as conn:
            return await bank_files.read_file(conn, self._vault, tenant, file_id)

    async def paper(self, tenant: str, paper_id: str) -> dict[str, Any] | None:
        async with self._pool.acquire() as conn:
            return await paper.one_paper(conn, self._vault, tenant, paper_id)

    async def scan(self, tenant: str, scan_id: str) -> tuple[bytes, str] | None:
        async with self._pool.acquire() as conn:
            return await paper.read_scan(conn, self._vault, tenant, scan_id)
