"""One transaction's work on claims: their rows while events are applied to them, and the writing of what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeAlias, TypeVar

from shared.decider import Decider, Decision, IllegalTransition, Timer, TimerDue
from shared.events.base import Envelope, Event, contract_of
from shared.runtime.ahead import OTHERWISE, Ahead
from shared.runtime.bulk import insert_rows
from shared.runtime.dead_letters import place_of
from shared.runtime.repetition import ReceivedEvent
from shared.runtime.state_table import StateTable, Stored
from shared.runtime.unit_of_work import EventTooLarge, UnitOfWork
from shared.telemetry import metrics, tracing
from shared.telemetry.logging import Log

S = TypeVar("S")
_log = Log("batch_processor")
Announces: TypeAlias = Callable[[S | None, S, Sequence[Event]], tuple[Event, ...]]
"""(state before, state after, the decision's events) → what is told beside them of the change of the state."""


class Processing(Protocol[S]):
    """What the work of a transaction needs of the processor whose it is."""

    subscribes_to_all: bool
    announces: Announces[S] | None
    ahead: Ahead
    table: StateTable[S]
    decider: Decider[S]

    async def run_projections(
        self, uow: UnitOfWork, received: Sequence[ReceivedEvent], rows: Sequence[Stored[S]]
    ) -> None:
        """Make the extra writes of the transaction."""
        ...


class Work(Generic[S]):
    """The rows of one transaction while events are applied to them."""

    def __init__(self, processor: Processing[S], uow: UnitOfWork, rows: dict[str, Stored[S]]) -> None:
        self._processor = processor
        self._decider = processor.decider
        self._ahead = processor.ahead
        self._uow = uow
        self.rows = rows
        self._deciders: dict[str, Decider[S]] = {}
        self._timers_before: Mapping[str, tuple[Timer, ...]] = {
            claim_id: self.timers(row) for claim_id, row in rows.items()
        }
        self._changed: dict[str, Stored[S]] = {}
        self._stale: list[str] = []

    def timers(self, row: Stored[S]) -> tuple[Timer, ...]:
        """What the state of a claim says is to be done, and when."""
        return tuple(self._decider_of(row.tenant).timers(row.state))

    def plan_again(self, claim_id: str) -> None:
        """Write the claim's timers again, though its state has not changed."""
        self._stale.append(claim_id)

    def _decider_of(self, tenant: str) -> Decider[S]:
        """The rules as they hold for a tenant."""
        if tenant not in self._deciders:
            self._deciders[tenant] = self._decider.for_tenant(tenant)
        return self._deciders[tenant]

    def apply(self, event: Envelope | TimerDue) -> tuple[str, str] | None:
        """Decide one event; a (reason, detail) pair where its claim must be parked, nothing changed then."""
        row = self.rows.get(event.claim_id)
        incoming = event.traceparent if isinstance(event, Envelope) else (row.traceparent if row else "")
        causation = event.id if isinstance(event, Envelope) else ""
        name = event.type if isinstance(event, Envelope) else f"timer {event.kind}"
        tenant = (row.tenant if row else "") or (event.tenant if isinstance(event, Envelope) else "")
        decider = self._decider_of(tenant)
        try:
            with tracing.handling(incoming, name) as traceparent:
                state = row.state if row else None
                instant = self._instant(event.claim_id, causation)
                decision = self.completed(state, decider.decide(state, event, instant))
        except IllegalTransition as error:
            return "illegal_transition", str(error)
        except Exception as error:
            return "handler_error", place_of(error)
        if isinstance(event, TimerDue) and Timer(event.kind, event.due) in tuple(decider.timers(decision.state)):
            return "timer_not_consumed", "the rule left its due timer standing"
        types = [contract_of(one).type for one in decision.events] if self._ahead else []
        if self._ahead.contradicts(event.claim_id, row.emitted if row else 0, types, causation):
            return OTHERWISE
        if row is None:
            assert isinstance(event, Envelope)
            self.rows[event.claim_id] = Stored(event.claim_id, decision.state)
        known = self.rows[event.claim_id]
        before, known.tenant = known.tenant, tenant  # only what came ahead of its claim had none
        try:
            self.accept(event.claim_id, decision, causation, traceparent)
        except EventTooLarge as error:
            known.tenant = before
            if row is None:
                del self.rows[event.claim_id]
            return "too_large", str(error)
        return None

    def completed(self, before: S | None, decision: Decision[S]) -> Decision[S]:
        """The decision with what is told of the change of the state."""
        announces = self._processor.announces
        more = announces(before, decision.state, decision.events) if announces is not None else ()
        return Decision(decision.state, (*decision.events, *more)) if more else decision

    def _instant(self, claim_id: str, causation: str) -> datetime:
        """When it is decided: now, or when it was decided before a restore."""
        row = self.rows.get(claim_id)
        known = self._ahead.next(claim_id, row.emitted if row else 0)
        return known.time if known is not None and known.causation == causation else self._uow.now

    def derive_deadlines(self, claim_id: str, before: int | None = None) -> bool:
        """Let the deadlines pass that passed before a restore, up to an offset of the log.

        False where the log holds an own event that neither an input nor a deadline leads to.
        """
        row = self.rows.get(claim_id)
        while row is not None and (known := self._ahead.next(claim_id, row.emitted)) is not None:
            if known.causation or (before is not None and known.offset >= before):
                break
            emitted = row.emitted
            for timer in sorted(self.timers(row), key=lambda t: (t.due, t.kind)):
                if timer.due <= known.time and timer in self.timers(row):
                    self.apply(TimerDue(claim_id, timer.kind, timer.due))
                if row.emitted > emitted:
                    break
            if row.emitted == emitted:
                return False
        return True

    def pass_over(self, claim_id: str) -> int:
        """Count as emitted what the log holds, though nothing here leads to it; returns how many events that is."""
        row = self.rows.get(claim_id)
        missing = self._ahead.last(claim_id) - row.emitted if row is not None else 0
        if row is not None and missing > 0:
            row.emitted += missing
            self._changed[claim_id] = row
        return max(0, missing)

    def take(self, received: ReceivedEvent) -> None:
        """Note in the claim's state that a numbered event was taken in."""
        if not received.numbered:
            return
        envelope = received.envelope
        known = self.rows[envelope.claim_id].taken
        missing = known.missing(envelope.source)
        known.add(envelope.source, envelope.sequence)
        missing = known.missing(envelope.source) - missing
        if self._processor.subscribes_to_all and missing:
            _log_gap(envelope, missing)

    def accept(self, claim_id: str, decision: Decision[S], causation_id: str, traceparent: str) -> None:
        """Take over a decision: its state, and its events with the claim's next sequence numbers.

        Raises `EventTooLarge` with nothing changed.
        """
        row = self.rows[claim_id]
        adopted = max(0, min(len(decision.events), self._ahead.last(claim_id) - row.emitted))  # on the log already
        self._uow.emit_all(
            decision.events[adopted:],
            after=row.emitted + adopted,
            tenant=row.tenant,
            causation_id=causation_id,
            traceparent=traceparent,
        )
        row.emitted += len(decision.events)
        row.state = decision.state
        row.traceparent = traceparent
        self._changed[claim_id] = row

    async def save(self, handled: Sequence[ReceivedEvent]) -> None:
        """Write states and timers, then whatever else the service keeps."""
        rows = list(self._changed.values())
        await self._processor.table.save(self._uow.conn, rows, self._uow.now)
        await self._save_timers([*rows, *(self.rows[claim_id] for claim_id in self._stale)])
        await self._processor.run_projections(self._uow, handled, rows)
        for type_, n in Counter(h.envelope.type for h in handled).items():
            metrics.events_handled.labels(type_).inc(n)

    async def _save_timers(self, rows: Iterable[Stored[S]]) -> None:
        replanned: list[tuple[str, tuple[Timer, ...]]] = []
        for row in rows:
            after = self.timers(row)
            if after != self._timers_before.get(row.claim_id, ()) or row.claim_id in self._stale:
                replanned.append((row.claim_id, after))
        if not replanned:
            return
        stale = [i for i, _ in replanned if self._timers_before.get(i) or i in self._stale]
        if stale:
            await self._uow.conn.execute("DELETE FROM timers WHERE claim_id = ANY($1::uuid[])", stale)
        columns = {"claim_id": "uuid", "kind": "text", "due": "timestamptz"}
        values = [(claim_id, timer.kind, timer.due) for claim_id, timers in replanned for timer in timers]
        await insert_rows(self._uow.conn, "timers", columns, values)


def _log_gap(envelope: Envelope, missing: int) -> None:
    """Numbers of a source were passed over, or (less than 0) one of them came late."""
    if missing > 0:
        metrics.events_missing.labels(envelope.source).inc(missing)
    what = "events of a claim are missing on the log" if missing > 0 else "an event of a claim came out of its order"
    _log.error(what, claim_id=envelope.claim_id, event_id=envelope.id, source=envelope.source, count=abs(missing))
