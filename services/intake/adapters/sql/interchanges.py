"""Reads beside the batches: interchanges and originals."""

from __future__ import annotations

import json

from shared.db.pool import Connection
from shared.db.rows import Row
from shared.former_names import with_both_names
from shared.sealing import Vault


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
