"""What the project ships: reference releases and policies, read from beside the code."""

from __future__ import annotations

from pathlib import Path

import msgspec

from services.benchmark.adapters.cms import load_packed
from services.benchmark.domain.policy import Policy, check
from services.benchmark.domain.reference import Reference

_HOME = Path(__file__).resolve().parents[1]


def shipped_reference() -> Reference:
    """Every release under `reference/`."""
    return Reference([load_packed(path) for path in sorted((_HOME / "reference").glob("*.json.gz"))])


def load_policy(path: Path | None = None) -> Policy:
    """A policy file; without a path the newest one shipped. Raises `ValueError` naming the field that is wrong."""
    chosen = path or max((_HOME / "policies").glob("*.toml"))
    try:
        policy = msgspec.toml.decode(chosen.read_bytes(), type=Policy, strict=False)
    except msgspec.DecodeError as error:
        raise ValueError(f"{chosen.name}: {error}") from None
    return check(policy)
