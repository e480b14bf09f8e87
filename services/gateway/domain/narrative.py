"""Each event in one plain sentence, for people who read a claim's timeline. No account numbers, no diagnoses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.gateway.domain import idr_narrative as idr
from services.gateway.domain import status_words, task_words
from services.gateway.domain.terms import BASES, CLOSINGS
from services.gateway.domain.wording import counted as _count
from services.gateway.domain.wording import long_day as _day
from services.gateway.domain.wording import usd
from shared.events import assessment as a
from shared.events import claims as c
from shared.events import idr as i
from shared.events import pursuit as p
from shared.events import records as r
from shared.events import settlement as s
from shared.events import state_process as sp
from shared.events import statuses as t
from shared.events import tasks as k
from shared.events.base import Event
from shared.forums import FORUMS
from shared.money import ZERO
from shared.payer_answers import is_duplicate_denial, is_no_answer


def sentence(event: Event) -> str:
    """What happened and why, in one sentence; `KeyError` for what is not an event of the claims' log."""
    return WORDS[type(event)](event)


def _because(reasons: tuple[str, ...]) -> str:
    return f" Reason: {'; '.join(r.rstrip('.') for r in reasons[:3])}." if reasons else ""


def _claim(event: c.ClaimReceived | c.ClaimReplaced) -> str:
    claim = event.claim
    what = "A corrected claim replaced the earlier one" if isinstance(event, c.ClaimReplaced) else "Claim received"
    service = _day(claim.service_from)
    return f"{what}: {usd(claim.total_charge)} on {_count(len(claim.lines), 'line')}, service of {service}."


def _rejected(event: c.ClaimRejected) -> str:
    first = event.problems[0] if event.problems else None
    why = f" {first.message.rstrip('.')}; to fix it: {first.how_to_fix.rstrip('.')}." if first else ""
    return f"Claim refused at intake with {_count(len(event.problems), 'problem')}.{why}"


def _remittance(event: c.RemittanceReceived) -> str:
    r = event.remittance
    if event.from_other_payer:
        return f"Another payer paid {usd(r.paid)} on {_day(r.paid_on)}: no answer of the claim's own payer."
    if is_duplicate_denial(r):
        return "The payer says that it has the claim already (a duplicate, CARC 18): no payment and no denial."
    if is_no_answer(r):
        return "The payer handed the claim on to another payer, or only estimated it: no payment and no denial."
    share = f", patient responsibility {usd(r.patient_responsibility)}" if r.patient_responsibility else ""
    corrected = "corrected " if r.corrects else ""
    return f"The payer's {corrected}remittance paid {usd(r.paid)} of {usd(r.charge)} on {_day(r.paid_on)}{share}."


def _reversed(event: c.RemittanceReversed) -> str:
    if event.unmatched:
        return f"A payment of {usd(-event.remittance.paid)} was not this claim's: a person took it off again."
    payer = "Another payer" if event.from_other_payer else "The payer"
    return f"{payer} took back an earlier payment: {usd(event.remittance.paid)} on {_day(event.remittance.paid_on)}."


def _recouped(event: c.RemittanceRecouped) -> str:
    if event.amount < ZERO:
        return f"The payer gave back {usd(-event.amount)} that it had withheld from another payment."
    return f"The payer took back {usd(event.amount)} by withholding it from another payment on {_day(event.paid_on)}."


def _deposited(event: c.RemittanceDeposited) -> str:
    if event.undone:
        return f"The deposit of {usd(event.amount)} was matched by mistake: that money has not come yet."
    return f"{usd(event.amount)} of the claim's payments came to the bank on {_day(event.deposited_on)}."


def _requested(event: r.RecordsRequested) -> str:
    asked = {f"LOINC {q.code}" if q.code_list == "LOI" else q.code for q in event.questions}
    codes = f" ({', '.join(sorted(asked)[:5])})" if asked else ""
    lines = _lines(tuple(sorted({q.line for q in event.questions if q.line})))
    due = f", wanted by {_day(event.due_on)}" if event.due_on else ""
    return f"The payer asks for records{codes}{lines}{due}."


def _acknowledged(event: r.RecordsAcknowledged) -> str:
    if event.accepted:
        return f"The payer's side took interchange {event.control_number} with our documents."
    codes = f" ({', '.join(event.codes)})" if event.codes else ""
    return f"The payer's side rejected interchange {event.control_number} with our documents{codes}."


def _dispute_opened(event: p.DisputeOpened) -> str:
    amount = sum((line.target - line.allowed for line in event.lines), ZERO)
    lines = _lines(tuple(line.line for line in event.lines))
    why = "denied" if event.denied else "short"
    return f"A dispute of its own{lines}: {usd(amount)} {why}, beside what else is in dispute.{_because(event.reasons)}"


def _records_sent(event: p.RecordsSent) -> str:
    late = ", after the day by which they were wanted" if event.late else ""
    return f"Records that the payer asked for go out: {_count(len(event.documents), 'document')}{late}."


def _benchmarked(event: a.ClaimBenchmarked) -> str:
    verdict = event.verdict.replace("_", " ")
    return (
        f"Payment held against reference rates ({_count(len(event.lines), 'line')}): the payer allowed "
        f"{usd(event.allowed)} and paid {usd(event.paid)}; verdict {verdict}.{_because(event.reasons)}"
    )


def _flagged(event: a.UnderpaymentFlagged) -> str:
    return (
        f"Underpaid by {usd(event.shortfall)}: the payer allowed {usd(event.allowed)} where {usd(event.target)} "
        f"is fair (confidence {event.confidence} of 100).{_because(event.reasons)}"
    )


def _paid_fairly(event: a.ClaimPaidFairly) -> str:
    return f"The payment of {usd(event.paid)} stands.{_because(event.reasons)}"


def _denied(event: a.ClaimDenied) -> str:
    codes = f" with {', '.join(event.carcs)}" if event.carcs else ""
    return f"The payer denied {usd(event.charge)}{codes}.{_because(event.reasons)}"


def _widened(event: a.DisputeWidened) -> str:
    return (
        f"A later part of the payer's answer fell short by {usd(event.target - event.allowed)}"
        f"{_lines(tuple(line.line for line in event.lines))}: it joins the dispute.{_because(event.reasons)}"
    )


_LAWS = {
    "federal": "Federal law governs the payment",
    "state": "State law governs the payment",
    "commercial": "No surprise-billing process governs the payment; the plan's own appeal is open",
    "excluded": "The rules of another program govern the payment",
    "unknown": "Which law governs the payment is open",
}


def _law(event: p.GoverningLawDetermined) -> str:
    last = event.fired[-1] if event.fired else None
    why = f": {last.finding.rstrip('.')} ({last.source})" if last else ""
    missing = f" To be found out: {'; '.join(event.missing)}." if event.missing else ""
    return f"{_LAWS[event.law]}{why}.{missing}"


def _filed(event: p.AppealFiled) -> str:
    return (
        f"{FORUMS[event.forum].label.capitalize()}, level {event.level}, filed for {usd(event.amount_sought)}; "
        f"decision due {_day(event.decision_due_on)}.{_because(event.reasons)}"
    )


def _decided(event: p.AppealDecided) -> str:
    award = f", {usd(event.awarded)} awarded" if event.awarded is not None else ""
    left = "; no level is left" if event.exhausted else ""
    outcome = event.outcome.replace("_", " ")
    why = f": {event.reason.removeprefix('withdrawn: ')}" if event.outcome == "withdrawn" and event.reason else ""
    return f"{FORUMS[event.forum].label.capitalize()}, level {event.level}: {outcome}{award}{left}{why}."


def _negotiation(event: p.NegotiationOpened) -> str:
    return (
        f"Open negotiation began with the notice of {_day(event.notice_on)} and ends {_day(event.ends_on)}; IDR may be "
        f"initiated from {_day(event.idr_from)} to {_day(event.idr_until)}."
    )


def _state_talks(event: sp.StateTalksBegun) -> str:
    by = {"provider": "our request", "payer": "the plan's request", "law": "the state's law"}[event.begun_by]
    began = f"Talks under the law of {event.state} began by {by} on {_day(event.begun_on)}"
    return f"{began} and end {_day(event.ends_on)}."


_DEADLINES = {
    "extended": "filing by the extension",
    "settlement_notice": "telling the Departments of the settlement",
    "file": "the filing",
    "idr_window": "initiating federal IDR",
    "offer": "our offer to the IDR entity",
    "records": "sending the records the payer asked for",
    "further_lines": "appealing against further lines",
    "further_decision": "the decision on further lines",
    "federal_review": "deciding on the federal process",
    "misdirected": "asking for money that the plan sent to somebody else",
    "misdirected_answer": "money that the plan sent to somebody else",
    "state_review": "deciding on the state's process",
    "state_ask": "asking the plan to negotiate under the state's law",
    "state_settle": "the settlement talks of the state's process",
    "state_select": "choosing who decides in the state's process",
    "state_information": "sending what the state's reviewer asked for",
    "state_offer": "our final offer in the state's process",
    "entity_selection": "the selection of the IDR entity",
    "next_level": "filing at the next level",
    "decision": "the decision",
    "determination": "the determination",
    "agreement": "the payment",
}


def _deadline(event: p.DeadlineNoticed) -> str:
    what = _DEADLINES.get(event.deadline, event.deadline.replace("_", " "))
    day = _day(event.due_on)
    words = {
        "reminder": f"Reminder: {what} is due by {day}",
        "escalation": f"Escalated: {what} is due by {day}",
        "missed": f"Deadline missed: {what} was due by {day}",
        "overdue": f"Overdue: {what} was due by {day}",
        "postponed": f"Deadline moved: {what} is due by {day}",
    }[event.notice]
    first = f", and not before {_day(event.from_on)}" if event.from_on else ""
    why = f". {event.reason.rstrip('.')}" if event.reason else ""
    return f"{words}{first}{f' ({event.rule})' if event.rule else ''}{why}."


def _corrected(event: p.DeadlineCorrected) -> str:
    what = _DEADLINES.get(event.deadline, event.deadline.replace("_", " "))
    was = f", not by {_day(event.was_on)}" if event.was_on else ""
    return f"Deadline corrected: {what} is due by {_day(event.due_on)}{was} ({event.rule}): {event.reason.rstrip('.')}."


def _ended(event: p.PursuitEnded) -> str:
    rule = f" ({event.rule})" if event.rule else ""
    return f"Pursuit ended: {event.reason.rstrip('.')}{rule}."


def _lines(lines: tuple[int, ...]) -> str:
    if not lines:
        return ""
    return f" for line{'' if len(lines) == 1 else 's'} {', '.join(map(str, lines))}"


def _line_agreed(event: s.LineAgreed) -> str:
    return (
        f"Line {event.line} agreed at {usd(event.amount)}, where {usd(event.allowed)} had been allowed; "
        "it is paid when the other lines are settled."
    )


def _offer(event: s.OfferReceived) -> str:
    until = f", open until {_day(event.expires_on)}" if event.expires_on else ""
    return f"The payer offered {usd(event.amount)}{_lines(event.lines)} (round {event.round}){until}."


def _countered(event: s.OfferCountered) -> str:
    return (
        f"We countered with {usd(event.amount)}{_lines(event.lines)} (round {event.round}); the next forum is worth "
        f"{usd(event.expected_value)}.{_because(event.reasons)}"
    )


def _withdrawn(event: s.OfferWithdrawn) -> str:
    whose = "The payer withdrew its" if event.side == "payer" else "We withdrew our"
    return f"{whose} offer of {usd(event.amount)} (round {event.round})."


def _expired(event: s.OfferExpired) -> str:
    whose = "The payer's" if event.side == "payer" else "Our"
    return f"{whose} offer of {usd(event.amount)} (round {event.round}) expired on {_day(event.expires_on)}."


def _failed(event: s.NegotiationFailed) -> str:
    last = f" at {usd(event.last_offer)}" if event.last_offer is not None else " without an offer"
    return f"Talks ended{last} after {_count(event.rounds, 'round')}.{_because(event.reasons)}"


def _settled(event: s.ClaimSettled) -> str:
    return (
        f"Settled at {usd(event.amount)} by {BASES[event.basis]}; the payer owes {usd(event.additional_due)} by "
        f"{_day(event.payment_due_on)}.{_because(event.reasons)}"
    )


def _short(event: s.SettlementShort) -> str:
    return f"By {_day(event.due_on)} the payer had paid {usd(event.paid)} of the {usd(event.due)} agreed."


def _reinstated(event: s.SettlementReinstated) -> str:
    return f"{event.reason.capitalize()}: {usd(event.outstanding)} of what was settled is owed again."


_DEMANDS = {"demand": "Demand for payment sent to", "complaint": "Complaint filed with", "counsel": "Referred to"}


def _demanded(event: p.PaymentDemanded) -> str:
    return (
        f"{_DEMANDS[event.step]} {event.addressee}: {usd(event.outstanding)} is owed; "
        f"an answer is due by {_day(event.answer_due_on)} ({event.rule})."
    )


def _overdue(event: s.RemittanceOverdue) -> str:
    waited = _count(event.days, "day")
    what = f"{usd(event.billed)}{_lines(event.lines)}"
    return f"No answer of the payer to {what} after {waited}: inquiry {event.inquiry} is due."


def _dispute_closed(event: s.DisputeClosed) -> str:
    why = CLOSINGS[event.reason]
    return f"A dispute ended: {why}; {usd(event.recovered)} recovered. The claim's other disputes go on."


def _closed(event: s.ClaimClosed) -> str:
    gain = f", {usd(event.recovered)} of it recovered" if event.recovered > ZERO else ""
    return f"Claim closed: {CLOSINGS[event.reason]}. Paid {usd(event.paid)}{gain}."


def _history_judged(event: a.HistoryJudged) -> str:
    """What was found of a claim that nobody pursues."""
    if not event.lines:
        return "Loaded as history and judged: nothing of it is to be pursued." + _because(event.reasons)
    short = event.target - event.allowed
    what = "denied" if event.verdict == "denied" else "underpaid"
    return f"Loaded as history and found {what} by {usd(short)}: nothing is pursued until a person takes it up."


def _taken_up(event: a.HistoryTakenUp) -> str:
    """A person has it pursued."""
    return "A person took the claim up out of history: from now on it is pursued like any other."


WORDS: dict[type[Event], Callable[[Any], str]] = {
    c.ClaimReceived: _claim,
    c.ClaimReplaced: _claim,
    c.ClaimVoided: lambda _: "The provider withdrew the claim.",
    c.ClaimRejected: _rejected,
    c.RemittanceReceived: _remittance,
    c.RemittanceReversed: _reversed,
    c.RemittanceRecouped: _recouped,
    c.RemittanceDeposited: _deposited,
    t.PayerRejectedClaim: status_words.rejected,
    t.PayerReportedStatus: status_words.reported,
    t.ClaimInquired: status_words.inquired,
    t.CoverageReported: status_words.covered,
    r.RecordsRequested: _requested,
    r.RecordsAcknowledged: _acknowledged,
    p.DisputeOpened: _dispute_opened,
    p.RecordsSent: _records_sent,
    a.ClaimBenchmarked: _benchmarked,
    a.UnderpaymentFlagged: _flagged,
    a.ClaimPaidFairly: _paid_fairly,
    a.ClaimDenied: _denied,
    a.HistoryJudged: _history_judged,
    a.HistoryTakenUp: _taken_up,
    a.DisputeWidened: _widened,
    a.ClaimUnjudged: lambda e: f"No reference rate allows a judgement; a person must look.{_because(e.reasons)}",
    p.GoverningLawDetermined: _law,
    p.AppealFiled: _filed,
    p.AppealDecided: _decided,
    p.NegotiationOpened: _negotiation,
    sp.StateTalksBegun: _state_talks,
    i.IdrInitiated: idr.initiated,
    i.IdrDetermined: idr.determined,
    i.IdrClosed: idr.closed,
    i.IdrReopened: idr.reopened,
    i.IdrFeeTold: idr.fee_reported,
    p.DeadlineNoticed: _deadline,
    p.DeadlineCorrected: _corrected,
    p.PaymentDemanded: _demanded,
    p.PursuitEnded: _ended,
    p.PursuitResumed: lambda e: f"The pursuit goes on: {e.reason.rstrip('.')}.",
    s.OfferReceived: _offer,
    s.OfferCountered: _countered,
    s.OfferWithdrawn: _withdrawn,
    s.OfferExpired: _expired,
    s.IdrValued: idr.valued,
    s.NegotiationFailed: _failed,
    s.LineAgreed: _line_agreed,
    s.ClaimSettled: _settled,
    s.SettlementPaid: lambda e: f"{usd(e.paid)} arrived and matches the settlement; {usd(e.recovered)} recovered.",
    s.SettlementShort: _short,
    s.SettlementReinstated: _reinstated,
    s.SettlementRescinded: lambda e: f"The settlement was rescinded; its lines are in dispute again: {e.reason}.",
    s.RemittanceOverdue: _overdue,
    s.ClaimReopened: lambda e: f"The claim was reopened: {e.reason.rstrip('.')}.",
    s.DisputeClosed: _dispute_closed,
    s.ClaimClosed: _closed,
    k.CaseTasksChanged: task_words.waits,
    k.AccountTasksChanged: task_words.waits,
    s.BooksRestated: lambda e: f"Money moved after the end: {usd(e.paid)} are paid now, {usd(e.recovered)} recovered.",
}
