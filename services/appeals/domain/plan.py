"""Whose plan a claim is under: what is known of it, who says so and since when, and what contradicts what.

A payer id names who answers, an administrator often, and not the plan: its group, funding, kind, sponsor and state of
issue are facts of their own, from the claim, the payer's remarks, the rows that staff keep and what they found out.
Funding decides whether a state's insurance law can reach the plan (29 USC 1144(b)(2)).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal

import msgspec

from services.appeals.domain.tables import Funding, PayerRow, RarcEffect, RegisteredFact

PlanAttribute = Literal[
    "administrator", "group", "name", "funding", "kind", "sponsor", "state", "ein", "hios", "contact"
]
OUTSIDE: frozenset[str] = frozenset(("short_term", "excepted", "health_sharing"))
"""Kinds of plans that the Act does not cover: 42 USC 300gg-91(b)(5), (c); 45 CFR 149.20."""
STAFF = "staff"
COVERAGE = "271"
"""Who says what the payer's answer to a question about coverage tells."""
REMITTED = "835 PER"
"""Who says whom the payer names for questions about its payment."""


class PlanFact(msgspec.Struct, frozen=True):
    """One thing that is said of a plan: what, its value, who says so, and since which day it is known here."""

    what: PlanAttribute
    value: str
    source: str
    known_on: date


class Funded(msgspec.Struct, frozen=True):
    """What is known of a plan's funding, who says so, and what contradicts it (empty: nothing)."""

    funding: Funding
    source: str
    against: str = ""


def stated_by_staff(facts: Iterable[PlanFact], what: PlanAttribute) -> str:
    """What staff found out last of an attribute; empty where they found nothing."""
    return _stated_by(STAFF, facts, what)


def stated_by_payer(facts: Iterable[PlanFact], what: PlanAttribute) -> str:
    """What the payer's 271 told last of an attribute; empty where it told nothing."""
    return _stated_by(COVERAGE, facts, what)


def _stated_by(source: str, facts: Iterable[PlanFact], what: PlanAttribute) -> str:
    return next((fact.value for fact in reversed(tuple(facts)) if fact.what == what and fact.source == source), "")


def registered_as(registered: Iterable[RegisteredFact], what: PlanAttribute) -> str:
    """What other records say of an attribute, where they agree; empty where they say nothing or contradict."""
    values = {row.value for row in registered if row.what == what}
    return values.pop() if len(values) == 1 else ""


def funding_of(
    payer: PayerRow | None, effects: Collection[RarcEffect], found: Iterable[PlanFact] = (),
    registered: Iterable[RegisteredFact] = (),
) -> Funded:  # fmt: skip
    """The funding by all that is known; what other records say decides where nobody contradicts them."""
    stated = _plan_stated(payer, effects, found)
    rows = {row.value: row for row in registered if row.what == "funding"}
    if not rows or stated.source == STAFF or stated.against:
        return stated
    records = " and ".join(f"{row.source} says {value}" for value, row in sorted(rows.items()))
    if len(rows) > 1:
        return Funded("unknown", "plan_registry.csv", records)
    value, row = rows.popitem()
    if value not in ("self_funded", "insured") or value == stated.funding:
        return stated
    if value == "self_funded" and "not_erisa_alone" in effects:
        return Funded("unknown", "plan_registry.csv", f"{records}, the payer says that ERISA does not alone govern")
    if stated.funding == "unknown":
        return Funded("self_funded" if value == "self_funded" else "insured", f"plan_registry.csv: {row.source}")
    return Funded("unknown", "plan_registry.csv", f"{stated.source} says {stated.funding}, {records}")


def _plan_stated(payer: PayerRow | None, effects: Collection[RarcEffect], found: Iterable[PlanFact]) -> Funded:
    """The funding as staff found it out, else by what the payer says (271, remark codes) and its row.

    N855 says that ERISA alone governs the coverage: an insured plan would be under its state's insurance law too, so
    the plan is self-funded. N856 says that it does not: insured, or a self-funded church's or government's plan, which
    state law may reach. What contradicts itself is unknown, until a person says what is right.
    """
    facts = tuple(found)
    by_staff = stated_by_staff(facts, "funding")
    kind = stated_by_staff(facts, "kind")
    if by_staff == "self_funded" and kind in ("governmental", "church"):
        return Funded("unknown", STAFF, f"a {kind} plan that is self-funded is outside ERISA: state law may reach it")
    if by_staff == "self_funded":
        return Funded("self_funded", STAFF)
    if by_staff == "insured" or kind == "individual":
        return Funded("insured", STAFF)
    row = payer.funding if payer is not None else "unknown"
    source = f"payers.csv: {payer.source}" if payer is not None else ""
    answered = stated_by_payer(facts, "funding")
    if answered:
        return _by_answer(answered, row, source, effects)
    if "erisa_alone" in effects:
        if row == "insured":
            return Funded("unknown", source, "payers.csv says insured, the payer says that ERISA alone governs (N855)")
        return Funded("self_funded", "RARC N855")
    if "not_erisa_alone" in effects and row == "self_funded":
        return Funded("unknown", source, "payers.csv says self-funded, the payer says that ERISA does not alone govern")
    return Funded(row, source)


def _by_answer(answered: str, row: Funding, source: str, effects: Collection[RarcEffect]) -> Funded:
    """The funding that the payer's 271 says, where neither its row nor its remark codes say otherwise.

    That ERISA does not alone govern fits a self-funded plan of a church or government, which state law may reach.
    """
    insured = answered == "insured"
    if row not in ("unknown", answered):
        return Funded("unknown", source, f"payers.csv says {row}, the payer's 271 says {answered}")
    if insured and "erisa_alone" in effects:
        return Funded("unknown", "271", "the payer's 271 says insured, and that ERISA alone governs (N855)")
    if not insured and "not_erisa_alone" in effects:
        return Funded("unknown", "271", "the payer's 271 says self-funded, and that ERISA does not alone govern")
    return Funded("insured" if insured else "self_funded", "271")


def contradictions(facts: Iterable[PlanFact]) -> tuple[str, ...]:
    """Each attribute of which two sources say different things, in words."""
    stated: dict[PlanAttribute, dict[str, str]] = {}
    for fact in facts:
        stated.setdefault(fact.what, {}).setdefault(fact.value.casefold(), f"{fact.value} ({fact.source})")
    return tuple(f"{what}: {' against '.join(values.values())}" for what, values in stated.items() if len(values) > 1)
