"""Modifiers of procedure codes: those of CPT and HCPCS by list, those of ambulances by where from and where to."""

from __future__ import annotations

import re

from recoup_x12.codes.tables import known

_AMBULANCE = re.compile(r"A0[0-9]{3}").fullmatch
_FROM_TO = re.compile(r"[DEGHIJNPRS][DEGHIJNPRSX]").fullmatch
"""Origin, then destination; X is an intermediate stop at a physician's office, and a destination alone (Medicare Claims
Processing Manual, ch. 15, 30 A)."""


def modifier_is_known(code: str, modifier: str) -> bool:
    """Return True if a modifier is on the list in force, or says of an ambulance (A0...) where it went.

    One that is not may be newer than the list, a payer's own, or mistyped.
    """
    listed = known("modifier")
    if listed is None or modifier in listed:
        return True
    return bool(_AMBULANCE(code) and _FROM_TO(modifier))
