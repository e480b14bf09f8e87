"""The record that a policy was simulated before it is used: `recoup simulate --record` writes it beside the policy.

It is tied to the policy's exact text. It is a guard against carelessness, no proof against somebody who writes it by
hand.
"""

from __future__ import annotations

from typing import Any

import msgspec

from services.settlement.domain.policy import Policy, PolicyError

LEAST = 100
"""Disputes a trial is played with at least."""


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


def encode(trial: PolicySimulation) -> bytes:
    """The record as it is kept: JSON for people to read."""
    return msgspec.json.format(msgspec.json.encode(trial), indent=2) + b"\n"


def require(policy: Policy, text: bytes | None, *, source: str) -> PolicySimulation:
    """The trial of exactly this policy; `PolicyError` says what is missing and how to fix it."""
    how_to_fix = f"run `recoup simulate --policy {source} --record` and read what it says"
    if text is None:
        raise PolicyError(f"{policy.label} was never simulated: {how_to_fix}")
    try:
        trial = msgspec.json.decode(text, type=PolicySimulation)
    except msgspec.DecodeError as error:
        raise PolicyError(
            f"the record of the simulation of {policy.label} cannot be read ({error}): {how_to_fix}"
        ) from None
    if trial.sha256 != policy.digest:
        raise PolicyError(f"{policy.label} was changed since it was simulated: {how_to_fix}")
    if trial.disputes < LEAST:
        raise PolicyError(
            f"{policy.label} was simulated with {trial.disputes} disputes, {LEAST} are needed: {how_to_fix}"
        )
    return trial
