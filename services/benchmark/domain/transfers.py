"""What Medicare pays of a stay that ended with a transfer (42 CFR 412.4).

A hospital that passes a patient on to another is paid by the day: twice the daily share of the full payment for the
first day and once for each further one, up to the full payment (412.4(f)(1)); the daily share is the full payment
divided by the geometric mean length of stay of the MS-DRG. Of the MS-DRGs with a special payment it is half of the full
payment and half of that sum (412.4(f)(5) and (6)). Which patient status is a transfer: Medicare Claims Processing
Manual, chapter 3, 40.2.4.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from services.benchmark.domain.releases import Inpatient, NoPrice

_TO_ACUTE_CARE = frozenset({"02", "66", "82", "94"})
"""To a short-term or critical access hospital, also with a planned readmission."""

_TO_POST_ACUTE_CARE = frozenset({"03", "05", "06", "50", "51", "62", "63", "65", "83", "85", "86", "90", "91", "93"})
"""To a skilled nursing facility, an excluded hospital or unit, home health services, or (since FY 2019) hospice."""

_NEONATES = "789"
"""Died or transferred: its weight is of such stays already (412.4(f)(3))."""

_HOSPICE = frozenset({"50", "51"})
_HOSPICE_SINCE = 2019
_ONE = Decimal(1)
_HALF = Decimal("0.5")
_FOUR = Decimal("0.0001")
"""CMS's Pricer holds the share to four decimals."""


def paid_share(
    tables: Inpatient, drg: str, status: str, days: int | None, fiscal_year: int
) -> tuple[Decimal, str] | NoPrice:
    """The share of the full payment that a stay is paid, from 0 to 1, with how it comes about; 1 and "" in full.

    `status` is the patient status at discharge (CL103), `days` from admission to discharge, None where unknown. Says
    why where a transfer cannot be priced.
    """
    status = status.strip().zfill(2) if status.strip() else ""
    acute = status in _TO_ACUTE_CARE and drg != _NEONATES
    post_acute = status in _TO_POST_ACUTE_CARE and not (status in _HOSPICE and fiscal_year < _HOSPICE_SINCE)
    if not acute and not post_acute:
        return _ONE, ""
    reason = f"the patient was transferred (status {status})"
    if post_acute and tables.post_acute is None:
        return NoPrice(f"{reason}, and the loaded Table 5 does not tell for which MS-DRGs that lowers the payment")
    if post_acute and drg not in (tables.post_acute or ()):
        return _ONE, ""
    mean = tables.mean_days.get(drg)
    if not mean:
        return NoPrice(f"{reason}, and the loaded Table 5 has no geometric mean length of stay of MS-DRG {drg}")
    if days is None:
        return NoPrice(f"{reason}: the days from admission to discharge are needed")
    stayed = max(days, 1)
    by_day = (stayed + 1) / mean
    special = post_acute and drg in tables.special_pay
    share = min((_HALF + _HALF * by_day if special else by_day).quantize(_FOUR, ROUND_HALF_UP), _ONE)
    if share == _ONE:
        return _ONE, ""
    how = "half of the full payment, and half of " if special else ""
    return share, f"{reason} after {stayed} of {mean} days: {how}{stayed + 1} daily shares (42 CFR 412.4(f))"
