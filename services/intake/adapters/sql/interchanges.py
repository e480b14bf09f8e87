"""Reads beside the batches: interchanges, their answers, originals."""

from __future__ import annotations

from services.intake.adapters.sql.vault import Vault
from shared.db.pool import Connection


async def read(conn: Connection, interchange_id: str, tenant: str) -> str | None:
    """The summary of an interchange of `tenant` (empty: of any), as JSON text."""
    return await conn.fetchval(
        "SELECT summary FROM interchanges WHERE interchange_id = $1 AND $2 IN ('', tenant)", interchange_id, tenant
    )


async def answers(conn: Connection, vault: Vault, interchange_id: str, tenant: str) -> list[tuple[str, str]]:
    """(kind, text) of the X12 answers to an interchange of `tenant` (empty: of any): TA1, 999, 277CA."""
    rows = await conn.fetch(
        "SELECT a.ordinal, a.kind, a.sealed, i.tenant FROM answers a JOIN interchanges i USING (interchange_id) "
        "WHERE a.interchange_id = $1 AND $2 IN ('', i.tenant) ORDER BY a.ordinal",
        interchange_id,
        tenant,
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
