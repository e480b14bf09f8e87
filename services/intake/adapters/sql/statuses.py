"""What payers say of claims, on Postgres: sealed, since it names patients; what has no claim is a worklist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from services.intake.application.ports import KeptStatus, StatusOutcome
from services.intake.domain.status_report import StatusReport
from shared.db.pool import Connection
from shared.db.rows import Row
from shared.runtime.bulk import insert_rows
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault


class _IdRow(Row):
    report_id: UUID


class _AskedRow(Row):
    key: str
    claim_id: UUID


class _ReportRow(Row):
    report_id: UUID
    rejects: bool
    claim_id: UUID | None
    outcome: StatusOutcome
    reason: str
    candidates: str
    received_on: date
    received_at: datetime
    sealed: bytes


FIELD = "status_report"
_ENCODER = msgspec.json.Encoder(decimal_format="string")
_DECODER = msgspec.json.Decoder(StatusReport)
_COLUMNS = {
    "report_id": "uuid",
    "tenant": "text",
    "kind": "text",
    "rejects": "boolean",
    "claim_id": "uuid",
    "outcome": "text",
    "reason": "text",
    "candidates": "text",
    "received_on": "date",
    "received_at": "timestamptz",
    "sealed": "bytea",
}


class SqlStatuses:
    """One transaction's view of one tenant's reports."""

    def __init__(self, uow: UnitOfWork, vault: Vault, *, tenant: str) -> None:
        self._uow = uow
        self._conn = uow.conn
        self._vault = vault
        self._tenant = tenant

    async def enter(self, kept: Sequence[KeptStatus]) -> set[str]:
        known = await self._conn.fetch(
            "SELECT report_id FROM status_reports WHERE report_id = ANY($1::uuid[])",
            [k.report_id for k in kept],
            record_class=_IdRow,
        )
        old = {str(row.report_id) for row in known}
        fresh = [keep for keep in kept if keep.report_id not in old]
        await insert_rows(self._conn, "status_reports", _COLUMNS, [self._row(keep) for keep in fresh])
        return {keep.report_id for keep in fresh}

    async def asked(self, inquiries: Sequence[str]) -> dict[str, str]:
        rows = await self._conn.fetch(
            "SELECT key, claim_id FROM outgoing WHERE tenant = $1 AND kind = '276' AND key = ANY($2::text[])",
            self._tenant,
            inquiries,
            record_class=_AskedRow,
        )
        return {row.key: str(row.claim_id) for row in rows}

    async def report(self, report_id: str) -> KeptStatus | None:
        row = await self._conn.fetchrow(
            "SELECT * FROM status_reports WHERE report_id = $1 AND tenant = $2 FOR UPDATE",
            report_id,
            self._tenant,
            record_class=_ReportRow,
        )
        return self._kept(row) if row is not None else None

    async def place(self, kept: KeptStatus) -> None:
        await self._conn.execute(
            "UPDATE status_reports SET outcome = $2, reason = $3, claim_id = $4 WHERE report_id = $1",
            kept.report_id,
            kept.outcome,
            kept.reason,
            kept.claim_id,
        )

    def _row(self, kept: KeptStatus) -> tuple[Any, ...]:
        text = _ENCODER.encode(kept.report).decode()
        return (
            kept.report_id,
            self._tenant,
            kept.report.kind,
            kept.report.rejects or kept.report.contradicts_itself,
            kept.claim_id,
            kept.outcome,
            kept.reason,
            "\n".join(kept.candidates),
            kept.received_on,
            self._uow.now,
            self._vault.seal_text(text, self._tenant, kept.report_id, FIELD),
        )

    def _kept(self, row: _ReportRow) -> KeptStatus:
        name = str(row.report_id)
        return KeptStatus(
            name,
            _DECODER.decode(self._vault.open_text(row.sealed, self._tenant, name, FIELD)),
            row.outcome,
            row.reason,
            str(row.claim_id) if row.claim_id else None,
            tuple(row.candidates.splitlines()),
            row.received_on,
        )


async def open_statuses(conn: Connection, vault: Vault, tenant: str, limit: int = 500) -> list[dict[str, Any]]:
    """Reports that wait for a person, rejections first. Patient data: whom the payer names."""
    rows = await conn.fetch(
        "SELECT * FROM status_reports WHERE outcome IN ('unmatched', 'ambiguous') AND tenant = $1 "
        "ORDER BY rejects DESC, received_at, report_id LIMIT $2",
        tenant,
        limit,
        record_class=_ReportRow,
    )
    found: list[dict[str, Any]] = []
    for row in rows:
        name = str(row.report_id)
        report = _DECODER.decode(vault.open_text(row.sealed, tenant, name, FIELD))
        found.append(
            {
                "report_id": name,
                "kind": report.kind,
                "rejects": row.rejects,
                "status": row.outcome,
                "reason": row.reason,
                "received_at": row.received_at.isoformat(),
                "reported_on": report.reported_on.isoformat() if report.reported_on else None,
                "says": [":".join(filter(None, (s.category, s.code, s.entity))) for s in report.statuses],
                "patient_control_number": report.control_number,
                "payer_claim_number": report.payer_claim_number,
                "sender": report.sender.name,
                "provider_id": report.provider_id,
                "patient": ", ".join(n for n in (report.patient.name, report.patient.first_name) if n),
                "served_from": report.served_from.isoformat() if report.served_from else None,
                "charge": str(report.charge) if report.charge is not None else None,
                "candidates": row.candidates.splitlines(),
            }
        )
    return found
