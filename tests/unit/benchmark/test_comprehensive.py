"""What a comprehensive procedure (status J1) leaves beside it, and what is said of it."""

from __future__ import annotations

from datetime import date

import pytest

from services.benchmark.application.quote import Asked, AskedClaim, AskedLine, quote, quote_claim
from services.benchmark.domain.comprehensive import paid_beside
from tests.unit.benchmark.world import policy, reference

_DAY = date(2025, 11, 3)


@pytest.mark.parametrize(("beside", "kind"), [("G0121", "preventive service"), ("Q2053", "cell or gene therapy")])
def test_what_is_paid_beside_by_a_list_of_our_own_enters_no_letter(beside: str, kind: str) -> None:
    """CMS's own list of the codes is not at hand; alone 911.71 is G0121's rate and may be shown."""
    lines = (AskedLine("29881"), AskedLine(beside))
    found = quote_claim(AskedClaim(lines, "10001", _DAY, "22", outpatient=True), reference(), policy()).lines
    assert [one.benchmarks[0].uses == ("internal",) for one in found] == [False, True]
    assert any(kind in note and "could not be held against CMS's" in note for note in found[1].notes)
    alone = quote(Asked(beside, "10001", _DAY, (), "22", outpatient=True), reference(), policy())
    assert not any("could not be held" in note for note in alone.notes)
    assert (alone.benchmarks[0].uses == ("internal",)) is (beside == "Q2053")  # a drug's rate is of another quarter


def test_cell_therapies_were_packaged_before_2025() -> None:
    """CMS-1809-FC changed it for CY 2025 and later."""
    assert paid_beside("Q2053", date(2024, 12, 31)) == ""
    assert paid_beside("Q2053", date(2025, 1, 1)).startswith("a cell or gene therapy")
    assert paid_beside("96374", date(2025, 1, 1)) == ""


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("A", "is paid by another schedule"),
        ("B", "is not taken on hospital outpatient bills"),
        ("C", "is an inpatient procedure"),
        ("E1", "is not covered by Medicare"),
        ("E2", "has no price"),
        ("M", "is not billed to Medicare's contractor"),
        ("Y", "is durable equipment"),
    ],
)
def test_what_opps_does_not_pay_says_what_it_is_beside_a_comprehensive_procedure(status: str, told: str) -> None:
    """Addendum D1: J1 packages covered Part B services; the first code of each status in Addendum B of 2025."""
    held = reference().release_in_force(_DAY, "outpatient").release.outpatient
    code = min(one.code for one in held.values() if one.status == status)
    lines = (AskedLine("29881"), AskedLine(code))
    found = quote_claim(AskedClaim(lines, "10001", _DAY, "22", outpatient=True), reference(), policy()).lines[1]
    assert f"{code} {told}" in found.cannot
    assert "packaged" not in found.cannot
