"""The use cases' transactions on PostgreSQL: cases, journal, attachments and profiles."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

import msgspec

from services.appeals.adapters.sql.disputes import awaiting_batch, cooling_off, cooling_off_of
from services.appeals.adapters.sql.enclosures import Enclosures
from services.appeals.adapters.sql.tables import CASES
from services.appeals.application.ports import JournalEntry, KeptAttachment, NewAttachment, OwnedCase
from services.appeals.domain.batching import Disputed
from services.appeals.domain.case import AppealCase
from services.appeals.domain.cooling_off import Cooling
from shared.db.rows import Row
from shared.forums import FORUMS, awards
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.transactions import DecisionTransaction
from shared.runtime.unit_of_work import UnitOfWork, UnitOfWorkFactory


class _AttachmentRow(Row):
    reference: str
    kind: str
    sha256: str
    here: bool


_encoder = msgspec.json.Encoder(decimal_format="string")


class _ProofRow(Row):
    proof: str
    claim_id: str
    case_id: str


class SqlTransaction(DecisionTransaction[AppealCase]):
    """A `Transaction` within a unit of work of the runtime."""

    def __init__(
        self, uow: UnitOfWork, processor: BatchProcessor[AppealCase], enclosures: Enclosures | None = None
    ) -> None:
        super().__init__(uow, processor)
        self._enclosures = enclosures

    async def read(self, claim_id: str) -> AppealCase | None:
        """A claim's case without a lock."""
        return await CASES.read(self._uow.conn, claim_id)

    async def lock(self, claim_ids: Sequence[str]) -> Mapping[str, OwnedCase]:
        """The cases of these claims, locked in their order."""
        rows = await CASES.load(self._uow.conn, claim_ids)
        return {claim_id: OwnedCase(row.tenant, row.state) for claim_id, row in rows.items()}

    async def cooling_of_claims(self, claim_ids: Sequence[str], on: date) -> Cooling:
        """The cooling-off periods that may bind the parties of these claims on a day."""
        return await cooling_off_of(self._uow.conn, claim_ids, on)

    async def cooling_of_disputes(self, disputes: Sequence[Disputed], on: date) -> Cooling:
        """The cooling-off periods that may bind the parties of these disputes on a day."""
        return await cooling_off(self._uow.conn, on, disputes)

    async def may_share_filing(self, claim_ids: Sequence[str]) -> Sequence[str]:
        """All claims that may be filed with those of these claims that are due to be initiated."""
        return await awaiting_batch(self._uow.conn, claim_ids, self.now)

    async def filed_under(self, tenant: str, numbers: Sequence[str]) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """The disputes that were filed in federal IDR under these numbers: by number the case ids of each claim."""
        if not numbers:
            return {}
        rows = await self._uow.conn.fetch(
            "SELECT DISTINCT proof, claim_id::text AS claim_id, case_id::text AS case_id FROM filings "
            "WHERE tenant = $1 AND forum = ANY($3::text[]) AND proof = ANY($2::text[])",
            tenant,
            list(numbers),
            [forum for forum in FORUMS if awards(forum)],
            record_class=_ProofRow,
        )
        found: dict[str, dict[str, frozenset[str]]] = {}
        for row in rows:
            ids = found.setdefault(row.proof, {})
            ids[row.claim_id] = ids.get(row.claim_id, frozenset()) | {row.case_id}
        return found

    async def attachments(self, claim_id: str) -> Mapping[str, KeptAttachment]:
        """What is attached to a claim, by reference."""
        rows = await self._uow.conn.fetch(
            "SELECT reference, kind, sha256, content IS NOT NULL AS here FROM attachments WHERE claim_id = $1",
            UUID(claim_id),
            record_class=_AttachmentRow,
        )
        return {row.reference: KeptAttachment(row.kind, row.sha256, row.here) for row in rows}

    async def attach(self, claim_id: str, attachment: NewAttachment, who: str) -> None:
        """Keep an attachment, its content sealed; what has a content keeps it."""
        assert self._enclosures is not None
        sealed = self._enclosures.seal(attachment.pdf, claim_id) if attachment.pdf else None
        await self._uow.conn.execute(
            "INSERT INTO attachments AS a (claim_id, reference, kind, title, sha256, added_by, added_at, content) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (claim_id, reference) DO UPDATE "
            "SET content = excluded.content, sha256 = excluded.sha256 "
            "WHERE a.content IS NULL AND excluded.content IS NOT NULL AND a.sha256 IN ('', excluded.sha256)",
            UUID(claim_id),
            attachment.reference,
            attachment.kind,
            attachment.title,
            attachment.sha256,
            who,
            self.now,
            sealed,
        )

    async def confirm_filing(self, case_id: str, number: int, proof: str) -> bool:
        """Keep the proof of a filing that was exported."""
        done = await self._uow.conn.fetchval(
            "UPDATE filings SET status = 'sent', proof = $3, problem = '' WHERE case_id = $1 AND number = $2 "
            "AND status = 'exported' RETURNING 1",
            case_id,
            number,
            proof,
        )
        return bool(done)

    async def keep_profile(self, tenant: str, kind: str, key: str, facts: Mapping[str, str], who: str) -> None:
        """Keep a profile in place of the one before."""
        await self._uow.conn.execute(
            "INSERT INTO profiles (tenant, kind, key, facts, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6) "
            "ON CONFLICT (tenant, kind, key) DO UPDATE SET facts = excluded.facts, changed_by = excluded.changed_by, "
            "changed_at = excluded.changed_at",
            tenant,
            kind,
            key,
            msgspec.json.encode(facts).decode(),
            who,
            self.now,
        )

    async def journal(self, entry: JournalEntry) -> None:
        """Write down what a person did."""
        await self._uow.conn.execute(
            "INSERT INTO journal (claim_id, at, who, action, reason, details) VALUES ($1, $2, $3, $4, $5, $6)",
            UUID(entry.claim_id),
            self.now,
            entry.who,
            entry.action,
            entry.reason,
            _encoder.encode(entry.details).decode(),
        )


class SqlTransactions:
    """Opens transactions of the runtime."""

    def __init__(self, units: UnitOfWorkFactory, processor: BatchProcessor[AppealCase], enclosures: Enclosures) -> None:
        self._units = units
        self._processor = processor
        self._enclosures = enclosures

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[SqlTransaction]:
        """A transaction that commits, outbox included, when the block ends without an exception."""
        async with self._units.begin() as uow:
            yield SqlTransaction(uow, self._processor, self._enclosures)
