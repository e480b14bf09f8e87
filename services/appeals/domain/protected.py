"""Which protected service a claim shows, and whether the patient's consent took it out of the Act.

The payer's word on it counts only where the claim's own codes can bear it.
"""

from __future__ import annotations

from collections.abc import Collection

from services.appeals.domain.judgement import Judge
from services.appeals.domain.tables import RarcEffect, Signal
from shared.events.pursuit import Scope

SAYS_FEDERAL: frozenset[RarcEffect] = frozenset(
    ("federal", "federal_emergency", "federal_facility", "federal_air", "clock_initial", "clock_denied",
     "consent_invalid", "qpa", "qpa_above_charge")
)  # fmt: skip
"""Remark codes by which a payer says that it applied federal law."""
# A cost share from the QPA is federal (45 CFR 149.30, recognized amount), but does not say that no consent was given.
_SAYS_PROTECTED = SAYS_FEDERAL - {"federal", "qpa", "qpa_above_charge"}
_SCOPE_OF: dict[RarcEffect, Scope] = {
    "federal_emergency": "emergency",
    "federal_facility": "facility",
    "federal_air": "air_ambulance",
}


def scope_of(judge: Judge, effects: set[RarcEffect]) -> Scope:
    """The protected kind of service that the claim shows; the payer's word must be borne out by the claim."""
    signals = judge.q.signals
    shown = _shown(judge, signals)
    scopes = {_SCOPE_OF[effect] for effect in effects if effect in _SCOPE_OF}
    if scopes == {"emergency"} and shown != "emergency" and _is_stay(signals):
        judge.missing.clear()
        finding = "the payer treats the stay as emergency care, to which care after stabilization belongs"
        judge.fire("payer_confirms_emergency", finding, "RARC N864; 45 CFR 149.110(c)(2)(ii)")
        return "emergency"
    if len(scopes) > 1 or (scopes and shown not in scopes and shown != "unknown"):
        judge.fire("contradiction", "the payer's remark code does not fit the claim's codes", "RARC against claim")
        judge.lack("place and kind of service as the payer sees them")
        return "unknown"
    place = "facility" in signals or _is_away(signals)
    if shown == "unknown" and scopes and "facility" in scopes and not judge.q.institutional and place:
        judge.missing.clear()
        judge.fire("payer_confirms_facility", "the payer treats the facility as participating", "RARC N865")
        return "facility"
    return shown


def _shown(judge: Judge, signals: Collection[Signal]) -> Scope:
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


def consent_allows(judge: Judge, effects: set[RarcEffect]) -> bool:
    """False where the patient's valid consent took the claim out of the Act, or where that is an open question."""
    if judge.q.consent_faults:
        judge.fire(
            "consent_void", f"the consent on record does not hold: {judge.q.consent_faults[0]}", "45 CFR 149.420"
        )
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
    if "critical_care" in judge.q.signals and ("consent_valid" in effects or judge.q.consent):
        judge.fire("critical_care_open", "critical care: consent cannot waive an intensivist's", "42 USC 300gg-132(b)")
        judge.lack("whether an intensivist rendered the critical care")
        return False
    if judge.q.consent is None and judge.q.consent_doubt:
        judge.fire("consent_doubtful", judge.q.consent_doubt, "45 CFR 149.420(c)(1)(iii)(A)")
        judge.lack("whether the notice of the consent on record was in time")
        return False
    if "consent_valid" in effects or judge.q.consent:
        judge.fire("consent", "valid notice and consent: no federal IDR", "42 USC 300gg-132(a), (d)")
        return False
    if judge.q.consent is None and not effects & _SAYS_PROTECTED:
        judge.fire("consent_open", "service that consent could waive", "42 USC 300gg-132(a)")
        judge.lack("whether the patient signed notice and consent")
        return False
    return True
