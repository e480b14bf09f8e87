"""A person hands over what another system left open of a claim that stands as history here."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from services.appeals.domain.case import AppealCase
from services.appeals.domain.choice import begin_round
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.handover import CANNOT
from services.appeals.domain.plan import STAFF, PlanAttribute, PlanFact
from services.appeals.domain.statements import HandedOver
from shared.decider import IllegalTransition


def is_taken_over(case: AppealCase, item: HandedOver) -> bool:
    """Return True if just this was handed over before, and the case stands by it."""
    return case.handed_over is not None and msgspec.structs.replace(case.handed_over, begun=item.begun) == item


def hand_over(builder: DecisionBuilder, item: HandedOver, plan: Mapping[PlanAttribute, str]) -> AppealCase:
    """Keep it, for the verdict that taking the claim up gives to begin there; returns the case as it will then stand.

    Raises `IllegalTransition` where the claim is not history, or cannot stand there.
    """
    case = builder.case
    if case.live:
        raise IllegalTransition("the claim is pursued here already: work on its case")
    if case.history is None:
        raise IllegalTransition(
            "nothing of the claim is known to be underpaid or denied: load its 835 as history first, and where that is "
            "done, see the claim's verdict"
        )
    days = [day for day in (item.filed_on, item.negotiation_on) if day is not None]
    if days and max(days) > builder.today:
        raise IllegalTransition(f"{max(days).isoformat()} lies in the future")
    if item.filed_on is not None and not item.reference.strip():
        raise IllegalTransition("what was filed needs the reference it was filed under, or how it was sent")
    known = tuple(PlanFact(what, value, STAFF, builder.today) for what, value in plan.items() if value)
    builder.change(handed_over=item, plan_facts=(*case.plan_facts, *known))
    draft = DecisionBuilder(builder.rule_set, builder.case, builder.today)
    begin_round(draft, msgspec.structs.replace(case.history, judged_on=builder.today))
    if draft.case.escalated.startswith(CANNOT):
        raise IllegalTransition(draft.case.escalated.removeprefix(CANNOT))
    return draft.case
