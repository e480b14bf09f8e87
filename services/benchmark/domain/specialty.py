"""Which specialty's weights a claim is judged by: what it says of itself, then what was done."""

from __future__ import annotations

from shared.events.claims import ClaimFacts

_TAXONOMY = {
    "207P": "emergency", "261QE": "emergency", "207RC": "cardiology", "207RI": "cardiology", "2084N": "neurology",
    "2084V": "neurology", "2086": "surgery", "2082": "surgery", "2088": "surgery", "208C": "surgery", "208G": "surgery",
    "207T": "surgery", "207X": "surgery", "207Y": "surgery", "207W": "surgery", "261QA": "surgery",
}  # fmt: skip
"""Prefixes of NUCC taxonomy codes, longest match first."""


def specialty_of(claim: ClaimFacts) -> str:
    """emergency, surgery, cardiology, neurology, outpatient_facility or general."""
    if claim.form == "institutional":
        return "outpatient_facility"
    if claim.emergency or claim.place_of_service == "23":
        return "emergency"
    for taxonomy in (claim.rendering_taxonomy, claim.billing_taxonomy):
        for length in (5, 4):
            found = _TAXONOMY.get(taxonomy[:length]) if len(taxonomy) >= length else None
            if found:
                return found
    codes = [line.code for line in claim.lines]
    if any(code[:1] in "123456" and len(code) == 5 and code.isdigit() for code in codes):
        return "surgery"
    if any("92920" <= code <= "93799" for code in codes):
        return "cardiology"
    if any("95700" <= code <= "96020" for code in codes):
        return "neurology"
    return "general"
