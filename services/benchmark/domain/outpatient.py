"""Facilities' rates side by side: hospital outpatient payment (OPPS, 42 CFR 419) and surgery centers (42 CFR 416).

Discounts are by day of service; what is packaged is packaged over the whole claim.

Simplified, and said so in each price: national unadjusted rates unless a wage index is given (60 % of the rate is
labor-related, 42 CFR 419.43(c)); composite APCs, outliers, pass-through and the 340B rules are not modelled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal

import msgspec

from shared.money import cents

LABOR_SHARE = Decimal("0.60")
_HALF = Decimal("0.5")
_ONE = Decimal(1)
_NOT_WAGE_ADJUSTED = frozenset("GHKLFRU")
_NEVER_PACKAGED = frozenset("FGHLU")
DISCOUNTED, IN_FULL = "T", "S"
"""Status indicators under which a surgery center's rates meet others of the day: discounted, or never."""
_PROCEDURES = frozenset({"S", "T", "V", "J2"})


class OutpatientRate(msgspec.Struct, frozen=True, array_like=True):
    """One row of OPPS Addendum B: status indicator and the national unadjusted rate in dollars, if it has one."""

    code: str
    status: str
    rate: Decimal | None


def unit_rate(rate: Decimal, status: str, wage_index: Decimal = _ONE) -> Decimal:
    """The rate of one unit in dollars in an area with this wage index."""
    if wage_index == 1 or status in _NOT_WAGE_ADJUSTED:
        return rate
    return cents(rate * LABOR_SHARE * wage_index + rate * (1 - LABOR_SHARE))


def modifier_factor(modifiers: Sequence[str]) -> tuple[Decimal, str]:
    """Discontinued before anesthesia (73) and reduced (52) services are paid at half (42 CFR 419.44(b))."""
    if "73" in modifiers or "52" in modifiers:
        return _HALF, "discontinued or reduced, at 50 %"
    return _ONE, ""


class Placed(msgspec.Struct, frozen=True):
    """A line on the claim: status indicator and the amount in dollars of all its units (None without a rate)."""

    status: str
    amount: Decimal | None
    units: Decimal


class Share(msgspec.Struct, frozen=True):
    """What is left of a line in company: a factor with its reason, or packaged (`factor` 0)."""

    factor: Decimal = _ONE
    reason: str = ""


def arrange(lines: Sequence[Placed | None], sessions: Sequence[Hashable]) -> list[Share]:
    """Packaging over the lines of one claim, the multiple-procedure discount within each session (a day of service).

    A comprehensive procedure (J1) packages the claim whatever the days; so do the conditional packaging statuses Q1 and
    Q2, by claim since 2017 (42 CFR 419.2(b), 419.44(a); Claims Processing Manual, ch. 4, 10.2.3, 10.4 and 10.5).
    """
    found = [Share() for _ in lines]
    known = [(i, line) for i, line in enumerate(lines) if line is not None and line.amount is not None]
    comprehensive = [(line.amount or Decimal(0), -i) for i, line in known if line.status == "J1"]
    if comprehensive:
        first = -max(comprehensive)[1]
        for i, line in known:
            if i != first and line.status not in _NEVER_PACKAGED:
                found[i] = Share(Decimal(0), "packaged into the claim's comprehensive procedure (status J1)")
        return found
    statuses = {line.status for _, line in known}
    days: dict[Hashable, list[tuple[int, Placed]]] = defaultdict(list)
    for i, line in known:
        if line.status == "Q1" and statuses & _PROCEDURES:
            found[i] = Share(Decimal(0), "packaged with a procedure of the same claim (status Q1)")
        elif line.status == "Q2" and "T" in statuses:
            found[i] = Share(Decimal(0), "packaged with a surgical procedure of the same claim (status Q2)")
        elif line.status == DISCOUNTED:
            days[sessions[i]].append((i, line))
    for procedures in days.values():
        first = max(procedures, key=lambda one: ((one[1].amount or Decimal(0)) / (one[1].units or 1), -one[0]))[0]
        for i, line in procedures:
            factor = (1 + (line.units - 1) * _HALF) / line.units if i == first and line.units > 1 else _HALF
            if i != first or line.units > 1:
                found[i] = Share(factor, "later procedures of the day at 50 %")
    return found
