"""The region of a QPA (45 CFR 149.140(a)(7)).

A metropolitan statistical area within its state, else the rest of the state; of air ambulances one region for all areas
of a state, by the place of pick-up.
"""

from __future__ import annotations

from collections.abc import Mapping

_DIVISIONS = {
    "New England": "CT ME MA NH RI VT",
    "Middle Atlantic": "NJ NY PA",
    "East North Central": "IL IN MI OH WI",
    "West North Central": "IA KS MN MO NE ND SD",
    "South Atlantic": "DE DC FL GA MD NC SC VA WV",
    "East South Central": "AL KY MS TN",
    "West South Central": "AR LA OK TX",
    "Mountain": "AZ CO ID MT NV NM UT WY",
    "Pacific": "AK CA HI OR WA",
}
"""Census divisions."""
_AIR = frozenset({"A0430", "A0431", "A0435", "A0436"})


def region_of(code: str, zip_code: str, state: str, areas: Mapping[str, str] | None) -> str:
    """`msa:35620 NY`, `rest:NY`, or of air ambulances `metro:NY`.

    `state:NY` where no table of areas is loaded, which is then coarser than the rule's region. Empty where not even the
    state is known. `areas` maps five-digit ZIP codes to metropolitan areas.
    """
    if not state:
        return ""
    if areas is None:
        return f"state:{state}"
    area = areas.get(zip_code[:5])
    if area is None:
        return f"rest:{state}"
    return f"metro:{state}" if code in _AIR else f"msa:{area} {state}"


def wider_region(code: str, region: str) -> str:
    """In words the region that serves where the payer has no sufficient information in this one; empty where none does.

    All metropolitan areas of the state (149.140(a)(7)(i)(B)); of air ambulances those, or the rest, of the census
    division (149.140(a)(7)(ii)(B)).
    """
    kind, _, name = region.partition(":")
    state = name[-2:]
    if code not in _AIR:
        return f"all metropolitan areas of {state}" if kind == "msa" else ""
    division = next((one for one, states in _DIVISIONS.items() if state in states.split()), "")
    if not division:
        return ""
    parts = {"metro": "all metropolitan areas", "rest": "all but the metropolitan areas"}
    return f"{parts[kind]} of the census division {division}" if kind in parts else ""
