"""Applies a batch of events to the states of their claims, in memory, between one load and one save."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Generic, TypeVar

import msgspec

from shared.decider import Decider, Decision, IllegalTransition, TimerDue
from shared.events.base import CLAIMS_TOPIC, Envelope, contract_of
from shared.runtime import parking
from shared.runtime.ahead import BY_NOBODY, Ahead
from shared.runtime.dead_letters import aside, dead_letter_of, park_and_announce, place_of
from shared.runtime.parking import Origin, ParkedRecord
from shared.runtime.repetition import ReceivedEvent, recall
from shared.runtime.state_table import StateTable, Stored
from shared.runtime.trust import foreign, in_its_tenant
from shared.runtime.unit_of_work import EventTooLarge, UnitOfWork
from shared.runtime.work import Announces, Work
from shared.telemetry import metrics, tracing
from shared.telemetry.logging import Log

S = TypeVar("S")
_log = Log("batch_processor")
_RETRY_SECONDS = 600
_OF_THE_NEXT = (parking.NEWER, "the claim's state is of the next release")
_REUSED = ("id_reused", "the same source called other content by this id before")


class Broken(msgspec.Struct, frozen=True):
    """A record that should be an event and is none; `event_id` stands for its place in the topic."""

    event_id: str
    dead_letter: ParkedRecord


Projection = Callable[[UnitOfWork, Sequence[ReceivedEvent], Sequence[Stored[Any]]], Awaitable[None]]
"""Extra set-based writes of the same transaction (a ledger, a timeline): what was handled and the states after it."""


class BatchProcessor(Generic[S]):
    """Drives one service's `Decider` over its `StateTable`."""

    def __init__(
        self,
        service: str,
        decider: Decider[S],
        table: StateTable[S],
        projections: Sequence[Projection] = (),
        *,
        subscribes_to_all: bool = False,
        emits_as: str = "",
        announces: Announces[S] | None = None,
    ) -> None:
        """`subscribes_to_all`: a number of a source that does not come is missed, as all its events are subscribed to.

        `emits_as` is the source of its own events, where that is not its name. `announces` says what follows from a
        change of the state, whatever rule changed it.
        """
        self.subscribes_to_all = subscribes_to_all
        self.announces = announces
        self.ahead = Ahead(emits_as or service)
        self.service = service
        self.decider = decider
        self.table = table
        self.subscribes_to = frozenset(contract_of(event).type for event in decider.subscribes_to)
        self._projections = projections

    async def handle(self, uow: UnitOfWork, batch: Sequence[ReceivedEvent | Broken]) -> None:
        """Apply new events of any number of claims, in their order; park what is not an event, at its place among them.

        What came before, in this batch or ever, is passed over. What comes for a claim whose state holds a choice of
        the next release waits for a replica of that one, as an event with such a choice does.
        """
        ids = sorted({item.envelope.claim_id for item in batch if isinstance(item, ReceivedEvent)})
        rows, newer = await self.table.load_known(uow.conn, ids)
        blocked = await parking.parked_claims(uow.conn, ids)
        before = await recall(uow.conn, [(n, item) for n, item in enumerate(batch) if isinstance(item, ReceivedEvent)])
        work = Work(self, uow, rows)
        dead_letters: list[ParkedRecord] = []
        handled: list[ReceivedEvent] = []
        repeated = 0
        for position, received in enumerate(batch):
            if isinstance(received, Broken):
                dead_letters.append(received.dead_letter)
                if received.dead_letter.blocks:
                    blocked.add(received.dead_letter.claim_id or "")
                continue
            row = work.rows.get(received.envelope.claim_id)
            if before.has(position, received, row.taken if row is not None else None):
                repeated += 1
                continue
            claim_id = received.envelope.claim_id
            if claim_id in newer and claim_id not in blocked:
                envelope, blocks = received.envelope, parking.blocks(received.origin)
                dead_letter = dead_letter_of(received, *_OF_THE_NEXT, blocks=blocks)
            elif self.ahead and not await self._catch_up(uow, work, received, handled):
                dead_letter, envelope = dead_letter_of(received, *BY_NOBODY, blocks=True), received.envelope
            else:
                row = work.rows.get(received.envelope.claim_id)
                dead_letter, envelope = self._judge(work, received, row, blocked, reused=before.reused(position))
            if dead_letter is None:
                handled.append(ReceivedEvent(envelope, received.origin))
                continue
            dead_letters.append(dead_letter)
            before.park(received)
            if dead_letter.blocks:
                blocked.add(envelope.claim_id)
        metrics.events_duplicate.inc(repeated)
        await before.save(uow.conn)
        await park_and_announce(uow, self.service, dead_letters)
        await work.save(handled)

    async def _catch_up(
        self, uow: UnitOfWork, work: Work[S], received: ReceivedEvent, handled: list[ReceivedEvent]
    ) -> bool:
        """Bring the claim to where it was before a restore when this event came; False where that cannot be told."""
        claim_id = received.envelope.claim_id
        while received.origin.topic == CLAIMS_TOPIC:
            if not work.derive_deadlines(claim_id, received.origin.offset):
                return False
            row = work.rows.get(claim_id)
            known = self.ahead.next(claim_id, row.emitted if row is not None else 0)
            came = self.ahead.inputs.get(known.causation) if known is not None else None
            if known is None or came is None or known.offset >= received.origin.offset:
                break
            if (await recall(uow.conn, [(0, came)])).has(0, came, None):
                return False
            dead_letter, envelope = self._judge(work, came, row, set(), reused=False)
            if dead_letter is not None:
                return False
            handled.append(ReceivedEvent(envelope, came.origin))
        return True

    async def caught_up(self, uow: UnitOfWork) -> None:
        """The log is read up after a restore: what it holds of us and nothing leads to is for a person."""
        claims = sorted(self.ahead.claims())
        work = Work(self, uow, await self.table.load(uow.conn, claims))
        dead_letters: list[ParkedRecord] = []
        for claim_id in claims:
            work.derive_deadlines(claim_id)
            row = work.rows.get(claim_id)
            first = self.ahead.next(claim_id, row.emitted) if row is not None else None
            if first is not None:
                missing = work.pass_over(claim_id)
                origin = Origin(CLAIMS_TOPIC, first.partition, first.offset, claim_id.encode(), (), b"")
                dead_letters.append(ParkedRecord(origin, *BY_NOBODY, claim_id, origin.place, first.type, blocks=True))
                _log.error("events decided before a restore are not known here", claim_id=claim_id, count=missing)
        await work.save(())
        await park_and_announce(uow, self.service, dead_letters)

    async def refuse(self, uow: UnitOfWork, received: ReceivedEvent, error: Exception) -> None:
        """Park an event whose effect the database refused."""
        before = await recall(uow.conn, [(0, received)])
        if before.has(0, received, None):
            return
        before.park(received)
        await before.save(uow.conn)
        dead_letter = dead_letter_of(
            received, "refused_by_database", place_of(error), blocks=parking.blocks(received.origin)
        )
        await park_and_announce(uow, self.service, [dead_letter])

    def _judge(
        self, work: Work[S], received: ReceivedEvent, row: Stored[S] | None, blocked: set[str], *, reused: bool
    ) -> tuple[ParkedRecord | None, Envelope]:
        """Apply one event, or say by what dead letter it is parked; the event is that of its claim's tenant then."""
        own = row.tenant if row is not None else None
        why = foreign(received.envelope, own)
        if why is not None and (own or received.envelope.claim_id not in blocked):
            return aside(received, *why), received.envelope
        envelope = in_its_tenant(received.envelope, own)
        if reused:
            return dead_letter_of(received, *_REUSED, blocks=False), envelope
        if envelope.claim_id in blocked:  # also by a dead letter parked earlier in this very batch
            return dead_letter_of(
                received, parking.BEHIND, "an earlier event of this claim is parked", blocks=True
            ), envelope
        fault = work.apply(envelope)
        if fault is not None:
            return dead_letter_of(received, *fault, blocks=parking.blocks(received.origin)), envelope
        work.take(received)
        return None, envelope

    async def fire(self, uow: UnitOfWork, claim_ids: Sequence[str]) -> int:
        """Apply the timers of these claims that are due, each once; returns how many fired.

        The state is the authority: what is due is asked of it under its lock, so a replica that saw the same rows
        finds nothing left to do; rows that the state no longer bears out (another time zone was set, an earlier
        release left them) are written again, or they would stay the first that the scheduler finds. A timer that its
        rule refuses holds nobody else up: it stays, and is tried again. A deadline runs whether or not an event of its
        claim is parked, as it would had that event not come yet. A claim whose state is of the next release is left to
        the replica of it that wrote that.
        """
        rows, _ = await self.table.load_known(uow.conn, sorted(claim_ids), skip_locked=True)
        work = Work(self, uow, rows)
        fired = 0
        failed: list[str] = []
        for claim_id, row in rows.items():
            due = sorted((t for t in work.timers(row) if t.due <= uow.now), key=lambda t: (t.due, t.kind))
            if not due:
                work.plan_again(claim_id)
            for timer in due:
                if timer not in work.timers(work.rows[claim_id]):
                    continue  # an earlier timer of this claim took it back
                fault = work.apply(TimerDue(claim_id, timer.kind, timer.due))
                if fault is not None:
                    failed.append(claim_id)
                    metrics.timers_failed.labels(timer.kind).inc()
                    _log.error("a timer cannot fire", claim_id=claim_id, event_type=timer.kind, reason=" ".join(fault))
                    break
                metrics.timers_fired.labels(timer.kind).inc()
                fired += 1
        await work.save(())
        await _look_again_later(uow, failed)
        return fired

    async def command(
        self, uow: UnitOfWork, claim_id: str, rule: Callable[[S], Decision[S]], *, causation_id: str = ""
    ) -> S | None:
        """Apply a person's command to one claim under its lock; None where the claim is unknown.

        `rule` is a pure function of the domain and may raise `IllegalTransition`.
        """
        rows = await self.table.load(uow.conn, [claim_id])
        if claim_id not in rows:
            return None
        if self.ahead.next(claim_id, rows[claim_id].emitted) is not None:
            raise IllegalTransition("after a restore the log is read up first")
        work = Work(self, uow, rows)
        decision = work.completed(rows[claim_id].state, rule(rows[claim_id].state))
        try:
            work.accept(claim_id, decision, causation_id, tracing.child_of(rows[claim_id].traceparent))
        except EventTooLarge as error:
            raise IllegalTransition(str(error)) from None
        await work.save(())
        return work.rows[claim_id].state

    async def command_all(
        self,
        uow: UnitOfWork,
        claim_ids: Sequence[str],
        rule: Callable[[str, S], Decision[S]],
        *,
        even_parked: bool = False,
    ) -> int:
        """Apply one command to many claims under their locks, with as many statements as for one; returns how many.

        Claims that are unknown, or refused by `rule` (`IllegalTransition`), are left as they are; so are those that
        wait for a parked event, unless a deadline calls (`even_parked`).
        """
        rows, _ = await self.table.load_known(uow.conn, sorted(claim_ids))
        blocked = set[str]() if even_parked else await parking.parked_claims(uow.conn, list(rows))
        work = Work(self, uow, rows)
        done = 0
        for claim_id, row in rows.items():
            if claim_id in blocked or self.ahead.next(claim_id, row.emitted) is not None:
                continue
            try:
                decision = work.completed(row.state, rule(claim_id, row.state))
                work.accept(claim_id, decision, "", tracing.child_of(row.traceparent))
            except (IllegalTransition, EventTooLarge):
                continue
            done += 1
        await work.save(())
        return done

    async def replay(
        self, uow: UnitOfWork, dead_letters: Sequence[tuple[int, ParkedRecord]], decode: Decode, stuck: set[str]
    ) -> int:
        """Try dead letters again in their order; returns how many were handled.

        `stuck` are the claims of which an earlier dead letter stays parked; those of this call are added to it.
        """
        received: list[tuple[int, ReceivedEvent]] = []
        for dead_letter_id, dead_letter in dead_letters:
            envelope = decode(dead_letter.origin)
            if envelope is not None:
                received.append((dead_letter_id, ReceivedEvent(envelope, dead_letter.origin)))
            elif dead_letter.claim_id is not None and dead_letter.blocks:
                stuck.add(dead_letter.claim_id)
        ids = sorted({h.envelope.claim_id for _, h in received})
        rows, newer = await self.table.load_known(uow.conn, ids)
        stuck |= newer
        work = Work(self, uow, rows)
        done: list[int] = []
        handled: list[ReceivedEvent] = []
        for dead_letter_id, item in received:
            claim_id = item.envelope.claim_id
            if claim_id in stuck:
                continue
            row = work.rows.get(claim_id)
            own = row.tenant if row is not None else None
            if foreign(item.envelope, own) is not None:
                continue  # no claim waits for it
            envelope = in_its_tenant(item.envelope, own)
            if item.numbered and row is not None and row.taken.has(envelope.source, envelope.sequence):
                done.append(dead_letter_id)  # it came again, and was taken in
            elif work.apply(envelope) is None:
                work.take(item)
                done.append(dead_letter_id)
                handled.append(ReceivedEvent(envelope, item.origin))
            elif parking.blocks(item.origin):
                stuck.add(claim_id)
        await work.save(handled)
        await parking.remove(uow.conn, done)
        return len(done)

    async def run_projections(
        self, uow: UnitOfWork, received: Sequence[ReceivedEvent], rows: Sequence[Stored[S]]
    ) -> None:
        """Let the service write what it keeps beside the state."""
        for projection in self._projections:
            await projection(uow, received, rows)


Decode = Callable[[Origin], Envelope | None]


async def _look_again_later(uow: UnitOfWork, claim_ids: Sequence[str]) -> None:
    """Move failed timers back in the scheduler's index, so that they do not fill its next batch.

    The state keeps the instant at which they were due.
    """
    if claim_ids:
        await uow.conn.execute(
            "UPDATE timers SET due = $2 WHERE claim_id = ANY($1::uuid[]) AND due <= $3",
            list(claim_ids),
            uow.now + timedelta(seconds=_RETRY_SECONDS),
            uow.now,
        )
