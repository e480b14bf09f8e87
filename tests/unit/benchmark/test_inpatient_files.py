"""IPPS as CMS publishes it from FY 2023 on: capped weights, Tables 1A to 1E in one file, footnotes in titles.

Amounts are CMS's: of FY 2026 (CMS-1833-F) 4,456.72 and 2,295.89, 524.15 of capital, MS-DRG 470 1.9289; of FY 2025 (its
interim final rule) 4,478.09 and 2,146.30, MS-DRG 039 1.1382 at 1.7807, of which the operating payment is 11,519.08.
Others are the test's own.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import read_release, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import reference_of, zip_places
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.releases import Inpatient, NoPrice, Price, Release
from services.benchmark.domain.schedules import InpatientStay
from tests.unit.benchmark.world import D, policy

_DAY = date(2026, 5, 4)
_TABLE_5 = (
    '"TABLE 5.\x97LIST OF MS-DRGS, RELATIVE WEIGHTING FACTORS,\nAND MEAN LENGTH OF STAY\x97FY 2026 Final Rule"'
    "\t\t\t\t\t\t\t\t\t\n"
    "MS-DRG \tFY 2026 Final Post-Acute DRG\tFY 2026 Final Special Pay DRG\tMDC\tTYPE\tMS-DRG Title\t"
    "Weights - Before Cap\tWeights - 10% Cap Applied \tGeometric mean LOS\tArithmetic mean LOS\n"
    "001\tNo\tNo\tPRE\tSURG\tA\t25.1000\t28.0239\t28.5\t38.5\n"
    "39\tNo\tNo\t01\tSURG\tB\t1.1382\t1.1382\t1.4\t2.0\n"
    "470\tYes\tNo\t08\tSURG\tC\t1.9289\t1.9289\t1.9\t2.2\n"
    "999\tNo\tNo\t00\t**\tUNGROUPABLE\tN/A\tN/A\tN/A\tN/A\n"
    "MS-DRGs 998 and 999 contain cases that could not be assigned\t\t\t\t\t\t\t\t\t\n"
)
_TABLES_1 = (
    '"TABLE 1A.\x97NATIONAL ADJUSTED OPERATING STANDARDIZED AMOUNTS, LABOR/NONLABOR (66.0 PERCENT LABOR SHARE/34.0 '
    'PERCENT NONLABOR SHARE IF WAGE INDEX IS GREATER THAN 1)\x97FY 2026"\t\t\t\n'
    '"Hospital Submitted Quality Data and is a Meaningful EHR User (Update = 2.6 Percent)"\t\t'
    '"Did NOT Submit Quality Data (Update = 1.775 Percent)"\t\n'
    "Labor\tNonlabor\tLabor\tNonlabor\n$4,456.72\t$2,295.89\t$4,420.88\t$2,277.43\n"
    '"TABLE 1B.\x97(62 PERCENT LABOR SHARE/38 PERCENT NONLABOR SHARE IF WAGE INDEX IS LESS THAN OR EQUAL TO 1)"\t\t\t\n'
    "Labor\tNonlabor\tLabor\tNonlabor\n$4,186.62\t$2,565.99\t$4,152.95\t$2,545.36\n"
    '"TABLE 1C.\x97FOR HOSPITALS IN PUERTO RICO"\t\t\t\n\tLabor\tNonlabor\t\n'
    "National\tNot Applicable\t$4,186.62\t$2,565.99\n"
    '"TABLE 1D.\x97CAPITAL STANDARD FEDERAL PAYMENT RATE\x97FY 2026"\t\t\t\n\tRate\t\t\nNational\t$524.15\t\t\n'
    '"TABLE 1E.\x97LTCH PPS STANDARD FEDERAL PAYMENT RATE"\t\t\t\nStandard Rate\t$50,824.51\t$49,835.81\t\n'
)
_TABLE_2 = (
    '"TABLE 2.\x97CASE-MIX INDEX AND WAGE INDEX TABLE BY CCN\x97FY 2026 Final Rule"\t\t\t\t\t\n'
    "2CCN\t1Case-Mix Index\t3,6 FY 2026 Wage Index With Cap\t7FY 2026 Transition for the Discontinuation of the Low "
    "Wage Index Hospital Policy\tGeographic CBSA\t4FY 2025 Wage Index\n"
    "010001\t1.9\t0.9049\t\t20020\t0.8900\n"
    "330101\t2.2\t1.2900\t\t35614\t1.3100\n450002\t1.1\t0.8000\t0.8213\t45\t0.8645\n"
    "330999\t\tN/A\t\t\t\n020001\t1.7\t1.2500\t\t11260\t1.2400\n"
)


def archive(folder: Path, **tables: str) -> Path:
    """The archives of FY 2026 as unzipped, with other tables where given."""
    files = {
        "CMS-1833-F Table 5.txt": tables.get("five", _TABLE_5),
        "CMS-1833-F Tables 1A - 1E.txt": tables.get("one", _TABLES_1),
        "CMS-1833-F Tables 2.txt": tables.get("two", _TABLE_2),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "latin-1")
    return folder


def _release(folder: Path) -> Release:
    packed = read_cms(folder, name="FY 2026", effective_from=date(2025, 10, 1), effective_to=date(2026, 9, 30))
    return read_release(write_packed(packed), zip_places)


def _tables(folder: Path) -> Inpatient:
    found = _release(folder).inpatient
    assert found is not None
    return found


def test_the_weight_with_the_cap_counts(tmp_path: Path) -> None:
    found = _tables(archive(tmp_path))
    assert found.weights == {"001": D("28.0239"), "039": D("1.1382"), "470": D("1.9289")}
    assert found.post_acute == frozenset({"470"})
    assert found.mean_days["470"] == D("1.9")


def test_tables_1a_to_1e_are_read_out_of_one_file(tmp_path: Path) -> None:
    found = _tables(archive(tmp_path))
    assert found.above_one == (D("4456.72"), D("2295.89"))
    assert found.up_to_one == (D("4186.62"), D("2565.99"))
    assert found.capital == D("524.15")


def test_an_excel_book_may_drop_signs_and_zeros(tmp_path: Path) -> None:
    """4,456.70 is 4456.7 in a cell, 2,296.00 2296; a year in a cell is no amount."""
    archive(tmp_path)
    (tmp_path / "CMS-1833-F Tables 1A - 1E.txt").unlink()
    rows = (
        ("TABLE 1A.-AMOUNTS", "", ""), ("", 2026, 2.6), (4456.7, 2296, 4420.88),
        ("TABLE 1B.-AMOUNTS", "", ""), (4186.62, 2565.99, ""),
        ("TABLE 1D.-CAPITAL", "", ""), ("National", 524.15, ""),
    )  # fmt: skip
    book(tmp_path / "CMS-1833-F Tables 1A - 1E.xlsx", rows)
    found = _tables(tmp_path)
    assert found.above_one == (D("4456.7"), D(2296))
    assert (found.up_to_one, found.capital) == ((D("4186.62"), D("2565.99")), D("524.15"))


def book(path: Path, *sheets: Sequence[tuple[object, ...]]) -> None:
    """The least of an Excel file that holds these cells."""

    def cell(value: object, at: str) -> str:
        if isinstance(value, str):
            return f'<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>' if value else ""
        return f'<c r="{at}"><v>{value}</v></c>'

    with zipfile.ZipFile(path, "w") as archive:
        for number, rows in enumerate(sheets, 1):
            lines = "".join(
                f'<row r="{n}">' + "".join(cell(value, f"{'ABCDEFG'[i]}{n}") for i, value in enumerate(row)) + "</row>"
                for n, row in enumerate(rows, 1)
            )
            schema = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
            sheet = f'<worksheet xmlns="{schema}"><sheetData>{lines}</sheetData></worksheet>'
            archive.writestr(f"xl/worksheets/sheet{number}.xml", sheet)


def test_of_table_2_the_capped_index_counts_and_a_transition_s_before_it(tmp_path: Path) -> None:
    found = _tables(archive(tmp_path)).wage_indices
    assert found == {"010001": D("0.9049"), "330101": D("1.2900"), "450002": D("0.8213"), "020001": D("1.2500")}


@pytest.mark.parametrize(
    "titles",
    [
        "CCN\tFY 2024 Wage Index With Quartile\tFY 2024 Wage Index With Quartile and Cap\tFY 2023 Wage Index",
        "CCN\tCase-Mix Index\tFY 2025 Wage Index With Cap\tFY 2024 Wage Index",
        "Provider Number\tBeds\tPost Reclassification Wage Index\tURGEO",
        "Provider Number\tBeds\tFY 2026 Wage Index\tURGEO",
    ],
)
def test_titles_of_several_years_and_of_impact_files(tmp_path: Path, titles: str) -> None:
    name = "CMS-1785-F Table 2 CN.txt" if titles.startswith("CCN") else "FY 2026 IPPS Impact File.txt"
    (tmp_path / name).write_text(f"a title\t\t\t\n{titles}\n010001\t0.9000\t0.9100\t0.8000\n", "utf-8")
    assert _tables(tmp_path).wage_indices == {"010001": D("0.9100")}


@pytest.mark.parametrize(
    ("drg", "ccn", "expected"),
    [
        # (4,456.72 × 1.29 + 2,295.89) × 1.9289 = 15,518.11; 1.29 ^ 0.6848 = 1.1905, 624.00 × 1.9289 = 1,203.63
        ("470", "330101", "16721.74"),
        # (4,186.62 × 0.9049 + 2,565.99) × 1.9289 = 12,257.12; 0.9339 × 524.15 = 489.50, × 1.9289 = 944.20
        ("470", "010001", "13201.32"),
    ],
)
def test_a_stay_of_fiscal_year_2026(tmp_path: Path, drg: str, ccn: str, expected: str) -> None:
    price = reference_of((_release(archive(tmp_path)),)).inpatient(InpatientStay(drg, ccn=ccn), _DAY)
    assert isinstance(price, Price)
    assert price.amount == D(expected)


def test_the_operating_payment_is_that_of_cms_s_pricer(tmp_path: Path) -> None:
    """(4,478.09 × 1.7807 + 2,146.30) × 1.1382 = 11,519.08; 1.4846 × 512.14 = 760.32, × 1.1382 = 865.40."""
    amounts = _TABLES_1.replace("$4,456.72\t$2,295.89", "$4,478.09\t$2,146.30").replace("$524.15", "$512.14")
    reference = reference_of((_release(archive(tmp_path, one=amounts)),))
    price = reference.inpatient(InpatientStay("039", D("1.7807")), _DAY)
    assert isinstance(price, Price)
    assert price.amount == D("11519.08") + D("865.40")


def test_alaska_and_hawaii_need_factors_that_no_table_holds(tmp_path: Path) -> None:
    known = reference_of((_release(archive(tmp_path)),))
    found = known.inpatient(InpatientStay("470", ccn="020001"), _DAY)
    assert isinstance(found, NoPrice)
    assert "cost-of-living" in found.reason
    for zip_code in ("99501", "96813"):
        asked = Asked("DRG 470", zip_code, _DAY, wage_index=D("1.25"))
        assert "cost-of-living" in quote(asked, known, policy()).cannot


def test_two_sets_of_amounts_in_one_book_are_refused(tmp_path: Path) -> None:
    """CMS's book of FY 2025 holds the final rule's and those of the interim final rule that replaced them."""
    twice = _TABLES_1 + _TABLES_1.replace("$4,456.72", "$4,478.16")
    with pytest.raises(ReferenceFileError, match="Table 1A stands there twice with different amounts"):
        _tables(archive(tmp_path, one=twice))


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferenceFileError, match="no heading of Table 1D"):
        _tables(archive(tmp_path, one=_TABLES_1.replace("TABLE 1D", "TABLE XX")))
