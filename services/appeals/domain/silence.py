"""A payer that never answers a bill: after its 30 calendar days there is something to complain of, by itself.

42 USC 300gg-111(a)(1)(C)(iv)(I): not later than 30 calendar days after the bill is transmitted the plan sends an
initial payment or a notice of denial. A bill that the payer refused to take in was not answered late, and one loaded as
history is not judged.
"""

from __future__ import annotations

from datetime import date

from services.appeals.domain import payer_duties
from services.appeals.domain.case import AppealCase
from services.appeals.domain.choice import judged, question_of
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.eligibility import governing_law
from shared.calendar import day_ends
from shared.decider import IllegalTransition, Timer

KIND = "initial_payment_due"
"""The timer's kind."""


def timer(case: AppealCase, rule_set: RuleSet) -> Timer | None:
    """When the payer's 30 days are over, of a claim that is not answered; None where nothing is due by the Act."""
    due = _due(case, rule_set)
    if due is None:
        return None
    governing = case.governing or governing_law(question_of(case), rule_set.rules)
    return Timer(KIND, day_ends(due, rule_set.zone)) if payer_duties.owed_under(governing) else None


def fire(builder: DecisionBuilder) -> None:
    """The 30 days are over: say which law governs, and keep the complaint as a duty."""
    due = _due(builder.case, builder.rule_set)
    if due is None:
        raise IllegalTransition("the claim was answered, or is not waited for")
    builder.change(governing=judged(builder))
    payer_duties.never_answered(builder, due)


def _due(case: AppealCase, rule_set: RuleSet) -> date | None:
    sent = case.facts.sent_on
    if sent is None or case.stage != "watching" or case.remittance_id or case.dispute is not None:
        return None
    if any(duty.kind == "late_initial_payment" for duty in case.duties):
        return None
    return payer_duties.initial_payment_due(rule_set, sent)
