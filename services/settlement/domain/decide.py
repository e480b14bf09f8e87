"""What settlement does about each event: the one entry into the rules.

Races between services are facts of life here (an offer accepted while an appeal is filed, a verdict about a payment
that was reversed since): an event that comes too late to matter leaves the claim as it is. `IllegalTransition` is for
what cannot be true at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.settlement.domain import (
    acts,
    assessments,
    bargaining,
    claim_disputes,
    claims,
    forums,
    idr_fees,
    negotiation_end,
)
from services.settlement.domain.account import JUDGEABLE, Account
from services.settlement.domain.agreement import on_payment_due
from services.settlement.domain.bank_deposits import on_deposited
from services.settlement.domain.decision import DecisionBuilder, close
from services.settlement.domain.dispute_splitting import on_dispute_opened
from services.settlement.domain.remittance_posting import on_recoupment, on_recoupment_due, on_remittance, on_reversal
from services.settlement.domain.rulebook import Rulebook
from services.settlement.domain.unmatched_payment import on_unmatched
from shared.calendar import day_ends
from shared.decider import Decision, IllegalTransition, Timer, TimerDue
from shared.events.assessment import (
    ClaimBenchmarked,
    ClaimDenied,
    ClaimPaidFairly,
    ClaimUnjudged,
    DisputeWidened,
    UnderpaymentFlagged,
)
from shared.events.base import Envelope, Event
from shared.events.claims import (
    ClaimReceived,
    ClaimReplaced,
    ClaimVoided,
    RemittanceDeposited,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.idr import IdrClosed, IdrDetermined, IdrFeeTold, IdrInitiated, IdrReopened
from shared.events.payer import PayerOffer, PayerOfferWithdrawn
from shared.events.pursuit import (
    AppealDecided,
    AppealFiled,
    DisputeOpened,
    NegotiationOpened,
    PursuitEnded,
    PursuitResumed,
)
from shared.events.state_process import StateTalksBegun
from shared.events.statuses import ClaimInquired, PayerRejectedClaim, PayerReportedStatus

_OF = "@"
"""Between the kind of a timer and the dispute that it is of."""


def decide(state: Account | None, event: Envelope | TimerDue, now: datetime, book: Rulebook) -> Decision[Account]:
    """Decide one event; pure. Raises `IllegalTransition` for what cannot be, `LedgerError` where books do not hold."""
    if isinstance(event, TimerDue):
        if state is None:
            raise IllegalTransition("a timer of a claim that is not known")
        kind, _, case_id = event.kind.partition(_OF)
        if state.beside:
            return claim_disputes.apply(state, book, now, case_id, _TIMERS[kind])
        builder = DecisionBuilder(state, book, now)
        _TIMERS[kind](builder)
        return builder.decision()
    data = event.data
    handler = _HANDLERS.get(type(data))
    if handler is None:
        raise IllegalTransition(f"settlement does not subscribe to {event.type}")
    account = state or Account(claim_id=data.claim_id)
    if account.phase == "expected" and not isinstance(data, (ClaimReceived, PayerOffer, PayerOfferWithdrawn)):
        raise IllegalTransition(f"{event.type} before the claim was received")
    if account.beside:
        return claim_disputes.decide(account, data, book, now, handler)
    builder = DecisionBuilder(account, book, now)
    handler(builder, data)
    return builder.decision()


def timers(state: Account, zone: ZoneInfo) -> Iterable[Timer]:
    """What has to be done about this claim, and when; a dispute beside the first has timers of its own by its id."""
    yield from _timers(state, zone)
    for part in state.beside:
        yield from (Timer(f"{timer.kind}{_OF}{part.case_id}", timer.due) for timer in _timers(part, zone))


def _timers(state: Account, zone: ZoneInfo) -> Iterable[Timer]:
    """Of one dispute. A period ends with its last day where the provider is."""
    if state.act is not None and state.act.waits:
        yield Timer("act_due", state.act.due)
    if state.phase == "pursued":
        expiring = [o.expires_on for o in state.offers if o.status == "open" and o.expires_on is not None]
        if expiring:
            yield Timer("offer_expires", day_ends(min(expiring), zone))
        if state.approval is not None:
            yield Timer("approval_due", day_ends(state.approval.until, zone))
    s = state.settlement
    if state.phase == "settled" and s is not None:
        if s.chase_until is None:
            yield Timer("payment_due", day_ends(s.payment_due_on, zone))
        else:
            yield Timer("write_off", day_ends(s.chase_until, zone))
    if state.reversal_until is not None:
        yield Timer("recoupment_due", day_ends(state.reversal_until, zone))
    if state.answer_on is not None and (state.phase == "received" or state.unanswered):
        yield Timer("answer_due", day_ends(state.answer_on, zone))
    if state.review_on is not None and state.phase in JUDGEABLE:
        yield Timer("review_due", day_ends(state.review_on, zone))


def _on_reversed(builder: DecisionBuilder, event: RemittanceReversed) -> None:
    if event.unmatched:
        on_unmatched(builder, event)
    else:
        on_reversal(builder, event)


def _write_off(builder: DecisionBuilder) -> None:
    close(builder, "written_off")


def _review_due(builder: DecisionBuilder) -> None:
    builder.change(review_on=None)
    close(builder, "written_off")


_HANDLERS: dict[type[Event], Callable[[DecisionBuilder, Any], None]] = {
    ClaimReceived: claims.on_received,
    ClaimReplaced: claims.on_replaced,
    ClaimVoided: claims.on_voided,
    PayerRejectedClaim: claims.on_refused,
    PayerReportedStatus: claims.on_status_reported,
    ClaimInquired: claims.on_inquired,
    RemittanceReceived: on_remittance,
    RemittanceReversed: _on_reversed,
    RemittanceRecouped: on_recoupment,
    RemittanceDeposited: on_deposited,
    ClaimBenchmarked: assessments.on_benchmarked,
    ClaimPaidFairly: assessments.on_paid_fairly,
    ClaimUnjudged: assessments.on_unjudged,
    UnderpaymentFlagged: assessments.on_flagged,
    ClaimDenied: assessments.on_denied,
    DisputeWidened: assessments.on_widened,
    NegotiationOpened: forums.on_negotiation_opened,
    StateTalksBegun: forums.on_state_talks_begun,
    AppealFiled: forums.on_appeal_filed,
    AppealDecided: forums.on_appeal_decided,
    DisputeOpened: on_dispute_opened,
    IdrInitiated: forums.on_idr_initiated,
    IdrDetermined: forums.on_idr_determined,
    IdrClosed: forums.on_idr_closed,
    IdrReopened: forums.on_idr_reopened,
    IdrFeeTold: idr_fees.on_fee_reported,
    PursuitEnded: forums.on_pursuit_ended,
    PursuitResumed: forums.on_pursuit_resumed,
    PayerOffer: bargaining.on_offer,
    PayerOfferWithdrawn: negotiation_end.on_withdrawal,
}

_TIMERS: dict[str, Callable[[DecisionBuilder], None]] = {
    "act_due": acts.due,
    "offer_expires": negotiation_end.on_offer_expiry,
    "approval_due": negotiation_end.on_approval_due,
    "payment_due": on_payment_due,
    "write_off": _write_off,
    "recoupment_due": on_recoupment_due,
    "review_due": _review_due,
    "answer_due": claims.on_answer_due,
}

SUBSCRIBES_TO = tuple(_HANDLERS)
