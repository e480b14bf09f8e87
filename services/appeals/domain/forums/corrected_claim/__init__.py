"""The corrected claim, or the records that a denial asked for: decided by the payer as a claim."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.protocol import Calendar, Forum, Papers, Traits
from services.appeals.domain.schedule import Dated, Known, Schedule, Term
from services.appeals.domain.steps import ForumName, Steps, appeal_steps
from services.appeals.domain.tables import PayerRow, Remedy

_REMEDIES: frozenset[Remedy] = frozenset(
    ("correct_and_resubmit", "resubmit_as_new_claim", "verify_coverage_and_resubmit", "send_records",
     "patient_information")
)  # fmt: skip


class CorrectedClaim(Appeal):
    """Refused, it leads to the plan's appeal, counted from the original denial."""

    name: ForumName = "corrected_claim"
    limits = "corrected"
    steps: Steps = appeal_steps(
        "send the corrected claim or records", "payer decides the corrected claim", mover="payer",
        rule="29 CFR 2560.503-1(f)", limits="corrected", needs=("corrected_fields",),
    )  # fmt: skip
    traits = Traits(
        label="corrected claim",
        event_name="corrected_claim",
        remedies=_REMEDIES,
        own_case_id=True,
        internal_appeal=True,
        reviews_beside=True,
    )
    papers = Papers(payer_address="claims_address", judged_by_records=True, names_specialty=False)

    def __init__(self) -> None:
        self.calendars: Mapping[str, Calendar] = {"corrected": self._calendar}

    def term(self, level: int, payer: PayerRow | None) -> Term | None:
        """The payer's own time for timely filing."""
        if payer is None or not payer.timely_filing_days:
            return None
        return Term(payer.timely_filing_days, payer.source)

    def next_level(self, builder: DecisionBuilder) -> tuple[ForumName, int] | None:
        """The plan's appeal."""
        return "commercial_appeal", 1

    def next_anchor(self, builder: DecisionBuilder, decided_on: date) -> date:
        """The first appeal runs from the original denial, whatever became of the corrected claim."""
        return builder.dispute.notice_on

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """Only for a process whose time runs on beside it."""
        return target.traits.runs_beside_appeal and case.stage in ("prepare", "await")

    def _calendar(self, schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
        return self.dated(schedule, 1, received, known)
