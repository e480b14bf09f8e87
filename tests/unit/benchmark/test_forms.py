"""CMS's archives as unzipped: one table in several forms and for two conversion factors, columns that move by year."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Sequence
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from services.benchmark.adapters.cms import read_cms
from services.benchmark.adapters.packed import PackedRelease, read_release, write_packed
from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.shipped import load_policy, shipped_reference, zip_places
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.fee_schedule import Gpci, RelativeValues
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price
from tests.unit.benchmark.world import D, service

_FIRST, _LAST = date(2025, 10, 1), date(2025, 12, 31)
_TITLES_2025 = ["HCPCS", "MOD", *["X"] * 22, "FACTOR", *["X"] * 6]
_TITLES_2026 = ["HCPCS", "MOD", *["X"] * 23, "FACTOR", *["X"] * 6]
_ROWS = [
    line.split(",")
    for line in """\
27447,,,A,,19.60,15.30,NA,15.30,,3.98,38.88,38.88,0,090,0.10,0.69,0.21,2,1,2,1,0,,32.3465,09,0,99,0.00,0.00,0.00
43239,,,A,,2.39,8.36,,1.42,,0.29,11.04,4.10,0,000,0.00,0.00,0.00,3,0,1,0,0,43235,32.3465,09,0,99,0.00,0.00,0.00
70450,TC,,A,,0.00,2.04,,2.04,NA,0.01,2.05,2.05,1,XXX,0.00,0.00,0.00,4,0,0,0,0,,32.3465,01,0,88,3.27,3.27,0.02
22526,,,N,+,5.85,49.39,,3.38,,0.60,55.84,9.83,9,010,0.10,0.80,0.10,9,9,9,9,9,,32.3465,09,0,99,0.00,0.00,0.00
00100,,,J,,0.00,0.00,,0.00,,0.00,0.00,0.00,9,XXX,0.00,0.00,0.00,9,9,9,9,9,,32.3465,09,0,99,0.00,0.00,0.00
""".splitlines()
]
_RECORDS = """\
27447  |A  19.60  15.30NA  15.30    3.98  38.88 38.880090.10.69.2121210       |      32.3465 090 99
43239  |A   2.39   8.36     1.42    0.29  11.04  4.100000.00.00.0030100       |43235 32.3465 090 99
70450TC|A   0.00   2.04     2.04NA  0.01   2.05  2.051XXX.00.00.0040000       |      32.3465 010 88
22526  |N+  5.85  49.39     3.38    0.60  55.84  9.839010.10.80.1099999       |      32.3465 090 99
00100  |J   0.00   0.00     0.00    0.00   0.00  0.009XXX.00.00.0099999       |      32.3465 090 99
"""
_CAPPED = {"70450TC": "3.27   3.27   0.02"}
_TEXT = "HDR WHAT STANDS ABOVE\n" + "".join(
    f"{key:57}{values}{tail}      {_CAPPED.get(key, '0.00   0.00   0.00')}\n"
    for key, values, tail in (line.split("|") for line in _RECORDS.splitlines())
)
"""CMS's record, the descriptor left blank."""
_GPCI = [
    ["ADDENDUM E. GEOGRAPHIC PRACTICE COST INDICES"],
    ["Medicare Administrative Contractor (MAC)", "State", "Locality Number", "Locality Name",
     "2025 PW GPCI (with 1.0 Floor)", "2025 PE GPCI", "2025 MP GPCI"],
    ["13202", "NY", "01", "MANHATTAN", "1.065", "1.166", "1.656"],
    ["02102", "AK", "01", "ALASKA*", "1.5", "1.081", "0.592"],
]  # fmt: skip
_GPCI_TEXT = """\
ADDENDUM E. GEOGRAPHIC PRACTICE COST INDICES

Medicare Admi State  Locality                 Locality Name          2025 PW GPCI2025 PE GPCI2025 MP GPCI
13202           NY      01   MANHATTAN                                     1.065       1.166       1.656
02102           AK      01   ALASKA*                                       1.500       1.081       0.592
"""
_ANES = [
    ["Contractor", "Locality", "Locality Name", "National Anes CF of 20.3178"],
    ["13202 ", "01 ", "MANHATTAN", "22.76 "],
    ["02102 ", "01 ", "ALASKA*", "27.86 "],
]
_ANES_TEXT = "13202       01    MANHATTAN                  2276\n02102       01    ALASKA                     2786\n"
_CAPS = [
    ["HCPCS", "MOD", "PROCSTAT", "CARRIER", "LOCALITY", "FACILITY PRICE", "NON-FACILTY PRICE"],
    ["70450", "TC", "A", "13202", "01", "60.00", "60.00"],
    ["0633T", "TC", "C", "13202", "01", "150.69", "150.69"],
]
_CAPS_TEXT = "70450TC A 13202  01    60.00     60.00\n0633TTC C 13202  01   150.69    150.69\n"
_VALUES = {
    "27447": RelativeValues(
        "27447",
        "",
        "A",
        D("19.60"),
        D("15.30"),
        D("15.30"),
        D("3.98"),
        "2",
        "1",
        "2",
        "1",
        "0",
        "090",
        D("0.10"),
        D("0.69"),
        D("0.21"),
        "",
        "0",
        "N",
    ),
    "43239": RelativeValues(
        "43239",
        "",
        "A",
        D("2.39"),
        D("8.36"),
        D("1.42"),
        D("0.29"),
        "3",
        "0",
        "1",
        "0",
        "0",
        "000",
        endoscopic_base="43235",
        pctc="0",
    ),
    "70450-TC": RelativeValues(
        "70450",
        "TC",
        "A",
        D(0),
        D("2.04"),
        D("2.04"),
        D("0.01"),
        "4",
        "0",
        "0",
        "0",
        "0",
        "XXX",
        pctc="1",
        na="F",
        capped_expense=D("3.27"),
        capped_malpractice=D("0.02"),
    ),
    "22526": RelativeValues(
        "22526",
        "",
        "N",
        D("5.85"),
        D("49.39"),
        D("3.38"),
        D("0.60"),
        "9",
        "9",
        "9",
        "9",
        "9",
        "010",
        D("0.10"),
        D("0.80"),
        D("0.10"),
        "",
        "9",
    ),
}


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _excel(path: Path, rows: Sequence[Sequence[str]], shared: bool = True) -> None:
    """A workbook as Excel writes one: numbers as numbers, also where they have leading zeros or no exact double."""
    texts: list[str] = []

    def cell(value: str, at: str) -> str:
        if value and value.replace(".", "", 1).isdigit():
            return f'<c r="{at}"><v>{float(value)!r}</v></c>'
        if not shared:
            return f'<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>'
        texts.append(value)
        return f'<c r="{at}" t="s"><v>{len(texts) - 1}</v></c>'

    lines = [
        f'<row r="{n}">'
        + "".join(cell(v, f"{'A' * (i // 26)}{chr(65 + i % 26)}{n}") for i, v in enumerate(row) if v)
        + "</row>"
        for n, row in enumerate(rows, 1)
    ]
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{''.join(lines)}</sheetData></worksheet>"
        )
        items = "".join(f"<si><t>{text}</t></si>" for text in texts)
        book.writestr("xl/sharedStrings.xml", f"<sst {space}>{items}</sst>")


def _read(folder: Path) -> PackedRelease:
    return read_cms(folder, name="Mine", effective_from=_FIRST, effective_to=_LAST)


def _write(folder: Path, forms: str) -> Path:
    """The October archive as unzipped, in some of its forms."""
    prices = [["title"], _TITLES_2025, *_ROWS]
    for name, rows, text in (
        ("PPRRVU2025_Oct", prices, _TEXT),
        ("GPCI2025", _GPCI, _GPCI_TEXT),
        ("ANES2025", _ANES, _ANES_TEXT),
        ("OPPSCAP_Oct", _CAPS, _CAPS_TEXT),
        ("25LOCCO", [["COUNTIES INCLUDED"]], "COUNTIES INCLUDED\n"),
    ):
        if "c" in forms:
            (folder / f"{name}.csv").write_text(_csv(rows), "latin-1")
        if "t" in forms:
            (folder / f"{name}.txt").write_text(text, "latin-1")
        if "x" in forms:
            _excel(folder / f"{name}.xlsx", rows, shared=name != "GPCI2025")
    (folder / "RVU25D.pdf").write_bytes(b"%PDF")
    return folder


@pytest.mark.parametrize("forms", ["ctx", "c", "t", "x", "tx", "cx"])
def test_an_archive_reads_alike_whichever_forms_lie_there(tmp_path: Path, forms: str) -> None:
    packed = _read(_write(tmp_path, forms))
    assert packed.conversion_factor == D("32.3465")
    assert {f"{v.code}-{v.modifier}" if v.modifier else v.code: v for v in packed.values} == _VALUES
    assert packed.unpriced == {"J": "00100"}
    assert packed.gpcis == [
        Gpci("13202-01", "NY", D("1.065"), D("1.166"), D("1.656"), D("22.76")),
        Gpci("02102-01", "AK", D("1.5"), D("1.081"), D("0.592"), D("27.86")),
    ]
    assert packed.caps == {"70450-TC": {"13202-01": D("60.00")}}


def test_without_a_zip_file_the_shipped_one_says_where_a_zip_code_lies(tmp_path: Path) -> None:
    """27447 in Manhattan: 19.60 × 1.065 + 15.30 × 1.166 + 3.98 × 1.656 = 45.30468, × 32.3465 = 1,465.4478…"""
    release = read_release(write_packed(_read(_write(tmp_path, "ctx"))), zip_places)
    price = Reference([release]).professional(service("27447", place="21"))
    assert isinstance(price, Price)
    assert price.amount == D("1465.45")
    assert "locality by CMS's ZIP code file of October 2025" in price.notes


def test_where_the_plus_four_decides_it_is_heeded(tmp_path: Path) -> None:
    """10001-0001 to -0003 and -0009 lie in Alaska here: 19.60 × 1.5 + 15.30 × 1.081 + 3.98 × 0.592 = 48.29546,
    × 32.3465 = 1,562.1890…; elsewhere in Manhattan, 1,465.4478…"""
    _write(tmp_path, "c")
    filler = " " * 6
    zip5 = "NY100011320201 Z9   1 A" + " " * 52 + "20254\nAK995010210201 Z9   0 A" + " " * 52 + "20254\n"
    (tmp_path / "ZIP5_OCT2025.txt").write_text(zip5)
    (tmp_path / "ZIP9_OCT2025.txt").write_text(
        "".join(f"NY100010210201      1{four}{filler}A{' ' * 43}20254\n" for four in ("0001", "0002", "0003", "0009"))
        + f"NY100011320201      1{'0004'}{filler}A{' ' * 43}20254\n"
    )
    (tmp_path / "ZIP9lyout.txt").write_text("Zip9 Record Layout")
    packed = _read(tmp_path)
    assert packed.plus_four == {"02102-01": ["100010001-100010003", "100010009"], "13202-01": ["100010004"]}
    loaded = Reference([read_release(write_packed(packed), zip_places)])
    for digits, expected, unsure in (
        ("100010002", "1562.19", False),
        ("10001-0009", "1562.19", False),
        ("100010004", "1465.45", False),
        ("100010005", "1465.45", True),
        ("10001", "1465.45", True),
    ):
        price = loaded.professional(service("27447", zip=digits, place="21"))
        assert isinstance(price, Price)
        assert (price.amount, "+4" in price.fallback) == (D(expected), unsure), digits
        assert price.internal == unsure


@pytest.mark.parametrize(
    ("code", "minutes"), [("99213", None), ("00790", "60")], ids=["the fee schedule's", "anesthesia"]
)
def test_a_price_of_a_zip_code_in_several_localities_enters_no_letter(code: str, minutes: str | None) -> None:
    """35958 lies in Alabama and in Tennessee or Georgia (plus four flag of CMS's ZIP file): the main one's price."""
    day = date(2022, 5, 4)
    asked = Asked(code, "35958", day, minutes=D(minutes) if minutes else None)
    found = quote(asked, shipped_reference(), load_policy())
    assert "more than one locality" in found.fallback
    assert [one.uses for one in found.benchmarks] == [("internal",)]
    assert found.confidence == 25
    whole = quote(Asked(code, "35203", day, minutes=asked.minutes), shipped_reference(), load_policy())
    assert (whole.fallback, whole.confidence) == ("", 65)


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"], ids=["carriage return", "both", "line feed"])
@pytest.mark.parametrize("last", ["", "\x1a", "\x1a,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"], ids=["none", "mark", "row"])
def test_lines_end_as_in_any_of_cms_s_files(tmp_path: Path, end: str, last: str) -> None:
    """July 2025 ends lines with a carriage return alone, January and April end with a control character in a row."""
    _write(tmp_path, "c")
    prices = tmp_path / "PPRRVU2025_Oct.csv"
    text = prices.read_text("latin-1").rstrip("\n")
    prices.write_bytes((end.join(text.split("\n")) + end + last).encode("latin-1"))
    assert {f"{v.code}-{v.modifier}" if v.modifier else v.code: v for v in _read(tmp_path).values} == _VALUES


def test_a_zip_code_whose_locality_has_no_index_has_no_price(tmp_path: Path) -> None:
    """The folder's indices know Manhattan and Alaska; the shipped ZIP file the whole country."""
    release = read_release(write_packed(_read(_write(tmp_path, "c"))), zip_places)
    loaded = Reference([release])
    price = loaded.professional(service("27447", zip="90012", place="21"))
    assert isinstance(price, NoPrice)
    assert "knows no locality" in price.reason
    assert loaded.state_of("90012", _LAST) == ""
    assert loaded.state_of("99501", _LAST) == "AK"


def _of_2026(factor: str, work: str) -> str:
    rows = [[*row[:23], "9", row[23], factor, *row[25:]] for row in _ROWS[:1]]
    rows[0][5] = work
    return _csv([["title"], _TITLES_2026, *rows])


@pytest.mark.parametrize("first", ["PPRRVU2026_Jul_QPP.csv", "PPRRVU2026_Jul_nonQPP.csv"])
def test_of_two_conversion_factors_that_of_others_than_participants_counts(tmp_path: Path, first: str) -> None:
    """The file of 2026 has one column more."""
    for name in (first, *({"PPRRVU2026_Jul_QPP.csv", "PPRRVU2026_Jul_nonQPP.csv"} - {first})):
        participants = "nonQPP" not in name
        (tmp_path / name).write_text(_of_2026("33.5675" if participants else "33.4009", "19.11"))
    (tmp_path / "GPCI2026.csv").write_text(
        _csv([
            ["Medicare Administrative Contractor (MAC)", "State", "Locality Number", "Locality Name",
             "2026 PW GPCI (without 1.0 Floor)", "2026 PW GPCI (with 1.0 Floor)***", "2026 PE GPCI", "2026 MP GPCI"],
            ["10112", "AL", "00", "ALABAMA", "0.988", "1.000", "0.875", "0.566"],
        ])
    )  # fmt: skip
    packed = _read(tmp_path)
    assert packed.conversion_factor == D("33.4009")
    (values,) = packed.values
    assert (values.work, values.team, values.endoscopic_base, values.na) == (D("19.11"), "0", "", "N")
    assert packed.gpcis == [Gpci("10112-00", "AL", D(1), D("0.875"), D("0.566"))]


def test_a_file_of_participants_alone_is_read_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "PPRRVU2026_Jul_QPP.csv").write_text(_of_2026("33.5675", "19.11"))
    (tmp_path / "GPCI2026.csv").write_text(_csv(_GPCI))
    assert _read(tmp_path).conversion_factor == D("33.5675")


def test_two_quarters_in_one_folder_are_refused_by_name(tmp_path: Path) -> None:
    _write(tmp_path, "c")
    (tmp_path / "PPRRVU2025_Jul.csv").write_text("x")
    with pytest.raises(ReferenceFileError, match=r"PPRRVU2025_Jul\.csv, PPRRVU2025_Oct\.csv"):
        _read(tmp_path)


def test_an_excel_file_that_is_none_is_told(tmp_path: Path) -> None:
    _write(tmp_path, "c")
    (tmp_path / "PPRRVU2025_Oct.csv").unlink()
    (tmp_path / "PPRRVU2025_Oct.xlsx").write_bytes(b"no workbook")
    with pytest.raises(ReferenceFileError, match="not an Excel file"):
        _read(tmp_path)


def test_figures_of_a_statistics_program_are_the_published_ones(tmp_path: Path) -> None:
    """Indices with a binary tail and a fourth one behind, periods and codes without their zeros."""
    row = list(_ROWS[0])
    row[14], row[0] = "90", "100"
    (tmp_path / "PPRRVU.csv").write_text(_csv([["title"], _TITLES_2025, row]))
    (tmp_path / "GPCI.csv").write_text(
        "mac,locality_number,locality_name,gpci_work,gpci_pe,gpci_mp,gpci_gaf\n"
        "2102,1,ALASKA,1.5,1.2029999999999998,0.6609999999999999,1.09\n00000,00,,0.0,0.0,0.0,0.0\n"
    )
    (tmp_path / "ANES_a.csv").write_text(
        "contractor,locality,locality_name,anesthesia_conv_factor\n2102,1,ALASKA,29.810000000000002\n\x1a,,,\n"
    )
    packed = _read(tmp_path)
    assert (packed.values[0].code, packed.values[0].global_days) == ("00100", "090")
    assert packed.gpcis == [Gpci("02102-01", "", D("1.5"), D("1.203"), D("0.661"), D("29.81"))]


def test_a_folder_of_one_facility_system_is_a_release_of_that_alone(tmp_path: Path) -> None:
    (tmp_path / "2025_Addendum_B.csv").write_text(
        "title\nHCPCS Code,Short Descriptor, CI, SI, APC ,Relative Weight,Payment Rate\n"
        '29881,,,J1,5113,36.0,"$3,244.61"\n'
    )
    release = read_release(write_packed(_read(tmp_path)), zip_places)
    assert release.systems() == frozenset({"outpatient"})
    price = Reference([release]).outpatient(service("29881"))
    assert isinstance(price, Price)
    assert price.amount == D("3244.61")
    assert isinstance(Reference([release]).professional(service("29881")), NoPrice)
