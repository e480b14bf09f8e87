"""Case review: what a payer will hold against a claim, found before the payer does, each with how to fix it.

`RULES` below is all of it. A rule is a small function of a `Case`; it says what is wrong and how to fix it, and
never names a patient. Severities: `error`, the payer will refuse or may by right; `warning`, it probably will;
`info`, have the papers ready. A policy may raise, lower or switch off any rule by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from recoup_x12.model import Claim
from services.intake.domain.facts import is_emergency
from services.intake.domain.review import (
    diagnosis,
    documents,
    drugs,
    filing,
    modifiers,
    ncci,
    pairs,
    people,
    places,
    repetition,
)
from services.intake.domain.review import kinds as k
from services.intake.domain.review.case import Case, Hit, Rule, Severity, case_of
from services.intake.domain.review.tables import (
    Tables,
    parse_authorization,
    parse_filing,
    parse_pairs,
    parse_units,
    shipped,
)
from shared.events.claims import Finding

Policy = Mapping[str, Severity | Literal["off"]]
_MEDICAL = frozenset({"professional", "institutional"})
_PROFESSIONAL = frozenset({"professional"})

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("diagnosis_missing",          "error",   diagnosis.missing,                forms=_MEDICAL),
    Rule("diagnosis_unspecific",       "warning", diagnosis.unspecific,             forms=_MEDICAL),
    Rule("diagnosis_external_cause",   "error",   diagnosis.external_cause_first,   forms=_MEDICAL),
    Rule("diagnosis_repeated",         "warning", diagnosis.repeated),
    Rule("diagnosis_pointer",          "error",   diagnosis.pointers,               forms=_PROFESSIONAL),
    Rule("diagnosis_unlisted",         "warning", pairs.unlisted,                   forms=_MEDICAL),
    Rule("diagnosis_manifestation",    "error",   pairs.manifestation_first,        forms=_MEDICAL),
    Rule("diagnosis_excludes1",        "warning", pairs.excluded,                   forms=_MEDICAL),
    Rule("sex_conflict",               "warning", people.sex,                       forms=_MEDICAL),
    Rule("age_conflict",               "warning", people.age,                       forms=_MEDICAL),
    Rule("laterality_conflict",        "warning", pairs.other_side,                 k.MODIFIED, _PROFESSIONAL),
    Rule("modifier_conflict",          "error",   modifiers.conflicting,            k.MODIFIED),
    Rule("modifier_unknown",           "warning", modifiers.unknown,                k.MODIFIED),
    Rule("modifier_repeated",          "warning", modifiers.repeated,               k.MODIFIED),
    Rule("modifier_59_with_x",         "error",   modifiers.distinct_conflict,      k.MODIFIED),
    Rule("modifier_59_on_visit",       "error",   modifiers.distinct_on_visit,      k.VISIT),
    Rule("modifier_25_misplaced",      "error",   modifiers.separate_visit_misplaced, k.MODIFIED),
    Rule("modifier_25_missing",        "warning", modifiers.separate_visit_missing, k.VISIT, _MEDICAL),
    Rule("modifier_59_missing",        "warning", ncci.distinct_missing,            forms=_MEDICAL),
    Rule("modifier_50_units",          "warning", modifiers.bilateral_units,        k.MODIFIED),
    Rule("anesthesia_incomplete",      "warning", modifiers.anesthesia,             k.ANESTHESIA),
    Rule("critical_care_units",        "error",   modifiers.critical_care_units,    k.CRITICAL_CARE),
    Rule("bundled_pair",               "error",   ncci.bundled),
    Rule("unit_limit",                 "error",   ncci.units),
    Rule("units_by_definition",        "error",   repetition.units_by_definition,   forms=_MEDICAL),
    Rule("line_repeated",              "warning", repetition.duplicate),
    Rule("place_of_service",           "warning", places.unexpected,                places.PLACED, _PROFESSIONAL),
    Rule("telehealth_place",           "info",    places.telehealth,                k.MODIFIED, _PROFESSIONAL),
    Rule("service_in_future",          "error",   filing.future),
    Rule("timely_filing",              "error",   filing.timely),
    Rule("authorization_missing",      "warning", filing.authorization,             forms=_MEDICAL),
    Rule("service_undescribed",        "error",   documents.undescribed,            k.UNLISTED),
    Rule("drug_without_ndc",           "warning", documents.drug_unnamed,           k.DRUG),
    Rule("drug_waste",                 "warning", drugs.waste,                      k.DRUG, _MEDICAL),
    Rule("assignment_missing",         "warning", documents.assignment),
    Rule("documents_needed",           "info",    documents.needed),
)
# fmt: on

_in_force: list[Tables] = []


def review(
    claim: Claim, *, received_on: date | None = None, tables: Tables | None = None, policy: Policy | None = None
) -> tuple[Finding, ...]:
    """Everything the rules find in a claim, in the order of `RULES`.

    `received_on` is the day of submission (BHT04 where it is not given). Pure: the same claim, day, tables and policy
    give the same findings.
    """
    case = case_of(claim, tables or tables_in_force(), is_emergency(claim), received_on)
    found: list[Finding] = []
    form, concerned = claim.form, case.kinds
    for rule in RULES:
        if (rule.concerns and not rule.concerns & concerned) or form not in rule.forms:
            continue
        for hit in rule.check(case):
            severity = hit.severity or rule.severity
            if policy and rule.name in policy:
                chosen = policy[rule.name]
                if chosen == "off":
                    break
                severity = chosen
            found.append(Finding.of(rule.name, severity, hit.message, hit.how_to_fix, hit.line))
    return tuple(found)


def tables_in_force() -> Tables:
    """The tables that `review` consults unless it is given others."""
    return _in_force[0] if _in_force else shipped()


def use_tables(tables: Tables) -> None:
    """Put tables in force for this process, at its start."""
    _in_force[:] = [tables]


__all__ = [
    "RULES",
    "Case",
    "Hit",
    "Policy",
    "Rule",
    "Tables",
    "parse_authorization",
    "parse_filing",
    "parse_pairs",
    "parse_units",
    "review",
    "shipped",
    "tables_in_force",
    "use_tables",
]
