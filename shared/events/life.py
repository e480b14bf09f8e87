"""The states of a claim, what an event does to them and which disputes it is about: declared with its contract.

`shared/lifecycle.py` makes the state machine of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class State(StrEnum):
    """Where a claim stands. `NONE` is before its first event."""

    NONE = "none"
    RECEIVED = "received"
    PAYER_REJECTED = "payer_rejected"
    REJECTED = "rejected"
    ADJUDICATED = "adjudicated"
    PAID_FAIRLY = "paid_fairly"
    UNDERPAID = "underpaid"
    DENIED = "denied"
    UNJUDGED = "unjudged"
    IN_APPEAL = "in_appeal"
    NEGOTIATING = "negotiating"
    IN_IDR = "in_idr"
    UNSUCCESSFUL = "unsuccessful"
    SETTLED = "settled"
    PAID = "paid"
    VOIDED = "voided"
    CLOSED = "closed"


class DisputeScope(StrEnum):
    """Which of a claim's disputes an event is about, declared with its contract and read by every service.

    A service says in one table what it does for each; where a claim has one dispute, all are about that.
    """

    FIRST = "first"
    """The claim as a whole. What follows from it is kept with the first dispute, as before there was another."""
    CLAIM = "claim"
    """Facts of the claim on which every dispute rests."""
    END = "end"
    """The end of the claim, and so of each of its disputes."""
    ASSESSMENT = "assessment"
    """Every dispute, each by its own lines."""
    VERDICT = "verdict"
    """The lines that no other dispute holds."""
    PAYMENT = "payment"
    """The disputes whose lines are paid. What falls short of them is told by the verdict on it."""
    REVERSAL = "reversal"
    """The disputes whose lines' payment is taken back: all of them, where it leaves the claim without an answer."""
    RECOUPMENT = "recoupment"
    """Money taken back without a line: the only dispute that is open, else a person says which."""
    NAMED = "named"
    """The one that `case_id` names, in whatever forum; the first where it names none."""
    OFFER = "offer"
    """The one that an offer names: by `case_id`, by its lines, or by an offer that is known."""
    OPENING = "opening"
    """A dispute that begins with the event."""


FINAL = frozenset({State.REJECTED, State.CLOSED})
LIVING = tuple(s for s in State if s not in (State.NONE, State.REJECTED, State.CLOSED))
ANYWHERE = (*LIVING, State.CLOSED)
UNJUDGED = (State.ADJUDICATED, State.UNJUDGED)
JUDGED = (State.PAID_FAIRLY, State.UNDERPAID, State.DENIED, State.UNJUDGED)
PURSUED = (State.IN_APPEAL, State.NEGOTIATING, State.IN_IDR)
CONTESTED = (State.UNDERPAID, State.DENIED, *PURSUED, State.UNSUCCESSFUL)
OVER = (State.SETTLED, State.PAID, State.CLOSED)


class Transition(msgspec.Struct, frozen=True):
    """In which states an event may come (`sources`), and the state after it; None keeps the state.

    `moves` are the states from which an event that else keeps the state leads elsewhere. `crosses`: two services may
    decide at the same time, and a step of the pursuit and the settlement then cross on their way to the log. Its order
    decides: a step that comes after the settlement or the end keeps the state, and the service that took it lays its
    case down when it hears of the other.
    """

    sources: tuple[State, ...]
    target: State | None = None
    moves: Mapping[State, State] = {}
    crosses: bool = False

    def after(self, state: State) -> State | None:
        """The state after the event, or None where it is illegal."""
        if state not in self.sources:
            return state if self.crosses and state in OVER else None
        return self.moves.get(state) or self.target or state
