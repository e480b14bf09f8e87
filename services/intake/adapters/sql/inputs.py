"""Transactions on inputs on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import date, datetime
from typing import BinaryIO

import msgspec

from recoup_x12 import Acknowledger, Lists
from recoup_x12.model import Payment, ProviderAdjustment
from services.intake.adapters.disk_buffer import Scratch
from services.intake.adapters.sql import adjustments, kept_inputs, ledger, paper
from services.intake.adapters.sql.answers import keep_answers
from services.intake.adapters.sql.outgoing import SqlLedger
from services.intake.adapters.sql.questions import SqlQuestions
from services.intake.adapters.sql.transactions import SqlTransaction
from services.intake.application.claims import Receipt
from services.intake.application.input_ports import AnswersKept, KnownKey, Unapplied
from shared.db.pool import TRANSIENT
from shared.runtime.unit_of_work import EventTooLarge, UnitOfWork, UnitOfWorkFactory
from shared.sealing import Vault


class SqlInputRecord:
    """An `InputRecord` within a unit of work."""

    def __init__(self, uow: UnitOfWork, vault: Vault, tenant: str) -> None:
        self._uow = uow
        self._conn = uow.conn
        self._now = uow.now
        self._vault = vault
        self._tenant = tenant

    async def known_key(self, key: str) -> KnownKey | None:
        """What is known of a key."""
        return await ledger.look_up(self._conn, self._tenant, key)

    async def enter_key(self, key: str, sha256: str, interchange_id: str) -> None:
        """Bind a key to the content that was sent under it."""
        await ledger.enter_key(self._conn, self._tenant, key, sha256, interchange_id, self._now)

    async def answer_key(self, key: str, status: int, media_type: str, answer: str) -> None:
        """Keep the answer that the same request under the same key gets again."""
        await ledger.answer_key(self._conn, self._tenant, key, status, media_type, answer)

    async def forget_keys(self, before: datetime) -> None:
        """Drop keys that are past their time."""
        await ledger.forget_keys(self._conn, before)

    async def unfinished(self, sha256: str, source: str) -> str | None:
        """The input with these bytes that was begun in the same way and not finished, if any."""
        return await ledger.unfinished(self._conn, self._tenant, sha256, source)

    async def finished(self, sha256: str) -> str | None:
        """The first finished input with the same bytes, if any."""
        return await ledger.find(self._conn, self._tenant, sha256)

    async def begin(self, interchange_id: str, sha256: str, source: str) -> None:
        """Enter an input, once."""
        await ledger.begin(self._conn, interchange_id, self._tenant, sha256, source, self._now)

    async def keep(self, sha256: str, content: BinaryIO) -> None:
        """Keep a content as it came, sealed, once; one that is larger than may be kept is not."""
        await kept_inputs.keep(self._uow, self._vault, self._tenant, sha256, content)

    async def keep_receipts(self, interchange_id: str, receipts: Sequence[Receipt]) -> None:
        """Keep receipts that the summary of an input does not list, once each by their place in it."""
        await ledger.keep_receipts(self._conn, interchange_id, receipts)

    async def finish(self, interchange_id: str, summary: msgspec.Struct) -> None:
        """Remember the answer that an input got."""
        await ledger.finish(self._conn, interchange_id, self._now, summary)


class SqlInputTransaction(SqlTransaction):
    """An `InputTransaction` within a unit of work of the runtime."""

    def __init__(self, uow: UnitOfWork, vault: Vault, tenant: str) -> None:
        super().__init__(uow, vault, tenant)
        self.questions = SqlQuestions(uow, vault, tenant=tenant)
        self.inputs = SqlInputRecord(uow, vault, tenant)

    def sent_out(self, today: date) -> SqlLedger:
        """What was sent, which answers are about; `today` is the day of the answers."""
        return SqlLedger(self._uow, self._tenant, today)

    def fresh(self) -> SqlInputTransaction:
        """The same transaction with views that know nothing yet."""
        return SqlInputTransaction(self._uow, self._vault, self._tenant)

    @asynccontextmanager
    async def attempt(self) -> AsyncGenerator[SqlInputTransaction]:
        """A savepoint, on fresh views; an error that would come again is raised as `Unapplied`."""
        try:
            async with self._uow.attempt():
                yield self.fresh()
        except TRANSIENT:
            raise
        except Exception as error:
            raise Unapplied(error, str(error) if isinstance(error, EventTooLarge) else "") from error

    async def flush(self) -> None:
        """Write the queued events."""
        await self._uow.flush()

    async def keep_answers(self, inputs: Sequence[tuple[str, Acknowledger]]) -> list[AnswersKept]:
        """Keep the X12 answers to inputs, each given by its id, and emit their events."""
        return await keep_answers(self._uow, self._vault, self._tenant, inputs)

    async def keep_adjustments(self, given: Iterable[tuple[Payment, Iterable[ProviderAdjustment]]]) -> None:
        """Keep the provider adjustments of 835s, once however often they come, for people to read."""
        await adjustments.keep_adjustments(self._uow, self._tenant, given)

    async def keep_paper(self, entry: str, interchange_id: str, by: str) -> str:
        """Keep a remittance on paper as it was entered, where it is new; returns its id."""
        await paper.keep_paper(self._uow, self._vault, self._tenant, entry, interchange_id, by)
        return paper.paper_id_of(self._tenant, entry)

    async def keep_scan(self, paper_id: str, body: bytes, media_type: str, by: str) -> tuple[str, bool] | None:
        """Keep a scan sealed, once; its id and whether it is new, None where there is no such entry."""
        return await paper.keep_scan(self._uow, self._vault, self._tenant, paper_id, body, media_type, by)


class SqlInputTransactions:
    """Opens transactions of the runtime."""

    def __init__(self, units: UnitOfWorkFactory, vault: Vault) -> None:
        self._units = units
        self._vault = vault

    @property
    def now(self) -> datetime:
        """The present instant, by the service's clock."""
        return self._units.clock.now()

    @asynccontextmanager
    async def begin(self, tenant: str) -> AsyncGenerator[SqlInputTransaction]:
        """A transaction that commits, outbox included, when the block ends without an exception."""
        async with self._units.begin() as uow:
            yield SqlInputTransaction(uow, self._vault, tenant)

    def is_transient(self, error: Exception) -> bool:
        """Return True if the same transaction may succeed when it is tried again."""
        return isinstance(error, TRANSIENT)

    def room(self) -> AbstractContextManager[Lists]:
        """Room on disk, sealed, under lists that may be too long for memory."""
        return Scratch()
