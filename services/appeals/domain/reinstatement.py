"""Rights that were given up for time, and are shown to have been kept: the pursuit goes on.

A miss is assumed where nobody has told of a filing, and a bar where the day of receipt says so. A filing that a person
attests later as sent in time, and a day of receipt that leaves the right open, take both back. The claim was closed
meanwhile: it is opened and judged again by those whose part that is, and the new verdict finds here what to go on with.
"""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain import pursuit
from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.filing import require_after_earlier
from services.appeals.domain.forums.registry import DEFAULT, FORUMS, forum_under
from services.appeals.domain.judgement import Governing
from services.appeals.domain.statements import Lapse, LateProof, Received
from services.appeals.domain.steps import ForumName
from shared.decider import IllegalTransition
from shared.events.pursuit import PursuitResumed


def attest(builder: DecisionBuilder, on: date, reference: str, despite: str) -> None:
    """A person says that the filing given up as missed was sent in time: refused as it would have been before."""
    case, lapse = builder.case, _of(builder.case)
    if lapse.barred:
        raise IllegalTransition("file: barred by the day of receipt; correct that day first, where it was another")
    require_after_earlier(case, FORUMS[lapse.forum], on)
    proof = LateProof(on=on, reference=reference, despite=despite)
    draft = DecisionBuilder(builder.rule_set, case, builder.today)
    _file(draft, lapse, proof)
    builder.change(proof=proof, deadlines=())
    what = FORUMS[lapse.forum].traits.label
    _resumed(builder, f"{what} was filed on {on.isoformat()}, in time until {lapse.until.isoformat()}")


def attest_missed(builder: DecisionBuilder, forum: ForumName, on: date, reference: str, despite: str) -> None:
    """A person says that a filing said to be missed was sent in time, after the pursuit went on to the plan's appeal.

    It goes before the appeal; one that was filed meanwhile is heard like any that is answered late.
    """
    case, lapse = builder.case, builder.case.lapsed
    if not case.live or lapse is None or lapse.forum != forum:
        raise IllegalTransition(f"file: no filing in {FORUMS[forum].traits.label} was said to be missed")
    before = tuple(f for f in case.filings if f.forum != DEFAULT.name)
    require_after_earlier(msgspec.structs.replace(case, filings=before), FORUMS[forum], on)
    _file(builder, lapse, LateProof(on=on, reference=reference, despite=despite))
    builder.change(lapsed=None)


def go_on(builder: DecisionBuilder, proof: LateProof) -> None:
    """The claim was judged again: record the filing that was proven where the pursuit had been given up."""
    lapse = builder.case.lapsed
    assert lapse is not None  # a proof is only kept beside it
    FORUMS[lapse.forum].restate(builder)
    _file(builder, lapse, proof)
    builder.change(lapsed=None, proof=None)


def correct(builder: DecisionBuilder, day: date, why: str) -> tuple[date, date, str]:
    """Payment or denial was received on another day, by which the right that was given up is open.

    Returns its last day before and now, and the rule; raises `IllegalTransition` where it is over by that day too.
    """
    lapse = _of(builder.case)
    forum = FORUMS[lapse.forum]
    if lapse.level != 1 or not forum.traits.counted_from_receipt:
        raise IllegalTransition("correct: what was given up is not counted from the receipt of payment or denial")
    received = msgspec.structs.replace(builder.dispute, notice_on=day, arrived_on=None)
    builder.change(dispute=received, received=Received(received.remittance_id, day))
    last, rule = max(one.file_by(builder, 1, day) for one in (forum, DEFAULT))
    if builder.today > last:
        reason = f"received on {day.isoformat()}, it had to be filed by {last.isoformat()}"
        raise IllegalTransition(f"correct: {reason}; {rule}")
    builder.corrected(builder.ours("file", last, rule), lapse.until, why)
    _resumed(builder, f"{why}: {forum.traits.label} is in time")
    return lapse.until, last, rule


def by_law(builder: DecisionBuilder, before: Governing) -> None:
    """The law is another than the one by which a right was given up: what it leaves open and unused is taken up.

    A right that is over by its own last day, or was used, is not opened again; nor is a dispute beside the first.
    """
    case, law = builder.case, builder.case.governing
    if case.lapsed is None or case.proof is not None or case.dispute is None or case.lines or law is None:
        return
    if law.law in (before.law, "excluded") or not case.ended.startswith("closed: "):
        return
    day, own = case.dispute.notice_on, forum_under(law.law)
    appealed = case.dispute.denied or case.dispute.recouped or not pursuit.is_open(builder, own.name, day)
    forum = DEFAULT if appealed else own
    used = any(filing.forum == forum.name for filing in case.filings)
    if used or not pursuit.is_open(builder, forum.name, day):
        return
    until, rule = forum.file_by(builder, 1, day)
    found = law.fired[-1] if law.fired else None
    why = f" ({found.finding}; {found.source})" if found is not None else ""
    open_ = f"{forum.traits.label} is open until {until.isoformat()}; {rule}"
    _resumed(builder, f"governing law: {law.law}, not {before.law}{why}: {open_}")


def _of(case: AppealCase) -> Lapse:
    if case.lapsed is None or case.proof is not None or case.dispute is None:
        raise IllegalTransition("file: the case has ended")
    if case.lines:
        raise IllegalTransition("file: a dispute beside the claim's first is not opened again; note what was sent")
    return case.lapsed


def _file(builder: DecisionBuilder, lapse: Lapse, proof: LateProof) -> None:
    """File at the step where the pursuit was given up."""
    forum = FORUMS[lapse.forum]
    builder.change(
        forum=lapse.forum,
        level=lapse.level,
        stage="prepare",
        ended="",
        escalated="",
        blocked=forum.blocked_by(builder.case),
        deadlines=(builder.ours("file", lapse.until, lapse.rule),),
    )
    pursuit.file(builder, on=proof.on, reference=proof.reference, despite=proof.despite)


def _resumed(builder: DecisionBuilder, reason: str) -> None:
    builder.emit(PursuitResumed(claim_id=builder.case.claim_id, case_id=builder.case.case_id, reason=reason))
