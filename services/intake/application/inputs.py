"""Takes an input from its bytes to committed claims and remittances, transaction set by transaction set.

A set counts only when its trailer proves it whole, so its claims are held until then: in memory up to `HOLD` claims or
`HOLD_TEXT` of text, and beyond that in an open database transaction that a bad trailer rolls back. Small sets share a
transaction. What the answers need of each claim lies in sealed spools, so memory stays bounded for a file of any size.

The last batch, the X12 answers with their events, and what else the caller writes about the input (`Finish`) are one
transaction: an input that is finished has its answers, one that is not can be sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, suppress
from datetime import date, datetime
from types import MappingProxyType
from typing import BinaryIO
from uuid import UUID

from recoup_x12 import (
    DEFAULT,
    Acknowledger,
    ClaimRead,
    EligibilityRead,
    InterchangeAckRead,
    InterchangeStart,
    Item,
    Limits,
    PaymentItemRead,
    Problem,
    ProviderAdjustmentsRead,
    RemittanceRead,
    RequestRead,
    StatusRead,
    TransactionEnd,
    TransactionStart,
    read,
)
from services.intake.application.batch_outcome import BatchOutcome
from services.intake.application.batches import BatchApplier
from services.intake.application.input_ports import InputTransaction, InputTransactions
from services.intake.application.pending_input import (
    ANSWERS,
    InputCounts,
    PendingInput,
    Serials,
    Summary,
    count_set,
    is_test,
    note,
    payments_of,
)
from services.intake.application.receipts import add_and_keep
from services.intake.application.remittances import mark_superseded
from services.intake.application.turns import STEP, Turn, Turns
from services.intake.domain.receipt import NOT_STATED, Receipt, Stated
from shared.calendar import TimeZones
from shared.telemetry.logging import Log

BATCH = STEP
"""Claims or payments written in one round of statements; fewer of history (`turns.py`)."""
HOLD = 5_000
"""Claims of one set, or payments of several, held in memory: as many as the TR3 recommends a set to have."""
HOLD_TEXT = 4 * 1024 * 1024
"""Characters of their X12: claims of many lines weigh more. In memory a claim is some ten times its text."""
_BREATHE_EVERY = 25
_TRIES = 5
_log = Log("intake")

Finish = Callable[[InputTransaction, Summary], Awaitable[None]]
"""What else is written in the transaction that ends an input."""


class SetRefused(Exception):
    """Rolls back the open transaction of a set whose trailer was wrong."""


class InputReceiver:
    """Applies whole inputs, batch after batch."""

    def __init__(
        self,
        transactions: InputTransactions,
        zones: TimeZones,
        cutovers: Mapping[str, date] = MappingProxyType({}),
        limits: Limits = DEFAULT,
        turns: Turns | None = None,
    ) -> None:
        """`cutovers`: tenants' first days with this system; payments of before are history.

        `turns` is shared by all that takes inputs in in this process.
        """
        self._turns = turns or Turns()
        self._transactions = transactions
        self._zones = zones
        self._cutovers = cutovers
        self._limits = limits

    def turn(self, tenant: str, *, history: bool) -> AbstractContextManager[Turn]:
        """The part of one input in sharing this process, from when it is there until it is answered."""
        return self._turns.input(tenant, history=history)

    async def receive_file(
        self, file: BinaryIO, turn: Turn, *, interchange_id: str, finish: Finish, stated: Stated = NOT_STATED
    ) -> Summary:
        """Read X12 from a file to its end and commit what is accepted; the answer comes after the last commit.

        Transient errors are met by reading the file again under the same id, which repeats nothing.

        Args:
            file: The file, which can be read again from its beginning.
            turn: The tenant's turn, in which it is applied.
            interchange_id: The id of this input.
            finish: Writes what became of it, in the transaction of its last part.
            stated: When it was received, as its sender says; today where nothing is said.
        """

        async def once() -> Summary:
            file.seek(0)
            return await self._read_file(file, self._applier(turn.tenant, stated), turn, interchange_id, finish)

        return await self._persist(once)

    async def receive_documents(
        self,
        batches: Callable[[InputCounts], Iterable[PendingInput]],
        turn: Turn,
        *,
        interchange_id: str,
        finish: Finish,
        stated: Stated = NOT_STATED,
    ) -> Summary:
        """Apply claims and payments that come as documents (JSON, FHIR), each standing for itself.

        Args:
            batches: Reads the input from its beginning, and tells the counts what it could not read.
            turn: The tenant's turn, in which it is applied.
            interchange_id: The id of this input.
            finish: Writes what became of it, in the transaction of its last part.
            stated: When it was received, as its sender says; today where nothing is said.
        """

        async def once() -> Summary:
            return await self._read_documents(batches, self._applier(turn.tenant, stated), turn, interchange_id, finish)

        return await self._persist(once)

    async def _read_documents(
        self,
        batches: Callable[[InputCounts], Iterable[PendingInput]],
        applier: BatchApplier,
        turn: Turn,
        interchange_id: str,
        finish: Finish,
    ) -> Summary:
        counts, pending = InputCounts(interchange_id, beyond=[]), PendingInput(interchange_id)
        for batch in batches(counts):
            for part in pending.steps(turn.at_once) if pending else ():
                async with turn.step(len(part)), self._transactions.begin(applier.tenant) as transaction:
                    received = await applier.apply(transaction, part.claims, part.payments)
                    await add_and_keep(counts, received, transaction)
                    counts.add(await applier.apply_rest(transaction, part))
            pending = batch
            await turn.breathe()
        async with turn.step(len(pending)), self._transactions.begin(applier.tenant) as transaction:
            await add_and_keep(counts, await applier.apply(transaction, pending.claims, pending.payments), transaction)
            counts.add(await applier.apply_rest(transaction, pending))
            summary = counts.finish()
            await finish(transaction, summary)
        return summary

    async def _read_file(
        self, file: BinaryIO, applier: BatchApplier, turn: Turn, interchange_id: str, finish: Finish
    ) -> Summary:
        tenant = applier.tenant
        blocks = iter(lambda: file.read(self._limits.block_bytes), b"")
        control = UUID(interchange_id).int % 999_999_999 + 1
        with self._transactions.room() as lists:
            answering = Acknowledger(self._now(tenant), control, lists=lists)
            run = _FileRun(self._transactions, applier, turn, interchange_id, answering)
            try:
                items = self._until_fault(read(blocks, self._limits), run.report)
                for count, item in enumerate(answering.watch(items)):
                    await run.take(item)
                    if count % _BREATHE_EVERY == 0:
                        await turn.breathe()

                async def end(transaction: InputTransaction, counts: InputCounts) -> Summary:
                    (answers,) = await transaction.keep_answers([(interchange_id, answering)])
                    summary = counts.finish(answers.names, answers.more)
                    await finish(transaction, summary)
                    return summary

                return await run.finish(end)
            except BaseException:
                await run.abort()
                raise

    def today(self, tenant: str) -> date:
        """The day that it is where the tenant is."""
        return self._now(tenant).date()

    def _applier(self, tenant: str, stated: Stated) -> BatchApplier:
        return BatchApplier(tenant, Receipt(self.today(tenant), stated, self._cutovers.get(tenant)))

    def _now(self, tenant: str) -> datetime:
        """The time of day where the tenant is."""
        return self._transactions.now.astimezone(self._zones.of(tenant))

    async def _persist(self, work: Callable[[], Awaitable[Summary]]) -> Summary:
        """Do `work` again after a transient error; it counts nothing twice."""
        pause = 0.1
        for _ in range(_TRIES - 1):
            try:
                return await work()
            except Exception as error:
                if not self._transactions.is_transient(error):
                    raise
                _log.warning("an input will be read again", error_type=type(error).__name__, wait_s=pause)
                await asyncio.sleep(pause)
                pause *= 2
        return await work()

    def _until_fault(self, items: Iterable[Item], report: Callable[[Problem], None]) -> Iterator[Item]:
        """The items up to a fault of the reader itself; what ended before it stands, and the sender is told."""
        try:
            yield from items
        except Exception as error:
            if self._transactions.is_transient(error):
                raise
            _log.error("the rest of an input could not be read", exc=error)
            reason = "the rest of the input could not be read because of an error in this service"
            how_to_fix = "Send it again when the error here has been corrected; what stood whole before counts once."
            report(Problem("interchange", 1, "ISA", reason, how_to_fix, code="022"))


class _FileRun:
    """The state of one file on its way in."""

    def __init__(
        self, transactions: InputTransactions, applier: BatchApplier, turn: Turn, interchange_id: str,
        answering: Acknowledger,
    ) -> None:  # fmt: skip
        self._turn = turn
        self._transactions = transactions
        self._applier = applier
        self._id = interchange_id
        self._answering = answering
        self._counts = InputCounts(interchange_id)
        self._serials = Serials()
        self._ready = PendingInput(interchange_id)
        self._held = PendingInput(interchange_id)
        self._stack: AsyncExitStack | None = None
        self._open: InputTransaction | None = None
        self._provisional = InputCounts(interchange_id)
        self._refused = InputCounts(interchange_id)  # what a set is refused for, should it be
        self._ruled = 0
        self._kind = ""  # ST01 of the set that is open

    def report(self, problem: Problem) -> None:
        """Something is wrong with the input as a whole."""
        self._counts.problem(problem)

    async def take(self, item: Item) -> None:
        if isinstance(item, ClaimRead | RemittanceRead | RequestRead):
            held = self._held
            fault = held.ask(item) if isinstance(item, RequestRead) else held.add(item, self._serials.next(item))
            self._counts.problem(fault)
            if len(held) >= (BATCH if self._open else HOLD) or held.weight >= HOLD_TEXT:
                await self._spill()
        elif isinstance(item, TransactionEnd):
            await self._end_set(item)
        elif isinstance(item, InterchangeStart):
            self._held = PendingInput(self._id, test=is_test(item))
        elif isinstance(item, TransactionStart):
            self._kind = item.kind
        elif isinstance(item, InterchangeAckRead):
            alone = PendingInput(self._id, test=self._held.test)  # it stands in no transaction set
            alone.receive(item)
            self._ready.take(alone)
        elif isinstance(item, ANSWERS):
            self._held.receive(item)
        elif isinstance(item, StatusRead):
            self._held.report(item)
            if len(self._held) >= HOLD:
                await self._spill()
        elif isinstance(item, EligibilityRead):
            self._held.cover(item)
            if len(self._held) >= HOLD:
                await self._spill()
        elif isinstance(item, ProviderAdjustmentsRead):
            self._held.adjust(item)
        elif isinstance(item, PaymentItemRead):
            self._held.keep(item)
        else:
            note(item, self._counts)

    async def finish(self, end: Callable[[InputTransaction, InputCounts], Awaitable[Summary]]) -> Summary:
        """Apply what is left, and end the input, in one transaction."""
        if self._stack is not None:
            await self._close_big_set(accepted=self._kind == "835")
        self._ready.take(payments_of(self._held))
        if self._turn.history:
            await self._apply_ready()  # step by step: what is committed at once is published at once
        self._ready.payments = mark_superseded(self._ready.payments)
        async with self._begin() as transaction:
            await self._apply(transaction, self._ready, self._counts)
            return await end(transaction, self._counts)

    async def abort(self) -> None:
        """Give up what is not committed, after an error."""
        if self._stack is not None:
            try:
                await self._close_big_set(accepted=False)
            except Exception as error:
                if not self._transactions.is_transient(error):
                    raise

    async def _end_set(self, end: TransactionEnd) -> None:
        accepted = count_set(end, self._counts)
        if self._stack is not None:
            if accepted:
                await self._spill()
            self._refused.refuse(self._held.claims)
            await self._close_big_set(accepted=accepted)
        elif accepted:
            self._ready.take(self._held)
            # Payments wait longer than claims: a reversal further on in the file says which of them don't stand.
            ready = self._ready
            rest = max(map(len, (ready.claims, ready.requests, ready.held, ready.statuses, ready.coverage)))
            enough = rest >= BATCH or len(ready.payments) >= HOLD
            if enough or ready.weight >= HOLD_TEXT:
                await self._apply_ready()
        else:
            self._counts.refuse(self._held.claims)
        self._held = PendingInput(self._id, test=self._held.test)

    async def _apply_ready(self) -> None:
        ready, self._ready = self._ready, PendingInput(self._id)
        ready.payments = mark_superseded(ready.payments)
        for start in range(0, max(len(ready.claims), len(ready.payments)), self._at_once):
            async with self._turn.step(self._at_once), self._begin() as transaction:
                received = await self._apply_slice(transaction, ready, start)
            self._count(received, self._counts)
        if ready.rest:
            async with self._begin() as transaction:
                received = await self._applier.apply_rest(transaction, ready)
            self._count(received, self._counts)

    async def _spill(self) -> None:
        """A set too large to hold: apply what is there in a transaction that stays open until its trailer."""
        if self._open is None:
            await self._apply_ready()
            self._stack = AsyncExitStack()
            self._open = await self._stack.enter_async_context(self._begin())
            self._ruled = self._answering.ruled
        held, self._held = self._held, PendingInput(self._id, test=self._held.test)
        self._refused.refuse(held.claims)
        held.payments = mark_superseded(held.payments)
        await self._apply(self._open, held, self._provisional)

    async def _close_big_set(self, *, accepted: bool) -> None:
        assert self._stack is not None
        stack, self._stack, self._open = self._stack, None, None
        provisional, self._provisional = self._provisional, InputCounts(self._id)
        refused, self._refused = self._refused, InputCounts(self._id)
        if accepted:
            await stack.aclose()
            self._counts.take(provisional)
        else:
            self._counts.take(refused)
            self._answering.unrule(self._ruled)
            with suppress(SetRefused):
                await stack.__aexit__(SetRefused, SetRefused(), None)

    @property
    def _at_once(self) -> int:
        return min(BATCH, self._turn.at_once)

    def _begin(self) -> AbstractAsyncContextManager[InputTransaction]:
        return self._transactions.begin(self._applier.tenant)

    async def _apply(self, transaction: InputTransaction, pending: PendingInput, counts: InputCounts) -> None:
        for start in range(0, max(len(pending.claims), len(pending.payments)), self._at_once):
            async with self._turn.step(self._at_once):
                self._count(await self._apply_slice(transaction, pending, start), counts)
                await transaction.flush()  # a long transaction keeps its memory bounded
        self._count(await self._applier.apply_rest(transaction, pending), counts)

    async def _apply_slice(self, transaction: InputTransaction, pending: PendingInput, start: int) -> BatchOutcome:
        end = start + self._at_once
        return await self._applier.apply(transaction, pending.claims[start:end], pending.payments[start:end])

    def _count(self, received: BatchOutcome, counts: InputCounts) -> None:
        """Take over what became of a batch; the 277CA is written from it."""
        counts.add(received)
        for receipt in received.claims:
            self._answering.rule(receipt.serial, receipt.code, receipt.claim_id)
