"""What IDR is reckoned by: settlement's belief while it is about what is in dispute, else the practice's assumption."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from services.appeals.domain.case import AppealCase
from services.appeals.domain.idr_belief import IdrBelief
from shared.money import ZERO


class Expected(NamedTuple):
    """The chance to reckon by, what winning brings in dollars allowed, and where the chance is from."""

    chance: Decimal
    award: Decimal
    source: str


def belief_now(case: AppealCase) -> IdrBelief | None:
    """What was told of IDR, while it is about what is in dispute now."""
    told, dispute = case.idr_belief, case.dispute
    if told is None or dispute is None or (told.target, told.allowed) != (dispute.target, dispute.allowed):
        return None
    return told


def expected_in_idr(case: AppealCase, assumed: Decimal) -> Expected:
    """What IDR is reckoned by; `assumed` is the chance that the practice takes where it was told none."""
    told = belief_now(case)
    if told is not None:
        return Expected(told.chance, told.offer, f"the public record, {told.record}")
    fair = case.dispute.target if case.dispute is not None else ZERO
    return Expected(assumed, fair, "our own assumption, since none was told of what is in dispute")
