"""Periods, bars of one width, and figures from sums: worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.gateway.adapters.sheets import sheet
from services.gateway.domain.results import Median, Part, SetName, Sums, compared, figures, steps

D = Decimal


@pytest.mark.parametrize(
    ("since", "until", "how", "expected"),
    [
        # the 31 days of March: before them the 31 days from 29 January (28 of February and 3)
        (date(2026, 3, 1), date(2026, 3, 31), "previous", (date(2026, 1, 29), date(2026, 2, 28))),
        (date(2026, 3, 1), date(2026, 3, 1), "previous", (date(2026, 2, 28), date(2026, 2, 28))),
        (date(2026, 3, 1), date(2026, 3, 31), "year", (date(2025, 3, 1), date(2025, 3, 31))),
        (date(2024, 2, 1), date(2024, 2, 29), "year", (date(2023, 2, 1), date(2023, 2, 28))),
        (date(2026, 3, 1), date(2026, 3, 31), "none", None),
        (None, date(2026, 3, 31), "previous", None),
        (date(2026, 3, 1), None, "year", None),
    ],
)
def test_the_period_compared_with(since: date | None, until: date | None, how: str, expected: object) -> None:
    assert compared(since, until, how) == expected  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([D(400)], [D(50) * n for n in range(10)]),  # 400 / 12 = 33.3, so steps of 50; 400 lies in the ninth
        ([D(34)], [D(5) * n for n in range(8)]),  # 34 / 12 = 2.8, so steps of 5
        ([D(0)], [D("0.1") * n for n in range(12)]),  # at least 1: 1 / 12 = 0.083, so steps of 0.1
        ([], []),
    ],
)
def test_bars_are_of_one_round_width(values: list[Decimal], edges: list[Decimal]) -> None:
    assert steps(values) == edges


@given(st.lists(st.decimals(0, 10_000_000, places=2), min_size=1, max_size=20))
def test_every_value_is_in_a_bar_and_there_are_few(values: list[Decimal]) -> None:
    edges = steps(values)
    assert edges[0] == 0 and max(values) < edges[-1] and 2 <= len(edges) <= 14
    assert len({high - low for low, high in pairwise(edges)}) == 1


NAMES: tuple[SetName, ...] = (
    "answered", "judged", "underpaid", "denied", "pursued", "ended", "won", "paid_after_dispute", "decided",
    "overturned", "closed", "in_dispute", "open", "unanswered", "written_off", "corrected",
)  # fmt: skip


def _sums(**parts: tuple[int, str]) -> Sums:
    given: dict[SetName, Part] = {
        name: Part(*((parts[name][0], D(parts[name][1])) if name in parts else (0, D(0)))) for name in NAMES
    }
    return Sums(given, D("115.00"), D("2000.00"), 4, 3, Median(2, D(34)))


def test_figures_are_one_sum_divided_by_another() -> None:
    sums = _sums(
        answered=(10, "9000"), judged=(8, "7000"), underpaid=(2, "900"), denied=(1, "500"), ended=(4, "1000"),
        won=(3, "600"), closed=(5, "1500"), in_dispute=(2, "300"), open=(4, "800"), paid_after_dispute=(2, "500"),
    )  # fmt: skip
    found = {one.name: one for one in figures(sums, None)}
    assert {name: one.value for name, one in found.items()} == {
        "net_recovery": D("485.00"),  # 600 less fees of 115
        "recovered": D(600),
        "recovery_rate": D("0.6000"),  # 600 / 1000
        "win_rate": D("0.7500"),  # 3 / 4
        "overturn_rate": D("0.7500"),  # 3 / 4 decisions
        "days_to_payment": D(34),
        "underpayment_rate": D("0.2500"),  # 2 / 8
        "denial_rate": D("0.1000"),  # 1 / 10
        "net_collection": D("0.7500"),  # 1500 / 2000
        "in_dispute": D(300),
        "receivable": D(800),
        "written_off": D(0),
        "corrected_by_payers": D(0),
    }
    assert all(one.before is None and one.definition for one in found.values())
    assert found["recovery_rate"].drill.set == "ended" and found["recovery_rate"].claims == 4


def test_nothing_is_divided_by_nothing_and_the_period_before_stands_beside() -> None:
    nothing = Sums({name: Part(0, D(0)) for name in NAMES}, D(0), D(0), 0, 0, Median(0, None))
    found = {one.name: one for one in figures(nothing, _sums(won=(1, "600"), ended=(2, "1000")))}
    for name in ("recovery_rate", "win_rate", "overturn_rate", "days_to_payment", "net_collection", "denial_rate"):
        assert found[name].value is None, name
    assert (found["recovery_rate"].before, found["net_recovery"].before) == (D("0.6000"), D("485.00"))


def test_a_file_keeps_cents_and_runs_no_formula() -> None:
    rows = [["=HYPERLINK(1)", D("1234.50"), None, date(2026, 3, 16)]]
    text = sheet("csv", "x", ["payer", "paid", "cash", "day"], rows).decode("utf-8-sig")
    assert text == "payer,paid,cash,day\r\n'=HYPERLINK(1),1234.50,,2026-03-16\r\n"
    page = load_workbook(BytesIO(sheet("xlsx", "x", ["payer", "paid", "cash", "day"], rows))).active
    assert page is not None
    told = [[cell.value for cell in row] for row in page.iter_rows()]
    assert told[0] == ["payer", "paid", "cash", "day"]
    assert (told[1][0], told[1][1], told[1][2]) == ("'=HYPERLINK(1)", 1234.5, None)
