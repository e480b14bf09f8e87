"""The life of a claim as one explicit state machine over the events of its log.

It is part of the contract between services, not a rule of any of them: which event may follow which, and what state
a claim is in after it. Each event's part is declared with its contract. Facts from outside (a further remittance, a
reversal, an offer) may come at any time while the claim lives; they keep the state. A transition that is not declared
is illegal, and is recorded as such.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from shared.events.assessment import ClaimBenchmarked
from shared.events.base import Event, contract_of, contracts, scope_of
from shared.events.claims import RemittanceReceived, RemittanceReversed
from shared.events.disputes import ids_of
from shared.events.life import FINAL, JUDGED, OVER, PURSUED, DisputeScope, State
from shared.events.pursuit import DisputeOpened
from shared.events.settlement import ClaimReopened
from shared.payer_answers import is_no_answer

__all__ = [
    "FINAL",
    "Life",
    "State",
    "answers",
    "facts",
    "life_after",
    "next_state",
    "state_after",
    "transitions",
    "unanswered",
]

_RESTS_ON_PAYMENT = (State.ADJUDICATED, *JUDGED, *PURSUED, State.UNSUCCESSFUL)
"""What is agreed or ended stays so until settlement says otherwise."""


_ORDER = (
    State.IN_IDR,
    State.NEGOTIATING,
    State.IN_APPEAL,
    State.UNDERPAID,
    State.DENIED,
    State.SETTLED,
    State.PAID,
    State.UNJUDGED,
    State.ADJUDICATED,
    State.PAYER_REJECTED,
    State.RECEIVED,
    State.UNSUCCESSFUL,
    State.PAID_FAIRLY,
    State.VOIDED,
    State.CLOSED,
    State.REJECTED,
    State.NONE,
)
"""Of several disputes the one that stands first here says where the claim stands: what is contested before what is
agreed, the most formal forum first, and what has ended last."""


class Life(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a claim stands: `first`, its only or first dispute (and the claim before any), and those `beside` it.

    `lines` are the claim's lines that each of those beside is about, in their order.
    """

    first: State = State.NONE
    beside: tuple[tuple[str, State], ...] = ()
    lines: tuple[tuple[int, ...], ...] = ()

    @property
    def state(self) -> State:
        """The claim's state, which follows from those of its disputes."""
        return min((self.first, *(state for _, state in self.beside)), key=_ORDER.index)

    def dispute_of(self, event: Event) -> str:
        """The dispute beside the first that an event names; empty where it is about the first, or the claim."""
        named = getattr(event, "case_id", "") if self.beside and scope_of(event) is DisputeScope.NAMED else ""
        return next((case_id for case_id, _ in self.beside if named in ids_of(case_id)), "") if named else ""


def life_after(life: Life, event: Event) -> Life | None:
    """Where the claim stands after the event, or None where it is illegal.

    Each dispute has the life of its own that `state_after` gives to a claim of one; the end of the claim is that of
    all. A claim that is reopened, or waits for its answer again, keeps the disputes that have ended.
    """
    if isinstance(event, DisputeOpened):
        return _opened(life, event)
    if not life.beside:
        after = state_after(life.first, event)
        if isinstance(event, ClaimBenchmarked) and after is not None:
            after = _answered_again(after, event, event.disputed)
        return None if after is None else Life(after)
    if scope_of(event) is DisputeScope.END:
        after = state_after(life.state, event)
        return None if after is None else Life(after, tuple((case_id, after) for case_id, _ in life.beside), life.lines)
    if isinstance(event, ClaimBenchmarked):
        return _all_answered_again(life, event)
    if isinstance(event, RemittanceReversed) and unanswered(event):
        states = (life.first, *(state for _, state in life.beside))
        if any(state in OVER for state in states):
            return life
        return Life(State.RECEIVED)
    if isinstance(event, ClaimReopened):
        after = state_after(life.state, event)
        kept = life if event.answered else Life()
        return None if after is None else Life(after, kept.beside, kept.lines)
    return _of_one(life, event, life.dispute_of(event))


def _answered_again(state: State, event: ClaimBenchmarked, lines: Collection[int]) -> State:
    """Before anything is filed, a payment that was answered anew is in dispute, on these lines, as what it is now.

    That is a denial where every line in dispute is denied. Until the correction comes, and where nothing falls short
    any more, settlement has the word.
    """
    verdicts = {line.verdict for line in event.lines if line.line in event.disputed and line.line in lines}
    if state not in (State.UNDERPAID, State.DENIED) or not event.restates or not verdicts:
        return state
    return State.DENIED if verdicts == {"denied"} else State.UNDERPAID


def _all_answered_again(life: Life, event: ClaimBenchmarked) -> Life | None:
    """Each dispute hears of its own lines, the first of all others."""
    after = state_after(life.first, event)
    if after is None:
        return None
    held = {line for lines in life.lines for line in lines}
    first = _answered_again(after, event, [line for line in event.disputed if line not in held])
    beside = tuple(
        (case_id, _answered_again(state, event, lines))
        for (case_id, state), lines in zip(life.beside, life.lines, strict=True)
    )
    return Life(first, beside, life.lines)


def _opened(life: Life, event: DisputeOpened) -> Life | None:
    after = next_state(life.state, DisputeOpened)
    if after is None or after is State.CLOSED or any(case_id == event.case_id for case_id, _ in life.beside):
        return None if after is None else life
    began = State.DENIED if event.denied else State.UNDERPAID
    lines = tuple(sorted(line.line for line in event.lines))
    return Life(life.first, (*life.beside, (event.case_id, began)), (*life.lines, lines))


def _of_one(life: Life, event: Event, named: str) -> Life | None:
    before = next((state for case_id, state in life.beside if case_id == named), life.first)
    after = state_after(before, event)
    if after is None:
        return None
    if not named:
        return Life(after, life.beside, life.lines)
    return Life(life.first, tuple((i, after if i == named else state) for i, state in life.beside), life.lines)


def next_state(state: State, event: type[Event]) -> State | None:
    """The state after `event`, or None for an illegal transition; `KeyError` for what is not an event of a claim."""
    life = contract_of(event).life
    if life is None:
        raise KeyError(event)
    return life.after(state)


def state_after(state: State, event: Event) -> State | None:
    """As `next_state`, and by what the event holds.

    A remittance that does not answer the claim keeps its state, and a claim whose only payment a person took off again
    waits for its answer.
    """
    after = next_state(state, type(event))
    if after is None or not answers(event):
        return after if after is None else state
    if isinstance(event, RemittanceReversed) and unanswered(event) and state in _RESTS_ON_PAYMENT:
        return State.RECEIVED
    if isinstance(event, ClaimReopened) and not event.answered:
        return State.RECEIVED
    return after


def unanswered(event: RemittanceReversed) -> bool:
    """Return True if the claim is as it was before any payment: the only one was not its own."""
    return event.unmatched and event.unanswered and not event.from_other_payer


def answers(event: Event) -> bool:
    """Return True if a remittance is the claim's own payer's payment or denial; true of every other event."""
    if not isinstance(event, RemittanceReceived):
        return True
    return not event.from_other_payer and not is_no_answer(event.remittance)


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
