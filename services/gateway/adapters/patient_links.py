"""Links to patients' pages: signed, ending, kept by id so that they can be turned off, and never kept whole.

A token is `link id (16 bytes) + end (8 bytes, seconds) + HMAC-SHA256 cut to 16 bytes`, in base64url. The signature
turns guesses away without asking the database; the row says whether the link was turned off.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import msgspec

from services.gateway.domain.patient.letter import Language, Sender
from shared.db.pool import Pool
from shared.db.rows import Row
from shared.sealing import KeyRing


class _LinkRow(Row):
    link_id: UUID
    claim_id: UUID
    tenant: str
    language: Language
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class _SenderRow(Row):
    name: str
    phone: str


class _TenantSenderRow(_SenderRow):
    tenant: str


_MAC = 16
_SIZE = 16 + 8 + _MAC


class PatientLink(msgspec.Struct, frozen=True):
    """A link without its token."""

    link_id: str
    claim_id: str
    tenant: str
    language: Language
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class LinkSigner:
    """Signs with the newest key of the ring `RECOUP_PHI_KEYS`, and takes what any of its keys signed."""

    def __init__(self, keys: str) -> None:
        ring = KeyRing(keys)
        self._keys = [ring.derive(one, "gateway patient link", 32) for one in ring.ids]

    def token(self, link_id: str, expires_at: datetime) -> str:
        """The token of a link."""
        body = UUID(link_id).bytes + int(expires_at.timestamp()).to_bytes(8, "big")
        return urlsafe_b64encode(body + _sign(self._keys[0], body)).decode().rstrip("=")

    def read(self, token: str, now: datetime) -> str | None:
        """The link's id, where we signed it and it has not ended."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        if len(raw) != _SIZE:
            return None
        body, mac = raw[:-_MAC], raw[-_MAC:]
        if not any(hmac.compare_digest(_sign(key, body), mac) for key in self._keys):
            return None
        if int.from_bytes(body[16:], "big") <= now.timestamp():
            return None
        return str(UUID(bytes=body[:16]))


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, sha256).digest()[:_MAC]


class PatientLinks:
    """The links and the senders' names, in the gateway's schema."""

    def __init__(self, pool: Pool, signer: LinkSigner) -> None:
        self._pool = pool
        self.signer = signer

    async def create(
        self, claim_id: str, tenant: str, language: Language, *, by: str, now: datetime, expires_at: datetime
    ) -> tuple[PatientLink, str]:
        """A new link and its token, which is given out this once."""
        link_id, ends = str(uuid4()), datetime.fromtimestamp(int(expires_at.timestamp()), UTC)
        link = PatientLink(link_id, claim_id, tenant, language, by, now, ends, None)
        await self._pool.execute(
            "INSERT INTO patient_links VALUES ($1, $2, $3, $4, $5, $6, $7)", *msgspec.structs.astuple(link)[:-1]
        )
        return link, self.signer.token(link_id, ends)

    async def open(self, token: str, now: datetime) -> PatientLink | None:
        """The link of a token that still opens something."""
        link_id = self.signer.read(token, now)
        if link_id is None:
            return None
        row = await self._pool.fetchrow(
            "SELECT * FROM patient_links WHERE link_id = $1 AND revoked_at IS NULL AND expires_at > $2",
            link_id,
            now,
            record_class=_LinkRow,
        )
        return _link(row) if row else None

    async def of_claim(self, claim_id: str) -> list[PatientLink]:
        """A claim's links, the newest first."""
        rows = await self._pool.fetch(
            "SELECT * FROM patient_links WHERE claim_id = $1 ORDER BY created_at DESC, link_id LIMIT 200",
            claim_id,
            record_class=_LinkRow,
        )
        return [_link(row) for row in rows]

    async def revoke(self, claim_id: str, link_id: str, now: datetime) -> bool:
        """Turn a link off at once; False where the claim has none of that id."""
        found = await self._pool.fetchval(
            "UPDATE patient_links SET revoked_at = coalesce(revoked_at, $3) "
            "WHERE claim_id = $1 AND link_id = $2 RETURNING true",
            claim_id,
            link_id,
            now,
        )
        return bool(found)

    async def sender(self, tenant: str) -> Sender:
        """How a tenant signs its letters."""
        row = await self._pool.fetchrow(
            "SELECT name, phone FROM patient_senders WHERE tenant = $1", tenant, record_class=_SenderRow
        )
        return Sender(row.name, row.phone) if row else Sender()

    async def senders(self, tenants: Sequence[str] | None) -> dict[str, Sender]:
        """The senders of these tenants; of all where None."""
        rows = await self._pool.fetch(
            "SELECT * FROM patient_senders WHERE $1::text[] IS NULL OR tenant = ANY ($1) ORDER BY tenant",
            None if tenants is None else list(tenants),
            record_class=_TenantSenderRow,
        )
        return {row.tenant: Sender(row.name, row.phone) for row in rows}

    async def set_sender(self, tenant: str, sender: Sender, *, by: str, now: datetime) -> None:
        """Say how a tenant signs its letters."""
        await self._pool.execute(
            "INSERT INTO patient_senders VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant) DO UPDATE SET "
            "name = excluded.name, phone = excluded.phone, updated_by = excluded.updated_by, "
            "updated_at = excluded.updated_at",
            tenant,
            sender.name,
            sender.phone,
            by,
            now,
        )


def _link(row: _LinkRow) -> PatientLink:
    return PatientLink(
        str(row.link_id),
        str(row.claim_id),
        row.tenant,
        row.language,
        row.created_by,
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )
