"""Other people's 835s: no claim payment is lost, and 95 of 100 at least are posted or held with their amount."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.intake.published import files, measure, table
from tests.unit.x12.files import remittance

SHARED = Path(__file__).parents[3].parent / "shared"
PLACES = (SHARED / "samples" / "x12", SHARED / "cases" / "835")


@pytest.mark.parametrize("place", [pytest.param(one, marks=pytest.mark.outside(one)) for one in PLACES], ids=str)
def test_published_files(place: Path) -> None:
    rows = [row for path in files([place]) if (row := measure(path)) is not None]
    told = table(rows)
    sent, good = sum(row.sent for row in rows), sum(row.posted + row.held - row.without_amount for row in rows)
    assert sum(row.lost for row in rows) == 0, told
    assert 100 * good >= 95 * sent > 0, told


def test_what_the_measure_counts(tmp_path: Path) -> None:
    """Two claim payments: one posted, one held without an amount."""
    sound = remittance(("CLP*PCN2*1*300*250**12*ICN2", "CLP*PCN2*1*300*2S0**12*ICN2"))
    (tmp_path / "a.835").write_bytes(sound)
    row = measure(tmp_path / "a.835")
    assert row is not None
    assert (row.sent, row.posted, row.held, row.without_amount, row.lost) == (2, 1, 1, 1, 0)
    (tmp_path / "b.837").write_bytes(b"ISA*00*no claim payment~")
    assert measure(tmp_path / "b.837") is None
    assert table([row]).splitlines()[-1].split() == ["all", "2", "1", "1", "1", "0"]
