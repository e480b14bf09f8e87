"""The record that a policy was simulated before it is used: `recoup simulate --record` writes it beside the policy.

It is tied to the policy's exact text. It is a guard against carelessness, no proof against somebody who writes it by
hand.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from services.settlement.domain.policy import Policy, PolicyError

_encoder = msgspec.json.Encoder(decimal_format="string")
LEAST = 100
"""Disputes a trial is played with at least."""


MARGIN = Decimal("0.02")
"""By this share of it a policy may bring less than with the fair value as its offer in IDR, under any payer model."""
MODELS = ("fitted", "harder", "flat", "adversarial")
"""Payer models under which a trial is played at least: the one fitted to the record, and three that are wrong."""


class Stress(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy brought under one payer model, in dollars after fees, and with the fair value as its offer in IDR.

    `both` is of the disputes that were filed either way.
    """

    net: Decimal
    net_at_target: Decimal
    filings: int
    filings_at_target: int
    both_filed: int
    net_both: Decimal
    net_both_at_target: Decimal

    @property
    def loses(self) -> bool:
        """True if it brings less than the margin allows, or nothing."""
        return self.net < self.net_at_target * (1 - MARGIN) or self.net < 0


class PolicySimulation(msgspec.Struct, frozen=True, kw_only=True):
    """A policy's simulation (docs/settlement.md).

    Its label and the SHA-256 of its text, the disputes and where they come from, and what came of them.
    """

    policy: str
    sha256: str
    disputes: int
    source: str
    seed: int
    figures: dict[str, Any]
    stress: dict[str, Stress] = {}


def encode(simulation: PolicySimulation) -> bytes:
    """The record as it is kept: JSON for people to read."""
    return msgspec.json.format(_encoder.encode(simulation), indent=2) + b"\n"


def require(policy: Policy, text: bytes | None, *, source: str) -> PolicySimulation:
    """The trial of exactly this policy; `PolicyError` says what is missing and how to fix it."""
    how_to_fix = f"run `recoup simulate --policy {source} --record` and read what it says"
    if text is None:
        raise PolicyError(f"{policy.label} was never simulated: {how_to_fix}")
    try:
        simulation = msgspec.json.decode(text, type=PolicySimulation)
    except msgspec.DecodeError as error:
        raise PolicyError(
            f"the record of the simulation of {policy.label} cannot be read ({error}): {how_to_fix}"
        ) from None
    if simulation.sha256 != policy.digest:
        raise PolicyError(f"{policy.label} was changed since it was simulated: {how_to_fix}")
    if simulation.disputes < LEAST:
        raise PolicyError(
            f"{policy.label} was simulated with {simulation.disputes} disputes, {LEAST} are needed: {how_to_fix}"
        )
    missing = [name for name in MODELS if name not in simulation.stress]
    if missing:
        raise PolicyError(
            f"the simulation of {policy.label} is void: it was not played under payers that are {', '.join(missing)}; "
            f"{how_to_fix}"
        )
    lost = [name for name, found in simulation.stress.items() if found.loses]
    if lost:
        raise PolicyError(
            f"{policy.label} brings over {MARGIN:.0%} less than with the fair value as its offer in IDR, or loses, if "
            f"payers are {', '.join(lost)}: change its idr_offer"
        )
    return simulation
