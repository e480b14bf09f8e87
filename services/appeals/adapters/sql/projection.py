"""Filings on their way out, kept beside the state in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.papers import core
from shared.runtime.bulk import insert_rows
from shared.runtime.folding import Heard
from shared.runtime.state_table import Stored
from shared.runtime.unit_of_work import UnitOfWork

_FILING_COLUMNS = {
    "case_id": "uuid",
    "number": "integer",
    "claim_id": "uuid",
    "tenant": "text",
    "forum": "text",
    "level": "integer",
    "filed_on": "date",
    "cores": "jsonb",
    "status": "text",
    "proof": "text",
    "next_attempt": "timestamptz",
}


async def queue_filings(uow: UnitOfWork, _: Sequence[Heard], stored: Sequence[Stored[AppealCase]]) -> None:
    """Queue new filings with the data their documents' hashes stand for. A filing a person attested is out already."""
    rows: list[tuple[Any, ...]] = []
    for row in stored:
        rows += [_row(uow, row, filing) for filing in row.state.filings if filing.outcome is None]
    await insert_rows(uow.conn, "filings", _FILING_COLUMNS, rows, suffix="ON CONFLICT DO NOTHING")


def _way(claim_id: str, filing: Filing) -> tuple[str, str]:
    """Status and proof: a person filed it; the first claim of its batch carries it; or it waits to be sent."""
    if filing.reference:
        return "attested", filing.reference
    if filing.batch is not None and filing.batch.claim_ids[0] != claim_id:
        return "batched", f"filed in batch {filing.batch.batch_id}"
    return "queued", ""


def _row(uow: UnitOfWork, row: Stored[AppealCase], filing: Filing) -> tuple[Any, ...]:
    cores = [core(row.state, filing, document.kind, document.version).decode() for document in filing.documents]
    return (
        row.state.case_id,
        filing.number,
        row.claim_id,
        row.tenant,
        filing.forum,
        filing.level,
        filing.filed_on,
        f"[{','.join(cores)}]",
        *_way(row.state.claim_id, filing),
        uow.now,
    )
