"""The record that ships: what CMS's tables and lines make of it, worked out by hand."""

from __future__ import annotations

from math import log, sqrt

import pytest

from recoup_odds.publish import Row, by_tables, tables, winning_by_tables
from services.settlement.application.decider import shipped_public_record


def outcomes(quarter: str, won: int, made: int) -> tuple[Row, ...]:
    return (
        Row(quarter, "outcomes", "determinations", None, made),
        Row(quarter, "outcomes", "provider", None, won),
    )


def test_the_share_of_tables_counts_later_quarters_more_and_moves_as_it_moved() -> None:
    model = by_tables((*outcomes("2025Q1", 50, 100), *outcomes("2025Q2", 80, 100)), spread=0.3)
    # 0.75 × 50 + 80 = 117.5 of 175
    assert (model.base[""].won, model.base[""].lines) == (117.5, 175.0)
    # the share moved by ln(0.8 / 0.2) = 1.386 in one quarter; payers stand apart by 0.3
    assert model.drift == pytest.approx(sqrt(log(4) ** 2 + 0.3**2))


def test_of_two_quarters_the_lower_median_counts_with_the_later_count() -> None:
    rows = (
        Row("2024Q4", "winning", "99281-99288", 2.0, 5),
        Row("2025Q1", "winning", "99281-99288", 3.2, 10),
        Row("2025Q2", "winning", "99281-99288", 3.1, 20),
        Row("2025Q1", "winning", "100-1999", 3.0, 7),
        Row("2025Q2", "winning", "00100-01999", 3.1, 8),
        Row("2025Q2", "winning", "0001U-0475U,80047-89398", 4.5, 9),
        Row("2025Q2", "winning", "90281-90399,90935-90999", 2.8, 20),
    )
    found = {(cell.first, cell.last): (cell.median, cell.count) for cell in winning_by_tables(rows)}
    assert found == {
        ("99281", "99288"): (3.1, 20), ("00100", "01999"): (3.0, 8), ("80047", "89398"): (4.5, 9),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "median"),
    # the lower of 2025Q1 and 2025Q2 of CMS's Table 14
    [
        ("99285", 3.12), ("74177", 4.69), ("00790", 3.09), ("27447", 13.19), ("95941", 20.36), ("88305", 4.5),
        ("99291", 3.38),
    ],
)  # fmt: skip
def test_the_shipped_record_has_cms_medians(code: str, median: float) -> None:
    cell = shipped_public_record().winning_of(code)
    assert cell is not None and (cell.median, cell.low, cell.high) == (median, None, None)


def test_the_shipped_record_knows_the_spread_of_air_ambulances() -> None:
    cell = shipped_public_record().winning_of("A0431")
    assert cell is not None and cell.low is not None and cell.high is not None
    assert cell.low < cell.median < cell.high and cell.count > 10_000


def test_the_tables_are_cms() -> None:
    rows = {(row.quarter, row.table, row.name): row for row in tables()}
    assert rows["2025Q2", "outcomes", "determinations"].cases == 603_757
    assert rows["2025Q2", "outcomes", "provider"].cases == 532_614
    assert rows["2025Q2", "outcomes", "one party"].cases == 134_103
    assert rows["2025Q2", "winning", "95700-96020"].multiple == 28.62
