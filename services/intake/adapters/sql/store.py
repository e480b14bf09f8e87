"""Intake's `Store` on Postgres: set-based statements in the transaction of a unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from recoup_x12.model import Payment, Remittance
from services.intake.adapters.sql.deposits import enter_advices
from services.intake.adapters.sql.held import HeldRows
from services.intake.adapters.sql.published import Ahead, ahead_of, forget
from services.intake.adapters.sql.store_rows import (
    ClaimsOfKeyRow,
    DecidedRow,
    MatchedRow,
    OriginalRow,
    PlacedRow,
    ReceivedRow,
    RecoupmentIdRow,
    RecoupmentRow,
    RejectedRow,
    RemittanceRow,
    SealedRow,
)
from services.intake.adapters.sql.tables import CLAIMS, RECOUPMENTS, REMITTANCES
from services.intake.application.ports import (
    Delivered,
    KeptRecoupment,
    KeptRemittance,
    Original,
)
from services.intake.domain.bank.advice import advice_id, advice_of
from services.intake.domain.recoupment import Recoupment
from services.intake.domain.submission import ClaimRecord
from shared.events.base import Event
from shared.runtime.bulk import insert_rows
from shared.runtime.state_table import Stored
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import Vault
from shared.telemetry import tracing

_REMITTANCE = msgspec.json.Decoder(Remittance)
_ENCODER = msgspec.json.Encoder(decimal_format="string")
_ORIGINALS = {
    "claim_id": "uuid",
    "fingerprint": "text",
    "interchange_id": "uuid",
    "received_at": "timestamptz",
    "sealed": "bytea",
    "serial": "integer",
    "outcome": "text",
}


def _recoupment(row: RecoupmentRow) -> Recoupment:
    return Recoupment(
        str(row.recoupment_id),
        row.key,
        row.amount,
        row.paid_on,
        row.trace_number,
        row.payer_claim_number,
    )


class SqlStore(HeldRows):
    """One transaction's view of one tenant's claims and remittances."""

    def __init__(self, uow: UnitOfWork, vault: Vault, *, tenant: str) -> None:
        self._uow = uow
        self._conn = uow.conn
        self._vault = vault
        self._tenant = tenant
        self._rows: dict[str, Stored[ClaimRecord]] = {}
        self._changed: dict[str, Stored[ClaimRecord]] = {}
        self._ahead: dict[str, Ahead] = {}

    async def resolve_keys(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        if not keys:
            return {}
        rows = await self._conn.fetch(
            "SELECT key, array_agg(claim_id::text ORDER BY claim_id) AS claims FROM claim_keys "
            "WHERE tenant = $1 AND key = ANY($2::text[]) GROUP BY key",
            self._tenant,
            keys,
            record_class=ClaimsOfKeyRow,
        )
        return {row.key: tuple(row.claims) for row in rows}

    async def load(self, claim_ids: Sequence[str]) -> dict[str, ClaimRecord]:
        missing = [claim_id for claim_id in claim_ids if claim_id not in self._rows]
        if missing:
            self._rows.update(await CLAIMS.load(self._conn, missing))
            self._ahead.update(await ahead_of(self._conn, missing))
        return {claim_id: self._rows[claim_id].state for claim_id in claim_ids if claim_id in self._rows}

    def put(self, claim_id: str, record: ClaimRecord) -> None:
        row = self._rows.get(claim_id)
        if row is None:
            row = Stored(claim_id, record, tenant=self._tenant, traceparent=tracing.child_of(""))
            self._rows[claim_id] = row
        row.state = record
        self._changed[claim_id] = row

    def emit(self, event: Event) -> None:
        row = self._rows[event.claim_id]
        self._changed[event.claim_id] = row
        ahead = self._ahead.get(event.claim_id)
        published = ahead.adopt(event) if ahead is not None else None
        if published is not None:  # on the log already, from before a restore
            row.emitted = max(row.emitted, published)
            return
        row.emitted = max(row.emitted, ahead.last if ahead is not None else 0) + 1
        self._uow.emit(event, sequence=row.emitted, tenant=row.tenant, traceparent=tracing.child_of(row.traceparent))

    def reject(self, event: Event) -> None:
        self._uow.emit(event, sequence=1, tenant=self._tenant, traceparent=tracing.child_of(""))

    async def save(self) -> None:
        await CLAIMS.save(self._conn, list(self._changed.values()), self._uow.now)
        await forget(self._conn, [(claim, number) for claim, one in self._ahead.items() for number in one.adopted])
        for row in self._changed.values():
            row.is_new = False
        self._changed.clear()

    async def release(self) -> None:
        """Write queued events and forget cached rows, so that a long transaction keeps its memory bounded."""
        await self._uow.flush()
        self._rows.clear()
        self._ahead.clear()

    async def keep_originals(self, originals: Sequence[Original]) -> None:
        rows = [
            (
                original.claim_id,
                original.fingerprint,
                original.interchange_id,
                self._uow.now,
                self._vault.seal_text(original.text, self._tenant, original.claim_id, original.fingerprint),
                original.serial,
                original.outcome,
            )
            for original in originals
        ]
        await insert_rows(self._conn, "originals", _ORIGINALS, rows)

    async def delivered(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Delivered]:
        rows = await self._conn.fetch(
            "SELECT o.claim_id, o.fingerprint, o.interchange_id, o.serial, o.outcome FROM originals o "
            "JOIN unnest($1::uuid[], $2::text[]) AS n(claim_id, fingerprint) USING (claim_id, fingerprint)",
            [claim_id for claim_id, _ in names],
            [fingerprint for _, fingerprint in names],
            record_class=OriginalRow,
        )
        return {
            (str(row.claim_id), row.fingerprint): Delivered(str(row.interchange_id), row.serial, row.outcome)
            for row in rows
        }

    async def add_keys(self, keys: Mapping[str, Sequence[str]]) -> None:
        rows = sorted({(self._tenant, key, claim_id) for claim_id, several in keys.items() for key in several})
        columns = {"tenant": "text", "key": "text", "claim_id": "uuid"}
        await insert_rows(self._conn, "claim_keys", columns, rows, suffix="ON CONFLICT DO NOTHING")

    async def drop_keys(self, claim_id: str, keys: Sequence[str]) -> None:
        await self._conn.execute(
            "DELETE FROM claim_keys WHERE tenant = $1 AND claim_id = $2 AND key = ANY($3::text[])",
            self._tenant,
            claim_id,
            keys,
        )

    async def new_rejections(self, ids: Sequence[str]) -> set[str]:
        if not ids:
            return set()
        rows = await self._conn.fetch(
            "INSERT INTO rejections (claim_id, rejected_at) "
            "SELECT DISTINCT id, $2::timestamptz FROM unnest($1::uuid[]) id ORDER BY id "
            "ON CONFLICT DO NOTHING RETURNING claim_id",
            ids,
            self._uow.now,
            record_class=RejectedRow,
        )
        return {str(row.claim_id) for row in rows}

    async def recoupments_of(self, claim_ids: Sequence[str]) -> dict[str, list[Recoupment]]:
        rows = await self._conn.fetch(
            "SELECT * FROM recoupments WHERE claim_id = ANY($1::uuid[]) AND outcome = 'matched' ORDER BY received_at",
            claim_ids,
            record_class=RecoupmentRow,
        )
        found: dict[str, list[Recoupment]] = {}
        for row in rows:
            found.setdefault(str(row.claim_id), []).append(_recoupment(row))
        return found

    async def enter_recoupments(self, kept: Sequence[KeptRecoupment]) -> set[str]:
        rows = [
            (
                keep.recoupment.recoupment_id,
                self._tenant,
                keep.claim_id,
                keep.outcome,
                keep.recoupment.key,
                keep.recoupment.amount,
                keep.recoupment.paid_on,
                keep.recoupment.trace_number,
                keep.received_on,
                self._uow.now,
                keep.recoupment.payer_claim_number,
            )
            for keep in kept
        ]
        if not rows:
            return set()
        known = await self._conn.fetch(
            "SELECT recoupment_id FROM recoupments WHERE recoupment_id = ANY($1::uuid[])",
            [named for keep in kept for named in (keep.recoupment.recoupment_id, *keep.recoupment.formerly)],
            record_class=RecoupmentIdRow,
        )
        there = {str(row.recoupment_id) for row in known}
        ones = [keep.recoupment for keep in kept]
        old = {one.recoupment_id for one in ones if not there.isdisjoint((one.recoupment_id, *one.formerly))}
        await insert_rows(self._conn, "recoupments", RECOUPMENTS, [row for row in rows if row[0] not in old])
        return {row[0] for row in rows} - old

    async def recoupment(self, recoupment_id: str) -> KeptRecoupment | None:
        row = await self._conn.fetchrow(
            "SELECT *, (SELECT count(*) FROM recoupment_decisions d WHERE d.recoupment_id = r.recoupment_id) decided "
            "FROM recoupments r WHERE recoupment_id = $1 AND tenant = $2 FOR UPDATE",
            recoupment_id,
            self._tenant,
            record_class=DecidedRow,
        )
        if row is None:
            return None
        one = _recoupment(row)
        claim_id = str(row.claim_id) if row.claim_id else None
        return KeptRecoupment(one, row.outcome, claim_id, row.received_on, row.decided)

    async def place_recoupment(self, kept: KeptRecoupment) -> None:
        await self._conn.execute(
            "UPDATE recoupments SET outcome = $2, claim_id = $3 WHERE recoupment_id = $1",
            kept.recoupment.recoupment_id,
            kept.outcome,
            kept.claim_id,
        )

    async def known_remittances(self, ids: Sequence[str]) -> dict[str, Delivered]:
        rows = await self._conn.fetch(
            "SELECT remittance_id, interchange_id, serial, status, score, reason, claim_id FROM remittances "
            "WHERE remittance_id = ANY($1::uuid[])",
            ids,
            record_class=PlacedRow,
        )
        return {
            str(row.remittance_id): Delivered(
                str(row.interchange_id),
                row.serial,
                row.status,
                row.score,
                row.reason,
                str(row.claim_id) if row.claim_id else None,
            )
            for row in rows
        }

    async def keep_remittances(self, remittances: Sequence[KeptRemittance]) -> None:
        if not remittances:
            return
        await insert_rows(
            self._conn,
            "remittances",
            REMITTANCES,
            [self._remittance_row(kept) for kept in remittances],
            suffix="ON CONFLICT (remittance_id) DO UPDATE SET claim_id = excluded.claim_id, status = excluded.status, "
            "score = excluded.score, reason = excluded.reason, candidates = excluded.candidates, "
            "excluded = excluded.excluded, counted_again = excluded.counted_again",
        )
        await self.expect([(kept.remittance.payment, kept.received_on) for kept in remittances if not kept.history])
        waiting = [
            (self._tenant, key, kept.remittance_id)
            for kept in remittances
            if kept.status in ("waiting", "ambiguous")
            for key in kept.keys
        ]
        columns = {"tenant": "text", "key": "text", "remittance_id": "uuid"}
        await insert_rows(self._conn, "waiting_keys", columns, waiting, suffix="ON CONFLICT DO NOTHING")
        done = [kept.remittance_id for kept in remittances if kept.status in ("matched", "dismissed")]
        await self._conn.execute("DELETE FROM waiting_keys WHERE remittance_id = ANY($1::uuid[])", done)

    async def expect(self, payments: Sequence[tuple[Payment, date]]) -> None:
        distinct = {id(payment): (payment, on) for payment, on in payments}  # those of one 835 share theirs
        found = [advice_of(payment, self._tenant, on) for payment, on in distinct.values()]
        await enter_advices(self._conn, self._tenant, self._uow.now, [one for one in found if one is not None])

    async def waiting_for(self, keys: Sequence[str]) -> list[KeptRemittance]:
        if not keys:
            return []
        rows = await self._conn.fetch(
            "SELECT * FROM remittances WHERE status IN ('waiting', 'ambiguous') AND remittance_id IN "
            "(SELECT remittance_id FROM waiting_keys WHERE tenant = $1 AND key = ANY($2::text[])) "
            "ORDER BY received_at, ordinal FOR UPDATE",
            self._tenant,
            keys,
            record_class=RemittanceRow,
        )
        return [self._kept(row) for row in rows]

    async def standing(self, claim_ids: Sequence[str]) -> dict[str, list[Remittance]]:
        rows = await self._conn.fetch(
            "SELECT remittance_id, claim_id, sealed FROM remittances WHERE claim_id = ANY($1::uuid[]) "
            "AND status = 'matched' ORDER BY received_at, ordinal",
            claim_ids,
            record_class=MatchedRow,
        )
        found: dict[str, list[Remittance]] = {}
        for row in rows:
            found.setdefault(str(row.claim_id), []).append(self._remittance_of(row))
        return found

    async def counted_again(self, claim_id: str) -> list[Remittance]:
        rows = await self._conn.fetch(
            "SELECT remittance_id, sealed FROM remittances "
            "WHERE claim_id = $1 AND counted_again AND status = 'matched'",
            claim_id,
            record_class=SealedRow,
        )
        return [self._remittance_of(row) for row in rows]

    async def received_on(self, claim_id: str, payment: Remittance) -> date | None:
        rows = await self._conn.fetch(
            "SELECT remittance_id, sealed, received_on FROM remittances WHERE claim_id = $1 AND status = 'matched'",
            claim_id,
            record_class=ReceivedRow,
        )
        return next((row.received_on for row in rows if self._remittance_of(row) == payment), None)

    async def remittance(self, remittance_id: str) -> KeptRemittance | None:
        row = await self._conn.fetchrow(
            "SELECT * FROM remittances WHERE remittance_id = $1 AND tenant = $2 FOR UPDATE",
            remittance_id,
            self._tenant,
            record_class=RemittanceRow,
        )
        return self._kept(row) if row is not None else None

    def _remittance_row(self, kept: KeptRemittance) -> tuple[Any, ...]:
        text = _ENCODER.encode(kept.remittance)
        # One that waits for its claim must not turn out to be too large once the claim has come.
        self._uow.must_fit("a remittance", len(text))
        sealed = self._vault.seal_text(text.decode(), self._tenant, kept.remittance_id, "remittance")
        return (
            kept.remittance_id,
            kept.claim_id,
            kept.status,
            kept.score,
            kept.reason,
            "\n".join(kept.keys),
            "\n".join(kept.candidates),
            sealed,
            kept.received_on,
            kept.interchange_id,
            self._uow.now,
            self._tenant,
            kept.serial,
            "\n".join(kept.excluded),
            kept.arrived_on,
            advice_id(kept.remittance.payment, self._tenant),
            kept.remittance.paid,
            kept.counted_again,
            kept.history,
        )

    def _kept(self, row: RemittanceRow) -> KeptRemittance:
        remittance_id = str(row.remittance_id)
        return KeptRemittance(
            remittance_id,
            row.status,
            row.score,
            row.reason,
            self._remittance_of(row),
            tuple(row["keys"].splitlines()),
            row.received_on,
            str(row.interchange_id),
            str(row.claim_id) if row.claim_id else None,
            tuple(row.candidates.splitlines()),
            serial=row.serial,
            excluded=tuple(row.excluded.splitlines()),
            arrived_on=row.arrived_on,
            counted_again=row.counted_again,
            history=row.history,
        )

    def _remittance_of(self, row: SealedRow) -> Remittance:
        name = str(row.remittance_id)
        return _REMITTANCE.decode(self._vault.open_text(row.sealed, self._tenant, name, "remittance"))
