"""Remittances on paper on Postgres: what a person entered, and the scans, sealed."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class _PaperRow(Row):
    interchange_id: UUID
    entered_by: str
    entered_at: datetime
    sealed: bytes


class _ScanRow(Row):
    scan_id: UUID
    media_type: str
    bytes: int
    added_by: str
    added_at: datetime


class _ContentRow(Row):
    media_type: str
    sealed: bytes


_PAPERS = UUID("8e6f4d20-7c1b-5b5a-93d4-1f0e2d3c4b5a")


def paper_id_of(tenant: str, entry: str) -> str:
    """The id of an entry: the same for the same content."""
    return str(uuid5(_PAPERS, f"{tenant}\x1f{sha256(entry.encode()).hexdigest()}"))


async def keep_paper(uow: UnitOfWork, vault: Vault, tenant: str, entry: str, interchange_id: str, who: str) -> None:
    """Keep an entry where it is new."""
    paper_id = paper_id_of(tenant, entry)
    await uow.conn.execute(
        "INSERT INTO paper_remittances (paper_id, tenant, interchange_id, entered_by, entered_at, sealed) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        paper_id,
        tenant,
        interchange_id,
        who,
        uow.now,
        vault.seal_text(entry, tenant, paper_id, "paper_remittance"),
    )


async def one_paper(conn: Connection, vault: Vault, tenant: str, paper_id: str) -> dict[str, Any] | None:
    """An entry as it was made, and its scans."""
    row = await conn.fetchrow(
        "SELECT * FROM paper_remittances WHERE paper_id = $1 AND tenant = $2", paper_id, tenant, record_class=_PaperRow
    )
    if row is None:
        return None
    scans = await conn.fetch(
        "SELECT scan_id, media_type, bytes, added_by, added_at FROM paper_scans WHERE paper_id = $1 ORDER BY added_at",
        paper_id,
        record_class=_ScanRow,
    )
    return {
        "paper_id": paper_id,
        "interchange_id": str(row.interchange_id),
        "entered_by": row.entered_by,
        "entered_at": row.entered_at.isoformat(),
        "entry": vault.open_text(row.sealed, tenant, paper_id, "paper_remittance"),
        "scans": [
            {
                "scan_id": str(scan.scan_id),
                "media_type": scan.media_type,
                "bytes": scan.bytes,
                "added_by": scan.added_by,
                "added_at": scan.added_at.isoformat(),
            }
            for scan in scans
        ],
    }


async def keep_scan(
    uow: UnitOfWork, vault: Vault, tenant: str, paper_id: str, body: bytes, media_type: str, who: str
) -> tuple[str, bool] | None:
    """Keep a scan sealed, once; its id and whether it is new, None where there is no such entry."""
    known = await uow.conn.fetchval(
        "SELECT paper_id FROM paper_remittances WHERE paper_id = $1 AND tenant = $2 FOR UPDATE", paper_id, tenant
    )
    if known is None:
        return None
    scan_id = str(uuid5(UUID(paper_id), sha256(body).hexdigest()))
    if await uow.conn.fetchval("SELECT 1 FROM paper_scans WHERE scan_id = $1", scan_id):
        return scan_id, False
    await uow.conn.execute(
        "INSERT INTO paper_scans (scan_id, paper_id, tenant, media_type, bytes, added_by, added_at, sealed) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        scan_id,
        paper_id,
        tenant,
        media_type,
        len(body),
        who,
        uow.now,
        vault.seal_text(body.decode("latin-1"), tenant, scan_id, "paper_scan"),
    )
    return scan_id, True


async def read_scan(conn: Connection, vault: Vault, tenant: str, scan_id: str) -> tuple[bytes, str] | None:
    """A scan's bytes and media type."""
    row = await conn.fetchrow(
        "SELECT media_type, sealed FROM paper_scans WHERE scan_id = $1 AND tenant = $2",
        scan_id,
        tenant,
        record_class=_ContentRow,
    )
    if row is None:
        return None
    text = vault.open_text(row.sealed, tenant, scan_id, "paper_scan")
    return text.encode("latin-1"), row.media_type
