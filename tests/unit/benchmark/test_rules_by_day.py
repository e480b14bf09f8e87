"""Rules of Medicare that began on a day: before it a line is priced without them, or not at all.

Amounts are of CMS's files of the quarter for ZIP code 10001 (locality 13202-01), place 11.
"""

from __future__ import annotations

from datetime import date

import pytest

from services.benchmark.application.quote import Asked, quote
from tests.unit.benchmark.world import D, policy, reference

ZIP = "10001"


@pytest.mark.parametrize(
    ("day", "modifiers", "amount"),
    [
        # 85 % of what a therapist's assistant furnished, from 2022 on: Social Security Act 1834(v)
        (date(2020, 8, 3), (), "35.64"),
        (date(2020, 8, 3), ("CQ",), "35.64"),
        (date(2021, 8, 3), ("CQ",), "34.79"),
        (date(2021, 12, 31), ("CQ",), None),
        (date(2022, 1, 3), ("CQ",), None),
    ],
)
def test_a_therapist_s_assistant(day: date, modifiers: tuple[str, ...], amount: str | None) -> None:
    found = quote(Asked("97110", ZIP, day, modifiers, "11"), reference(), policy())
    whole = quote(Asked("97110", ZIP, day, (), "11"), reference(), policy())
    assert found.amount is not None and whole.amount is not None
    if amount is not None:
        assert found.amount == D(amount)
    elif day.year < 2022:
        assert found.amount == whole.amount
    else:
        assert abs(found.amount - whole.amount * D("0.85")) <= D("0.01")
        assert found.amount < whole.amount


@pytest.mark.parametrize("taxonomy", ["106H00000X", "101YM0800X"])
@pytest.mark.parametrize(("day", "covered"), [(date(2023, 12, 29), False), (date(2024, 1, 2), True)])
def test_therapists_and_counselors_are_covered_from_2024_on(taxonomy: str, day: date, covered: bool) -> None:
    found = quote(Asked("90837", ZIP, day, (), "11", taxonomy=taxonomy), reference(), policy())
    assert (found.amount is not None) == covered
    assert ("from 2024-01-01 on only" in found.cannot) != covered
