"""The life of a claim as one explicit state machine over the events of its log.

It is part of the contract between services, not a rule of any of them: which event may follow which, and what state
a claim is in after it. Facts from outside (a further remittance, a reversal, an offer) may come at any time while the
claim lives; they keep the state. A transition that is not in the table is illegal, and is recorded as such.
"""

from __future__ import annotations

from enum import StrEnum

from shared.events.assessment import (
    ClaimBenchmarked,
    ClaimDenied,
    ClaimPaidFairly,
    ClaimUnjudged,
    DisputeWidened,
    UnderpaymentFlagged,
)
from shared.events.base import Event, contract_of
from shared.events.claims import (
    ClaimReceived,
    ClaimRejected,
    ClaimReplaced,
    ClaimVoided,
    RecordsAcknowledged,
    RecordsRequested,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.pursuit import (
    AppealDecided,
    AppealFiled,
    DeadlineCorrected,
    DeadlineNoticed,
    GoverningLawDetermined,
    IdrDetermined,
    IdrInitiated,
    NegotiationOpened,
    PaymentDemanded,
    PursuitEnded,
    RecordsSent,
)
from shared.events.settlement import (
    BooksRestated,
    ClaimClosed,
    ClaimReopened,
    ClaimSettled,
    LineAgreed,
    NegotiationFailed,
    OfferCountered,
    OfferExpired,
    OfferReceived,
    OfferWithdrawn,
    RemittanceOverdue,
    SettlementPaid,
    SettlementReinstated,
    SettlementRescinded,
    SettlementShort,
)
from shared.standing import says_nothing


class State(StrEnum):
    """Where a claim stands. `NONE` is before its first event."""

    NONE = "none"
    RECEIVED = "received"
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


FINAL = frozenset({State.REJECTED, State.CLOSED})

_LIVING = tuple(s for s in State if s not in (State.NONE, State.REJECTED, State.CLOSED))
_JUDGED = (State.PAID_FAIRLY, State.UNDERPAID, State.DENIED, State.UNJUDGED)
_PURSUED = (State.IN_APPEAL, State.NEGOTIATING, State.IN_IDR)
_CONTESTED = (State.UNDERPAID, State.DENIED, *_PURSUED, State.UNSUCCESSFUL)
_AFTER_REMITTANCE = (State.RECEIVED, State.ADJUDICATED)

_STAY = None
_TABLE: dict[type[Event], tuple[tuple[State, ...], State | None]] = {
    ClaimReceived: ((State.NONE,), State.RECEIVED),
    ClaimRejected: ((State.NONE, State.REJECTED), State.REJECTED),
    ClaimReplaced: ((*_LIVING, State.CLOSED), _STAY),
    ClaimVoided: (_LIVING, State.VOIDED),
    RemittanceReceived: ((*_LIVING, State.CLOSED), _STAY),
    RemittanceReversed: ((*_LIVING, State.CLOSED), _STAY),
    RemittanceRecouped: ((*_LIVING, State.CLOSED), _STAY),
    RecordsRequested: ((*_LIVING, State.CLOSED), _STAY),
    RecordsSent: ((*_LIVING, State.CLOSED), _STAY),
    RecordsAcknowledged: ((*_LIVING, State.CLOSED), _STAY),
    ClaimBenchmarked: ((*_LIVING, State.CLOSED), _STAY),
    GoverningLawDetermined: ((*_LIVING, State.CLOSED), _STAY),
    ClaimPaidFairly: ((State.ADJUDICATED, State.UNJUDGED), State.PAID_FAIRLY),
    UnderpaymentFlagged: ((State.ADJUDICATED, State.UNJUDGED), State.UNDERPAID),
    ClaimDenied: ((State.ADJUDICATED, State.UNJUDGED), State.DENIED),
    ClaimUnjudged: ((State.ADJUDICATED, State.UNJUDGED), State.UNJUDGED),
    DisputeWidened: ((*_CONTESTED, State.SETTLED, State.PAID, State.CLOSED), _STAY),
    AppealFiled: ((State.UNDERPAID, State.DENIED, *_PURSUED), State.IN_APPEAL),
    AppealDecided: (_CONTESTED, _STAY),
    NegotiationOpened: ((State.UNDERPAID, State.DENIED, State.IN_APPEAL), State.NEGOTIATING),
    IdrInitiated: ((State.NEGOTIATING,), State.IN_IDR),
    IdrDetermined: ((State.IN_IDR,), _STAY),
    DeadlineNoticed: ((*_LIVING, State.CLOSED), _STAY),
    DeadlineCorrected: ((*_LIVING, State.CLOSED), _STAY),
    PaymentDemanded: ((State.SETTLED,), _STAY),
    PursuitEnded: (_CONTESTED, State.UNSUCCESSFUL),
    OfferReceived: ((*_LIVING, State.CLOSED), _STAY),
    OfferCountered: (_CONTESTED, _STAY),
    RemittanceOverdue: ((*_LIVING, State.CLOSED), _STAY),
    OfferWithdrawn: (_LIVING, _STAY),
    OfferExpired: (_LIVING, _STAY),
    NegotiationFailed: (_CONTESTED, _STAY),
    LineAgreed: (_CONTESTED, _STAY),
    ClaimSettled: (_CONTESTED, State.SETTLED),
    SettlementPaid: ((State.SETTLED,), State.PAID),
    SettlementShort: ((State.SETTLED,), _STAY),
    SettlementReinstated: ((State.CLOSED,), State.SETTLED),
    SettlementRescinded: ((State.SETTLED,), State.UNDERPAID),
    ClaimReopened: ((State.CLOSED,), State.ADJUDICATED),
    ClaimClosed: (_LIVING, State.CLOSED),
    BooksRestated: ((State.CLOSED,), _STAY),
}

# Two services may decide at the same time: a step of the pursuit and the settlement then cross on their way to the
# log. Its order decides: the step that comes after the settlement or the end keeps the state, and the service that took
# it lays its case down when it hears of the other.
_CROSSING = frozenset(
    {
        AppealFiled,
        AppealDecided,
        NegotiationOpened,
        IdrInitiated,
        PaymentDemanded,
        PursuitEnded,
        OfferCountered,
        LineAgreed,
        NegotiationFailed,
    }
)
_OVER = (State.SETTLED, State.PAID, State.CLOSED)

# Facts that move a claim only when it stands at the given state; elsewhere they keep it.
_FACT_MOVES: dict[type[Event], dict[State, State]] = {
    RemittanceReceived: dict.fromkeys(_AFTER_REMITTANCE, State.ADJUDICATED),
    RemittanceReversed: {},
    ClaimReplaced: dict.fromkeys((State.RECEIVED, State.ADJUDICATED, *_JUDGED), State.RECEIVED),
}


def next_state(state: State, event: type[Event]) -> State | None:
    """The state after `event`, or None where that transition is illegal."""
    sources, target = _TABLE[event]
    if state not in sources:
        return state if event in _CROSSING and state in _OVER else None
    moved = _FACT_MOVES.get(event, {}).get(state)
    if moved is not None:
        return moved
    return state if target is _STAY else target


def state_after(state: State, event: Event) -> State | None:
    """As `next_state`, and by what the event holds: a remittance that does not answer the claim keeps its state."""
    after = next_state(state, type(event))
    return after if after is None or answers(event) else state


def answers(event: Event) -> bool:
    """Whether a remittance is the claim's own payer's payment or denial; true of every other event."""
    if not isinstance(event, RemittanceReceived):
        return True
    return not event.from_other_payer and not says_nothing(event.remittance)


def transitions() -> list[tuple[State, str, State]]:
    """Every legal transition that changes the state, as (from, event type, to); the docs draw this list."""
    return [
        (state, contract_of(event).type, after)
        for event in _TABLE
        for state in State
        if (after := next_state(state, event)) is not None and after is not state
    ]


def facts() -> list[tuple[str, tuple[State, ...]]]:
    """Events that keep the state, with the states they may come in."""
    return [
        (contract_of(event).type, tuple(s for s in State if next_state(s, event) is s))
        for event in _TABLE
        if any(next_state(s, event) is s for s in State)
    ]
