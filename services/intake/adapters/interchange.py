"""Takes an interchange from its bytes to committed claims and remittances, transaction set by transaction set.

A set counts only when its trailer proves it whole, so its claims are held until then: in memory up to
`HOLD` claims, and beyond that in an open database transaction that a bad trailer rolls back. Small sets share a
transaction. Memory is bounded whatever the size of the file.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import date
from typing import BinaryIO
from uuid import UUID

import msgspec

from services.intake.adapters.sql.store import SqlStore
from services.intake.adapters.sql.vault import Vault
from services.intake.adapters.x12 import DEFAULT, ClaimRead, Limits, RemittanceRead, TransactionEnd, read
from services.intake.adapters.x12.acks import Acknowledger
from services.intake.adapters.x12.items import GroupEnd, InterchangeEnd, Item, Unreadable
from services.intake.application.claims import Read, Receipt
from services.intake.application.reception import Received, receive
from services.intake.application.remittances import PaymentRead, Placed, mark_superseded
from services.intake.domain.snip.problem import Problem
from shared.events.codec import new_event_id
from shared.runtime.bulk import insert_rows
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork

BATCH = 500
"""Claims or payments written in one round of statements."""
HOLD = 5_000
"""Claims of one set, or payments of several, held in memory: as many as the TR3 recommends a set to have."""
_LISTED = 500
_BREATHE_EVERY = 100


class Summary(msgspec.Struct, omit_defaults=True):
    """What became of an interchange; at most 500 receipts that are not plain successes are listed."""

    interchange_id: str
    claims: dict[str, int]
    remittances: dict[str, int]
    sets_accepted: int = 0
    sets_refused: int = 0
    same_as: str = ""
    answers: list[str] = []
    receipts: list[Receipt] = []
    placements: list[Placed] = []
    problems: list[Problem] = []


class SetRefused(Exception):
    """Rolls back the open transaction of a set whose trailer was wrong."""


class Units:
    """Claims and payments read but not applied yet."""

    def __init__(self, interchange_id: str) -> None:
        self.interchange_id = interchange_id
        self.claims: list[Read] = []
        self.payments: list[PaymentRead] = []

    def __len__(self) -> int:
        return len(self.claims) + len(self.payments)

    def add(self, item: ClaimRead | RemittanceRead) -> Problem | None:
        """Hold one unit; returns a problem where nothing of it could be read or an 835 unit is out of balance."""
        if isinstance(item, ClaimRead):
            if item.claim is None:
                return item.problems[0] if item.problems else None
            self.claims.append(Read(item.claim, item.problems, item.source.text, self.interchange_id))
            return None
        if item.remittance is None or not item.accepted:
            return item.problems[0] if item.problems else None
        self.payments.append(PaymentRead(item.remittance, self.interchange_id))
        return None

    def take(self, other: Units) -> None:
        self.claims += other.claims
        self.payments += other.payments


class Tally:
    """Counts outcomes while batches commit."""

    def __init__(self, interchange_id: str) -> None:
        self.claims: Counter[str] = Counter()
        self.remittances: Counter[str] = Counter()
        self.summary = Summary(interchange_id, {}, {})

    def add(self, received: Received) -> None:
        for receipt in received.claims:
            self.claims[receipt.outcome] += 1
            if receipt.outcome != "accepted" and len(self.summary.receipts) < _LISTED:
                self.summary.receipts.append(receipt)
        for placed in received.remittances:
            self.remittances[placed.placement] += 1
            if placed.placement != "matched" and len(self.summary.placements) < _LISTED:
                self.summary.placements.append(placed)

    def problem(self, problem: Problem | None) -> None:
        if problem is not None and len(self.summary.problems) < _LISTED:
            self.summary.problems.append(problem)

    def finish(self) -> Summary:
        self.summary.claims = dict(self.claims)
        self.summary.remittances = dict(self.remittances)
        return self.summary


def sets_of(items: Iterable[Item], interchange_id: str, tally: Tally) -> Iterator[Units]:
    """The units of each transaction set that was accepted; for input that fits in memory."""
    held = Units(interchange_id)
    for item in items:
        if isinstance(item, ClaimRead | RemittanceRead):
            tally.problem(held.add(item))
        elif isinstance(item, TransactionEnd):
            if count_set(item, tally):
                yield held
            held = Units(interchange_id)
        else:
            note(item, tally)


def count_set(end: TransactionEnd, tally: Tally) -> bool:
    """Count a set; whether its claims stand."""
    for problem in end.problems:
        tally.problem(problem)
    if end.verdict == "R":
        tally.summary.sets_refused += 1
        return False
    tally.summary.sets_accepted += 1
    return True


def note(item: Item, tally: Tally) -> None:
    """Keep what is wrong with envelopes."""
    if isinstance(item, InterchangeEnd | GroupEnd):
        for problem in item.problems:
            tally.problem(problem)
    elif isinstance(item, Unreadable):
        tally.problem(item.problem)


class Reception:
    """Applies whole files, batch after batch."""

    def __init__(self, units: UnitsOfWork, vault: Vault, limits: Limits = DEFAULT) -> None:
        self._units = units
        self._vault = vault
        self._limits = limits

    async def receive_file(self, file: BinaryIO, *, tenant: str) -> Summary:
        """Read `file` to its end and commit what is accepted; the answer comes after the last commit."""
        interchange_id = new_event_id()
        tally = Tally(interchange_id)
        run = _FileRun(self._units, self._store_of(tenant), interchange_id, tally, tenant, self._today)
        blocks = iter(lambda: file.read(self._limits.block_bytes), b"")
        answering = Acknowledger(self._units.clock.now(), control=UUID(interchange_id).int % 999_999_999 + 1)
        try:
            for count, item in enumerate(answering.watch(read(blocks, self._limits))):
                await run.take(item)
                if count % _BREATHE_EVERY == 0:
                    await asyncio.sleep(0)  # parsing is CPU work: let health checks and the relay have their turn
            await run.finish()
        except BaseException:
            await run.abort()
            raise
        answers = answering.answers()
        tally.summary.answers = [f"{answer.kind} to {answer.answers}" for answer in answers]
        await self._keep_answers(interchange_id, tenant, [(answer.kind, answer.text) for answer in answers])
        return tally.finish()

    async def receive_documents(self, units: Units, *, tenant: str) -> Summary:
        """Apply claims and payments that came as documents (JSON, FHIR), each standing for itself."""
        tally = Tally(units.interchange_id)
        for start in range(0, max(len(units.claims), len(units.payments)), BATCH):
            async with self._units.begin() as uow:
                store = self._store_of(tenant)(uow)
                received = await receive(
                    store,
                    units.claims[start : start + BATCH],
                    units.payments[start : start + BATCH],
                    tenant=tenant,
                    received_on=self._today(),
                )
            tally.add(received)
        return tally.finish()

    async def _keep_answers(self, interchange_id: str, tenant: str, answers: list[tuple[str, str]]) -> None:
        """Answers name patients (277CA 2100D), so they are sealed as the claims are."""
        rows = [
            (
                interchange_id,
                n,
                kind,
                self._vault.seal(text, tenant=tenant, claim_id=interchange_id, field=f"answer{n}"),
            )
            for n, (kind, text) in enumerate(answers)
        ]
        columns = {"interchange_id": "uuid", "ordinal": "integer", "kind": "text", "sealed": "bytea"}
        if rows:
            async with self._units.begin() as uow:
                await insert_rows(uow.conn, "answers", columns, rows)

    def _store_of(self, tenant: str) -> Callable[[UnitOfWork], SqlStore]:
        def store(uow: UnitOfWork) -> SqlStore:
            return SqlStore(uow, self._vault, tenant=tenant)

        return store

    def _today(self) -> date:
        return self._units.clock.now().date()


class _FileRun:
    """The state of one file on its way in."""

    def __init__(
        self,
        units: UnitsOfWork,
        store_of: Callable[[UnitOfWork], SqlStore],
        interchange_id: str,
        tally: Tally,
        tenant: str,
        today: Callable[[], date],
    ) -> None:
        self._units = units
        self._store_of = store_of
        self._id = interchange_id
        self._tally = tally
        self._tenant = tenant
        self._today = today
        self._ready = Units(interchange_id)
        self._held = Units(interchange_id)
        self._stack: AsyncExitStack | None = None
        self._store: SqlStore | None = None
        self._uncounted: list[Received] = []

    async def take(self, item: Item) -> None:
        if isinstance(item, ClaimRead | RemittanceRead):
            self._tally.problem(self._held.add(item))
            if len(self._held) >= (BATCH if self._store else HOLD):
                await self._spill()
        elif isinstance(item, TransactionEnd):
            await self._end_set(item)
        else:
            note(item, self._tally)

    async def finish(self) -> None:
        if self._stack is not None:
            await self._close_big_set(accepted=False)
        await self._apply_ready()

    async def abort(self) -> None:
        """Give up what is not committed, after an error."""
        if self._stack is not None:
            await self._close_big_set(accepted=False)

    async def _end_set(self, end: TransactionEnd) -> None:
        accepted = count_set(end, self._tally)
        if self._stack is not None:
            if accepted:
                await self._spill()
            await self._close_big_set(accepted=accepted)
        elif accepted:
            self._ready.take(self._held)
            # Payments wait longer than claims: a reversal further on in the file says which of them don't stand.
            if len(self._ready.claims) >= BATCH or len(self._ready.payments) >= HOLD:
                await self._apply_ready()
        self._held = Units(self._id)

    async def _apply_ready(self) -> None:
        ready, self._ready = self._ready, Units(self._id)
        ready.payments = mark_superseded(ready.payments)
        for start in range(0, max(len(ready.claims), len(ready.payments)), BATCH):
            async with self._units.begin() as uow:
                received = await self._apply(self._store_of(uow), ready, start)
            self._tally.add(received)

    async def _spill(self) -> None:
        """A set too large to hold: apply what is there in a transaction that stays open until its trailer."""
        if self._store is None:
            await self._apply_ready()
            self._stack = AsyncExitStack()
            self._store = self._store_of(await self._stack.enter_async_context(self._units.begin()))
        held, self._held = self._held, Units(self._id)
        held.payments = mark_superseded(held.payments)
        for start in range(0, max(len(held.claims), len(held.payments)), BATCH):
            self._uncounted.append(await self._apply(self._store, held, start))
            await self._store.release()

    async def _close_big_set(self, *, accepted: bool) -> None:
        assert self._stack is not None
        stack, self._stack, self._store = self._stack, None, None
        if accepted:
            await stack.aclose()
            for received in self._uncounted:
                self._tally.add(received)
        else:
            refusal = SetRefused()
            with suppress(SetRefused):
                await stack.__aexit__(SetRefused, refusal, None)
        self._uncounted = []

    async def _apply(self, store: SqlStore, units: Units, start: int) -> Received:
        return await receive(
            store,
            units.claims[start : start + BATCH],
            units.payments[start : start + BATCH],
            tenant=self._tenant,
            received_on=self._today(),
        )
