"""Which law protects the patient from a balance bill, as far as claim and remittance show it."""

from __future__ import annotations

from typing import Literal, get_args

from shared.events.claims import ClaimFacts, RemittanceFacts

Law = Literal["", "emergency", "either", "state", "federal", "consent", "public"]
"""From weakest to strongest evidence; a later one is never displaced by an earlier one.

`emergency`: the codes show emergency care, so the No Surprises Act protects unless the plan is outside it. `either`:
the plan says that federal or state rules applied. `consent`: the plan says that the patient gave up protection by valid
written consent. `public`: Medicare, Medicaid, TRICARE or VA, whose own rules limit what may be billed.
"""
_STRENGTH: tuple[Law, ...] = get_args(Law)

# Remittance remark codes; X12 owns their wording.
_FEDERAL = (
    "N859",
    "N860",
    "N862",
    "N864",
    "N865",
    "N866",
    "N869",
    "N870",
    "N874",
    "N875",
    "N876",
    "N877",
    "N878",
    "N879",
)
_STATE = ("N858", "N867", "N871", "N872", "N883")
_REMARKS: dict[str, Law] = {"N830": "either", "N882": "consent"}
_REMARKS.update(dict.fromkeys(_STATE, "state"))
_REMARKS.update(dict.fromkeys(_FEDERAL, "federal"))
_PUBLIC = frozenset({"MA", "MB", "MC", "16", "CH", "VA", "OF"})  # SBR09
_EMERGENCY_CODES = frozenset({"99281", "99282", "99283", "99284", "99285", "99291", "99292"})

STATES_WITH_A_PROCESS = frozenset(
    [
        "AK",
        "CA",
        "CO",
        "CT",
        "DE",
        "FL",
        "GA",
        "IL",
        "ME",
        "MD",
        "MI",
        "MO",
        "NE",
        "NV",
        "NH",
        "NJ",
        "NM",
        "NY",
        "OH",
        "TX",
        "VA",
        "WA",
    ]
)
"""States with balance-billing law and a payment process of their own, for plans that the state regulates."""


def stronger(known: Law, found: Law) -> Law:
    """The one that rests on better evidence."""
    return found if _STRENGTH.index(found) > _STRENGTH.index(known) else known


def law_of_claim(claim: ClaimFacts) -> Law:
    """What the claim's own codes show."""
    if claim.filing_indicator in _PUBLIC:
        return "public"
    emergency = (
        claim.emergency
        or claim.place_of_service == "23"
        or any(
            line.code in _EMERGENCY_CODES
            or line.place_of_service == "23"
            or line.revenue_code.zfill(4).startswith("045")
            for line in claim.lines
        )
    )
    return "emergency" if emergency else ""


def law_of_remittance(facts: RemittanceFacts) -> Law:
    """What the plan's remark codes say; the strongest of them."""
    remarks = [*facts.remark_codes, *(code for line in facts.lines for code in line.remark_codes)]
    law: Law = ""
    for code in remarks:
        law = stronger(law, _REMARKS.get(code, ""))
    return law
