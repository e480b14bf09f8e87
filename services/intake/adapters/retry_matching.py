"""Looks again at remittances that wait, for the claims that arrived in the very moment they did, and at requests.

A claim looks for waiting remittances and a remittance for claims, each in its own transaction; two that commit at the
same time miss each other. This loop finds such pairs within seconds.
"""

from __future__ import annotations

import asyncio

from services.intake.adapters.sql.requests import SqlRequests, due_again
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.remittances import place_waiting
from services.intake.application.requests import look_again
from shared.db.pool import TRANSIENT
from shared.runtime.unit_of_work import UnitsOfWork
from shared.sealing import Vault
from shared.telemetry.logging import Log

_log = Log("retry_matching")
_EVERY_SECONDS = 1.0
_BATCH = 500


class RetryMatching:
    """The loop; safe in several replicas, since a waiting remittance is locked while it is placed."""

    def __init__(self, units: UnitsOfWork, vault: Vault) -> None:
        self._units = units
        self._vault = vault

    async def run(self) -> None:
        """Look again for ever."""
        while True:
            try:
                await self.once()
            except TRANSIENT as error:
                _log.warning("retry interrupted", error_type=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)

    async def once(self) -> int:
        """Place waiting remittances whose claim is known; returns how many."""
        async with self._units.pool.acquire() as conn:
            rows = await conn.fetch(
                "SELECT w.tenant, w.key, c.claim_id FROM waiting_keys w JOIN claim_keys c USING (tenant, key) "
                "JOIN remittances r USING (remittance_id) WHERE r.status = 'waiting' "
                "AND c.claim_id::text <> ALL (string_to_array(r.excluded, chr(10))) ORDER BY random() LIMIT $1",
                _BATCH,
            )
        by_tenant: dict[str, dict[str, list[str]]] = {}
        for row in rows:
            by_tenant.setdefault(row["tenant"], {}).setdefault(str(row["claim_id"]), []).append(row["key"])
        placed = 0
        for tenant, keys in sorted(by_tenant.items()):
            async with self._units.begin() as uow:
                store = SqlStore(uow, self._vault, tenant=tenant)
                records = await store.load(sorted(keys))
                placed += await place_waiting(store, keys, records)
                await store.save()
        return placed + await self._requests()

    async def _requests(self) -> int:
        """Requests for records whose claim has come since."""
        async with self._units.pool.acquire() as conn:
            due = await due_again(conn, _BATCH)
        found = 0
        for tenant, ids in sorted(due.items()):
            async with self._units.begin() as uow:
                store = SqlStore(uow, self._vault, tenant=tenant)
                found += await look_again(store, SqlRequests(uow, self._vault, tenant=tenant), ids)
        return found
