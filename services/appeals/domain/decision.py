"""One decision in the making: the case as it changes, the events so far, the day, and the tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from services.appeals.domain.case import AppealCase, Deadline, Dispute, Policy
from services.appeals.domain.cooling_off import Cooling
from services.appeals.domain.determination import determined
from services.appeals.domain.schedule import Schedule
from services.appeals.domain.tables import PayerRow, Rules
from shared.calendar import EASTERN, BusinessDays, legal_day
from shared.decider import Decision, DecisionInProgress
from shared.events.pursuit import DeadlineCorrected, DeadlineNoticed, GoverningLawDetermined

Notice = Literal["reminder", "escalation", "missed", "overdue", "postponed"]


class RuleSet(msgspec.Struct, frozen=True):
    """What every decision stands on: tables, policy and the calendar.

    `zone` is where days are counted. `cooling` is what was read of other claims in the transaction of the decision:
    cooling-off periods that still run.
    """

    rules: Rules
    policy: Policy
    schedule: Schedule
    cooling: Cooling = {}
    zone: ZoneInfo = EASTERN

    @classmethod
    def of(cls, rules: Rules, policy: Policy | None = None, days: BusinessDays | None = None) -> RuleSet:
        """With the calendar the policy's convention asks for."""
        policy = policy or Policy()
        return cls(rules, policy, Schedule(rules, days or BusinessDays(), policy.convention))

    def today(self, now: datetime) -> date:
        """The day an instant belongs to."""
        return legal_day(now, self.zone)


class DecisionBuilder(DecisionInProgress[AppealCase]):
    """Collects one decision's changes and events; `event_on` is the day of the event that it is about."""

    def __init__(self, rule_set: RuleSet, case: AppealCase, today: date, emitted_on: date | None = None) -> None:
        super().__init__(case)
        self.rule_set = rule_set
        self._before = case
        self.today = today
        self.event_on = emitted_on or today

    @property
    def case(self) -> AppealCase:
        """The case as it is now."""
        return self.state

    def copy(self) -> DecisionBuilder:
        """A builder of its own that stands where this one does; see `take_over`."""
        other = DecisionBuilder(self.rule_set, self.case, self.today, self.event_on)
        other._before, other.events = self._before, list(self.events)
        return other

    def take_over(self, draft: DecisionBuilder) -> None:
        """Make what `draft`, which began where this one stands, decided this builder's own."""
        self.state, self.events = draft.state, draft.events

    def notice(self, kind: Notice, deadline: Deadline, reason: str = "") -> None:
        """Say something about a deadline, where the timeline shows it."""
        self.emit(
            DeadlineNoticed(
                claim_id=self.case.claim_id,
                case_id=self.case.case_id,
                deadline=deadline.kind,
                notice=kind,
                due_on=deadline.until if kind == "missed" else deadline.due,
                rule=deadline.rule,
                from_on=deadline.opens if kind == "postponed" else None,
                reason=reason,
            )
        )

    def corrected(self, deadline: Deadline, was: date | None, reason: str) -> None:
        """Say that a deadline was counted again, and why."""
        self.emit(
            DeadlineCorrected(
                claim_id=self.case.claim_id,
                case_id=self.case.case_id,
                deadline=deadline.kind,
                due_on=deadline.due,
                was_on=was,
                rule=deadline.rule,
                reason=reason,
            )
        )

    def decision(self) -> Decision[AppealCase]:
        """What the runtime saves and sends; a governing law that is new or another than before is told first."""
        law = self._law_to_emit()
        if law is not None:
            self.change(law_emitted=True)
        return Decision(self.case.standing(), tuple(self.events if law is None else (law, *self.events)))

    def _law_to_emit(self) -> GoverningLawDetermined | None:
        """Of the claim, by its first dispute; what another is pursued by is in the reasons of its filings."""
        before, case = self._before, self.case
        if case.lines:
            return None
        if case.law_emitted and case.governing is before.governing and case.facts is before.facts:
            return None
        law = self._law_of(case)
        return None if case.law_emitted and law == self._law_of(before) else law

    def _law_of(self, case: AppealCase) -> GoverningLawDetermined | None:
        if case.governing is None:
            return None
        facts = case.facts
        return determined(case.claim_id, case.governing, self.rule_set.rules.state_row(facts.state, facts.service_from))

    @property
    def dispute(self) -> Dispute:
        """What is in dispute; only called for a live case."""
        assert self.case.dispute is not None
        return self.case.dispute

    @property
    def payer(self) -> PayerRow | None:
        """What staff know of the payer."""
        facts = self.case.facts
        return self.rule_set.rules.payer(facts.payer_id, self.dispute.notice_on, facts.group_number)

    @property
    def fehb(self) -> bool:
        """True if this is a Federal Employees plan."""
        return self.case.governing is not None and self.case.governing.plan == "fehb"

    def ours(self, kind: str, due: date, rule: str, *, opens: date | None = None) -> Deadline:
        """A deadline of ours, with its reminder a few business days before (not before today)."""
        days = self.rule_set.schedule.days
        act_by = days.on_or_before(due)
        remind = max(days.before(act_by, self.rule_set.policy.remind_days), opens or self.today)
        last = due if due != act_by else None
        return Deadline(
            kind=kind, due=act_by, rule=rule, ours=True, opens=opens, remind_on=min(remind, act_by), last=last
        )

    def waiting(self, kind: str, due: date, rule: str) -> Deadline:
        """A date until which somebody else must move."""
        return Deadline(kind=kind, due=due, rule=rule)
