"""How a service's rules meet the runtime: a pure function from state and event to state and events.

A service's domain offers `decide(state, event, now) -> Decision`. The runtime loads the states of all claims in
a batch with one query, applies the batch's events to them in order, saves what changed with one statement and
writes what was emitted to the outbox, all in one transaction. The domain never sees a database.

Timers belong to the state: after every change the runtime asks `timers(state)` and keeps exactly those rows, so
a corrected date re-plans its deadlines by itself, and a timer that is due comes back as a `TimerDue` event,
once, in the transaction of its effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from shared.events.base import Envelope, Event

S = TypeVar("S")
Struct = TypeVar("Struct", bound=msgspec.Struct)


class IllegalTransition(Exception):
    """An event that the claim's present state does not allow. Recorded with its reason, never ignored.

    The message names states, event types and rules only, never patient data.
    """


class Timer(msgspec.Struct, frozen=True):
    """Something to do at `due`: `kind` is unique within a claim and names the deadline, e.g. `idr_window_opens`."""

    kind: str
    due: datetime


class TimerDue(msgspec.Struct, frozen=True):
    """A timer of this claim has come due (possibly late, after an outage: `due` is when it should have been)."""

    claim_id: str
    kind: str
    due: datetime


class Decision(msgspec.Struct, Generic[S], frozen=True):
    """The new state and the events to emit, in order."""

    state: S
    events: tuple[Event, ...] = ()


class DecisionInProgress(Generic[Struct]):
    """A decision as a service's rules make it: the newest state, and the events so far.

    A service derives from it what its rules need beside (the day, tables, books).
    """

    def __init__(self, state: Struct, events: Iterable[Event] = ()) -> None:
        self.state: Struct = state
        self.events: list[Event] = list(events)

    def change(self, **fields: Any) -> None:
        """Replace fields of the state."""
        self.state = msgspec.structs.replace(self.state, **fields)

    def emit(self, event: Event) -> None:
        """Add an event."""
        self.events.append(event)


class Decider(Protocol[S]):
    """A service's application layer as the runtime drives it.

    `decide` must be pure and deterministic; it raises `IllegalTransition` where the event may not happen in this
    state. `state` is None for a claim not seen before. Both it and `timers` count days in one time zone: the runtime
    asks `for_tenant` for the rules of the claim's own tenant.
    """

    @property
    def subscribes_to(self) -> tuple[type[Event], ...]:
        """The event types this service handles."""
        ...

    def for_tenant(self, tenant: str) -> Decider[S]:
        """The same rules, with days counted in the tenant's time zone."""
        ...

    def decide(self, state: S | None, event: Envelope | TimerDue, now: datetime) -> Decision[S]:
        """Return the new state and the events that follow from one event or due timer."""
        ...

    def timers(self, state: S) -> Iterable[Timer]:
        """Return what the state waits for."""
        ...
