"""Who a step of collecting is addressed to: the payer, the authority that answers for the plan, or counsel."""

from __future__ import annotations

from services.appeals.domain.case import AppealCase
from services.appeals.domain.cooling_off import party_of
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.forums.protocol import Addressee

BY_A_PERSON = 2
"""The first level that only a person files: a complaint to an authority is signed by somebody."""
_AWARD = "45 CFR 149.510(c)(4)(ix)"


def addressee(case: AppealCase, rule_set: RuleSet, level: int) -> Addressee:
    """Who the demand, the complaint or the referral goes to."""
    assert case.owed is not None
    award = case.owed.basis == "idr_award"
    if level == 1:
        return Addressee(case.facts.payer_name or "the payer", _AWARD if award else "the agreement")
    if level > BY_A_PERSON:
        return Addressee("counsel", "42 USC 300gg-111(c)(5)(E)" if award else "the agreement")
    return _authority(case, rule_set, award=award)


def _authority(case: AppealCase, rule_set: RuleSet, *, award: bool) -> Addressee:
    """The authority that answers for the plan; where the plan's kind is not known, both that may are named."""
    law = case.governing.law if case.governing else "unknown"
    if award or law == "federal":
        return Addressee("CMS No Surprises Help Desk", "45 CFR 149.150")
    row = rule_set.rules.state(case.facts.state, case.facts.service_from)
    department = row.body if row is not None and law == "state" else f"insurance department of {case.facts.state}"
    if law == "state":
        return Addressee(department, row.law if row is not None else "state law", of_state=True)
    if case.governing is not None and case.governing.plan == "fehb":
        return Addressee("Office of Personnel Management", "5 USC 8902(j)")
    funding = party_of(case, rule_set.rules).funding
    if funding == "self_funded":
        return Addressee("Employee Benefits Security Administration", "29 USC 1134")
    if funding == "insured":
        return Addressee(department, "state law", of_state=True)
    return Addressee(
        f"{department}, or Employee Benefits Security Administration where the plan is self-funded", "29 USC 1134"
    )
