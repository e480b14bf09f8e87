"""Rates of other sources beside other lines of a claim: scaled as Medicare's amount is, silent where it packages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import KINDS, Row, Table, TableKind, table_of
from shared.events.assessment import AssessedLine
from shared.money import cents
from tests.unit.benchmark.world import D, claimed, paid, policy, released, remitted

_HOSPITAL: dict[str, Any] = {"form": "institutional", "bill_type": "0131"}


def _table(kind: TableKind, billing_class: str, **rates: str) -> Table:
    payer = "PAYER1" if kind in ("in_network", "payer_history") else ""
    rows = [
        Row(code.removeprefix("_"), "", billing_class, "us", 40, (D(rate),) * 3, payer=payer)
        for code, rate in rates.items()
    ]
    return table_of(kind, kind, date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), rows)


def _lines(*codes: str, tables: tuple[Table, ...], **claim: Any) -> tuple[AssessedLine, ...]:
    """Each `CODE[-MODIFIER]`, charged $90,000 and allowed $10."""
    lines = [
        paid(code, "90000", "10", line=n, modifiers=tuple(modifiers))
        for n, (code, *modifiers) in enumerate((one.split("-") for one in codes), 1)
    ]
    return Assessor(reference_of(tables=tables), policy()).assess(claimed(lines, **claim), remitted(*lines)).lines


def _rate(line: AssessedLine, source: str) -> Decimal | None:
    return next((one.amount for one in line.benchmarks if one.source == source), None)


@pytest.mark.parametrize(
    ("codes", "place", "rates", "expected"),
    [
        # a later operation of the day at half: of $2,000.00 it is $1,000.00, whatever Medicare's cents round to
        (("27447", "20610"), "22", {"_27447": "9000.00", "_20610": "2000.00"}, ("9000.00", "1000.00")),
        (("27447", "10060"), "22", {"_27447": "9000.00", "_10060": "2000.00"}, ("9000.00", "1000.00")),
        (("27447", "20610", "12002"), "22", {"_20610": "333.33", "_12002": "0.03"}, (None, "166.67", "0.02")),
        # both sides on two lines: 150 % together, two thirds of it at the first
        (("27447-RT", "27447-LT"), "22", {"_27447": "1000.00"}, ("1000.00", "500.00")),
        # imaging of one rule: the later technical part at 50 %, the professional at 95 %; the first in full
        (("70553", "72148"), "11", {"_70553": "1000.00"}, ("1000.00", None)),
    ],
)
def test_a_rate_is_scaled_by_what_is_left_and_not_by_rounded_amounts(
    codes: tuple[str, ...], place: str, rates: dict[str, str], expected: tuple[str | None, ...]
) -> None:
    tables = (_table("in_network", "professional", **rates),)
    found = [_rate(line, "in_network_median") for line in _lines(*codes, tables=tables, place=place)]
    assert found == [None if one is None else D(one) for one in expected]


@given(
    rate=st.decimals("0.01", "99999.99", places=2),
    code=st.sampled_from(["20610", "10060", "12002", "64483", "20550", "11042"]),
)
def test_half_of_a_rate_is_half_of_it_to_the_cent(rate: Decimal, code: str) -> None:
    tables = (_table("in_network", "professional", **{f"_{code}": str(rate)}),)
    _, later = _lines("27447", code, tables=tables, place="22")
    assert _rate(later, "in_network_median") == cents(rate / 2)


@given(rate=st.decimals("0.01", "99999.99", places=2))
def test_a_hospital_s_discount_is_half_of_a_rate_to_the_cent(rate: Decimal) -> None:
    """43239 beside 45380, both status T: 42 CFR 419.44(a)."""
    tables = (_table("in_network", "institutional", _43239=str(rate)),)
    _, later = _lines("45380", "43239", tables=tables, **_HOSPITAL)
    assert _rate(later, "in_network_median") == cents(rate / 2)


_PACKAGED = [
    (("29881", "64483"), "64483", "comprehensive"),  # J1 packages T
    (("29881", "96374"), "96374", "comprehensive"),
    (("45380", "93005"), "93005", "packaged"),  # Q1 beside T
    (("99285", "80053"), "80053", "laboratory test"),  # Q4 beside J2
    (("29881", "80053"), "80053", "packaged"),
    (("G0378",), "G0378", "packaged"),  # N, even alone
    (("99285", "G0378"), "G0378", "packaged"),
    (("70450", "70496"), "70450", "composite"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("codes", "packaged", "why"), _PACKAGED, ids=["+".join(one[0]) for one in _PACKAGED])
def test_no_rate_speaks_for_a_line_that_medicare_packages(
    kind: TableKind, codes: tuple[str, ...], packaged: str, why: str
) -> None:
    tables = (_table(kind, "institutional", **{f"_{code}": "5000.00" for code in codes}),)
    found = _lines(*codes, tables=tables, **_HOSPITAL)
    line = next(one for one in found if one.code == packaged)
    assert [one.source for one in line.benchmarks] == ["billed_charge"]
    assert (line.target, line.verdict) == (None, "unjudged")
    assert any(why in reason for reason in line.reasons), line.reasons
    others = [one for one in found if one.code != packaged]
    assert all(any(b.release == kind for b in one.benchmarks) for one in others)


@pytest.mark.parametrize(
    ("charges", "verdict"),
    [
        (("9000", "20000"), "paid_fairly"),  # 9,000 is above the target of the claim's one payment
        (("9000", "500"), "paid_fairly"),
        (("0", "20000"), "unjudged"),  # nothing but what is packaged was charged
    ],
)
def test_what_is_packaged_is_judged_with_the_line_that_pays_for_it(charges: tuple[str, str], verdict: str) -> None:
    """29881 (J1) is 3,244.61; 64483 beside it is packaged, whatever was charged for it."""
    procedure, packaged = charges
    lines = [paid("29881", procedure, "9000" if D(procedure) else "0"), paid("64483", packaged, "10", line=2)]
    claim, remittance = claimed(lines, **_HOSPITAL), remitted(*lines)
    found = Assessor(reference_of(), policy()).assess(claim, remittance)
    assert (found.verdict, found.lines[1].verdict) == (verdict, "unjudged")


def test_a_line_that_is_unknown_beside_a_packaged_one_still_waits_for_a_person() -> None:
    """33533 is an inpatient procedure, of which OPPS has no rate: 20,000 of 21,000 that are not packaged."""
    lines = [
        paid("45380", "1000", "1000"), paid("33533", "20000", "100", line=2), paid("G0378", "90000", "10", line=3),
    ]  # fmt: skip
    found = Assessor(reference_of(), policy()).assess(claimed(lines, **_HOSPITAL), remitted(*lines))
    assert found.verdict == "unjudged"


def test_a_test_alone_is_the_laboratory_schedule_s_and_other_rates_speak_for_it() -> None:
    """Q4 with tests only (Addendum D1): packaged with nothing."""
    tables = (_table("in_network", "institutional", _80053="50.00", _85025="20.00"),)
    found = _lines("80053", "85025", tables=tables, **_HOSPITAL)
    assert [_rate(line, "in_network_median") for line in found] == [D("50.00"), D("20.00")]


@pytest.mark.parametrize("indicator", ["N1", "L1"])
def test_what_a_surgery_center_s_procedure_packages_has_no_rate_either(indicator: str) -> None:
    release = released()
    rules = replace(release.ambulatory_rules, indicators={"29881": "A2", "76000": indicator})
    loaded = replace(release, name="Mine", ambulatory={"29881": D("1600.00")}, ambulatory_rules=rules)
    tables = (_table("in_network", "surgery_center", _29881="5000.00", _76000="400.00"),)
    lines = [paid(code, "9000", "10", line=n) for n, code in enumerate(("29881", "76000"), 1)]
    claim = claimed(lines, form="institutional", bill_type="0831")
    found = Assessor(reference_of((loaded,), tables), policy()).assess(claim, remitted(*lines)).lines
    assert [_rate(line, "in_network_median") for line in found] == [D("5000.00"), None]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("year", "internal"), [(2022, False), (2025, True)])
def test_a_rate_by_another_year_s_base_units_enters_no_letter(kind: TableKind, year: int, internal: bool) -> None:
    """00670: 13 base units in the table of 2022, which is the nearest earlier one for 2025; 12 of time: 25 × 65."""
    table = _table(kind, "professional", _00670="65.00")
    table = replace(table, effective_from=date(year, 1, 1), effective_to=date(year, 12, 31))
    line = paid("00670", "9000", "10")
    claim = claimed([line], place="22", day=date(year, 11, 3), unit_type="MJ", units="180")
    (found,) = Assessor(reference_of(tables=(table,)), policy()).assess(claim, remitted(line)).lines
    of_table = [one for one in found.benchmarks if one.release == kind]
    assert of_table
    assert {one.amount for one in of_table} == {D("1625.00")}
    assert {one.uses == ("internal",) for one in of_table} == {internal}
    assert all(("base units CY2022 used" in one.fallback) == internal for one in of_table)
    assert found.weak_evidence == internal
