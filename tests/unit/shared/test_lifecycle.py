"""The claim's state machine: the paths of the business walk, everything else is refused."""

from __future__ import annotations

import pytest

from shared.events import Event
from shared.events.assessment import ClaimBenchmarked, ClaimDenied, ClaimPaidFairly, UnderpaymentFlagged
from shared.events.claims import (
    ClaimReceived,
    ClaimRejected,
    ClaimReplaced,
    ClaimVoided,
    RemittanceReceived,
    RemittanceReversed,
)
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.pursuit import AppealDecided, AppealFiled, NegotiationOpened, PursuitEnded
from shared.events.settlement import (
    ClaimClosed,
    ClaimReopened,
    ClaimSettled,
    NegotiationFailed,
    OfferCountered,
    OfferReceived,
    SettlementPaid,
    SettlementShort,
)
from shared.lifecycle import FINAL, State, next_state, transitions

_START: list[type[Event]] = [ClaimReceived, RemittanceReceived, ClaimBenchmarked]
WALKS: dict[str, tuple[list[type[Event]], State]] = {
    "paid fairly": ([*_START, ClaimPaidFairly, ClaimClosed], State.CLOSED),
    "accepted offer": (
        [
            *_START,
            UnderpaymentFlagged,
            NegotiationOpened,
            OfferReceived,
            OfferCountered,
            OfferReceived,
            ClaimSettled,
            RemittanceReversed,
            RemittanceReceived,
            ClaimBenchmarked,
            SettlementPaid,
            ClaimClosed,
        ],
        State.CLOSED,
    ),
    "federal IDR": (
        [
            *_START,
            UnderpaymentFlagged,
            NegotiationOpened,
            OfferReceived,
            NegotiationFailed,
            IdrInitiated,
            IdrDetermined,
            ClaimSettled,
            SettlementShort,
            SettlementPaid,
            ClaimClosed,
        ],
        State.CLOSED,
    ),
    "denial upheld twice": (
        [*_START, ClaimDenied, AppealFiled, AppealDecided, AppealFiled, AppealDecided, PursuitEnded, ClaimClosed],
        State.CLOSED,
    ),
    "replaced before pursuit": (
        [*_START, ClaimPaidFairly, ClaimReplaced, RemittanceReversed, RemittanceReceived, ClaimBenchmarked],
        State.ADJUDICATED,
    ),
    "voided": ([ClaimReceived, ClaimVoided, ClaimClosed], State.CLOSED),
    "rejected": ([ClaimRejected], State.REJECTED),
    "recoupment after the end": (
        [
            *_START,
            ClaimPaidFairly,
            ClaimClosed,
            RemittanceReversed,
            ClaimReopened,
            ClaimBenchmarked,
            UnderpaymentFlagged,
        ],
        State.UNDERPAID,
    ),
}


@pytest.mark.parametrize("name", WALKS)
def test_the_walks_of_the_business(name: str) -> None:
    events, end = WALKS[name]
    state = State.NONE
    for event in events:
        after = next_state(state, event)
        assert after is not None, f"{event.__name__} in state {state}"
        state = after
    assert state is end


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.NONE, RemittanceReceived),
        (State.NONE, ClaimClosed),
        (State.RECEIVED, ClaimReceived),
        (State.RECEIVED, UnderpaymentFlagged),
        (State.PAID_FAIRLY, ClaimSettled),
        (State.UNDERPAID, IdrInitiated),
        (State.SETTLED, ClaimSettled),
        (State.CLOSED, ClaimVoided),
        (State.CLOSED, ClaimClosed),
        (State.REJECTED, ClaimReceived),
    ],
)
def test_what_is_not_in_the_table_is_illegal(state: State, event: type[Event]) -> None:
    assert next_state(state, event) is None


@pytest.mark.parametrize("state", [State.SETTLED, State.PAID, State.CLOSED])
def test_a_step_that_crosses_the_settlement_on_the_log_keeps_the_state(state: State) -> None:
    assert next_state(state, AppealFiled) is state
    assert next_state(state, ClaimSettled) is None


def test_every_state_is_reachable_and_every_living_one_can_end() -> None:
    arrows: dict[State, set[State]] = {}
    for source, _, target in transitions():
        arrows.setdefault(source, set()).add(target)

    def reach(start: State) -> set[State]:
        seen, todo = {start}, [start]
        while todo:
            for target in arrows.get(todo.pop(), set()) - seen:
                seen.add(target)
                todo.append(target)
        return seen

    assert reach(State.NONE) == set(State)
    for state in set(State) - FINAL:
        assert reach(state) & FINAL, state
