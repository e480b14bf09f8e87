"""Anesthesia in units, by every source. Manhattan 2025: $22.76 a unit; 00670 has 13 base units, 00790 7, 00142 4.

180 minutes are 12 units of 15 minutes, so 00670 is 25 units: at a rate of $65 that is 25 × 65 = 1,625.00.
"""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.benchmark.adapters.shipped import base_units, reference_of
from services.benchmark.application.quote import Asked, quote
from services.benchmark.application.snapshot import Snapshot
from services.benchmark.domain import anesthesia
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.claim_file import ClaimFile
from services.benchmark.domain.distributions import KINDS, Row, Table, TableKind, table_of
from services.benchmark.domain.reference import Reference
from shared.events.assessment import AssessedLine
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, released, remitted

_PUBLISHED = (
    Path(__file__).resolve().parents[4] / "shared" / "data" / "cms2025extra" / "anesthesia" / "ANESBASE2022.csv"
)


def _rate(kind: TableKind, *codes: str, rate: str = "65", geography: str = "us", payer: str = "") -> Table:
    named = kind in ("in_network", "payer_history")
    rows = [
        Row(one, "", "professional", geography, 40, (D(rate),) * 3, payer="PAYER1" if named else "") for one in codes
    ]
    return table_of(f"{kind} 2025", kind, date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), rows)


def _with(*tables: Table) -> Reference:
    return reference_of(tables=tables)


def _quoted(code: str, *modifiers: str, reference: Reference, zip: str = "10001", **asked: Any) -> dict[str, Decimal]:
    """Amounts by source; empty where there is no benchmark."""
    found = quote(Asked(code, zip, DAY, modifiers, "22", payer="PAYER1", **asked), reference, policy())
    assert bool(found.benchmarks) != bool(found.cannot)
    return {one.source: one.amount for one in found.benchmarks}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("code", "modifiers", "minutes", "medicare", "units"),
    [
        ("00670", ("AA",), 180, "569.00", "25"),  # 25 × 22.76
        ("00670", ("QZ",), 180, "569.00", "25"),
        ("00670", ("QK",), 180, "284.50", "12.5"),
        ("00670", ("QY",), 180, "284.50", "12.5"),
        ("00670", ("QX",), 180, "284.50", "12.5"),
        ("00670", ("AD",), 180, "68.28", "3"),  # three base units, whatever the time
        ("00670", ("AA", "P3"), 180, "569.00", "26"),  # Medicare counts no physical status
        ("00670", ("AA", "P4"), 180, "569.00", "27"),
        ("00670", ("P5", "QK"), 180, "284.50", "14"),
        ("00670", ("AA", "P2"), 180, "569.00", "25"),
        ("00790", ("AA",), 68, "261.74", "11.5"),  # 68 / 15 = 4.53…, to one decimal 4.5
        ("00142", ("QZ",), 22, "125.18", "5.5"),  # 22 / 15 = 1.47: 1.5
        ("01996", (), 15, "68.28", "3"),  # daily management: no time
    ],
)
def test_a_rate_of_one_unit_is_multiplied_by_the_units_of_the_case(
    kind: TableKind, code: str, modifiers: tuple[str, ...], minutes: int, medicare: str, units: str
) -> None:
    found = _quoted(code, *modifiers, reference=_with(_rate(kind, code)), minutes=D(minutes))
    source = "in_network_median" if kind == "in_network" else kind
    assert found == {"medicare_anesthesia": D(medicare), source: D(units) * 65}


@pytest.mark.parametrize("kind", KINDS)
def test_without_medicare_s_price_the_units_are_the_same(kind: TableKind) -> None:
    """A ZIP code that CMS's file does not know: the table still speaks, for 12.5 units."""
    found = _quoted("00670", "QK", reference=_with(_rate(kind, "00670")), zip="00000", minutes=D(180))
    assert set(found.values()) == {D("812.50")}


@pytest.mark.parametrize(
    ("code", "asked", "why"),
    [
        ("00670", {}, "00670 is paid by its time: its minutes are missing"),
        ("00670", {"units": D(180)}, "its minutes are missing: 180 units (UN) were billed"),
        ("00670", {"units": D(25)}, "its minutes are missing: 25 units (UN) were billed"),  # time, or base and time?
        ("00670", {"units": D(12)}, "its minutes are missing: 12 units (UN) were billed"),  # of 10, 12, 15 minutes?
        ("00670", {"units": D(13)}, "its minutes are missing: 13 units (UN) were billed"),  # the base alone?
        ("01953", {"minutes": D(30)}, "01953 has no time of its own, and its units are missing"),
        ("01999", {"minutes": D(60)}, "no anesthesia base units are known for 01999"),
        ("00001", {"minutes": D(60)}, "no locality"),
    ],
)
def test_what_is_not_known_of_a_case_is_not_guessed(code: str, asked: dict[str, Any], why: str) -> None:
    reference = _with(*(_rate(kind, "00670", "01999") for kind in KINDS))
    zip_code = "00000" if why == "no locality" else "10001"
    found = quote(Asked(code, zip_code, DAY, (), "22", payer="PAYER1", **asked), reference, policy())
    assert (found.target, found.benchmarks) == (None, ())
    assert why in found.cannot


def test_minutes_never_multiply_the_fee_of_another_service() -> None:
    """99291 by the minute would be 74 fees."""
    row = Row("99291", "", "professional", "us", 40, (D("500"),) * 3)
    table = table_of("t", "ucr_charge", date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), [row])
    found = quote(Asked("99291", "10001", DAY, minutes=D(74)), _with(table), policy())
    assert found.target is None
    assert "minutes" in found.cannot


# --- claims --------------------------------------------------------------------------------------------------------


def _line(
    code: str, *modifiers: str, units: str, unit_type: str, tables: tuple[Table, ...], qpa: str | None = None
) -> AssessedLine:
    line = paid(code, "20000", "400", modifiers=modifiers, units=1, qpa=qpa)
    claim = claimed([line], place="22", unit_type=unit_type, units=units)
    return Assessor(_with(*tables), policy()).assess(claim, remitted(line)).lines[0]


def test_a_claim_in_minutes_is_held_against_units() -> None:
    """Medicare 569.00 × 3.20 = 1,820.80 at weight 0.5, contracts 1,625 × 2.00 = 3,250 at 0.3: 2,356.75."""
    line = _line("00670", "AA", units="180", unit_type="MJ", tables=(_rate("in_network", "00670"),))
    assert line.target == D("2356.75")
    assert [one.amount for one in line.benchmarks if one.source == "in_network_median"] == [D("1625.00")]
    assert any("13 base + 12.0 time units" in reason for reason in line.reasons)


def test_where_a_payment_stands_is_told_by_the_unit() -> None:
    """400 for 25 units is 16 a unit, below every percentile."""
    line = _line("00670", "AA", units="180", unit_type="MJ", tables=(_rate("ucr_charge", "00670"),))
    assert any("percentile 0 " in reason for reason in line.reasons)


@pytest.mark.parametrize(
    ("units", "unit_type"), [("1", "UN"), ("0", "MJ"), ("12", "UN"), ("13", "UN"), ("180", "UN"), ("60", "DA")]
)
def test_a_claim_without_minutes_is_not_judged(units: str, unit_type: str) -> None:
    tables = tuple(_rate(kind, "00670") for kind in KINDS)
    line = _line("00670", "AA", units=units, unit_type=unit_type, tables=tables)
    assert (line.verdict, line.target) == ("unjudged", None)
    assert [one.source for one in line.benchmarks] == ["billed_charge"]


def test_the_payer_s_own_qpa_speaks_for_the_case_as_it_is() -> None:
    """45 CFR 149.140(c)(1)(iii): the disclosed amount holds the units already. 1,400 × 2.00."""
    line = _line("00670", "AA", units="1", unit_type="UN", tables=(_rate("in_network", "00670"),), qpa="1400")
    assert line.target == D("2800.00")


def test_a_line_that_fits_no_billed_one_is_not_guessed() -> None:
    """An 835 does not say whether its quantity is of minutes."""
    line = paid("00670", "20000", "400", line=0, units=12)
    claim = claimed([paid("99285", "100", "100")])
    found = Assessor(_with(_rate("in_network", "00670")), policy()).assess(claim, remitted(line)).lines[0]
    assert found.target is None


_TWO = "1003000126"


def _anesthetics(*lines: tuple[str, tuple[str, ...], int], rendered_by: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """Amounts by source of each line: code, modifiers, minutes."""
    paid_lines = [
        paid(code, "9000", "10", line=n, modifiers=modifiers) for n, (code, modifiers, _) in enumerate(lines, 1)
    ]
    claim = claimed(paid_lines, place="22", unit_type="MJ", rendered_by=rendered_by)
    billed = tuple(replace(one, units=D(minutes)) for one, (_, _, minutes) in zip(claim.lines, lines, strict=True))
    codes = dict.fromkeys(code for code, _, _ in lines)
    assessor = Assessor(_with(_rate("in_network", *codes)), policy())
    found = assessor.assess(replace(claim, lines=billed), remitted(*paid_lines))
    return [
        {one.source: str(one.amount) for one in line.benchmarks if one.source != "billed_charge"}
        for line in found.lines
    ]


def test_two_procedures_under_one_anesthesia_have_one_base() -> None:
    """00790 of 90 minutes and 00670 of 60: base 13 and the time of both (42 CFR 414.46(g)): (13 + 4) × 22.76 = 386.92
    and 6 × 22.76 = 136.56; contracts 17 × 65 and 6 × 65."""
    assert _anesthetics(("00790", ("AA",), 90), ("00670", ("AA", "P3"), 60)) == [
        {"medicare_anesthesia": "136.56", "in_network_median": "390.00"},
        {"medicare_anesthesia": "386.92", "in_network_median": "1170.00"},
    ]


@pytest.mark.parametrize(
    "lines",
    [
        (("00670", ("QK",), 60), ("00670", ("QX",), 60)),  # who directs, and who is directed
        (("01967", ("AA",), 60), ("01968", ("AA",), 30)),  # added to another's
        (("00670", ("AA",), 60), ("01996", (), 15)),  # daily management
    ],
)
def test_what_stands_beside_by_right_keeps_its_base(lines: tuple[tuple[str, tuple[str, ...], int], ...]) -> None:
    assert _anesthetics(*lines) == [found for line in lines for found in _anesthetics(line)]


def test_two_anesthetists_are_two_anesthesias() -> None:
    lines = (("00790", ("AA",), 90), ("00670", ("AA",), 60))
    assert _anesthetics(*lines, rendered_by=("1234567893", _TWO)) == [f for one in lines for f in _anesthetics(one)]


# --- tables of our own ---------------------------------------------------------------------------------------------


def _file(*modifiers: str, units: str, unit_type: str, charge: str, allowed: str) -> ClaimFile:
    line = paid("00670", charge, allowed, modifiers=modifiers)
    return ClaimFile(claim=claimed([line], unit_type=unit_type, units=units), remittance=remitted(line))


@pytest.mark.parametrize(("kind", "median"), [("payer_history", "60.00"), ("ucr_charge", "200.00")])
def test_snapshots_hold_rates_of_one_unit(kind: Any, median: str) -> None:
    """1,500 allowed and 5,000 charged for 25 units; directed, supervised and untimed cases are left out."""
    work = Snapshot(kind, DAY, DAY, _with())
    work.add(_file("AA", units="180", unit_type="MJ", charge="5000", allowed="1500"))
    work.add(_file("QK", units="180", unit_type="MJ", charge="9000", allowed="9000"))
    work.add(_file("AD", units="180", unit_type="MJ", charge="9000", allowed="9000"))
    work.add(_file("AA", units="1", unit_type="UN", charge="9000", allowed="9000"))
    found = {row.geography: (row.n, row.amounts[3]) for row in work.rows(1)}
    assert found["us"] == (1, D(median))


# --- base units ----------------------------------------------------------------------------------------------------


@pytest.mark.outside(_PUBLISHED)
def test_base_units_are_those_that_cms_published() -> None:
    with _PUBLISHED.open() as file:
        published = {row["code"]: D(row["units"]) for row in csv.DictReader(file) if row["units"] != "0"}
    (units,) = base_units()
    assert units.anesthesia_base == published
    assert (units.effective_from, units.effective_to) == (date(2022, 1, 1), date(2022, 12, 31))
    assert len(published) == 275


def test_a_release_s_own_base_units_come_first() -> None:
    own = replace(released(), anesthesia_base={"00670": D(10)})
    reference = Reference([own, *base_units()])
    assert _quoted("00670", reference=reference, minutes=D(150)) == {"medicare_anesthesia": D("455.20")}  # 20 × 22.76
    assert _quoted("00790", reference=reference, minutes=D(150)) == {}  # a year's table is not filled from another's


def test_only_numbers_are_anesthesia_codes() -> None:
    assert anesthesia.is_anesthesia("00100")
    assert not any(anesthesia.is_anesthesia(code) for code in ("0071T", "0012F", "99291", "00099", "02000", ""))


@given(minutes=st.integers(1, 2000), base=st.integers(1, 30), more=st.integers(0, 600))
def test_more_minutes_are_never_worth_less(minutes: int, base: int, more: int) -> None:
    def rated(quantity: int) -> Decimal:
        case = anesthesia.case_of("00670", D(base), D(quantity), "MJ", ())
        assert isinstance(case, anesthesia.Case)
        return case.rated

    assert D(base) < rated(minutes) <= rated(minutes + more)
