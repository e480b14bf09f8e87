"""From which amount on a state's process is open: `state_thresholds.csv`, applied to one claim's dollars."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain.state_tables import StateThreshold
from services.appeals.domain.tables import Rules


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """A claim's dollars: billed, allowed by the payer, and sought as allowed in all."""

    billed: Decimal
    allowed: Decimal
    sought: Decimal


class Threshold(msgspec.Struct, frozen=True):
    """How a claim stands to a state's least amount: `below` it for certain, and what a person reads or looks up."""

    below: bool
    words: str
    rule: str


def thresholds_of(
    rules: Rules, state: str, on: date, amounts: Amounts, *, institutional: bool
) -> tuple[Threshold, ...]:
    """Every least amount that a state has for a claim of a day of service, and how the claim stands to it."""
    kinds = ("any", "facility" if institutional else "professional")
    rows = rules.state_thresholds.get(state, ())
    held = (row for row in rows if row.providers in kinds and row.start <= on <= row.end)
    return tuple(_threshold(row, amounts) for row in held if row.billed_from <= amounts.billed < row.billed_below)


def _threshold(row: StateThreshold, amounts: Amounts) -> Threshold:
    most, words = _measured(row, amounts)
    if not row.amount:
        return Threshold(False, f"{words}; the least amount is not known: {row.verify}", row.rule)
    least = f"the least amount is ${row.amount}"
    if most < row.amount:
        return Threshold(True, f"{words}; {least}", row.rule)
    sought = amounts.sought - amounts.allowed
    if row.measure == "gap" and sought < row.amount:
        enough = f"${amounts.allowed + row.amount}"
        return Threshold(False, f"{words}; {least}, so a final offer has to reach {enough}", row.rule)
    return Threshold(False, f"{words}; {least}", row.rule)


def _measured(row: StateThreshold, amounts: Amounts) -> tuple[Decimal, str]:
    """The most that the measure can come to, and how it was measured."""
    if row.measure == "billed":
        return amounts.billed, f"${amounts.billed} was billed"
    if row.measure == "disputed":
        disputed = amounts.sought - amounts.allowed
        return disputed, f"${disputed} is in dispute"
    gap = amounts.billed - amounts.allowed
    return gap, f"final offers lie at most ${gap} apart"
