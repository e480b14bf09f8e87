"""What was composed to be sent, on Postgres: sealed, since it names patients; and what was answered to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID, uuid5

import msgspec

from services.intake.application.outgoing_ports import Sent, SetKind
from services.intake.domain.outbound_ack import OutboundAck
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shared.sealing import Vault


class _OutgoingRow(Row):
    tenant: str
    key: str
    claim_id: UUID
    asked_sha256: str
    control: int
    receiver: str
    sha256: str
    size: int
    sealed: bytes
    status: str
    codes: str
    kind: SetKind


_IDS = UUID("8c1d1c8e-95b2-5c5e-8b0c-5b7f0b6b3a10")
_FIELD = "outgoing"


class Ready(msgspec.Struct, frozen=True):
    """One interchange that is not laid out yet."""

    tenant: str
    key: str
    control: int
    text: str
    kind: SetKind = "275"


def id_of(tenant: str, key: str) -> str:
    """What a sending is sealed and keyed by."""
    return str(uuid5(_IDS, f"{tenant}\x1f{key}"))


async def next_control(conn: Connection) -> int:
    """ISA13 and GS06 of the next interchange of ours."""
    return int(await conn.fetchval("SELECT nextval('outgoing_control')") or 0)


async def find(conn: Connection, tenant: str, key: str) -> Sent | None:
    """What was sent under a key."""
    row = await conn.fetchrow(
        "SELECT * FROM outgoing WHERE tenant = $1 AND key = $2", tenant, key, record_class=_OutgoingRow
    )
    return _sent(row) if row is not None else None


async def keep(uow: UnitOfWork, vault: Vault, tenant: str, sent: Sent, text: str, *, by: str = "") -> None:
    """Store one interchange; `by` is the person whose it is, if any."""
    sealed = vault.seal_text(text, tenant, id_of(tenant, sent.key), _FIELD)
    await uow.conn.execute(
        "INSERT INTO outgoing (tenant, key, claim_id, asked_sha256, control, receiver, sha256, size, sealed, made_at, "
        "kind, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        tenant,
        sent.key,
        sent.claim_id,
        sent.asked_sha256,
        sent.control,
        sent.receiver,
        sent.sha256,
        sent.size,
        sealed,
        uow.now,
        sent.kind,
        by,
    )


async def text_of(conn: Connection, vault: Vault, tenant: str, key: str) -> str | None:
    """The X12 that was sent under a key. Patient data."""
    sealed = await conn.fetchval("SELECT sealed FROM outgoing WHERE tenant = $1 AND key = $2", tenant, key)
    if sealed is None:
        return None
    return vault.open_text(sealed, tenant, id_of(tenant, key), _FIELD)


@asynccontextmanager
async def laying_out(
    units: UnitOfWorkFactory, vault: Vault, tenants: Sequence[str], limit: int
) -> AsyncGenerator[Sequence[Ready]]:
    """The oldest interchanges of these tenants that are not laid out, locked.

    They are laid out when the block ends without an exception.
    """
    async with units.begin() as uow:
        ready = await _to_lay_out(uow.conn, vault, tenants, limit)
        yield ready
        await _laid_out(uow.conn, ready)


async def _to_lay_out(conn: Connection, vault: Vault, tenants: Sequence[str], limit: int) -> list[Ready]:
    rows = await conn.fetch(
        "SELECT tenant, key, control, sealed, kind FROM outgoing WHERE NOT laid_out AND tenant = ANY($1::text[]) "
        "ORDER BY made_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        tenants,
        limit,
        record_class=_OutgoingRow,
    )
    return [
        Ready(
            row.tenant,
            row.key,
            row.control,
            vault.open_text(row.sealed, row.tenant, id_of(row.tenant, row.key), _FIELD),
            row.kind,
        )
        for row in rows
    ]


async def _laid_out(conn: Connection, ready: Sequence[Ready]) -> None:
    await conn.execute(
        "UPDATE outgoing AS o SET laid_out = true FROM unnest($1::text[], $2::text[]) AS n (tenant, key) "
        "WHERE o.tenant = n.tenant AND o.key = n.key",
        [one.tenant for one in ready],
        [one.key for one in ready],
    )


class SqlLedger:
    """What one tenant sent and what is said of it, in one transaction."""

    def __init__(self, uow: UnitOfWork, tenant: str, today: date) -> None:
        self._uow = uow
        self._tenant = tenant
        self._today = today
        self._sent: dict[int, Sent] = {}

    async def waiting(self, controls: Sequence[int]) -> dict[int, Sent]:
        """What went out under these control numbers, locked; of numbers that came round again, the newest."""
        rows = await self._uow.conn.fetch(
            "SELECT * FROM outgoing WHERE tenant = $1 AND control = ANY($2::integer[]) ORDER BY made_at FOR UPDATE",
            self._tenant,
            [control for control in controls if control < 2**31],
            record_class=_OutgoingRow,
        )
        self._sent = {row.control: _sent(row) for row in rows}
        return self._sent

    async def judge(self, control: int, acknowledgment: OutboundAck) -> None:
        """Keep what the other side said."""
        await self._uow.conn.execute(
            "UPDATE outgoing SET status = $3, codes = $4, judged_on = $5 WHERE tenant = $1 AND key = $2",
            self._tenant,
            self._sent[control].key,
            "accepted" if acknowledgment.accepted else "rejected",
            "\n".join(acknowledgment.codes),
            self._today,
        )


def _sent(row: _OutgoingRow) -> Sent:
    return Sent(
        row.key,
        str(row.claim_id),
        row.asked_sha256,
        row.control,
        row.receiver,
        row.sha256,
        row.size,
        row.status,
        tuple(row.codes.splitlines()),
        kind=row.kind,
    )
