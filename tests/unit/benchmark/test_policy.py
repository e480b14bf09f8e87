"""A policy that does not hold together never starts to run, and says every fault with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.benchmark.adapters.shipped import load_policy

_SHIPPED = Path(__file__).resolve().parents[3] / "services/benchmark/policies/2026-11.toml"


def test_the_shipped_policy_holds() -> None:
    policy = load_policy()
    assert policy.version == _SHIPPED.stem
    assert policy.sources("no such specialty") is policy.specialties["general"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('threshold = "0.80"', 'threshold = "1.80"', "threshold is not between 0 and 1"),
        ('threshold = "0.80"', 'treshold = "0.80"', "treshold"),
        ('charge_cap = "1.00"', 'charge_cap = "none"', "charge_cap"),
        ("[specialties.general]", "[specialties.other]", "specialties.general is missing"),
        ('floor = "1.80"', 'floor = "2.80"', "specialties.emergency.medicare: floor ≤ target ≤ stretch"),
        ("stretch = 95", "stretch = 100", "ucr: percentiles lie between 1 and 99"),
        ("schema = 1", "schema = 2", "schema"),
        ("least = 5", "least = 96", "confidence"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = _SHIPPED.read_text("utf-8")
    assert old in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ValueError, match=fault.replace("[", r"\[")) as error:
        load_policy(file)
    assert "mine.toml" in str(error.value)
