"""What events say about the pursuit of a claim: its cases, offers, documents and open deadlines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from services.gateway.domain import worked
from services.gateway.domain.view import Case, ClaimView, Deadline, Document, Offer
from shared.events.base import Envelope, Event
from shared.events.claims import ClaimRejected, ClaimVoided
from shared.events.idr import IdrClosed, IdrDetermined, IdrInitiated, IdrReopened
from shared.events.pursuit import (
    AppealDecided,
    AppealFiled,
    DocumentRef,
    NegotiationOpened,
    PaymentDemanded,
    PursuitEnded,
)
from shared.events.settlement import (
    ClaimClosed,
    ClaimSettled,
    NegotiationFailed,
    OfferCountered,
    OfferExpired,
    OfferReceived,
    OfferWithdrawn,
    SettlementPaid,
)
from shared.events.state_process import StateTalksBegun

_LEVEL = {"demand": 1, "complaint": 2, "counsel": 3}


def apply(view: ClaimView, envelope: Envelope, day: date) -> ClaimView:
    """The view with one event's step of the pursuit taken in; `day` is the day on which the event was emitted."""
    event = envelope.data
    view = _documented(view, envelope.id, getattr(event, "documents", ()))
    handler = _HANDLERS.get(type(event))
    return view if handler is None else handler(view, event, day)


def _ended(view: ClaimView, _: Event, __: date) -> ClaimView:
    return replace(view, deadlines=(), offers=worked.all_ended(view.offers, "over"))


def _offer_ended(view: ClaimView, event: OfferWithdrawn | OfferExpired, _: date) -> ClaimView:
    how = "withdrawn" if isinstance(event, OfferWithdrawn) else "expired"
    view = replace(view, offers=worked.ended(view.offers, event.offer_id, how))
    return _met(view, "offer_expires") if event.side == "payer" else view


def _filed(view: ClaimView, event: AppealFiled, _: date) -> ClaimView:
    case = Case(event.case_id, event.forum, event.level, event.filed_on, sought=event.amount_sought)
    if event.forum == view.forum:  # the talks that this forum wants first are over
        view = _met(view, "negotiation_ends")
    return _deadline(_case(view, case), "decision_due", event.decision_due_on)


def _negotiation_opened(view: ClaimView, event: NegotiationOpened, _: date) -> ClaimView:
    view = _case(view, Case(event.case_id, "open_negotiation", 1, event.notice_on))
    view = _deadline(view, "negotiation_ends", event.ends_on)
    return _deadline(view, "idr_window_closes", event.idr_until)


def _state_talks(view: ClaimView, event: StateTalksBegun, _: date) -> ClaimView:
    """No level of the state's process yet: a day by which the talks are over."""
    return _deadline(replace(view, forum="state_process"), "negotiation_ends", event.ends_on)


def _demanded(view: ClaimView, event: PaymentDemanded, _: date) -> ClaimView:
    """A demand is no forum of the dispute: that is over, and stays in `forum`."""
    case = Case(event.case_id, "collection", _LEVEL[event.step], event.sent_on, sought=event.outstanding)
    return _deadline(replace(view, cases=(*view.cases, case)), "payment_due", event.answer_due_on)


def _idr_initiated(view: ClaimView, event: IdrInitiated, _: date) -> ClaimView:
    view = _case(view, Case(event.case_id, "federal_idr", 1, event.initiated_on, sought=event.offer))
    view = _met(view, "negotiation_ends", "idr_window_closes", "offer_expires")
    return _deadline(view, "determination_due", event.determination_due_on)


def _appeal_decided(view: ClaimView, event: AppealDecided, _: date) -> ClaimView:
    view = _outcome(view, event.forum, event.level, event.outcome, event.decided_on, event.awarded)
    return _met(view, "decision_due")


def _idr_determined(view: ClaimView, event: IdrDetermined, _: date) -> ClaimView:
    view = _outcome(view, "federal_idr", 1, event.prevailing, event.determined_on, event.award)
    return _deadline(_met(view, "determination_due"), "payment_due", event.payment_due_on)


def _idr_closed(view: ClaimView, event: IdrClosed, _: date) -> ClaimView:
    view = _outcome(view, "federal_idr", 1, event.outcome, event.closed_on, None)
    view = _met(view, "determination_due")
    return _deadline(view, "idr_window_closes", event.resubmit_by) if event.resubmit_by else view


def _idr_reopened(view: ClaimView, event: IdrReopened, _: date) -> ClaimView:
    view = _case(view, Case(event.case_id, "federal_idr", 1, event.reopened_on))
    return _deadline(_met(view, "idr_window_closes"), "determination_due", event.determination_due_on)


def _talks_failed(view: ClaimView, _: NegotiationFailed, __: date) -> ClaimView:
    view = replace(view, offers=worked.all_ended(view.offers, "declined"))
    return _met(view, "offer_expires", "negotiation_ends")


def _settled(view: ClaimView, event: ClaimSettled, _: date) -> ClaimView:
    view = replace(view, deadlines=(), offers=worked.settled(view.offers, event))
    return _deadline(view, "payment_due", event.payment_due_on)


def _documented(view: ClaimView, event_id: str, documents: tuple[DocumentRef, ...]) -> ClaimView:
    if not documents:
        return view
    named = tuple(Document(d.kind, d.version, d.sha256, event_id) for d in documents)
    return replace(view, documents=(*view.documents, *named))


def _countered(view: ClaimView, event: OfferCountered, on: date) -> ClaimView:
    offer = Offer(event.counter_id, "provider", event.round, event.amount, on, lines=event.lines)
    return _met(replace(view, offers=(*worked.countered(view.offers, event), offer)), "offer_expires")


def _offered(view: ClaimView, event: OfferReceived, _: date) -> ClaimView:
    offer = Offer(
        event.offer_id, "payer", event.round, event.amount, event.received_on, event.expires_on, lines=event.lines
    )
    view = replace(view, offers=(*worked.offered(view.offers, event), offer))
    return _deadline(view, "offer_expires", event.expires_on) if event.expires_on else view


def _case(view: ClaimView, case: Case) -> ClaimView:
    return replace(view, cases=(*view.cases, case), forum=case.forum)


def _outcome(view: ClaimView, forum: str, level: int, outcome: str, on: date, awarded: Decimal | None) -> ClaimView:
    """Close the latest open case of that forum and level."""
    cases = list(view.cases)
    for at in range(len(cases) - 1, -1, -1):
        case = cases[at]
        if (case.forum, case.level) == (forum, level) and not case.outcome:
            cases[at] = replace(case, outcome=outcome, decided_on=on, awarded=awarded)
            break
    return replace(view, cases=tuple(cases))


def _deadline(view: ClaimView, kind: str, on: date) -> ClaimView:
    """Open a deadline, in the place of an earlier one of its kind."""
    return replace(view, deadlines=(*_met(view, kind).deadlines, Deadline(kind, on)))


def _met(view: ClaimView, *kinds: str) -> ClaimView:
    return replace(view, deadlines=tuple(d for d in view.deadlines if d.kind not in kinds))


_HANDLERS: dict[type[Event], Callable[[ClaimView, Any, date], ClaimView]] = {
    ClaimClosed: _ended,
    ClaimVoided: _ended,
    ClaimRejected: _ended,
    PursuitEnded: _ended,
    SettlementPaid: _ended,
    OfferReceived: _offered,
    OfferCountered: _countered,
    OfferWithdrawn: _offer_ended,
    OfferExpired: _offer_ended,
    AppealFiled: _filed,
    NegotiationOpened: _negotiation_opened,
    StateTalksBegun: _state_talks,
    PaymentDemanded: _demanded,
    IdrInitiated: _idr_initiated,
    AppealDecided: _appeal_decided,
    IdrDetermined: _idr_determined,
    IdrClosed: _idr_closed,
    IdrReopened: _idr_reopened,
    NegotiationFailed: _talks_failed,
    ClaimSettled: _settled,
}
"""What each event does to forums, offers and deadlines; one that is not here does nothing to them."""
