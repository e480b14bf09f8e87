"""Everything that is known of a claim's plan, in one list: from the claim, the payer's remarks, the rows and staff."""

from __future__ import annotations

from datetime import date

from services.appeals.domain.case import AppealCase
from services.appeals.domain.plan import PlanAttribute, PlanFact, contradictions
from services.appeals.domain.tables import Rules

_FUNDED = {"insured": "fully insured", "self_funded": "partially or fully self-insured"}


def portal_plan_type(case: AppealCase, rules: Rules) -> str:
    """The type of the health plan in the words of the federal portal's form; empty where it is not known.

    The form has asked for it in these words since 1 July 2025 (updates.fhas.com, a certified IDR entity; read
    2026-11-29). A plan is taken for one under ERISA only where somebody says so.
    """
    facts = plan_facts(case, rules)
    kind = next((fact.value for fact in reversed(facts) if fact.what == "kind"), "")
    funding = next((fact.value for fact in reversed(facts) if fact.what == "funding"), "")
    if contradictions(fact for fact in facts if fact.what in ("kind", "funding")):
        return ""
    if any(fact.what == "funding" and "N855" in fact.source for fact in facts) and not kind:
        kind = "erisa"
    if kind == "fehb":
        return "Federal Employees Health Benefits plan"
    if kind == "individual":
        return "individual market coverage"
    name = {
        "erisa": "ERISA group health plan",
        "governmental": "non-federal governmental plan",
        "church": "church plan",
    }
    return f"{_FUNDED[funding]} {name[kind]}" if kind in name and funding in _FUNDED else ""


def plan_facts(case: AppealCase, rules: Rules) -> tuple[PlanFact, ...]:
    """Each fact with who says so and the day from which it is known: the claim, the answer, the row, staff."""
    facts, answered = case.facts, case.dispute.notice_on if case.dispute else case.facts.service_from
    found: list[PlanFact] = []

    def add(what: PlanAttribute, value: str, source: str, on: date) -> None:
        if value:
            found.append(PlanFact(what, value, source, on))

    add("group", facts.group_number, "837 SBR03", facts.service_from)
    add("name", facts.plan_name, "837 SBR04", facts.service_from)
    plan = rules.plan(facts.filing_indicator, facts.service_from)
    if plan is not None and plan.plan != "commercial":
        add("kind", plan.plan, "837 SBR09", facts.service_from)
    row = rules.payer(facts.payer_id, answered, facts.group_number)
    if row is not None and row.funding != "unknown":
        add("funding", row.funding, f"payers.csv: {row.source}", row.start if row.start.year > 1900 else answered)
    for one in rules.registered(facts.payer_id, answered, facts.group_number):
        add(one.what, one.value, one.source, one.known_on)
    for code in dict.fromkeys(case.dispute.remarks if case.dispute else case.remarks):
        remark = rules.rarc(code, facts.service_from)
        if remark is not None and remark.effect == "erisa_alone":
            add("funding", "self_funded", f"835 {code}", answered)
        if remark is not None and remark.effect == "not_erisa_alone":
            insured = row is not None and row.funding == "insured"
            add("funding", "insured" if insured else "insured, or outside ERISA", f"835 {code}", answered)
    return (*found, *case.plan_facts)
