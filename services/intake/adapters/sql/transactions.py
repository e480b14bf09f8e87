"""The use cases' transactions on PostgreSQL: claims, worklists, deposits, and the journals of people's decisions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from services.intake.adapters.sql import deposits, recoupments, requests, statuses, worklist
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.ports import HeldPayment, KeptRecoupment, KeptRemittance, KeptRequest
from services.intake.application.resolution_ports import Item, Resolution
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork
from shared.sealing import Vault


class SqlTransaction:
    """A `WorklistTransaction` and `DepositTransaction` within a unit of work of the runtime."""

    def __init__(self, uow: UnitOfWork, vault: Vault, tenant: str) -> None:
        self._uow = uow
        self._vault = vault
        self._tenant = tenant
        self.store = SqlStore(uow, vault, tenant=tenant)
        self.requests = requests.SqlRequests(uow, vault, tenant=tenant)
        self.statuses = statuses.SqlStatuses(uow, vault, tenant=tenant)
        self.deposits = deposits.SqlDeposits(uow, vault, tenant=tenant)

    async def journal(self, resolution: Resolution[str], before: Item, after: Item) -> None:
        """Keep who decided what, when, why, and what stood there before, in the journal of its worklist."""
        if isinstance(before, KeptRemittance | HeldPayment):
            await worklist.write_down(self._uow, self._vault, resolution, before, after.claim_id)
        elif isinstance(before, KeptRecoupment):
            await recoupments.write_down(self._uow, self._vault, resolution, before.outcome, after.claim_id)
        elif isinstance(before, KeptRequest):
            await requests.write_down(self._uow, self._vault, resolution, before.outcome, after.claim_id)
        else:
            await statuses.write_down(self._uow, self._vault, resolution, before.outcome, after.claim_id)

    async def resolutions_of(self, item_id: str) -> Sequence[Mapping[str, object]]:
        """Earlier decisions about a remittance or held payment, oldest first."""
        return await worklist.decisions(self._uow.conn, self._vault, self._tenant, item_id)


class SqlTransactions:
    """Opens transactions of the runtime."""

    def __init__(self, units: UnitsOfWork, vault: Vault) -> None:
        self._units = units
        self._vault = vault

    @asynccontextmanager
    async def begin(self, tenant: str) -> AsyncGenerator[SqlTransaction]:
        """A transaction that commits, outbox included, when the block ends without an exception."""
        async with self._units.begin() as uow:
            yield SqlTransaction(uow, self._vault, tenant)

    async def to_explain(self) -> Mapping[str, tuple[int, int, int]]:
        """The tenants with open deposits, and what changes when there is something new to find."""
        async with self._units.pool.acquire() as conn:
            return await deposits.to_explain(conn)

    async def due_to_tell(self, limit: int) -> Sequence[tuple[str, str]]:
        """Tenant and id of advices whose claims may not know yet that their money has come, or has not."""
        async with self._units.pool.acquire() as conn:
            return await deposits.due_to_tell(conn, limit)
