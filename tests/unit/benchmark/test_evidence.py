"""Weak evidence: short of the policy's target, and no independent rate lies above what the payer allowed.

99285 at Manhattan 2025 is 190.63 by Medicare; the emergency target of 2.60 times that is 495.64, the threshold 396.51.
99284 is 131.42.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.assessment_events import verdict_event, widened
from services.benchmark.domain.distributions import Row, Table, TableKind, table_of
from services.benchmark.domain.line_benchmark import strongest
from services.benchmark.domain.verdict import Assessment
from shared.events.assessment import Benchmark, DisputeWidened, UnderpaymentFlagged
from shared.events.claims import RemittanceLine
from tests.unit.benchmark.world import CLAIM, D, claimed, paid, policy, remitted


def _table(kind: TableKind, rate: str, *codes: str, source: str = "a publisher") -> Table:
    payer = "PAYER1" if kind in ("in_network", "payer_history") else ""
    rows = [Row(code, "", "professional", "us", 40, (D(rate),) * 3, payer=payer) for code in codes or ("99285",)]
    return table_of(f"{kind} t", kind, date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), rows, source=source)


def _assessed(*lines: RemittanceLine, tables: tuple[Table, ...] = (), place: str = "23") -> Assessment:
    assessor = Assessor(reference_of(tables=tables), policy())
    return assessor.assess(claimed(lines, place=place), remitted(*lines))


@pytest.mark.parametrize(
    ("allowed", "tables", "weak"),
    [
        ("150", (), False),  # Medicare's 190.63 is above
        ("190.63", (), True),  # at what was allowed is not above it
        ("300", (), True),
        ("300", (_table("ucr_allowed", "310"),), False),
        ("300", (_table("in_network", "310"),), False),
        ("300", (_table("in_network", "290"),), True),
        ("300", (_table("payer_history", "900"),), True),  # the payer's own
        ("300", (_table("ucr_charge", "900"),), False),  # published charges of others
        ("300", (_table("ucr_charge", "900", source="own claims, remittances of 2025"),), True),
    ],
)
def test_a_case_is_weak_without_an_independent_rate_above(allowed: str, tables: tuple[Table, ...], weak: bool) -> None:
    found = _assessed(paid("99285", "5000", allowed), tables=tables)
    assert found.verdict == "underpaid"
    assert (found.weak_evidence, found.lines[0].weak_evidence) == (weak, weak)
    assert any(reason.startswith("weak evidence") for reason in found.reasons) is weak


def test_the_payer_s_qpa_is_no_independent_rate() -> None:
    assert _assessed(paid("99285", "5000", "300", qpa="400")).weak_evidence


def test_a_rate_that_may_not_be_shown_supports_nothing() -> None:
    """99396 is 136.91 by its relative values, and not covered by Medicare."""
    found = _assessed(paid("99396", "900", "20"), place="11")
    assert (found.verdict, found.weak_evidence) == ("underpaid", True)


def test_a_claim_is_weak_where_no_underpaid_line_is_supported() -> None:
    weak, sound = paid("99285", "5000", "300"), paid("99284", "3000", "60", line=2)
    assert not _assessed(weak, sound).weak_evidence
    assert [line.weak_evidence for line in _assessed(weak, sound).lines] == [True, False]
    assert _assessed(weak, paid("99284", "3000", "140", line=2)).weak_evidence


def test_nothing_is_flagged_on_our_own_charges_alone() -> None:
    """A laboratory code: Medicare's schedule is another, and the only table is of our own charges."""
    own = _table("ucr_charge", "900", "80053", source="own claims, remittances of 2025")
    found = _assessed(paid("80053", "1000", "50"), tables=(own,))
    assert found.verdict == "unjudged"
    assert any("our own charges" in reason for reason in found.reasons)
    published = _assessed(paid("80053", "1000", "50"), tables=(_table("ucr_charge", "900", "80053"),))
    assert (published.verdict, published.weak_evidence) == ("underpaid", False)


@pytest.mark.parametrize(("source", "own"), [("own claims, remittances of 2025", True), ("a publisher", False)])
def test_a_figure_of_our_own_claims_stays_told_as_such_on_the_line(source: str, own: bool) -> None:
    """Letters leave it out by that flag: it is no independent rate."""
    found = _assessed(paid("99285", "5000", "300"), tables=(_table("ucr_charge", "900", source=source),))
    told = {one.own for one in found.lines[0].benchmarks if one.source == "ucr_charge"}
    assert told == {own}


@pytest.mark.parametrize("weak", [True, False])
def test_the_flag_travels_on_the_events(weak: bool) -> None:
    line = paid("99285", "5000", "300" if weak else "150")
    found, remittance = _assessed(line), remitted(line)
    flagged = verdict_event(CLAIM, remittance, found, policy())
    wider = widened(CLAIM, remittance, found, frozenset({1}))
    assert isinstance(flagged, UnderpaymentFlagged) and isinstance(wider, DisputeWidened)
    assert (flagged.weak_evidence, wider.weak_evidence, flagged.lines[0].weak_evidence) == (weak, weak, weak)


_SOURCES = st.sampled_from(["medicare_pfs", "ucr_charge", "in_network_median", "qpa", "payer_history", "billed_charge"])


def _benchmark(source: str, amount: int, own: bool) -> Benchmark:
    uses: Any = ("commercial_appeal", "internal")
    return Benchmark(source=source, amount=D(amount), release="r", row="w", uses=uses, own=own)


@given(st.lists(st.builds(_benchmark, _SOURCES, st.integers(1, 1000), st.booleans()), max_size=5))
def test_only_what_neither_side_made_is_strong(found: list[Benchmark]) -> None:
    sides = ("qpa", "payer_history", "billed_charge")
    independent = [one.amount for one in found if one.source not in sides and not one.own]
    assert strongest(found) == (max(independent) if independent else None)
