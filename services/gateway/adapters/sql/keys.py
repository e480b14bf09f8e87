"""API keys: `rcp_<id>_<secret>`, kept as a digest, looked up by id, remembered for a few seconds."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from services.gateway.application.access import Principal
from services.gateway.application.api_key_ports import ApiKey
from shared.db.pool import Pool
from shared.db.rows import Row


class _KeyRow(Row):
    digest: bytes
    role: str
    tenants: list[str]
    scopes: list[str]


_PREFIX = "rcp_"
_REMEMBER_SECONDS = 5.0
_REMEMBER_KEYS = 10_000


class KeyStore:
    """Creates, checks and revokes keys. A revocation holds everywhere after five seconds at the latest."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[bytes, tuple[float, Principal | None]] = {}

    async def create(
        self,
        name: str,
        role: str,
        tenants: Sequence[str],
        scopes: Sequence[str],
        *,
        created_by: str,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> tuple[str, str]:
        """A new key; returns (id, key). The key is shown this once."""
        key_id = secrets.token_hex(6)
        key = f"{_PREFIX}{key_id}_{secrets.token_hex(32)}"
        await self._pool.execute(
            "INSERT INTO api_keys VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            key_id,
            sha256(key.encode()).digest(),
            name,
            role,
            list(tenants),
            sorted(scopes),
            created_by,
            now,
            expires_at,
        )
        return key_id, key

    async def principal(self, credential: str) -> Principal | None:
        """Whose key this is; None for no key, a wrong, expired or revoked one."""
        if not credential.startswith(_PREFIX):
            return None
        digest = sha256(credential.encode()).digest()
        known = self._known.get(digest)
        if known is not None and time.monotonic() - known[0] < _REMEMBER_SECONDS:
            return known[1]
        found = await self._look_up(credential.removeprefix(_PREFIX).partition("_")[0], digest)
        if len(self._known) >= _REMEMBER_KEYS:
            self._known.clear()
        self._known[digest] = (time.monotonic(), found)
        return found

    async def _look_up(self, key_id: str, digest: bytes) -> Principal | None:
        row = await self._pool.fetchrow(
            "SELECT * FROM api_keys WHERE key_id = $1 AND revoked_at IS NULL "
            "AND (expires_at IS NULL OR expires_at > now())",
            key_id,
            record_class=_KeyRow,
        )
        if row is None or not hmac.compare_digest(row.digest, digest):
            return None
        return Principal(f"key:{key_id}", row.role, tuple(row.tenants), frozenset(row.scopes))

    async def list(self) -> list[ApiKey]:
        """Every key, the newest first."""
        rows = await self._pool.fetch(
            "SELECT * FROM api_keys ORDER BY created_at DESC LIMIT 1000", record_class=_KeyRow
        )
        return [_key(row) for row in rows]

    async def get(self, key_id: str) -> ApiKey | None:
        """One key."""
        row = await self._pool.fetchrow("SELECT * FROM api_keys WHERE key_id = $1", key_id, record_class=_KeyRow)
        return _key(row) if row else None

    async def revoke(self, key_id: str, now: datetime) -> None:
        """End a key; it stays listed."""
        await self._pool.execute(
            "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1", key_id, now
        )
        self._known.clear()


def _key(row: _KeyRow) -> ApiKey:
    return ApiKey(**{name: row[name] for name in ApiKey.__struct_fields__})
