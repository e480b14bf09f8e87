"""What a stay is paid that ended with a transfer (42 CFR 412.4).

At wage index 1.29 the operating payment is 4,478.16 × 1.29 + 2,146.29 = 7,923.1164, the capital one 510.51 × 1.1905 =
607.76; in full MS-DRG 871 is paid each × 1.9826 to the cent, 15,708.37 + 1,204.94 = 16,913.31, 469 × 3.1000, 26,445.72.
The share of a transfer has four decimals, as in CMS's Pricer: 2 of 4.8 daily shares are 0.4167, of 871 7,047.78.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from typer.testing import CliRunner

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import read_release, write_packed
from services.benchmark.adapters.shipped import reference_of, zip_places
from services.benchmark.application.quote import Asked, quote
from services.benchmark.commands import quote as quote_cli
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Inpatient, NoPrice, Price, Release
from services.benchmark.domain.schedules import InpatientStay
from services.benchmark.domain.transfers import paid_share
from tests.unit.benchmark.test_other_schedules import IPPS
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, remitted

_TABLE_5 = (
    "TABLE 5\nMS-DRG,FY 2026 Final Post-Acute DRG,FY 2026 Final Special Pay DRG,MDC,Type,MS-DRG Title,Weights,"
    "Geometric mean LOS,Arithmetic mean LOS\n"
    "469,Yes,Yes,08,SURG,,3.1000,2.6,3.5\n"
    "789,No,No,15,MED,,1.8000,1.8,1.8\n"
    "871,Yes,No,18,MED,,1.9826,4.8,6.2\n"
    "872,No,No,18,MED,,1.0000,3.5,4.0\n"
    "998,No,No,00,**,,0.0000,0.0,0.0\n"
)


def _release(folder: Path, table_5: str = _TABLE_5) -> Release:
    for name, text in (IPPS | {"CMS-1808-F Table 5.csv": table_5}).items():
        (folder / name).write_text(text, "utf-8")
    packed = read_cms(folder, name="IPPS", effective_from=date(2025, 10, 1), effective_to=date(2026, 9, 30))
    return read_release(write_packed(packed), zip_places)


@pytest.fixture(name="reference")
def fixture_reference(tmp_path: Path) -> Reference:
    return reference_of((_release(tmp_path),))


def _stay(drg: str, status: str, days: int | None) -> InpatientStay:
    return InpatientStay(drg, D("1.29"), status=status, days=days)


@pytest.mark.parametrize(
    ("drg", "status", "days", "expected"),
    [
        ("871", "01", 1, "16913.31"),  # home: in full
        ("871", "", 1, "16913.31"),
        ("871", "20", 1, "16913.31"),  # died
        ("871", "02", 1, "7047.78"),  # 2 of 4.8 daily shares
        ("871", "2", 1, "7047.78"),
        ("871", "02", 0, "7047.78"),  # the day of a transfer on the day of admission counts
        ("871", "66", 3, "14093.87"),  # 4 of 4.8
        ("871", "82", 3, "14093.87"),
        ("871", "94", 4, "16913.31"),  # 5 of 4.8: in full
        ("872", "02", 1, "4874.54"),  # of any MS-DRG to acute care: each × 0.5714
        ("871", "03", 1, "7047.78"),
        ("871", "06", 1, "7047.78"),
        ("871", "62", 1, "7047.78"),
        ("871", "90", 1, "7047.78"),
        ("871", "51", 1, "7047.78"),
        ("872", "03", 1, "8530.88"),  # none of those that are paid less then
        ("469", "03", 1, "23393.89"),  # special payment: half, and half of 2 of 2.6
        ("469", "06", 2, "26445.72"),  # 3 of 2.6: in full
        ("469", "02", 1, "20342.05"),  # the special payment is of post-acute care alone: 2 of 2.6
        ("789", "02", 0, "15355.58"),  # neonates: in full, × 1.8
    ],
)
def test_a_transfer_is_paid_by_the_day(reference: Reference, drg: str, status: str, days: int, expected: str) -> None:
    price = reference.inpatient(_stay(drg, status, days), DAY)
    assert isinstance(price, Price)
    assert price.amount == D(expected)
    full = reference.inpatient(_stay(drg, "01", days), DAY)
    assert isinstance(full, Price)
    assert any("42 CFR 412.4(f)" in note for note in price.notes) == (price.amount < full.amount)


def test_hospice_is_post_acute_care_since_fiscal_year_2019(tmp_path: Path) -> None:
    """Discharges from 1 October 2018 on."""
    tables = _release(tmp_path).inpatient
    assert tables is not None
    assert paid_share(tables, "871", "50", 1, 2018) == (1, "")
    for year, status in ((2019, "50"), (2019, "51"), (2018, "03")):
        found = paid_share(tables, "871", status, 1, year)
        assert not isinstance(found, NoPrice) and found[0] < 1


def test_of_a_price_what_hangs_on_the_hospital_is_said_to_be_left_out(reference: Reference) -> None:
    price = reference.inpatient(_stay("871", "01", 5), DAY)
    assert isinstance(price, Price)
    for told in ("teaching", "disproportionate share", "cost outliers (42 CFR 412.84)", "cost to charges"):
        assert told in price.notes[-1]


def test_an_interim_bill_is_said_to_be_one(reference: Reference) -> None:
    price = reference.inpatient(_stay("871", "30", 70), DAY)
    assert isinstance(price, Price)
    assert (price.amount, "interim bill" in price.caution) == (D("16913.31"), True)


@pytest.mark.parametrize(
    ("table_5", "status", "days", "why"),
    [
        (_TABLE_5, "02", None, "the days from admission to discharge are needed"),
        ("TABLE 5\nMS-DRG,Weights\n871,1.9826\n", "02", 1, "no geometric mean length of stay of MS-DRG 871"),
        ("TABLE 5\nMS-DRG,Weights,GMLOS\n871,1.9826,4.8\n", "03", 1, "does not tell for which MS-DRGs"),
    ],
)
def test_a_transfer_without_what_its_price_needs_has_none(
    tmp_path: Path, table_5: str, status: str, days: int | None, why: str
) -> None:
    found = reference_of((_release(tmp_path, table_5),)).inpatient(_stay("871", status, days), DAY)
    assert isinstance(found, NoPrice)
    assert why in found.reason


@given(days=st.integers(0, 40), mean=st.integers(10, 300), special=st.booleans())
def test_no_day_makes_a_transfer_cheaper_and_none_dearer_than_the_full_payment(
    days: int, mean: int, special: bool
) -> None:
    tables = Inpatient(
        {"871": D(1)},
        mean_days={"871": D(mean) / 10},
        post_acute=frozenset({"871"}),
        special_pay=frozenset({"871"} if special else ()),
    )
    shares = [paid_share(tables, "871", "03", stayed, 2026) for stayed in (days, days + 1)]
    now, later = (one[0] for one in shares if not isinstance(one, NoPrice))
    assert 0 < now <= later <= 1
    assert now >= D("0.5") or not special


def test_a_claim_s_stay_is_by_its_status_and_its_days(tmp_path: Path) -> None:
    """871 for one day, to another hospital: 7,047.78 to the lines by their charges, 3 to 2."""
    hospitals = Release("H", date(2025, 10, 1), date(2026, 9, 30), D(0), {}, {}, {}, {}, hospitals={"1": "330101"})
    known = Assessor(reference_of((_release(tmp_path), hospitals)), policy())
    lines = [paid("0120", "30000", "100"), paid("0360", "20000", "100", line=2)]
    claim = claimed(lines, form="institutional", bill_type="0111", place="")
    facts: dict[str, Any] = {"drg": "871", "billing_npi": "1", "facility_npi": "", "service_to": date(2025, 11, 4)}
    claim = replace(claim, **facts, patient_status="02")
    for admitted, amounts in (
        (None, ["4228.67", "2819.11"]),  # from the statement's first day, the 3rd
        (date(2025, 11, 3), ["4228.67", "2819.11"]),
        (date(2025, 11, 1), ["8456.32", "5637.55"]),  # three days: 14,093.87
    ):
        found = known.assess(replace(claim, admitted_on=admitted), remitted(*lines)).lines
        assert [line.benchmarks[0].amount for line in found] == [D(one) for one in amounts]
        assert any("status 02" in reason for reason in found[0].reasons)


def test_a_quote_of_a_transfer(reference: Reference) -> None:
    asked = Asked("DRG 871", "10001", DAY, wage_index=D("1.29"), days=1, discharge="02")
    assert quote(asked, reference, policy()).amount == D("7047.78")
    with pytest.raises(ValueError, match="days and discharge are of a stay"):
        Asked("99285", "10001", DAY, days=1)
    with pytest.raises(ValueError, match="days is below zero"):
        Asked("DRG 871", "10001", DAY, days=-1)


def test_the_command_prices_a_transfer(tmp_path: Path) -> None:
    _release(tmp_path)
    app = typer.Typer()
    app.command("quote")(quote_cli.quote_command)
    given_ones = ["--code", "DRG 871", "--zip", "10001", "--date", "2025-11-03", "--wage-index", "1.29"]
    given_ones += ["--days", "1", "--discharge", "02", "--tables", str(tmp_path)]
    shown = CliRunner().invoke(app, given_ones)
    assert '"amount": "7047.78"' in shown.stdout
