"""Which law governs a claim's payment: every rule that fired, and what is missing to be sure.

A wrong federal filing costs its fee and is dismissed, so the answer is `federal` only where the claim itself, the
payer's own codes and the plan agree; `unknown` is an answer, and sends the claim to the plan's appeal with a person's
review before the federal clock runs out.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import msgspec

from services.appeals.domain.tables import Funding, RarcEffect, Rules, Signal, StateRow
from shared.events.pursuit import Law, PlanClass, Scope

OVERRIDE = "override"
_NSA_FROM = date(2022, 1, 1)
_SAYS_FEDERAL: frozenset[RarcEffect] = frozenset(
    ("federal", "federal_emergency", "federal_facility", "federal_air", "clock_initial", "clock_denied",
     "consent_invalid", "qpa", "qpa_above_charge")
)  # fmt: skip
# A cost share from the QPA is federal (45 CFR 149.30, recognized amount), but does not say that no consent was given.
_SAYS_PROTECTED = _SAYS_FEDERAL - {"federal", "qpa", "qpa_above_charge"}
_CLOCKS: frozenset[RarcEffect] = frozenset(("clock_initial", "clock_denied"))
_SCOPE_OF: dict[RarcEffect, Scope] = {
    "federal_emergency": "emergency",
    "federal_facility": "facility",
    "federal_air": "air_ambulance",
}


class Fired(msgspec.Struct, frozen=True, array_like=True):
    """One rule that spoke: its short name, what it found, and its source."""

    rule: str
    finding: str
    source: str


class Governing(msgspec.Struct, frozen=True):
    """The law that governs, why, and what would settle an open question."""

    law: Law
    scope: Scope
    plan: PlanClass
    fired: tuple[Fired, ...]
    missing: tuple[str, ...] = ()

    @property
    def by_person(self) -> bool:
        """Whether staff decided it; the rules do not judge it anew then."""
        return any(fired.rule == OVERRIDE for fired in self.fired)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the judgement looks at. `remarks` are the remittance's RARCs; `network_facility` None: not known."""

    service_from: date
    filing_indicator: str
    payer_id: str
    state: str
    institutional: bool
    signals: tuple[Signal, ...]
    remarks: tuple[str, ...] = ()
    consent: bool | None = None
    network_facility: bool | None = None


class _Judge:
    def __init__(self, question: Question, rules: Rules) -> None:
        self.q = question
        self.rules = rules
        self.fired: list[Fired] = []
        self.missing: list[str] = []
        self.plan: PlanClass = "unknown"
        self.scope: Scope = "none"

    def fire(self, rule: str, finding: str, source: str) -> None:
        self.fired.append(Fired(rule, finding, source))

    def answer(self, law: Law) -> Governing:
        return Governing(law, self.scope, self.plan, tuple(self.fired), tuple(self.missing))

    def lack(self, what: str) -> None:
        if what not in self.missing:
            self.missing.append(what)


def governing_law(question: Question, rules: Rules) -> Governing:
    """Judge one claim by the rules of its own service date.

    Where the payer itself says that open negotiation may begin (N876, N877), nothing else makes the answer a sure no.
    """
    judge = _Judge(question, rules)
    found = _judged(judge)
    rows = (rules.rarc(code, question.service_from) for code in question.remarks)
    begins = any(row is not None and row.effect in _CLOCKS for row in rows)
    if begins and found.law == "commercial" and question.service_from >= _NSA_FROM:
        finding = "the payer says that open negotiation may begin, though the claim or another code speaks against it"
        judge.fire("contradiction", finding, "RARC N876/N877; 45 CFR 149.510(b)(1)(i)")
        judge.lack("why the payer says that open negotiation may begin")
        return judge.answer("unknown")
    return found


def _judged(judge: _Judge) -> Governing:
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
        judge.fire("already_final", "the payer reports a final payment", "RARC N874/N875")
        return judge.answer("commercial")
    claimed = _SAYS_FEDERAL & effects
    if claimed and "state_law" in effects:
        judge.fire("contradiction", "remark codes name both federal and state law", "RARC")
        judge.lack("which law the payer applied")
        return judge.answer("unknown")
    judge.scope = _scope(judge, effects)
    if "state_law" in effects:
        return _state_named(judge)
    if judge.scope == "none":
        return _out_of_scope(judge, claimed)
    if not _consent_allows(judge, effects):
        return judge.answer("unknown" if judge.missing else "commercial")
    if "federal_denied" in effects:
        judge.fire("payer_denies_federal", "the payer says the Act does not apply", "RARC N885")
        judge.lack("the payer's reason why the Act does not apply")
        return judge.answer("unknown")
    if judge.scope == "unknown":
        return judge.answer("unknown")
    return _jurisdiction(judge, claimed)


def _plan_is_covered(judge: _Judge) -> bool:
    row = judge.rules.plan(judge.q.filing_indicator, judge.q.service_from)
    if row is None:
        judge.fire("plan_unknown", "claim filing indicator tells no plan type", "SBR09")
        judge.lack("plan type (SBR09)")
        return True
    judge.plan = row.plan
    judge.fire(f"plan_{row.plan}", row.note, row.rule or row.source)
    return row.plan not in ("excluded", "public")


def _remarks(judge: _Judge) -> set[RarcEffect]:
    effects: set[RarcEffect] = set()
    for code in judge.q.remarks:
        row = judge.rules.rarc(code, judge.q.service_from)
        if row is not None:
            effects.add(row.effect)
            judge.fire(f"rarc_{code}", row.note, row.source)
    silence = judge.rules.rarc("none", judge.q.service_from)
    if not effects and silence is not None:
        judge.fire("rarc_absent", silence.note, silence.source)
    return effects


def _scope(judge: _Judge, effects: set[RarcEffect]) -> Scope:
    """The protected kind of service that the claim shows; the payer's word must be borne out by the claim."""
    signals = judge.q.signals
    shown = _shown(judge, signals)
    said = {_SCOPE_OF[effect] for effect in effects if effect in _SCOPE_OF}
    if said == {"emergency"} and shown != "emergency" and _is_stay(signals):
        judge.missing.clear()
        finding = "the payer treats the stay as emergency care, to which care after stabilization belongs"
        judge.fire("payer_confirms_emergency", finding, "RARC N864; 45 CFR 149.110(c)(2)(ii)")
        return "emergency"
    if len(said) > 1 or (said and shown not in said and shown != "unknown"):
        judge.fire("contradiction", "the payer's remark code does not fit the claim's codes", "RARC against claim")
        judge.lack("place and kind of service as the payer sees them")
        return "unknown"
    place = "facility" in signals or _is_away(signals)
    if shown == "unknown" and said and "facility" in said and not judge.q.institutional and place:
        judge.missing.clear()
        judge.fire("payer_confirms_facility", "the payer treats the facility as participating", "RARC N865")
        return "facility"
    return shown


def _shown(judge: _Judge, signals: Collection[Signal]) -> Scope:
    found = set(signals)
    if "ground_ambulance" in found:
        judge.fire("ground_ambulance", "ground ambulance is outside the Act", "42 USC 300gg-111(a)(3)(H)")
        return "none"
    if "air_ambulance" in found:
        judge.fire("air_ambulance", "air ambulance service", "45 CFR 149.130")
        return "air_ambulance"
    department = "emergency" in found or {"emergency_code", "hospital"} <= found
    if department and not found & {"office", "freestanding"}:
        judge.fire("emergency", "emergency service by place, revenue or procedure code", "45 CFR 149.110")
        return "emergency"
    if found & {"emergency", "emergency_code"}:
        judge.fire("emergency_code_elsewhere", "emergency code outside an emergency department", "45 CFR 149.30")
        judge.lack("whether the site is licensed as an emergency department")
        return "unknown"
    if ("facility" in found or _is_away(found)) and not judge.q.institutional:
        if judge.q.network_facility is False and _is_stay(found):
            finding = "a stay at a hospital outside the network; one that follows an emergency visit belongs to it"
            judge.fire("stay_open", finding, "45 CFR 149.110(c)(2)(ii)")
            judge.lack("whether the stay followed an emergency visit, and whether the patient consented once stable")
            return "unknown"
        if judge.q.network_facility is False:
            judge.fire("facility_out_of_network", "facility does not participate", "45 CFR 149.120")
            return "none"
        if judge.q.network_facility:
            judge.fire("facility", "professional service at a participating facility", "45 CFR 149.120")
            return "facility"
        if "facility" not in found:
            judge.fire("visit_open", "a service that may be part of a visit elsewhere", "45 CFR 149.30 (visit)")
            judge.lack("whether the service was part of a visit to a facility that participates")
            return "unknown"
        judge.fire("facility_open", "professional service at a facility", "45 CFR 149.120")
        judge.lack("whether the facility participates in the plan's network")
        return "unknown"
    return "none"


def _is_stay(found: Collection[Signal]) -> bool:
    """Inpatient or observation care at a hospital."""
    return "stay" in found and "hospital" in found


def _is_away(found: Collection[Signal]) -> bool:
    """A service billed from where its provider is, which may be part of a visit to a facility (45 CFR 149.30)."""
    return "laboratory" in found or ("remote" in found and "ancillary" in found)


def _consent_allows(judge: _Judge, effects: set[RarcEffect]) -> bool:
    """False where the patient's valid consent took the claim out of the Act, or where that is an open question."""
    if judge.scope in ("emergency", "air_ambulance"):
        if "consent_valid" in effects or judge.q.consent:
            judge.fire("not_waivable", "consent cannot waive these protections", "42 USC 300gg-132")
            judge.lack("the consent document the payer relies on")
            return "consent_valid" not in effects
        return True
    if judge.scope != "facility":
        return True
    if "ancillary" in judge.q.signals:
        judge.fire("ancillary", "ancillary service: consent cannot waive it", "42 USC 300gg-132(b)")
        if "consent_valid" in effects:
            judge.lack("the consent document the payer relies on")
            return False
        return True
    if "consent_valid" in effects and judge.q.consent is False:
        judge.fire(
            "consent_disputed", "the payer claims a consent that was not given", "42 USC 300gg-132(d); RARC N882"
        )
        judge.lack("the consent document the payer relies on")
        return False
    if "consent_valid" in effects or judge.q.consent:
        judge.fire("consent", "valid notice and consent: no federal IDR", "42 USC 300gg-132(a), (d)")
        return False
    if judge.q.consent is None and not effects & _SAYS_PROTECTED:
        judge.fire("consent_open", "service that consent could waive", "42 USC 300gg-132(a)")
        judge.lack("whether the patient signed notice and consent")
        return False
    return True


def _out_of_scope(judge: _Judge, claimed: frozenset[RarcEffect]) -> Governing:
    if claimed:
        judge.fire("contradiction", "the payer names federal law, the claim shows no protected service", "45 CFR 149")
        judge.lack("why the payer applied the Act")
        return judge.answer("unknown")
    judge.fire("not_protected", "no emergency, participating facility or air ambulance", "45 CFR 149.110-130")
    return judge.answer("commercial")


def _state_named(judge: _Judge) -> Governing:
    row = judge.rules.state(judge.q.state, judge.q.service_from)
    if row is None:
        judge.fire("contradiction", "the payer names state law where the state has no process", "rules/states.csv")
        judge.lack("which state's law the payer applied")
        return judge.answer("unknown")
    against = _against_the_state(judge, row)
    if against:
        judge.fire("contradiction", f"the payer names state law, but {against}", row.law)
        judge.lack("why the payer applied state law")
        return judge.answer("unknown")
    has = "a process that is not known" if row.mechanism == "unknown" else row.mechanism
    judge.fire("state_named", f"the payer applied state law; {row.name} has {has}", row.law)
    return _state_governs(judge, row)


def _against_the_state(judge: _Judge, row: StateRow) -> str:
    """What speaks against state law that the payer names; empty where nothing does."""
    payer = judge.rules.payer(judge.q.payer_id, judge.q.service_from)
    if judge.scope == "none":
        return "the claim shows no protected service"
    if judge.scope == "air_ambulance":
        return "states may not price air transport (49 USC 41713(b))"
    if judge.plan == "fehb":
        return "a Federal Employees plan is under federal law (5 USC 8902(p))"
    if payer is not None and payer.funding == "self_funded" and not row.opt_in:
        return "the plan is self-funded (29 USC 1144)"
    if judge.scope in ("emergency", "facility") and judge.scope not in row.covers and "unknown" not in row.covers:
        return f"{row.name}'s process does not reach this kind of service"
    return ""


def _state_governs(judge: _Judge, row: StateRow) -> Governing:
    if row.mechanism == "unknown":
        judge.lack(f"the process that {row.name} has: {row.note}")
        return judge.answer("unknown")
    if row.mechanism != "arbitration":
        judge.fire("state_without_arbitration", "the state sets the rate; dispute it with the plan", row.law)
        return judge.answer("commercial")
    return judge.answer("state")


def _jurisdiction(judge: _Judge, claimed: frozenset[RarcEffect]) -> Governing:
    """Federal or state, for a protected service."""
    question = judge.q
    payer = judge.rules.payer(question.payer_id, question.service_from)
    funding = payer.funding if payer is not None else "unknown"
    row = judge.rules.state_row(question.state, question.service_from)
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
    if row.mechanism == "none":
        judge.fire("no_state_process", f"{row.name} has no process of its own", row.law)
        return judge.answer("federal")
    if funding == "self_funded" and not row.opt_in:
        judge.fire("self_funded", "self-funded plan: state law does not reach it", "29 USC 1144")
        return judge.answer("federal")
    return _state_or_federal(judge, row, funding, claimed=bool(claimed))


def _state_or_federal(judge: _Judge, row: StateRow, funding: Funding, *, claimed: bool) -> Governing:
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
