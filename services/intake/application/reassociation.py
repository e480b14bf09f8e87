"""Reassociation of deposits with 835s: what explains what is found whenever something is new, and claims are told.

Safe in several replicas: one at a time explains a tenant's deposits, and what is told is noted in the transaction that
tells it.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.intake.application.deposit_ports import DepositTransactions
from services.intake.application.deposits import explain, notify_claims
from services.intake.domain.bank.reassociation import Match
from shared.calendar import BusinessDays, TimeZones, legal_day
from shared.clock import Clock

_DAYS = BusinessDays()
_ADVICES = 50
"""835s whose claims are told in one round."""


class Reassociation:
    """Explains deposits and tells claims whose money has come."""

    def __init__(self, transactions: DepositTransactions, clock: Clock, zones: TimeZones, wait: int) -> None:
        """`wait`: business days that the money of an 835 may take."""
        self._transactions = transactions
        self._clock = clock
        self._zones = zones
        self._wait = wait
        self._seen: dict[str, tuple[int, int, int, date]] = {}

    def today(self, tenant: str) -> date:
        """The day that it is where the tenant is."""
        return legal_day(self._clock.now(), self._zones.of(tenant))

    def overdue_before(self, tenant: str, wait: int | None = None) -> date:
        """The day before which an 835 must have been paid for its money to be overdue now."""
        today = self.today(tenant)
        days = self._wait if wait is None else wait
        return _DAYS.before(today, days) if days else today

    async def once(self) -> int:
        """Explain what is new, and tell claims; returns how many claim payments were told."""
        due = await self._transactions.to_explain()
        for tenant, mark in sorted(due.items()):
            seen = (*mark, self.today(tenant))
            if self._seen.get(tenant) != seen:
                await self.look(tenant)
                self._seen[tenant] = seen
        self._seen = {tenant: seen for tenant, seen in self._seen.items() if tenant in due}
        return await self.notify()

    async def look(self, tenant: str) -> list[Match]:
        """Find the 835s of the tenant's open deposits."""
        async with self._transactions.begin(tenant) as transaction:
            return await explain(transaction.deposits, self.today(tenant))

    async def notify(self) -> int:
        """Tell the claims of 835s that have their money, or have it no more; returns how many payments were told."""
        due = await self._transactions.due_notices(_ADVICES)
        notified = 0
        for tenant, advice_id in sorted(due, key=lambda one: (one[0], UUID(one[1]).int)):
            async with self._transactions.begin(tenant) as transaction:
                notified += await notify_claims(transaction.store, transaction.deposits, advice_id)
        return notified
