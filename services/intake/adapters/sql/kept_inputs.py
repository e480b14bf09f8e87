"""Inputs as they came, sealed and compressed, each content once, whatever became of it; and who read them.

A content is known by its tenant and SHA-256, which every interchange names: sent again, it is not kept again. It is
sealed in parts, so that it never is in memory as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import BinaryIO

from shared.db.pool import Connection, Pool
from shared.db.rows import Row
from shared.runtime.bulk import insert_rows
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class _PartRow(Row):
    part: int
    sealed: bytes


PART = 256 * 1024
"""Bytes of content sealed at a time."""
_COLUMNS = {"tenant": "text", "sha256": "text", "part": "integer", "kept_at": "timestamptz", "sealed": "bytea"}
_AT_ONCE = 16
"""Parts written, or read, with one statement."""


def field_of(part: int) -> str:
    """What a sealed part is bound to beside its tenant and content."""
    return f"input{part}"


def _sealed(vault: Vault, tenant: str, sha256: str, part: int, content: bytes) -> bytes:
    return vault.seal_text(content.decode("latin-1"), tenant, sha256, field_of(part))


async def keep(uow: UnitOfWork, vault: Vault, tenant: str, sha256: str, file: BinaryIO) -> None:
    """Keep what a file holds, once, whatever its size."""
    if await _is_kept(uow.conn, tenant, sha256):
        return
    file.seek(0)
    part, rows = 0, list[tuple[str, str, int, datetime, bytes]]()
    while content := await asyncio.to_thread(file.read, PART):
        sealed = await asyncio.to_thread(_sealed, vault, tenant, sha256, part, content)
        rows.append((tenant, sha256, part, uow.now, sealed))
        part += 1
        if len(rows) == _AT_ONCE:
            await _write(uow.conn, rows)
            rows = []
    await _write(uow.conn, rows)
    file.seek(0)


async def keep_small(uow: UnitOfWork, vault: Vault, contents: Sequence[tuple[str, str, bytes]]) -> None:
    """Keep contents that are in memory: (tenant, SHA-256, bytes)."""
    rows: dict[tuple[str, str, int], tuple[str, str, int, datetime, bytes]] = {}
    for tenant, sha256, content in contents:
        for part in range((len(content) + PART - 1) // PART):
            piece = content[part * PART : (part + 1) * PART]
            sealed = _sealed(vault, tenant, sha256, part, piece)
            rows[tenant, sha256, part] = (tenant, sha256, part, uow.now, sealed)
    await _write(uow.conn, list(rows.values()))


async def _write(conn: Connection, rows: Sequence[tuple[str, str, int, datetime, bytes]]) -> None:
    if rows:
        await insert_rows(conn, "inputs", _COLUMNS, rows, suffix="ON CONFLICT DO NOTHING")


async def _is_kept(conn: Connection, tenant: str, sha256: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT EXISTS (SELECT 1 FROM inputs WHERE tenant = $1 AND sha256 = $2)",
            tenant,
            sha256,
        )
    )


async def open_input(
    pool: Pool, vault: Vault, tenant: str, interchange_id: str, by: str, at: datetime
) -> AsyncGenerator[bytes] | None:
    """What came in as an input of `tenant`, part after part, with a record of who reads it; None where none is kept."""
    async with pool.acquire() as conn, conn.transaction():
        sha256 = await conn.fetchval(
            "SELECT sha256 FROM interchanges WHERE interchange_id = $1 AND tenant = $2", interchange_id, tenant
        )
        if sha256 is None or not await _is_kept(conn, tenant, sha256):
            return None
        first = await _parts(conn, tenant, sha256, -1, 1)
        vault.open_text(first[0][1], tenant, sha256, field_of(0))  # better than to break off in the middle
        await conn.execute(
            "INSERT INTO input_reads (tenant, interchange_id, read_by, read_at) VALUES ($1, $2, $3, $4)",
            tenant,
            interchange_id,
            by,
            at,
        )
    return _read(pool, vault, tenant, sha256)


async def _read(pool: Pool, vault: Vault, tenant: str, sha256: str) -> AsyncGenerator[bytes]:
    """The parts; no connection is held between them, so a reader may take its time."""
    at = -1
    while True:
        async with pool.acquire() as conn:
            found = await _parts(conn, tenant, sha256, at, _AT_ONCE)
        for part, sealed in found:
            at = part
            yield vault.open_text(sealed, tenant, sha256, field_of(part)).encode("latin-1")
        if len(found) < _AT_ONCE:
            return


async def _parts(conn: Connection, tenant: str, sha256: str, after: int, limit: int) -> list[tuple[int, bytes]]:
    rows = await conn.fetch(
        "SELECT part, sealed FROM inputs WHERE tenant = $1 AND sha256 = $2 AND part > $3 ORDER BY part LIMIT $4",
        tenant,
        sha256,
        after,
        limit,
        record_class=_PartRow,
    )
    return [(row.part, bytes(row.sealed)) for row in rows]
