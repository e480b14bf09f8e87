"""A forum in which one files, waits for a decision, and then for the money: appeals, reviews and corrected claims."""

from __future__ import annotations

from datetime import date

from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.base import BaseForum
from services.appeals.domain.forums.filing import add_filing, reasons
from services.appeals.domain.forums.papers import case_id_in
from services.appeals.domain.forums.protocol import Submission
from services.appeals.domain.schedule import Dated, Known, Schedule, Term, unit_words
from services.appeals.domain.tables import PayerRow
from shared.events.pursuit import AppealFiled


class Appeal(BaseForum):
    """What an appeal and its like do. `limits` is the head of its keys of limits.csv."""

    limits: str
    needs_assignment: bool = False
    same_day_of_month: bool = False
    decided_by: str = "payer"
    """Whose move a decision is, in a calendar."""

    def limits_of(self, level: int, *, fehb: bool) -> str:
        """The head of the keys of limits.csv at a level; `fehb`: of a Federal Employees plan."""
        return self.limits

    def term(self, level: int, payer: PayerRow | None) -> Term | None:
        """The payer's own time limit, where staff know one."""
        return None

    def last_day(
        self, schedule: Schedule, level: int, anchor: date, payer: PayerRow | None, *, fehb: bool
    ) -> tuple[date, str]:
        """Last day to file at a level, and its rule; `anchor` is the receipt of the decision before it."""
        key = f"{self.limits_of(level, fehb=fehb)}.file"
        return schedule.last_day(key, anchor, term=self.term(level, payer), same_day_of_month=self.same_day_of_month)

    def decision_due(
        self, schedule: Schedule, level: int, filed: date, payer: PayerRow | None, *, fehb: bool
    ) -> tuple[date, str]:
        """When the answer to a filing is due, and its rule."""
        return schedule.answer_due(f"{self.limits_of(level, fehb=fehb)}.decide", filed)

    def file_by(self, builder: DecisionBuilder, level: int, anchor: date) -> tuple[date, str]:
        """By the table's limit, or the payer's own."""
        return self.last_day(builder.rule_set.schedule, level, anchor, builder.payer, fehb=builder.fehb)

    def decide_by(self, builder: DecisionBuilder, level: int, filed: date) -> tuple[date, str]:
        """When the answer to the case's filing is due, and its rule."""
        return self.decision_due(builder.rule_set.schedule, level, filed, builder.payer, fehb=builder.fehb)

    def blocked_by(self, case: AppealCase) -> tuple[str, ...]:
        """29 CFR 2560.503-1(b)(4): a provider appeals for the patient, so an assignment must be on file."""
        return ("assignment_of_benefits",) if self.needs_assignment and not case.facts.assignment else ()

    def file(self, builder: DecisionBuilder, submission: Submission) -> None:
        """Record the filing, and wait for the decision."""
        case = builder.case
        assert self.traits.event_name is not None
        due, rule = self.decide_by(builder, case.level, submission.day)
        filing = add_filing(builder, self, submission.day, due, submission.reference)
        waiting = builder.waiting("decision", due, rule)
        builder.change(stage="await", escalated="")
        steps = self.beside(builder, builder.dispute.notice_on)
        builder.change(deadlines=(waiting, *steps, *case.reviews))
        builder.emit(
            AppealFiled(
                claim_id=case.claim_id,
                case_id=case_id_in(case, self),
                forum=self.traits.event_name,
                level=case.level,
                remedy=filing.remedy,
                amount_sought=filing.sought,
                filed_on=submission.day,
                decision_due_on=due,
                reasons=(*reasons(case), *_federal_lost(builder), f"decision due {due.isoformat()}: {rule}"),
                documents=filing.documents,
            )
        )

    def dated(self, schedule: Schedule, level: int, received: date, known: Known, *, fehb: bool = False) -> list[Dated]:
        """The two dates of a level in a calendar: to file, and to be decided."""
        due, rule = self.last_day(schedule, level, received, None, fehb=fehb)
        limit = schedule.rules.limit(f"{self.limits_of(level, fehb=fehb)}.file", received)
        act_by = schedule.days.on_or_before(due)
        filed = known.filed or act_by
        answer, answer_rule = self.decision_due(schedule, level, filed, None, fehb=fehb)
        name = self.level_name(level)
        count = unit_words(limit.count, limit.unit)
        return [
            Dated(
                kind=f"{self.name}_{level}_file", label=f"file: {name}", mover="provider", due=due, act_by=act_by,
                rule=rule, opens=received, why=f"{count} after the notice received on {received}",
            ),
            Dated(
                kind=f"{self.name}_{level}_decide", label=f"decision: {name}", mover=self.decided_by, due=answer,
                rule=answer_rule, why=f"{(answer - filed).days} days after filing on {filed}",
            ),
        ]  # fmt: skip

    def level_name(self, level: int) -> str:
        """What a level is called in a calendar."""
        return self.name.replace("_", " ")


def _federal_lost(builder: DecisionBuilder) -> tuple[str, ...]:
    """Why a claim under federal law is argued with the plan all the same."""
    case = builder.case
    if case.governing is None or case.governing.law != "federal" or builder.dispute.denied or case.negotiation_on:
        return ()
    last = builder.rule_set.schedule.open_negotiation_until(builder.dispute.notice_on)
    if builder.today <= last:
        return ()
    return (f"open negotiation could be begun until {last.isoformat()}, and was not; 45 CFR 149.510(b)(1)(i)",)
