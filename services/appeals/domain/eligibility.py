"""Which law governs a claim's payment: every rule that fired, and what is missing to be sure.

A wrong federal filing costs its fee and is dismissed, so the answer is `federal` only where the claim itself, the
payer's own codes and the plan agree; `unknown` is an answer, and sends the claim to the plan's appeal with a person's
review before the federal clock runs out.
"""

from __future__ import annotations

from datetime import date

from services.appeals.domain.judgement import Governing, Judge, Question
from services.appeals.domain.plan import OUTSIDE, Funded, funding_of, registered_as, stated_by_staff
from services.appeals.domain.protected import SAYS_FEDERAL, consent_allows, scope_of
from services.appeals.domain.state_tables import StateRow
from services.appeals.domain.state_thresholds import thresholds_of
from services.appeals.domain.tables import Funding, RarcEffect, RegisteredFact, Rules

_NSA_FROM = date(2022, 1, 1)
_CLOCKS: frozenset[RarcEffect] = frozenset(("clock_initial", "clock_denied"))


def governing_law(question: Question, rules: Rules) -> Governing:
    """Judge one claim by the rules of its own service date.

    Where the payer itself says that open negotiation may begin (N876, N877), nothing else makes the answer a sure no.
    """
    judge = Judge(question, rules)
    found = _judged(judge)
    rows = (rules.rarc(code, question.service_from) for code in question.remarks)
    begins = any(row is not None and row.effect in _CLOCKS for row in rows)
    if begins and found.law == "commercial" and question.service_from >= _NSA_FROM:
        finding = "the payer says that open negotiation may begin, though the claim or another code speaks against it"
        judge.fire("contradiction", finding, "RARC N876/N877; 45 CFR 149.510(b)(1)(i)")
        judge.lack("why the payer says that open negotiation may begin")
        return judge.answer("unknown")
    return found


def _judged(judge: Judge) -> Governing:
    question = judge.q
    if not _plan_is_covered(judge):
        return judge.answer("excluded")
    effects = _remarks(judge)
    if question.service_from < _NSA_FROM:
        judge.fire("before_the_act", "service before 1 January 2022", "42 USC 300gg-111 (plan years from 2022)")
        return judge.answer("state" if "state_law" in effects else "commercial")
    if "all_payer" in effects:
        judge.fire("all_payer_model", "rates set by an all-payer model agreement", "45 CFR 149.30")
        return judge.answer("commercial")
    if effects & {"final_negotiated", "final_award"}:
        return _final(judge)
    claimed = SAYS_FEDERAL & effects
    if claimed and "state_law" in effects:
        judge.fire("contradiction", "remark codes name both federal and state law", "RARC")
        judge.lack("which law the payer applied")
        return judge.answer("unknown")
    judge.scope = scope_of(judge, effects)
    if "state_law" in effects:
        return _state_named(judge, effects)
    if _has_all_payer_rates(judge):
        return _all_payer_rates(judge, claimed)
    if judge.scope == "none":
        return _out_of_scope(judge, claimed)
    if not consent_allows(judge, effects):
        return judge.answer("unknown" if judge.missing else "commercial")
    if "federal_denied" in effects:
        judge.fire("payer_denies_federal", "the payer says the Act does not apply", "RARC N885")
        judge.lack("the payer's reason why the Act does not apply")
        return judge.answer("unknown")
    if judge.scope == "unknown":
        return judge.answer("unknown")
    return _jurisdiction(judge, claimed, effects)


def _final(judge: Judge) -> Governing:
    """The payer reports a final payment: its word alone ends nothing where no negotiation of ours is on record."""
    judge.fire("already_final", "the payer reports a final payment", "RARC N874/N875")
    if judge.q.pursued:
        return judge.answer("commercial")
    judge.fire("contradiction", "no negotiation or award is on record with us", "45 CFR 149.510(c)(2), (c)(4)(vii)")
    judge.lack("which agreement or award the payer means by its final payment")
    return judge.answer("unknown")


def _has_all_payer_rates(judge: Judge) -> bool:
    """A hospital's own services in a state that sets what every payer owes for them."""
    row = judge.rules.state_row(judge.q.state, judge.q.service_from)
    at_hospital = judge.q.institutional and "hospital" in judge.q.signals
    return row is not None and row.all_payer == "hospital" and at_hospital and judge.scope == "emergency"


def _all_payer_rates(judge: Judge, claimed: frozenset[RarcEffect]) -> Governing:
    """Whoever funds the plan, the rate is the one that the state approves (42 USC 300gg-111(a)(3)(K))."""
    row = judge.rules.state_row(judge.q.state, judge.q.service_from)
    assert row is not None
    finding = f"hospital rates in {row.name} are set by the state for every payer"
    judge.fire("all_payer_state", finding, f"45 CFR 149.510(a)(2)(xi); {row.law}")
    if not claimed:
        return judge.answer("commercial")
    judge.fire("contradiction", "the payer names federal law all the same", "RARC")
    judge.lack("why the payer applied federal law where the state sets the hospital's rates")
    return judge.answer("unknown")


def _plan_is_covered(judge: Judge) -> bool:
    kind = stated_by_staff(judge.q.plan, "kind")
    if kind in OUTSIDE:
        judge.plan = "excluded"
        judge.fire(
            "plan_outside", f"{kind.replace('_', ' ')} plan, as staff found out", "42 USC 300gg-91; 45 CFR 149.20"
        )
        return False
    recorded = registered_as(_registered(judge), "kind")
    if recorded in OUTSIDE and not kind:
        judge.fire("plan_may_be_outside", f"{recorded.replace('_', ' ')} plan, by another record", "plan_registry.csv")
        judge.lack(f"whether the plan is a {recorded.replace('_', ' ')} plan, which the Act does not cover")
    row = judge.rules.plan(judge.q.filing_indicator, judge.q.service_from)
    if row is None:
        judge.fire("plan_unknown", "claim filing indicator tells no plan type", "SBR09")
        if kind:
            judge.plan = "commercial"
            return True
        judge.lack("plan type (SBR09)")
        return True
    judge.plan = row.plan
    judge.fire(f"plan_{row.plan}", row.note, row.rule or row.source)
    return row.plan not in ("excluded", "public")


def _remarks(judge: Judge) -> set[RarcEffect]:
    effects: set[RarcEffect] = set()
    for code in judge.q.remarks:
        row = judge.rules.rarc(code, judge.q.service_from)
        if row is not None:
            effects.add(row.effect)
            judge.fire(f"rarc_{code}", row.note, row.source)
            if row.state and row.state != judge.q.state:
                judge.foreign_law = row.state
    silence = judge.rules.rarc("none", judge.q.service_from)
    if not effects and silence is not None:
        judge.fire("rarc_absent", silence.note, silence.source)
    return effects


def _out_of_scope(judge: Judge, claimed: frozenset[RarcEffect]) -> Governing:
    if claimed:
        judge.fire("contradiction", "the payer names federal law, the claim shows no protected service", "45 CFR 149")
        judge.lack("why the payer applied the Act")
        return judge.answer("unknown")
    judge.fire("not_protected", "no emergency, participating facility or air ambulance", "45 CFR 149.110-130")
    return judge.answer("commercial")


def _state_named(judge: Judge, effects: set[RarcEffect]) -> Governing:
    row = judge.rules.state(judge.q.state, judge.q.service_from)
    if row is None:
        judge.fire("contradiction", "the payer names state law where the state has no process", "rules/states.csv")
        judge.lack("which state's law the payer applied")
        return judge.answer("unknown")
    against = _against_the_state(judge, row, effects)
    if against:
        judge.fire("contradiction", f"the payer names state law, but {against}", row.law)
        judge.lack("why the payer applied state law")
        return judge.answer("unknown")
    has = "a process that is not known" if row.mechanism == "unknown" else row.mechanism
    judge.fire("state_named", f"the payer applied state law; {row.name} has {has}", row.law)
    return _state_governs(judge, row)


def _against_the_state(judge: Judge, row: StateRow, effects: set[RarcEffect]) -> str:
    """What speaks against state law that the payer names; empty where nothing does."""
    if judge.foreign_law:
        return f"it is the law of {judge.foreign_law}, the service was in {judge.q.state or 'no state that is known'}"
    if judge.scope == "none":
        return "the claim shows no protected service"
    if judge.scope == "air_ambulance":
        return "states may not price air transport (49 USC 41713(b))"
    if judge.plan == "fehb":
        return "a Federal Employees plan is under federal law (5 USC 8902(p))"
    if _funded(judge, effects).funding == "self_funded" and not row.opt_in:
        return "the plan is self-funded (29 USC 1144)"
    if judge.scope in ("emergency", "facility") and judge.scope not in row.covers and "unknown" not in row.covers:
        return f"{row.name}'s process does not reach this kind of service"
    return ""


def _state_governs(judge: Judge, row: StateRow) -> Governing:
    if row.mechanism == "unknown":
        judge.lack(f"the process that {row.name} has: {row.note}")
        return judge.answer("unknown")
    if row.mechanism != "arbitration":
        judge.fire("state_without_arbitration", "the state sets the rate; dispute it with the plan", row.law)
        return judge.answer("commercial")
    return judge.answer("unknown" if _below_its_amount(judge, row) else "state")


def _below_its_amount(judge: Judge, row: StateRow) -> bool:
    """Say how the claim stands to the amount from which the state's process is open; True where it does not reach it.

    Which process is then open, if any, the state's row does not say: a person finds out.
    """
    question, below = judge.q, False
    if question.amounts is None:
        return False
    for one in thresholds_of(
        judge.rules, question.state, question.service_from, question.amounts, institutional=question.institutional
    ):
        judge.fire("least_amount", f"{row.name}'s process has a least amount: {one.words}", one.rule)
        below = below or one.below
    if below:
        judge.lack(f"what is open below the least amount of {row.name}'s process")
    return below


def _funded(judge: Judge, effects: set[RarcEffect]) -> Funded:
    question = judge.q
    payer = judge.rules.payer(question.payer_id, question.service_from, question.group_number)
    return funding_of(payer, effects, question.plan, _registered(judge))


def _registered(judge: Judge) -> tuple[RegisteredFact, ...]:
    question = judge.q
    return judge.rules.registered(question.payer_id, question.service_from, question.group_number)


def _jurisdiction(judge: Judge, claimed: frozenset[RarcEffect], effects: set[RarcEffect]) -> Governing:
    """Federal or state, for a protected service."""
    question, funded = judge.q, _funded(judge, effects)
    funding = funded.funding
    row = judge.rules.state_row(question.state, question.service_from)
    if any(fired.rule == "plan_may_be_outside" for fired in judge.fired):
        return judge.answer("unknown")
    if judge.plan == "unknown" and not claimed:
        judge.fire("plan_open", "neither claim nor payer tells whether the Act covers the plan", "SBR09; 45 CFR 149.20")
        return judge.answer("unknown")
    if judge.plan == "fehb":
        judge.fire("fehb", "Federal Employees plan: federal process", "5 USC 8902(p)")
        return judge.answer("federal")
    if judge.scope == "air_ambulance":
        judge.fire("air_is_federal", "states may not price air transport", "49 USC 41713(b)")
        return judge.answer("federal")
    if row is None:
        judge.fire("state_unknown", f"no row for state {question.state or '(none on the claim)'}", "rules/states.csv")
        judge.lack("state where the service was rendered" if not question.state else f"a row for {question.state}")
        return judge.answer("federal" if claimed and not question.state else "unknown")
    issued = stated_by_staff(question.plan, "state") or registered_as(_registered(judge), "state")
    if funding == "insured" and issued and issued != question.state and row.mechanism != "none":
        judge.fire("plan_elsewhere", f"insured in {issued}, served in {question.state}", f"45 CFR 149.30; {row.law}")
        judge.lack(f"whether {row.name}'s law reaches a plan that was issued in {issued}")
        return judge.answer("unknown")
    if row.mechanism == "none":
        judge.fire("no_state_process", f"{row.name} has no process of its own", row.law)
        return judge.answer("federal")
    if funded.against and not claimed:
        judge.fire("contradiction", funded.against, "29 USC 1144")
        judge.lack("whether the plan is self-funded or fully insured")
        return judge.answer("unknown")
    if funding == "self_funded" and not row.opt_in:
        judge.fire("self_funded", f"self-funded plan ({funded.source}): state law does not reach it", "29 USC 1144")
        return judge.answer("federal")
    return _state_or_federal(judge, row, funding, claimed=bool(claimed))


def _state_or_federal(judge: Judge, row: StateRow, funding: Funding, *, claimed: bool) -> Governing:
    """A state with a process of its own: federal only where that process does not reach the service or the plan.

    What a row does not say it reaches is federal only if the row was read in the law itself: an ineligible federal
    filing costs its fee, so a row of hearsay leaves the question open.
    """
    beyond = judge.scope not in row.covers and "unknown" not in row.covers and row.status != "seed"
    if beyond:
        judge.fire("beyond_the_state", f"{row.name}'s process does not reach this kind of service", row.law)
        return judge.answer("federal")
    if claimed and funding != "insured":
        judge.fire("payer_applied_federal", "the payer applied federal law itself", "RARC")
        return judge.answer("federal")
    if not row.exclusive:
        judge.fire("provider_may_choose", f"{row.name} lets the provider choose the federal process", row.law)
        return judge.answer("federal")
    reach = f" where {row.conditions}" if row.conditions else ""
    if claimed:
        judge.fire("contradiction", f"the payer applied federal law to an insured plan in {row.name}", row.law)
        judge.lack("why the payer applied federal law to an insured plan")
        return judge.answer("unknown")
    if funding == "insured" and row.status == "verified" and judge.scope in row.covers and "insured" in row.plans:
        judge.fire("insured_in_state", f"fully insured plan in {row.name}{reach}", row.law)
        return _state_governs(judge, row)
    judge.fire("state_may_govern", f"{row.name} has a process for insured plans{reach}", row.law)
    _below_its_amount(judge, row)
    if funding == "unknown":
        judge.lack("whether the plan is self-funded or fully insured")
    elif funding == "self_funded":
        judge.lack("whether the self-funded plan opted in to state law")
    elif row.mechanism == "unknown":
        judge.lack(f"the process that {row.name} has: {row.note}")
    else:
        judge.lack(f"verification of {row.name}'s row in states.csv")
    if judge.scope not in row.covers:
        judge.lack(f"whether {row.name}'s process reaches this kind of service")
    if row.conditions and funding != "self_funded":
        judge.lack(f"whether {row.name}'s conditions hold: {row.conditions}")
    return judge.answer("unknown")
