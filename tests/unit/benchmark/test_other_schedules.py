"""Ambulances, laboratories, drugs, equipment and inpatient stays: priced by loaded tables, and `cannot` without them.

The rows are in the layouts that CMS publishes; their figures are this test's own but for those named.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import read_release, size_of, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import shipped_releases, zip_places
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Catalogued, NoPrice, Price, Release
from services.benchmark.domain.schedules import InpatientStay, drg_of, schedule_of
from tests.unit.benchmark.world import D, policy, reference, service

_FIRST, _LAST = date(2025, 1, 1), date(2025, 12, 31)
AFS = (
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
CLFS = (
    "CY 2025 Clinical Laboratory Fee Schedule\nYEAR,HCPCS,MOD,EFF_DATE,INDICATOR,RATE,SHORTDESC\n"
    "2025,G0480,,20250101,N,114.43,\n2025,36415,,20250101,N,8.83,\n"
    "2025,80053,,20250101,N,10.56,\n2025,80053,QW,20250101,N,10.56,\n2025,0001U,,20250101,N,720.00,\n"
)
ASP = (
    "Payment Allowance Limits for Medicare Part B Drugs\n\n"
    "HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Co-insurance Percentage\n"
    "J0897,,1 MG,23.456,20\nJ1100,,1 MG,0.119,20\n"
    "90662,,0.7 ML,73.397,0\n"
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
    release = _loaded(tmp_path, afs2025_puf__csv=AFS)
    assert release.systems() == frozenset({"ambulance"})
    price = _with(release).professional(service(code, "RH", zip=zip_code, place="42", units=units))
    assert isinstance(price, Price), price
    assert price.amount == D(expected)
    assert price.source == "medicare_ambulance"
    assert price.notes[0].startswith(f"{area} pick-up")
    assert price.factor == D(units)


@pytest.mark.parametrize(
    ("zip_code", "miles", "expected"),
    [
        ("99501", "20", "183.00"),  # urban: 20 × 9.15
        ("99546", "10", "138.60"),  # 10 × 13.86
        ("99546", "17", "235.62"),
        ("99546", "20.4", "267.04"),  # 17 × 13.86 + 3.4 × 9.24 = 267.036
    ],
)
def test_the_first_17_ground_miles_of_the_country_are_paid_higher(
    tmp_path: Path, zip_code: str, miles: str, expected: str
) -> None:
    price = _with(_loaded(tmp_path, AFS__csv=AFS)).professional(service("A0425", zip=zip_code, units=miles))
    assert isinstance(price, Price)
    assert (price.amount, price.caution) == (D(expected), "")
    assert price.factor == D(miles)


def test_without_the_rate_of_the_first_miles_they_are_doubtful(tmp_path: Path) -> None:
    without = AFS.replace(",RURAL GROUND MILES 1-17*", ",")
    price = _with(_loaded(tmp_path, AFS__csv=without)).professional(service("A0425", zip="99546", units=20))
    assert isinstance(price, Price)
    assert price.amount == D("184.80")
    assert "first 17 rural miles" in price.caution


def test_the_ambulance_archive_s_text_form_reads_alike(tmp_path: Path) -> None:
    """`508-compliant-version-of-AFS2026_PUF_ext.txt`, between tabs."""
    rows = [[cell.strip() for cell in one] for one in csv.reader(io.StringIO(AFS))]
    text = "\n".join("\t".join(cells) for cells in rows)
    (tmp_path / "508-compliant-version-of-AFS2026_PUF_ext.txt").write_text(text, "utf-8")
    assert len(_loaded(tmp_path).ambulance) == 7
    # beside the table itself its copy for screen readers is no second one
    assert len(_loaded(tmp_path, AFS2026_PUF_ext__csv=AFS).ambulance) == 7
    with pytest.raises(ReferenceFileError, match="one table is needed"):
        _loaded(tmp_path, AFS2025_PUF_ext__csv=AFS)


def test_laboratories_drugs_and_equipment(tmp_path: Path) -> None:
    """0.119 × 40 = 4.76; 23.456 × 60 = 1,407.36."""
    release = _loaded(tmp_path, **{"CLFS 2025Q1__csv": CLFS, "ASP Pricing__csv": ASP, "DMEPOS25__csv": _DME})
    assert release.systems() == frozenset({"laboratory", "drugs", "equipment"})
    loaded = _with(release)
    for code, modifiers, units, zip_code, expected in (
        ("80053", (), 1, "10001", "10.56"),
        ("80053", ("QW",), 2, "10001", "21.12"),
        ("0001U", (), 1, "10001", "720.00"),
        ("G0480", (), 1, "10001", "114.43"),  # codes that only the table tells to be a laboratory's, or a drug's
        ("36415", (), 1, "10001", "8.83"),
        ("90662", (), 1, "10001", "73.40"),
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


PENNSYLVANIA = (
    "CY2026 DMEPOS Fee Schedule,,,,,,,,\nHCPCS,Mod,Mod2,JURIS,CATG,Ceiling,Floor,PA (NR),PA (R),Description\n"
    "E0601,RR,,D,CR,0.00,0.00,50.04,91.18,\nE0601,RR,KE,D,CR,0.00,0.00,61.00,61.00,\n"
    "A7032,NU,,D,IN,0.00,0.00,23.29,38.07,\nL1833,,,D,PO,0.00,0.00,700.00,0.00,\n"
)
"""Of January 2026, CMS's: E0601 RR 50.04 and 91.18 where rural, A7032 NU 23.29 and 38.07; the others are made up."""
RURAL = "STATE,DMEPOS RURAL ZIP CODE,YEAR/QTR\nPA,16701,20261\nMA,1001,20261\n"


@pytest.mark.parametrize(
    ("line", "zip_code", "expected", "row"),
    [
        ("E0601-RR", "19103", "50.04", "DMEPOS E0601-RR, PA"),
        ("E0601-RR-KX", "16701", "91.18", "DMEPOS E0601-RR, PA R"),
        ("E0601-KE-RR", "19103", "61.00", "DMEPOS E0601-RR-KE, PA"),
        ("A7032-NU", "16701", "38.07", "DMEPOS A7032-NU, PA R"),
        ("L1833", "16701", "700.00", "DMEPOS L1833, PA"),  # without a rural fee of its own
    ],
)
def test_the_equipment_archive_as_unzipped(tmp_path: Path, line: str, zip_code: str, expected: str, row: str) -> None:
    for other in ("Former CBA Fee Schedule File - JAN2026.csv", "Former CBA ZIP Code File- JAN2026.csv"):
        (tmp_path / other).write_text("HCPCS,Mod,CBA\n", "utf-8")
    files = {"DMEPOS26_JAN__csv": PENNSYLVANIA, "DME Rural Zip Code Quarter 1 2026__csv": RURAL}
    release = _loaded(tmp_path, **files)
    assert release.rural_for_equipment == {"16701", "01001"}
    code, *modifiers = line.split("-")
    price = _with(release).professional(service(code, *modifiers, zip=zip_code, place="12"))
    assert isinstance(price, Price), price
    assert (price.amount, price.row, price.caution) == (D(expected), row, "")


def test_what_is_not_sure_of_equipment_is_said(tmp_path: Path) -> None:
    """16701 is rural for ambulances too; a later month of a rental is paid less, by how much hangs on what it is."""
    loaded = _with(_loaded(tmp_path, DMEPOS26_JAN__csv=PENNSYLVANIA))
    for modifiers, told in ((("RR",), "rural for equipment is not loaded"), (("RR", "KJ"), "months four to thirteen")):
        price = loaded.professional(service("E0601", *modifiers, zip="16701", place="12"))
        assert isinstance(price, Price)
        assert (price.amount, told in price.caution) == (D("91.18"), True)


def test_a_fee_twice_is_refused(tmp_path: Path) -> None:
    twice = PENNSYLVANIA + "E0601,RR,,D,CR,0.00,0.00,51.04,91.18,\n"
    with pytest.raises(ReferenceFileError, match="E0601-RR stood on an earlier line"):
        _loaded(tmp_path, DMEPOS26_JAN__csv=twice)


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


def test_no_table_is_read_to_say_that_there_is_none() -> None:
    def read() -> Release:
        raise AssertionError("a year's tables were read")

    entry = Catalogued("CMS CY2020", date(2020, 1, 1), date(2020, 3, 31), frozenset({"physician"}), read)
    known = Reference([entry])
    assert known.hospitals(_FIRST) == {}
    assert isinstance(known.wage_index("330101", _FIRST), NoPrice)
    assert isinstance(known.surgery_center(service("29881")), NoPrice)
    assert isinstance(known.inpatient(InpatientStay("470", D(1)), _FIRST), NoPrice)


def test_what_the_physician_fee_schedule_prices_is_left_to_it(tmp_path: Path) -> None:
    release = _loaded(tmp_path, CLFS__csv=CLFS.replace("80053", "85060"))
    price = _with(release).professional(service("85060", place="21"))
    assert isinstance(price, Price)
    assert price.source == "medicare_pfs"
    assert schedule_of("99285") is None


def test_an_ambulance_rate_twice_is_refused(tmp_path: Path) -> None:
    twice = AFS + '13202,1,MANHATTAN,A0431,1.00,1.166,"$4,100.00","$4,440.31","$6,660.45",,\n'
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


@pytest.mark.parametrize(("code", "modifiers", "amount"), [("A0431", ("RH",), "4440.30"), ("E0601", ("RR",), "55.40")])
def test_a_pick_up_in_a_zip_code_of_several_localities_enters_no_letter(
    tmp_path: Path, code: str, modifiers: tuple[str, ...], amount: str
) -> None:
    release = _loaded(tmp_path, afs2025_puf__csv=AFS, DMEPOS25_JAN__csv=_DME)
    for split in (frozenset({"10001"}), frozenset[str]()):
        price = _with(replace(release, split_zips=split)).professional(service(code, *modifiers, place="42"))
        assert isinstance(price, Price), price
        assert price.amount == D(amount)
        assert ("more than one locality" in price.fallback, price.internal) == (bool(split), bool(split))
