"""Answers and silence: what a decision, a missing one, or failed talks lead to."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from services.appeals.domain import reviews
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.filing import end
from services.appeals.domain.ladder import Forum, Move
from services.appeals.domain.pursuit import take_up
from services.appeals.domain.turn import Turn
from shared.events.payer import PayerAppealDecision
from shared.events.pursuit import AppealDecided, AppealOutcome
from shared.fold import IllegalTransition

_EXHAUSTED = "29 CFR 2560.503-1(l)"
_MOVES: dict[str, Move] = {
    "overturned": "overturned",
    "partially_overturned": "partial",
    "upheld": "upheld",
    "dismissed": "upheld",
}


def hear_decision(turn: Turn, answer: PayerAppealDecision) -> None:
    """A payer or reviewer decided a level."""
    case = turn.case
    if case.stage == "ended":
        return
    filing = case.answered(answer.case_id, answer.level)
    if filing is None:
        raise IllegalTransition("a decision on an appeal that was not filed (case and level); 29 CFR 2560.503-1(i)")
    if case.stage == "await" and (filing.forum, filing.level) == (case.forum, case.level):
        _decide_current(turn, filing, answer)
    elif answer.outcome in ("overturned", "partially_overturned") and filing.outcome is None:
        _decide_late(turn, filing, answer)
    # a repeated or late refusal changes nothing: the next step is already under way


def _decide_current(turn: Turn, filing: Filing, answer: PayerAppealDecision) -> None:
    move = _MOVES[answer.outcome]
    turn.check(move)
    _record_outcome(turn, filing, answer.outcome, answer.decided_on, answer.awarded)
    following = next_level(turn)
    won = move in ("overturned", "partial")
    turn.emit(_decided(turn.case, filing, answer.outcome, answer, exhausted=not won and following is None))
    if won:
        _await_agreement(turn, answer.decided_on)
    elif following is None:
        end(turn, f"{filing.forum} level {filing.level} {answer.outcome}; no level is left", _rule(filing.forum))
    else:
        take_up(turn, *following, _anchor(turn, answer.decided_on))


def _decide_late(turn: Turn, filing: Filing, answer: PayerAppealDecision) -> None:
    """A favourable decision that came after we had gone on: it stands, and the next level rests.

    Negotiation and IDR go on until settlement has agreed: their clocks cannot be wound back.
    """
    _record_outcome(turn, filing, answer.outcome, answer.decided_on, answer.awarded)
    turn.emit(_decided(turn.case, filing, answer.outcome, answer, exhausted=False))
    if turn.case.stage in ("await", "prepare") and turn.case.forum not in ("open_negotiation", "federal_idr"):
        _await_agreement(turn, answer.decided_on)


def _decided(
    case: AppealCase, filing: Filing, outcome: AppealOutcome, answer: PayerAppealDecision, *, exhausted: bool
) -> AppealDecided:
    assert filing.forum not in ("collection", "records")  # no answer belongs to a demand: money is the answer
    return AppealDecided(
        claim_id=case.claim_id,
        case_id=case.case_id_in(filing.forum),
        forum=filing.forum,
        level=filing.level,
        outcome=outcome,
        decided_on=answer.decided_on,
        awarded=answer.awarded,
        exhausted=exhausted,
        reason=answer.reason,
    )


def _record_outcome(turn: Turn, filing: Filing, outcome: AppealOutcome, on: date, awarded: Decimal | None) -> None:
    done = msgspec.structs.replace(filing, outcome=outcome, decided_on=on, awarded=awarded)
    turn.change(filings=tuple(done if f.number == filing.number else f for f in turn.case.filings))


def _await_agreement(turn: Turn, decided_on: date) -> None:
    """Settlement answers a favourable decision; while it does, the next level's deadline keeps running."""
    deadlines = [turn.waiting("agreement", decided_on + timedelta(days=30), "house rule: payment or talks in 30 days")]
    following = next_level(turn)
    if following is not None and following[0] in ("commercial_appeal", "external_review"):
        due, rule = turn.house.schedule.file_by(*following, decided_on, turn.payer, fehb=turn.fehb)
        deadlines.append(turn.ours("next_level", due, rule))
    beside = reviews.standing(turn.case)  # what a part was granted of may still be fought elsewhere
    turn.change(stage="agreement", deadlines=(*deadlines, *beside), escalated="")


def next_level(turn: Turn) -> tuple[Forum, int] | None:
    """What may follow the case's present forum and level."""
    case = turn.case
    if case.forum == "corrected_claim":
        return "commercial_appeal", 1
    if case.forum != "commercial_appeal":
        return None
    payer = turn.payer
    levels = payer.levels if payer is not None and payer.levels else turn.house.policy.default_levels
    if case.level < min(levels, 2):
        return "commercial_appeal", case.level + 1
    if turn.fehb or not _externally_reviewable(case):
        return None
    return "external_review", 1


def _externally_reviewable(case: AppealCase) -> bool:
    """45 CFR 147.136(d)(1): medical judgment, rescission, or compliance with the No Surprises Act."""
    cause, governing, dispute = case.cause, case.governing, case.dispute
    if cause is not None and (cause.external or cause.remedy == "nsa_misprocessing_appeal"):
        return True
    denies_federal = dispute is not None and "N885" in dispute.remarks
    return denies_federal and governing is not None and governing.scope != "none"


def _anchor(turn: Turn, decided_on: date) -> date:
    """A first appeal runs from the original denial even after a corrected claim; later ones from the last decision."""
    return turn.dispute.notice_on if turn.case.forum == "corrected_claim" else decided_on


def no_answer(turn: Turn, due: date) -> None:
    """The time to decide passed in silence: the level counts as exhausted."""
    case = turn.case
    turn.check("silence")
    following = next_level(turn)
    if following is None:
        end(turn, f"no decision by {due.isoformat()} and no level is left", _EXHAUSTED)
    else:
        take_up(turn, *following, _anchor(turn, due))
        turn.change(escalated=turn.case.escalated or f"no decision of {case.forum} level {case.level}")


def talks_failed(turn: Turn) -> None:
    """Settlement's talks ended without agreement."""
    case = turn.case
    if not case.live or case.stage != "agreement":
        return  # an open negotiation cannot be shortened, and an appeal pending is not touched by talks
    decided_on = next((f.decided_on for f in reversed(case.filings) if f.decided_on), turn.today)
    following = next_level(turn)
    if following is None:
        end(turn, "talks about the partial decision failed and no level is left", _rule(case.forum))
    else:
        take_up(turn, *following, decided_on)


def _rule(forum: Forum | None) -> str:
    return "45 CFR 147.136(d)" if forum == "external_review" else _EXHAUSTED
