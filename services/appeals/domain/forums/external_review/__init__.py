"""External review by an independent review organization, 45 CFR 147.136(d): after the plan's appeals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from services.appeals.domain.case import AppealCase, Deadline, Filing
from services.appeals.domain.cooling_off import party_of
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.appeal import Appeal
from services.appeals.domain.forums.protocol import Addressee, Calendar, Example, Papers, Traits
from services.appeals.domain.judgement import Governing
from services.appeals.domain.plan import registered_as, stated_by_staff
from services.appeals.domain.schedule import Dated, Known, Schedule
from services.appeals.domain.steps import ForumName, Steps, appeal_steps
from services.appeals.domain.tables import RemedyRow, Rules

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

    def file_by(self, builder: DecisionBuilder, level: int, anchor: date) -> tuple[date, str]:
        """Four months, or a state's days where they end before; a federal last day without business moves on.

        That a state's does is not assumed.
        """
        if _process(builder.case, builder.rule_set.rules) in ("", "federal"):
            return super().file_by(builder, level, anchor)
        schedule = builder.rule_set.schedule
        limit = schedule.rules.limit("external.file", anchor)
        due = schedule.days.same_day_of_month(anchor, limit.count)
        row = schedule.rules.external_review(_state_of_plan(builder.case, schedule.rules), anchor)
        own = anchor + timedelta(days=row.days) if row is not None and row.days else due
        if row is not None and own < due:
            return own, f"{row.days} days of {row.name}: {row.source}"
        return due, f"{limit.rule}; the state's own rule was not read, so no day is moved"

    def by_person(self, case: AppealCase, rule_set: RuleSet) -> bool:
        """Of an insured plan: who reviews it is said by the notice of the final denial."""
        return bool(_process(case, rule_set.rules))

    def addressee(self, rule_set: RuleSet, case: AppealCase, filing: Filing) -> Addressee | None:
        """The plan's contracted reviewers through the plan; of an insured plan the process of its state."""
        process, state = _process(case, rule_set.rules), _state_of_plan(case, rule_set.rules)
        row = rule_set.rules.external_review(state, filing.filed_on)
        if not process or row is None:
            return None
        who = {
            "state": f"External review process of {row.name} (its insurance regulator)",
            "federal": "HHS-administered federal external review process, or the insurer's review organization",
            "unknown": f"External review process of {row.name}, or the federal one",
        }[process]
        return Addressee(f"{who}, as the notice of the final denial says", f"{_RULE}; {row.source}")

    def counted_from(self, case: AppealCase, item: Deadline, schedule: Schedule) -> str:
        """Of its filing: whose review it is, and what is still to be verified."""
        if case.forum != self.name or item.kind != "file":
            return ""
        process, state = _process(case, schedule.rules), _state_of_plan(case, schedule.rules)
        row = schedule.rules.external_review(state, item.due)
        if not process or row is None:
            return ""
        return (
            f"counted from the final denial; insured in {row.name}: {process} process by {row.source}, to be verified: "
            f"{row.verify}; the notice of the final denial says who reviews it"
        )

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


def _state_of_plan(case: AppealCase, rules: Rules) -> str:
    """Where the plan was issued, as staff found out or other records say; else where the service was."""
    facts = case.facts
    registered = rules.registered(facts.payer_id, facts.service_from, facts.group_number)
    return stated_by_staff(case.plan_facts, "state") or registered_as(registered, "state") or facts.state


def _process(case: AppealCase, rules: Rules) -> str:
    """Whose process reviews the plan's denials: `state`, `federal`, `unknown`; empty where it is not known insured."""
    if case.dispute is None or party_of(case, rules).funding != "insured":
        return ""
    row = rules.external_review(_state_of_plan(case, rules), case.dispute.notice_on)
    return row.process if row is not None else "unknown"
