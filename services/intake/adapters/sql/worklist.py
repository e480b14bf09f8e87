"""The worklist of remittances that wait for a claim or a person, and the record of people's decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.application.ports import HeldPayment, KeptRemittance
from services.intake.application.resolution_ports import Resolution
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class _OpenRemittanceRow(Row):
    remittance_id: UUID
    status: str
    score: int
    reason: str
    candidates: str
    received_at: datetime


class _SharedKeyRow(Row):
    tenant: str
    key: str
    claim_id: UUID


class _CountsRow(Row):
    held: int
    remittances: int
    recoupments: int
    requests: int
    statuses: int


class _ResolutionRow(Row):
    decided_at: datetime
    decided_by: str
    choice: str
    claim_id: UUID | None
    note: bytes
    status_before: str
    score_before: int
    candidates_before: str


async def open_remittances(conn: Connection, tenant: str, limit: int = 500) -> list[dict[str, Any]]:
    """Remittances that wait for a person or a claim, oldest first."""
    rows = await conn.fetch(
        "SELECT remittance_id, status, score, reason, candidates, received_at FROM remittances "
        "WHERE status IN ('waiting', 'ambiguous') AND tenant = $1 ORDER BY received_at, ordinal LIMIT $2",
        tenant,
        limit,
        record_class=_OpenRemittanceRow,
    )
    return [
        {
            "remittance_id": str(row.remittance_id),
            "status": row.status,
            "score": row.score,
            "reason": row.reason,
            "candidates": row.candidates.splitlines(),
            "received_at": row.received_at.isoformat(),
        }
        for row in rows
    ]


async def remittances_with_claims(conn: Connection, limit: int) -> dict[str, dict[str, list[str]]]:
    """By tenant the claims that have come for waiting remittances, each with the match keys that they share."""
    rows = await conn.fetch(
        "SELECT w.tenant, w.key, c.claim_id FROM waiting_keys w JOIN claim_keys c USING (tenant, key) "
        "JOIN remittances r USING (remittance_id) WHERE r.status = 'waiting' "
        "AND c.claim_id::text <> ALL (string_to_array(r.excluded, chr(10))) ORDER BY random() LIMIT $1",
        limit,
        record_class=_SharedKeyRow,
    )
    found: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        found.setdefault(row.tenant, {}).setdefault(str(row.claim_id), []).append(row.key)
    return found


async def open_counts(conn: Connection, tenant: str) -> dict[str, int]:
    """How much of a tenant's input waits for a person, by list."""
    row = await conn.fetchrow(
        "SELECT (SELECT count(*) FROM held_payments WHERE status = 'open' AND tenant = $1) AS held, "
        "(SELECT count(*) FROM remittances WHERE status IN ('waiting', 'ambiguous') AND tenant = $1) AS remittances, "
        "(SELECT count(*) FROM recoupments WHERE outcome IN ('unmatched', 'ambiguous') AND tenant = $1) "
        "AS recoupments, "
        "(SELECT count(*) FROM records_requests WHERE outcome IN ('unmatched', 'ambiguous') AND tenant = $1) "
        "AS requests, "
        "(SELECT count(*) FROM status_reports WHERE outcome IN ('unmatched', 'ambiguous') AND tenant = $1) "
        "AS statuses",
        tenant,
        record_class=_CountsRow,
    )
    return {} if row is None else {name: row[name] for name in _CountsRow.__annotations__}


async def write_down(
    uow: UnitOfWork,
    vault: Vault,
    resolution: Resolution[str],
    before: KeptRemittance | HeldPayment,
    claim_id: str | None,
) -> None:
    """Keep who decided what, when, and what stood there before. The note is free text, so it is sealed."""
    placed = isinstance(before, KeptRemittance)
    await uow.conn.execute(
        "INSERT INTO resolutions (remittance_id, tenant, decided_at, decided_by, choice, claim_id, note, "
        "status_before, score_before, candidates_before) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        resolution.item_id,
        resolution.tenant,
        uow.now,
        resolution.by,
        resolution.choice,
        claim_id,
        vault.seal_text(resolution.note, resolution.tenant, resolution.item_id, "resolution"),
        before.status,
        before.score if placed else 0,
        "\n".join(before.candidates) if placed else "",
    )


async def decisions(conn: Connection, vault: Vault, tenant: str, remittance_id: str) -> list[dict[str, Any]]:
    """All decisions about a remittance, oldest first."""
    rows = await conn.fetch(
        "SELECT * FROM resolutions WHERE remittance_id = $1 AND tenant = $2 ORDER BY id",
        remittance_id,
        tenant,
        record_class=_ResolutionRow,
    )
    return [
        {
            "decided_at": row.decided_at.isoformat(),
            "decided_by": row.decided_by,
            "choice": row.choice,
            "claim_id": str(row.claim_id) if row.claim_id else None,
            "note": vault.open_text(row.note, tenant, remittance_id, "resolution"),
            "before": {
                "status": row.status_before,
                "score": row.score_before,
                "candidates": row.candidates_before.splitlines(),
            },
        }
        for row in rows
    ]
