"""Cooling-off: whom a determination keeps from initiating IDR again, and where only a person can tell.

After a determination the same parties may not initiate IDR over the same item for a time (42 USC
300gg-111(c)(5)(E)(ii), 45 CFR 149.510(c)(4)(vii)(B)). The other party is the plan where it is self-funded, and the
issuer where it is insured. A payer id tells neither, since an administrator answers for many plans under one: a period
binds where the plan or the issuer is known to be the same, by the payer's row, by the claims' group numbers, or by a
person's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from services.appeals.domain.case import AppealCase
from services.appeals.domain.plan import funding_of
from services.appeals.domain.statements import SamePlan
from services.appeals.domain.tables import Funding, Rules, group_key

RULE = "45 CFR 149.510(c)(4)(vii)(B)"


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A period that a determination began: its last day, and whose plan it was as the claim names it."""

    until: date
    determined_on: date
    group_number: str = ""
    plan_name: str = ""


Cooling = Mapping[tuple[str, str, str], tuple[Period, ...]]
"""Periods by (payer id, TIN, service code): those that may bind a claim with the same three."""


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who a claim's dispute is between, and over which codes; `word` is what a person said of the plan."""

    payer_id: str
    tin: str
    codes: tuple[str, ...]
    funding: Funding = "unknown"
    group_number: str = ""
    plan_name: str = ""
    word: SamePlan | None = None


class Standing(msgspec.Struct, frozen=True):
    """The longest period that binds, and the longest of which it is not known whether it does; None: there is none."""

    binding: Period | None = None
    doubtful: Period | None = None


def party_of(case: AppealCase, rules: Rules) -> Party:
    """The parties of a case's dispute."""
    facts, dispute = case.facts, case.dispute
    on = dispute.notice_on if dispute else facts.service_from
    payer = rules.payer(facts.payer_id, on, facts.group_number)
    remarks = (rules.rarc(code, on) for code in (dispute.remarks if dispute else case.remarks))
    funded = funding_of(
        payer, {row.effect for row in remarks if row is not None}, case.plan_facts,
        rules.registered(facts.payer_id, on, facts.group_number),
    )  # fmt: skip
    return Party(
        payer_id=facts.payer_id,
        tin=facts.billing_tin,
        codes=dispute.codes if dispute else (),
        funding=funded.funding,
        group_number=facts.group_number,
        plan_name=facts.plan_name,
        word=case.same_plan,
    )


def standing(party: Party, cooling: Cooling, on: date) -> Standing:
    """Which of the periods that run on a day stand against the party's initiation."""
    found = [p for code in party.codes for p in cooling.get((party.payer_id, party.tin, code), ()) if on <= p.until]
    judged = [(period, _binds(party, period)) for period in found]
    return Standing(
        max((p for p, binds in judged if binds), key=lambda p: p.until, default=None),
        max((p for p, binds in judged if binds is None), key=lambda p: p.until, default=None),
    )


def _binds(party: Party, period: Period) -> bool | None:
    """True if the period is of the same plan or issuer; None where nobody has said and the claims do not tell."""
    word = party.word
    if (
        word is not None
        and period.determined_on <= word.stated_on
        and word.determined_on in (None, period.determined_on)
    ):
        return word.same
    if party.funding == "insured":
        return True
    ours, theirs = group_key(party.group_number), group_key(period.group_number)
    if not ours or not theirs:
        return None
    if ours == theirs:
        return True
    # a sponsor's plan may have several groups: only another name, or none, leaves its number to tell
    same_name = bool(party.plan_name) and group_key(party.plan_name) == group_key(period.plan_name)
    return False if party.funding == "self_funded" and not same_name else None
