"""The appeals service's rules as one pure function: `decide(rule_set, case, event, now)`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from services.appeals.domain import (
    answers,
    coverage,
    deadlines,
    dispute_selection,
    further_lines,
    history,
    idr_outcomes,
    misdirected,
    payer_duties,
    records,
    reinstatement,
    separate_disputes,
    silence,
)
from services.appeals.domain.case import AppealCase, Dispute, Facts
from services.appeals.domain.choice import begin_round, judge_again, judged, leaves_denied
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.dispute_judged import dispute_judged
from services.appeals.domain.forums.collection import COLLECTION
from services.appeals.domain.forums.papers import fingerprint
from services.appeals.domain.forums.registry import FORUMS, forum_in
from services.appeals.domain.idr_belief import belief_of
from services.appeals.domain.pursuit import start_level
from services.appeals.domain.restating import restated
from services.appeals.domain.signals import signals_of
from services.appeals.domain.statements import Owed
from services.appeals.domain.unmatched_payment import unmatched
from shared.decider import Decision, IllegalTransition, TimerDue
from shared.events.assessment import (
    AssessedLine,
    ClaimBenchmarked,
    ClaimDenied,
    DisputeWidened,
    HistoryJudged,
    UnderpaymentFlagged,
)
from shared.events.base import Envelope, Event
from shared.events.claims import ClaimReceived, ClaimReplaced, ClaimVoided, RemittanceReceived, RemittanceReversed
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.events.records import RecordsAcknowledged, RecordsRequested
from shared.events.settlement import (
    ClaimClosed,
    ClaimSettled,
    DisputeClosed,
    IdrValued,
    LineAgreed,
    NegotiationFailed,
    SettlementRescinded,
    SettlementShort,
)
from shared.events.statuses import CoverageReported, PayerRejectedClaim
from shared.forums import awards
from shared.lifecycle import answers as answers_claim

SETTLED = "settled: "
"""How the end of a case begins whose dispute was agreed on or decided."""
_OPEN_ENDS = ("closed: pursuit_ended", "closed: denial_stands", "closed: written_off")
"""Ends after which lines that no filing reached may still be appealed."""


def decide(
    rule_set: RuleSet, case: AppealCase | None, event: Envelope | TimerDue, now: datetime
) -> Decision[AppealCase]:
    """Apply one event; raises `IllegalTransition` where the case does not allow it."""
    today = rule_set.today(now)
    if isinstance(event, TimerDue):
        if case is None:
            raise IllegalTransition("a timer without a case")
        kind, _, case_id = event.kind.partition(deadlines.OF)
        return dispute_selection.apply_to_dispute(rule_set, case, today, case_id, lambda builder: _timed(builder, kind))
    data = event.data
    handler = _HANDLERS.get(type(data))
    if handler is None:
        raise IllegalTransition(f"appeals does not subscribe to {event.type}")
    if case is None:
        if not isinstance(data, ClaimReceived):
            raise IllegalTransition(f"{event.type} before the claim was received")
        return Decision(AppealCase(claim_id=data.claim_id, facts=facts_of(data, rule_set)))
    return dispute_selection.receive(rule_set, case, data, handler, today, emitted_on=rule_set.today(event.time))


def _timed(builder: DecisionBuilder, kind: str) -> None:
    if kind == silence.KIND:
        silence.fire(builder)
    else:
        deadlines.fire(builder, kind)


def _received_again(builder: DecisionBuilder, event: ClaimReceived) -> None:
    raise IllegalTransition("the claim was received twice")


def _settled(builder: DecisionBuilder, event: ClaimSettled) -> None:
    forum, stage = forum_in(builder.case), builder.case.stage
    in_idr = forum is not None and awards(forum.name) and stage not in ("prepare", "agreement", "ended")
    _finish(builder, f"{SETTLED}{event.basis}")
    if in_idr and event.basis != "idr_award":
        idr_outcomes.settled(builder, event.settled_on)
    builder.change(  # kept in case it does not come
        owed=Owed(
            settlement_id=event.settlement_id,
            amount=event.additional_due,
            outstanding=event.additional_due,
            due_on=event.payment_due_on,
            basis=event.basis,
            settled_on=event.settled_on,
            patient_share=event.patient_share,
        )
    )


def _closed(builder: DecisionBuilder, event: ClaimClosed | DisputeClosed) -> None:
    _finish(builder, f"closed: {event.reason}")


def _voided(builder: DecisionBuilder, event: ClaimVoided) -> None:
    misdirected.dropped(builder, "the claim was voided")
    _finish(builder, "voided")


def _talks_failed(builder: DecisionBuilder, event: NegotiationFailed) -> None:
    answers.talks_failed(builder)


def _idr_valued(builder: DecisionBuilder, event: IdrValued) -> None:
    if builder.case.live:
        builder.change(idr_belief=belief_of(event))


def _line_agreed(builder: DecisionBuilder, event: LineAgreed) -> None:
    """The next step is about the other lines only; a case filed before is decided as it was filed."""
    dispute = builder.case.dispute
    if dispute is not None and builder.case.live and dispute.lines > 1:
        rest = msgspec.structs.replace(
            dispute,
            allowed=dispute.allowed - event.allowed,
            target=dispute.target - event.target,
            lines=dispute.lines - 1,
        )
        builder.change(dispute=rest)


def facts_of(event: ClaimReceived | ClaimReplaced, rule_set: RuleSet) -> Facts:
    """What the rules need of a claim."""
    claim = event.claim
    return Facts(
        payer_id=claim.payer_id,
        payer_name=claim.payer_name,
        billing_npi=claim.billing_npi,
        billing_tin=claim.billing_tin,
        institutional=claim.form == "institutional",
        service_from=claim.service_from,
        service_to=claim.service_to,
        state=claim.service_state,
        filing_indicator=claim.filing_indicator,
        assignment=claim.assignment_of_benefits,
        charge=claim.total_charge,
        evidence=fingerprint(event),
        signals=signals_of(claim, rule_set.rules),
        codes=tuple(line.code for line in claim.lines),
        group_number=claim.group_number,
        plan_name=claim.plan_name,
        sent_on=None if claim.history else claim.received_on,
    )


def _replaced(builder: DecisionBuilder, event: ClaimReplaced) -> None:
    """What staff found out about the visit holds for the corrected claim too, where it is of the same visit."""
    old, new = builder.case.facts, facts_of(event, builder.rule_set)
    if (old.billing_npi, old.service_from) == (new.billing_npi, new.service_from):
        new = msgspec.structs.replace(
            new,
            consent=old.consent,
            network_facility=old.network_facility,
            appeal_anyway=old.appeal_anyway,
            consent_record=old.consent_record,
        )
    builder.change(facts=coverage.completed(new, builder.case.plan_facts))
    judge_again(builder)
    forum = forum_in(builder.case)
    if forum is not None and builder.case.live:
        forum.claim_replaced(builder, event)


def _payer_rejected(builder: DecisionBuilder, event: PayerRejectedClaim) -> None:
    """The payer did not take the claim: a correction that was filed has to leave again, while there is time.

    Else what may follow it, which runs from the original denial.
    """
    if not builder.case.remittance_id:  # the payer does not have the bill: its time runs from the next sending
        builder.change(facts=msgspec.structs.replace(builder.case.facts, sent_on=None))
    forum = forum_in(builder.case)
    if forum is None or not builder.case.live or not forum.on_claim_rejected(builder, event):
        return
    why, anchor = builder.case.escalated, builder.dispute.notice_on
    last, rule = forum.file_by(builder, builder.case.level, anchor)
    following = forum.next_level(builder)
    if builder.today > last and following is not None:
        start_level(builder, *following, forum.next_anchor(builder, builder.today))
        builder.change(escalated=f"{why}; the time to send it again ended on {last.isoformat()}")
    else:
        builder.change(stage="prepare", deadlines=(builder.ours("file", last, rule), *builder.case.reviews))


def _remittance(builder: DecisionBuilder, event: RemittanceReceived) -> None:
    """Take in the payer's answer.

    Where nothing is in dispute the law is judged by it, since patients are told of every claim; that of a dispute is
    judged by what is in dispute.
    """
    facts, case = event.remittance, builder.case
    misdirected.on_payment(builder, facts)
    if not answers_claim(event):
        return
    coverage.remitted(builder, facts)
    adjustments = [*facts.adjustments, *(a for line in facts.lines for a in line.adjustments)]
    remarks = [*facts.remark_codes, *(code for line in facts.lines for code in line.remark_codes)]
    builder.change(
        remarks=tuple(dict.fromkeys(remarks if facts.corrects else (*case.remarks, *remarks))),
        remittance_id=facts.remittance_id,
        remittance_evidence=fingerprint(event),
        remittance_groups=tuple(sorted({a.group for a in adjustments})),
        remittance_carcs=tuple(dict.fromkeys(a.carc for a in adjustments)),
    )
    if case.dispute is None:
        builder.change(governing=judged(builder))
    if facts.history:
        return
    if not case.remittance_id:
        payer_duties.first_answer(builder, facts)
    else:
        payer_duties.later_answer(builder, facts)


def _dispute(builder: DecisionBuilder, event: UnderpaymentFlagged | ClaimDenied) -> None:
    case = builder.case
    if case.live:
        raise IllegalTransition("judged again while a pursuit is under way")
    builder.change(history=None)
    refused = [] if isinstance(event, ClaimDenied) else [line for line in event.lines if line.verdict == "denied"]
    is_recouped = isinstance(event, UnderpaymentFlagged) and event.recouped > 0
    allowed = event.allowed if isinstance(event, UnderpaymentFlagged) else event.target * 0
    built = dispute_judged(
        case, event, None if is_recouped else case.received, denied=isinstance(event, ClaimDenied), allowed=allowed
    )
    dispute = msgspec.structs.replace(
        built,
        remittance_evidence=case.remittance_evidence if event.remittance_id == case.remittance_id else "",
        recouped=is_recouped,
        denied_beside=separate_disputes.fair(refused),
        denied_lines=len(refused),
        judged_on=builder.event_on,
    )
    if case.proof is not None:
        reinstatement.go_on(builder, case.proof)
    else:
        _begin_by_forum(builder, dispute, event, tuple(refused))


def _begin_by_forum(
    builder: DecisionBuilder,
    dispute: Dispute,
    event: UnderpaymentFlagged | ClaimDenied,
    refused: tuple[AssessedLine, ...],
) -> None:
    """Begin the dispute; lines denied beside others get one of their own where its forum does not argue them."""
    draft = builder.copy()
    begin_round(draft, dispute)
    if not refused or not leaves_denied(draft) or not separate_disputes.may_open(event, refused):
        builder.take_over(draft)
        return
    begin_round(builder, separate_disputes.without(dispute, event.lines, refused))
    found = separate_disputes.JudgedLines.of(event, refused)
    found = msgspec.structs.replace(found, notice_on=dispute.notice_on, arrived_on=dispute.arrived_on)
    separate_disputes.open_dispute(builder, found, begin_round)


def _widened(builder: DecisionBuilder, event: DisputeWidened) -> None:
    """Take in that further lines were denied or cut.

    Before anything is filed they join the dispute, where its forum argues them; beside one that runs, or that is
    settled and not paid, they get one of their own. A case that has ended otherwise waits for the claim's new
    judgement.
    """
    case, dispute = builder.case, builder.case.dispute
    paid = case.owed is not None and any(one.live for one in case.beside)  # and the claim goes on
    settled = not case.live and (case.ended.startswith(SETTLED) or paid)
    if dispute is None or not (case.live or settled):
        return
    if (settled or not _joins(builder, event)) and case.case_id and separate_disputes.may_open(event, event.lines):
        separate_disputes.open_dispute(builder, separate_disputes.JudgedLines.of(event, event.lines), begin_round)
        return
    if settled:
        return
    denied = [line for line in event.lines if line.verdict == "denied"]
    forum = forum_in(case)
    if forum is not None and forum.traits.takes_further_lines:
        grown = msgspec.structs.replace(
            dispute,
            allowed=dispute.allowed + event.allowed,
            target=dispute.target + event.target,
            lines=dispute.lines + len(event.lines),
            codes=tuple(sorted({*dispute.codes, *(line.code for line in event.lines if line.code)})),
            carcs=tuple(dict.fromkeys((*dispute.carcs, *event.carcs))),
            remarks=tuple(dict.fromkeys((*dispute.remarks, *event.remark_codes))),
            denied_beside=dispute.denied_beside + separate_disputes.fair(denied),
            denied_lines=dispute.denied_lines + len(denied),
            widened=(*dispute.widened, fingerprint(event)),
        )
        builder.change(dispute=grown)
        judge_again(builder)
    if case.stage != "prepare" or forum is None or not forum.traits.argues_denied_lines:
        further_lines.plan(builder, event.notice_on)


def _joins(builder: DecisionBuilder, event: DisputeWidened) -> bool:
    """Return True if lines join a dispute of which nothing is filed: its forum argues them."""
    forum, denied = forum_in(builder.case), any(line.verdict == "denied" for line in event.lines)
    if builder.case.stage != "prepare" or builder.case.filings or forum is None:
        return False
    return forum.traits.takes_further_lines and (forum.traits.argues_denied_lines or not denied)


def _rescinded(builder: DecisionBuilder, event: SettlementRescinded) -> None:
    """The dispute is reopened. An open negotiation whose window is still open goes on; else what is still in time."""
    case = builder.case
    if case.dispute is None:
        return
    dispute = msgspec.structs.replace(case.dispute, allowed=event.allowed)
    builder.change(dispute=dispute)
    if not any(forum.resume(builder) for forum in FORUMS.values()):
        begin_round(builder, dispute)


def _finish(builder: DecisionBuilder, how: str) -> None:
    records.dropped(builder)
    if how not in _OPEN_ENDS:  # the others settle or withdraw what was denied beside, too
        builder.change(further_due=None, lapsed=None, proof=None)
    builder.change(stage="ended", ended=how, deadlines=(), blocked=(), escalated="")


_HANDLERS: dict[type[Event], Callable[[DecisionBuilder, Any], None]] = {
    ClaimReceived: _received_again,
    ClaimReplaced: _replaced,
    ClaimVoided: _voided,
    PayerRejectedClaim: _payer_rejected,
    CoverageReported: coverage.reported,
    RemittanceReceived: _remittance,
    RemittanceReversed: unmatched,
    RecordsRequested: records.requested,
    RecordsAcknowledged: records.acknowledged,
    UnderpaymentFlagged: _dispute,
    ClaimDenied: _dispute,
    DisputeWidened: _widened,
    ClaimBenchmarked: restated,
    HistoryJudged: history.judged,
    NegotiationFailed: _talks_failed,
    LineAgreed: _line_agreed,
    IdrValued: _idr_valued,
    ClaimSettled: _settled,
    SettlementShort: COLLECTION.fell_short,
    SettlementRescinded: _rescinded,
    DisputeClosed: _closed,
    ClaimClosed: _closed,
    PayerAppealDecision: answers.on_decision,
    PayerIdrDetermination: answers.on_determination,
}

SUBSCRIBES_TO = tuple(_HANDLERS)
