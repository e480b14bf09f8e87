"""The events that documents rest on: kept sealed, under the hash of what they say; sealed again when keys rotate."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from shared.db.pool import Connection, Pool
from shared.db.rows import ClaimId, Row
from shared.events.assessment import ClaimBenchmarked, ClaimDenied, DisputeWidened, UnderpaymentFlagged
from shared.events.claims import ClaimReceived, ClaimReplaced, RemittanceReceived
from shared.events.codec import encode_data
from shared.runtime.batch_processor import Projection, ReceivedEvent
from shared.runtime.bulk import insert_rows
from shared.runtime.state_table import Stored
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class _SealedRow(Row):
    place: str
    claim_id: str
    type: str
    payload: bytes


_EVIDENCE = (
    ClaimReceived, ClaimReplaced, RemittanceReceived, UnderpaymentFlagged, ClaimDenied, DisputeWidened,
    ClaimBenchmarked,
)  # fmt: skip
_COLUMNS = {"claim_id": "uuid", "sha256": "bytea", "type": "text", "payload": "bytea"}
_BATCH = 500
_SEALED = (("evidence", "payload"), ("documents", "content"), ("documents", "pdf"), ("attachments", "content"))
_NOBODY = "00000000-0000-0000-0000-000000000000"


def keeping_evidence(vault: Vault) -> Projection:
    """Stores the events that documents rest on, under the hash the documents cite."""

    async def keep_evidence(uow: UnitOfWork, received: Sequence[ReceivedEvent], _: Sequence[Stored[Any]]) -> None:
        rows: dict[tuple[str, bytes], tuple[Any, ...]] = {}
        for item in received:
            event = item.envelope.data
            if isinstance(event, ClaimBenchmarked) and not event.restates:
                continue
            if isinstance(event, _EVIDENCE):
                payload = encode_data(event)
                digest = sha256(payload).digest()
                sealed = vault.seal(payload, event.claim_id, item.envelope.type)
                rows[event.claim_id, digest] = (event.claim_id, digest, item.envelope.type, sealed)
        await insert_rows(uow.conn, "evidence", _COLUMNS, list(rows.values()))

    return keep_evidence


async def reseal(pool: Pool, vault: Vault) -> int:
    """Seal events, documents and attachments with the newest key where another key sealed them, or none.

    Returns how many payloads; raises `SealBroken`.
    """
    done, after = 0, _NOBODY
    while True:
        async with pool.acquire() as conn, conn.transaction():
            claims = await conn.fetch(
                "SELECT claim_id::text FROM (SELECT claim_id FROM evidence UNION SELECT claim_id FROM documents "
                "UNION SELECT claim_id FROM attachments) AS known WHERE claim_id > $1::uuid "
                "ORDER BY known.claim_id LIMIT $2",
                after,
                _BATCH,
                record_class=ClaimId,
            )
            if not claims:
                return done
            after = claims[-1].claim_id
            ids = [row.claim_id for row in claims]
            done += await _reseal(conn, vault, ids, "evidence", "payload", "type")
            for column in ("content", "pdf"):
                done += await _reseal(conn, vault, ids, "documents", column, f"'{column}'")
            done += await _reseal(conn, vault, ids, "attachments", "content", "'attachment'")


async def left(pool: Pool, vault: Vault) -> int:
    """How many payloads the newest key did not seal."""
    counts = [
        await pool.fetchval(
            f"SELECT count(*) FROM {table} WHERE substring({column} FROM 1 FOR length($1::bytea)) <> $1",  # noqa: S608 - names are ours
            vault.mark,
        )
        for table, column in _SEALED
    ]
    return sum(counts)


async def _reseal(conn: Connection, vault: Vault, claim_ids: list[str], table: str, column: str, type_: str) -> int:
    rows = await conn.fetch(
        f"SELECT ctid::text AS place, claim_id::text AS claim_id, {type_} AS type, {column} AS payload "  # noqa: S608
        f"FROM {table} WHERE claim_id = ANY($1::uuid[]) "
        f"AND substring({column} FROM 1 FOR length($2::bytea)) <> $2 FOR UPDATE",
        claim_ids,
        vault.mark,
        record_class=_SealedRow,
    )
    resealed: list[bytes] = []
    for row in rows:
        plain = vault.open(row.payload, row.claim_id, row.type)
        resealed.append(vault.seal(plain, row.claim_id, row.type))
    await conn.execute(
        f"UPDATE {table} AS old SET {column} = new.payload "  # noqa: S608 - names are ours
        "FROM unnest($1::text[], $2::bytea[]) AS new (place, payload) WHERE old.ctid = new.place::tid",
        [row.place for row in rows],
        resealed,
    )
    return len(rows)
