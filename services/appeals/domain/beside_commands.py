"""What people tell that stands beside a filing: steps of a state's process, and money that went to somebody else."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from services.appeals.domain import misdirected, reviews
from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.registry import forum_in, forum_under
from services.appeals.domain.statements import ReportedStep
from shared.decider import Decision, IllegalTransition


class CaseCommands:
    """Commands on one case; `now` is the instant they are given."""

    def __init__(self, rule_set: RuleSet, now: datetime) -> None:
        self._rule_set = rule_set
        self._today = rule_set.today(now)

    def _builder(self, case: AppealCase) -> DecisionBuilder:
        return DecisionBuilder(self._rule_set, case, self._today)


class BesideCommands(CaseCommands):
    """Commands about what stands beside a case's filings."""

    def step_reported(self, case: AppealCase, step: ReportedStep) -> Decision[AppealCase]:
        """A step beside the filing of a state's process was taken, also while it is open whether that process holds."""
        if not case.live or case.dispute is None:
            raise IllegalTransition("step: no pursuit is under way")
        if step.on > self._today:
            raise IllegalTransition("step: its day lies in the future")
        builder, forum = self._builder(case), forum_in(case)
        forum_under("state").step_reported(builder, step)
        if forum is not None and forum.traits.reviews_beside:
            reviews.plan(builder, builder.dispute.notice_on)
        return builder.decision()

    def misdirected(
        self, case: AppealCase, what: misdirected.Act, on: date, amount: Decimal | None = None, reason: str = ""
    ) -> Decision[AppealCase]:
        """A person deals with money that the plan sent to somebody else; `amount` is in dollars."""
        builder = self._builder(case)
        misdirected.act(builder, what, on, amount, reason)
        return builder.decision()
