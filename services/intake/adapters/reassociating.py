"""Looks again for the 835s of open deposits whenever something is new, and tells claims whose money has come.

Safe in several replicas: one at a time explains a tenant's deposits, and what is told is noted in the transaction that
tells it.
"""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

from services.intake.adapters.sql.deposits import SqlDeposits, due_to_tell, to_explain
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.deposits import explain, tell_claims
from services.intake.domain.bank.reassociation import Match
from shared.calendar import BusinessDays, TimeZones, legal_day
from shared.db.pool import TRANSIENT
from shared.runtime.unit_of_work import UnitsOfWork
from shared.sealing import Vault
from shared.telemetry.logging import Log

_log = Log("deposits")
_DAYS = BusinessDays()
_EVERY_SECONDS = 2.0
_ADVICES = 50
"""835s whose claims are told in one round."""


class Reassociation:
    """The loop, and one look for the routes."""

    def __init__(self, units: UnitsOfWork, vault: Vault, zones: TimeZones, wait: int) -> None:
        """`wait`: business days that the money of an 835 may take."""
        self._wait = wait
        self._units = units
        self._vault = vault
        self._zones = zones
        self._seen: dict[str, tuple[int, int, int, date]] = {}

    def today(self, tenant: str) -> date:
        """The day that it is where the tenant is."""
        return legal_day(self._units.clock.now(), self._zones.of(tenant))

    def overdue_before(self, tenant: str, wait: int | None = None) -> date:
        """The day before which an 835 must have been paid for its money to be overdue now."""
        today = self.today(tenant)
        days = self._wait if wait is None else wait
        return _DAYS.before(today, days) if days else today

    async def run(self) -> None:
        """Look again for ever."""
        while True:
            try:
                await self.once()
            except TRANSIENT as error:
                _log.warning("reassociation interrupted", error_type=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)

    async def once(self) -> int:
        """Explain what is new, and tell claims; returns how many claim payments were told."""
        async with self._units.pool.acquire() as conn:
            due = await to_explain(conn)
        for tenant, mark in sorted(due.items()):
            seen = (*mark, self.today(tenant))
            if self._seen.get(tenant) != seen:
                await self.look(tenant)
                self._seen[tenant] = seen
        self._seen = {tenant: seen for tenant, seen in self._seen.items() if tenant in due}
        return await self.tell()

    async def look(self, tenant: str) -> list[Match]:
        """Find the 835s of the tenant's open deposits."""
        async with self._units.begin() as uow:
            return await explain(SqlDeposits(uow, self._vault, tenant=tenant), self.today(tenant))

    async def tell(self) -> int:
        """Tell the claims of 835s that have their money, or have it no more."""
        async with self._units.pool.acquire() as conn:
            due = await due_to_tell(conn, _ADVICES)
        told = 0
        for tenant, advice_id in sorted(due, key=lambda one: (one[0], UUID(one[1]).int)):
            async with self._units.begin() as uow:
                store = SqlStore(uow, self._vault, tenant=tenant)
                told += await tell_claims(store, SqlDeposits(uow, self._vault, tenant=tenant), advice_id)
        return told
