"""Tables that are read lazily say what a dictionary of all of them would."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.benchmark.adapters.columns import ranges_of, releases_of, year_of
from services.benchmark.adapters.lazy import Rows
from services.benchmark.adapters.packed import places_of
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Catalogued
from tests.unit.benchmark.world import policy, released

_RANGES = st.dictionaries(
    st.sampled_from(["13202-01", "02102-01", "R"]), st.lists(st.integers(0, 99_999), min_size=1, max_size=5), min_size=1
)


@given(_RANGES, st.lists(st.integers(0, 99_999), max_size=20))
def test_zip_codes_are_found_in_their_ranges(starts: dict[str, list[int]], asked: list[int]) -> None:
    bounds = sorted({start for of in starts.values() for start in of})
    ends = {start: min(start + 700, *(one - 1 for one in bounds if one > start), 99_999) for start in bounds}
    owner = {start: name for name, of in starts.items() for start in of}
    listed: dict[str, list[str]] = {}
    for start, name in owner.items():
        text = f"{start:05}" if ends[start] == start else f"{start:05}-{ends[start]:05}"
        listed.setdefault(name, []).append(text)
    found, whole = ranges_of(listed).mapping(), places_of(listed)
    assert dict(found) == whole
    assert len(found) == len(whole)
    for number in (*asked, *bounds, *ends.values()):
        digits = f"{number:05}"
        assert found.get(digits) == whole.get(digits)
        assert (digits in found) == (digits in whole)


@pytest.mark.parametrize("text", ["", "1000", "100010002", "1000A", "10001 ", "١٠٠٠١"[:4]])
def test_what_is_no_zip_code_of_five_digits_is_in_no_range(text: str) -> None:
    found = ranges_of({"13202-01": ["10000-10099"]}).mapping()
    assert text not in found
    assert found.get(text) is None
    with pytest.raises(KeyError):
        found[text]


def test_the_tables_of_the_last_two_years_are_read_before_the_first_claim_and_older_ones_when_asked_for() -> None:
    read: list[int] = []

    def entry(year: int) -> Catalogued:
        release = replace(released(), name=str(year), effective_from=date(year, 1, 1), effective_to=date(year, 12, 31))
        return Catalogued(
            release.name, release.effective_from, release.effective_to, release.systems(),
            lambda: (read.append(year), release)[1],
        )  # fmt: skip

    Assessor(Reference([entry(year) for year in (2020, 2024, 2025, 2026)]), policy())
    assert sorted(set(read)) == [2025, 2026]


def test_a_year_holds_each_of_its_quarters_whole() -> None:
    """January to July 2025: what a later quarter changes, brings and drops is its own, and a row is made once."""
    quarters = [released(f"CMS CY2025 ({name})") for name in ("January", "April", "July")]
    again = releases_of(year_of(quarters), {}, frozenset(), "")
    for before, after in zip(quarters, again, strict=True):
        assert isinstance(after.values, Rows)
        assert dict(after.values) == dict(before.values)
        assert after.unpriced == before.unpriced
        assert after.values["99285"] is again[0].values["99285"]
    assert [one.values["0446T"].pe_non_facility for one in again[:2]] == [Decimal("90.47"), Decimal("179.53")]
    assert ("61715" in again[0].values, "61715" in again[1].values) == (True, False)
    assert again[1].values.get("61715") is None
