"""Deposits and advices on Postgres: set-based statements in the transaction of a unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from services.intake.adapters.sql.bank_files import file_id_of, keep_file
from services.intake.adapters.sql.bank_rows import (
    AdviceRow,
    DepositIdRow,
    DepositRow,
    NoticeRow,
    OpenTenantRow,
    PairRow,
    TenantAdviceRow,
)
from services.intake.application.deposit_ports import (
    AdviceStatus,
    DepositNotice,
    DepositStatus,
    KeptAdvice,
    KeptDeposit,
    OpenPage,
    Paired,
)
from services.intake.domain.bank.advice import Advice
from services.intake.domain.bank.deposit import BankFile, Deposit
from services.intake.domain.bank.reassociation import EARLIEST, LATEST, numbers_of
from shared.db.pool import Connection
from shared.runtime.bulk import insert_rows
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault

FIELD = "deposit"
OPEN_AT_ONCE = 20_000
"""Open deposits that one run looks at; all are looked at, stretch by stretch of days."""
_OVERLAP = timedelta(days=10)
"""Days at the end of a stretch whose deposits are seen there, and matched in the next."""
_COLUMNS = {
    "deposit_id": "uuid",
    "tenant": "text",
    "status": "text",
    "held": "boolean",
    "amount": "numeric",
    "posted_on": "date",
    "source": "text",
    "file_id": "uuid",
    "reason": "text",
    "received_at": "timestamptz",
    "received_by": "text",
    "sealed": "bytea",
}
_ADVICES = {
    "advice_id": "uuid",
    "tenant": "text",
    "amount": "numeric",
    "trace": "text",
    "paid_on": "date",
    "payer_id": "text",
    "payer_name": "text",
    "method": "text",
    "received_at": "timestamptz",
}
_PAIRS = {
    "tenant": "text",
    "deposit_id": "uuid",
    "advice_id": "uuid",
    "amount": "numeric",
    "rule": "text",
    "matched_by": "text",
    "matched_at": "timestamptz",
}
_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode = msgspec.json.Decoder(Deposit).decode


async def enter_advices(conn: Connection, tenant: str, now: datetime, advices: Sequence[Advice]) -> None:
    """Keep the payments of 835s once; those kept already are looked at again.

    In the order of their ids: two that lock in one order cannot block each other.
    """
    rows = {
        one.advice_id: (
            one.advice_id, tenant, one.amount, one.trace, one.paid_on, one.payer_id, one.payer_name, one.method, now,
        )
        for one in advices
    }  # fmt: skip
    suffix = "ON CONFLICT (advice_id) DO UPDATE SET announce = true"
    await insert_rows(conn, "advices", _ADVICES, [rows[name] for name in sorted(rows)], suffix=suffix)


class SqlDeposits:
    """One transaction's view of one tenant's deposits."""

    def __init__(self, uow: UnitOfWork, vault: Vault, *, tenant: str) -> None:
        self._uow = uow
        self._conn = uow.conn
        self._vault = vault
        self._tenant = tenant

    async def alone(self) -> None:
        await self._conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"deposits\x1f{self._tenant}")

    async def enter(self, kept: Sequence[KeptDeposit]) -> dict[str, DepositStatus]:
        if not kept:
            return {}
        ids = [one.deposit_id for one in kept]
        rows = await self._conn.fetch(
            "SELECT deposit_id FROM deposits WHERE deposit_id = ANY($1::uuid[])", ids, record_class=DepositIdRow
        )
        known = {str(row.deposit_id) for row in rows}
        new = [one for one in kept if one.deposit_id not in known]
        await self._insert(new)
        return {one.deposit_id: one.status for one in new}

    async def _insert(self, new: Sequence[KeptDeposit]) -> None:
        """One statement; arrays of arrays do not unnest, so the numbers travel as lines."""
        if not new:
            return
        names = ", ".join(_COLUMNS)
        arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_COLUMNS.values(), 1))
        at = len(_COLUMNS) + 1
        rows = [self._row(one) for one in new]
        await self._conn.execute(
            f"INSERT INTO deposits ({names}, numbers, candidates) "  # noqa: S608 - names are ours
            f"SELECT {names}, string_to_array(numbers, chr(10)), '{{}}'::uuid[] "
            f"FROM unnest({arrays}, ${at}::text[]) AS given({names}, numbers)",
            *[list(column) for column in zip(*rows, strict=True)],
        )

    def _row(self, one: KeptDeposit) -> tuple[Any, ...]:
        sealed = self._vault.seal_text(_encode(one.deposit).decode(), self._tenant, one.deposit_id, FIELD)
        return (
            one.deposit_id, self._tenant, one.status, one.held, one.deposit.amount, one.deposit.posted_on, one.source,
            one.file_id, one.reason, self._uow.now, one.received_by, sealed,
            "\n".join(sorted(numbers_of(one.deposit))),
        )  # fmt: skip

    async def alike(self, amounts: Sequence[Decimal]) -> list[KeptDeposit]:
        rows = await self._conn.fetch(
            "SELECT * FROM deposits WHERE tenant = $1 AND amount = ANY($2::numeric[]) AND numbers <> '{}' "
            "ORDER BY ordinal",
            self._tenant,
            amounts,
            record_class=DepositRow,
        )
        return [self._kept(row) for row in rows]

    async def open(self, since: date | None = None) -> OpenPage:
        rows = await self._conn.fetch(
            "SELECT * FROM deposits WHERE tenant = $1 AND status = 'open' AND ($2::date IS NULL OR posted_on >= $2) "
            "ORDER BY posted_on, ordinal LIMIT $3",
            self._tenant,
            since,
            OPEN_AT_ONCE,
            record_class=DepositRow,
        )
        deposits = [self._kept(row) for row in rows]
        if not deposits:
            return OpenPage([], [], [])
        first, last = deposits[0].deposit.posted_on, deposits[-1].deposit.posted_on
        found = await self._conn.fetch(
            "SELECT * FROM advices WHERE tenant = $1 AND status = 'open' AND amount > 0 "
            "AND paid_on BETWEEN $2 AND $3 ORDER BY paid_on, ordinal",
            self._tenant,
            first - LATEST,
            last + EARLIEST,
            record_class=AdviceRow,
        )
        explained = await self._conn.fetch(
            "SELECT * FROM advices WHERE tenant = $1 AND status = 'deposited' AND amount = ANY($2::numeric[])",
            self._tenant,
            list({one.deposit.amount for one in deposits}),
            record_class=AdviceRow,
        )
        following = None
        if len(deposits) == OPEN_AT_ONCE:
            following = max(last - _OVERLAP, first) + timedelta(days=1)
            deposits = [
                msgspec.structs.replace(one, held=True) if one.deposit.posted_on >= following else one
                for one in deposits
            ]
        return OpenPage(deposits, [_advice(row) for row in found], [_advice(r).advice for r in explained], following)

    async def deposit(self, deposit_id: str) -> KeptDeposit | None:
        row = await self._conn.fetchrow(
            "SELECT * FROM deposits WHERE deposit_id = $1 AND tenant = $2 FOR UPDATE",
            deposit_id,
            self._tenant,
            record_class=DepositRow,
        )
        return self._kept(row) if row is not None else None

    async def advices(self, advice_ids: Sequence[str]) -> dict[str, KeptAdvice]:
        rows = await self._conn.fetch(
            "SELECT * FROM advices WHERE advice_id = ANY($1::uuid[]) AND tenant = $2 ORDER BY advice_id FOR UPDATE",
            advice_ids,
            self._tenant,
            record_class=AdviceRow,
        )
        return {str(row.advice_id): _advice(row) for row in rows}

    async def pair(self, pairs: Sequence[Paired], by: str) -> None:
        if not pairs:
            return
        advice_ids = sorted({pair.advice_id for pair in pairs})
        await self.advices(advice_ids)
        rows = [(self._tenant, p.deposit_id, p.advice_id, p.amount, p.rule, by, self._uow.now) for p in pairs]
        await insert_rows(self._conn, "deposit_matches", _PAIRS, rows)
        await self._conn.execute(
            "UPDATE deposits SET status = 'matched', reason = '', candidates = '{}' WHERE deposit_id = ANY($1::uuid[])",
            [p.deposit_id for p in pairs],
        )
        await self._conn.execute(
            "UPDATE advices a SET deposited = a.deposited + p.amount, announce = true, "
            "deposited_on = greatest(a.deposited_on, p.posted_on), "
            "status = CASE WHEN p.whole OR a.deposited + p.amount >= a.amount THEN 'deposited' ELSE 'open' END "
            "FROM (SELECT advice_id, sum(amount) AS amount, max(posted_on) AS posted_on, bool_or(whole) AS whole "
            "FROM unnest($1::uuid[], $2::numeric[], $3::date[], $4::boolean[]) AS g(advice_id, amount, posted_on, "
            "whole) GROUP BY advice_id) p WHERE a.advice_id = p.advice_id",
            [p.advice_id for p in pairs],
            [p.amount for p in pairs],
            [p.posted_on for p in pairs],
            [p.whole for p in pairs],
        )

    async def unpair(self, deposit_id: str, by: str) -> None:
        rows = await self._conn.fetch(
            "UPDATE deposit_matches SET undone_by = $2, undone_at = $3 WHERE deposit_id = $1 AND undone_at IS NULL "
            "RETURNING advice_id",
            deposit_id,
            by,
            self._uow.now,
            record_class=PairRow,
        )
        ids = sorted(str(row.advice_id) for row in rows)
        await self.advices(ids)
        await self._conn.execute(
            "UPDATE advices a SET status = 'open', announce = true, "
            "deposited = coalesce((SELECT sum(m.amount) FROM deposit_matches m WHERE m.advice_id = a.advice_id "
            "AND m.undone_at IS NULL), 0), "
            "deposited_on = (SELECT max(d.posted_on) FROM deposit_matches m JOIN deposits d USING (deposit_id) "
            "WHERE m.advice_id = a.advice_id AND m.undone_at IS NULL) WHERE a.advice_id = ANY($1::uuid[])",
            ids,
        )

    async def leave(self, doubts: Sequence[KeptDeposit]) -> None:
        await self._conn.execute(
            "UPDATE deposits d SET reason = g.reason, candidates = string_to_array(g.candidates, chr(10))::uuid[] "
            "FROM unnest($1::uuid[], $2::text[], $3::text[]) AS g(deposit_id, reason, candidates) "
            "WHERE d.deposit_id = g.deposit_id",
            [one.deposit_id for one in doubts],
            [one.reason for one in doubts],
            ["\n".join(one.candidates) for one in doubts],
        )

    async def place_deposit(self, kept: KeptDeposit) -> None:
        await self._conn.execute(
            "UPDATE deposits SET status = $2, held = $3, reason = $4 WHERE deposit_id = $1",
            kept.deposit_id,
            kept.status,
            kept.held,
            kept.reason,
        )

    async def place_advice(self, advice_id: str, status: AdviceStatus) -> None:
        await self._conn.execute("UPDATE advices SET status = $2 WHERE advice_id = $1", advice_id, status)

    async def wanted_claims(self, advice_id: str, limit: int) -> list[str]:
        rows = await self._conn.fetch(_NOTICES, advice_id, limit, record_class=NoticeRow)
        return [str(claim) for row in rows for claim in (row.notified, row.wanted) if claim is not None]

    async def notices_of(self, advice_id: str, limit: int) -> tuple[KeptAdvice, list[DepositNotice]] | None:
        row = await self._conn.fetchrow(
            "SELECT * FROM advices WHERE advice_id = $1 FOR UPDATE SKIP LOCKED", advice_id, record_class=AdviceRow
        )
        if row is None:
            return None
        kept = _advice(row)
        rows = await self._conn.fetch(_NOTICES, advice_id, limit, record_class=NoticeRow)
        return kept, [
            DepositNotice(str(row.remittance_id), row.paid, _text(row.notified), _text(row.wanted)) for row in rows
        ]

    async def notify(self, advice_id: str, notified: Sequence[DepositNotice], *, done: bool) -> None:
        await self._conn.execute(
            "UPDATE remittances r SET deposit_told = g.claim_id FROM unnest($1::uuid[], $2::uuid[]) "
            "AS g(remittance_id, claim_id) WHERE r.remittance_id = g.remittance_id",
            [one.remittance_id for one in notified],
            [one.wanted for one in notified],
        )
        await self._conn.execute(
            "UPDATE advices SET announce = NOT $2, told = status = 'deposited' OR (told AND NOT $2) "
            "WHERE advice_id = $1",
            advice_id,
            done,
        )

    async def keep_file(self, body: bytes, file: BankFile, by: str) -> str:
        await keep_file(self._uow, self._vault, self._tenant, body, file, by)
        return file_id_of(self._tenant, body)

    async def write_down(self, about: str, choice: str, advices: Sequence[str], by: str, note: str) -> None:
        """Keep who decided what, when and why; the note is free text, so it is sealed."""
        await self._conn.execute(
            "INSERT INTO deposit_decisions (tenant, about, choice, advices, decided_by, decided_at, note) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self._tenant,
            about,
            choice,
            list(advices),
            by,
            self._uow.now,
            self._vault.seal_text(note, self._tenant, about, "deposit_decision"),
        )

    def _kept(self, row: DepositRow) -> KeptDeposit:
        name = str(row.deposit_id)
        return KeptDeposit(
            name,
            _decode(self._vault.open_text(row.sealed, self._tenant, name, FIELD)),
            row.source,
            row.status,
            row.held,
            _text(row.file_id),
            row.reason,
            tuple(str(one) for one in row.candidates),
            row.received_by,
        )


_NOTICES = (
    "SELECT * FROM (SELECT r.remittance_id, r.paid, r.deposit_told AS notified, "
    "CASE WHEN a.status = 'deposited' AND r.status = 'matched' THEN r.claim_id END AS wanted "
    "FROM remittances r JOIN advices a USING (advice_id) WHERE r.advice_id = $1) w "
    "WHERE w.notified IS DISTINCT FROM w.wanted ORDER BY w.remittance_id LIMIT $2"
)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _advice(row: AdviceRow) -> KeptAdvice:
    return KeptAdvice(
        Advice(
            str(row.advice_id), row.amount, row.trace, row.paid_on, row.payer_id, row.payer_name,
            row.method,
        ),
        row.status,
        row.deposited,
        row.deposited_on,
    )  # fmt: skip


async def due_notices(conn: Connection, limit: int) -> list[tuple[str, str]]:
    """Tenant and id of advices whose claims may not know yet that their money has come, or has not."""
    rows = await conn.fetch(
        "SELECT tenant, advice_id FROM advices WHERE announce AND (status = 'deposited' OR told) "
        "ORDER BY random() LIMIT $1",
        limit,
        record_class=TenantAdviceRow,
    )
    return [(row.tenant, str(row.advice_id)) for row in rows]


async def to_explain(conn: Connection) -> dict[str, tuple[int, int, int]]:
    """The tenants with open deposits, and what changes when there is something new to find."""
    rows = await conn.fetch(
        "SELECT d.tenant, count(*) AS open, max(d.ordinal) AS newest, coalesce((SELECT max(a.ordinal) FROM advices a "
        "WHERE a.tenant = d.tenant), 0) AS advice FROM deposits d WHERE d.status = 'open' AND NOT d.held GROUP BY "
        "d.tenant",
        record_class=OpenTenantRow,
    )
    return {row.tenant: (row.open, row.newest, row.advice) for row in rows}
