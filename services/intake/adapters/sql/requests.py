"""Payers' requests for records on Postgres: sealed, since they name patients; those without a claim are a worklist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from recoup_x12.model import RecordsRequest
from services.intake.application.ports import KeptRequest, RequestOutcome
from services.intake.domain.records_request import keys_of
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.bulk import insert_rows
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class _IdRow(Row):
    request_id: UUID


class _RequestRow(Row):
    request_id: UUID
    claim_id: UUID | None
    outcome: RequestOutcome
    reason: str
    candidates: str
    due_on: date | None
    received_on: date
    received_at: datetime
    sealed: bytes


class _OpenRow(_RequestRow):
    alike: list[str]


class _WaitingRow(Row):
    tenant: str
    request_id: UUID


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(RecordsRequest)
_COLUMNS = {
    "request_id": "uuid",
    "tenant": "text",
    "claim_id": "uuid",
    "outcome": "text",
    "reason": "text",
    "candidates": "text",
    "keys": "text",
    "due_on": "date",
    "received_on": "date",
    "received_at": "timestamptz",
    "sealed": "bytea",
}
_FIELD = "records_request"


class SqlRequests:
    """One transaction's view of one tenant's requests."""

    def __init__(self, uow: UnitOfWork, vault: Vault, *, tenant: str) -> None:
        self._uow = uow
        self._conn = uow.conn
        self._vault = vault
        self._tenant = tenant

    async def enter(self, kept: Sequence[KeptRequest]) -> set[str]:
        known = await self._conn.fetch(
            "SELECT request_id FROM records_requests WHERE request_id = ANY($1::uuid[])",
            [k.request_id for k in kept],
            record_class=_IdRow,
        )
        old = {str(row.request_id) for row in known}
        fresh = [keep for keep in kept if keep.request_id not in old]
        await insert_rows(self._conn, "records_requests", _COLUMNS, [self._row(keep) for keep in fresh])
        return {keep.request_id for keep in fresh}

    async def request(self, request_id: str) -> KeptRequest | None:
        row = await self._conn.fetchrow(
            "SELECT * FROM records_requests WHERE request_id = $1 AND tenant = $2 FOR UPDATE",
            request_id,
            self._tenant,
            record_class=_RequestRow,
        )
        return self._kept(row) if row is not None else None

    async def waiting(self, ids: Sequence[str]) -> list[KeptRequest]:
        rows = await self._conn.fetch(
            "SELECT * FROM records_requests WHERE request_id = ANY($1::uuid[]) AND tenant = $2 "
            "AND outcome IN ('unmatched', 'ambiguous') ORDER BY received_at, request_id FOR UPDATE SKIP LOCKED",
            ids,
            self._tenant,
            record_class=_RequestRow,
        )
        return [self._kept(row) for row in rows]

    async def place(self, kept: KeptRequest) -> None:
        await self._conn.execute(
            "UPDATE records_requests SET outcome = $2, reason = $3, claim_id = $4 WHERE request_id = $1",
            kept.request_id,
            kept.outcome,
            kept.reason,
            kept.claim_id,
        )

    def _row(self, kept: KeptRequest) -> tuple[Any, ...]:
        text = _ENCODER.encode(kept.request).decode()
        return (
            kept.request_id,
            self._tenant,
            kept.claim_id,
            kept.outcome,
            kept.reason,
            "\n".join(kept.candidates),
            "\n".join(keys_of(kept.request)),
            kept.request.due_on,
            kept.received_on,
            self._uow.now,
            self._vault.seal_text(text, self._tenant, kept.request_id, _FIELD),
        )

    def _kept(self, row: _RequestRow) -> KeptRequest:
        name = str(row.request_id)
        text = self._vault.open_text(row.sealed, self._tenant, name, _FIELD)
        return KeptRequest(
            name,
            _DECODER.decode(text),
            row.outcome,
            row.reason,
            str(row.claim_id) if row.claim_id else None,
            tuple(row.candidates.splitlines()),
            row.received_on,
        )


async def due_again(conn: Connection, limit: int) -> dict[str, list[str]]:
    """Requests without a claim, by tenant, for which a claim has come since under a key that names it."""
    rows = await conn.fetch(
        "SELECT DISTINCT r.tenant, r.request_id FROM records_requests r "
        "JOIN claim_keys c ON c.tenant = r.tenant AND c.key = ANY (string_to_array(r.keys, chr(10))) "
        "WHERE r.outcome = 'unmatched' AND (c.key LIKE 'n:%' OR c.key LIKE 'f:%') LIMIT $1",
        limit,
        record_class=_WaitingRow,
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.tenant, []).append(str(row.request_id))
    return found


async def open_requests(conn: Connection, vault: Vault, tenant: str, limit: int = 500) -> list[dict[str, Any]]:
    """Requests that wait for a person or their claim, the earliest due first; `candidates` bear one of their keys now.

    Patient data: whom the payer asks about.
    """
    rows = await conn.fetch(
        "SELECT r.*, ARRAY(SELECT DISTINCT c.claim_id::text FROM claim_keys c WHERE c.tenant = r.tenant "
        "AND c.key = ANY (string_to_array(r.keys, chr(10))) ORDER BY 1 LIMIT 20) AS alike FROM records_requests r "
        "WHERE r.outcome IN ('unmatched', 'ambiguous') AND r.tenant = $1 "
        "ORDER BY r.due_on NULLS LAST, r.received_at, r.request_id LIMIT $2",
        tenant,
        limit,
        record_class=_OpenRow,
    )
    found: list[dict[str, Any]] = []
    for row in rows:
        name = str(row.request_id)
        request = _DECODER.decode(vault.open_text(row.sealed, tenant, name, _FIELD))
        found.append(
            {
                "request_id": name,
                "status": row.outcome,
                "reason": row.reason,
                "due_on": row.due_on.isoformat() if row.due_on else None,
                "received_at": row.received_at.isoformat(),
                "trace_number": request.trace_number,
                "payer_claim_number": request.payer_claim_number,
                "payer": request.payer.name,
                "provider_id": request.provider_id,
                "patient_control_number": request.control_number,
                "patient": ", ".join(n for n in (request.patient.name, request.patient.first_name) if n),
                "served_from": request.served_from.isoformat() if request.served_from else None,
                "asks": [f"{q.category} {q.code}".strip() for q in request.questions],
                "candidates": row.alike,
            }
        )
    return found
