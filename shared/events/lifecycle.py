"""The life of a claim as one explicit state machine over the events of its log.

It is part of the contract between services, not a rule of any of them: which event may follow which, and what state
a claim is in after it. Each event's part is declared with its contract. Facts from outside (a further remittance, a
reversal, an offer) may come at any time while the claim lives; they keep the state. A transition that is not declared
is illegal, and is recorded as such.
"""

from __future__ import annotations

from shared.events.base import Event, contract_of, contracts
from shared.events.claims import RemittanceReceived, RemittanceReversed
from shared.events.life import FINAL, JUDGED, PURSUED, State
from shared.events.settlement import ClaimReopened
from shared.standing import says_nothing

__all__ = ["FINAL", "State", "answers", "facts", "next_state", "state_after", "transitions", "unanswered"]

_RESTS_ON_PAYMENT = (State.ADJUDICATED, *JUDGED, *PURSUED, State.UNSUCCESSFUL)
"""What is agreed or ended stays so until settlement says otherwise."""


def next_state(state: State, event: type[Event]) -> State | None:
    """The state after `event`, or None where that transition is illegal; `KeyError` for what is no event of a claim."""
    life = contract_of(event).life
    if life is None:
        raise KeyError(event)
    return life.after(state)


def state_after(state: State, event: Event) -> State | None:
    """As `next_state`, and by what the event holds: a remittance that does not answer the claim keeps its state, and a
    claim whose only payment a person took off again waits for its answer."""
    after = next_state(state, type(event))
    if after is None or not answers(event):
        return after if after is None else state
    if isinstance(event, RemittanceReversed) and unanswered(event) and state in _RESTS_ON_PAYMENT:
        return State.RECEIVED
    if isinstance(event, ClaimReopened) and not event.answered:
        return State.RECEIVED
    return after


def unanswered(event: RemittanceReversed) -> bool:
    """Whether the claim is as it was before any payment: the only one was not its own."""
    return event.unmatched and event.unanswered and not event.from_other_payer


def answers(event: Event) -> bool:
    """Whether a remittance is the claim's own payer's payment or denial; true of every other event."""
    if not isinstance(event, RemittanceReceived):
        return True
    return not event.from_other_payer and not says_nothing(event.remittance)


def transitions() -> list[tuple[State, str, State]]:
    """Every legal transition that changes the state, as (from, event type, to); the docs draw this list."""
    return [
        (state, contract_of(event).type, after)
        for event in _events()
        for state in State
        if (after := next_state(state, event)) is not None and after is not state
    ]


def facts() -> list[tuple[str, tuple[State, ...]]]:
    """Events that keep the state, with the states they may come in."""
    return [
        (contract_of(event).type, tuple(s for s in State if next_state(s, event) is s))
        for event in _events()
        if any(next_state(s, event) is s for s in State)
    ]


def _events() -> list[type[Event]]:
    return [contract.struct for contract in contracts() if contract.life is not None]
