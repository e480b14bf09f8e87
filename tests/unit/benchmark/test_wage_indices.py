"""Wage indices by CCN: files in the layouts that CMS publishes, and quotes by them or a word of what is missing.

The figures of the files are this test's own. 64483 (status T, 890.29 in OPPS of 2025) has a labor share of 60 %: by an
index of 1.29 890.29 × (0.6 × 1.29 + 0.4) = 1,045.20, by 1.31 890.29 × 1.186 = 1,055.88.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from msgspec.structs import replace
from typer.testing import CliRunner

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import read_release, size_of, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import shipped_releases, zip_places
from services.benchmark.application.quote import Asked, decode_asked, quote
from services.benchmark.commands import quote as quote_cli
from services.benchmark.domain.hospitals import ccn_of, is_short_term
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Release
from tests.unit.benchmark.test_other_schedules import IPPS
from tests.unit.benchmark.world import D, policy, reference

_TABLE_2 = (
    "FY 2025 Correction Notice TABLE 2.--CASE-MIX INDEX AND WAGE INDEX TABLE BY CCN,,,,,,,\n"
    "CCN,Case-Mix Index,FY 2025 Wage Index,Average Hourly Wage FY 2023,Average Hourly Wage FY 2024,"
    'Average Hourly Wage FY 2025,"3-Year Average Hourly Wage (2023, 2024, 2025)",FY 2024 Wage Index\n'
    "330101,2.2011,1.2900,58.9,60.1,61.3,60.1,1.3100\n10001,1.9012,0.7400,33.2,33.9,34.1,33.7,0.7212\n"
    "33S101,,1.2900,,,,,\n330999,,N/A,,,,,\n*Note: hospitals without a wage index,,,,,,,\n"
)
_IMPACT = "Provider Number,Provider Name,CY 2025 Wage Index,Beds\n330101,,1.2900,400\n010001,,0.7400,90\n"
_ENROLLMENTS = (
    "ENROLLMENT ID,ENROLLMENT STATE,PROVIDER TYPE CODE,PROVIDER TYPE TEXT,NPI,MULTIPLE NPI FLAG,CCN,ASSOCIATE ID\n"
    "O1,NY,00-09,PART A PROVIDER - HOSPITAL,1111111112,N,330101,1\nO2,NY,00-09,UNIT,1111111112,N,33S101,1\n"
    "O3,AL,00-09,PART A PROVIDER - HOSPITAL,2222222222,N,010001,2\nO4,NY,00-09,H,3333333333,Y,330102,3\n"
    "O5,NY,00-09,H,3333333333,Y,330103,3\nO6,VT,00-85,CRITICAL ACCESS HOSPITAL,4444444444,N,471300,4\n"
    "O7,NY,00-09,H,,N,330104,5\n"
)


def _loaded(folder: Path, first: str = "2024-10-01", last: str = "2025-09-30", **files: str) -> Release:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    packed = read_cms(folder, name=folder.name, effective_from=start, effective_to=end)
    assert any(size_of(packed).values())
    return read_release(write_packed(packed), zip_places)


def _with(*releases: Release) -> Reference:
    return Reference([*shipped_releases(), *releases])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CMS-1808-F Table 2__csv", _TABLE_2),
        ("CMS-1808-F_Table_2__txt", _TABLE_2.replace('"3-Year Average Hourly Wage (2023, 2024, 2025)"', "3Y")),
        ("OPPS wage index 2025__csv", _IMPACT),
    ],
)
def test_indices_are_read_alone_in_each_layout(tmp_path: Path, name: str, text: str) -> None:
    release = _loaded(tmp_path / "wages", **{name: text})
    assert release.systems() == frozenset({"wage_index"})
    assert release.inpatient is not None
    found = release.inpatient.wage_indices
    assert (found["330101"], found["010001"], "330999" in found) == (D("1.2900"), D("0.7400"), False)


def test_a_hospital_twice_with_different_indices_is_refused(tmp_path: Path) -> None:
    twice = _IMPACT + "330101,,1.3000,400\n"
    with pytest.raises(ReferenceFileError, match="line 4: CCN 330101 stood on an earlier line"):
        _loaded(tmp_path / "wages", wage_index__csv=twice)
    assert _loaded(tmp_path / "same", wage_index__csv=_IMPACT + "330101,,1.2900,400\n").inpatient


def test_which_hospital_bills_under_an_npi(tmp_path: Path) -> None:
    """Units under the hospital's NPI are not it; of two hospitals under one NPI nobody knows which."""
    release = _loaded(tmp_path / "h", Hospital_Enrollments_2025__csv=_ENROLLMENTS)
    assert release.systems() == frozenset({"hospitals"})
    assert release.hospitals == {"1111111112": "330101", "2222222222": "010001", "4444444444": "471300"}
    assert _with(release).hospitals(date(2026, 3, 2)) == release.hospitals
    assert reference().hospitals(date(2025, 3, 2)) == {}


@pytest.mark.parametrize(
    ("text", "ccn", "short_term"),
    [
        ("330101", "330101", True),
        ("33-0101", "330101", True),
        ("10001", "010001", True),
        ("330880", "330880", False),
        ("471300", "471300", False),  # critical access
        ("33s101", "33S101", False),  # a psychiatric unit
        ("3301011", "", False),
        ("hospital", "", False),
    ],
)
def test_numbers_of_hospitals(text: str, ccn: str, short_term: bool) -> None:
    assert (ccn_of(text), bool(ccn) and is_short_term(ccn)) == (ccn, short_term)


def _asked(**more: Any) -> Asked:
    fixed: dict[str, Any] = {"code": "64483", "zip": "10001", "date": date(2025, 11, 3), "place": "22"}
    whole: dict[str, Any] = fixed | {"outpatient": True, "ccn": "330101"} | more
    return Asked(**whole)


def test_an_outpatient_quote_is_by_the_index_of_the_fiscal_year_that_the_year_begins_in(tmp_path: Path) -> None:
    """42 CFR 419.43(c): in November 2025 that of FY 2025 still; rates of 2026 are not at hand."""
    one = _loaded(tmp_path / "FY 2025", **{"Table 2__csv": _TABLE_2})
    other = _loaded(tmp_path / "FY 2026", "2025-10-01", "2026-09-30", wage_index__csv=_IMPACT.replace("1.29", "1.31"))
    found = quote(_asked(), _with(one, other), policy())
    assert found.amount == D("1045.20")
    assert "wage index of CCN 330101, FY 2025" in found.notes
    assert found.fallback == ""
    later = quote(_asked(date=date(2026, 3, 2)), _with(one, other), policy())
    assert later.amount == D("1055.88")
    assert quote(_asked(), _with(other), policy()).fallback == "no release is loaded for fiscal year 2025: FY 2026 used"


def test_an_index_of_another_year_keeps_the_figure_from_letters(tmp_path: Path) -> None:
    loaded = _with(_loaded(tmp_path / "FY 2022", "2021-10-01", "2022-09-30", wage_index__csv=_IMPACT))
    found = quote(_asked(), loaded, policy())
    assert (found.amount, found.benchmarks[0].uses) == (D("1045.20"), ("internal",))
    assert "FY 2022 used" in found.fallback


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "no wage indices by CCN are loaded: load Table 2 of IPPS"),
        ({"code": "DRG 470", "outpatient": False}, "no IPPS tables"),
    ],
)
def test_without_the_file_a_quote_says_what_is_missing(asked: dict[str, Any], told: str) -> None:
    found = quote(_asked(**asked), reference(), policy())
    assert (found.amount, found.target) == (None, None)
    assert told in found.cannot


def test_an_unknown_hospital_is_told(tmp_path: Path) -> None:
    loaded = _with(_loaded(tmp_path / "Mine", wage_index__csv=_IMPACT))
    assert "Mine holds no wage index for CCN 330102" in quote(_asked(ccn="330102"), loaded, policy()).cannot


def test_a_stay_takes_its_index_from_a_table_of_its_own(tmp_path: Path) -> None:
    """(4,478.16 × 1.29 + 2,146.29 + 510.51 × 1.1905) × 1.8990 = 16,200.14, as in the tests of IPPS."""
    tables = _loaded(
        tmp_path / "I", **{name.replace(".", "__"): text for name, text in IPPS.items() if "2" not in name}
    )
    wages = _loaded(tmp_path / "W", wage_index__csv=_IMPACT)
    stay = _asked(code="DRG 470", outpatient=False, date=date(2025, 5, 1))
    assert tables.inpatient is not None and tables.inpatient.wage_indices == {}
    assert quote(stay, _with(tables, wages), policy()).amount == D("16200.14")
    for ccn, told in (("330102", "wage index of the hospital is needed"), ("471300", "not of a short-term hospital")):
        assert told in quote(replace(stay, ccn=ccn), _with(tables, wages), policy()).cannot


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"ccn": "3301"}, ""),  # zeros in front are given back
        ({"ccn": "3301012"}, "ccn is not a CCN"),
        ({"wage_index": "1.29"}, "both given"),
        ({"outpatient": False}, "ccn is of a hospital"),
        ({"place": "24"}, "ccn is of a hospital"),
        ({"modifiers": ["sg"]}, "ccn is of a hospital"),
        ({"code": "DRG 470", "outpatient": False}, ""),
    ],
)
def test_a_ccn_where_none_belongs_is_told(more: dict[str, Any], told: str) -> None:
    fixed: dict[str, Any] = {"code": "64483", "zip": "10001", "date": "2025-11-03", "place": "22", "ccn": "330101"}
    fixed["outpatient"] = True
    lines = {key: value for key, value in (fixed | more).items() if key in ("code", "modifiers")}
    claim = {key: value for key, value in (fixed | more).items() if key not in lines} | {"lines": [lines]}
    for body in (fixed | more, claim):
        if not told:
            decode_asked(json.dumps(body).encode())
            continue
        with pytest.raises(ValueError, match=told):
            decode_asked(json.dumps(body).encode())


def _run(*arguments: str) -> Any:
    app = typer.Typer()
    quote_cli.add_to(app)
    return CliRunner().invoke(app, ["quote", "--zip", "10001", "--date", "2025-11-03", *arguments])


def test_the_command_takes_a_ccn_and_a_folder_of_tables(tmp_path: Path) -> None:
    asked = ("--code", "64483", "--outpatient", "--ccn", "330101")
    alone = _run(*asked)
    assert (alone.exit_code, "load Table 2 of IPPS" in alone.stdout) == (1, True)
    _loaded(tmp_path / "wages", wage_index__csv=_IMPACT)
    assert json.loads(_run(*asked, "--tables", str(tmp_path / "wages")).stdout)["amount"] == "1045.20"
    for name, text in IPPS.items():
        (tmp_path / "wages" / name).write_text(text)
    (tmp_path / "wages" / "wage_index.csv").unlink()
    stay = _run("--code", "DRG 470", "--ccn", "330101", "--tables", str(tmp_path / "wages"))
    assert json.loads(stay.stdout)["amount"] == "16200.14"
    (tmp_path / "none").mkdir()
    refused = _run(*asked, "--tables", str(tmp_path / "none"))
    assert refused.exit_code != 0 and "no file fits PPRRVU" in str(refused.exception)
