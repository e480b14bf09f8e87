"""Ambulances, laboratories, drugs, equipment and inpatient stays: priced by loaded tables, and `cannot` without them.

The rows are in the layouts that CMS publishes; their figures are this test's own but for those named.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import read_release, size_of, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import shipped_releases, zip_places
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price, Release
from services.benchmark.domain.schedules import InpatientStay, drg_of, schedule_of
from tests.unit.benchmark.world import D, policy, reference, service

_FIRST, _LAST = date(2025, 1, 1), date(2025, 12, 31)
_AFS = (
    "CONTRACTOR/CARRIER,LOCALITY,State/Local Headings,HCPCS,RVU,GPCI,BASE RATE,URBAN BASE RATE / URBAN MILEAGE,"
    "RURAL BASE RATE / RURAL MILEAGE,RURAL BASE RATE / LOWEST QUARTILE,RURAL GROUND MILES 1-17*\n"
    "New York,,,,,,,,,,\n"
    '13202,1,MANHATTAN,A0430,1.00,1.166,"$3,500.00","$3,790.50","$5,685.75",,\n'
    '13202,1,MANHATTAN,A0431,1.00,1.166,"$4,100.00","$4,440.30","$6,660.45",,\n'
    "13202,1,,A0435,,,$9.99,$9.99,$14.99,,\n"
    "13202,1,,A0436,,,$26.60,$26.60,$39.90,,\n"
    "02102,1,ALASKA,A0431,1.00,1.081,$4100.00,$4266.05,$6399.08,,\n"
    "02102,1,ALASKA,A0436,,,$26.60,$26.60,$39.90,,\n"
    "02102,1,ALASKA,A0425,,,$9.15,$9.15,$9.24,,$13.86\n"
)
_CLFS = (
    "CY 2025 Clinical Laboratory Fee Schedule\nYEAR,HCPCS,MOD,EFF_DATE,INDICATOR,RATE,SHORTDESC\n"
    "2025,80053,,20250101,N,10.56,\n2025,80053,QW,20250101,N,10.56,\n2025,0001U,,20250101,N,720.00,\n"
)
_ASP = (
    "Payment Allowance Limits for Medicare Part B Drugs\n\n"
    "HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Co-insurance Percentage\n"
    "J0897,,1 MG,23.456,20\nJ1100,,1 MG,0.119,20\n"
)
_DME = (
    "2025 DMEPOS Fee Schedule\nHCPCS,Mod,Mod2,JURIS,CATG,Ceiling,Floor,AK (NR),AK (R),NY (NR),NY (R),Description\n"
    "E0601,RR,,D,CR,,,60.10,75.20,55.40,61.30,\nE0601,NU,,D,CR,,,0.00,0.00,0.00,0.00,\nL1833,,,D,PO,,,700.00,,650.00,,\n"
)
IPPS = {
    "CMS-1808-F Table 1A.csv": 'TABLE 1A,,\nFull Update (2.9 Percent),,\nLabor,Nonlabor,\n"$4,478.16","$2,146.29",\n',
    "CMS-1808-F Table 1B.csv": 'TABLE 1B,,\nLabor,Nonlabor,\n"$4,107.16","$2,517.29",\n',
    "CMS-1808-F Table 1D.csv": "TABLE 1D. CAPITAL,\nNational,$510.51\n",
    "CMS-1808-F Table 2.csv": "TABLE 2\nCCN,Hourly Wage,FY 2025 Wage Index\n330101,60,1.2900\n010001,40,0.7400\n",
    "CMS-1808-F Table 5.csv": (
        "TABLE 5\nMS-DRG,Post-Acute,MDC,Type,MS-DRG Title,Weights,GMLOS\n"
        '470,Yes,08,SURG,"A, B",1.8990,1.9\n871,Yes,18,MED,,1.9826,4.8\n'
    ),
}


def _loaded(folder: Path, **files: str) -> Release:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    packed = read_cms(folder, name="Mine", effective_from=_FIRST, effective_to=_LAST)
    assert any(size_of(packed).values())
    return read_release(write_packed(packed), zip_places)


def _with(release: Release) -> Reference:
    return Reference([*shipped_releases(), release])


@pytest.mark.parametrize(
    ("code", "zip_code", "units", "expected", "area"),
    [
        ("A0430", "10001", "1", "3790.50", "urban"),
        ("A0431", "10001", "1", "4440.30", "urban"),
        ("A0435", "10001", "212", "2117.88", "urban"),  # 212 × 9.99
        ("A0436", "10001", "37.5", "997.50", "urban"),  # 37.5 × 26.60
        ("A0431", "99501", "1", "4266.05", "urban"),
        ("A0431", "99546", "1", "6399.08", "super rural"),  # Adak; CMS's ZIP file: B
        ("A0436", "99546", "100", "3990.00", "super rural"),
    ],
)
def test_air_ambulances_with_their_miles(
    tmp_path: Path, code: str, zip_code: str, units: str, expected: str, area: str
) -> None:
    release = _loaded(tmp_path, afs2025_puf__csv=_AFS)
    assert release.systems() == frozenset({"ambulance"})
    price = _with(release).professional(service(code, "RH", zip=zip_code, place="42", units=units))
    assert isinstance(price, Price), price
    assert price.amount == D(expected)
    assert price.source == "medicare_ambulance"
    assert price.notes[0].startswith(f"{area} pick-up")
    assert price.factor == D(units)


def test_ground_miles_of_the_country_are_doubtful(tmp_path: Path) -> None:
    price = _with(_loaded(tmp_path, AFS__csv=_AFS)).professional(service("A0425", zip="99546", units=20))
    assert isinstance(price, Price)
    assert price.amount == D("184.80")
    assert "first 17 rural miles" in price.caution


def test_laboratories_drugs_and_equipment(tmp_path: Path) -> None:
    """0.119 × 40 = 4.76; 23.456 × 60 = 1,407.36."""
    release = _loaded(tmp_path, **{"CLFS 2025Q1__csv": _CLFS, "ASP Pricing__csv": _ASP, "DMEPOS25__csv": _DME})
    assert release.systems() == frozenset({"laboratory", "drugs", "equipment"})
    loaded = _with(release)
    for code, modifiers, units, zip_code, expected in (
        ("80053", (), 1, "10001", "10.56"),
        ("80053", ("QW",), 2, "10001", "21.12"),
        ("0001U", (), 1, "10001", "720.00"),
        ("J0897", (), 60, "10001", "1407.36"),
        ("J1100", (), 40, "10001", "4.76"),
        ("E0601", ("RR",), 1, "10001", "55.40"),
        ("E0601", ("RR", "KX"), 1, "99546", "75.20"),
        ("L1833", (), 1, "99501", "700.00"),
    ):
        price = loaded.professional(service(code, *modifiers, zip=zip_code, place="11", units=units))
        assert isinstance(price, Price), (code, price)
        assert price.amount == D(expected), code
    bought = loaded.professional(service("E0601", place="12"))
    assert isinstance(bought, NoPrice)
    assert "bought (NU, UE) or rented (RR)?" in bought.reason


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("A0431", "no ambulance fee schedule is loaded"),
        ("80053", "no clinical laboratory fee schedule is loaded"),
        ("J0897", "no payment limits for drugs (ASP) is loaded"),
        ("E0601", "no fee schedule for equipment (DMEPOS) is loaded"),
    ],
)
def test_without_its_tables_a_line_says_which_are_missing(code: str, why: str) -> None:
    price = reference().professional(service(code, place="11"))
    assert isinstance(price, NoPrice)
    assert why in price.reason


def test_what_the_physician_fee_schedule_prices_is_left_to_it(tmp_path: Path) -> None:
    release = _loaded(tmp_path, CLFS__csv=_CLFS.replace("80053", "85060"))
    price = _with(release).professional(service("85060", place="21"))
    assert isinstance(price, Price)
    assert price.source == "medicare_pfs"
    assert schedule_of("99285") is None


def test_an_ambulance_rate_twice_is_refused(tmp_path: Path) -> None:
    twice = _AFS + '13202,1,MANHATTAN,A0431,1.00,1.166,"$4,100.00","$4,440.31","$6,660.45",,\n'
    with pytest.raises(ReferenceFileError, match="other rates"):
        _loaded(tmp_path, AFS__csv=twice)


# --- inpatient ------------------------------------------------------------------------------------------------------


def _inpatient(folder: Path) -> Reference:
    for name, text in IPPS.items():
        (folder / name).write_text(text, "utf-8")
    return _with(_loaded(folder))


@pytest.mark.parametrize(
    ("stay", "expected"),
    [
        # (4,478.16 × 1.29 + 2,146.29) × 1.8990 = 15,046.00; 1.29 ^ 0.6848 = 1.1905, 510.51 × it = 607.76, × 1.8990
        (InpatientStay("470", ccn="330101"), "16200.14"),
        (InpatientStay("470", D("1.2900")), "16200.14"),
        # (4,107.16 × 0.74 + 2,517.29) × 1.9826 = 11,016.49; 0.74 ^ 0.6848 = 0.8137, 415.40 × 1.9826 = 823.57
        (InpatientStay("871", ccn="010001"), "11840.06"),
        # wage index 1: (4,107.16 + 2,517.29 + 510.51) × 1.8990
        (InpatientStay("470", D(1)), "13549.29"),
    ],
)
def test_a_stay_by_its_ms_drg(tmp_path: Path, stay: InpatientStay, expected: str) -> None:
    price = _inpatient(tmp_path).inpatient(stay, date(2025, 5, 1))
    assert isinstance(price, Price)
    assert price.amount == D(expected)
    assert price.source == "medicare_inpatient"
    assert "without teaching" in price.notes[0]


def test_a_stay_that_cannot_be_priced_says_why(tmp_path: Path) -> None:
    none = reference().inpatient(InpatientStay("470", D(1)), date(2025, 5, 1))
    assert isinstance(none, NoPrice)
    assert "no IPPS tables" in none.reason
    loaded = _inpatient(tmp_path)
    for stay, why in (
        (InpatientStay("470"), "wage index of the hospital is needed"),
        (InpatientStay("470", ccn="999999"), "CCN 999999"),
        (InpatientStay("999", D(1)), "no weight for MS-DRG 999"),
    ):
        price = loaded.inpatient(stay, date(2025, 5, 1))
        assert isinstance(price, NoPrice)
        assert why in price.reason


def test_a_quote_of_an_ms_drg(tmp_path: Path) -> None:
    asked = Asked("MS-DRG 470", "10001", date(2025, 5, 1), wage_index=Decimal("1.29"))
    assert quote(asked, _inpatient(tmp_path), policy()).amount == D("16200.14")
    assert "no IPPS tables" in quote(asked, reference(), policy()).cannot
    assert [drg_of(one) for one in ("DRG470", "ms-drg 47", "470", "99285")] == ["470", "047", None, None]


def test_standardized_amounts_are_needed_with_the_weights(tmp_path: Path) -> None:
    for name, text in IPPS.items():
        if "1B" not in name:
            (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ReferenceFileError, match="1A, 1B and 1D"):
        _loaded(tmp_path)
