"""Which law and which forum a dispute leads to, and the round of pursuit that begins there."""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain import consent, further_lines, handover, payer_duties, pursuit, receipt, reviews
from services.appeals.domain.case import AppealCase, Dispute, Facts, case_id_of
from services.appeals.domain.cause import GROUND, Cause
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.eligibility import governing_law
from services.appeals.domain.forums.filing import end
from services.appeals.domain.forums.protocol import Forum
from services.appeals.domain.forums.registry import DEFAULT, FORUMS, forum_in, forum_under
from services.appeals.domain.judgement import Governing, Question
from services.appeals.domain.remedies import cause_of_denial
from services.appeals.domain.state_thresholds import Amounts
from services.appeals.domain.statements import HandedOver
from shared.decider import IllegalTransition


def begin_round(builder: DecisionBuilder, dispute: Dispute) -> None:
    """A round of pursuit about a dispute: its law, its cause, its forum."""
    case = builder.case
    same = case.dispute is not None and case.dispute.remittance_id == dispute.remittance_id
    builder.change(dispute=dispute, extensions=case.extensions if same else ())
    governing = judged(builder)
    builder.change(
        case_id=case.case_id if case.lines else case_id_of(case.claim_id, case.round + 1),
        round=case.round + 1,
        governing=governing,
        cause=_cause(builder, case.facts, dispute, governing),
        filings=case.filings if case.lines else (),  # a dispute beside the first keeps its id, and its numbers
        forum=None,
        level=0,
        stage="watching",
        deadlines=(),
        blocked=(),
        negotiation_on=None,
        entity_on=None,
        entity_assumed=False,
        payer_entity_on=None,
        offer_on=None,
        entity=None,
        information=(),
        information_due=None,
        escalated="",
        ended="",
        owed=None,
        lapsed=None,
        proof=None,
        reported_steps=(),
    )
    payer_duties.law_judged(builder)
    if case.handed_over is None or case.handed_over.begun:
        choose_forum(builder)
    else:
        _go_on(builder, case.handed_over)
    if leaves_denied(builder):
        further_lines.plan(builder, dispute.notice_on)


def _go_on(builder: DecisionBuilder, item: HandedOver) -> None:
    """Go on where another system left it; where it cannot stand there, begin anew and tell a person why."""
    draft = builder.copy()
    try:
        handover.start(draft, item)
    except IllegalTransition as error:
        builder.change(handed_over=msgspec.structs.replace(item, begun=True))
        choose_forum(builder)
        builder.change(escalated=f"{handover.CANNOT}{error}")
        return
    builder.take_over(draft)


def leaves_denied(builder: DecisionBuilder) -> bool:
    """Return True if the forum that the case is in does not argue what was denied beside the rest."""
    case, forum = builder.case, forum_in(builder.case)
    denied = case.dispute is not None and bool(case.dispute.denied_lines)
    elsewhere = forum is None or not forum.traits.argues_denied_lines
    return denied and case.live and receipt.WANTED not in case.blocked and elsewhere


def judged(builder: DecisionBuilder) -> Governing:
    """The law that governs by all that is known now; what a person decided stands."""
    case = builder.case
    if case.governing is not None and case.governing.by_person:
        return case.governing
    return governing_law(question_of(case), builder.rule_set.rules)


def judge_again(builder: DecisionBuilder) -> None:
    """Judge again after a change of the claim or of what is in dispute.

    What was filed stays: where the federal process may not govern any more a person is told, and beside an appeal the
    dates of the processes that may govern follow.
    """
    case = builder.case
    if case.governing is None:
        return
    found = judged(builder)
    builder.change(governing=found)
    payer_duties.law_judged(builder)
    if not case.live or found.law == case.governing.law:
        return
    forum = forum_in(case)
    if forum is None:
        return
    if forum.traits.federal_process:
        if found.law == "federal":
            return
        last = found.fired[-1]
        builder.change(escalated=f"the federal process may not govern: {last.finding}; {last.source}")
    elif forum.traits.reviews_beside:
        reviews.plan(builder, builder.dispute.notice_on)


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
        pursued=_pursued(case),
        group_number=facts.group_number,
        plan=case.plan_facts,
        amounts=_amounts(case),
        consent_faults=consent.faults(facts.consent_record) if facts.consent_record is not None else (),
        consent_doubt=consent.doubt(facts.consent_record) if facts.consent_record is not None else "",
    )


def _amounts(case: AppealCase) -> Amounts | None:
    dispute = case.dispute
    return Amounts(billed=case.facts.charge, allowed=dispute.allowed, sought=dispute.target) if dispute else None


def _pursued(case: AppealCase) -> bool:
    """Return True if negotiation or IDR was begun over the claim, in this round or one before."""
    begun = case.negotiation_on is not None or case.determined_on is not None
    return begun or any(FORUMS[filing.forum].traits.federal_process for filing in case.filings)


def _cause(builder: DecisionBuilder, facts: Facts, dispute: Dispute, governing: Governing) -> Cause:
    if not dispute.denied:
        carc = "45" if "45" in dispute.carcs else next(iter(dispute.carcs), "")
        federal = governing.law == "federal" and not dispute.recouped
        traits = forum_under(governing.law).traits if federal else DEFAULT.traits
        what = "a payment taken back, below" if dispute.recouped else "paid below"
        return Cause(
            carc,
            f"{what} a fair out-of-network allowance",
            traits.underpayment,
            None,
            False,
            (),
            traits.underpayment_source,
        )
    return cause_of_denial(
        dispute.carcs,
        dispute.remarks,
        dispute.groups,
        builder.rule_set.rules,
        dispute.notice_on,
        emergency=bool({"emergency", "emergency_code"} & set(facts.signals)),
        protected=governing.law == "federal",
    )


def choose_forum(builder: DecisionBuilder) -> None:
    """Take the forum that law and codes lead to, or say why there is none."""
    case, dispute = builder.case, builder.dispute
    governing, cause = case.governing, case.cause
    assert governing is not None and cause is not None
    if governing.law == "excluded":
        fired = governing.fired[-1]
        end(builder, f"another program's own appeal process applies: {fired.finding}", fired.source)
        return
    nowhere = _denied(dispute) and cause.forum is None and "N877" not in dispute.remarks
    if nowhere and not _may_be_protected(governing):
        end(builder, f"{cause.remedy}: {cause.cause}", f"CARC {cause.carc}; {cause.source}")
        return
    day = dispute.notice_on
    if dispute.arrived_on is not None:
        forum = _forum_of(builder, dispute.arrived_on)
        last, latest = (forum.file_by(builder, 1, one)[0] for one in (day, dispute.arrived_on))
        if last < builder.today <= latest:  # what even the latest day bars is no question
            receipt.ask(builder, forum, dispute.arrived_on)
            return
    forum = _forum_of(builder, day)
    open_law = governing.law in ("unknown", "commercial")
    if _denied(dispute) or dispute.recouped or (forum.traits.reviews_beside and open_law):
        reviews.plan(builder, day)
    pursuit.start_level(builder, forum.name, 1, day)
    if GROUND in builder.case.blocked:
        words = (
            "another payer is to be billed first" if cause.remedy == "bill_other_payer" else "there is no appeal of it"
        )
        builder.change(
            escalated=f"CARC {cause.carc}, {cause.cause}: {words}; the service may be protected, so the dates run: "
            "see to it, record that it is appealed all the same, or withdraw"
        )


def _may_be_protected(governing: Governing) -> bool:
    """Return True if federal rights hang on the claim, which no reason of the payer's ends by itself."""
    return governing.law in ("federal", "unknown") and governing.scope != "none"


def _denied(dispute: Dispute) -> bool:
    """Return True if the payer denied, and does not say itself that open negotiation may begin."""
    return dispute.denied and "N876" not in dispute.remarks


def _forum_of(builder: DecisionBuilder, received_on: date) -> Forum:
    """The forum that law and codes lead to for what was received on a day, where the law's own is still in time."""
    dispute, governing, cause = builder.dispute, builder.case.governing, builder.case.cause
    assert governing is not None and cause is not None
    if _denied(dispute):  # a payer that says open negotiation may begin contradicts a denial that nothing answers
        return FORUMS[cause.forum] if cause.forum is not None else DEFAULT
    if dispute.recouped:
        # an appeal is open against a payment taken back (29 CFR 2560.503-1(m)(4)); the periods of open negotiation and
        # of the states' processes run from the first payment, and whether they run again is for a person
        return DEFAULT
    forum = forum_under(governing.law)
    return forum if pursuit.is_open(builder, forum.name, received_on) else DEFAULT
