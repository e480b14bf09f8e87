"""Each year and quarter by its own tables: prices of every shipped release, and which release speaks for a day."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.benchmark.adapters.shipped import (
    national_factors,
    reference_of,
    shipped_reference,
    shipped_releases,
)
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.factors import local_anesthesia
from services.benchmark.domain.fee_schedule import Gpci, base_price
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price, Release
from tests.unit.benchmark.world import D, claimed, paid, policy, reference, released, remitted, service

_TABLE = Path(__file__).with_name("prices_by_year.csv")
UNITS = "no release is loaded for {}: CMS anesthesia base units CY2022 used"
_FIRST, _TODAY = date(2020, 1, 1), date(2026, 11, 29)


def _worked() -> Iterator[dict[str, str]]:
    yield from csv.DictReader(line for line in _TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))


WORKED = list(_worked())


def _named(row: dict[str, str]) -> str:
    return "-".join((row["release"], row["code"], row["modifier"], row["zip"]))


@pytest.mark.parametrize("row", WORKED, ids=_named)
def test_a_price_of_each_quarter_is_exact_to_the_cent(row: dict[str, str]) -> None:
    modifiers = (row["modifier"],) if row["modifier"] else ()
    day = date.fromisoformat(row["day"])
    asked = Asked(row["code"], row["zip"], day, modifiers, row["place"], rendering="a surgeon")
    found = quote(asked, reference(), policy())
    assert found.amount == D(row["expected"]), found.cannot
    assert found.row.endswith(f"GPCI {row['locality']}; CF {row['factor']}")
    assert found.release.startswith(f"CMS CY{row['day'][:4]} (")
    assert found.fallback == ""


@pytest.mark.parametrize("row", WORKED, ids=_named)
def test_the_arithmetic_written_in_the_table_holds(row: dict[str, str]) -> None:
    work, gpci_pe, gpci_mp = D(row["work"]) * D(row["gpci_work"]), D(row["gpci_pe"]), D(row["gpci_mp"])
    total = work + D(row["pe"]) * gpci_pe + D(row["mp"]) * gpci_mp
    assert (total, total * D(row["factor"])) == (D(row["sum"]), D(row["product"]))
    fee = D(row["product"])
    if row["cap"]:
        values, _, amount = row["cap"].partition("=")
        expense, _, malpractice = values.partition("+")
        capped = (work + D(expense) * gpci_pe + D(malpractice) * gpci_mp) * D(row["factor"])
        assert abs(capped - D(amount)) <= D("0.005") < fee - D(amount)
        fee = D(amount)
    assert abs(fee - D(row["expected"])) <= D("0.005")


def test_there_are_enough_of_them_for_every_release() -> None:
    assert len(WORKED) >= 130
    assert len({row["release"] for row in WORKED}) == 25
    assert sum(bool(row["cap"]) for row in WORKED) >= 10
    assert len({row["locality"] for row in WORKED}) >= 15


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2020, 7, 1), "76.15"),  # 2.11 × 36.0896
        (date(2021, 7, 1), "92.47"),  # 2.65 × 34.8931
        (date(2022, 7, 1), "92.05"),  # 2.66 × 34.6062
        (date(2023, 7, 1), "90.82"),  # 2.68 × 33.8872
        (date(2024, 3, 8), "89.39"),  # 2.73 × 32.7442
        (date(2024, 3, 9), "90.87"),  # 2.73 × 33.2875
        (date(2025, 11, 1), "88.95"),  # 2.75 × 32.3465
        (date(2026, 7, 1), "95.19"),  # 2.85 × 33.4009
    ],
)
def test_the_national_amount_of_an_office_visit_is_the_one_that_cms_published(day: date, expected: str) -> None:
    in_force = reference().release_in_force(day)
    national = Gpci("", "", D(1), D(1), D(1))
    assert base_price(in_force.release.values["99213"], national, in_force.physician, "non_facility") == D(expected)


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("27447", date(2022, 6, 1), "1596.06"),
        ("99285", date(2022, 6, 1), "206.92"),
        ("27447", date(2025, 11, 3), "1465.45"),
        ("99285", date(2025, 11, 3), "190.63"),
        ("27447", date(2026, 11, 3), "1341.54"),  # 19.11 × 1.064 + 11.58 × 1.162 + 4.02 × 1.586 = 40.16472
    ],
)
def test_a_year_is_not_priced_by_another_s_tables(code: str, day: date, expected: str) -> None:
    assert quote(Asked(code, "10001", day, (), "21"), reference(), policy()).amount == D(expected)


@pytest.mark.parametrize(
    ("zip_code", "expected"),
    [
        ("35203", "87.79"),  # Alabama: (1.30 + 1.46 × 0.875 + 0.09 × 0.566) × 33.4009
        ("99501", "118.72"),
        ("85001", "93.25"),
        ("72201", "86.86"),
        ("90012", "104.89"),  # Los Angeles: 1.30 × 1.041 + 1.46 × 1.183 + 0.09 × 0.664 = 3.14024
        ("50309", "89.23"),  # Iowa
        ("10001", "107.63"),  # Manhattan: 1.30 × 1.064 + 1.46 × 1.162 + 0.09 × 1.586 = 3.22246, × 33.4009 = 107.6331…
    ],
)
def test_local_amounts_of_2026_are_by_the_indices_that_are_shipped(zip_code: str, expected: str) -> None:
    found = quote(Asked("99213", zip_code, date(2026, 8, 3)), reference(), policy())
    assert found.amount == D(expected)


@pytest.mark.parametrize(
    ("day", "zip_code", "factor"),
    [
        (date(2020, 5, 4), "10001", "24.91"),
        (date(2021, 5, 4), "10001", "24.55"),
        (date(2022, 5, 4), "10001", "24.60"),
        (date(2023, 5, 4), "10001", "23.86"),
        (date(2024, 3, 8), "10001", "22.87"),
        (date(2024, 3, 9), "10001", "23.25"),
        (date(2025, 11, 4), "10001", "22.76"),
        (date(2020, 5, 4), "99501", "30.86"),
        (date(2024, 2, 1), "99501", "28.08"),
        (date(2020, 5, 4), "90012", "23.25"),
        (date(2024, 2, 1), "90012", "21.34"),
        (date(2025, 11, 4), "35203", "19.31"),
    ],
)
def test_anesthesia_is_by_the_factor_of_its_year_and_locality(day: date, zip_code: str, factor: str) -> None:
    """00790 for an hour: 7 base and 4 time units."""
    found = quote(Asked("00790", zip_code, day, ("AA",), "22", minutes=D(60)), reference(), policy())
    assert found.amount == 11 * D(factor)
    assert f"CF {factor} of locality" in found.row
    assert found.fallback == ("" if day.year == 2022 else UNITS.format(day.year))
    assert [one.uses == ("internal",) for one in found.benchmarks] == [day.year != 2022]


_NATIONAL = (
    "CMS's anesthesia factors of 2026 by locality are not at hand: the national one (CY 2026 physician fee "
    "schedule final rule, 90 FR 49266 (5 November 2025)) by the year's indices, with the shares of 2025; "
    f"{UNITS.format(2026)}"
)


@pytest.mark.parametrize(
    ("zip_code", "participant", "factor"),
    [
        ("10001", False, "22.84"),  # 20.4976 × (0.769 × 1.064 + 0.166 × 1.162 + 0.065 × 1.586) = 22.8383…
        ("35203", False, "19.49"),  # 20.4976 × (0.769 + 0.166 × 0.875 + 0.065 × 0.566) = 19.4940…
        ("99501", False, "28.00"),  # 20.4976 × (0.769 × 1.5 + 0.166 × 1.065 + 0.065 × 0.551) = 28.0028…
        ("10001", True, "22.95"),  # 20.5998 × 1.114198 = 22.9522…
    ],
)
def test_anesthesia_of_2026_is_by_its_national_factor_where_none_by_locality_is_at_hand(
    zip_code: str, participant: bool, factor: str
) -> None:
    """Said, and kept from letters."""
    asked = Asked("00790", zip_code, date(2026, 8, 3), ("AA",), "22", minutes=D(60), participant=participant)
    found = quote(asked, reference(), policy())
    assert (found.amount, found.release, found.fallback) == (11 * D(factor), "CMS CY2026 (July)", _NATIONAL)
    assert [one.uses for one in found.benchmarks] == [("internal",)]


def test_the_formula_gives_every_factor_that_cms_published_for_2025() -> None:
    """20.3178 × (0.769 × work + 0.166 × PE + 0.065 × MP index), of each locality to the cent."""
    shares = national_factors()[2026].shares
    gpcis = released().gpcis.values()
    assert sum(shares) == 1
    assert len(gpcis) == 109
    for gpci in gpcis:
        assert local_anesthesia(D("20.3178"), shares, gpci) == gpci.anesthesia, gpci.locality


def test_loaded_factors_of_2026_come_before_computed_ones() -> None:
    whole = released("CMS CY2026 (July)")
    gpcis = {locality: replace(gpci, anesthesia=D("20.00")) for locality, gpci in whole.gpcis.items()}
    units = {"00790": D(7)}
    mine = replace(whole, name="Mine", gpcis=gpcis, values={}, effective_from=date(2026, 1, 1), anesthesia_base=units)
    loaded = reference_of((mine,))
    found = quote(Asked("00790", "10001", date(2026, 8, 3), ("AA",), "22", minutes=D(60)), loaded, policy())
    assert (found.amount, found.fallback, found.release) == (D("220.00"), "", "Mine")


@pytest.mark.parametrize(
    ("day", "release", "factor"),
    [
        (date(2026, 3, 2), "CMS CY2025 (October)", "22.76"),  # before July 2026 the nearest earlier is of 2025
        (date(2026, 8, 3), "CMS CY2026 (July)", "22.84"),
        (date(2026, 11, 3), "CMS CY2026 (July)", "22.84"),
        (date(2027, 3, 1), "CMS CY2026 (July)", "22.84"),  # and not 2025, of which CMS's own factors are at hand
    ],
)
def test_anesthesia_goes_by_the_nearest_earlier_release(day: date, release: str, factor: str) -> None:
    found = quote(Asked("00790", "10001", day, ("AA",), "22", minutes=D(60)), reference(), policy())
    assert (found.release, found.amount) == (release, 11 * D(factor))
    assert [one.uses for one in found.benchmarks] == [("internal",)]


@pytest.mark.parametrize(
    ("day", "code", "units", "told"),
    [
        (date(2022, 5, 4), "01937", "4", ""),
        (date(2023, 5, 5), "01937", "4", UNITS.format(2023)),
        (date(2024, 5, 4), "00790", "9", ""),  # loaded for 2024
        (date(2026, 5, 4), "00790", "9", "no release is loaded for 2026: Mine used"),  # the nearest earlier, not 2022's
        (date(2023, 5, 4), "00790", "7", UNITS.format(2023)),
        (date(2020, 5, 4), "00790", "7", UNITS.format(2020)),  # no earlier one
    ],
)
def test_base_units_are_a_table_of_their_own_and_of_their_year(day: date, code: str, units: str, told: str) -> None:
    """An hour is four units of time."""
    mine = Release("Mine", date(2024, 1, 1), date(2024, 12, 31), D(0), {}, {}, {}, {}, anesthesia_base={"00790": D(9)})
    loaded = reference_of((mine,))
    price = loaded.professional(service(code, units=60, unit_type="MJ", day=day))
    assert isinstance(price, Price), price
    assert price.amount == (D(units) + 4) * price.rate
    assert told in price.fallback and price.internal == bool(price.fallback)
    assert ("base units" in price.fallback or "Mine used" in price.fallback) == bool(told)


@pytest.mark.parametrize(("code", "year"), [("01937", 2021), ("01935", 2022), ("01936", 2025)])
def test_an_anesthesia_code_that_its_year_does_not_know_has_no_price(code: str, year: int) -> None:
    """01935 and 01936 were replaced by 01937 to 01942 on 1 January 2022 (status J in PPRRVU of these years)."""
    price = reference().professional(service(code, units=60, unit_type="MJ", day=date(year, 5, 4)))
    assert isinstance(price, NoPrice)
    assert "unknown to it" in price.reason


@pytest.mark.parametrize(
    ("day", "participant", "amount", "factor"),
    [
        (date(2026, 8, 3), False, "192.81", "33.4009"),  # 5.77258 × 33.4009
        (date(2026, 8, 3), True, "193.77", "33.5675"),  # 5.77258 × 33.5675 = 193.7710…
        (date(2025, 11, 3), True, "190.63", "32.3465"),  # one factor until 2025
    ],
)
def test_both_conversion_factors_of_2026_are_known_and_that_of_others_than_participants_counts(
    day: date, participant: bool, amount: str, factor: str
) -> None:
    found = quote(Asked("99285", "10001", day, (), "23", participant=participant), reference(), policy())
    assert (found.amount, found.row.endswith(f"CF {factor}")) == (D(amount), True)
    factors = national_factors()[2026]
    published = (factors.physician, factors.participants, factors.anesthesia, factors.anesthesia_participants)
    assert published == (D("33.4009"), D("33.5675"), D("20.4976"), D("20.5998"))


@pytest.mark.parametrize(
    ("day", "release", "told"),
    [
        (date(2024, 10, 1), "CMS CY2024 (July)", "quarter 4 of 2024"),
        (date(2024, 12, 31), "CMS CY2024 (July)", "quarter 4 of 2024"),
        (date(2025, 2, 1), "CMS CY2025 (January)", ""),
        (date(2025, 4, 1), "CMS CY2025 (April)", ""),
        (date(2025, 9, 30), "CMS CY2025 (July)", ""),
        (date(2026, 11, 29), "CMS CY2026 (July)", "quarter 4 of 2026"),
        (date(2023, 10, 1), "CMS CY2023 (October)", ""),
    ],
)
def test_a_quarter_that_is_missing_is_by_the_nearest_earlier_one_and_enters_no_letter(
    day: date, release: str, told: str
) -> None:
    """50 + 15 points; 10 less for another place or time, 30 less for other tables than the day's."""
    found = quote(Asked("99285", "10001", day, (), "23"), reference(), policy())
    assert found.release == release
    why = f"CMS's release for {told} is not at hand: {release} used" if told else ""
    assert found.fallback == why
    assert found.confidence == (25 if told else 65)
    assert [one.uses == ("internal",) for one in found.benchmarks] == [bool(told)]


@pytest.mark.parametrize(("day", "weak"), [(date(2025, 11, 3), False), (date(2026, 11, 3), True)])
def test_a_line_of_a_missing_quarter_is_flagged_on_weak_evidence(day: date, weak: bool) -> None:
    """Allowed $20, worth some $190 by Medicare alone: flagged either way, and the figure kept from every paper."""
    lines = [paid("99285", "900", "20")]
    claim = claimed(lines, place="23", day=day)
    (line,) = Assessor(reference(), policy()).assess(claim, remitted(*lines)).lines
    assert (line.verdict, line.weak_evidence) == ("underpaid", weak)
    assert (line.benchmarks[0].uses == ("internal",)) == weak


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 6, 30)])
def test_before_a_year_s_first_release_at_hand_the_year_before_serves_and_never_a_later_quarter(day: date) -> None:
    found = quote(Asked("99285", "10001", day, (), "23"), reference(), policy())
    assert found.release == "CMS CY2025 (October)"
    assert found.fallback == "no release is loaded for 2026: CMS CY2025 (October) used"
    assert (found.amount, found.confidence) == (D("190.63"), 25)
    assert [one.uses for one in found.benchmarks] == [("internal",)]


def test_quarters_of_a_year_differ_in_next_to_nothing() -> None:
    """Of some 9,000 rows 26 at most change."""
    by_year: dict[int, list[Release]] = {}
    for entry in shipped_releases():
        if "physician" in entry.systems:
            by_year.setdefault(entry.effective_from.year, []).append(entry.read())
    for of_year in by_year.values():
        for before, after in pairwise(of_year):
            if before.conversion_factor != after.conversion_factor:
                continue  # 9 March 2024
            held = [key for key in before.values if key in after.values]
            changed = [key for key in held if before.values[key] != after.values[key]]
            assert len(held) > 9_000 and len(changed) <= 26, after.name


@given(day=st.dates(_FIRST, _TODAY))
def test_every_day_from_2020_on_has_its_release_or_the_nearest_earlier(day: date) -> None:
    entries = [entry for entry in shipped_releases() if "physician" in entry.systems]
    in_force = reference().release_in_force(day)
    begun = max((one for one in entries if one.effective_from <= day), key=lambda one: one.effective_from)
    assert in_force.release.name == begun.name
    assert in_force.other_year == (begun.effective_from.year != day.year)
    assert (in_force.fallback == "") == (day <= begun.effective_to and not begun.doubt)


def test_quarters_of_a_year_follow_each_other_without_gap_or_overlap() -> None:
    dated = sorted((one.effective_from, one.effective_to) for one in shipped_releases() if "physician" in one.systems)
    gaps = {(last, first) for (_, last), (first, _) in pairwise(dated) if first != last + timedelta(days=1)}
    assert gaps == {(date(2024, 9, 30), date(2025, 1, 1)), (date(2025, 12, 31), date(2026, 7, 1))}


@pytest.mark.parametrize(
    ("day", "release"), [(date(2019, 6, 1), "CMS CY2020 (January)"), (date(2027, 2, 1), "CMS CY2026 (July)")]
)
def test_a_day_outside_is_by_another_year_and_says_so(day: date, release: str) -> None:
    found = quote(Asked("99285", "10001", day, (), "23"), reference(), policy())
    assert found.release == release
    told = f"no release is loaded for {day.year}: {release} used"
    assert found.fallback == told


# --- each system chooses for itself ----------------------------------------------------------------------------------


@cache
def _only(*systems: str) -> Release:
    """The shipped tables of 2025 cut down to some systems, as a release of 2024."""
    whole = released()
    cut = replace(
        whole,
        name="Mine",
        effective_from=date(2024, 1, 1),
        effective_to=date(2024, 12, 31),
        values=whole.values if "physician" in systems else {},
        gpcis={
            locality: gpci if "anesthesia" in systems else replace(gpci, anesthesia=None)
            for locality, gpci in whole.gpcis.items()
        },
        outpatient=released("CMS OPPS CY2025 (final rule)").outpatient if "outpatient" in systems else {},
        ambulatory={"29881": D(1600)} if "surgery_center" in systems else {},
    )
    assert cut.systems() == frozenset(systems)
    return cut


@pytest.mark.parametrize("systems", [("physician",), ("anesthesia",), ("outpatient",), ("surgery_center",)])
def test_a_loaded_release_of_one_system_hides_no_other(systems: tuple[str, ...]) -> None:
    day = date(2024, 6, 3)
    bare, loaded = shipped_reference(), Reference([*shipped_releases(), _only(*systems)])
    for system in ("physician", "anesthesia", "outpatient", "surgery_center"):
        name = loaded.release_in_force(day, system).release.name
        assert name == ("Mine" if system in systems else bare.release_in_force(day, system).release.name)
    before, after = bare.outpatient(service("27447", day=day)), loaded.outpatient(service("27447", day=day))
    assert isinstance(after, Price)
    if "outpatient" not in systems:
        assert after == before


def test_a_loaded_release_comes_before_a_shipped_one_that_took_effect_later() -> None:
    mine = _only("physician")
    loaded = Reference([*shipped_releases(), mine])
    assert loaded.release_in_force(date(2024, 8, 1)).release.name == "Mine"
    assert loaded.release_in_force(date(2023, 8, 1)).release.name == "CMS CY2023 (July)"


# --- what is shipped -------------------------------------------------------------------------------------------------
