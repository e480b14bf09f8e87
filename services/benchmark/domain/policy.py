"""The policy by which payments are judged: a readable file, versioned, never code."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a specialty's fair range follows from the benchmarks.

    `floor`, `target` and `stretch` multiply the Medicare amount; `qpa_floor` … multiply the QPA where the payer
    disclosed one. `qpa_weight` (0 to 1) is the QPA's part where both are known.
    """

    floor: Decimal
    target: Decimal
    stretch: Decimal
    qpa_floor: Decimal
    qpa_target: Decimal
    qpa_stretch: Decimal
    qpa_weight: Decimal


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of the policy. Amounts in dollars, shares as ratios."""

    version: str
    threshold: Decimal
    """A line is underpaid when allowed < threshold × target."""
    charge_cap: Decimal
    """No figure of the fair range exceeds this share of the billed charge."""
    cost_of_pursuit: Decimal
    chance: Decimal
    """Expected share of the shortfall that pursuit brings, for judging whether it is worth its cost."""
    minimum_net: Decimal
    specialties: dict[str, Weights]

    def weights(self, specialty: str) -> Weights:
        """The weights of a specialty, or of `general`."""
        return self.specialties.get(specialty) or self.specialties["general"]


def check(policy: Policy) -> Policy:
    """The policy, or a `ValueError` that names what does not fit."""
    if "general" not in policy.specialties:
        raise ValueError("specialties.general is missing")
    for name, w in policy.specialties.items():
        if not w.floor <= w.target <= w.stretch or not w.qpa_floor <= w.qpa_target <= w.qpa_stretch:
            raise ValueError(f"specialties.{name}: floor ≤ target ≤ stretch does not hold")
        if not 0 <= w.qpa_weight <= 1:
            raise ValueError(f"specialties.{name}.qpa_weight is not between 0 and 1")
    if not 0 < policy.threshold <= 1 or not 0 <= policy.chance <= 1:
        raise ValueError("threshold and chance are shares between 0 and 1")
    return policy
