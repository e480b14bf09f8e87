"""Bank files as they came, sealed; and what of deposits and 835s waits for the other, for people to read."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import msgspec

from services.intake.adapters.sql.bank_rows import AdviceRow, DecisionRow, DepositRow, MatchRow, OpenRow
from services.intake.domain.bank.deposit import BankFile, Deposit
from shared.db.pool import Connection
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault

_FILES = UUID("2b1c7f0e-5a3d-5a5e-8f7b-6a5d4c3b2a19")
_deposit = msgspec.json.Decoder(Deposit).decode


def file_id_of(tenant: str, body: bytes) -> str:
    """The id of a file: the same for the same bytes."""
    return str(uuid5(_FILES, f"{tenant}\x1f{sha256(body).hexdigest()}"))


async def keep_file(uow: UnitOfWork, vault: Vault, tenant: str, body: bytes, file: BankFile, who: str) -> bool:
    """Keep a file sealed; whether it is new."""
    file_id = file_id_of(tenant, body)
    sealed = vault.seal_text(body.decode("latin-1"), tenant, file_id, "bank_file")
    kept = await uow.conn.fetchval(
        "INSERT INTO bank_files (file_id, tenant, sha256, format, received_at, received_by, deposits, passed_over, "
        "sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING file_id",
        file_id,
        tenant,
        sha256(body).hexdigest(),
        file.format,
        uow.now,
        who,
        len(file.deposits),
        file.passed_over,
        sealed,
    )
    return kept is not None


async def read_file(conn: Connection, vault: Vault, tenant: str, file_id: str) -> bytes | None:
    """A file's bytes as they came."""
    sealed = await conn.fetchval("SELECT sealed FROM bank_files WHERE file_id = $1 AND tenant = $2", file_id, tenant)
    if sealed is None:
        return None
    return vault.open_text(sealed, tenant, file_id, "bank_file").encode("latin-1")


async def open_deposits(conn: Connection, vault: Vault, tenant: str, limit: int = 500) -> list[dict[str, Any]]:
    """Money without an 835, oldest first."""
    rows = await conn.fetch(
        "SELECT * FROM deposits WHERE status = 'open' AND tenant = $1 ORDER BY posted_on, ordinal LIMIT $2",
        tenant,
        limit,
        record_class=DepositRow,
    )
    return [deposit_shown(row, vault, tenant) for row in rows]


def deposit_shown(row: DepositRow, vault: Vault, tenant: str) -> dict[str, Any]:
    """A deposit as it is shown to staff, without the bank's narrative."""
    name = str(row.deposit_id)
    known = _deposit(vault.open_text(row.sealed, tenant, name, "deposit"))
    return {
        "deposit_id": name,
        "status": row.status,
        "amount": f"{row.amount:f}",
        "posted_on": row.posted_on.isoformat(),
        "traces": list(known.traces),
        "references": list(known.references),
        "payer": known.payer_name,
        "payer_ids": list(dict.fromkeys((*known.payer_ids, *([known.company_id] if known.company_id else [])))),
        "method": known.method,
        "source": row.source,
        "file_id": str(row.file_id) if row.file_id else None,
        "reason": row.reason,
        "candidates": [str(one) for one in row.candidates],
        "by_hand": row.held,
        "received_at": row.received_at.isoformat(),
    }


_UNDEPOSITED = (
    "FROM advices WHERE tenant = $1 AND status = 'open' AND amount > 0 AND paid_on < $2 "
    "AND paid_on >= (SELECT min(posted_on) FROM deposits WHERE tenant = $1)"
)
"""835s whose money should have come: of the time since the first deposit that the bank told of."""


async def undeposited(conn: Connection, tenant: str, before: date, limit: int = 500) -> list[dict[str, Any]]:
    """835s without their money, paid before a day, oldest first."""
    rows = await conn.fetch(
        f"SELECT * {_UNDEPOSITED} ORDER BY paid_on, ordinal LIMIT $3",
        tenant,
        before,
        limit,
        record_class=AdviceRow,
    )
    return [advice_shown(row) for row in rows]


async def open_counts(conn: Connection, tenant: str, before: date) -> dict[str, int]:
    """How many deposits have no 835, and 835s, paid before a day, no deposit."""
    row = await conn.fetchrow(
        f"SELECT (SELECT count(*) {_UNDEPOSITED}) AS undeposited, "  # noqa: S608 - no input in it
        "(SELECT count(*) FROM deposits WHERE status = 'open' AND tenant = $1) AS deposits",
        tenant,
        before,
        record_class=OpenRow,
    )
    return {} if row is None else {"undeposited": row.undeposited, "deposits": row.deposits}


def advice_shown(row: AdviceRow) -> dict[str, Any]:
    """An 835's payment as it is shown to staff."""
    return {
        "advice_id": str(row.advice_id),
        "status": row.status,
        "amount": f"{row.amount:f}",
        "deposited": f"{row.deposited:f}",
        "deposited_on": row.deposited_on.isoformat() if row.deposited_on else None,
        "trace_number": row.trace,
        "paid_on": row.paid_on.isoformat(),
        "payer": row.payer_name,
        "payer_id": row.payer_id,
        "method": row.method,
        "received_at": row.received_at.isoformat(),
    }


async def one_deposit(conn: Connection, vault: Vault, tenant: str, deposit_id: str) -> dict[str, Any] | None:
    """All that is known of a deposit: the bank's narrative, its 835s or those it may be, and what was decided."""
    row = await conn.fetchrow(
        "SELECT * FROM deposits WHERE deposit_id = $1 AND tenant = $2", deposit_id, tenant, record_class=DepositRow
    )
    if row is None:
        return None
    shown = deposit_shown(row, vault, tenant)
    known = _deposit(vault.open_text(row.sealed, tenant, deposit_id, "deposit"))
    matches = await conn.fetch(
        "SELECT * FROM deposit_matches WHERE deposit_id = $1 ORDER BY id", deposit_id, record_class=MatchRow
    )
    wanted = [*(m.advice_id for m in matches), *row.candidates]
    advices = await conn.fetch(
        "SELECT * FROM advices WHERE advice_id = ANY($1::uuid[]) AND tenant = $2 ORDER BY paid_on, ordinal",
        wanted,
        tenant,
        record_class=AdviceRow,
    )
    return shown | {
        "text": known.text,
        "account": known.account,
        "matches": [
            {
                "advice_id": str(m.advice_id),
                "amount": f"{m.amount:f}",
                "rule": m.rule,
                "matched_by": m.matched_by,
                "matched_at": m.matched_at.isoformat(),
                "undone_by": m.undone_by,
                "undone_at": m.undone_at.isoformat() if m.undone_at else None,
            }
            for m in matches
        ],
        "advices": [advice_shown(advice) for advice in advices],
        "decisions": await decisions(conn, vault, tenant, deposit_id),
    }


async def decisions(conn: Connection, vault: Vault, tenant: str, about: str) -> list[dict[str, Any]]:
    """All decisions about a deposit or an 835's payment, oldest first."""
    rows = await conn.fetch(
        "SELECT * FROM deposit_decisions WHERE about = $1 AND tenant = $2 ORDER BY id",
        about,
        tenant,
        record_class=DecisionRow,
    )
    return [
        {
            "decided_at": row.decided_at.isoformat(),
            "decided_by": row.decided_by,
            "choice": row.choice,
            "advices": [str(one) for one in row.advices],
            "note": vault.open_text(row.note, tenant, about, "deposit_decision"),
        }
        for row in rows
    ]
