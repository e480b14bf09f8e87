"""The projection: what each event changes in the read model of its claim. Pure.

The state comes from the lifecycle's table. An event that may not happen in the claim's state is recorded as a step that
is not legal and changes nothing else: the claim stays as it was, and the record says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from services.gateway.domain import amounts, disputes, pursuit, worked
from services.gateway.domain.patient import share
from services.gateway.domain.view import ClaimView, GoverningLaw, Identify, Moments, Step
from shared.calendar import EASTERN, legal_day
from shared.events.assessment import HistoryJudged, HistoryTakenUp, UnderpaymentFlagged
from shared.events.base import Envelope, Event
from shared.events.claims import (
    ClaimFacts,
    ClaimReceived,
    ClaimRejected,
    ClaimReplaced,
    ClaimVoided,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.pursuit import DisputeOpened, GoverningLawDetermined
from shared.events.records import RecordsRequested
from shared.events.settlement import ClaimClosed, ClaimSettled, IdrValued
from shared.events.statuses import PayerRejectedClaim, PayerReportedStatus
from shared.events.tasks import AccountTasksChanged, CaseTasksChanged
from shared.lifecycle import answers, life_after

_Status = PayerRejectedClaim | PayerReportedStatus

_MOMENT: dict[type[Event], str] = {
    ClaimReceived: "received",
    ClaimRejected: "received",
    RemittanceReceived: "adjudicated",
    UnderpaymentFlagged: "flagged",
    ClaimSettled: "settled",
    ClaimClosed: "closed",
}


def project(
    view: ClaimView | None, envelope: Envelope, now: datetime, identify: Identify, zone: ZoneInfo = EASTERN
) -> ClaimView:
    """Return the view after `envelope`.

    `now` is the instant of the transaction that takes the event in; days are counted in `zone`.
    """
    before = view or ClaimView()
    life = life_after(disputes.life_of(before), envelope.data)
    state = life.state if life else before.state
    about = disputes.about(before, envelope.data)
    step = Step(envelope.id, before.events + 1, before.state, state, life is not None, about)
    after = replace(
        before,
        events=before.events + 1,
        steps=(*(before.steps if before.taken_at == now else ()), step),
        taken_at=now,
        last_type=envelope.type,
        last_at=envelope.time,
    )
    if life is None:
        return replace(after, illegal=before.illegal + 1)
    day, event = legal_day(envelope.time, zone), envelope.data
    after = _identified(_mark(after, envelope), envelope, identify)
    after = share.apply(_facts(after, envelope), envelope)
    if isinstance(event, DisputeOpened):
        after = disputes.opened(after, event) if life.beside else after
    elif after.disputes and disputes.is_of_one(event):
        after = disputes.of_one(after, event, lambda view: _pursued(view, envelope, day))
    else:
        after = _pursued(after, envelope, day)
    return disputes.lived(after, life)


def _pursued(view: ClaimView, envelope: Envelope, day: date) -> ClaimView:
    return pursuit.apply(amounts.apply(view, envelope), envelope, day)


def machine_time(envelope: Envelope) -> datetime:
    """When the event was really made: the time in a UUIDv7 id, which a moved calendar does not move."""
    digits = envelope.id.replace("-", "")
    if len(digits) != 32 or digits[12] != "7":
        return envelope.time
    try:
        return datetime.fromtimestamp(int(digits[:12], 16) / 1000, UTC)
    except ValueError:
        return envelope.time


def _mark(view: ClaimView, envelope: Envelope) -> ClaimView:
    name = _MOMENT.get(type(envelope.data))
    if name is None or not answers(envelope.data):
        return view
    return replace(
        view,
        calendar=_first(view.calendar, name, envelope.time),
        machine=_first(view.machine, name, machine_time(envelope)),
    )


def _first(moments: Moments, name: str, at: datetime) -> Moments:
    return moments if getattr(moments, name) is not None else replace(moments, **{name: at})


def _identified(view: ClaimView, envelope: Envelope, identify: Identify) -> ClaimView:
    """Take over account numbers, sealed."""
    event, tenant = envelope.data, envelope.tenant
    control = _CONTROL_NUMBER.get(type(event), _none)(event)
    claim_number = _CLAIM_NUMBER.get(type(event), _none)(event)
    if control:
        sealed = identify(tenant, event.claim_id, "patient_control_number", control)
        view = replace(view, patient_control_number=sealed)
    if claim_number:
        sealed = identify(tenant, event.claim_id, "payer_claim_number", claim_number)
        view = replace(view, payer_claim_number=sealed)
    return view


def _facts(view: ClaimView, envelope: Envelope) -> ClaimView:
    handler = _FACTS.get(type(envelope.data))
    return view if handler is None else handler(view, envelope.data)


def _received(view: ClaimView, event: ClaimReceived) -> ClaimView:
    return _claim(replace(view, history=event.claim.history), event.claim)


def _replaced(view: ClaimView, event: ClaimReplaced) -> ClaimView:
    return _claim(view, event.claim)


def _answered(view: ClaimView, event: RemittanceReceived) -> ClaimView:
    """An answer that is no history itself ends that of its claim."""
    return replace(view, history=event.remittance.history or not answers(event)) if view.history else view


def _history_judged(view: ClaimView, _: HistoryJudged) -> ClaimView:
    return replace(view, history=True)


def _history_taken_up(view: ClaimView, _: HistoryTakenUp) -> ClaimView:
    return replace(view, history=False)


def _rejected(view: ClaimView, event: ClaimRejected) -> ClaimView:
    return replace(view, billed=event.total_charge)


def _law_determined(view: ClaimView, event: GoverningLawDetermined) -> ClaimView:
    return replace(view, law=GoverningLaw(event.law, event.protection, event.state, event.by_person))


def _none(_: Event) -> str:
    return ""


def _claims_own(event: ClaimReceived | ClaimReplaced) -> str:
    return event.claim.patient_control_number


def _of_rejected(event: ClaimRejected) -> str:
    return event.patient_control_number


def _of_payment(event: RemittanceReceived | RemittanceReversed) -> str:
    """The payer's number; not that of another payer, nor of a payment that is another claim's after all."""
    unmatched = isinstance(event, RemittanceReversed) and event.unmatched
    return "" if unmatched or event.from_other_payer else event.remittance.payer_claim_number


def _stated(event: ClaimVoided | RemittanceRecouped | RecordsRequested | _Status) -> str:
    return event.payer_claim_number


def _claim(view: ClaimView, claim: ClaimFacts) -> ClaimView:
    largest = max(claim.lines, key=lambda line: line.charge, default=None)
    return replace(
        view,
        code=largest.code if largest else "",
        form=claim.form,
        payer_id=claim.payer_id,
        payer_name=claim.payer_name,
        billing_npi=claim.billing_npi,
        rendering_npi=claim.rendering_npi,
        facility_npi=claim.facility_npi,
        service_state=claim.service_state,
        service_from=claim.service_from,
        service_to=claim.service_to,
        billed=claim.total_charge,
    )


_FACTS: dict[type[Event], Callable[[ClaimView, Any], ClaimView]] = {
    ClaimReceived: _received,
    ClaimReplaced: _replaced,
    ClaimRejected: _rejected,
    RemittanceReceived: _answered,
    HistoryJudged: _history_judged,
    HistoryTakenUp: _history_taken_up,
    GoverningLawDetermined: _law_determined,
    CaseTasksChanged: worked.of_case,
    AccountTasksChanged: worked.of_account,
    IdrValued: worked.valued,
}
"""What each event says of the claim itself."""
_CONTROL_NUMBER: dict[type[Event], Callable[[Any], str]] = {
    ClaimReceived: _claims_own,
    ClaimReplaced: _claims_own,
    ClaimRejected: _of_rejected,
}
"""The provider's account number in each event that has it."""
_CLAIM_NUMBER: dict[type[Event], Callable[[Any], str]] = {
    RemittanceReceived: _of_payment,
    RemittanceReversed: _of_payment,
    ClaimVoided: _stated,
    RemittanceRecouped: _stated,
    RecordsRequested: _stated,
    PayerRejectedClaim: _stated,
    PayerReportedStatus: _stated,
}
"""The payer's claim number in each event that has it."""
