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
    belief, dispute = case.idr_belief, case.dispute
    if belief is None or dispute is None or (belief.target, belief.allowed) != (dispute.target, dispute.allowed):
        return None
    return belief


def expected_in_idr(case: AppealCase, assumed: Decimal) -> Expected:
    """What IDR is reckoned by; `assumed` is the chance that the practice takes where it was told none."""
    belief = belief_now(case)
    if belief is not None:
        return Expected(belief.chance, belief.offer, f"the public record, {belief.record}")
    fair = case.dispute.target if case.dispute is not None else ZERO
    return Expected(assumed, fair, "our own assumption, since none was told of what is in dispute")
