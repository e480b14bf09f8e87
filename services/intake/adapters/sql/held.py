"""Held payments on Postgres: what an 835 says that cannot be posted as it is, sealed, until a person has settled it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Remittance
from services.intake.application.ports import HeldKind, HeldPayment, HeldStatus, KeptRemittance
from services.intake.domain.identity import same_again
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.former_names import with_both_names
from shared.runtime.bulk import insert_rows
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class _HeldRow(Row):
    held_id: UUID
    kind: HeldKind
    status: HeldStatus
    claim_id: UUID | None
    control_number: str
    charge: Decimal | None
    amount: Decimal | None
    trace_number: str
    payer: str
    paid_on: date | None
    reasons: str
    sealed: bytes
    received_on: date
    received_at: datetime
    interchange_id: UUID
    serial: int
    arrived_on: date | None
    history: bool


class _StatusRow(Row):
    held_id: UUID
    status: HeldStatus


FIELD = "held_payment"
_COLUMNS = {
    "held_id": "uuid",
    "tenant": "text",
    "kind": "text",
    "claim_id": "uuid",
    "control_number": "text",
    "charge": "numeric",
    "amount": "numeric",
    "trace_number": "text",
    "payer": "text",
    "paid_on": "date",
    "reasons": "text",
    "sealed": "bytea",
    "received_on": "date",
    "received_at": "timestamptz",
    "interchange_id": "uuid",
    "serial": "integer",
    "arrived_on": "date",
    "history": "boolean",
}
_encode = msgspec.json.Encoder(decimal_format="string").encode


class _Sealed(msgspec.Struct, omit_defaults=True):
    """What is sealed of it: patient data."""

    text: str
    remittance: Remittance | None = None


_sealed = msgspec.json.Decoder(_Sealed).decode


class HeldRows:
    """The part of `SqlStore` about held payments."""

    _uow: UnitOfWork
    _conn: Connection
    _vault: Vault
    _tenant: str

    async def hold(self, held: Sequence[HeldPayment]) -> dict[str, HeldStatus]:
        if not held:
            return {}
        rows = {one.held_id: self._held_row(one) for one in held}
        ids = list(rows)
        await insert_rows(self._conn, "held_payments", _COLUMNS, list(rows.values()), suffix="ON CONFLICT DO NOTHING")
        # What waited for its claim, and is held now that it is known beside what, is in one place only.
        await self._conn.execute("DELETE FROM waiting_keys WHERE remittance_id = ANY($1::uuid[])", ids)
        await self._conn.execute(
            "DELETE FROM remittances WHERE remittance_id = ANY($1::uuid[]) AND status <> 'matched'", ids
        )
        found = await self._conn.fetch(
            "SELECT held_id, status FROM held_payments WHERE held_id = ANY($1::uuid[])", ids, record_class=_StatusRow
        )
        return {str(row.held_id): row.status for row in found}

    async def held(self, held_id: str) -> HeldPayment | None:
        row = await self._conn.fetchrow(
            "SELECT * FROM held_payments WHERE held_id = $1 AND tenant = $2 FOR UPDATE",
            held_id,
            self._tenant,
            record_class=_HeldRow,
        )
        return self._held(row) if row is not None else None

    async def settle_held(self, held_id: str, status: HeldStatus, claim_id: str | None) -> None:
        await self._conn.execute(
            "UPDATE held_payments SET status = $2, claim_id = coalesce($3, claim_id) WHERE held_id = $1",
            held_id,
            status,
            claim_id,
        )

    async def held_of(self, claim_ids: Sequence[str]) -> list[HeldPayment]:
        rows = await self._conn.fetch(
            "SELECT * FROM held_payments WHERE tenant = $1 AND status = 'open' AND kind = 'payment' "
            "AND claim_id = ANY($2::uuid[]) ORDER BY received_at, ordinal FOR UPDATE",
            self._tenant,
            claim_ids,
            record_class=_HeldRow,
        )
        return [self._held(row) for row in rows]

    async def end_held(self, settled: Mapping[str, HeldStatus]) -> None:
        if not settled:
            return
        await self._conn.execute(
            "UPDATE held_payments h SET status = s.status FROM unnest($1::uuid[], $2::text[]) AS s (held_id, status) "
            "WHERE h.held_id = s.held_id",
            list(settled),
            list(settled.values()),
        )

    async def hold_again(self, held_id: str) -> bool:
        done = await self._conn.execute(
            "UPDATE held_payments SET status = 'open', claim_id = NULL "
            "WHERE held_id = $1 AND tenant = $2 AND status = 'posted'",
            held_id,
            self._tenant,
        )
        if done == "UPDATE 0":
            return False
        await self._conn.execute("DELETE FROM waiting_keys WHERE remittance_id = $1", held_id)
        await self._conn.execute("DELETE FROM remittances WHERE remittance_id = $1", held_id)
        return True

    async def supersede_held(self, payments: Sequence[KeptRemittance]) -> None:
        if not payments:
            return
        rows = await self._conn.fetch(
            "SELECT * FROM held_payments WHERE tenant = $1 AND status = 'open' AND kind = 'payment' "
            "AND (trace_number, control_number, charge, amount) IN "
            "(SELECT * FROM unnest($2::text[], $3::text[], $4::numeric[], $5::numeric[])) FOR UPDATE",
            self._tenant,
            [kept.remittance.payment.trace_number for kept in payments],
            [kept.remittance.control_number for kept in payments],
            [kept.remittance.charge for kept in payments],
            [kept.remittance.paid for kept in payments],
            record_class=_HeldRow,
        )
        if not rows:
            return
        # what tells two parts of one claim apart is sealed, so only the few rows that may be meant are opened
        inputs: dict[tuple[object, ...], set[str]] = {}
        for kept in payments:
            inputs.setdefault(same_again(kept.remittance), set()).add(kept.interchange_id)
        held = [self._held(row) for row in rows]
        again = [
            one.held_id
            for one in held
            if one.remittance is not None and inputs.get(same_again(one.remittance), set()) - {one.interchange_id}
        ]
        await self._conn.execute(
            "UPDATE held_payments SET status = 'superseded' WHERE held_id = ANY($1::uuid[])", again
        )

    def _held_row(self, one: HeldPayment) -> tuple[Any, ...]:
        sealed = self._vault.seal_text(
            _encode(_Sealed(one.text, one.remittance)).decode(),
            self._tenant,
            one.held_id,
            FIELD,
        )
        return (
            one.held_id,
            self._tenant,
            one.kind,
            one.claim_id,
            one.control_number,
            one.charge,
            one.amount,
            one.trace_number,
            one.payer,
            one.paid_on,
            _encode(one.reasons).decode(),
            sealed,
            one.received_on,
            self._uow.now,
            one.interchange_id,
            one.serial,
            one.arrived_on,
            one.history,
        )

    def _held(self, row: _HeldRow) -> HeldPayment:
        held_id = str(row.held_id)
        kept = _sealed(self._vault.open_text(row.sealed, self._tenant, held_id, FIELD))
        return HeldPayment(
            held_id,
            row.kind,
            row.control_number,
            row.charge,
            row.amount,
            row.trace_number,
            row.payer,
            row.paid_on,
            _reasons(row.reasons),
            kept.text,
            row.received_on,
            str(row.interchange_id),
            row.serial,
            row.status,
            str(row.claim_id) if row.claim_id else None,
            kept.remittance,
            row.arrived_on,
            row.history,
        )


async def open_held(conn: Connection, tenant: str, limit: int = 500) -> list[dict[str, Any]]:
    """What is held, oldest first: without patient data, so the seal stays closed."""
    rows = await conn.fetch(
        "SELECT * FROM held_payments WHERE status = 'open' AND tenant = $1 ORDER BY received_at, ordinal LIMIT $2",
        tenant,
        limit,
        record_class=_HeldRow,
    )
    return [
        {
            "held_id": str(row.held_id),
            "status": "held",
            "kind": row.kind,
            "control_number": row.control_number,
            "charge": _dollars(row.charge),
            "amount": _dollars(row.amount),
            "trace_number": row.trace_number,
            "payer": row.payer,
            "paid_on": row.paid_on.isoformat() if row.paid_on else None,
            "claim_id": str(row.claim_id) if row.claim_id else None,
            "reasons": msgspec.to_builtins(_reasons(row.reasons)),
            "received_at": row.received_at.isoformat(),
        }
        for row in rows
    ]


def _reasons(text: str) -> tuple[Problem, ...]:
    """Read reasons, those too that were stored under the former names of their members."""
    return msgspec.convert(with_both_names(json.loads(text)), tuple[Problem, ...])


def _dollars(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
