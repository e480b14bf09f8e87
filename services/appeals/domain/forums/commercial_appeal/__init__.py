"""The plan's own appeal, 29 CFR 2560.503-1(h): one or two levels; for Federal Employees plans 48 CFR 1652.204-72."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.appeals.domain.case import AppealCase
from services.appeals.domain.cause import GROUND
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.external_review import ExternalReview, may_be_reviewed
from services.appeals.domain.forums.protocol import Calendar, Example, Forum, Papers, Traits
from services.appeals.domain.schedule import Dated, Known, Schedule, Term
from services.appeals.domain.steps import ForumName, Steps, appeal_steps
from services.appeals.domain.tables import PayerRow, RemedyRow

_LEVELS = 2
"""A plan may ask for two mandatory appeals at most (29 CFR 2560.503-1(c)(2))."""
_REVIEW = ExternalReview()


class CommercialAppeal(Appeal):
    """Where a claim goes that no other forum is known to be right for."""

    name: ForumName = "commercial_appeal"
    limits = "commercial"
    needs_assignment = True
    steps: Steps = appeal_steps(
        "file the plan's appeal", "plan decides the appeal", mover="payer", rule="29 CFR 2560.503-1(h)",
        limits="commercial.level_1", needs=("assignment_of_benefits",),
    )  # fmt: skip
    traits = Traits(
        label="the plan's appeal",
        event_name="commercial_appeal",
        internal_appeal=True,
        reviews_beside=True,
        argues_denied_lines=True,
        withdrawn_if_late=True,
    )
    papers = Papers(judged_by_records=True)

    def __init__(self) -> None:
        self.calendars: Mapping[str, Calendar] = {"commercial": self._plan, "erisa": self._plan, "fehb": self._fehb}

    def blocked_by(self, case: AppealCase) -> tuple[str, ...]:
        """An assignment must be on file, and the denial must be one that is appealed."""
        missing = () if case.facts.appeal_anyway or not _calls_for_something_else(case) else (GROUND,)
        return (*super().blocked_by(case), *missing)

    def remedy(self, case: AppealCase) -> str:
        """The cause's own; where that is not an appeal, the payment is appealed for."""
        return "payment_appeal" if _calls_for_something_else(case) else super().remedy(case)

    def limits_of(self, level: int, *, fehb: bool) -> str:
        """Each level has limits of its own, and Federal Employees plans have others."""
        return f"{'fehb' if fehb else 'commercial'}.level_{level}"

    def term(self, level: int, payer: PayerRow | None) -> Term | None:
        """The second level's time is the plan's to set."""
        known = payer is not None and level == _LEVELS and payer.level_2_days
        return Term(payer.level_2_days, payer.source) if payer is not None and known else None

    def decision_due(
        self, schedule: Schedule, level: int, filed: date, payer: PayerRow | None, *, fehb: bool
    ) -> tuple[date, str]:
        """A plan that is known to have two levels has half the time for each (29 CFR 2560.503-1(i)(2)(iii)(A))."""
        key = f"{self.limits_of(level, fehb=fehb)}.decide"
        if payer is not None and payer.levels == _LEVELS and not fehb:
            key = f"{key}_of_two"
        return schedule.answer_due(key, filed)

    def next_level(self, builder: DecisionBuilder) -> tuple[ForumName, int] | None:
        """The second level, then external review where it is open."""
        case, payer = builder.case, builder.payer
        levels = payer.levels if payer is not None and payer.levels else builder.rule_set.policy.default_levels
        if case.level < min(levels, _LEVELS):
            return self.name, case.level + 1
        if builder.fehb or not may_be_reviewed(case):
            return None
        return _REVIEW.name, 1

    def leaves_for(self, case: AppealCase, target: Forum) -> bool:
        """Before it is filed; after that too for a process whose time runs on beside it."""
        return case.stage == "prepare" or (case.stage == "await" and target.traits.runs_beside_appeal)

    def level_name(self, level: int) -> str:
        """What a level is called in a calendar."""
        return f"appeal level {level}"

    def _plan(self, schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
        rows = self._levels(schedule, received, known, fehb=False)
        return rows + _REVIEW.dated(schedule, 1, rows[-1].due, Known())

    def _fehb(self, schedule: Schedule, received: date, known: Known, state: str) -> list[Dated]:
        return self._levels(schedule, received, known, fehb=True)

    def _levels(self, schedule: Schedule, received: date, known: Known, *, fehb: bool) -> list[Dated]:
        rows = self.dated(schedule, 1, received, known, fehb=fehb)
        decided = known.decided or rows[-1].due
        return rows + self.dated(schedule, _LEVELS, decided, Known(), fehb=fehb)

    def examples(
        self, denials: Mapping[ForumName, Sequence[RemedyRow]], specialties: Sequence[str]
    ) -> Sequence[Example]:
        """An underpayment of each specialty, a second level, and both levels of each denial."""
        return [
            *(Example(specialty=specialty) for specialty in specialties),
            Example(level=_LEVELS, after=self.name),
            *(
                Example(level=level, denial=row, specialty="cardiology", after=self.name if level > 1 else None)
                for row in denials.get(self.name, ())
                for level in (1, _LEVELS)
            ),
        ]


def _calls_for_something_else(case: AppealCase) -> bool:
    """Return True if the payer denied for a reason whose remedy no forum grants."""
    denied = case.dispute is not None and case.dispute.denied
    return denied and case.cause is not None and case.cause.forum is None
