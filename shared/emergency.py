"""What on a claim shows an emergency department: one table for intake, benchmark and appeals.

Whether the law protects an emergency is decided by appeals; here is only what codes mean.
"""

from __future__ import annotations

from functools import lru_cache

EMERGENCY_PLACE = "23"
"""CMS place of service codes: emergency room, hospital."""
_REVENUE = frozenset({"0450", "0451", "0452", "0459", "0981"})
"""NUBC: emergency room in general, its screening under EMTALA, beyond that screening, other; professional fees of an
emergency room. 0456 is urgent care, and the other codes of 045x are not assigned."""
EMERGENCY_VISITS = frozenset([f"{n}" for n in range(99281, 99286)] + [f"G{n:04}" for n in range(380, 385)])
"""Emergency department visits, those of hospitals' type B departments (G0380-G0384, 42 CFR 489.24) too. Critical care
(99291) is not among them: it is given elsewhere as well, and place of service 23 tells where."""


@lru_cache(maxsize=2_000)
def is_emergency_revenue(code: str) -> bool:
    """Return True for a revenue code of an emergency room; codes of three digits are padded, empty is none."""
    return bool(code) and code.zfill(4) in _REVENUE
