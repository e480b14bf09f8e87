"""External review by an independent review organization, 45 CFR 147.136(d): after the plan's appeals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.appeals.domain.case import AppealCase
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.protocol import Calendar, Example, Papers, Traits
from services.appeals.domain.judgement import Governing
from services.appeals.domain.schedule import Dated, Known, Schedule
from services.appeals.domain.steps import ForumName, Steps, appeal_steps
from services.appeals.domain.tables import RemedyRow

_RULE = "45 CFR 147.136(d)"


class ExternalReview(Appeal):
    """Open for medical judgment, rescission and compliance with the No Surprises Act, not for price."""

    name: ForumName = "external_review"
    limits = "external"
    needs_assignment = True
    same_day_of_month = True
    decided_by = "reviewer"
    steps: Steps = appeal_steps(
        "request external review", "independent reviewer decides", mover="reviewer", rule=_RULE, limits="external",
        needs=("assignment_of_benefits", "final_adverse_determination"),
    )  # fmt: skip
    traits = Traits(
        label="external review",
        event_name="external_review",
        own_case_id=True,
        counted_from_receipt=False,
        chases_decision=True,
        exhausted_rule=_RULE,
    )
    papers = Papers(payer_address="external_review_address", judged_by_records=True)

    def __init__(self) -> None:
        self.calendars: Mapping[str, Calendar] = {"external": self._calendar}

    def _calendar(self, schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
        return self.dated(schedule, 1, received, known)

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """A denial of each kind that may come here after the plan's appeal."""
        return [
            Example(denial=row, specialty="cardiology", after="commercial_appeal")
            for row in denials.get("commercial_appeal", ())
            if row.external
        ]


def may_be_reviewed(case: AppealCase) -> bool:
    """Return True for medical judgment, rescission, or compliance with the Act (45 CFR 147.136(d)(1))."""
    cause, governing, dispute = case.cause, case.governing, case.dispute
    if cause is not None and (cause.external or cause.remedy == "nsa_misprocessing_appeal"):
        return True
    denies_federal = dispute is not None and "N885" in dispute.remarks
    return denies_federal and _protected(governing)


def _protected(governing: Governing | None) -> bool:
    return governing is not None and governing.scope != "none"
