"""What Medicare pays for at all, and which part of it where. By hand for Manhattan 2025 (GPCI 1.065, 1.166, 1.656; CF
32.3465), from PPRRVU October 2025.

71046: (0.22 × 1.065 + 0.77 × 1.166 + 0.02 × 1.656) × CF = 1.16524 × CF = 37.69; its 26 (0.22, 0.08, 0.01)
0.34414 × CF = 11.13; its TC (0, 0.69, 0.01) 0.82110 × CF = 26.56. 93010 (0.17, 0.06, 0.01) 0.26757 × CF = 8.65.
99396 (1.90, 1.83, 0.13) at the office 4.37256 × CF, as the notes at the cases have it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import KINDS, Row, table_of
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price
from shared.events.assessment import AssessedLine
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, reference, released, remitted, service

_OPPS = "CMS OPPS CY2025 (final rule)"


def _price(code: str, *modifiers: str, place: str = "11", units: int = 1) -> Price | NoPrice:
    return reference().professional(service(code, *modifiers, place=place, units=units))


def _amount(code: str, *modifiers: str, place: str = "11") -> str:
    found = _price(code, *modifiers, place=place)
    assert isinstance(found, Price), found
    return str(found.amount)


@pytest.mark.parametrize(
    ("code", "modifiers", "place", "amount"),
    [
        ("71046", (), "11", "37.69"),
        ("71046", (), "23", "11.13"),
        ("71046", (), "22", "11.13"),
        ("71046", (), "21", "11.13"),
        ("71046", (), "19", "11.13"),
        ("71046", (), "24", "11.13"),
        ("71046", ("26",), "23", "11.13"),
        ("71046", ("TC",), "11", "26.56"),
        ("93010", (), "23", "8.65"),
        ("93010", ("26",), "23", "8.65"),  # professional only: the modifier says what it is anyway
        ("93005", ("TC",), "11", "7.32"),
        ("93000", (), "11", "15.98"),
        ("96372", (), "11", "15.82"),
    ],
)
def test_the_technical_part_in_a_hospital_is_the_hospital_s(
    code: str, modifiers: tuple[str, ...], place: str, amount: str
) -> None:
    assert _amount(code, *modifiers, place=place) == amount


@pytest.mark.parametrize(
    ("code", "modifiers", "place"),
    [
        ("71046", ("TC",), "22"),
        ("71046", ("TC",), "24"),
        ("93000", (), "23"),  # a whole test
        ("93005", (), "22"),  # technical only
        ("96372", (), "23"),  # incident to
        ("96374", (), "19"),
    ],
)
def test_what_is_the_hospital_s_is_owed_to_nobody_else(code: str, modifiers: tuple[str, ...], place: str) -> None:
    """No table of others' rates speaks for the line either."""
    found = quote(Asked(code, "10001", DAY, modifiers, place, rendering="a doctor"), _with(code), policy())
    assert (found.target, found.benchmarks) == (None, ())
    assert "hospital's" in found.cannot or "facility's" in found.cannot


@pytest.mark.parametrize(("code", "place"), [("97110", "22"), ("99453", "22"), ("G0438", "22"), ("85060", "11")])
def test_other_services_that_the_schedule_does_not_pay_in_a_setting(code: str, place: str) -> None:
    assert isinstance(_price(code, place=place), NoPrice)


def test_the_professional_part_is_held_against_rows_of_that_part() -> None:
    """A chest film in an emergency room: the row of 71046-26 (p50 30), not of the whole (p50 90)."""
    rows = [_row("71046", "", "90"), _row("71046", "26", "30")]
    found = quote(Asked("71046", "10001", DAY, (), "23"), _of(rows), policy())
    assert {one.source: one.amount for one in found.benchmarks if one.source != "medicare_pfs"} == {
        "ucr_charge": D("30.00")
    }


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("99024", "status B"),
        ("J1885", "status E"),
        ("36415", "status X"),
        ("80053", "status X"),
        ("0001F", "status I"),
        ("0275T", "status R"),
        ("99386X", "is not a CPT or HCPCS code"),
        ("9928", "is not a CPT or HCPCS code"),
        ("99288", "status B"),
        ("15819", "the code is unknown to it"),
    ],
)
def test_codes_without_an_amount_say_what_they_are(code: str, told: str) -> None:
    found = _price(code)
    assert isinstance(found, NoPrice)
    assert told in found.reason


def test_no_letter_says_that_medicare_would_allow_what_it_does_not_cover() -> None:
    """99396 (1.90, 1.83, 0.13) has relative values: (2.0235 + 2.13378 + 0.21528) × 32.3465 = 136.91... and status N."""
    line = _line("99396", "900", "20", place="11")
    medicare = next(one for one in line.benchmarks if one.source == "medicare_pfs")
    assert medicare.uses == ("internal",)
    assert not any("Medicare would allow" in reason for reason in line.reasons)
    assert any("Medicare does not cover the service (status N)" in reason for reason in line.reasons)


def test_restricted_coverage_costs_confidence() -> None:
    found = next(v for v in released().values.values() if v.status == "R" and v.work and not v.modifier)
    price = _price(found.code, place="11")
    assert isinstance(price, Price) and "special conditions" in price.caution


# --- modifiers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "modifiers", "amount"),
    [
        ("71046", ("FX",), "32.38"),  # 37.69 − 20 % of 26.56
        ("71046", ("FY",), "35.03"),  # 37.69 − 10 %
        ("71046", ("FX", "TC"), "21.25"),  # 26.56 × 80 %
        ("71046", ("26", "FX"), "11.13"),
        ("70450", ("CT",), "108.97"),  # 120.59 − 15 % of 77.47
        ("71046", ("CT",), "37.69"),  # no scan (Change Request 9250 lists the codes): in full
        ("70450", ("FX",), "120.59"),  # no X-ray
        ("70450", ("FY",), "120.59"),
    ],
)
def test_old_equipment_costs_a_share_of_the_technical_part(code: str, modifiers: tuple[str, ...], amount: str) -> None:
    assert _amount(code, *modifiers) == amount


@pytest.mark.parametrize("first", [date(2022, 6, 1), date(2024, 6, 3)])
def test_what_is_remembered_of_one_year_is_no_price_of_another(first: date) -> None:
    """A loaded release of several years: cassettes cost 7 % of 26.56 in 2022 (35.83) and 10 % in 2024 (35.03)."""
    days = {"effective_from": date(2022, 1, 1), "effective_to": date(2024, 12, 31)}
    both = Reference([replace(released(), name="Mine", **days), replace(released(_OPPS), name="Hospitals", **days)])
    amounts: dict[date, list[str]] = {}
    for day in (first, date(2022, 6, 1), date(2024, 6, 3)):
        asked = service("71046", "FY", place="11", day=day)
        found = both.professional(asked), both.outpatient(asked)
        amounts[day] = [str(one.amount) for one in found if isinstance(one, Price)]
    assert amounts == {date(2022, 6, 1): ["35.83", "81.89"], date(2024, 6, 3): ["35.03", "79.25"]}


@pytest.mark.parametrize(
    ("taxonomy", "code", "modifiers", "amount"),
    [
        ("363LF0000X", "99285", (), "162.04"),  # 190.63 × 85 %
        ("363A00000X", "99285", (), "162.04"),
        ("364SA2100X", "99285", (), "162.04"),
        ("367A00000X", "99285", (), "190.63"),  # nurse midwife: in full
        ("207P00000X", "99285", (), "190.63"),
        ("1041C0700X", "99285", (), "142.97"),  # 75 %
        ("363A00000X", "27447", ("AS",), "199.30"),  # 13.6 % holds the 85 % already
    ],
)
def test_limited_rates_by_who_rendered(taxonomy: str, code: str, modifiers: tuple[str, ...], amount: str) -> None:
    line = paid(code, "9000", "20", modifiers=modifiers)
    claim = claimed([line], place="22", taxonomy=taxonomy)
    found = Assessor(reference(), policy()).assess(claim, remitted(line)).lines[0]
    assert [str(one.amount) for one in found.benchmarks if one.source == "medicare_pfs"] == [amount]


@pytest.mark.parametrize(
    ("code", "modifiers", "why"),
    [("27447", ("66",), "no team surgery"), ("99285", ("62",), "no co-surgeons"), ("20610", ("80",), "no assistant")],
)
def test_what_medicare_refuses_is_refused(code: str, modifiers: tuple[str, ...], why: str) -> None:
    found = _price(code, *modifiers, place="22")
    assert isinstance(found, NoPrice) and why in found.reason


@pytest.mark.parametrize(
    ("code", "modifiers", "amount"),
    [
        ("20610", ("80",), "16.00"),
        ("20610", ("AS",), "13.60"),
        ("20610", ("50",), "150.00"),
        ("99285", ("62",), "62.50"),
        ("D9999", ("80",), "16.00"),  # a code that Medicare knows nothing of
        ("D9999", ("50",), "150.00"),
    ],
)
def test_modifiers_scale_other_sources_where_medicare_has_no_price(
    code: str, modifiers: tuple[str, ...], amount: str
) -> None:
    found = quote(Asked(code, "10001", DAY, modifiers, "22"), _with(code), policy())
    assert next(one.amount for one in found.benchmarks if one.source == "ucr_charge") == D(amount)


def test_a_split_package_of_an_unknown_code_is_not_guessed() -> None:
    found = quote(Asked("D9999", "10001", DAY, ("54",), "22"), _with("D9999"), policy())
    assert found.target is None and "global package" in found.cannot


def test_two_units_of_a_code_of_both_sides_are_one() -> None:
    """92134 (bilateral indicator 2): 35.86 once."""
    assert _amount("92134") == "35.86"
    two = _price("92134", units=2)
    assert isinstance(two, Price) and two.amount == D("35.86")


# --- helpers -------------------------------------------------------------------------------------------------------


def _row(code: str, modifier: str = "", rate: str = "100") -> Row:
    return Row(code, modifier, "professional", "us", 40, (D(rate),) * 3)


def _of(rows: list[Row]) -> Reference:
    from services.benchmark.adapters.shipped import reference_of

    table = table_of(
        "charges 2025", "ucr_charge", DAY.replace(month=1, day=1), DAY.replace(month=12), (50, 80, 95), rows
    )
    return reference_of(tables=(table,))


def _with(code: str) -> Reference:
    assert "ucr_charge" in KINDS
    return _of([_row(code, modifier) for modifier in ("", "26", "TC")])


def _line(code: str, charge: str, allowed: str, **claim: Any) -> AssessedLine:
    line = paid(code, charge, allowed)
    return Assessor(reference(), policy()).assess(claimed([line], **claim), remitted(line)).lines[0]


def test_amounts_are_exact() -> None:
    assert Decimal("1.16524") * D("32.3465") == D("37.69143566")
