"""Records that a payer asks for (277): an obligation with a day of its own, beside whatever is pursued.

A request comes while the claim is not decided, or while a remedy runs. It is not a denial and not a step of a forum: it
moves no pursuit, and no step of a pursuit takes its deadline away.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from services.appeals.domain.case import Deadline, Enclosed, Filing
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.statements import Wanted
from shared.decider import IllegalTransition
from shared.events.pursuit import DocumentRef, RecordsSent
from shared.events.records import RecordsAcknowledged, RecordsRequested

KIND = "records"
_LIMIT = "records.send"
_LONGEST = timedelta(days=365)
"""A day further away, or before the request came, is a mistake of the payer's: the law's period is kept."""


def requested(builder: DecisionBuilder, event: RecordsRequested) -> None:
    """The payer asks: remember what, by when, and be reminded. A voided claim has nothing to send."""
    case = builder.case
    if case.ended == "voided" or any(w.request_id == event.request_id for w in case.wanted):
        return
    due = builder.rule_set.schedule.after(_LIMIT, event.received_on)
    rule = builder.rule_set.rules.limit(_LIMIT, event.received_on).rule
    if event.due_on is not None and event.received_on <= event.due_on <= event.received_on + _LONGEST:
        due, rule = event.due_on, "the payer's request (277 DTP*106)"
    elif event.due_on is not None:
        rule += f"; the payer's own day, {event.due_on.isoformat()} (277 DTP*106), cannot be meant"
    wanted = Wanted(
        request_id=event.request_id,
        received_on=event.received_on,
        due_on=due,
        rule=rule,
        trace_number=event.trace_number,
        payer_claim_number=event.payer_claim_number,
        questions=event.questions,
    )
    _keep(builder, (*case.wanted, wanted))


def missed(builder: DecisionBuilder, item: Deadline) -> None:
    """The day passed. The plan may decide on what it has; what is sent later may still be taken."""
    _keep(
        builder,
        tuple(
            msgspec.structs.replace(w, lapsed=True) if w.open and _planned(builder, w).due <= item.due else w
            for w in builder.case.wanted
        ),
    )


def send(
    builder: DecisionBuilder, request_id: str, enclosed: tuple[Enclosed, ...], day: date, reference: str
) -> Filing:
    """Answer a request; after its day too, since the payer may still take it. Refuses what would not be an answer."""
    case = builder.case
    wanted = next((w for w in case.wanted if w.request_id == request_id), None)
    if wanted is None:
        raise IllegalTransition("records: the payer made no such request")
    if case.ended == "voided":
        raise IllegalTransition("records: the claim was voided")
    if wanted.answered_by:
        raise IllegalTransition("records: the request is answered; 29 CFR 2560.503-1(f)(2)(iii)(B)")
    if day < wanted.received_on:
        raise IllegalTransition(f"records: they were asked for on {wanted.received_on.isoformat()} only")
    if not enclosed:
        raise IllegalTransition("records: nothing is enclosed")
    codes = {q.code for q in wanted.questions}
    for item in enclosed:
        if item.asked and item.asked not in codes:
            raise IllegalTransition(f"records: the payer did not ask {item.asked}; 277 STC01")
        if not item.asked and len(codes) > 1:
            raise IllegalTransition("records: the payer asked several questions; say which one each document answers")
    filing = Filing(
        number=len(case.responses) + 1,
        forum="records",
        level=1,
        remedy="send_records",
        filed_on=day,
        due_on=wanted.due_on,
        sought=Decimal(0),
        documents=tuple(DocumentRef(kind=e.kind, version="", sha256=e.sha256) for e in enclosed),
        reference=reference,
        request_id=request_id,
        enclosed=enclosed,
    )
    builder.change(responses=(*case.responses, filing))
    _keep(builder, _changed(builder, request_id, answered_by=case.key_of(filing), refused=""))
    if builder.case.escalated.startswith(KIND):
        builder.change(escalated="")
    builder.emit(
        RecordsSent(
            claim_id=case.claim_id,
            case_id=case.own_records_id,
            number=filing.number,
            request_ids=(request_id,),
            sent_on=day,
            documents=filing.documents,
            reference=reference,
            late=day > wanted.due_on,
        )
    )
    return filing


def acknowledged(builder: DecisionBuilder, event: RecordsAcknowledged) -> None:
    """The other side's word on a 275 of ours. One that was rejected was not sent: its request is open again."""
    filing = builder.case.filed_as(event.key)
    if filing is None or event.accepted:
        return
    why = ", ".join(event.codes) or "no reason given"
    if filing.answers_request:
        wanted = next((w for w in builder.case.wanted if w.answered_by == event.key), None)
        if wanted is not None:
            _keep(builder, _changed(builder, wanted.request_id, answered_by="", refused=why))
    builder.change(escalated=f"records: interchange {event.control_number} was rejected: {why}")


def _changed(builder: DecisionBuilder, request_id: str, **fields: str) -> tuple[Wanted, ...]:
    return tuple(msgspec.structs.replace(w, **fields) if w.request_id == request_id else w for w in builder.case.wanted)


def dropped(builder: DecisionBuilder) -> None:
    """The claim came to its end: nobody waits for records any more."""
    if builder.case.wanted:
        _keep(builder, tuple(msgspec.structs.replace(w, lapsed=True) if w.open else w for w in builder.case.wanted))


def _planned(builder: DecisionBuilder, wanted: Wanted) -> Deadline:
    return builder.ours(KIND, wanted.due_on, wanted.rule)


def _keep(builder: DecisionBuilder, wanted: tuple[Wanted, ...]) -> None:
    """Keep the requests, and plan the deadline of the one that is due first; what was said of it stays said."""
    others = tuple(d for d in builder.case.deadlines if d.kind != KIND)
    first = min((w for w in wanted if w.open), key=lambda w: (w.due_on, w.request_id), default=None)
    due = builder.case.records_due
    if first is None:
        due = None
    else:
        planned = _planned(builder, first)
        if due is None or (due.due, due.rule) != (planned.due, planned.rule):
            due = planned
    builder.change(wanted=wanted, records_due=due, deadlines=(*others, due) if due is not None else others)
