"""The use cases' transactions on PostgreSQL: claims, worklists, deposits, what is sent, people's decisions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from recoup_x12.model import Claim, Form
from services.intake.adapters.source_documents import claim_of
from services.intake.adapters.sql import decisions, deposits, interchanges, outgoing, requests, statuses, worklist
from services.intake.adapters.sql.store import SqlStore
from services.intake.adapters.sql.tables import CLAIMS
from services.intake.application.outgoing_ports import Sent
from services.intake.application.ports import HeldPayment, KeptRecoupment, KeptRemittance, KeptRequest, KeptStatus
from services.intake.application.resolution_ports import Item, Resolution
from services.intake.domain.submission import ClaimRecord
from shared.events.base import Event
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shared.sealing import Vault

_JOURNALS: Mapping[type[Item], decisions.Journal] = {
    KeptRecoupment: decisions.RECOUPMENTS,
    KeptRequest: decisions.REQUESTS,
    KeptStatus: decisions.STATUSES,
}


class SqlTransaction:
    """A `WorklistTransaction`, `DepositTransaction` and `OutgoingTransaction` within a unit of work of the runtime."""

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
            return
        journal = _JOURNALS[type(before)]
        await journal.write(self._uow, self._vault, resolution, before.outcome, after.claim_id)

    async def resolutions_of(self, item_id: str) -> Sequence[Mapping[str, object]]:
        """Earlier decisions about a remittance or held payment, oldest first."""
        return await worklist.decisions(self._uow.conn, self._vault, self._tenant, item_id)

    @property
    def now(self) -> datetime:
        """The instant of the transaction, by the service's clock."""
        return self._uow.now

    async def claim(self, claim_id: str) -> ClaimRecord | None:
        """The claim as it is known, locked; None where it is unknown or another tenant's."""
        row = (await CLAIMS.load(self._uow.conn, [claim_id])).get(claim_id)
        return row.state if row is not None and self._tenant in ("", row.tenant) else None

    async def original(self, claim_id: str, form: Form) -> Claim | None:
        """The claim as it was last submitted; None where nothing is kept. Raises `Illegible`."""
        text = await interchanges.original(self._uow.conn, self._vault, claim_id)
        return None if text is None else await asyncio.to_thread(claim_of, text, form)

    async def sent(self, key: str) -> Sent | None:
        """What was sent under a key."""
        return await outgoing.find(self._uow.conn, self._tenant, key)

    async def next_control(self) -> int:
        """ISA13 and GS06 of the next interchange of ours."""
        return await outgoing.next_control(self._uow.conn)

    async def keep_sent(self, sent: Sent, text: str, by: str = "") -> None:
        """Keep an interchange for the carrier, sealed; `by` is the person whose it is, if any."""
        await outgoing.keep(self._uow, self._vault, self._tenant, sent, text, by=by)

    def announce(self, event: Event, aggregate: str, key: str) -> None:
        """Emit an event about what is sent under a key."""
        named = outgoing.id_of(self._tenant, key)
        self._uow.emit(event, sequence=1, tenant=self._tenant, aggregate=aggregate, key=named)


class SqlTransactions:
    """Opens transactions of the runtime."""

    def __init__(self, units: UnitOfWorkFactory, vault: Vault) -> None:
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

    async def due_notices(self, limit: int) -> Sequence[tuple[str, str]]:
        """Tenant and id of advices whose claims may not know yet that their money has come, or has not."""
        async with self._units.pool.acquire() as conn:
            return await deposits.due_notices(conn, limit)

    async def remittances_with_claims(self, limit: int) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """By tenant the claims that have come for waiting remittances, each with the match keys that they share."""
        async with self._units.pool.acquire() as conn:
            return await worklist.remittances_with_claims(conn, limit)

    async def requests_with_claims(self, limit: int) -> Mapping[str, Sequence[str]]:
        """By tenant the requests for records for which a claim has come since."""
        async with self._units.pool.acquire() as conn:
            return await requests.due_again(conn, limit)
