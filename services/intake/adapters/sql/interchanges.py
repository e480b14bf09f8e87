"""Reads and writes beside the batches: interchanges, originals, the worklist of unmatched remittances."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from services.intake.adapters.sql.vault import Vault
from shared.db.pool import Connection

_encoder = msgspec.json.Encoder(decimal_format="string")


async def find(conn: Connection, tenant: str, sha256: str) -> str | None:
    """The interchange in which the same bytes came before, if any."""
    return await conn.fetchval(
        "SELECT interchange_id::text FROM interchanges WHERE tenant = $1 AND sha256 = $2 ORDER BY received_at LIMIT 1",
        tenant,
        sha256,
    )


async def keep(conn: Connection, tenant: str, sha256: str, source: str, at: datetime, summary: Any) -> None:
    """Remember an interchange and the answer it got."""
    await conn.execute(
        "INSERT INTO interchanges (interchange_id, tenant, sha256, source, received_at, finished_at, summary) "
        "VALUES ($1, $2, $3, $4, $5, $5, $6)",
        summary.interchange_id,
        tenant,
        sha256,
        source,
        at,
        _encoder.encode(summary).decode(),
    )


async def read(conn: Connection, interchange_id: str) -> str | None:
    """The summary of an interchange, as JSON text."""
    return await conn.fetchval("SELECT summary FROM interchanges WHERE interchange_id = $1", interchange_id)


async def answers(conn: Connection, vault: Vault, interchange_id: str) -> list[tuple[str, str]]:
    """(kind, text) of the X12 answers to an interchange: TA1, 999, 277CA."""
    rows = await conn.fetch(
        "SELECT a.ordinal, a.kind, a.sealed, i.tenant FROM answers a JOIN interchanges i USING (interchange_id) "
        "WHERE a.interchange_id = $1 ORDER BY a.ordinal",
        interchange_id,
    )
    return [
        (
            row["kind"],
            vault.open(row["sealed"], tenant=row["tenant"], claim_id=interchange_id, field=f"answer{row['ordinal']}"),
        )
        for row in rows
    ]


async def original(conn: Connection, vault: Vault, claim_id: str) -> str | None:
    """The newest accepted text of a claim."""
    row = await conn.fetchrow(
        "SELECT o.fingerprint, o.sealed, c.tenant FROM originals o JOIN claims c USING (claim_id) "
        "WHERE o.claim_id = $1 ORDER BY o.received_at DESC LIMIT 1",
        claim_id,
    )
    if row is None:
        return None
    return vault.open(row["sealed"], tenant=row["tenant"], claim_id=claim_id, field=row["fingerprint"])


async def open_remittances(conn: Connection, tenant: str, limit: int = 500) -> list[dict[str, Any]]:
    """Remittances that wait for a person or a claim."""
    rows = await conn.fetch(
        "SELECT r.remittance_id, r.status, r.score, r.reason, r.candidates, r.received_at FROM remittances r "
        "JOIN interchanges i USING (interchange_id) WHERE r.status <> 'matched' AND i.tenant = $1 "
        "ORDER BY r.received_at LIMIT $2",
        tenant,
        limit,
    )
    return [
        {
            "remittance_id": str(row["remittance_id"]),
            "status": row["status"],
            "score": row["score"],
            "reason": row["reason"],
            "candidates": row["candidates"].splitlines(),
            "received_at": row["received_at"].isoformat(),
        }
        for row in rows
    ]
