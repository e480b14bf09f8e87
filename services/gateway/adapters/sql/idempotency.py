"""Answers to requests that carry an `Idempotency-Key`, so that repeating one has no second effect."""

from __future__ import annotations

from datetime import timedelta

from services.gateway.adapters.identifiers import Identifiers
from services.gateway.application.repetition_ports import Earlier
from services.gateway.domain.view import Identifier
from shared.db.pool import Pool
from shared.db.rows import Row
from shared.sealing import SealBroken


class _KeyRow(Row):
    fingerprint: bytes
    status: int | None
    answer: str


KEPT = timedelta(hours=24)
_UNFINISHED = timedelta(minutes=1)
"""A request whose process died with it holds its key for so long."""

_BEGIN = """
INSERT INTO idempotency AS i (principal, key, fingerprint, begun_at) VALUES ($1, $2, $3, now())
ON CONFLICT (principal, key) DO UPDATE SET fingerprint = $3, status = NULL, answer = '', begun_at = now()
    WHERE i.begun_at < now() - CASE WHEN i.status IS NULL THEN $4::interval ELSE $5::interval END
RETURNING true
"""


class Repetitions:
    """The table of keys; a key belongs to the caller that sent it and is forgotten after a day."""

    def __init__(self, pool: Pool, vault: Identifiers) -> None:
        self._pool = pool
        self._vault = vault

    async def begin(self, principal: str, key: str, fingerprint: bytes) -> Earlier | None:
        """Take the key for a request that is now made; what is known where it was used before."""
        if await self._pool.fetchval(_BEGIN, principal, key, fingerprint, _UNFINISHED, KEPT):
            return None
        row = await self._pool.fetchrow(
            "SELECT fingerprint, status, answer FROM idempotency WHERE principal = $1 AND key = $2",
            principal,
            key,
            record_class=_KeyRow,
        )
        if row is None:
            return Earlier(True, None, b"")  # given up this very moment: as good as under way
        try:
            body = self._vault.open(Identifier(row.answer), tenant="", claim_id=principal, field=key)
        except SealBroken:
            body = ""
        return Earlier(row.fingerprint == fingerprint, row.status, body.encode())

    async def finish(self, principal: str, key: str, status: int, body: bytes) -> None:
        """Keep the answer, and forget old ones."""
        sealed = self._vault.identify("", principal, key, body.decode()).sealed if body else ""
        await self._pool.execute(
            "UPDATE idempotency SET status = $3, answer = $4 WHERE principal = $1 AND key = $2",
            principal,
            key,
            status,
            sealed,
        )
        await self._pool.execute("DELETE FROM idempotency WHERE begun_at < now() - $1::interval", KEPT)

    async def give_up(self, principal: str, key: str) -> None:
        """The request failed: it may be made again under the same key."""
        await self._pool.execute("DELETE FROM idempotency WHERE principal = $1 AND key = $2", principal, key)
