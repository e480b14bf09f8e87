"""What is well formed and unknown is told apart from what is known: modifiers by CPT and HCPCS, taxonomies by NUCC."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import Row, Table, table_of
from shared.events.assessment import Benchmark
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, reference, released, remitted

_UNKNOWN = "on no list (CPT; HCPCS of 2026-01)"
_NOT_NUCC_S = "not on NUCC's list 25.1"


def _told(benchmark: Benchmark) -> str:
    return "; ".join(benchmark.caveats)


@pytest.mark.parametrize("asked", [{}, {"outpatient": True, "place": "22"}])
def test_an_unknown_modifier_leaves_the_price_and_keeps_it_from_letters(asked: dict[str, Any]) -> None:
    """What ZZ does to the price nobody knows: 29881 as without it, less sure, for our own eyes."""
    plain = quote(Asked("29881", "10001", DAY, ("RT",), **asked), reference(), policy())
    found = quote(Asked("29881", "10001", DAY, ("RT", "zz"), **asked), reference(), policy())
    assert found.amount == plain.amount
    assert found.confidence < plain.confidence
    assert f"modifier ZZ is {_UNKNOWN}" in _told(found.benchmarks[0])
    assert found.benchmarks[0].uses == ("internal",)
    assert _UNKNOWN not in _told(plain.benchmarks[0])
    assert "commercial_appeal" in plain.benchmarks[0].uses


def test_a_surgery_center_s_rate_is_in_doubt_alike() -> None:
    loaded = reference_of((replace(released(), ambulatory={"29881": D("1600.00")}),))
    asked = Asked("29881", "10001", DAY, ("Z9",), "24", outpatient=True)
    found = quote(asked, loaded, policy())
    assert (found.amount, found.benchmarks[0].uses) == (D("1600.00"), ("internal",))


def _contracts(code: str) -> Table:
    rows = [Row(code, "", "professional", "us", 40, (D("100"),) * 3, payer="PAYER1")]
    return table_of("contracts", "in_network", date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), rows)


@pytest.mark.parametrize(("modifier", "uses"), [("ZZ", ("internal",)), ("25", None)])
def test_other_rates_by_an_unknown_modifier_enter_no_letter_either(modifier: str, uses: tuple[str, ...] | None) -> None:
    line = paid("99285", "900", "50", modifiers=(modifier,))
    assessor = Assessor(reference_of(tables=(_contracts("99285"),)), policy())
    found = assessor.assess(claimed([line]), remitted(line)).lines[0]
    shown = [one for one in found.benchmarks if one.source in ("medicare_pfs", "in_network_median")]
    assert len(shown) == 2
    assert all((one.uses == ("internal",)) is bool(uses) for one in shown)
    assert found.weak_evidence is (modifier == "ZZ")


@pytest.mark.parametrize(
    ("code", "modifiers"),
    [
        ("99213", ("25", "95")),
        ("J1885", ("JZ",)),
        ("27447", ("XS", "RT", "GC")),
        ("93000", ("Q1",)),
        ("3074F", ("8P",)),
    ],
)
def test_known_modifiers_leave_no_doubt(code: str, modifiers: tuple[str, ...]) -> None:
    found = quote(Asked(code, "10001", DAY, modifiers), reference(), policy())
    assert all(_UNKNOWN not in _told(one) for one in found.benchmarks)


@pytest.mark.parametrize(
    ("taxonomy", "amount", "doubted"),
    [
        ("207P00000X", "190.63", False),
        ("363LF0000X", "162.04", False),  # 85 % of 190.63 is 162.0355
        ("363LX9999X", "162.04", False),  # newer than the list, and yet a nurse practitioner's
        ("999X99999X", "190.63", True),
        ("", "190.63", False),
    ],
)
def test_an_unknown_taxonomy_is_told(taxonomy: str, amount: str, doubted: bool) -> None:
    found = quote(Asked("99285", "10001", DAY, (), "23", taxonomy=taxonomy), reference(), policy())
    assert found.amount == D(amount)
    assert (_NOT_NUCC_S in _told(found.benchmarks[0])) is doubted


@pytest.mark.parametrize(("taxonomy", "doubted"), [("999X99999X", True), ("207P00000X", False)])
def test_claims_tell_it_too(taxonomy: str, doubted: bool) -> None:
    line = paid("99285", "900", "50")
    found = Assessor(reference(), policy()).assess(claimed([line], taxonomy=taxonomy), remitted(line)).lines[0]
    assert (_NOT_NUCC_S in _told(found.benchmarks[0])) is doubted
