"""The geographic indices of 2026 are those of CMS's Addendum E, and a release in doubt enters no letter.

Others computed from CMS's own GPCI2026 (release RVU26A): office visits and psychotherapy, each worked out here again.
"""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.benchmark.adapters.shipped import shipped_releases
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.reference import Reference
from tests.unit.benchmark.world import D, policy, reference

_DAY = date(2026, 8, 3)


@pytest.mark.parametrize(
    ("zip_code", "code", "place", "amount"),
    [
        # Los Angeles: 1.041, 1.183, 0.664
        ("90001", "99213", "11", "104.89"),  # (1.30 × 1.041 + 1.46 × 1.183 + 0.09 × 0.664) × 33.4009 = 104.8868…
        ("90001", "99213", "22", "60.24"),  # (1.30 × 1.041 + 0.33 × 1.183 + 0.09 × 0.664) × 33.4009 = 60.2373…
        ("90001", "90837", "11", "179.29"),  # (3.78 × 1.041 + 1.20 × 1.183 + 0.02 × 0.664) × 33.4009 = 179.2938…
        # Montana: 1, 1 (frontier floor), 0.998
        ("59101", "99213", "11", "95.19"),  # (1.30 + 1.46 + 0.09 × 0.998) × 33.4009 = 95.1865…
        # Alabama: 1 (floor), 0.875, 0.566
        ("35201", "90837", "11", "161.70"),  # (3.78 + 1.20 × 0.875 + 0.02 × 0.566) × 33.4009 = 161.7044…
        ("35201", "90791", "11", "167.51"),  # (3.84 + 1.33 × 0.875 + 0.02 × 0.566) × 33.4009 = 167.5080…
    ],
)
def test_the_indices_give_the_amounts_that_others_computed_from_cms_s_file(
    zip_code: str, code: str, place: str, amount: str
) -> None:
    found = quote(Asked(code, zip_code, _DAY, (), place), reference(), policy())
    assert (found.amount, found.fallback) == (D(amount), "")
    assert "commercial_appeal" in found.benchmarks[0].uses


def test_a_release_in_doubt_says_so_and_enters_no_letter() -> None:
    held = [
        replace(one, doubt="its indices could not be held against CMS's") if "2026 (July)" in one.name else one
        for one in shipped_releases()
    ]
    found = quote(Asked("99213", "90001", _DAY), Reference(held), policy())
    assert (found.amount, found.fallback) == (D("104.89"), "its indices could not be held against CMS's")
    assert found.benchmarks[0].uses == ("internal",)
