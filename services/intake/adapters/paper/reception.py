"""A remittance on paper from its entry to its commit: applied like an 835, and kept as it was entered."""

from __future__ import annotations

import hashlib
from datetime import date

import msgspec

from services.intake.adapters.idempotent_inputs import IdempotentInputs
from services.intake.adapters.interchange import Reception
from services.intake.adapters.paper.entry import PaperRemittance
from services.intake.adapters.paper.pending_input import paper_input
from services.intake.adapters.pending_input import Summary
from services.intake.adapters.sql import paper
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork
from shared.sealing import Vault


class PaperTaken(msgspec.Struct, frozen=True):
    """The entry's id, and what became of its payments."""

    paper_id: str
    summary: Summary


class PaperReception:
    """Takes remittances on paper and their scans."""

    def __init__(self, units: UnitsOfWork, vault: Vault, reception: Reception, deliveries: IdempotentInputs) -> None:
        self._units = units
        self._vault = vault
        self._reception = reception
        self._deliveries = deliveries

    def today(self, tenant: str) -> date:
        """The day that it is where the tenant is."""
        return self._reception.today(tenant)

    async def take(self, tenant: str, by: str, entry: PaperRemittance, stated_on: date | None) -> PaperTaken:
        """Apply an entry as an input of its own, and keep it with what became of it, in one transaction.

        `stated_on` is the day on which it was received, where that is not today.
        """
        text = entry.model_dump_json(exclude_defaults=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        async with self._deliveries.open(tenant=tenant, sha256=digest, source="paper") as delivery:

            async def finish(uow: UnitOfWork, summary: Summary) -> None:
                summary.same_as = delivery.same_as
                await paper.keep_paper(uow, self._vault, tenant, text, delivery.interchange_id, by)
                await delivery.end(uow, summary, None)

            summary = await self._reception.receive_documents(
                lambda counts: [paper_input(entry, counts.summary.interchange_id)], tenant=tenant,
                interchange_id=delivery.interchange_id, finish=finish, stated_on=stated_on,
            )  # fmt: skip
        return PaperTaken(paper.paper_id_of(tenant, text), summary)

    async def keep_scan(
        self, tenant: str, paper_id: str, body: bytes, media_type: str, by: str
    ) -> tuple[str, bool] | None:
        """Keep a scan sealed, once; its id and whether it is new, None where there is no such entry."""
        async with self._units.begin() as uow:
            return await paper.keep_scan(uow, self._vault, tenant, paper_id, body, media_type, by)
