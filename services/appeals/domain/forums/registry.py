"""Every forum, named once. The engine asks here, by the name that a case or a filing keeps."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.collection import COLLECTION
from services.appeals.domain.forums.commercial_appeal import CommercialAppeal
from services.appeals.domain.forums.corrected_claim import CorrectedClaim
from services.appeals.domain.forums.external_review import ExternalReview
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.open_negotiation import OpenNegotiation
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.protocol import Forum
from services.appeals.domain.forums.state_process import StateProcess
from services.appeals.domain.steps import OUTSIDE, ForumName, Move, Stage, Step, Steps, check_step
from shared.decider import IllegalTransition
from shared.events.pursuit import Law

DEFAULT: Forum = CommercialAppeal()
"""Where a claim goes that no other forum is known to be right for: an appeal to the plan keeps the right alive."""
_ALL: tuple[Forum, ...] = (
    CorrectedClaim(),
    DEFAULT,
    ExternalReview(),
    StateProcess(),
    OpenNegotiation(),
    FEDERAL_IDR,
    COLLECTION,
)
FORUMS: Mapping[ForumName, Forum] = {forum.name: forum for forum in _ALL}
FORUM_STEPS: Mapping[ForumName, Steps] = {forum.name: forum.steps for forum in _ALL}


def forum_in(case: AppealCase) -> Forum | None:
    """The forum a case stands in."""
    return None if case.forum is None else FORUMS[case.forum]


def sought_now(case: AppealCase) -> Decimal | None:
    """The allowed amount in dollars that a case seeks where it stands: of what is filed there, or of what would be.

    In IDR that is our offer, of an award that was not paid what has not come. None where nothing is in dispute.
    """
    forum = forum_in(case)
    if forum is None or (case.dispute is None and case.owed is None):
        return None
    filed = case.filings[-1] if case.filings else None
    here = filed is not None and case.owed is None and (filed.forum, filed.level) == (case.forum, case.level)
    return filed.sought if filed is not None and here else forum.sought(case)


def forum_under(law: Law) -> Forum:
    """Where an underpayment is taken that a law governs."""
    return next((forum for forum in _ALL if forum.traits.law == law), DEFAULT)


def step_of(forum: ForumName | None, stage: Stage) -> Step:
    """The step a case stands at."""
    if stage in OUTSIDE or forum is None:
        return OUTSIDE["ended" if stage == "ended" else "watching"]
    return FORUM_STEPS[forum][stage]


def check(forum: ForumName | None, stage: Stage, move: Move) -> None:
    """Raise `IllegalTransition` with the rule where a step does not allow a move."""
    if stage == "ended":
        raise IllegalTransition(f"{move}: the case has ended")
    check_step(f"{forum}, {stage}" if forum else stage, step_of(forum, stage), move)


def check_move(builder: DecisionBuilder, move: Move) -> None:
    """Raise `IllegalTransition` where the step the case stands at does not allow the move."""
    check(builder.case.forum, builder.case.stage, move)


def filing_answered(case: AppealCase, case_id: str, level: int) -> Filing | None:
    """The latest appeal that an answer naming this case and level can belong to."""
    for item in reversed(case.filings):
        forum = FORUMS[item.forum]
        if forum.traits.answered_by_decision and item.level == level and case_id_in(case, forum) == case_id:
            return item
    return None
