"""Webhooks in the database: who wants what, what is due, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from services.gateway.adapters.identifiers import Identifiers
from services.gateway.application.access import Principal
from services.gateway.application.webhook_ports import Delivery, DeliveryState, Endpoint
from services.gateway.application.webhooks import OLD_SECRET_HOLDS, new_secret
from services.gateway.domain.view import Identifier
from shared.db.pool import Pool
from shared.db.rows import Row


class _EndpointRow(Row):
    endpoint_id: UUID
    tenants: list[str]
    url: str
    types: list[str]
    description: str
    status: str
    reason: str
    failing_since: datetime | None
    created_by: str
    created_at: datetime


class _SecretRow(Row):
    secret: str
    old: str | None


class _DeliveryRow(Row):
    id: int
    endpoint_id: UUID
    claim_id: UUID
    position: int
    event_id: UUID
    type: str
    state: DeliveryState
    attempts: int
    next_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    last_status: int | None
    last_error: str


class _SpanRow(Row):
    upto: int | None
    n: int


class DueRow(Row):
    """A delivery that is due, with its row of the timeline."""

    delivery_id: int
    attempts: int
    claim_id: UUID
    position: int
    tenant: str
    event_id: UUID
    type: str
    occurred_at: datetime
    after: str
    sentence: str
    details: str
    packed: bytes | None


class _SealedRow(Row):
    endpoint_id: UUID
    secret: str
    old_secret: str | None


_MINE = "(tenants <@ $2::text[] OR '*' = ANY($2::text[]))"


class Due(msgspec.Struct, frozen=True):
    """A delivery to make now, with its row of the timeline."""

    id: int
    message_id: str
    attempts: int
    row: DueRow


class Webhooks:
    """The tables of webhooks; every method that takes a principal touches that caller's endpoints only."""

    def __init__(self, pool: Pool, vault: Identifiers) -> None:
        self.pool = pool
        self._vault = vault

    async def create(
        self, who: Principal, tenants: Sequence[str], url: str, types: Sequence[str], description: str, now: datetime
    ) -> tuple[str, str]:
        """A new endpoint; returns (id, signing secret)."""
        endpoint_id, secret = str(uuid4()), new_secret()
        await self.pool.execute(
            "INSERT INTO webhook_endpoints (endpoint_id, tenants, url, types, description, secret, status, created_by, "
            "created_at) VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8)",
            endpoint_id,
            list(tenants),
            url,
            list(types),
            description,
            self._seal(endpoint_id, secret),
            who.id,
            now,
        )
        return endpoint_id, secret

    async def get(self, who: Principal, endpoint_id: str) -> Endpoint | None:
        """Return the endpoint if it is of the caller's tenants."""
        row = await self.pool.fetchrow(
            f"SELECT * FROM webhook_endpoints WHERE endpoint_id = $1 AND {_MINE}",  # noqa: S608
            endpoint_id,
            list(who.tenants),
            record_class=_EndpointRow,
        )
        return _endpoint(row) if row else None

    async def list(self, who: Principal) -> list[Endpoint]:
        """Return the endpoints of the caller's tenants, oldest first."""
        rows = await self.pool.fetch(
            f"SELECT * FROM webhook_endpoints WHERE $1 AND {_MINE} ORDER BY created_at LIMIT 1000",  # noqa: S608
            True,
            list(who.tenants),
            record_class=_EndpointRow,
        )
        return [_endpoint(row) for row in rows]

    async def set_status(self, endpoint_id: str, status: str, reason: str = "") -> None:
        """Enable (what waited goes out at once) or disable (what comes waits)."""
        async with self.pool.acquire() as conn, conn.transaction():
            await conn.execute(
                "UPDATE webhook_endpoints SET status = $2, reason = $3, failing_since = NULL, "
                "leased_until = CASE WHEN $2 = 'active' THEN '-infinity' ELSE leased_until END WHERE endpoint_id = $1",
                endpoint_id,
                status,
                reason,
            )
            if status == "active":
                await conn.execute(
                    "UPDATE webhook_deliveries SET next_at = now(), attempts = 0 "
                    "WHERE endpoint_id = $1 AND state = 'waiting'",
                    endpoint_id,
                )

    async def delete(self, endpoint_id: str) -> None:
        """Remove an endpoint and what waits for it."""
        await self.pool.execute("DELETE FROM webhook_endpoints WHERE endpoint_id = $1", endpoint_id)

    async def rotate(self, endpoint_id: str) -> str:
        """A new secret; deliveries are signed with the old one too for a day."""
        secret = new_secret()
        await self.pool.execute(
            "UPDATE webhook_endpoints SET old_secret = secret, old_secret_until = now() + $3, secret = $2 "
            "WHERE endpoint_id = $1",
            endpoint_id,
            self._seal(endpoint_id, secret),
            OLD_SECRET_HOLDS,
        )
        return secret

    async def secrets(self, endpoint_id: str) -> list[str]:
        """The secrets to sign with, the newest first."""
        row = await self.pool.fetchrow(
            "SELECT secret, CASE WHEN old_secret_until > now() THEN old_secret END AS old FROM webhook_endpoints "
            "WHERE endpoint_id = $1",
            endpoint_id,
            record_class=_SecretRow,
        )
        return [self._open(endpoint_id, text) for text in (row.secret, row.old) if text] if row else []

    async def deliveries(
        self, endpoint_id: str, *, state: DeliveryState | None, before: int, limit: int
    ) -> list[Delivery]:
        """The delivery log, the newest first."""
        rows = await self.pool.fetch(
            "SELECT * FROM webhook_deliveries WHERE endpoint_id = $1 AND ($2::text IS NULL OR state = $2) "
            "AND id < $3 ORDER BY id DESC LIMIT $4",
            endpoint_id,
            state,
            before,
            limit,
            record_class=_DeliveryRow,
        )
        return [_delivery(row) for row in rows]

    async def replay(
        self, endpoint_id: str, *, since: datetime | None, until: datetime | None, delivery_id: int | None
    ) -> int:
        """Deliver again what was delivered or given up; returns how many."""
        done = await self.pool.execute(
            "UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, next_at = now(), delivered_at = NULL "
            "WHERE endpoint_id = $1 AND state <> 'waiting' AND ($2::timestamptz IS NULL OR created_at >= $2) "
            "AND ($3::timestamptz IS NULL OR created_at < $3) AND ($4::bigint IS NULL OR id = $4)",
            endpoint_id,
            since,
            until,
            delivery_id,
        )
        return int(done.rpartition(" ")[2])

    async def fan_out(self, limit: int = 2000) -> int:
        """Turn new rows of the timeline into deliveries; returns how many rows were looked at."""
        async with self.pool.acquire() as conn, conn.transaction():
            last = await conn.fetchval("SELECT last_id FROM webhook_cursor FOR UPDATE SKIP LOCKED")
            if last is None:
                return 0  # another process is at it
            span = await conn.fetchrow(
                "SELECT max(id) AS upto, count(*) AS n FROM (SELECT id FROM timeline WHERE id > $1 ORDER BY id "
                "LIMIT $2) t",
                last,
                limit,
                record_class=_SpanRow,
            )
            if span is None or span.upto is None:
                return 0
            await conn.execute(
                "INSERT INTO webhook_deliveries (endpoint_id, claim_id, position, event_id, type, next_at, created_at) "
                "SELECT e.endpoint_id, t.claim_id, t.position, t.event_id, t.type, now(), now() FROM timeline t "
                "JOIN webhook_endpoints e ON ('*' = ANY(e.tenants) OR t.tenant = ANY(e.tenants)) "
                "AND (e.types = '{}' OR t.type = ANY(e.types)) "
                "WHERE t.id > $1 AND t.id <= $2 AND NOT t.quiet ORDER BY t.id ON CONFLICT DO NOTHING",
                last,
                span.upto,
            )
            await conn.execute("UPDATE webhook_cursor SET last_id = $1", span.upto)
            return int(span.n)

    async def lease(self, busy: Sequence[str], most: int, seconds: float) -> list[Endpoint]:
        """Take endpoints that have something due and that nobody is delivering to."""
        rows = await self.pool.fetch(
            "UPDATE webhook_endpoints SET leased_until = now() + make_interval(secs => $3) WHERE endpoint_id IN ("
            " SELECT endpoint_id FROM webhook_endpoints e WHERE status = 'active' AND leased_until < now()"
            " AND endpoint_id <> ALL($1::uuid[]) AND EXISTS (SELECT 1 FROM webhook_deliveries d"
            "  WHERE d.endpoint_id = e.endpoint_id AND d.state = 'waiting' AND d.next_at <= now())"
            " LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING *",
            list(busy),
            most,
            seconds,
            record_class=_EndpointRow,
        )
        return [_endpoint(row) for row in rows]

    async def release(self, endpoint_id: str) -> None:
        """Give an endpoint back. One that fails rests: a quarter of the time it has been failing, 1 s to 5 min."""
        await self.pool.execute(
            "UPDATE webhook_endpoints SET leased_until = coalesce(now() + least(greatest((now() - failing_since) / 4, "
            "interval '1 second'), interval '5 minutes'), '-infinity') WHERE endpoint_id = $1",
            endpoint_id,
        )

    async def due(self, endpoint_id: str, limit: int) -> list[Due]:
        """What is due for an endpoint: of each claim only the earliest that waits, so that its order is kept."""
        rows = await self.pool.fetch(
            "SELECT d.id AS delivery_id, d.attempts, t.* FROM webhook_deliveries d "
            "JOIN timeline t ON t.claim_id = d.claim_id AND t.position = d.position "
            "WHERE d.endpoint_id = $1 AND d.state = 'waiting' AND d.next_at <= now() AND NOT EXISTS ("
            " SELECT 1 FROM webhook_deliveries b WHERE b.endpoint_id = $1 AND b.state = 'waiting'"
            " AND b.claim_id = d.claim_id AND b.position < d.position) ORDER BY d.id LIMIT $2",
            endpoint_id,
            limit,
            record_class=DueRow,
        )
        return [Due(row.delivery_id, message_id(endpoint_id, row.event_id), row.attempts, row) for row in rows]

    async def succeeded(self, endpoint_id: str, delivery_id: int, status: int) -> None:
        """Note that a delivery was answered with a success."""
        await self.pool.execute(
            "WITH e AS (UPDATE webhook_endpoints SET failing_since = NULL WHERE endpoint_id = $3 "
            "AND failing_since IS NOT NULL) UPDATE webhook_deliveries SET state = 'delivered', attempts = attempts + 1,"
            " delivered_at = now(), last_status = $2, last_error = '' WHERE id = $1",
            delivery_id,
            status,
            endpoint_id,
        )

    async def failed(
        self, endpoint_id: str, delivery_id: int, status: int | None, error: str, next_at: datetime | None
    ) -> datetime:
        """Note a failure; without `next_at` it was the last try. Returns since when the endpoint has been failing."""
        since: Any = await self.pool.fetchval(
            "WITH d AS (UPDATE webhook_deliveries SET attempts = attempts + 1, last_status = $2, last_error = $3,"
            " next_at = coalesce($4, next_at), state = CASE WHEN $4::timestamptz IS NULL THEN 'failed' ELSE state END"
            " WHERE id = $1) UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, now()) "
            "WHERE endpoint_id = $5 RETURNING failing_since",
            delivery_id,
            status,
            error,
            next_at,
            endpoint_id,
        )
        return since

    async def reseal(self) -> int:
        """Seal every signing secret with the newest key of the ring; returns how many endpoints there are."""
        async with self.pool.acquire() as conn, conn.transaction():
            rows = await conn.fetch(
                "SELECT endpoint_id, secret, old_secret FROM webhook_endpoints FOR UPDATE", record_class=_SealedRow
            )
            for row in rows:
                endpoint_id = str(row.endpoint_id)
                sealed = [
                    self._seal(endpoint_id, self._open(endpoint_id, text)) if text else None
                    for text in (row.secret, row.old_secret)
                ]
                await conn.execute(
                    "UPDATE webhook_endpoints SET secret = $2, old_secret = $3 WHERE endpoint_id = $1",
                    endpoint_id,
                    *sealed,
                )
            return len(rows)

    async def forget_old(self, days: int) -> None:
        """Delete settled deliveries past their retention, some at a time."""
        await self.pool.execute(
            "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE state <> 'waiting' "
            "AND created_at < now() - make_interval(days => $1) LIMIT 10000)",
            days,
        )

    def _seal(self, endpoint_id: str, secret: str) -> str:
        return self._vault.identify("", endpoint_id, "webhook_secret", secret).sealed

    def _open(self, endpoint_id: str, sealed: str) -> str:
        return self._vault.open(Identifier(sealed), tenant="", claim_id=endpoint_id, field="webhook_secret")


def message_id(endpoint_id: str, event_id: UUID) -> str:
    """The `webhook-id` of an event at an endpoint; the same at every try."""
    return f"msg_{UUID(endpoint_id).hex[:8]}{event_id.hex}"


def _endpoint(row: _EndpointRow) -> Endpoint:
    return Endpoint(
        str(row.endpoint_id), row.tenants, row.url, row.types, row.description, row.status, row.reason,
        row.failing_since, row.created_by, row.created_at,
    )  # fmt: skip


def _delivery(row: _DeliveryRow) -> Delivery:
    endpoint_id = str(row.endpoint_id)
    return Delivery(
        row.id, message_id(endpoint_id, row.event_id), endpoint_id, str(row.claim_id), row.position, row.type,
        row.state, row.attempts, row.next_at, row.created_at, row.delivered_at, row.last_status, row.last_error,
    )  # fmt: skip
