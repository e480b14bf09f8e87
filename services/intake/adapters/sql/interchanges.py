"""Reads beside the batches: interchanges, their receipts, and originals."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

import msgspec

from shared.db.pool import Connection
from shared.db.rows import Row
from shared.former_names import with_both_names
from shared.sealing import Vault
from shared.submitted import ClaimReceipt, InterchangeEntry

Counts = dict[str, int]


class _EntryRow(Row):
    interchange_id: UUID
    source: str
    received_at: datetime
    finished_at: datetime | None
    claims: str | None
    remittances: str | None


class _ReceiptRow(Row):
    receipt: str


class _OriginalRow(Row):
    fingerprint: str
    sealed: bytes
    tenant: str


async def read(conn: Connection, interchange_id: str, tenant: str) -> str | None:
    """The summary of an interchange of `tenant` (empty: of any), as JSON text."""
    text = await conn.fetchval(
        "SELECT summary FROM interchanges WHERE interchange_id = $1 AND $2 IN ('', tenant)", interchange_id, tenant
    )
    return None if text is None else json.dumps(with_both_names(json.loads(text)))


async def newest(
    conn: Connection, tenant: str, before: tuple[datetime, str] | None, limit: int
) -> list[InterchangeEntry]:
    """Inputs of a tenant, the newest first, before an instant and id; `limit` of them at most."""
    at, last = before or (None, None)
    rows = await conn.fetch(
        "SELECT interchange_id, source, received_at, finished_at, summary->>'claims' AS claims, "
        "summary->>'remittances' AS remittances FROM interchanges WHERE tenant = $1 "
        "AND ($2::timestamptz IS NULL OR (received_at, interchange_id) < ($2, $3::uuid)) "
        "ORDER BY received_at DESC, interchange_id DESC LIMIT $4",
        tenant,
        at,
        last,
        limit,
        record_class=_EntryRow,
    )
    return [
        InterchangeEntry(
            str(row.interchange_id), row.source, row.received_at, row.finished_at,
            msgspec.json.decode(row.claims or "{}", type=Counts),
            msgspec.json.decode(row.remittances or "{}", type=Counts),
        )
        for row in rows
    ]  # fmt: skip


async def receipts(
    conn: Connection, interchange_id: str, tenant: str, after: int, limit: int
) -> list[ClaimReceipt] | None:
    """What is told of an input's claims one by one, after a place in it; None where `tenant` has no such input."""
    if not await conn.fetchval(
        "SELECT EXISTS (SELECT 1 FROM interchanges WHERE interchange_id = $1 AND $2 IN ('', tenant))",
        interchange_id,
        tenant,
    ):
        return None
    rows = await conn.fetch(
        "SELECT receipt::text FROM (SELECT jsonb_array_elements(summary->'receipts') AS receipt FROM interchanges "
        "WHERE interchange_id = $1 UNION ALL SELECT receipt FROM receipts WHERE interchange_id = $1 AND serial > $2) r "
        "WHERE coalesce((receipt->>'serial')::integer, 1) > $2 "
        "ORDER BY coalesce((receipt->>'serial')::integer, 1) LIMIT $3",
        interchange_id,
        after,
        limit,
        record_class=_ReceiptRow,
    )
    return [msgspec.json.decode(row.receipt, type=ClaimReceipt) for row in rows]


async def original(conn: Connection, vault: Vault, claim_id: str) -> str | None:
    """The newest accepted text of a claim."""
    row = await conn.fetchrow(
        "SELECT o.fingerprint, o.sealed, c.tenant FROM originals o JOIN claims c USING (claim_id) "
        "WHERE o.claim_id = $1 ORDER BY o.received_at DESC LIMIT 1",
        claim_id,
        record_class=_OriginalRow,
    )
    if row is None:
        return None
    return vault.open_text(row.sealed, row.tenant, claim_id, row.fingerprint)
