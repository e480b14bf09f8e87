"""What the payer's 271 and 835 say of the plan: facts beside those of claim and staff, and what the claim left out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from services.appeals.domain.case import Facts
from services.appeals.domain.choice import judge_again
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.plan import COVERAGE, REMITTED, PlanAttribute, PlanFact, stated_by_payer
from shared.events.claims import RemittanceFacts
from shared.events.statuses import CoverageReported


def reported(builder: DecisionBuilder, event: CoverageReported) -> None:
    """Take in what one answer says for certain: of several plans or groups it is not known which is the claim's.

    The newest answer stands for the payer. What staff found out goes before it, and a contradiction is theirs to see.
    """
    if event.status != "answered":
        return
    case = builder.case
    kept = tuple(fact for fact in case.plan_facts if fact.source != COVERAGE)
    builder.change(plan_facts=(*kept, *_facts_of(event)))
    builder.change(facts=completed(builder.case.facts, builder.case.plan_facts))
    judge_again(builder)


def remitted(builder: DecisionBuilder, facts: RemittanceFacts) -> None:
    """Take in whom the payer names for questions about its payment (PER*CX); the newest that names one stands.

    Nothing is sent there by itself: where notices go is what staff entered for the payer.
    """
    told = facts.contact
    if told is None:
        return
    reach = (told.name, told.phone, told.email, told.fax and f"fax {told.fax}", told.url)
    fact = PlanFact("contact", ", ".join(part for part in reach if part), REMITTED, facts.received_on)
    kept = tuple(one for one in builder.case.plan_facts if one.source != REMITTED)
    builder.change(plan_facts=(*kept, fact))


def completed(facts: Facts, plan_facts: Iterable[PlanFact]) -> Facts:
    """The claim's facts, with group and plan as the payer names them where the claim names none."""
    known = tuple(plan_facts)
    return replace(
        facts,
        group_number=facts.group_number or stated_by_payer(known, "group"),
        plan_name=facts.plan_name or stated_by_payer(known, "name"),
    )


def _facts_of(event: CoverageReported) -> Iterable[PlanFact]:
    numbers = {group.number for group in event.groups}
    sponsors = {group.name for group in event.groups if group.name}
    alone: dict[PlanAttribute, set[str]] = {
        "group": numbers,
        "name": set(event.plan_names),
        "funding": {event.funding} - {""},
        "sponsor": sponsors,
    }
    on: date = event.received_on
    for what, values in alone.items():
        if len(values) == 1:
            yield PlanFact(what, next(iter(values)), COVERAGE, on)
