"""Answers and silence: what a decision, a missing one, or failed talks lead to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain import further_lines, held_answers
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.filing import end
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.registry import FORUMS, check_move, filing_answered, forum_in
from services.appeals.domain.held_answers import Answer
from services.appeals.domain.pursuit import start_level
from services.appeals.domain.steps import ForumName, Move
from shared.decider import IllegalTransition
from shared.events.base import Event
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.events.pursuit import AppealDecided, AppealOutcome
from shared.forums import awards

_SILENCE = "29 CFR 2560.503-1(l)"
_MOVES: dict[str, Move] = {
    "overturned": "overturned",
    "partially_overturned": "partial",
    "upheld": "upheld",
    "dismissed": "upheld",
}


def on_decision(builder: DecisionBuilder, answer: PayerAppealDecision) -> None:
    """A payer or reviewer decided a level; what cannot be, or contradicts what is recorded, is held for a person."""
    case = builder.case
    filing = filing_answered(case, answer.case_id, answer.level)
    if filing is None:
        if case.stage == "ended":
            return
        raise IllegalTransition("a decision on an appeal that was not filed (case and level); 29 CFR 2560.503-1(i)")
    recorded = Answer(answer.outcome, answer.decided_on, answer.awarded)
    why = _doubt(builder, filing, recorded)
    if why:
        held_answers.hold(builder, filing, recorded, why)
    elif case.stage != "ended" and filing.outcome is None:
        _take(builder, filing, answer)


def _doubt(builder: DecisionBuilder, filing: Filing, recorded: Answer) -> str:
    """Why an answer that came by itself is held; empty where it is taken, or says what is recorded."""
    case = builder.case
    known = held_answers.doubt(case, filing, recorded, builder.today)
    if known or held_answers.recorded(filing) is not None:
        return known
    return held_answers.doubt_of_amount(case, recorded)


def _take(builder: DecisionBuilder, filing: Filing, answer: PayerAppealDecision) -> None:
    case = builder.case
    if case.stage == "await" and (filing.forum, filing.level) == (case.forum, case.level):
        _decide_current(builder, filing, answer)
    elif answer.outcome in held_answers.WON:
        _decide_late(builder, filing, answer)
    # a late refusal changes nothing: the next step is already under way


def take_held(builder: DecisionBuilder, key: str) -> None:
    """A person found out that a favourable decision, held against the refusal that is recorded, is the right one.

    Everything else that is held is entered again with its right day, or set aside: what the other side was refused or
    granted by the recorded answer is under way or settled already.
    """
    case, item = builder.case, held_answers.waiting(builder.case, key)
    filing = next((f for f in case.filings if (case.case_id, f.number) == (item.case_id, item.number)), None)
    if filing is None or not case.live:
        raise IllegalTransition("take: the case it answers has ended; set it aside, and claim what it grants")
    known = held_answers.recorded(filing)
    if item.outcome not in ("overturned", "partially_overturned") or known is None or known.outcome in held_answers.WON:
        raise IllegalTransition("take: only a favourable decision over a refusal is taken; 29 CFR 2560.503-1(h)(2)")
    if not filing.filed_on <= item.day <= builder.today:
        raise IllegalTransition("take: the day cannot be; enter the decision with its right day")
    held_answers.close(builder, item)
    answer = PayerAppealDecision(
        claim_id=case.claim_id,
        case_id=case_id_in(case, FORUMS[filing.forum]),
        level=filing.level,
        outcome=item.outcome,
        decided_on=item.day,
        awarded=item.amount,
    )
    _decide_late(builder, filing, answer)


def doubt_of(builder: DecisionBuilder, answer: Event) -> str:
    """Why a payer's answer would be held for a person; empty where it would not. For a person who enters one."""
    if isinstance(answer, PayerAppealDecision):
        filing = filing_answered(builder.case, answer.case_id, answer.level)
        recorded = Answer(answer.outcome, answer.decided_on, answer.awarded)
    elif isinstance(answer, PayerIdrDetermination):
        filing = _initiation(builder.case) if answer.case_id == builder.case.case_id else None
        recorded = Answer(answer.prevailing, answer.determined_on, answer.award)
    else:
        return ""
    return "" if filing is None else held_answers.doubt(builder.case, filing, recorded, builder.today)


def _decide_current(builder: DecisionBuilder, filing: Filing, answer: PayerAppealDecision) -> None:
    move = _MOVES[answer.outcome]
    check_move(builder, move)
    _record_outcome(builder, filing, answer.outcome, answer.decided_on, answer.awarded)
    _no_more_to_see(builder)
    following = next_level(builder)
    won = move in ("overturned", "partial")
    builder.emit(_decided(builder.case, filing, answer.outcome, answer, exhausted=not won and following is None))
    if won:
        _await_agreement(builder, answer.decided_on)
    elif following is None:
        end(builder, f"{filing.forum} level {filing.level} {answer.outcome}; no level is left", _rule(filing.forum))
    else:
        start_level(builder, *following, _anchor(builder, answer.decided_on))


def _decide_late(builder: DecisionBuilder, filing: Filing, answer: PayerAppealDecision) -> None:
    """A favourable decision that came after we had gone on: it stands, and the next level rests.

    Negotiation and IDR go on until settlement has agreed: their clocks cannot be wound back.
    """
    _record_outcome(builder, filing, answer.outcome, answer.decided_on, answer.awarded)
    builder.emit(_decided(builder.case, filing, answer.outcome, answer, exhausted=False))
    forum = forum_in(builder.case)
    if forum is not None and forum.traits.rests_after_late_win and builder.case.stage in ("await", "prepare"):
        _await_agreement(builder, answer.decided_on)


def _decided(
    case: AppealCase, filing: Filing, outcome: AppealOutcome, answer: PayerAppealDecision, *, exhausted: bool
) -> AppealDecided:
    forum = FORUMS[filing.forum]
    assert forum.traits.event_name is not None  # no answer belongs to a demand: money is the answer
    return AppealDecided(
        claim_id=case.claim_id,
        case_id=case_id_in(case, forum),
        forum=forum.traits.event_name,
        level=filing.level,
        outcome=outcome,
        decided_on=answer.decided_on,
        awarded=answer.awarded,
        exhausted=exhausted,
        reason=answer.reason,
    )


def _record_outcome(
    builder: DecisionBuilder, filing: Filing, outcome: AppealOutcome, on: date, awarded: Decimal | None
) -> None:
    done = msgspec.structs.replace(filing, outcome=outcome, decided_on=on, awarded=awarded)
    builder.change(filings=tuple(done if f.number == filing.number else f for f in builder.case.filings))
    held_answers.answered(builder, filing)


def _await_agreement(builder: DecisionBuilder, decided_on: date) -> None:
    """Settlement answers a favourable decision; while it does, the next level's deadline keeps running."""
    forum = forum_in(builder.case)
    assert forum is not None
    deadlines = [builder.waiting("agreement", *forum.paid_by(builder, decided_on))]
    following = next_level(builder)
    if following is not None:
        name, level = following
        due, rule = FORUMS[name].file_by(builder, level, decided_on)
        deadlines.append(builder.ours("next_level", due, rule))
    beside = builder.case.reviews  # what a part was granted of may still be fought elsewhere
    builder.change(stage="agreement", deadlines=(*deadlines, *beside), escalated="")


def next_level(builder: DecisionBuilder) -> tuple[ForumName, int] | None:
    """What may follow the case's present forum and level."""
    forum = forum_in(builder.case)
    return None if forum is None else forum.next_level(builder)


def _anchor(builder: DecisionBuilder, decided_on: date) -> date:
    forum = forum_in(builder.case)
    return decided_on if forum is None else forum.next_anchor(builder, decided_on)


def no_answer(builder: DecisionBuilder, due: date) -> None:
    """The time to decide passed in silence: the level counts as exhausted."""
    case = builder.case
    check_move(builder, "silence")
    following = next_level(builder)
    if following is None:
        end(builder, f"no decision by {due.isoformat()} and no level is left", _SILENCE)
    else:
        start_level(builder, *following, _anchor(builder, due))
        builder.change(escalated=builder.case.escalated or f"no decision of {case.forum} level {case.level}")


def talks_failed(builder: DecisionBuilder) -> None:
    """Settlement's talks ended without agreement."""
    case = builder.case
    if not case.live or case.stage != "agreement":
        return  # an open negotiation cannot be shortened, and an appeal pending is not touched by talks
    decided_on = next((f.decided_on for f in reversed(case.filings) if f.decided_on), builder.today)
    following = next_level(builder)
    if following is None:
        end(builder, "talks about the partial decision failed and no level is left", _rule(case.forum))
    else:
        start_level(builder, *following, decided_on)


def on_determination(builder: DecisionBuilder, answer: PayerIdrDetermination) -> None:
    """The certified IDR entity determined.

    One told twice changes nothing; one that cannot be, or is another than the one recorded, is held for a person; one
    of another case is refused.
    """
    case = builder.case
    if answer.case_id != case.case_id:
        if case.stage == "ended":
            return
        raise IllegalTransition("an IDR determination for another case of this claim; 45 CFR 149.510(c)(4)")
    filing = _initiation(case)
    recorded = Answer(answer.prevailing, answer.determined_on, answer.award)
    why = "" if filing is None else _doubt(builder, filing, recorded) or _of_the_payer_alone(answer, filing)
    if filing is not None and why:
        held_answers.hold(builder, filing, recorded, why)
    elif case.stage == "agreement" and forum_in(case) is FEDERAL_IDR and answer.determined_on == case.determined_on:
        return  # also where an older release kept no more of it than its day
    elif case.stage != "ended" and (filing is None or held_answers.recorded(filing) is None):
        check_move(builder, "determined")
        FEDERAL_IDR.determined(builder, answer)
        done = _initiation(builder.case)
        assert done is not None  # it was determined
        held_answers.answered(builder, done)
        _no_more_to_see(builder)


def _no_more_to_see(builder: DecisionBuilder) -> None:
    """What a person was to look at while an answer was waited for is moot; a lapse about other lines is not."""
    if not builder.case.escalated.startswith(further_lines.MISSED):
        builder.change(escalated="")


def _of_the_payer_alone(answer: PayerIdrDetermination, filing: Filing) -> str:
    """Why a determination against us is not believed where only the payer tells it; empty where it may be."""
    if answer.reported_by != "payer" or answer.prevailing == "provider" or held_answers.recorded(filing) is not None:
        return ""
    return f"the payer alone tells that it prevailed on {answer.determined_on.isoformat()}: ask the entity"


def _initiation(case: AppealCase) -> Filing | None:
    """The filing of a case that an IDR determination answers."""
    return next((f for f in reversed(case.filings) if awards(f.forum)), None)


def _rule(name: ForumName | None) -> str:
    return FORUMS[name].traits.exhausted_rule if name is not None else _SILENCE
