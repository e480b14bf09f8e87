"""Key rotation: everything sealed is opened and sealed again with the newest key, a thousand claims at a time.

The gateway may run meanwhile, once it knows the new key: rows are locked while they are sealed, as events lock them.
It may be repeated after a crash; what is sealed with the newest key already is passed over.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.sql.tables import CLAIMS
from services.gateway.adapters.sql.webhooks import Webhooks
from services.gateway.domain.view import ClaimView, Identifier
from services.gateway.settings import GatewaySettings
from shared.db.pool import Connection, Pool, open_pool
from shared.db.rows import ClaimId
from shared.runtime.state_table import Stored
from shared.sealing import SealBroken

_BATCH = 1000
_FIELDS = ("patient_control_number", "payer_claim_number")
_NOBODY = "00000000-0000-0000-0000-000000000000"


class NewestUnknown(Exception):
    """A value was sealed with a key that the ring does not hold, so it cannot be sealed again."""


class Resealed(msgspec.Struct, frozen=True):
    """How many rows were sealed again, and how many are under an older key all the same."""

    claims: int
    endpoints: int
    left: int = 0


async def reseal(settings: GatewaySettings) -> Resealed:
    """Seal everything with the newest key. Raises `NewestUnknown`."""
    vault = Identifiers(settings.phi_keys.get_secret_value())
    pool = await open_pool(settings.database_url.get_secret_value(), service="gateway", size=2)
    claims, after = 0, _NOBODY
    try:
        while after:
            async with pool.acquire() as conn, conn.transaction():
                after, sealed = await _batch(conn, vault, after)
                claims += sealed
        endpoints = await Webhooks(pool, vault).reseal()
        await pool.execute("DELETE FROM idempotency")  # kept answers are for a day only: not worth a second sealing
        return Resealed(claims, endpoints, await left(pool, vault))
    except SealBroken as broken:
        raise NewestUnknown(f"{broken}: add the key it was sealed with to RECOUP_PHI_KEYS, after the new one") from None
    finally:
        await pool.close()


async def left(pool: Pool, vault: Identifiers) -> int:
    """How many claims and endpoints hold a value that the newest key did not seal."""
    other = "substring(decode(%s, 'base64') FROM 1 FOR length($1::bytea)) <> $1"
    secrets = " OR ".join(other % column for column in ("secret", "old_secret"))
    endpoints = await pool.fetchval(
        f"SELECT count(*) FROM webhook_endpoints WHERE {secrets}",  # noqa: S608 - names of ours
        vault.mark,
    )
    claims, after = 0, _NOBODY
    async with pool.acquire() as conn:
        while ids := await _next_ids(conn, after):
            views = (await CLAIMS.read_many(conn, ids)).values()
            claims += sum(not all(vault.is_current(getattr(view, field)) for field in _FIELDS) for view in views)
            after = ids[-1]
    return claims + endpoints


async def _next_ids(conn: Connection, after: str) -> list[str]:
    found = await conn.fetch(
        "SELECT claim_id::text FROM claims WHERE claim_id > $1 ORDER BY claim_id LIMIT $2",
        after,
        _BATCH,
        record_class=ClaimId,
    )
    return [row.claim_id for row in found]


async def _batch(conn: Connection, vault: Identifiers, after: str) -> tuple[str, int]:
    """Seal the claims after `after` again; returns the last id of the batch, empty at the end, and how many changed."""
    ids = await _next_ids(conn, after)
    stale: list[Stored[ClaimView]] = []
    for row in (await CLAIMS.load(conn, ids)).values():
        view = _sealed(vault, row)
        if view is not row.state:
            row.state = view
            stale.append(row)
    if stale:
        await CLAIMS.save(conn, stale, datetime.now(UTC))
    return ids[-1] if ids else "", len(stale)


def _sealed(vault: Identifiers, row: Stored[ClaimView]) -> ClaimView:
    view = row.state
    for field in _FIELDS:
        identifier: Identifier = getattr(view, field)
        if not vault.is_current(identifier):
            plain = vault.open(identifier, tenant=row.tenant, claim_id=row.claim_id, field=field)
            view = replace(view, **{field: vault.identify(row.tenant, row.claim_id, field, plain)})
    return view
