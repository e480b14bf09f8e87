"""Looks again at what waits for its claim: payments, and payers' requests for records.

A claim looks for waiting remittances and a remittance for claims, each in its own transaction; two that commit at the
same time miss each other. Looking again finds such pairs.
"""

from __future__ import annotations

from services.intake.application.remittances import place_waiting
from services.intake.application.requests import look_again
from services.intake.application.resolution_ports import WaitingTransactions

_BATCH = 500


class RetryMatching:
    """Safe in several replicas, since what waits is locked while it is placed."""

    def __init__(self, transactions: WaitingTransactions) -> None:
        self._transactions = transactions

    async def once(self) -> int:
        """Place waiting remittances and requests whose claim is known; returns how many."""
        return await self._remittances() + await self._requests()

    async def _remittances(self) -> int:
        placed = 0
        for tenant, keys in sorted((await self._transactions.remittances_with_claims(_BATCH)).items()):
            async with self._transactions.begin(tenant) as transaction:
                records = await transaction.store.load(sorted(keys))
                placed += await place_waiting(transaction.store, keys, records)
                await transaction.store.save()
        return placed

    async def _requests(self) -> int:
        found = 0
        for tenant, ids in sorted((await self._transactions.requests_with_claims(_BATCH)).items()):
            async with self._transactions.begin(tenant) as transaction:
                found += await look_again(transaction.store, transaction.requests, ids)
        return found
