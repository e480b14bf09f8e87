"""The journals of people's decisions about what found no claim: one row a decision, its note sealed."""

from __future__ import annotations

import msgspec

from services.intake.application.resolution_ports import Resolution
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class Journal(msgspec.Struct, frozen=True):
    """A journal's table, the column of the item that is decided about, and what its notes are sealed as."""

    table: str
    item: str
    sealed_as: str

    async def write(
        self, uow: UnitOfWork, vault: Vault, resolution: Resolution[str], outcome_before: str, claim_id: str | None
    ) -> None:
        """Keep who decided what, when, and what stood there before. The note is free text, so it is sealed."""
        await uow.conn.execute(
            f"INSERT INTO {self.table} ({self.item}, tenant, decided_at, decided_by, choice, claim_id, note, "  # noqa: S608 - names are ours
            "outcome_before) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            resolution.item_id,
            resolution.tenant,
            uow.now,
            resolution.by,
            resolution.choice,
            claim_id,
            vault.seal_text(resolution.note, resolution.tenant, resolution.item_id, self.sealed_as),
            outcome_before,
        )


RECOUPMENTS = Journal("recoupment_decisions", "recoupment_id", "recoupment")
REQUESTS = Journal("records_request_decisions", "request_id", "records_request")
STATUSES = Journal("status_report_decisions", "report_id", "status_report")
