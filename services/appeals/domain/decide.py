"""The appeals service's rules as one pure function: `decide(house, case, event, now)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from services.appeals.domain import answers, clockwork, collection, idr, pursuit, receipt, records, reviews
from services.appeals.domain.case import AppealCase, Dispute, Facts, case_id_of
from services.appeals.domain.eligibility import Governing, Question, governing_law
from services.appeals.domain.filing import end
from services.appeals.domain.ladder import Forum
from services.appeals.domain.papers import fingerprint
from services.appeals.domain.remedies import Cause, cause_of_denial
from services.appeals.domain.signals import signals_of
from services.appeals.domain.turn import House, Turn
from services.appeals.domain.unmatching import unmatched
from shared.events.assessment import AssessedLine, ClaimDenied, DisputeWidened, UnderpaymentFlagged
from shared.events.base import Envelope, Event
from shared.events.claims import (
    ClaimReceived,
    ClaimReplaced,
    ClaimVoided,
    RecordsAcknowledged,
    RecordsRequested,
    RemittanceReceived,
    RemittanceReversed,
)
from shared.events.lifecycle import answers as answers_claim
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.events.settlement import (
    ClaimClosed,
    ClaimSettled,
    LineAgreed,
    NegotiationFailed,
    SettlementRescinded,
    SettlementShort,
)
from shared.fold import Decision, IllegalTransition, TimerDue
from shared.money import total
from shared.standing import is_duplicate_denial

_OPEN_ENDS = ("closed: pursuit_ended", "closed: denial_stands", "closed: written_off")
"""Ends after which lines that no filing reached may still be appealed."""


def decide(house: House, case: AppealCase | None, event: Envelope | TimerDue, now: datetime) -> Decision[AppealCase]:
    """Apply one event; raises `IllegalTransition` where the case does not allow it."""
    today = house.today(now)
    if isinstance(event, TimerDue):
        if case is None:
            raise IllegalTransition("a timer without a case")
        turn = Turn(house, case, today)
        clockwork.fire(turn, event.kind)
        return turn.decision()
    data = event.data
    handler = _HANDLERS.get(type(data))
    if handler is None:
        raise IllegalTransition(f"appeals does not hear {event.type}")
    if case is None:
        if not isinstance(data, ClaimReceived):
            raise IllegalTransition(f"{event.type} before the claim was received")
        return Decision(AppealCase(claim_id=data.claim_id, facts=facts_of(data, house)))
    turn = Turn(house, case, today, house.today(event.time))
    handler(turn, data)
    return turn.decision()


def _received_again(turn: Turn, event: ClaimReceived) -> None:
    raise IllegalTransition("the claim was received twice")


def _settled(turn: Turn, event: ClaimSettled) -> None:
    _finish(turn, f"settled: {event.basis}")
    collection.agreed(turn, event)


def _closed(turn: Turn, event: ClaimClosed) -> None:
    _finish(turn, f"closed: {event.reason}")


def _voided(turn: Turn, event: ClaimVoided) -> None:
    _finish(turn, "voided")


def _talks_failed(turn: Turn, event: NegotiationFailed) -> None:
    answers.talks_failed(turn)


def _line_agreed(turn: Turn, event: LineAgreed) -> None:
    """The next step is about the other lines only; a case filed before is decided as it was filed."""
    dispute = turn.case.dispute
    if dispute is not None and turn.case.live and dispute.lines > 1:
        rest = msgspec.structs.replace(
            dispute,
            allowed=dispute.allowed - event.allowed,
            target=dispute.target - event.target,
            lines=dispute.lines - 1,
        )
        turn.change(dispute=rest)


def facts_of(event: ClaimReceived | ClaimReplaced, house: House) -> Facts:
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
        signals=signals_of(claim, house.rules),
        codes=tuple(line.code for line in claim.lines),
        group_number=claim.group_number,
        plan_name=claim.plan_name,
    )


def _replaced(turn: Turn, event: ClaimReplaced) -> None:
    """What staff found out about the visit holds for the corrected claim too, where it is of the same visit."""
    old, new = turn.case.facts, facts_of(event, turn.house)
    if (old.billing_npi, old.service_from) == (new.billing_npi, new.service_from):
        new = msgspec.structs.replace(new, consent=old.consent, network_facility=old.network_facility)
    turn.change(facts=new)
    judge_again(turn)


def _remittance(turn: Turn, event: RemittanceReceived) -> None:
    """The payer's answer. Where nothing is in dispute the law is judged by it, since patients are told of every claim;
    that of a dispute is judged by what is in dispute."""
    facts, case = event.remittance, turn.case
    if not answers_claim(event) or (case.remittance_id and is_duplicate_denial(facts)):
        return
    groups = {a.group for a in facts.adjustments}
    for line in facts.lines:
        groups.update(a.group for a in line.adjustments)
    remarks = [*facts.remark_codes, *(code for line in facts.lines for code in line.remark_codes)]
    turn.change(
        remarks=tuple(dict.fromkeys(remarks if facts.corrects else (*case.remarks, *remarks))),
        remittance_id=facts.remittance_id,
        remittance_evidence=fingerprint(event),
        remittance_groups=tuple(sorted(groups)),
    )
    if case.dispute is None:
        turn.change(governing=judged(turn))


def _dispute(turn: Turn, event: UnderpaymentFlagged | ClaimDenied) -> None:
    case = turn.case
    if case.live:
        raise IllegalTransition("judged anew while a pursuit is under way")
    denied = isinstance(event, ClaimDenied)
    # a denial that names no lines is of the whole claim
    codes = tuple(line.code for line in event.lines) or case.facts.codes
    beside = [] if denied else [line for line in event.lines if line.verdict == "denied"]
    known = event.remittance_id == case.remittance_id
    dispute = Dispute(
        remittance_id=event.remittance_id,
        specialty=event.specialty,
        notice_on=event.notice_on,
        denied=denied,
        allowed=event.allowed if isinstance(event, UnderpaymentFlagged) else event.target * 0,
        target=event.target,
        evidence=fingerprint(event),
        remittance_evidence=case.remittance_evidence if known else "",
        carcs=event.carcs,
        remarks=event.remark_codes,
        groups=case.remittance_groups if known else (),
        codes=tuple(sorted({code for code in codes if code})),
        lines=max(len(codes), 1),
        taken_back=isinstance(event, UnderpaymentFlagged) and event.taken_back > 0,
        denied_beside=_fair(beside),
        denied_lines=len(beside),
        arrived_on=event.arrived_on,
        told_on=turn.told_on,
    )
    _begin(turn, dispute)


def _fair(lines: Iterable[AssessedLine]) -> Decimal:
    return total(line.charge if line.target is None else line.target for line in lines)


def _widened(turn: Turn, event: DisputeWidened) -> None:
    """Further lines were denied or cut: what is filed next is about them too; what is filed already is not, nor is IDR,
    so a person has a day to appeal against them. A case that has ended waits for the claim's new judgement."""
    case, dispute = turn.case, turn.case.dispute
    if not case.live or dispute is None:
        return
    denied = [line for line in event.lines if line.verdict == "denied"]
    if case.forum != "federal_idr":
        grown = msgspec.structs.replace(
            dispute,
            allowed=dispute.allowed + event.allowed,
            target=dispute.target + event.target,
            lines=dispute.lines + len(event.lines),
            codes=tuple(sorted({*dispute.codes, *(line.code for line in event.lines if line.code)})),
            carcs=tuple(dict.fromkeys((*dispute.carcs, *event.carcs))),
            remarks=tuple(dict.fromkeys((*dispute.remarks, *event.remark_codes))),
            denied_beside=dispute.denied_beside + _fair(denied),
            denied_lines=dispute.denied_lines + len(denied),
            widened=(*dispute.widened, fingerprint(event)),
        )
        turn.change(dispute=grown)
        judge_again(turn)
    if case.stage != "prepare" or case.forum != "commercial_appeal":
        pursuit.further_lines(turn, event.notice_on)


def _rescinded(turn: Turn, event: SettlementRescinded) -> None:
    """The dispute lives again. An open negotiation whose window is still open goes on; else what is still in time."""
    case = turn.case
    if case.dispute is None:
        return
    begun, window = case.negotiation_on, None
    if begun is not None and not any(f.forum == "federal_idr" for f in case.filings):
        window = turn.house.schedule.negotiation(begun)
    dispute = msgspec.structs.replace(case.dispute, allowed=event.allowed)
    if begun is not None and window is not None and turn.today <= window.idr_until:
        turn.change(dispute=dispute, stage="ended", ended="", owed=None, forum="open_negotiation", level=1)
        pursuit.go_on_negotiating(turn, begun)
    else:
        _begin(turn, dispute)


def _begin(turn: Turn, dispute: Dispute) -> None:
    """A round of pursuit about a dispute: its law, its cause, its forum."""
    case = turn.case
    turn.change(dispute=dispute)
    governing = judged(turn)
    turn.change(
        case_id=case_id_of(case.claim_id, case.round + 1),
        round=case.round + 1,
        governing=governing,
        cause=_cause(turn, case.facts, dispute, governing),
        filings=(),
        forum=None,
        level=0,
        stage="watching",
        deadlines=(),
        blocked=(),
        negotiation_on=None,
        entity_on=None,
        entity_assumed=False,
        offer_on=None,
        escalated="",
        ended="",
        owed=None,
    )
    choose_forum(turn)
    awaited = receipt.WANTED in turn.case.blocked
    if dispute.denied_lines and turn.case.live and not awaited and turn.case.forum != "commercial_appeal":
        pursuit.further_lines(turn, dispute.notice_on)


def judged(turn: Turn) -> Governing:
    """The law that governs by all that is known now; what a person decided stands."""
    case = turn.case
    if case.governing is not None and case.governing.by_person:
        return case.governing
    return governing_law(question_of(case), turn.house.rules)


def judge_again(turn: Turn) -> None:
    """After a change of the claim or of what is in dispute. What was filed stays: where the federal process may not
    govern any more a person is told, and beside an appeal the dates of the processes that may govern follow."""
    case = turn.case
    if case.governing is None:
        return
    found = judged(turn)
    turn.change(governing=found)
    if not case.live or found.law == case.governing.law:
        return
    if case.forum in ("open_negotiation", "federal_idr"):
        if found.law == "federal":
            return
        last = found.fired[-1]
        turn.change(escalated=f"the federal process may not govern: {last.finding}; {last.source}")
    elif case.forum in ("commercial_appeal", "corrected_claim"):
        reviews.plan(turn, turn.dispute.notice_on)


def question_of(case: AppealCase) -> Question:
    """What the eligibility rules look at: the remark codes are those of what is in dispute, where something is."""
    facts = case.facts
    return Question(
        service_from=facts.service_from,
        filing_indicator=facts.filing_indicator,
        payer_id=facts.payer_id,
        state=facts.state,
        institutional=facts.institutional,
        signals=facts.signals,
        remarks=case.dispute.remarks if case.dispute else case.remarks,
        consent=facts.consent,
        network_facility=facts.network_facility,
    )


def _cause(turn: Turn, facts: Facts, dispute: Dispute, governing: Governing) -> Cause:
    if not dispute.denied:
        carc = "45" if "45" in dispute.carcs else next(iter(dispute.carcs), "")
        federal = governing.law == "federal" and not dispute.taken_back
        source = "45 CFR 149.510" if federal else "29 CFR 2560.503-1"
        remedy = "open_negotiation" if federal else "underpayment_appeal"
        what = "a payment taken back, below" if dispute.taken_back else "paid below"
        return Cause(carc, f"{what} a fair out-of-network allowance", remedy, None, False, (), source)
    return cause_of_denial(
        dispute.carcs,
        dispute.remarks,
        dispute.groups,
        turn.house.rules,
        dispute.notice_on,
        emergency=bool({"emergency", "emergency_code"} & set(facts.signals)),
        protected=governing.law == "federal",
    )


def choose_forum(turn: Turn) -> None:
    """Take the forum that law and codes lead to, or say why there is none."""
    case, dispute = turn.case, turn.dispute
    governing, cause = case.governing, case.cause
    assert governing is not None and cause is not None
    if governing.law == "excluded":
        fired = governing.fired[-1]
        end(turn, f"another program's own appeal process applies: {fired.finding}", fired.source)
        return
    if _denied(dispute) and cause.forum is None and "N877" not in dispute.remarks:
        end(turn, f"{cause.remedy}: {cause.cause}", f"CARC {cause.carc}; {cause.source}")
        return
    day = dispute.notice_on
    if dispute.arrived_on is not None:
        forum = _forum_of(turn, dispute.arrived_on)
        if turn.today > pursuit.file_by(turn, forum, 1, day)[0]:
            receipt.ask(turn, forum, dispute.arrived_on)
            return
    forum = _forum_of(turn, day)
    if _denied(dispute) or dispute.taken_back or (forum == "commercial_appeal" and governing.law == "unknown"):
        reviews.plan(turn, day)
    pursuit.take_up(turn, forum, 1, day)


def _denied(dispute: Dispute) -> bool:
    """Whether the payer denied, and does not say itself that open negotiation may begin."""
    return dispute.denied and "N876" not in dispute.remarks


def _forum_of(turn: Turn, received_on: date) -> Forum:
    """The forum that law and codes lead to for what was received on a day, where the law's own is still in time."""
    dispute, governing, cause = turn.dispute, turn.case.governing, turn.case.cause
    assert governing is not None and cause is not None
    if _denied(dispute):  # a payer that says open negotiation may begin contradicts a denial that nothing answers
        return cause.forum or "commercial_appeal"
    if dispute.taken_back:
        # an appeal is open against a payment taken back (29 CFR 2560.503-1(m)(4)); the periods of open negotiation and
        # of the states' processes run from the first payment, and whether they run anew is for a person
        return "commercial_appeal"
    if governing.law == "federal" and pursuit.is_open(turn, "open_negotiation", received_on):
        return "open_negotiation"
    if governing.law == "state" and pursuit.is_open(turn, "state_process", received_on):
        return "state_process"
    return "commercial_appeal"


def _finish(turn: Turn, how: str) -> None:
    records.dropped(turn)
    if how not in _OPEN_ENDS:  # the others settle or withdraw what was denied beside, too
        turn.change(further_due=None)
    turn.change(stage="ended", ended=how, deadlines=(), blocked=(), escalated="")


_HANDLERS: dict[type[Event], Callable[[Turn, Any], None]] = {
    ClaimReceived: _received_again,
    ClaimReplaced: _replaced,
    ClaimVoided: _voided,
    RemittanceReceived: _remittance,
    RemittanceReversed: unmatched,
    RecordsRequested: records.requested,
    RecordsAcknowledged: records.acknowledged,
    UnderpaymentFlagged: _dispute,
    ClaimDenied: _dispute,
    DisputeWidened: _widened,
    NegotiationFailed: _talks_failed,
    LineAgreed: _line_agreed,
    ClaimSettled: _settled,
    SettlementShort: collection.fell_short,
    SettlementRescinded: _rescinded,
    ClaimClosed: _closed,
    PayerAppealDecision: answers.hear_decision,
    PayerIdrDetermination: idr.determined,
}

HEARS = tuple(_HANDLERS)
